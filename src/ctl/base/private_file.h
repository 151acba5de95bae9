/* private_file.h - files that hold personal data.
 *
 * Nobody else may read them (mode 0600), nothing is written over, and a file has its name only
 * when it is whole on the disk. */
#ifndef LICET_CTL_BASE_PRIVATE_FILE_H
#define LICET_CTL_BASE_PRIVATE_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct outfile {
	const char *path; /* borrowed */
	char *part;       /* where it is written; heap */
	FILE *file;
};

/* Ends unless such a file can be made. */
void outfile_check(const char *path);
/* Begin it, or begin it anew. Returns false, with errno. */
bool outfile_open(struct outfile *o, const char *path);
/* Everything is on the disk, its new name too. Returns false, with errno; drop it then. */
bool outfile_close(struct outfile *o);
/* Away with what was written. */
void outfile_drop(struct outfile *o);
void outfile_done(struct outfile *o);

/* Make the name of a file durable: its folder goes to the disk. */
void outfile_sync_folder(const char *path);

#endif
