/* cluster_slot.h - the hash tag of a prefix, and the slot of a cluster that it puts all keys into. */
#ifndef LICET_CORE_TEXT_CLUSTER_SLOT_H
#define LICET_CORE_TEXT_CLUSTER_SLOT_H

#include <stdbool.h>
#include <stddef.h>

/* The hash tag of a prefix ("licet:{03}:" has "03"), which puts all its keys into one slot of a
 * cluster; NULL: none. *ret_len is set where there is one. */
const char *prefix_tag(const char *prefix, size_t *ret_len);

/* Can that be the name of a space, which is a tag: 1 to SPACE_NAME_MAX small letters, digits and dashes, no dash
 * first, and not "licet", which is the hub? */
#define SPACE_NAME_MAX 24
bool space_name_is_valid(const char *name);

/* The slot of that tag, as Redis Cluster reckons it: CRC-16 (XMODEM) modulo CLUSTER_SLOTS; -1 without a tag. */
#define CLUSTER_SLOTS 16384
int prefix_slot(const char *prefix);
/* Has it one tag, not empty, and no other brace? Anything else reads one way to people and another to Redis. */
bool prefix_is_of_one_slot(const char *prefix);

#endif
