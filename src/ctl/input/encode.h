/* encode.h - UTF-8 with lines that end in LF, written as another file was: what decode.h reads, back. */
#ifndef LICET_CTL_INPUT_ENCODE_H
#define LICET_CTL_INPUT_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct encoder;
/* ends_in_cr: lines end in CR alone. The file is the caller's. NULL with errno: iconv knows no such encoding. */
struct encoder *encode_new(FILE *file, const char *encoding, bool ends_in_cr);
/* Whole characters. 0xFF and a byte from 0x80 on are that byte as it was read; what the encoding does not have is a
 * question mark. Returns false with errno. */
bool encode_put(struct encoder *e, const char *text, size_t len);
void encode_free(struct encoder *e);

#endif
