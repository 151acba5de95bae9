/* line_index.c - where in a file of entries lines stand; see line_index.h. */
#include "ctl/log/line_index.h"

#include "core/proof/line.h"
#include "core/text/fnv.h"
#include "ctl/query/query.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/proof/entries.h"
#include "io/redis/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC UINT64_C(0x3178646974636c31)
#define PROGRESS_EVERY 65536
#define REST_MOST 2000 /* lines behind the index: with more it is made anew */

struct head {
	uint64_t magic, inode, bytes; /* of the file, as far as it is in here */
	uint32_t lines, count;
};

struct place {
	uint32_t hash, line; /* line: from the file's first */
	uint64_t offset;
};

uint32_t line_index_hash(const char *kind, const char *campaign, const char *id)
{
	const char *const parts[] = { kind, campaign, id };
	uint64_t sum = FNV_START;
	for (size_t i = 0; i < 3; i++)
		sum = fnv_bytes(sum, parts[i], strlen(parts[i]) + 1); /* its end parts it from the next */
	return (uint32_t)(sum ^ sum >> 32);
}

/* "…campaign:<c>:done" */
static void campaign_of(const char *stream, char ret[KEY_SIZE])
{
	const char *end = strrchr(stream, ':'), *from = end;
	while (from != NULL && from > stream && from[-1] != ':')
		from--;
	snprintf(ret, KEY_SIZE, "%.*s", from != NULL ? (int)(end - from) : 0, from != NULL ? from : "");
}

/* Returns false for a line that nobody looks for. */
static bool hash_line(const char *line, size_t len, uint32_t *ret)
{
	char kind[24], stream[KEY_SIZE], campaign[KEY_SIZE] = "", id[1024] = "";
	size_t n;
	if (line_text_of(line, len, "kind", kind, sizeof(kind)) < 1)
		return false;
	bool call = strcmp(kind, "call") == 0, definition = strcmp(kind, "definition") == 0;
	if (!call && !definition && strcmp(kind, "law") != 0 && strcmp(kind, "list") != 0 &&
	    strcmp(kind, "key") != 0)
		return false;
	if (call) {
		const char *record = line_find(line, len, "record", &n);
		if (record == NULL || line_text_of(record, n, "id", id, sizeof(id)) < 0 ||
		    line_text_of(line, len, "stream", stream, sizeof(stream)) < 0)
			return false;
		campaign_of(stream, campaign);
	} else if (definition && line_text_of(line, len, "campaign", campaign, sizeof(campaign)) < 0) {
		return false;
	}
	*ret = line_index_hash(kind, campaign, id);
	return true;
}

/* --- the file of an index -------------------------------------------------------------------------- */

static int by_hash(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : x->line < y->line ? -1 : x->line > y->line;
}

static int by_line(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	return x->line < y->line ? -1 : x->line > y->line;
}

static void index_path(uint64_t first, char buf[ENTRIES_PATH + 8])
{
	char path[ENTRIES_PATH];
	entries_path(first, path);
	*strrchr(path, '.') = '\0';
	snprintf(buf, ENTRIES_PATH + 8, "%s.index", path);
}

static bool read_all(int fd, void *buf, size_t size, off_t at)
{
	char *to = buf;
	while (size > 0) {
		ssize_t n = pread(fd, to, size, at);
		if (n <= 0)
			return false;
		to += n;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* The places of these hashes; 0 in ret->magic: there is no index of that file. */
static struct place *load(int folder, uint64_t first, const struct stat *file, const uint32_t *hashes,
                          size_t count, struct head *ret, size_t *ret_count)
{
	char path[ENTRIES_PATH + 8];
	struct place *found = NULL;
	size_t capacity = 0;
	index_path(first, path);
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	*ret_count = 0;
	*ret = (struct head){ 0 };
	if (fd < 0)
		return NULL;
	struct head h;
	bool good = read_all(fd, &h, sizeof(h), 0) && h.magic == MAGIC && h.inode == file->st_ino &&
	            h.bytes <= (uint64_t)file->st_size && h.count <= ENTRIES_PER_FILE;
	for (size_t i = 0; good && i < count; i++) {
		size_t low = 0, high = h.count;
		struct place p;
		while (good && low < high) {
			size_t middle = (low + high) / 2;
			good = read_all(fd, &p, sizeof(p), (off_t)(sizeof(h) + middle * sizeof(p)));
			if (p.hash < hashes[i])
				low = middle + 1;
			else
				high = middle;
		}
		for (; good && low < h.count; low++) {
			good = read_all(fd, &p, sizeof(p), (off_t)(sizeof(h) + low * sizeof(p)));
			if (!good || p.hash != hashes[i])
				break;
			found = mem_grow(found, &capacity, *ret_count, sizeof(*found));
			found[(*ret_count)++] = p;
		}
	}
	close(fd);
	if (!good) {
		free(found);
		*ret_count = 0;
		return NULL;
	}
	*ret = h;
	return found;
}

/* Whoever may not write there does without. */
static void save(int folder, uint64_t first, const struct head *h, struct place *places)
{
	char path[ENTRIES_PATH + 8], new_[ENTRIES_PATH + 40];
	index_path(first, path);
	snprintf(new_, sizeof(new_), "%s.%d.new", path, (int)getpid());
	int fd = openat(folder, new_, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (file == NULL)
		return;
	if (h->count > 0)
		qsort(places, h->count, sizeof(*places), by_hash);
	bool good = fwrite(h, sizeof(*h), 1, file) == 1 &&
	            fwrite(places, sizeof(*places), h->count, file) == h->count;
	good = fclose(file) == 0 && good;
	if (!good || renameat(folder, new_, folder, path) != 0)
		unlinkat(folder, new_, 0);
}

/* --- looking ------------------------------------------------------------------------------------------ */

static bool is_wanted(uint32_t hash, const uint32_t *hashes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (hashes[i] == hash)
			return true;
	return false;
}

/* Lines that the index leads to. */
static bool read_places(int folder, uint64_t first, struct place *places, size_t count, line_index_take *take,
                        void *arg)
{
	const char *line;
	size_t len;
	bool good = true;
	if (count > 0)
		qsort(places, count, sizeof(*places), by_line);
	for (size_t i = 0; good && i < count; i++) {
		struct entries e;
		entries_open(&e, folder, first + places[i].line, places[i].offset);
		good = entries_next(&e, &line, &len);
		if (good)
			take(arg, first + places[i].line, line, len);
		entries_close(&e);
	}
	return good;
}

/* The rest of the file; all of it where there is no index, which is made then. */
static bool read_rest(int folder, uint64_t first, uint64_t end, const struct stat *file,
                      const struct head *known, const uint32_t *hashes, size_t count, line_index_take *take,
                      void *arg, char *err, size_t err_size)
{
	struct head h = { MAGIC, file->st_ino, 0, 0, 0 };
	struct place *places = NULL;
	size_t capacity = 0, rest = 0, len;
	struct entries e;
	const char *line;
	entries_open(&e, folder, first + known->lines, known->bytes);
	uint64_t offset = known->bytes;
	while (e.index < end && entries_next(&e, &line, &len)) {
		uint32_t hash;
		bool is = hash_line(line, len, &hash);
		if (++rest % PROGRESS_EVERY == 0)
			ctl_progress(error_pick("lines", "lignes"), (int64_t)(e.index - first));
		if (is && known->lines == 0) {
			places = mem_grow(places, &capacity, h.count, sizeof(*places));
			places[h.count++] = (struct place){ hash, (uint32_t)(e.index - 1 - first), offset };
		}
		if (is && is_wanted(hash, hashes, count))
			take(arg, e.index - 1, line, len);
		offset = e.offset;
	}
	if (rest >= PROGRESS_EVERY)
		ctl_progress("lines", -1);
	if (known->lines == 0) {
		h.bytes = offset;
		h.lines = (uint32_t)rest;
		save(folder, first, &h, places);
	}
	free(places);
	bool good = e.error[0] == '\0';
	snprintf(err, err_size, "%s", e.error);
	entries_close(&e);
	return good;
}

bool line_index_find(int folder, uint64_t first, uint64_t sealed, const uint32_t *hashes, size_t count,
                     line_index_take *take, void *arg, char *err, size_t err_size)
{
	char path[ENTRIES_PATH];
	struct stat file;
	struct head h;
	size_t found;
	if (fstatat(folder, entries_path(first, path), &file, AT_SYMLINK_NOFOLLOW) != 0) {
		snprintf(err, err_size, "%s: %s", path, error_system(errno));
		return false;
	}
	struct place *places = load(folder, first, &file, hashes, count, &h, &found);
	uint64_t end = sealed < first + ENTRIES_PER_FILE ? sealed : first + ENTRIES_PER_FILE;
	/* A file that has grown much since: its index is made anew. */
	if (end > first + h.lines + REST_MOST) {
		h = (struct head){ 0 };
		found = 0;
	}
	bool good = read_places(folder, first, places, found, take, arg);
	free(places);
	if (!good)
		snprintf(err, err_size,
		         error_pick("%s: a line is not where its index has it: remove the index",
		                    "%s: une ligne n'est pas où son index la place : supprimer l'index"),
		         path);
	if (good && first + h.lines < end)
		good = read_rest(folder, first, end, &file, &h, hashes, count, take, arg, err, err_size);
	return good;
}
