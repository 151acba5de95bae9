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

#include "core/job/job.h"
#include "ctl/enqueue/header_match.h"
#include "ctl/input/line_reports.h"
#include "ctl/query/query.h"

struct trial;
struct rejects;
struct window_places;

#define ORIGIN_SIZE 13 /* of a file's name: twelve digits of the fingerprint of its beginning */

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
	bool csv, dry_run, again, french;
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
	bool kept;   /* it can be read twice, so that its place is kept */
	size_t skip; /* lines that were queued before */
	/* of which file and line a row is: this one's, or those of the file that it was refused of */
	char origin[ORIGIN_SIZE];
	size_t origin_column; /* heads.count: the file is no file of refused rows */
	uint64_t origin_line;
	bool mended;      /* it is such a file */
	uint64_t put_max; /* the largest that this run has */
	uint64_t *put;    /* lines that were queued mended, sorted */
	size_t put_count, put_capacity, put_before, put_sent, put_last;
	size_t known_count; /* of them, in Redis */
	size_t again_count; /* rows that are passed over as they were queued so */
	size_t rejects_rows;
	const char *bad_column;  /* of the file, that the next refusal is about; NULL: the field's */
	struct rejects *rejects; /* NULL: not asked for */
	const char *rejects_path;
	char *head;     /* the header as it was read, with its end */
	bool reviewing; /* lines that were queued before are looked at again, for the rejects alone */
	char place[SHA256_HEX_SIZE]; /* of what is on its way or queued; "": nothing yet */
	char line[24];               /* up to which that is */
	char place_before[SHA256_HEX_SIZE], line_before[24]; /* of the transaction before */
	char beginning[SHA256_HEX_SIZE];                     /* of its first lines: its name in ids */
	/* the batch that its jobs are */
	const char *batch; /* --batch; NULL: the file is one */
	char *batch_name;
	char batches_key[KEY_SIZE], ids_key[KEY_SIZE];
	bool batch_same_file;
	int64_t batch_lines, batch_queued, batch_refused; /* what it had before */
	size_t batch_refused_sent;
	char job_id[JOB_ID_MAX + 1];  /* of the job at hand */
	uint32_t job_place;           /* where its callee is; 0: nowhere that has rules */
	struct window_places *places; /* where the callees are; NULL: the campaign has no hours of its own */
	char *ids;                    /* of jobs that go with the next transaction, a line each */
	size_t ids_len, ids_capacity;
	struct trial *trial; /* of a dry run that may ask; else NULL */
	int64_t start_ms;
};

#endif
