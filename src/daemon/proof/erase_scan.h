/* erase_scan.h - which lines of the decision log are to leave it, file by file: those of a person, or those that
 * were kept long enough. Done by the thread that writes it: no JSON library, no log, nothing of the loop's. */
#ifndef LICET_DAEMON_PROOF_ERASE_SCAN_H
#define LICET_DAEMON_PROOF_ERASE_SCAN_H

#include "io/redis/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is kept for its own time: calls with what was settled by hand, refused and invalid jobs, consents given. */
enum erase_age { AGE_DONE, AGE_REFUSED, AGE_INVALID, AGE_CONSENT, AGES };

struct erase_want {
	/* Of a person: refused and invalid jobs to this number, or of these entries; "": by age. */
	char number[24];
	char **entries; /* "stream id", sorted */
	size_t entry_count;
	char **campaigns; /* of these alone, sorted */
	size_t campaign_count;
	bool some_campaigns;
	/* By age: records from before that, UTC ms; INT64_MIN: none of that kind. */
	int64_t before_ms[AGES];
};
void erase_want_done(struct erase_want *want);

struct erase_found {
	uint64_t *indexes; /* in order; the caller frees them */
	size_t count, capacity;
	int64_t oldest_ms[AGES]; /* of what stays; INT64_MAX: there is none */
	uint64_t end;            /* behind the last line that was read */
};

/* Look at the lines of one file, from the one of index first on, before end. Returns false with one line in err
 * where they cannot be read. */
bool erase_scan(int folder, uint64_t first, uint64_t end, const struct erase_want *want,
                struct erase_found *ret, char *err, size_t err_size);

#endif
