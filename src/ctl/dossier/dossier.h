/* dossier.h - the life of a number, gathered over all advertisers and campaigns.
 *
 * Each part reads one kind of record and adds what it finds: events, which have a time,
 * and what stands now, which has none. Streams are read in chunks, and only what is the
 * number's is kept. Texts are made in the language that is asked for; members of the
 * JSON have the same names in both. */
#ifndef LICET_CTL_DOSSIER_DOSSIER_H
#define LICET_CTL_DOSSIER_DOSSIER_H

#include "core/decide/decide.h"
#include "ctl/query/query.h"
#include "ctl/query/ready_entry.h"
#include "ctl/space/everywhere.h"

#include <jansson.h>
#include <stdbool.h>

#define DOSSIER_EVENTS_MAX 20000 /* of one number; far above any life */

struct dossier_event {
	int64_t ms;
	size_t order; /* as it came, among those of one instant */
	json_t *json;
};
/* When a call to the number may have begun: from the hand-over to the report, and not after
 * not_after. */
struct dossier_start {
	int64_t first_ms, last_ms;
	bool reported; /* false: a sender has it, or never said */
	char token[64], advertiser[72];
};
struct dossier {
	struct ctl *ctl;
	const struct everywhere *spaces; /* which there are; NULL: it is read in this one */
	const struct rulebook *rb;
	bool french;
	bool letter; /* a sheet writes the local times itself */
	struct phone phone;
	char mask[PHONE_MASK_SIZE];
	int64_t now_ms, from_ms, to_ms; /* [from, to); TIME_NONE: not said */
	struct names campaigns, advertisers, lists;
	struct dossier_event *events;
	size_t event_count, event_capacity, event_order;
	struct dossier_start *starts;
	size_t start_count, start_capacity;
	json_t *now;      /* where its jobs are */
	json_t *standing; /* which lists it is on */
	json_t *attempts; /* the days on record, by advertiser */
	json_t *streams;  /* what the records of calls of each campaign reach back to */
	json_t *limits;   /* what could not be looked at; a dossier with one is not whole */
	json_t *log;      /* what the decision log says of all of it; NULL: none is kept */
	json_t *logs;     /* the same of each of several spaces; one that is not at hand has no "whole" */
	bool log_agrees;
	int64_t called; /* records of calls that were read, of all campaigns and numbers */
};

#endif
