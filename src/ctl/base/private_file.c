/* private_file.c - files that hold personal data; see private_file.h. */
#include "ctl/base/private_file.h"

#include "ctl/base/session.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int part_open(const char *part)
{
	return open(part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
}

void outfile_check(const char *path)
{
	if (access(path, F_OK) == 0)
		ctl_fail(error_pick("%s is there already: nothing was changed",
		                    "%s existe déjà : rien n'a été modifié"),
		         path);
	char *part = mem_format("%s.part", path);
	int fd = part_open(part);

	if (fd < 0)
		ctl_fail(error_pick("%s: %s; nothing was changed", "%s: %s ; rien n'a été modifié"), part,
		         error_system(errno));
	close(fd);
	unlink(part);
	free(part);
}

bool outfile_open(struct outfile *o, const char *path)
{
	char *part = mem_format("%s.part", path);
	int fd = part_open(part);

	outfile_done(o);
	*o = (struct outfile){ .path = path, .part = part };

	if (fd < 0)
		return false;
	if (fchmod(fd, 0600) == 0)
		o->file = fdopen(fd, "w");
	if (o->file == NULL)
		close(fd);
	return o->file != NULL;
}

void outfile_sync_folder(const char *path)
{
	char *copy = mem_copy(path);
	int folder = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder >= 0) {
		(void)fsync(folder);
		close(folder);
	}
	free(copy);
}

bool outfile_close(struct outfile *o)
{
	bool good = fflush(o->file) == 0 && fsync(fileno(o->file)) == 0;

	good = fclose(o->file) == 0 && good;
	o->file = NULL;
	if (!good || rename(o->part, o->path) != 0)
		return false;
	outfile_sync_folder(o->path);
	return true;
}

void outfile_drop(struct outfile *o)
{
	int why = errno;

	if (o->file != NULL)
		fclose(o->file);
	o->file = NULL;
	if (o->part != NULL)
		unlink(o->part);
	errno = why;
}

void outfile_done(struct outfile *o)
{
	free(o->part);
	*o = (struct outfile){ 0 };
}
