/* log_beside.h - the streams of Redis beside the decision logs that were made of them: what was removed, changed or
 * invented since licetd had read it.
 *
 * Logs of several instances count as one. Every log is checked as licetctl log verify does it, on the way. */
#ifndef LICET_CTL_LOG_LOG_BESIDE_H
#define LICET_CTL_LOG_LOG_BESIDE_H

#include "ctl/base/session.h"
#include "io/redis/keys.h"

#include <stddef.h>
#include <stdint.h>

#define BESIDE_FAULTS_MAX 50
#define BESIDE_LOGS_MAX 16

enum beside_what {
	BESIDE_REMOVED, /* logged, and not in Redis any more */
	BESIDE_CHANGED, /* what Redis has is not what was logged */
	BESIDE_INVENTED, /* in Redis, and never logged; or logged as a call that licetd did not release, or as one twice */
	BESIDE_ELSEWHERE, /* written by an instance whose log is not at hand */
	BESIDE_DAMAGED,   /* a log is not whole */
	BESIDE_KINDS
};
const char *beside_name(enum beside_what what);

struct beside {
	struct ctl *ctl;
	const char *dirs[BESIDE_LOGS_MAX];
	size_t dir_count;
	const char *campaign; /* its streams and the oppositions alone; NULL: all */
	bool quiet;
	/* what came out */
	int64_t logged, same, retired, erased, waiting, older; /* older: than the logs */
	int64_t counts[BESIDE_KINDS];
	size_t told;
	struct beside_fault {
		enum beside_what what;
		char where[KEY_SIZE], id[48],
		    why[200]; /* why: English, for records; core_text() has its French */
	} faults[BESIDE_FAULTS_MAX];
	char checkpoints[BESIDE_LOGS_MAX][200]; /* "origin size root" of the newest of each log */
};

/* Returns how many faults there are; -1 with one line in err where a log or a stream could not be read. */
int64_t beside_compare(struct beside *b, char *err, size_t err_size);
/* The folders that the configuration names: log_dir and log_peers. Of one of several spaces, in which this instance or
 * another may never have worked, those that are there, or else log_dir. Returns how many. */
size_t beside_configured(struct ctl *ctl, const char *dirs[BESIDE_LOGS_MAX]);

#endif
