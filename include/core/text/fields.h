/* fields.h - ids, and hashes as Redis gives them. */
#ifndef LICET_CORE_TEXT_FIELDS_H
#define LICET_CORE_TEXT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#define ID_MAX 64

/* Ids match [a-z0-9][a-z0-9._-]{0,63}. */
bool id_is_valid(const char *id, size_t len);

/* A hash as Redis gave it. Borrowed. */
struct fields {
	const char **names, **values;
	size_t count;
};
/* The value of a name, or NULL. */
const char *fields_get(const struct fields *f, const char *name);

#endif
