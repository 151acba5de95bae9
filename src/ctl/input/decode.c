/* decode.c - guesses the encoding of a file and converts it to UTF-8; see decode.h. */
#include "ctl/input/decode.h"

#include "core/text/utf8.h"
#include "io/host/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_SIZE 65536

struct bytes {
	int fd;
	iconv_t conversion;
	bool converts; /* false: it is UTF-8, and there is no conversion */
	char encoding[40];
	bool guessed, ended;
	int64_t at, size;
	char raw[RAW_SIZE]; /* what was read and is not given out yet */
	size_t from, to;
};

/* --- what is it? ---------------------------------------------------------------------- */

/* Characters above 127 that are UTF-8, and bytes that are none. */
struct tally {
	size_t good, bad;
};

/* Returns how many bytes at the end are the beginning of a character. */
static size_t count_characters(const char *text, size_t len, struct tally *t)
{
	for (size_t i = 0; i < len;) {
		if ((text[i] & 0x80) == 0) {
			i++;
			continue;
		}
		int n = utf8_len(text + i, len - i);

		if (n < 0)
			return len - i;
		t->good += n > 0;
		t->bad += n == 0;
		i += n > 0 ? (size_t)n : 1;
	}
	return 0;
}

static void count_file(struct bytes *b, struct tally *t)
{
	char *buf = mem_zero(RAW_SIZE);
	off_t at = lseek(b->fd, 0, SEEK_CUR) - (off_t)b->to;
	ssize_t n;

	while ((n = pread(b->fd, buf, RAW_SIZE, at)) > 0) {
		size_t rest = count_characters(buf, (size_t)n, t);

		if ((size_t)n < RAW_SIZE)
			break;
		at += n - (ssize_t)rest;
	}
	free(buf);
}

static bool starts_with(const struct bytes *b, const char *mark, size_t len)
{
	return b->to >= len && memcmp(b->raw, mark, len) == 0;
}

static const char *guess(struct bytes *b)
{
	struct tally t = { 0 };

	if (starts_with(b, "\xEF\xBB\xBF", 3))
		return "UTF-8";
	if (starts_with(b, "\xFF\xFE", 2))
		return "UTF-16LE";
	if (starts_with(b, "\xFE\xFF", 2))
		return "UTF-16BE";
	if (b->size >= 0)
		count_file(b, &t);
	else
		count_characters(b->raw, b->to, &t);
	b->guessed = t.bad > t.good;
	return b->guessed ? "windows-1252" : "UTF-8";
}

static void skip_mark(struct bytes *b)
{
	if (starts_with(b, "\xEF\xBB\xBF", 3))
		b->from = 3;
	else if (strncasecmp(b->encoding, "UTF-16", 6) == 0 &&
	         (starts_with(b, "\xFF\xFE", 2) || starts_with(b, "\xFE\xFF", 2)))
		b->from = 2;
}

/* --- reading --------------------------------------------------------------------------- */

static bool fill(struct bytes *b)
{
	memmove(b->raw, b->raw + b->from, b->to - b->from);
	b->to -= b->from;
	b->from = 0;
	while (b->to < RAW_SIZE && !b->ended) {
		ssize_t n = read(b->fd, b->raw + b->to, RAW_SIZE - b->to);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		b->ended = n == 0;
		b->to += (size_t)n;
		b->at += n;
	}
	return true;
}

struct bytes *bytes_open(const char *path, const char *encoding, char *err, size_t err_size)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		snprintf(err, err_size, "%s: %s", path, strerror(errno));
		return NULL;
	}
	struct bytes *b = mem_zero(sizeof(*b));

	b->fd = fd;
	b->size = fd != STDIN_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
	if (!fill(b)) {
		snprintf(err, err_size, "%s: %s", path, strerror(errno));
		bytes_close(b);
		return NULL;
	}
	snprintf(b->encoding, sizeof(b->encoding), "%s", encoding != NULL ? encoding : guess(b));
	skip_mark(b);
	if (strcasecmp(b->encoding, "UTF-8") == 0 || strcasecmp(b->encoding, "UTF8") == 0)
		return b;
	b->conversion = iconv_open("UTF-8", b->encoding);
	b->converts = (intptr_t)b->conversion != -1;
	if (!b->converts) {
		if (errno == EINVAL)
			snprintf(
			    err, err_size,
			    "unknown encoding %s (expected a name such as UTF-8, windows-1252 or UTF-16LE)",
			    b->encoding);
		else
			snprintf(err, err_size, "%s: %s", path, strerror(errno));
		bytes_close(b);
		return NULL;
	}
	return b;
}

void bytes_close(struct bytes *b)
{
	if (b->converts)
		iconv_close(b->conversion);
	if (b->fd != STDIN_FILENO)
		close(b->fd);
	free(b);
}

static long convert(struct bytes *b, char *buf, size_t size)
{
	size_t unit = strncasecmp(b->encoding, "UTF-16", 6) == 0 ? 2 : 1, left = size;
	char *out = buf;

	while (b->from < b->to) {
		char *in = b->raw + b->from;
		size_t in_left = b->to - b->from;
		size_t done = iconv(b->conversion, &in, &in_left, &out, &left);
		int why = errno;

		b->from = b->to - in_left;
		if (done != (size_t)-1)
			break;
		if (why == E2BIG || left == 0 || (why == EINVAL && !b->ended))
			break;
		/* No character, or half of one at the end. */
		*out++ = (char)0xFF;
		left--;
		b->from += in_left < unit ? in_left : unit;
	}
	return (long)(size - left);
}

long bytes_read(struct bytes *b, char *buf, size_t size)
{
	for (;;) {
		if (b->to - b->from < 8 && !b->ended && !fill(b))
			return -1;
		if (b->from == b->to)
			return 0;
		if (!b->converts) {
			size_t n = b->to - b->from < size ? b->to - b->from : size;

			memcpy(buf, b->raw + b->from, n);
			b->from += n;
			return (long)n;
		}
		long n = convert(b, buf, size);

		if (n > 0)
			return n;
	}
}

const char *bytes_encoding(const struct bytes *b)
{
	return b->encoding;
}

bool bytes_was_guessed(const struct bytes *b)
{
	return b->guessed;
}

int bytes_fd(const struct bytes *b)
{
	return b->fd;
}

int64_t bytes_at(const struct bytes *b)
{
	return b->at - (int64_t)(b->to - b->from);
}

int64_t bytes_size(const struct bytes *b)
{
	return b->size;
}
