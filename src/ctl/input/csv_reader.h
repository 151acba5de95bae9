/* csv_reader.h - files of lines and cells, read as they come: a file may be far larger
 * than memory.
 *
 * Ours, because libcsv calls back cell by cell: it can tell neither where in the file a record
 * begins, which going on after a crash needs, nor recover from a quote that never ends. */
#ifndef LICET_CTL_INPUT_CSV_READER_H
#define LICET_CTL_INPUT_CSV_READER_H

#include "core/text/sha256.h"
#include "ctl/base/session.h"
#include "ctl/input/decode.h"

#include <stdio.h>

#define LINE_MAX_BYTES 65536
#define CELLS_MAX 128

struct lines {
	struct bytes *bytes;
	const char *name; /* for reports: the file's name without its folder */
	size_t number;    /* of the line that was read last, from 1 */
	size_t breaks;    /* that many more belong to it, as they stand in quotes */
	bool quotes;      /* line breaks may stand in quotes: set when the head is cut */
	char text[LINE_MAX_BYTES + 1];
	size_t len;
	const char *fault; /* why the line is none: too long, or a zero byte; NULL if it is sound */
	/* cells of the last line */
	char separator; /* 0: not known yet; the first line that is cut tells */
	char *cells[CELLS_MAX];
	size_t cell_count;
	/* what was read ahead: the last line stands at [from, to) */
	char *window;
	size_t from, to, filled;
	bool ended;
	crypto_hash_sha256_state *passed; /* NULL: not wanted; every line so far but the last */
};
/* "-" is standard input. encoding: as decode.h has it; one that was found out is said. Ends the
 * process if the file cannot be read. Heap. */
struct lines *lines_open(const char *path);
struct lines *lines_open_as(const char *path, const char *encoding);
void lines_close(struct lines *l);
/* The next line, without its end and without a byte order mark. Returns false at the
 * end of the file. */
bool lines_next(struct lines *l);
/* Cut the line into cells, in place: comma, semicolon, tab or bar, cells in double quotes
 * as spreadsheets write them. Returns false, with the fault, if it cannot be cut. */
bool lines_cut(struct lines *l);
/* Spreadsheets may put a line "sep=;" before the header: is this one? It then counts. */
bool lines_take_separator(struct lines *l);
/* A record of several lines that cannot be parsed: return its first physical line only, and read
 * the rest again, so that a stray quote costs one line. Returns false if it had one line. */
bool lines_only_first(struct lines *l);

/* The last line as it was read, with its end, in UTF-8 (decode.h says what stands for bytes that are none); of one that
 * is too long what was kept. */
const char *lines_raw(const struct lines *l, size_t *ret_len);

/* From now on add what was read to a fingerprint; the same bytes give the same. */
void lines_start_print(struct lines *l);
/* Of everything up to and with the last line, a line that the file's end cuts off as if it had
 * an end. */
void lines_print(const struct lines *l, char buf[SHA256_HEX_SIZE]);

/* The value of a consent's cell: form and bases are lists of words with spaces or bars
 * between them; one word that no law knows as a mention names a form. */
json_t *cell_value(const struct rulebook *rb, const char *column, const char *cell);

#endif
