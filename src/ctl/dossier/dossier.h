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
	const struct rulebook *rb;
	bool french;
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
	int64_t called;   /* records of calls that were read, of all campaigns and numbers */
};

/* --- streams.c: what is there to be read ------------------------------------ */

/* Every campaign and advertiser of which a key is left, listed or not. */
void dossier_discover(struct dossier *d);
/* The calls, refusals and faults of every campaign. */
void dossier_read_campaigns(struct dossier *d);
/* A stream from its beginning, in chunks; take is called for each entry. Returns how
 * many there were; -1, with a limit noted, if it cannot be read. */
typedef void dossier_take(struct dossier *d, const char *owner, const struct redis_reply *entry);
int64_t dossier_walk(struct dossier *d, const char *key, const char *owner, dossier_take *take);
/* Is that the number's? People write numbers in many ways. */
bool dossier_is_number(const struct dossier *d, const char *text, size_t len);

/* --- the other parts --------------------------------------------------------------- */

/* statements.c: consents, oppositions, lists, attempts on record. */
void dossier_read_said(struct dossier *d);
/* open_jobs.c: what is queued, held, ready, out, unknown or reported and not yet settled. */
void dossier_read_now(struct dossier *d);
/* call.c: one call, from what a done or settle stream says of it. */
void dossier_add_call(struct dossier *d, const char *campaign, const struct redis_reply *fields);
void dossier_add_start(struct dossier *d, const struct dossier_start *start);
void dossier_add_reported(struct dossier *d, const struct redis_reply *event, const struct ready_entry *e);
/* absence.c: was there a call between from and to? */
json_t *dossier_absence(struct dossier *d);
/* dossier_text.c: for people. */
void dossier_print(const struct dossier *d, const json_t *all);

/* --- adding, phrases.c --------------------------------------------------------- */

/* The sentence in the language that is asked for; heap. Its French stands in french.c,
 * with the same conversions in the same order. */
char *dossier_say(const struct dossier *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, put into a member or at the end of an array. */
void dossier_set(const struct dossier *d, json_t *object, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void dossier_append(const struct dossier *d, json_t *array, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A member that is a text of Redis: absent or empty is null; numbers in it are hidden. */
void dossier_set_text(const struct dossier *d, json_t *object, const char *key, const char *text);
/* An event: {at, local, kind, text, details}. It belongs to the dossier. place: where the
 * callee was; 0: where the number may be. */
json_t *dossier_event(struct dossier *d, int64_t ms, uint32_t place, const char *kind);
/* What was told of a token while it was out; its record tells it now. */
void dossier_forget(struct dossier *d, const char *token);
/* The detail lines of an event. */
json_t *dossier_details(json_t *event);
/* "Tue 24 Nov 2026 10:30 (Europe/Paris)", of each zone of the place; heap. */
char *dossier_local(const struct dossier *d, int64_t ms, uint32_t place);
/* "10:30 on Tue 24 Nov 2026, 2026-11-24T09:30:00Z"; heap. */
char *dossier_instant(const struct dossier *d, int64_t ms, uint32_t place);
/* "Acme (acme)"; heap. */
char *dossier_advertiser(struct dossier *d, const char *id);
/* The advertiser of a campaign, as its definition has it; "" if nobody knows; heap. */
char *dossier_advertiser_of(struct dossier *d, const char *campaign);
/* Digits of this number, and those written as a number is, are hidden; heap. */
char *dossier_hidden(const struct dossier *d, const char *text);
/* The article behind a reason on a day, from the rulebook; "": it is a rule of ours. */
const char *dossier_article(const struct dossier *d, enum reason reason, const char *rule, int64_t ms);

#endif
