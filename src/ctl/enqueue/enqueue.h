/* enqueue.h - the jobs of a file onto a campaign's queue.
 *
 * enqueue.c reads the file and makes jobs of its lines, push.c pushes them, and
 * dry_run.c says what would become of them.
 *
 * How far a file was read is kept in Redis, in the same transaction as the jobs, so that no
 * end of any process pushes a line twice or leaves one out. What is kept is a fingerprint of
 * all lines so far: a file is known by what was queued of it, wherever it lies, and may have
 * grown at its end. */
#ifndef LICET_CTL_ENQUEUE_ENQUEUE_H
#define LICET_CTL_ENQUEUE_ENQUEUE_H

#include "ctl/enqueue/header_match.h"
#include "ctl/query/query.h"

struct trial;

struct intake {
	struct ctl *ctl;
	const struct rulebook *rb;
	const char *campaign, *path, *encoding;
	struct file_rules rules;
	const struct zone *zone; /* of times without an offset */
	char *found_encoding;
	struct lines *lines;
	struct line_reports bad;
	struct heads heads; /* CSV only */
	bool csv, dry_run, again;
	const char *profile; /* to be saved as; NULL: not */
	size_t blank;        /* lines in which nothing stands */
	size_t rows;         /* with something in them, where the file was surveyed */
	/* the row at hand */
	char made[4096]; /* what its cells mean, where they are written otherwise */
	size_t made_len;
	const char *number; /* NULL: there was no room for it */
	size_t number_column;
	/* the job at hand */
	char *text;
	size_t text_len, text_capacity;
	/* pushing */
	char queue[KEY_SIZE], position_key[KEY_SIZE], known_key[KEY_SIZE];
	struct redis_args push;
	size_t push_bytes;
	size_t replies; /* on their way */
	int64_t pushed;
	/* the place in the file */
	bool kept;                   /* it can be read twice, so that its place is kept */
	size_t skip;                 /* lines that were queued before */
	char place[SHA256_HEX_SIZE]; /* of what is on its way or queued; "": nothing yet */
	char line[24];               /* up to which that is */
	char place_before[SHA256_HEX_SIZE], line_before[24]; /* of the transaction before */
	char beginning[SHA256_HEX_SIZE];                     /* of its first lines: its name in ids */
	struct trial *trial;                                 /* of a dry run that may ask; else NULL */
	int64_t start_ms;
};

#endif
