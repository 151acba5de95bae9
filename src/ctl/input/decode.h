/* decode.h - a file as UTF-8 with lines that end in LF, whatever it was written in.
 *
 * What is packed is unpacked first (unpack.h). A byte order mark tells UTF-8 and UTF-16, of which the zero
 * bytes tell likewise. Without one a file is UTF-8, unless most of its non-ASCII bytes are not valid UTF-8:
 * then it is Windows-1252, of which Latin-1 is a part, or Mac OS Roman where its letters with accents say
 * so. Where lines end in CR alone, as Excel for Mac ends them, they end in LF here. A file is looked at
 * whole before, a pipe as far as its first 64 KiB. Memory is the same however long it is.
 *
 * iconv of the C library converts; the guess is ours, because between so few encodings no
 * library is needed. */
#ifndef LICET_CTL_INPUT_DECODE_H
#define LICET_CTL_INPUT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes;
/* "-" is standard input. encoding NULL: find out; else a name that iconv knows. Returns NULL
 * with one line in err. */
struct bytes *bytes_open(const char *path, const char *encoding, char *err, size_t err_size);
/* So that a pipe can be read again: the next bytes_open() of its path begins where this one does. Nothing was
 * read of it yet, and it is read to its end now. Returns false with one line in err. */
bool bytes_keep(struct bytes *b, char *err, size_t err_size);
/* The first byte that is no blank, as it is stored; 0: there is none. */
char bytes_first(const struct bytes *b);
void bytes_close(struct bytes *b);
/* More of it, at most size bytes. Returns how many, 0 at the end, -1 with errno. What cannot
 * be converted stays as bytes that are no UTF-8, so that its line is refused: 0xFF, and behind it the byte
 * itself where it is one. */
long bytes_read(struct bytes *b, char *buf, size_t size);

const char *bytes_encoding(const struct bytes *b);
bool bytes_is_sheet(const struct bytes *b); /* it was made of an Excel sheet */
bool bytes_ends_in_cr(const struct bytes *b);
bool bytes_has_mark(const struct bytes *b);    /* it began with a byte order mark */
bool bytes_was_guessed(const struct bytes *b); /* it is not UTF-8, and nobody said so */
int bytes_fd(const struct bytes *b);
/* Of the file, as it is stored: read so far, and in all (-1: nobody knows). */
int64_t bytes_at(const struct bytes *b);
int64_t bytes_size(const struct bytes *b);

#endif
