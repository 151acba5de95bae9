/* fields.h - ids, and hashes as Redis gives them. */
#ifndef LICET_CORE_TEXT_FIELDS_H
#define LICET_CORE_TEXT_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#define ID_MAX 64

/* Ids match [a-z0-9][a-z0-9._-]{0,63}. */
bool id_is_valid(const char *id, size_t len);

/* A hash as Redis gave it. Borrowed. */
#define FIELDS_FLAW_SIZE 96
struct fields {
	const char **names, **values;
	size_t count;
	/* Why it is not to be trusted, whatever its fields say, and fit to be shown; "": it is. Whoever judges
	 * a hash asks this first. */
	char flaw[FIELDS_FLAW_SIZE];
	size_t bytes; /* of what was looked at */
};
/* No hash that people write has more than so many fields and bytes: one that has is a flaw, and is not read
 * whole. src/lua/10_commit.lua reads less closely, but never less. */
#define FIELDS_MAX 1000
#define FIELDS_BYTES_MAX 65536
void fields_too_large(struct fields *f);
/* Look at a field as it came, by its length. A control character (C0 with NUL, DEL) in its name or its value is
 * a flaw: C would end a text where Lua goes on, and the one would judge what the other does not hand over.
 * So are too many bytes. */
void fields_check(struct fields *f, const char *name, size_t name_len, const char *value, size_t value_len);
/* The value of a name, or NULL. */
const char *fields_get(const struct fields *f, const char *name);

#endif
