/* encode.c - see encode.h. */
#include "ctl/input/encode.h"

#include "core/text/utf8.h"
#include "io/host/mem.h"

#include <errno.h>
#include <iconv.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PIECE 4096

struct encoder {
	FILE *file;
	iconv_t conversion;
	bool converts, ends_in_cr, wide;
};

struct encoder *encode_new(FILE *file, const char *encoding, bool ends_in_cr)
{
	struct encoder *e = mem_zero(sizeof(*e));

	e->file = file;
	e->ends_in_cr = ends_in_cr;
	e->converts = strcasecmp(encoding, "UTF-8") != 0 && strcasecmp(encoding, "UTF8") != 0;
	e->wide = strncasecmp(encoding, "UTF-16", 6) == 0;
	if (!e->converts)
		return e;
	/* "UTF-16" alone would have iconv write a mark of its own. */
	e->conversion = iconv_open(strcasecmp(encoding, "UTF-16") == 0 ? "UTF-16LE" : encoding, "UTF-8");
	if ((intptr_t)e->conversion != -1)
		return e;
	free(e);
	return NULL;
}

void encode_free(struct encoder *e)
{
	if (e->converts)
		iconv_close(e->conversion);
	free(e);
}

static bool write_bytes(struct encoder *e, const char *bytes, size_t len)
{
	return fwrite(bytes, 1, len, e->file) == len;
}

/* What iconv can make of it; where it stops, one character goes otherwise. */
static bool convert(struct encoder *e, const char *text, size_t len)
{
	char *in = (char *)(uintptr_t)text, piece[PIECE];
	size_t left = len;

	while (left > 0) {
		char *out = piece, mark[] = "?";
		size_t room = sizeof(piece);
		size_t done = iconv(e->conversion, &in, &left, &out, &room);
		int why = done == (size_t)-1 ? errno : 0;

		if (!write_bytes(e, piece, (size_t)(out - piece)))
			return false;
		if (why == 0 || why == E2BIG)
			continue;
		int character = utf8_len(in, left);
		size_t skip = character > 0 ? (size_t)character : 1;

		if ((unsigned char)*in == 0xFF && left > 1 && !e->wide && (in[1] & 0x80) != 0) {
			if (!write_bytes(e, in + 1, 1))
				return false;
			skip = 2;
		} else if (!convert(e, mark, 1)) {
			return false;
		}
		in += skip;
		left -= skip;
	}
	return true;
}

static bool put_piece(struct encoder *e, const char *text, size_t len)
{
	return e->converts ? convert(e, text, len) : write_bytes(e, text, len);
}

bool encode_put(struct encoder *e, const char *text, size_t len)
{
	const char *end = text + len, *stop;

	while (e->ends_in_cr && (stop = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		if (!put_piece(e, text, (size_t)(stop - text)) || !put_piece(e, "\r", 1))
			return false;
		text = stop + 1;
	}
	return put_piece(e, text, (size_t)(end - text));
}
