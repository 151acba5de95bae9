/* entries.h - the lines of a decision log, read one after the other in constant memory.
 *
 * They stand in entries/<index of the first, 12 digits>.jsonl, 65,536 in each file but the last. */
#ifndef LICET_IO_PROOF_ENTRIES_H
#define LICET_IO_PROOF_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENTRIES_PER_FILE 65536
#define ENTRIES_PATH 32             /* bytes of the longest path, with its end */
#define ENTRIES_LINE_MAX (4u << 20) /* bytes of the longest line; above it the log is damaged */

/* "entries/000000065536.jsonl"; first is the index of its first line. Returns buf. */
char *entries_path(uint64_t first, char buf[ENTRIES_PATH]);

struct entries {
	int folder; /* of the log, borrowed */
	int fd;
	uint64_t index; /* of the line that comes next */
	char *buf;
	size_t start, end, capacity;
	uint64_t offset; /* in its file, of the line that comes next */
	char error[160]; /* "": none */
};

/* Begin with line index, which may be one behind the last. offset: of that line in its file, 0 if it is
 * not known. */
void entries_open(struct entries *e, int folder, uint64_t index, uint64_t offset);
void entries_close(struct entries *e);
/* The next line, without its line feed; valid until the next call. Returns false at the end, and where
 * error says what is wrong: a file that cannot be read or is missing, or a last line without an end, whose
 * place is offset then. */
bool entries_next(struct entries *e, const char **ret_line, size_t *ret_len);
/* The index of the last file there is. Returns 1, 0 where there is none, -1 with errno. */
int entries_last(int folder, uint64_t *ret_first);

#endif
