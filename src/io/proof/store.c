/* store.c - the folder of a decision log, for the one who writes it; see store.h.
 *
 * Order of writing: lines, fdatasync; tiles, syncfs; checkpoints/<size>, fsync, rename; checkpoint, the
 * same. So the newest checkpoint never covers a line or a tile that a power cut could take away, and what
 * lies behind it is made again from the lines. */
#include "io/proof/store.h"

#include "core/proof/leaf.h"
#include "core/proof/line.h"
#include "core/proof/tile.h"
#include "io/host/mem.h"
#include "io/proof/entries.h"
#include "io/proof/tiles.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_AT_ONCE (256u << 10)

struct store {
	char *dir;
	int folder;     /* locked */
	int fd;         /* the last file of entries; -1: none is open */
	uint64_t first; /* index of its first line */
	struct note_signer key;
	uint64_t sealed;
	/* of the last file: bytes that are synced, and those that were written */
	uint64_t synced_bytes, bytes, synced_size;
	bool new_file; /* its name is not synced yet */
	char *buf;     /* lines that were not written yet */
	size_t buffered;
	bool tiles_failed;
	int tiles_errno;
	struct tile_edge edge;
};

static bool fail(char *err, size_t err_size, const char *format, ...) __attribute__((format(printf, 3, 4)));
static bool fail(char *err, size_t err_size, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	vsnprintf(err, err_size, format, ap);
	va_end(ap);
	return false;
}

/* --- files ------------------------------------------------------------------------------ */

static bool write_all(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	while (len > 0) {
		ssize_t n = write(fd, at, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* Make the folders that stand before the last slash of path. */
static bool make_folders(int folder, const char *path)
{
	char part[TILE_PATH];
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		if (mkdirat(folder, part, 0700) != 0 && errno != EEXIST)
			return false;
	}
	return true;
}

/* Whole or absent, under its name; synced: that it is there after a power cut, too. With errno. */
static bool put_file(int folder, const char *path, const void *bytes, size_t len, bool synced)
{
	char new_[TILE_PATH + 8];
	snprintf(new_, sizeof(new_), "%s.new", path);
	int fd = openat(folder, new_, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 && errno == ENOENT && make_folders(folder, path))
		fd = openat(folder, new_, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	bool good = write_all(fd, bytes, len) && (!synced || fsync(fd) == 0);
	int why = errno;
	good = close(fd) == 0 && good;
	good = good && renameat(folder, new_, folder, path) == 0;
	if (!good && why != 0)
		errno = why;
	return good;
}

static bool sync_folder(int folder, const char *path)
{
	int fd = openat(folder, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return good;
}

/* --- the edge of the tree ------------------------------------------------------------------ */

static void on_full(void *arg, unsigned level, uint64_t index, const struct merkle_hash *hashes)
{
	struct store *s = arg;
	char path[TILE_PATH];
	/* One that is there already was made from the same lines, before the torn tail was. */
	if (!s->tiles_failed && !put_file(s->folder, tile_path(level, index, TILE_WIDTH, path), hashes,
	                                  TILE_WIDTH * sizeof(*hashes), false)) {
		s->tiles_failed = true;
		s->tiles_errno = errno;
	}
}

static void add_leaf(struct store *s, const char *line, size_t len)
{
	struct merkle_hash leaf;
	leaf_of(line, len, &leaf);
	tile_append(&s->edge, &leaf, on_full, s);
}

/* The unfinished tile of a level above the lowest: roots of the full tiles below it. */
static bool load_level(struct store *s, unsigned level, uint64_t size, char *err, size_t err_size)
{
	uint64_t nodes = size >> (level * TILE_BITS), first = nodes - nodes % TILE_WIDTH;
	struct merkle_hash below[TILE_WIDTH];
	char path[TILE_PATH];
	for (uint64_t i = first; i < nodes; i++) {
		if (!tiles_read(s->folder, level - 1, i, TILE_WIDTH, below))
			return fail(err, err_size, "%s/%s: %s: the log is damaged", s->dir,
			            tile_path(level - 1, i, TILE_WIDTH, path),
			            errno == EILSEQ ? "it has another length" : strerror(errno));
		merkle_fold(below, TILE_WIDTH, &s->edge.hashes[level][i - first]);
	}
	return true;
}

/* The edge of the tree that the checkpoint covers, and of the lines behind it. Lines that are none end
 * the log: it is their place that *ret_size and *ret_offset tell. */
static bool load_edge(struct store *s, const struct checkpoint *c, uint64_t *ret_offset, char *err,
                      size_t err_size)
{
	struct entries e;
	struct merkle_hash root;
	const char *line;
	size_t len;
	for (unsigned level = 1; level < TILE_LEVELS; level++)
		if (!load_level(s, level, c->size, err, err_size))
			return false;
	s->edge.size = c->size - c->size % TILE_WIDTH;
	entries_open(&e, s->folder, s->edge.size, 0);
	for (; s->edge.size < c->size && entries_next(&e, &line, &len);)
		leaf_of(line, len, &s->edge.hashes[0][s->edge.size++ % TILE_WIDTH]);
	tile_edge_root(&s->edge, &root);
	bool good = s->edge.size == c->size && (c->size == 0 || merkle_same(&root, &c->root));
	*ret_offset = e.offset;
	while (good && entries_next(&e, &line, &len) && line_is_canonical(line, len)) {
		add_leaf(s, line, len);
		*ret_offset = e.offset;
	}
	entries_close(&e);
	if (!good)
		return fail(err, err_size,
		            "%s: its lines are not those that its checkpoint of %" PRIu64
		            " was signed for: the log is damaged%s%s",
		            s->dir, c->size, e.error[0] != '\0' ? ": " : "", e.error);
	return true;
}

/* Copies of files that were to replace them, and whose writer died before: they have lines that were to go. */
static bool drop_copies(int folder)
{
	int fd = openat(folder, "entries", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	bool good = dir != NULL;
	for (struct dirent *d; good && (d = readdir(dir)) != NULL;) {
		size_t len = strlen(d->d_name);
		if (len > 4 && strcmp(d->d_name + len - 4, ".new") == 0)
			good = unlinkat(fd, d->d_name, 0) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return good;
}

/* Cut off what is no line: at offset of the file that has the last one, and files behind it. */
static bool mend_tail(struct store *s, uint64_t offset, uint64_t *ret_mended, char *err, size_t err_size)
{
	uint64_t last, first = s->edge.size - s->edge.size % ENTRIES_PER_FILE;
	char path[ENTRIES_PATH];
	struct stat st;
	if (!drop_copies(s->folder))
		return fail(err, err_size, "%s/entries: %s", s->dir, strerror(errno));
	/* A file that is full is followed by one that may not be there yet. */
	if (s->edge.size == first)
		offset = 0;
	*ret_mended = 0;
	for (int there; (there = entries_last(s->folder, &last)) != 0 && last > first;)
		if (there < 0 || unlinkat(s->folder, entries_path(last, path), 0) != 0)
			return fail(err, err_size, "%s: %s", s->dir, strerror(errno));
	s->fd = openat(s->folder, entries_path(first, path),
	               O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->fd < 0 || fstat(s->fd, &st) != 0)
		return fail(err, err_size, "%s/%s: %s", s->dir, path, strerror(errno));
	if ((uint64_t)st.st_size > offset) {
		*ret_mended = (uint64_t)st.st_size - offset;
		if (ftruncate(s->fd, (off_t)offset) != 0)
			return fail(err, err_size, "%s/%s: %s", s->dir, path, strerror(errno));
	}
	/* What is there may stand in the cache alone: from now on it counts as synced. */
	if (fsync(s->fd) != 0 || !sync_folder(s->folder, "entries"))
		return fail(err, err_size, "%s/%s: %s", s->dir, path, strerror(errno));
	s->first = first;
	s->bytes = s->synced_bytes = offset;
	s->synced_size = s->edge.size;
	return true;
}

/* --- opening ------------------------------------------------------------------------------- */

/* The newest checkpoint, by one of our keys. size 0: a new log. */
static bool load_checkpoint(struct store *s, const struct note_signer *keys, size_t count,
                            struct checkpoint *ret, char *err, size_t err_size)
{
	char note[NOTE_MAX];
	struct note_verifier known[4];
	size_t text_len;
	int64_t len = tiles_note(s->folder, "checkpoint", note);
	uint64_t first;
	*ret = (struct checkpoint){ 0 };
	s->key = keys[0];
	if (len < 0 && errno == ENOENT) {
		uint64_t *sizes = NULL;
		int64_t kept = checkpoint_sizes(s->folder, &sizes);
		free(sizes);
		if (kept > 0)
			return fail(err, err_size,
			            "%s/checkpoint is missing, and %" PRId64
			            " older ones are there: the log is damaged",
			            s->dir, kept);
		if (entries_last(s->folder, &first) < 0)
			return fail(err, err_size, "%s/entries: %s", s->dir, strerror(errno));
		return true;
	}
	if (len < 0)
		return fail(err, err_size, "%s/checkpoint: %s", s->dir, strerror(errno));
	for (size_t i = 0; i < count && i < 4; i++)
		known[i] = keys[i].verifier;
	int who = note_open(note, (size_t)len, known, count < 4 ? count : 4, &text_len);
	if (who < 0)
		return fail(err, err_size,
		            "%s/checkpoint is not signed by the key of %s: it is another log's, or damaged",
		            s->dir, keys[0].verifier.name);
	if (!checkpoint_parse(note, text_len, ret) || strcmp(ret->origin, keys[who].verifier.name) != 0)
		return fail(err, err_size, "%s/checkpoint is none of %s", s->dir, keys[who].verifier.name);
	s->key = keys[who];
	s->sealed = ret->size;
	return true;
}

static bool open_folder(struct store *s, char *err, size_t err_size)
{
	struct stat st;
	if (mkdir(s->dir, 0700) != 0 && errno != EEXIST)
		return fail(err, err_size, "%s: %s", s->dir, strerror(errno));
	s->folder = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->folder < 0 || fstat(s->folder, &st) != 0)
		return fail(err, err_size, "%s: %s", s->dir, strerror(errno));
	if ((st.st_mode & 022) != 0)
		return fail(err, err_size, "%s: others may write there (mode %03o): chmod 700", s->dir,
		            st.st_mode & 0777);
	if (flock(s->folder, LOCK_EX | LOCK_NB) != 0)
		return fail(err, err_size, "%s: %s", s->dir,
		            errno == EWOULDBLOCK ? "another process writes this log" : strerror(errno));
	if ((mkdirat(s->folder, "entries", 0700) != 0 && errno != EEXIST) ||
	    (mkdirat(s->folder, "checkpoints", 0700) != 0 && errno != EEXIST) ||
	    (mkdirat(s->folder, "tile", 0700) != 0 && errno != EEXIST))
		return fail(err, err_size, "%s: %s", s->dir, strerror(errno));
	return true;
}

/* Errors that go by themselves, or with the process that has the lock. */
static bool may_pass(int why)
{
	return why == ENOSPC || why == EDQUOT || why == EIO || why == EMFILE || why == ENFILE ||
	       why == EWOULDBLOCK;
}

struct store *store_open(const char *dir, const struct note_signer *keys, size_t count, uint64_t *ret_mended,
                         bool *ret_lasting, char *err, size_t err_size)
{
	struct store *s = mem_zero(sizeof(*s));
	struct checkpoint c;
	uint64_t offset = 0;
	s->dir = mem_copy(dir);
	s->folder = s->fd = -1;
	errno = 0;
	if (!open_folder(s, err, err_size) || !load_checkpoint(s, keys, count, &c, err, err_size) ||
	    !load_edge(s, &c, &offset, err, err_size) || !mend_tail(s, offset, ret_mended, err, err_size)) {
		*ret_lasting = !may_pass(errno);
		/* Nothing of what is there is touched. */
		s->synced_bytes = UINT64_MAX;
		store_close(s);
		return NULL;
	}
	if (s->tiles_failed) {
		fail(err, err_size, "%s/tile: %s", s->dir, strerror(s->tiles_errno));
		*ret_lasting = !may_pass(s->tiles_errno);
		store_close(s);
		return NULL;
	}
	s->buf = mem_alloc(WRITE_AT_ONCE);
	return s;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	/* After a failed fsync nobody knows what is on the disk: what was not acknowledged goes. */
	if (s->fd >= 0 && s->bytes > s->synced_bytes && ftruncate(s->fd, (off_t)s->synced_bytes) != 0)
		s->bytes = 0; /* the next opening mends it */
	if (s->fd >= 0)
		close(s->fd);
	if (s->folder >= 0)
		close(s->folder);
	free(s->dir);
	free(s->buf);
	free(s);
}

uint64_t store_size(const struct store *s)
{
	return s->edge.size;
}

uint64_t store_sealed(const struct store *s)
{
	return s->sealed;
}

int store_folder(const struct store *s)
{
	return s->folder;
}

const struct note_verifier *store_key(const struct store *s)
{
	return &s->key.verifier;
}

void store_sign_with(struct store *s, const struct note_signer *key)
{
	s->key = *key;
}

/* --- appending ------------------------------------------------------------------------------ */

static bool flush(struct store *s, char *err, size_t err_size)
{
	if (s->buffered > 0 && !write_all(s->fd, s->buf, s->buffered))
		return fail(err, err_size, "%s/entries: %s", s->dir, strerror(errno));
	s->buffered = 0;
	return true;
}

/* The last file is full: sync it, and begin another. */
static bool next_file(struct store *s, char *err, size_t err_size)
{
	char path[ENTRIES_PATH];
	if (!store_sync(s, err, err_size))
		return false;
	close(s->fd);
	s->fd = openat(s->folder, entries_path(s->edge.size, path),
	               O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (s->fd < 0)
		return fail(err, err_size, "%s/%s: %s", s->dir, path, strerror(errno));
	s->first = s->edge.size;
	s->bytes = s->synced_bytes = 0;
	s->new_file = true;
	return true;
}

bool store_append(struct store *s, const char *line, size_t len, char *err, size_t err_size)
{
	if (len > ENTRIES_LINE_MAX)
		return fail(err, err_size, "%s: a line of %zu bytes is too long", s->dir, len);
	if (s->edge.size > 0 && s->edge.size % ENTRIES_PER_FILE == 0 && s->bytes > 0 &&
	    !next_file(s, err, err_size))
		return false;
	if (s->buffered + len + 1 > WRITE_AT_ONCE && !flush(s, err, err_size))
		return false;
	s->bytes += len + 1;
	if (len + 1 > WRITE_AT_ONCE) {
		if (!write_all(s->fd, line, len) || !write_all(s->fd, "\n", 1))
			return fail(err, err_size, "%s/entries: %s", s->dir, strerror(errno));
	} else {
		memcpy(s->buf + s->buffered, line, len);
		s->buf[s->buffered + len] = '\n';
		s->buffered += len + 1;
	}
	add_leaf(s, line, len);
	if (s->tiles_failed)
		return fail(err, err_size, "%s/tile: %s", s->dir, strerror(s->tiles_errno));
	return true;
}

bool store_sync(struct store *s, char *err, size_t err_size)
{
	if (!flush(s, err, err_size))
		return false;
	if (s->bytes != s->synced_bytes && fdatasync(s->fd) != 0)
		return fail(err, err_size, "%s/entries: fdatasync: %s", s->dir, strerror(errno));
	if (s->new_file && !sync_folder(s->folder, "entries"))
		return fail(err, err_size, "%s/entries: fsync: %s", s->dir, strerror(errno));
	s->new_file = false;
	s->synced_bytes = s->bytes;
	s->synced_size = s->edge.size;
	return true;
}

/* --- sealing ---------------------------------------------------------------------------------- */

/* Tiles that are not full, as far as they are. */
static bool put_partial(struct store *s)
{
	char path[TILE_PATH];
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		uint64_t nodes = s->edge.size >> (level * TILE_BITS);
		unsigned width = (unsigned)(nodes % TILE_WIDTH);
		if (width > 0 && !put_file(s->folder, tile_path(level, nodes / TILE_WIDTH, width, path),
		                           s->edge.hashes[level], width * sizeof(struct merkle_hash), false))
			return false;
	}
	return true;
}

/* Away with what was the beginning of tiles that are full now: C2SP allows it. What stays is no fault. */
static void drop_partial(struct store *s, uint64_t sealed)
{
	for (unsigned level = 0; level < TILE_LEVELS; level++) {
		uint64_t before = sealed >> (level * TILE_BITS), now = s->edge.size >> (level * TILE_BITS);
		char path[TILE_PATH];
		if (before % TILE_WIDTH == 0 || before / TILE_WIDTH == now / TILE_WIDTH)
			continue;
		for (unsigned width = 1; width < TILE_WIDTH; width++)
			unlinkat(s->folder, tile_path(level, before / TILE_WIDTH, width, path), 0);
		*strrchr(path, '/') = '\0';
		unlinkat(s->folder, path, AT_REMOVEDIR);
	}
}

bool store_seal(struct store *s, char *err, size_t err_size)
{
	struct checkpoint c = { .size = s->edge.size };
	char text[NOTE_MAX], note[NOTE_MAX], path[CHECKPOINT_PATH];
	if (!store_sync(s, err, err_size))
		return false;
	snprintf(c.origin, sizeof(c.origin), "%s", s->key.verifier.name);
	tile_edge_root(&s->edge, &c.root);
	checkpoint_text(&c, text);
	size_t len = note_sign(&s->key, text, note, sizeof(note));
	checkpoint_path(c.size, path);
	if (len == 0 || !put_partial(s) || syncfs(s->folder) != 0 ||
	    !put_file(s->folder, path, note, len, true) || !sync_folder(s->folder, "checkpoints") ||
	    !put_file(s->folder, "checkpoint", note, len, true) || fsync(s->folder) != 0)
		return fail(err, err_size, "%s: no checkpoint of %" PRIu64 ": %s", s->dir, c.size,
		            strerror(errno));
	drop_partial(s, s->sealed);
	s->sealed = c.size;
	return true;
}

/* --- erasing ------------------------------------------------------------------------------------ */

/* Copy one file, with the lines of these indexes replaced. */
static bool copy_erased(struct store *s, uint64_t first, FILE *to, const uint64_t *indexes, size_t count)
{
	struct entries e;
	const char *line;
	size_t len, at = 0;
	struct merkle_hash leaf;
	char hex[LEAF_ERASED_MAX];
	entries_open(&e, s->folder, first, 0);
	while (e.index < first + ENTRIES_PER_FILE && entries_next(&e, &line, &len)) {
		uint64_t index = e.index - 1;
		while (at < count && indexes[at] < index)
			at++;
		if (at < count && indexes[at] == index) {
			leaf_of(line, len, &leaf);
			len = leaf_erased(&leaf, hex);
			line = hex;
		}
		if (fwrite(line, 1, len, to) != len || putc('\n', to) == EOF)
			break;
	}
	bool good = e.error[0] == '\0' && !ferror(to);
	entries_close(&e);
	return good;
}

static bool erase_in_file(struct store *s, uint64_t first, const uint64_t *indexes, size_t count, char *err,
                          size_t err_size)
{
	char path[ENTRIES_PATH], new_[ENTRIES_PATH + 8];
	struct stat st;
	snprintf(new_, sizeof(new_), "%s.new", entries_path(first, path));
	int fd = openat(s->folder, new_, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *to = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (to == NULL)
		return fail(err, err_size, "%s/%s: %s", s->dir, new_, strerror(errno));
	bool good = copy_erased(s, first, to, indexes, count);
	good = fflush(to) == 0 && fsync(fd) == 0 && good;
	good = fclose(to) == 0 && good;
	if (!good || renameat(s->folder, new_, s->folder, path) != 0 || !sync_folder(s->folder, "entries"))
		return fail(err, err_size, "%s/%s: %s", s->dir, path, strerror(errno));
	if (first != s->first)
		return true; /* an index of it finds another inode, and is made anew */
	/* It is the one that is appended to. */
	close(s->fd);
	s->fd = openat(s->folder, path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW);
	if (s->fd < 0 || fstat(s->fd, &st) != 0)
		return fail(err, err_size, "%s/%s: %s", s->dir, path, strerror(errno));
	s->bytes = s->synced_bytes = (uint64_t)st.st_size;
	return true;
}

bool store_erase(struct store *s, const uint64_t *indexes, size_t count, char *err, size_t err_size)
{
	if (!store_sync(s, err, err_size))
		return false;
	for (size_t i = 0; i < count;) {
		uint64_t first = indexes[i] - indexes[i] % ENTRIES_PER_FILE;
		size_t n = 0;
		while (i + n < count && indexes[i + n] < first + ENTRIES_PER_FILE)
			n++;
		if (indexes[i + n - 1] >= s->sealed)
			return fail(err, err_size, "%s: line %" PRIu64 " is not sealed yet", s->dir,
			            indexes[i + n - 1]);
		if (!erase_in_file(s, first, indexes + i, n, err, err_size))
			return false;
		i += n;
	}
	return true;
}
