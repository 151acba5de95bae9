/* prefix.h - the longest known prefix of a string of digits.
 *
 * A tree with one step per digit: a lookup costs a few memory reads however
 * many prefixes there are. */
#ifndef LICET_CORE_NUMBER_PREFIX_H
#define LICET_CORE_NUMBER_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PREFIX_NONE UINT16_MAX

struct prefix_tree;

/* NULL when out of memory. */
struct prefix_tree *prefix_tree_new(void);
void prefix_tree_free(struct prefix_tree *tree); /* NULL is allowed */

/* An empty prefix matches everything. Returns false if the prefix is there
 * already, holds anything but digits, or memory ran out; value is not
 * PREFIX_NONE. */
bool prefix_tree_add(struct prefix_tree *tree, const char *digits, size_t len, uint16_t value);

/* The value of the longest prefix of these digits, or PREFIX_NONE. */
uint16_t prefix_tree_longest(const struct prefix_tree *tree, const char *digits, size_t len);

#endif
