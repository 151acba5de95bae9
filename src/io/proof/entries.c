/* entries.c - the lines of a decision log; see entries.h. */
#include "io/proof/entries.h"

#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READ_AT_ONCE (1u << 20)

char *entries_path(uint64_t first, char buf[ENTRIES_PATH])
{
	snprintf(buf, ENTRIES_PATH, "entries/%012" PRIu64 ".jsonl", first % UINT64_C(1000000000000));
	return buf;
}

void entries_open(struct entries *e, int folder, uint64_t index, uint64_t offset)
{
	*e = (struct entries){ .folder = folder, .fd = -1, .index = index - index % ENTRIES_PER_FILE };
	const char *line;
	size_t len;
	if (offset > 0) {
		e->index = index;
		e->offset = offset;
	}
	while (e->index < index && entries_next(e, &line, &len))
		;
}

void entries_close(struct entries *e)
{
	if (e->fd >= 0)
		close(e->fd);
	free(e->buf);
	e->fd = -1;
	e->buf = NULL;
}

/* Returns false at the end of all files. */
static bool open_file(struct entries *e)
{
	char path[ENTRIES_PATH];
	entries_path(e->index - e->index % ENTRIES_PER_FILE, path);
	e->fd = openat(e->folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (e->fd < 0) {
		if (errno != ENOENT)
			snprintf(e->error, sizeof(e->error), "%s: %s", path, error_system(errno));
		return false;
	}
	if (e->offset > 0 && lseek(e->fd, (off_t)e->offset, SEEK_SET) < 0) {
		snprintf(e->error, sizeof(e->error), "%s: %s", path, error_system(errno));
		return false;
	}
	posix_fadvise(e->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	return true;
}

/* More bytes of the file into buf. Returns how many, 0 at its end, -1 with error. */
static ssize_t fill(struct entries *e)
{
	char path[ENTRIES_PATH];
	if (e->end > e->start)
		memmove(e->buf, e->buf + e->start, e->end - e->start);
	e->end -= e->start;
	e->start = 0;
	if (e->capacity - e->end < READ_AT_ONCE) {
		size_t capacity = e->end + 2 * READ_AT_ONCE;
		char *buf = mem_alloc(capacity);
		if (e->buf != NULL)
			memcpy(buf, e->buf, e->end);
		free(e->buf);
		e->buf = buf;
		e->capacity = capacity;
	}
	ssize_t n;
	do
		n = read(e->fd, e->buf + e->end, READ_AT_ONCE);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		snprintf(e->error, sizeof(e->error), "%s: %s",
		         entries_path(e->index - e->index % ENTRIES_PER_FILE, path), error_system(errno));
	else
		e->end += (size_t)n;
	return n;
}

/* The file has no more. Its end must be where another one begins, or the end of all. */
static bool end_of_file(struct entries *e)
{
	char path[ENTRIES_PATH];
	if (e->end > e->start)
		snprintf(e->error, sizeof(e->error),
		         error_pick("%s: its last line has no end",
		                    "%s: sa dernière ligne n'est pas terminée"),
		         entries_path(e->index - e->index % ENTRIES_PER_FILE, path));
	close(e->fd);
	e->fd = -1;
	return false;
}

static void next_file(struct entries *e)
{
	char byte, path[ENTRIES_PATH];
	if (e->end > e->start || read(e->fd, &byte, 1) > 0)
		snprintf(e->error, sizeof(e->error),
		         error_pick("%s: it has more than %d lines", "%s: il a plus de %d lignes"),
		         entries_path(e->index - ENTRIES_PER_FILE, path), ENTRIES_PER_FILE);
	close(e->fd);
	e->fd = -1;
	e->start = e->end = 0;
	e->offset = 0;
}

bool entries_next(struct entries *e, const char **ret_line, size_t *ret_len)
{
	if (e->fd >= 0 && e->offset > 0 && e->index % ENTRIES_PER_FILE == 0)
		next_file(e);
	if (e->error[0] != '\0' || (e->fd < 0 && !open_file(e)))
		return false;
	size_t looked = 0;
	for (;;) {
		const char *from = e->buf + e->start + looked,
			   *lf = e->end - e->start > looked ? memchr(from, '\n', e->end - e->start - looked)
		                                            : NULL;
		if (lf != NULL) {
			*ret_line = e->buf + e->start;
			*ret_len = (size_t)(lf - *ret_line);
			e->start += *ret_len + 1;
			e->offset += *ret_len + 1;
			e->index++;
			return true;
		}
		looked = e->end - e->start;
		if (looked > ENTRIES_LINE_MAX) {
			snprintf(e->error, sizeof(e->error),
			         error_pick("line %" PRIu64 " is longer than a line may be",
			                    "la ligne %" PRIu64 " dépasse la longueur permise"),
			         e->index);
			return false;
		}
		ssize_t n = fill(e);
		if (n < 0)
			return false;
		if (n == 0)
			return end_of_file(e);
	}
}

int entries_last(int folder, uint64_t *ret_first)
{
	int fd = openat(folder, "entries", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	int found = 0;
	if (dir == NULL)
		return errno == ENOENT ? 0 : -1;
	for (struct dirent *d; (d = readdir(dir)) != NULL;) {
		char path[ENTRIES_PATH];
		uint64_t first = strtoull(d->d_name, NULL, 10);
		if (strcmp(entries_path(first, path) + strlen("entries/"), d->d_name) != 0)
			continue;
		if (!found || first > *ret_first)
			*ret_first = first;
		found = 1;
	}
	closedir(dir);
	return found;
}
