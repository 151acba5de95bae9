/* campaign.h - a campaign's definition, read and judged.
 *
 * Built from the four hashes that define it; nothing of them is kept. A campaign
 * with faults moves no job: every fault is listed, each with the field and what was
 * expected. */
#ifndef LICET_CORE_CAMPAIGN_CAMPAIGN_H
#define LICET_CORE_CAMPAIGN_CAMPAIGN_H

#include "core/law/rulebook.h"
#include "core/number/phone.h"
#include "core/text/fields.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAMPAIGN_FAULTS_MAX 24

enum campaign_status { CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, CAMPAIGN_STOPPED };
/* "running", "paused" or "stopped". */
const char *campaign_status_name(enum campaign_status status);

/* Codes of campaign faults, as they stand in state.faults. */
#define CAMPAIGN_FAULTS(X) \
	X(FIELD_MISSING, "field-missing") \
	X(FIELD_UNKNOWN, "field-unknown") \
	X(FIELD_MALFORMED, "field-malformed") \
	X(ADVERTISER_INCOMPLETE, "advertiser-incomplete") \
	X(SOURCE_UNAPPROVED, "source-unapproved") \
	X(SECTOR_BANNED, "sector-banned") \
	X(SECTOR_UNAPPROVED, "sector-unapproved") \
	X(CALLER_ID_CLASS, "caller-id-class") \
	X(CALLER_ID_UNAUTHORISED, "caller-id-unauthorised") \
	X(OPT_OUT_MISSING, "opt-out-missing") \
	X(OPT_OUT_SURCHARGED, "opt-out-surcharged") \
	X(ANNOUNCEMENT_INCOMPLETE, "announcement-incomplete") \
	X(SYNTHETIC_UNDISCLOSED, "synthetic-undisclosed") \
	X(ROUTE_UNKNOWN, "route-unknown") \
	X(ROUTE_LOCATION, "route-location") \
	X(SERVICE_UNDECLARED, "service-undeclared")
#define X(sym, name) CAMPAIGN_FAULT_##sym,
enum campaign_fault { CAMPAIGN_FAULTS(X) CAMPAIGN_FAULT_COUNT };
#undef X
const char *campaign_fault_name(enum campaign_fault fault);

/* Outcomes after which a job may be tried again; the order of retry_outcomes. */
#define RETRY_OUTCOMES 4
extern const char *const retry_outcomes[RETRY_OUTCOMES];

/* Fields of a definition or a route that no sender sees and no release rests on: what is ready
 * may stay when they change. A status that stops a campaign has a reason of its own. */
bool campaign_field_is_unseen(const char *field);

struct campaign {
	char id[ID_MAX + 1];
	/* The id that the consents, attempts and oppositions of its company are kept under; and the one that the
	 * definition names, whose name and caller ids it has. The same but for an alias (company.h). */
	char advertiser[ID_MAX + 1], named[ID_MAX + 1];
	char source[ID_MAX + 1], route[ID_MAX + 1], family[ID_MAX + 1];
	char product[65], siren[16];
	bool service;          /* purpose = service, declared and approved */
	bool third_party;      /* the source was collected by somebody else */
	bool history_declared; /* attempts_before was said */
	enum campaign_status status;
	int priority, weight;
	int message_seconds;
	int concurrent;                   /* jobs that senders may have at once; 0: no limit */
	int gap_days;                     /* after a call that reached the person; 0: none */
	int consent_max_age_days;         /* of its sector; 0: the consent rule's own */
	double interval_ms;               /* between two releases; 0: no rate */
	int64_t retry_ms[RETRY_OUTCOMES]; /* delay before the next attempt; 0: it ends */
	int retry_max;                    /* how many more attempts after the first */
	bool has_window;
	struct week window;       /* hours of its own */
	int64_t start_ms, end_ms; /* TIME_NONE-like: INT64_MIN, INT64_MAX if not said */
	/* the route */
	double route_interval_ms;
	int backlog, lease_s, ring_s, lead_s;
	int route_concurrent; /* jobs that senders may have at once; 0: no limit */
	int canary;           /* the first so many jobs go alone; 0: no canary */
	int breaker_pct;      /* share of failures above which the route stops; 0: no breaker */
	bool route_open;
	int guard_s;       /* computed: see rulebook.guard_s */
	char warning[140]; /* lawful, and better otherwise: field and why; "" if nothing is */
	/* faults */
	size_t fault_count;
	struct {
		enum campaign_fault fault;
		char text[140]; /* field and what was expected */
	} faults[CAMPAIGN_FAULTS_MAX];
};

#define GAP_DAYS_MAX 365
struct campaign_options {
	bool caller_id_doubtful; /* accept caller-id ranges marked doubtful */
	int64_t route_p99_ms;    /* measured from take to done on its route; 0: not known */
	int care_gap_days;       /* gap_days of an advertiser that says none */
};

/* Read and judge. Always fills *ret; faults are in it. date: the day whose law
 * counts for the sector. An absent hash has count 0. */
void campaign_read(const struct rulebook *rb, const struct campaign_options *options, const char *id,
                   const struct fields *def, const struct fields *advertiser, const struct fields *source,
                   const struct fields *route, int32_t date, struct campaign *ret);

/* Was it stopped, or has its end passed? now_ms: UTC. */
bool campaign_is_over(const struct campaign *c, int64_t now_ms);

/* "5/s", "60/m", "300/h", "5000/d": milliseconds between two releases. Returns false for
 * anything else. */
bool rate_parse(const char *text, double *ret_interval_ms);

/* All faults as one line: "code: text; code: text". Returns buf. */
char *campaign_faults_text(const struct campaign *c, char *buf, size_t size);

/* The field names a definition may have, NULL-terminated (vocabulary, nearest). */
extern const char *const campaign_def_fields[];

#endif
