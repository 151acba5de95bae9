/* reports.c - outcomes on their way to Redis.
 *
 * A report stays in the list until Redis has answered it, and, where wait_replicas is asked
 * for, so many replicas have it. One that was on its way when the connection was lost is sent
 * again: where the first was heard, the answer is "late", and nothing changes. */
#include "ctl/sender/reports.h"

#include "ctl/law/vocabulary.h"
#include "ctl/query/query.h"
#include "ctl/sender/ack.h"
#include "ctl/sender/bridge.h"
#include "ctl/sender/spread.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 30000
#define CALL_MAX \
	100 /* reports in one call: twice as many are taken, but others of that Redis wait meanwhile */

struct report {
	struct report *next;
	struct bridge *b;
	struct bridge_job job;
	struct outcome outcome;
	bool sent;                  /* and not answered yet */
	bool answered, late, asked; /* asked: a WAIT behind the answer is on its way */
	bool by_number, here_only;
	struct spread *spread; /* it is told in the other spaces first; NULL: it is not, or they know */
};

/* A call of licet_done that was sent. */
struct call {
	struct bridge *b;
	size_t count;
	struct report *reports[CALL_MAX];
};

static void report_free(struct report *r)
{
	spread_leave(r->spread);
	bridge_job_done(&r->job);
	free(r);
}

static void report_remove(struct report *r)
{
	struct bridge *b = r->b;
	struct report **at = &b->reports, *last = NULL;

	while (*at != r) {
		last = *at;
		at = &(*at)->next;
	}
	*at = r->next;
	if (b->last_report == r)
		b->last_report = last;
	b->report_count--;
	report_free(r);
}

static void count_outcome(struct bridge *b, const char *name)
{
	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++)
		if (strcmp(vocabulary_outcomes[i], name) == 0)
			b->outcomes[i]++;
}

/* Is it that error? One of several reports is answered with the word alone. */
static bool is_error(const char *text, const char *code)
{
	size_t len = strlen(code);

	return strncmp(text, code, len) == 0 && (text[len] == ' ' || text[len] == '\0');
}

/* Is that error about the report itself? All else (a full or read-only Redis, a library that is gone, a
 * key of a wrong type, a right that is missing) somebody will mend. */
static bool is_of_report(const char *text)
{
	return is_error(text, "TOKEN") || is_error(text, "OUTCOME") || is_error(text, "DETAIL");
}

static void retry_later(struct bridge *b, const char *text)
{
	bool moving = bridge_is_moving(text);

	if (strcmp(b->report_error, text) != 0 && !(moving && bridge_is_moving(b->report_error)))
		log_warn("report-refused", "error=\"%s\" waiting=%zu action=\"trying again\"", text,
		         b->report_count);
	snprintf(b->report_error, sizeof(b->report_error), "%s", text);
	if (event_pending(b->retry, EV_TIMEOUT, NULL))
		return;
	int pause_ms = moving ? MOVING_MS : b->report_pause_ms > 0 ? b->report_pause_ms : RETRY_MIN_MS;
	struct timeval tv = { pause_ms / 1000, pause_ms % 1000 * 1000 };

	if (!moving)
		b->report_pause_ms = 2 * pause_ms < RETRY_MAX_MS ? 2 * pause_ms : RETRY_MAX_MS;
	event_add(b->retry, &tv);
}

/* Redis would not hear it. */
static void on_refusal(struct report *r, const char *text)
{
	struct bridge *b = r->b;

	r->sent = false;
	if (is_error(text, "TOKEN") && outcome_opposes(r->outcome.name) && !r->by_number) {
		/* Redis lost what it had handed out; what the person said must not be lost
		 * too. Without a token the number as detail is opposed, for every advertiser. */
		r->by_number = true;
		outcome_detail(r->outcome.detail, r->job.to, strlen(r->job.to));
		log_warn(
		    "token-forgotten",
		    "campaign=%s id=\"%s\" to=%s outcome=%s action=\"the number is opposed on the whole platform\"",
		    r->job.campaign, r->job.id, r->job.mask, r->outcome.name);
	} else if (is_of_report(text)) {
		log_error("report-refused", "campaign=%s id=\"%s\" to=%s outcome=%s error=\"%s\"",
		          r->job.campaign, r->job.id, r->job.mask, r->outcome.name, text);
		b->refused++;
		report_remove(r);
	} else {
		retry_later(b, text);
	}
}

/* Redis has it, and the replicas that must. */
static void report_end(struct report *r)
{
	struct bridge *b = r->b;

	count_outcome(b, r->outcome.name);
	b->late += r->late;
	report_remove(r);
}

/* --- replicas ----------------------------------------------------------------------------- */

static void reports_confirm(struct bridge *b);

static void on_confirmed(void *arg, const struct redis_reply *reply)
{
	struct bridge *b = arg;
	char why[ACK_WHY];

	b->confirming = false;
	if (reply == NULL)
		return; /* sent again once the link is up */
	bool is_short = ack_is_short(b, reply, why);
	b->has_replicas = !is_short;
	/* Whom nobody may ask, and who was told to end, cannot wait for them. */
	bool gives_up = is_short && (reply_is_error(reply) || b->all->stopping);

	if (is_short && strcmp(b->report_error, why) != 0)
		log_warn("report-unsafe", "error=\"%s\" waiting=%zu action=\"%s\"", why, b->report_count,
		         gives_up ? "a failover now would lose them" : "asking again");
	snprintf(b->report_error, sizeof(b->report_error), "%s", is_short ? why : "");
	for (struct report *r = b->reports, *next; r != NULL; r = next) {
		next = r->next;
		if (r->asked && (!is_short || gives_up))
			report_end(r);
		else
			r->asked = false;
	}
	reports_confirm(b);
	bridge_soon(b);
}

/* One WAIT for all that were answered by now; it takes its time where replicas are missing. */
static void reports_confirm(struct bridge *b)
{
	bool any = false;

	if (b->confirming)
		return;
	for (struct report *r = b->reports; r != NULL; r = r->next) {
		r->asked = r->answered;
		any = any || r->asked;
	}
	b->confirming = any && ack_ask(b, on_confirmed);
}

/* --- answers ------------------------------------------------------------------------------- */

/* Redis has heard it, in time or late. */
static void on_word(struct report *r, const char *said)
{
	struct bridge *b = r->b;

	r->late = strcmp(said, "late") == 0;
	if (!r->late && strcmp(said, "OK") != 0) {
		on_refusal(r, said);
		return;
	}
	r->answered = true;
	b->report_pause_ms = 0;
	if (r->late) {
		log_warn("reported-late",
		         "campaign=%s id=\"%s\" to=%s outcome=%s why=\"its lease was over, or it was "
		         "reported before\"",
		         r->job.campaign, r->job.id, r->job.mask, r->outcome.name);
	} else {
		log_debug("reported", "campaign=%s id=\"%s\" to=%s outcome=%s", r->job.campaign, r->job.id,
		          r->job.mask, r->outcome.name);
	}
	if (!ack_wanted(b)) {
		b->report_error[0] = '\0';
		report_end(r);
	}
}

/* A word for each report; one word for one. An error is that of the whole call, unless it is about a
 * report: a library of before heard the first one alone, and the others are sent again. */
static void on_answer(void *arg, const struct redis_reply *reply)
{
	struct call *call = arg;
	struct bridge *b = call->b;
	const char *text = reply_text(reply, NULL);
	bool of_all = reply_is_error(reply) && !is_of_report(text);

	for (size_t i = 0; i < call->count; i++) {
		struct report *r = call->reports[i];
		const char *word = call->count > 1 && text == NULL ? reply_text(reply_at(reply, i), NULL)
		                   : i == 0 || of_all              ? text
		                                                   : NULL;

		if (word == NULL)
			r->sent = false; /* sent again, once the link is up */
		else
			on_word(r, word);
	}
	if (reply != NULL && ack_wanted(b))
		reports_confirm(b);
	free(call);
	bridge_soon(b);
}

static void call_send(struct call *call)
{
	struct bridge *b = call->b;
	struct redis_args a;

	args_fcall(&a, "licet_done", b->ready_key);
	for (size_t i = 0; i < call->count; i++) {
		args_add(&a, call->reports[i]->job.token);
		args_add(&a, call->reports[i]->outcome.name);
		args_add(&a, call->reports[i]->outcome.detail);
	}
	bool sent = redis_link_call(b->link, &a, 0, on_answer, call);

	for (size_t i = 0; i < call->count; i++)
		call->reports[i]->sent = sent;
	args_done(&a);
	if (!sent)
		free(call);
}

void reports_send(struct bridge *b)
{
	struct call *call = NULL;

	if (b->link == NULL || !redis_link_is_up(b->link) || event_pending(b->retry, EV_TIMEOUT, NULL))
		return;
	for (struct report *r = b->reports; r != NULL; r = r->next) {
		if (r->sent || !spread_is_over(r->spread))
			continue;
		if (call == NULL) {
			call = mem_zero(sizeof(*call));
			call->b = b;
		}
		call->reports[call->count++] = r;
		if (call->count == CALL_MAX) {
			call_send(call);
			call = NULL;
		}
	}
	if (call != NULL)
		call_send(call);
}

void report_add(struct bridge *b, const struct bridge_job *job, const struct outcome *outcome, bool here_only)
{
	struct report *r = mem_zero(sizeof(*r));

	r->b = b;
	r->job = (struct bridge_job){ .token = mem_copy(job->token),
		                      .campaign = mem_copy(job->campaign),
		                      .id = mem_copy(job->id),
		                      .to = mem_copy(job->to) };
	memcpy(r->job.mask, job->mask, sizeof(job->mask));
	r->outcome = *outcome;
	r->here_only = here_only;
	if (strcmp(outcome->name, "never-again") == 0)
		r->spread = spread_begin(b, job);
	if (b->last_report == NULL)
		b->reports = r;
	else
		b->last_report->next = r;
	b->last_report = r;
	b->report_count++;
	bridge_soon(b);
}

/* Off the list, as report_remove() does for one. */
static void drop_here_only(struct bridge *b)
{
	struct report *all = b->reports;

	b->reports = b->last_report = NULL;
	while (all != NULL) {
		struct report *r = all;

		all = r->next;
		r->next = NULL;
		if (!r->here_only) {
			*(b->last_report != NULL ? &b->last_report->next : &b->reports) = r;
			b->last_report = r;
			continue;
		}
		log_warn("report-dropped",
		         "campaign=%s id=\"%s\" to=%s outcome=%s why=\"the connection was lost\" "
		         "action=\"it is handed over again or becomes unknown with its lease\"",
		         r->job.campaign, r->job.id, r->job.mask, r->outcome.name);
		b->report_count--;
		report_free(r);
	}
}

void reports_send_again(struct bridge *b)
{
	drop_here_only(b);
	for (struct report *r = b->reports; r != NULL; r = r->next)
		r->sent = r->answered = r->asked = false;
	reports_send(b);
}

size_t reports_give_up(struct bridge *b)
{
	size_t count = b->report_count;

	while (b->reports != NULL) {
		struct report *r = b->reports;

		log_error("not-reported",
		          "campaign=%s id=\"%s\" to=%s outcome=%s "
		          "action=\"licetctl report %s %s --route %s%s%s\"",
		          r->job.campaign, r->job.id, r->job.mask, r->outcome.name, r->job.token,
		          r->outcome.name, b->route, b->space[0] != '\0' ? " --space " : "", b->space);
		b->reports = r->next;
		report_free(r);
	}
	b->last_report = NULL;
	b->report_count = 0;
	return count;
}
