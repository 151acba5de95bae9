/* load.h - a rulebook from a file.
 *
 * The format is described in conf/rulebooks/fr.conf itself. Strict: an unknown
 * key, an integer out of range, an empty window, an end before its start, an
 * unknown zone, a prefix given twice is an error with file, line and what was
 * expected. */
#ifndef LICET_IO_RULEBOOK_LOAD_H
#define LICET_IO_RULEBOOK_LOAD_H

#include "core/law/rulebook.h"
#include "io/rulebook/parts.h"

/* Load a rulebook. zone_dir holds TZif files ("/usr/share/zoneinfo"). Returns
 * NULL with one line in err ("file:line: what was expected"). */
struct rulebook *rulebook_load(const char *path, const char *zone_dir, char *err, size_t err_size);

/* A list of territory names as a set. Leaves *ret alone if it is absent. */
bool rulebook_get_territories(struct cfg_node group, const char *key, enum cfg_need need,
                              const struct rulebook *rb, uint32_t *ret);
/* A text that is empty, never NULL, where it is absent. */
void rulebook_get_text(struct cfg_node group, const char *key, enum cfg_need need, char **ret);
/* True if the text is a name that may stand in a key: [a-z0-9][a-z0-9._-]{0,63}. */
bool rulebook_is_name(const char *text);

#endif
