/* decide.h - may this job go out now?
 *
 * The one place where the rules meet. Facts come in, a decision goes out; the
 * daemon and licetctl explain call the same function. A fact that the daemon
 * leaves to the commit function is passed as its harmless value, and the commit
 * function, which asks Redis again in the same step, has the last word. */
#ifndef LICET_CORE_DECIDE_DECIDE_H
#define LICET_CORE_DECIDE_DECIDE_H

#include "core/campaign/campaign.h"
#include "core/consent/attempts.h"
#include "core/job/job.h"
#include "core/law/binding.h"
#include "core/law/rulebook.h"
#include "core/number/phone.h"
#include "core/text/reason.h"

#include <stdbool.h>
#include <stdint.h>

/* --- facts --------------------------------------------------------------------- */

/* When somebody objected to the advertiser: what a later consent may lift (R223-3; 60
 * full days, once D223-9). */
struct opposition_fact {
	bool dated;       /* false: nobody knows when, so that nothing is later */
	int64_t event_ms; /* when it was said; the latest, of number and person */
	bool in_call;     /* said, or keyed, in a call */
};

struct facts {
	int64_t now_ms;
	/* the campaign */
	const struct campaign *campaign;
	const char *halt_scope; /* NULL: not halted */
	enum reason lists;      /* what lists_state said */
	const char *lists_rule;
	int64_t lists_stale_ms;
	enum reason brake; /* allowed, rate-limit, route-full, clock-doubt …: why none may go now */
	const char *brake_rule;
	int64_t brake_until_ms; /* TIME_NONE: nobody knows */
	/* the job */
	bool duplicate, cancelled;
	bool unplaced;         /* somebody with this number objected to an advertiser that nobody declared */
	const char *listed_on; /* name of the list it is on; NULL: none, or asked at commit */
	const char *listed_besides; /* where that is the advertiser's own: another one; NULL: none */
	const struct opposition_fact *opposition; /* to the advertiser; NULL: without a date */
	int attempt;                              /* which one this is; 0 and 1: the first */
	bool slot_used;                           /* the consent's precise time was used already */
	bool registry_unknown;
	const struct registry_record *registry;    /* NULL: no record */
	const uint8_t *attempts, *person_attempts; /* NULL: none */
	size_t attempts_len, person_attempts_len;
};

/* --- decisions ------------------------------------------------------------------ */

struct decision {
	enum reason reason;
	const char *rule; /* which rule, list, holiday or fault; never NULL */
	const char *hint; /* for the reader; never NULL */
	int64_t until_ms; /* HOLD: when to look again; TIME_NONE: when something changes */
	struct phone phone;
	uint32_t place; /* 0 if the number is not placed */
	const struct place_view *view;
	int64_t opens_ms;     /* RELEASE: nothing may start before: window, slot or its own not_before */
	int64_t not_after_ms; /* RELEASE: nothing may start from then on */
	int64_t close_ms;
	int64_t ends_ms;      /* from then on it may never go: its own not_after, its consent's or its
	                         slot's end; INT64_MAX: none. Of what gets past consent only. */
	enum reason ends_why; /* what it is refused with then */
	bool any_hour;        /* its slot opens other hours than the place's */
	const char *proof;    /* of the consent that was used; NULL if none was needed */
	const char *form_id;  /* the registered form it names; NULL: none */
	bool lifts;           /* that consent lifts an opposition to the advertiser */
	int64_t slot_ms;      /* the precise time that the person asked for; TIME_NONE: none */
	int cap_count;        /* attempts before this one */
};

/* Every rule in order, for explain. */
#define RULINGS_MAX 20
struct ruling {
	const char *name; /* "consent", "window", … */
	enum reason reason;
	const char *rule;
	const char *article;
	int64_t until_ms;
};
struct rulings {
	size_t count;
	struct ruling list[RULINGS_MAX];
};

/* Decide. trace may be NULL; with it every rule is judged, not only those up to the
 * first that fails. Pointers in *ret point into the arguments or to static text. */
void decide(struct place_views *views, const struct job *job, const struct facts *facts, struct decision *ret,
            struct rulings *trace);

#endif
