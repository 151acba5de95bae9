/* prefix.c - the longest known prefix of a string of digits; see prefix.h. */
#include "core/number/prefix.h"

#include <stdlib.h>

struct node {
	uint16_t next[10]; /* 0: none; the root is nobody's next */
	uint16_t value;
};

struct prefix_tree {
	struct node *nodes;
	size_t count, capacity;
};

static bool add_node(struct prefix_tree *tree)
{
	if (tree->count == tree->capacity) {
		size_t capacity = tree->capacity == 0 ? 64 : 2 * tree->capacity;
		if (capacity > UINT16_MAX)
			return false;
		struct node *nodes = realloc(tree->nodes, capacity * sizeof(*nodes));
		if (nodes == NULL)
			return false;
		tree->nodes = nodes;
		tree->capacity = capacity;
	}
	tree->nodes[tree->count++] = (struct node){ .value = PREFIX_NONE };
	return true;
}

struct prefix_tree *prefix_tree_new(void)
{
	struct prefix_tree *tree = calloc(1, sizeof(*tree));

	if (tree != NULL && !add_node(tree)) {
		free(tree);
		return NULL;
	}
	return tree;
}

void prefix_tree_free(struct prefix_tree *tree)
{
	if (tree == NULL)
		return;
	free(tree->nodes);
	free(tree);
}

bool prefix_tree_add(struct prefix_tree *tree, const char *digits, size_t len, uint16_t value)
{
	size_t at = 0;

	for (size_t i = 0; i < len; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return false;
		int digit = digits[i] - '0';
		if (tree->nodes[at].next[digit] == 0) {
			if (!add_node(tree))
				return false;
			tree->nodes[at].next[digit] = (uint16_t)(tree->count - 1);
		}
		at = tree->nodes[at].next[digit];
	}
	if (tree->nodes[at].value != PREFIX_NONE)
		return false;
	tree->nodes[at].value = value;
	return true;
}

uint16_t prefix_tree_longest(const struct prefix_tree *tree, const char *digits, size_t len)
{
	const struct node *node = tree->nodes;
	uint16_t best = node->value;

	for (size_t i = 0; i < len && digits[i] >= '0' && digits[i] <= '9'; i++) {
		uint16_t next = node->next[digits[i] - '0'];
		if (next == 0)
			break;
		node = &tree->nodes[next];
		if (node->value != PREFIX_NONE)
			best = node->value;
	}
	return best;
}
