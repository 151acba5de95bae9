/* unpack.c - see unpack.h. zlib and libzstd unpack; a sheet is the business of a program of its own. */
#include "ctl/input/unpack.h"

#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PIECE 65536

extern char **environ;

static bool begins(const char *head, size_t len, const char *mark, size_t mark_len)
{
	return len >= mark_len && memcmp(head, mark, mark_len) == 0;
}

enum packing packing_of(const char *head, size_t len)
{
	static const char *const sheets[] = { "[Content_Types].xml", "_rels/", "docProps/", "xl/" };

	if (begins(head, len, "\x1F\x8B", 2))
		return PACKED_GZIP;
	if (begins(head, len, "\x28\xB5\x2F\xFD", 4))
		return PACKED_ZSTD;
	if (begins(head, len, "\xD0\xCF\x11\xE0", 4))
		return PACKED_OLD_SHEET;
	if (!begins(head, len, "PK\x03\x04", 4))
		return PACKED_NOT;
	/* The name of the first file in it stands at byte 30. */
	for (size_t i = 0; len > 30 && i < sizeof(sheets) / sizeof(sheets[0]); i++)
		if (begins(head + 30, len - 30, sheets[i], strlen(sheets[i])))
			return PACKED_SHEET;
	return PACKED_ZIP;
}

int unpack_room(void)
{
	const char *folder = getenv("TMPDIR");
	char *path = mem_format("%s/licetctl-XXXXXX", folder != NULL && *folder == '/' ? folder : "/var/tmp");
	int fd = mkostemp(path, O_CLOEXEC); /* 0600 */

	if (fd >= 0)
		unlink(path);
	free(path);
	return fd;
}

/* Returns false with errno. */
static bool write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

/* --- gzip and zstd: each returns what is wrong, NULL for nothing ------------------------------ */

static const char *unpack_gzip(int fd, int to)
{
	int own = dup(fd);
	gzFile file = own >= 0 ? gzdopen(own, "r") : NULL;
	char *piece = mem_zero(PIECE);
	const char *wrong = NULL;
	int n = 0;

	if (file == NULL) {
		free(piece);
		return error_system(errno);
	}
	while (wrong == NULL && (n = gzread(file, piece, PIECE)) > 0)
		if (!write_all(to, piece, (size_t)n))
			wrong = error_system(errno);
	/* The end tells of a file that was cut off. */
	if (wrong == NULL && (n < 0 || gzclose_r(file) != Z_OK))
		wrong = error_pick("it is damaged, or cut off", "il est endommagé, ou tronqué");
	free(piece);
	return wrong;
}

static const char *unpack_zstd(int fd, int to)
{
	ZSTD_DStream *stream = ZSTD_createDStream();
	char *in = mem_zero(PIECE), *out = mem_zero(PIECE);
	const char *wrong = stream != NULL ? NULL : error_system(ENOMEM);
	size_t left = 1; /* of a frame; 0: it ended */
	ssize_t n;

	while (wrong == NULL && (n = read(fd, in, PIECE)) != 0) {
		ZSTD_inBuffer from = { in, n > 0 ? (size_t)n : 0, 0 };

		if (n < 0 && errno != EINTR)
			wrong = error_system(errno);
		while (wrong == NULL && from.pos < from.size) {
			ZSTD_outBuffer into = { out, PIECE, 0 };

			left = ZSTD_decompressStream(stream, &into, &from);
			if (ZSTD_isError(left))
				wrong = ZSTD_getErrorName(left);
			else if (!write_all(to, out, into.pos))
				wrong = error_system(errno);
		}
	}
	/* What the last piece left inside is given out where there is room: none is, only at a frame's end. */
	if (wrong == NULL && left != 0)
		wrong = error_pick("it is cut off", "il est tronqué");
	ZSTD_freeDStream(stream);
	free(in);
	free(out);
	return wrong;
}

/* --- sheets ------------------------------------------------------------------------------------ */

/* Dates as ISO writes them, whatever format the cell has: 04-18-26 is what many would be else. */
static const char *unpack_sheet(int fd, int to)
{
	char *argv[] = { "xlsx2csv", "-f", "%Y-%m-%d %H:%M:%S.%f", "/dev/stdin", NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status = 0;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, to, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	int failed = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);

	posix_spawn_file_actions_destroy(&actions);
	if (failed == ENOENT)
		return error_pick(
		    "to read an Excel sheet install xlsx2csv (apt install xlsx2csv), or save it there as \"CSV UTF-8\"",
		    "pour lire une feuille Excel, installer xlsx2csv (apt install xlsx2csv), ou l'enregistrer dans Excel en « CSV UTF-8 »");
	if (failed != 0)
		return error_system(failed);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return NULL;
	return error_pick("xlsx2csv cannot read it: save it as \"CSV UTF-8\" in Excel",
	                  "xlsx2csv ne peut le lire : l'enregistrer dans Excel en « CSV UTF-8 »");
}

int unpack_file(int fd, const char *path, enum packing packing, char *err, size_t err_size)
{
	const char *wrong = NULL;
	int to = unpack_room();

	if (to < 0 || lseek(fd, 0, SEEK_SET) < 0)
		wrong = error_system(errno);
	else if (packing == PACKED_GZIP)
		wrong = unpack_gzip(fd, to);
	else if (packing == PACKED_ZSTD)
		wrong = unpack_zstd(fd, to);
	else if (packing == PACKED_SHEET)
		wrong = unpack_sheet(fd, to);
	else if (packing == PACKED_OLD_SHEET)
		wrong = error_pick(
		    "an Excel file of before 2007: save it there as \"CSV UTF-8\", or as .xlsx",
		    "un fichier Excel d'avant 2007 : l'y enregistrer en « CSV UTF-8 », ou en .xlsx");
	else
		wrong = error_pick("a zip archive: take the file out of it first",
		                   "une archive zip : en extraire d'abord le fichier");
	if (wrong == NULL && lseek(to, 0, SEEK_SET) < 0)
		wrong = error_system(errno);
	if (wrong == NULL)
		return to;
	snprintf(err, err_size, "%s: %s", path, wrong);
	if (to >= 0)
		close(to);
	return -1;
}
