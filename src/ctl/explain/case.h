/* case.h - one question, and everything that its answer depends on.
 *
 * A case is a value: explain fills it from Redis, verify from a receipt, and both
 * have it judged by the same function, which asks nobody. What the law says is not in
 * it but in the rulebook. To add a fact: a member here, a line in the table of
 * case_json.c, and where it is filled (explain.c) and used (case.c). */
#ifndef LICET_CTL_EXPLAIN_CASE_H
#define LICET_CTL_EXPLAIN_CASE_H

#include "core/campaign/situation.h"
#include "core/decide/decide.h"

#include <jansson.h>
#include <stdbool.h>

#define CASE_FORMS_MAX 9 /* the job's and eight of the registry */

/* All of them are on the heap and belong to the case; NULL: absent. */
struct case_words {
	char **list;
	size_t count;
};
struct case_days { /* as core/attempts.h has them */
	uint8_t bytes[ATTEMPTS_BYTES_MAX];
	size_t len;
};
struct case_list {
	char *name, *refreshed_at; /* as it was typed; NULL: no meta */
	bool malformed, lost;
};
struct case_lists {
	size_t count;
	struct case_list list[LAW_LISTS_MAX];
};
struct case_forms { /* registered forms that consents name */
	size_t count;
	struct {
		char *id;
		struct fields hash;
	} list[CASE_FORMS_MAX];
};
/* Faults of a campaign that its own hashes do not show. */
struct case_faults {
	size_t count;
	struct {
		enum campaign_fault fault;
		char *text;
	} list[CAMPAIGN_FAULTS_MAX];
};

struct case_file {
	/* the question */
	int64_t at_ms;
	char *campaign, *number; /* as they were typed */
	/* of licet.conf */
	bool caller_id_doubtful, require_approved;
	struct case_words list_overrides;
	/* the campaign */
	struct fields def, advertiser, source, route; /* as they were read */
	struct case_faults faults_beside;
	int64_t route_p99_ms, care_gap_days;
	char *halt_scope, *halt_why;
	struct case_lists lists;
	/* What stopped everything, and what the route let go: neither follows from the hashes. */
	enum reason gate;
	char *gate_rule;
	enum reason brake;
	char *brake_rule;
	int64_t brake_until_ms;
	/* the job: its text as it was judged, and where it was found */
	char *job, *judged, *job_where, *job_id, *job_detail;
	/* the number */
	int64_t attempt; /* which one the next is */
	struct case_forms forms;
	char *listed_on, *listed_besides, *opposed;
	char *registry; /* the record's text */
	struct case_days attempts, person_attempts;
	bool search_gave_up, slot_used, registry_unknown, unplaced, marked, cancelled;
};
void case_init(struct case_file *c);
void case_done(struct case_file *c);
/* The state of a list by its name; NULL: it was not asked for. */
const struct case_list *case_list_named(const struct case_file *c, const char *name);
/* Copies. */
void fields_copy(struct fields *ret, const struct fields *from);
/* A job that only has a number; heap. id may be "". */
char *case_bare_job(const char *id, const char *number);

/* --- judged ------------------------------------------------------------------------ */

struct judgement {
	const struct rulebook *rb;
	const struct case_file *from;
	struct situation sit; /* its law is that of the lists; what binds on the callee is in dec.view */
	struct place_views views;
	/* the job, or, where it cannot be read, one with the number alone */
	char *text;
	struct job job;
	bool sound;
	struct fault fault;
	bool has_registry;
	struct registry_record registry;
	struct opposition_fact opposition;
	struct consent_form forms[CASE_FORMS_MAX];
	struct facts facts;
	struct decision dec;
	struct rulings rulings; /* the first is "job": can it be read? */
	int64_t next_ms;        /* the first lawful instant, if nothing but time passes; or TIME_NONE */
};
/* Heap; give it to judgement_free(). rb and c must outlive it. */
struct judgement *case_judge(const struct rulebook *rb, const struct case_file *c);
void judgement_free(struct judgement *j);
/* Where the callee may be: the place, or, if none was found, what the number says. */
uint32_t judgement_place(const struct judgement *j);

#endif
