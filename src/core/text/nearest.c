/* nearest.c - finds the known word that a mistyped one is nearest to; see nearest.h. */
#include "core/text/nearest.h"

#include <stdint.h>
#include <string.h>

#define WORD_MAX 64 /* longer words are no typing mistake of ours */

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;
	return least < c ? least : c;
}

/* Optimal string alignment distance: rows of the usual table, three at a time
 * because a swap looks back two rows. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	uint8_t rows[3][WORD_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (uint8_t)j;
	for (size_t i = 1; i <= a_len; i++) {
		uint8_t *row = rows[i % 3];
		const uint8_t *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
		row[0] = (uint8_t)i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
			size_t best = min3(row[j - 1] + 1u, above[j] + 1u, above[j - 1] + cost);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    two_above[j - 2] + 1u < best)
				best = two_above[j - 2] + 1u;
			row[j] = (uint8_t)best;
		}
	}
	return rows[a_len % 3][b_len];
}

static size_t allowance(size_t longer)
{
	size_t third = longer / 3;

	if (third < 1)
		return 1;
	return third > 4 ? 4 : third;
}

const char *nearest_name(const char *word, size_t len, const char *const *names, size_t count)
{
	const char *best = NULL;
	size_t best_distance = SIZE_MAX;

	if (len == 0 || len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t name_len = strlen(names[i]);
		if (name_len > WORD_MAX)
			continue;
		size_t d = distance(word, len, names[i], name_len);
		if (d < best_distance && d <= allowance(len > name_len ? len : name_len)) {
			best = names[i];
			best_distance = d;
		}
	}
	return best;
}
