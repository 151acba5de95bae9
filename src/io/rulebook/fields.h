/* fields.h - what the parts of the rulebook loader read alike.
 *
 * Each part reads its share of the open file into the rulebook; what is wrong is
 * recorded with the file (cfg_fail), and everything after it is harmless. */
#ifndef LICET_IO_RULEBOOK_FIELDS_H
#define LICET_IO_RULEBOOK_FIELDS_H

#include "core/law/rulebook.h"
#include "io/config/cfg.h"

#include <stdbool.h>
#include <stdint.h>

/* A list of territory names as a set. Leaves *ret alone if it is absent. */
bool rulebook_get_territories(struct cfg_node group, const char *key, enum cfg_need need,
                              const struct rulebook *rb, uint32_t *ret);
/* A text that is empty, never NULL, where it is absent. */
void rulebook_get_text(struct cfg_node group, const char *key, enum cfg_need need, char **ret);
/* True if the text is a name that may stand in a key: [a-z0-9][a-z0-9._-]{0,63}. */
bool rulebook_is_name(const char *text);

#endif
