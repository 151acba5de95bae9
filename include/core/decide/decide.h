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
#include "core/law/rulebook.h"
#include "core/number/phone.h"
#include "core/text/reason.h"

#include <stdbool.h>
#include <stdint.h>

/* --- the law of some days -------------------------------------------------- */

#define LAW_LISTS_MAX 24
struct law_list {
	const char *name;
	enum list_mode mode;
	int max_age_days; /* 0: no limit */
	bool prospecting_only;
	const char *article;
};
/* What binds on all of the days from first to last: every regime of any of them,
 * and their lists, the stricter rule of each. */
struct law {
	bool known; /* false: some day has no regime */
	size_t regime_count;
	const struct regime *regimes[REGIME_MAX];
	size_t list_count;
	struct law_list lists[LAW_LISTS_MAX]; /* the platform's, the advertiser's, then the rulebook's */
};

/* --- a place at an instant ---------------------------------------------------- */

struct place_view {
	uint32_t place;
	int64_t computed_ms, valid_until_ms; /* holds for instants in [computed, valid_until) */
	bool open;
	int64_t close_ms;     /* if open */
	int64_t next_open_ms; /* the next opening; after the close if open; TIME_NONE: none */
	enum reason why;      /* if not open */
	const char *rule;
	int32_t date_first, date_last; /* local dates now */
	struct law law;
};
/* A small memory of views for one rulebook and one campaign's hours. */
#define PLACE_VIEWS_MAX 64
struct place_views {
	const struct rulebook *rb;
	const struct week *own; /* NULL: none */
	size_t count;
	struct place_view views[PLACE_VIEWS_MAX];
};

/* --- facts --------------------------------------------------------------------- */

struct list_fact {
	const char *name;
	bool has_meta;
	int64_t refreshed_ms; /* TIME_NONE: unreadable */
	bool malformed;
};

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
	const char *listed_on;      /* name of the list it is on; NULL: none, or asked at commit */
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
