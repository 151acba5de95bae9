/* line_index.h - where in a file of entries the lines stand that a proof may need: found at once in a log of millions.
 *
 * entries/<index of the first>.index is made by whoever looks first and may write there; nothing trusts it, as each line that
 * it leads to is proven by the tree. It is made anew where the file was rewritten, and what was appended since is read. */
#ifndef LICET_CTL_LOG_LINE_INDEX_H
#define LICET_CTL_LOG_LINE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a line is found by: the kind, and of a call its campaign and job, of a definition its campaign. */
uint32_t line_index_hash(const char *kind, const char *campaign, const char *id);

/* Call take for each line of that file that one of the hashes may mean, in their order; and for those that are not in
 * the index yet. first: index of the file's first line. sealed: lines from there on
 * are passed by; they may be another's tomorrow. Returns false where the file could not be read. */
typedef void line_index_take(void *arg, uint64_t index, const char *line, size_t len);
bool line_index_find(int folder, uint64_t first, uint64_t sealed, const uint32_t *hashes, size_t count,
                     line_index_take *take, void *arg, char *err, size_t err_size);

#endif
