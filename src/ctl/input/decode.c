/* decode.c - guesses the encoding of a file and converts it to UTF-8; see decode.h. */
#include "ctl/input/decode.h"

#include "core/text/utf8.h"
#include "ctl/input/unpack.h"
#include "io/host/error_text.h"
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
	char *path;
	int fd;
	iconv_t conversion;
	bool converts; /* false: it is UTF-8, and there is no conversion */
	char encoding[40];
	bool guessed, ended, sheet, ends_in_cr, has_mark;
	int64_t at, size;
	char raw[RAW_SIZE]; /* what was read and is not given out yet */
	size_t from, to;
};

/* What was unpacked or came through a pipe, to be read again. */
static struct {
	char *path;
	int fd;
	bool sheet;
	struct stat was; /* of the file behind the path; one that is another by now is read anew */
} kept;

/* --- what is it? ---------------------------------------------------------------------- */

/* Characters above 127 that are UTF-8, and bytes that are none; of these the letters with accents that French has
 * most often, as Windows and as the Mac write them. */
struct tally {
	size_t good, bad, windows, mac;
};

static void count_letter(unsigned char c, struct tally *t)
{
	t->windows += c == 0xE0 || (c >= 0xE7 && c <= 0xEA);
	t->mac += c == 0x88 || (c >= 0x8D && c <= 0x90);
}

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
		if (n == 0)
			count_letter((unsigned char)text[i], t);
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
	if (b->to >= 4 && b->raw[0] != '\0' && b->raw[1] == '\0' && b->raw[2] != '\0' && b->raw[3] == '\0')
		return "UTF-16LE";
	if (b->to >= 4 && b->raw[0] == '\0' && b->raw[1] != '\0' && b->raw[2] == '\0' && b->raw[3] != '\0')
		return "UTF-16BE";
	if (b->size >= 0)
		count_file(b, &t);
	else
		count_characters(b->raw, b->to, &t);
	b->guessed = t.bad > t.good;
	return !b->guessed ? "UTF-8" : t.mac > t.windows ? "MACINTOSH" : "windows-1252";
}

static bool is_utf16(const struct bytes *b)
{
	return strncasecmp(b->encoding, "UTF-16", 6) == 0;
}

/* Do its lines end in CR alone? Line breaks within cells may be others. */
static bool ends_in_cr(const struct bytes *b)
{
	size_t cr = 0, lf = 0;

	for (size_t i = 0; i < b->to && !is_utf16(b); i++) {
		lf += b->raw[i] == '\n';
		cr += b->raw[i] == '\r' && (i + 1 == b->to || b->raw[i + 1] != '\n');
	}
	return cr > lf;
}

static void skip_mark(struct bytes *b)
{
	if (starts_with(b, "\xEF\xBB\xBF", 3))
		b->from = 3;
	else if (is_utf16(b) && (starts_with(b, "\xFF\xFE", 2) || starts_with(b, "\xFE\xFF", 2)))
		b->from = 2;
	b->has_mark = b->from > 0;
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

static bool is_kept(const char *path)
{
	struct stat st;

	if (kept.path == NULL || strcmp(kept.path, path) != 0)
		return false;
	if (strcmp(path, "-") == 0)
		return true;
	return stat(path, &st) == 0 && st.st_dev == kept.was.st_dev && st.st_ino == kept.was.st_ino &&
	       st.st_size == kept.was.st_size && st.st_mtim.tv_sec == kept.was.st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == kept.was.st_mtim.tv_nsec;
}

/* The file, or what was kept of it. Returns -1 with errno. */
static int open_file(const char *path)
{
	if (is_kept(path)) {
		int fd = dup(kept.fd);

		return fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 ? fd : -1;
	}
	return strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
}

/* From now on path is what fd has. */
static void keep(const char *path, int fd, bool sheet)
{
	char *copy = mem_copy(path);

	if (kept.path != NULL)
		close(kept.fd);
	free(kept.path);
	kept.path = copy;
	kept.fd = fd;
	kept.sheet = sheet;
	if (stat(path, &kept.was) != 0)
		kept.was = (struct stat){ 0 };
}

/* Begin with another descriptor, at its start. */
static bool begin(struct bytes *b, int fd)
{
	struct stat st;

	b->fd = fd;
	b->size = fd != STDIN_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (int64_t)st.st_size : -1;
	b->from = b->to = 0;
	b->at = 0;
	b->ended = false;
	return fill(b);
}

bool bytes_keep(struct bytes *b, char *err, size_t err_size)
{
	int room = unpack_room();
	bool good = room >= 0;

	b->from = 0; /* its mark, too */

	while (good && b->to > b->from) {
		good = write(room, b->raw + b->from, b->to - b->from) == (ssize_t)(b->to - b->from);
		b->from = b->to;
		good = good && (b->ended || fill(b));
	}
	if (!good) {
		snprintf(err, err_size, "%s: %s", b->path, error_system(errno));
		if (room >= 0)
			close(room);
		return false;
	}
	keep(b->path, room, b->sheet);
	return true;
}

char bytes_first(const struct bytes *b)
{
	size_t i = b->from;

	while (i < b->to && (b->raw[i] == ' ' || b->raw[i] == '\0' || b->raw[i] == '\r' || b->raw[i] == '\n'))
		i++;
	return i < b->to ? b->raw[i] : '\0';
}

/* What is packed in it, instead of it. Returns false with one line in err. */
static bool unpack(struct bytes *b, char *err, size_t err_size)
{
	enum packing packing = packing_of(b->raw, b->to);

	if (packing == PACKED_NOT || is_kept(b->path))
		return true;
	if (b->size < 0) {
		if (!bytes_keep(b, err, err_size))
			return false;
		int fd = dup(kept.fd);

		if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0 || !begin(b, fd)) {
			snprintf(err, err_size, "%s: %s", b->path, error_system(errno));
			return false;
		}
	}
	int fd = unpack_file(b->fd, b->path, packing, err, err_size);

	if (fd < 0)
		return false;
	close(b->fd);
	keep(b->path, fd, packing == PACKED_SHEET);
	if (begin(b, dup(fd)))
		return true;
	snprintf(err, err_size, "%s: %s", b->path, error_system(errno));
	return false;
}

/* Choose how it is converted. Returns false with one line in err. */
static bool open_conversion(struct bytes *b, char *err, size_t err_size)
{
	if (strcasecmp(b->encoding, "UTF-8") == 0 || strcasecmp(b->encoding, "UTF8") == 0)
		return true;
	b->conversion = iconv_open("UTF-8", b->encoding);
	b->converts = (intptr_t)b->conversion != -1;
	if (b->converts)
		return true;
	if (errno == EINVAL)
		snprintf(
		    err, err_size,
		    error_pick(
			"unknown encoding %s (expected a name such as UTF-8, windows-1252 or UTF-16LE)",
			"encodage inconnu %s (un nom comme UTF-8, windows-1252 ou UTF-16LE est attendu)"),
		    b->encoding);
	else
		snprintf(err, err_size, "%s: %s", b->path, error_system(errno));
	return false;
}

struct bytes *bytes_open(const char *path, const char *encoding, char *err, size_t err_size)
{
	int fd = open_file(path);

	if (fd < 0) {
		snprintf(err, err_size, "%s: %s", path, error_system(errno));
		return NULL;
	}
	struct bytes *b = mem_zero(sizeof(*b));

	b->path = mem_copy(path);
	if (!begin(b, fd)) {
		snprintf(err, err_size, "%s: %s", path, error_system(errno));
		bytes_close(b);
		return NULL;
	}
	if (!unpack(b, err, err_size)) {
		bytes_close(b);
		return NULL;
	}
	b->sheet = is_kept(path) && kept.sheet;
	snprintf(b->encoding, sizeof(b->encoding), "%s", encoding != NULL ? encoding : guess(b));
	skip_mark(b);
	b->ends_in_cr = ends_in_cr(b);
	if (open_conversion(b, err, err_size))
		return b;
	bytes_close(b);
	return NULL;
}

void bytes_close(struct bytes *b)
{
	if (b->converts)
		iconv_close(b->conversion);
	if (b->fd != STDIN_FILENO)
		close(b->fd);
	free(b->path);
	free(b);
}

static long convert(struct bytes *b, char *buf, size_t size)
{
	size_t unit = is_utf16(b) ? 2 : 1, left = size;
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
		if (left < 2)
			break;
		/* No character, or half of one at the end. */
		*out++ = (char)0xFF;
		left--;
		if (unit == 1 && (*in & 0x80) != 0) {
			*out++ = *in;
			left--;
		}
		b->from += in_left < unit ? in_left : unit;
	}
	return (long)(size - left);
}

static void end_in_lf(char *buf, long len)
{
	for (char *at = buf; (at = memchr(at, '\r', (size_t)(buf + len - at))) != NULL;)
		*at++ = '\n';
}

static long read_some(struct bytes *b, char *buf, size_t size)
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

long bytes_read(struct bytes *b, char *buf, size_t size)
{
	long n = read_some(b, buf, size);

	if (n > 0 && b->ends_in_cr)
		end_in_lf(buf, n);
	return n;
}

const char *bytes_encoding(const struct bytes *b)
{
	return b->encoding;
}

bool bytes_is_sheet(const struct bytes *b)
{
	return b->sheet;
}

bool bytes_ends_in_cr(const struct bytes *b)
{
	return b->ends_in_cr;
}

bool bytes_has_mark(const struct bytes *b)
{
	return b->has_mark;
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
