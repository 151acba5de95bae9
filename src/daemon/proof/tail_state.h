/* tail_state.h - what the parts of the tailer share. */
#ifndef LICET_DAEMON_PROOF_TAIL_STATE_H
#define LICET_DAEMON_PROOF_TAIL_STATE_H

#include "core/proof/line.h"
#include "core/proof/mac.h"
#include "daemon/daemon.h"
#include "daemon/proof/writer.h"

#define STREAM_ID_SIZE 48

enum stream_kind { STREAM_DONE, STREAM_REFUSED, STREAM_INVALID, STREAM_OPPOSITIONS, STREAM_EVENTS };

struct tail_stream {
	char *key;
	char campaign[ID_MAX + 1]; /* "": none */
	enum stream_kind kind;
	char at[STREAM_ID_SIZE];   /* read so far */
	char told[STREAM_ID_SIZE]; /* what Redis was told to be on the disk; "": nothing */
	bool untold;               /* and Redis is to be told */
	int64_t dirty_ms;          /* monotonic: since when it may have more; 0: it has not */
	bool full;                 /* the last reading took as much as it may: the next follows at once */
};

/* Lines that were given to the writer, and what is known when they are on the disk. */
struct tail_batch {
	uint64_t number;
	int64_t since_ms; /* monotonic: when the oldest of it was known to be there */
	size_t count;
	struct tail_mark {
		size_t stream;
		char id[STREAM_ID_SIZE];
	} * marks;
};

struct tail {
	struct writer *writer;
	struct writer_state state;
	struct writer_want want;
	char *dir, *prefix;
	uint8_t mac_key[MAC_KEY];
	char who[ID_MAX + 24]; /* this process, for the lease */
	bool erases_alone;     /* no lease is asked for: another instance leads the space */
	/* the lease */
	bool ours, other_good, asking, answered;
	char other[ID_MAX + 24];
	int64_t asked_ms, until_ms; /* monotonic; until: of our lease */
	char began[24];             /* where streams begin that the log has nothing of: ms */
	bool positions_known, positions_asking;
	unsigned opened; /* the writer's, when the positions were read */
	/* The folder was opened anew, as writing had failed: a full disk lets it be opened, and fails at the first line.
	 * It is believed when it has more lines than these, or at this time (monotonic) where there is nothing to
	 * write. */
	uint64_t doubt_size;
	int64_t doubt_until_ms;
	/* reading */
	struct tail_stream *streams;
	size_t stream_count, stream_capacity, next_round;
	size_t *slots, slot_count;     /* by key: where it stands, from 1 */
	size_t asked[64], asked_count; /* of the XREAD that is under way; 0: none is */
	int64_t read_ms, round_ms, scanned_ms;
	size_t read_most;
	unsigned generation, asked_generation; /* of the positions; of those that the XREAD began at */
	struct tail_batch *batches;
	size_t batch_count, batch_capacity;
	uint64_t batch_number;
	bool telling;
	bool law_wanted, began_told, key_told;
	uint64_t halt_logged;
	char error[200]; /* the last one that was told */
	struct anchor *anchor;
	struct erasure *erasure;
};

#endif
