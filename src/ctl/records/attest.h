/* attest.h - what a platform attests to its client when a campaign is over.
 *
 * Everything in it is counted or judged from what Redis holds: the counters, the records of
 * calls, the refusals, the oppositions; calls against the rulebook, each by its place and
 * times. No number of anybody who was called is in it. */
#ifndef LICET_CTL_RECORDS_ATTEST_H
#define LICET_CTL_RECORDS_ATTEST_H

#include "core/campaign/company.h"
#include "core/text/sha256.h"
#include "ctl/query/query.h"

#include <jansson.h>
#include <stdbool.h>

#define ATTESTATION_FORMAT "licet-attestation-1"

/* An opposition, or that one was taken back or lifted. */
struct attest_said {
	int64_t number, ms; /* digits of the number; when it was received */
	int64_t delay_ms;   /* since it was said */
	bool platform, on;
};
struct attest {
	struct ctl *ctl;
	const struct rulebook *rb;
	const char *campaign, *advertiser;
	struct company company; /* of the advertiser: who objected to one of its ids objected to all */
	bool french;
	int64_t now_ms;
	struct hash def, of_advertiser, source, stats;
	/* the calls on record */
	int64_t first_ms, last_ms; /* TIME_NONE: none */
	int64_t calls, not_placed, records;
	int64_t outside, on_holiday, in_slot, unjudged;
	int64_t without_proof, after_opposition, out_already, most_before;
	uint32_t places;
	json_t *proofs, *rulebooks; /* series of proofs, rulebooks at release -> how many */
	json_t *articles;           /* reason -> {article: how many} of the refusals on record */
	int64_t refusals;           /* on record */
	/* the oppositions, sorted by number and time */
	struct attest_said *said;
	size_t said_count, said_capacity;
	int64_t in_calls, withdrawals;
	/* what was read, as export writes it */
	crypto_hash_sha256_state sum;
	char last_done[64], last_refused[64];
	json_t *limits;
	json_t *log; /* what the decision log says of it; NULL: none is kept */
	bool log_agrees;
};

/* As JSON. */
json_t *attest_json(struct attest *x);

#endif
