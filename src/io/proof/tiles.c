/* tiles.c - tiles and checkpoints of a decision log, as files; see tiles.h. */
#include "io/proof/tiles.h"

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

/* Read at most size bytes of a file, and one more to see that there are none. -1 with errno. */
static ssize_t read_file(int folder, const char *path, void *buf, size_t size)
{
	int fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	size_t len = 0;
	ssize_t n = 1;
	char more;
	if (fd < 0)
		return -1;
	while (len < size && (n = read(fd, (char *)buf + len, size - len)) > 0)
		len += (size_t)n;
	if (n > 0 && read(fd, &more, 1) > 0) {
		n = -1;
		errno = EFBIG;
	}
	int why = errno;
	close(fd);
	errno = why;
	return n < 0 ? -1 : (ssize_t)len;
}

bool tiles_read(int folder, unsigned level, uint64_t index, unsigned width,
                struct merkle_hash ret[TILE_WIDTH])
{
	char path[TILE_PATH];
	struct merkle_hash all[TILE_WIDTH];
	size_t want = width * sizeof(ret[0]);
	ssize_t n = read_file(folder, tile_path(level, index, width, path), all, want);
	if (n < 0 && errno == ENOENT && width < TILE_WIDTH) {
		want = sizeof(all);
		n = read_file(folder, tile_path(level, index, TILE_WIDTH, path), all, want);
	}
	if (n < 0 || (size_t)n != want) {
		errno = n < 0 && errno != EFBIG ? errno : EILSEQ;
		return false;
	}
	memcpy(ret, all, width * sizeof(ret[0]));
	return true;
}

bool tiles_node(void *tree, unsigned level, uint64_t index, struct merkle_hash *ret)
{
	struct tiles_tree *t = tree;
	struct tile_node n = tile_of_node(level, index);
	unsigned width = n.level < TILE_LEVELS ? tile_width(n.level, n.index, t->size) : 0;
	if (n.first + n.count > width)
		return false;
	if (!t->last[n.level].known || t->last[n.level].index != n.index) {
		char path[TILE_PATH];
		t->last[n.level].known = false;
		if (!tiles_read(t->folder, n.level, n.index, width, t->last[n.level].hashes)) {
			snprintf(t->error, sizeof(t->error), "%s: %s",
			         tile_path(n.level, n.index, width, path),
			         errno == EILSEQ
			             ? error_pick("it has another length", "sa longueur est autre")
			             : error_system(errno));
			return false;
		}
		t->last[n.level].known = true;
		t->last[n.level].index = n.index;
	}
	merkle_fold(&t->last[n.level].hashes[n.first], n.count, ret);
	return true;
}

int64_t tiles_note(int folder, const char *name, char *buf)
{
	ssize_t n = read_file(folder, name, buf, NOTE_MAX - 1);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

char *checkpoint_path(uint64_t size, char buf[CHECKPOINT_PATH])
{
	snprintf(buf, CHECKPOINT_PATH, "checkpoints/%012" PRIu64, size);
	return buf;
}

static int by_size(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

int64_t checkpoint_sizes(int folder, uint64_t **ret)
{
	int fd = openat(folder, "checkpoints", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	uint64_t *sizes = NULL;
	size_t count = 0, capacity = 0;
	if (dir == NULL)
		return -1;
	for (struct dirent *d; (d = readdir(dir)) != NULL;) {
		char path[CHECKPOINT_PATH];
		uint64_t size = strtoull(d->d_name, NULL, 10);
		if (strcmp(checkpoint_path(size, path) + strlen("checkpoints/"), d->d_name) != 0)
			continue;
		sizes = mem_grow(sizes, &capacity, count, sizeof(*sizes));
		sizes[count++] = size;
	}
	closedir(dir);
	if (count > 0)
		qsort(sizes, count, sizeof(*sizes), by_size);
	*ret = sizes;
	return (int64_t)count;
}
