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

struct report {
	struct report *next;
	struct bridge *b;
	struct bridge_job job;
	struct outcome outcome;
	bool sent;                  /* and not answered yet */
	bool answered, late, asked; /* asked: a WAIT behind the answer is on its way */
	bool by_number, here_only;
};

static void report_send(struct report *r);

static void report_free(struct report *r)
{
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

/* Redis would not hear it. TOKEN, OUTCOME and DETAIL are about the report itself; all
 * else (a full or read-only Redis, a library that is gone, a key of a wrong type, a
 * right that is missing) somebody will mend. */
static void on_refusal(struct report *r, const struct redis_reply *reply)
{
	struct bridge *b = r->b;
	const char *text = reply_text(reply, NULL);

	if (reply_error_is(reply, "TOKEN") && outcome_opposes(r->outcome.name) && !r->by_number) {
		/* Redis lost what it had handed out; what the person said must not be lost
		 * too. Without a token the number as detail is opposed, for every advertiser. */
		r->by_number = true;
		outcome_detail(r->outcome.detail, r->job.to, strlen(r->job.to));
		log_warn(
		    "token-forgotten",
		    "campaign=%s id=\"%s\" to=%s outcome=%s action=\"the number is opposed on the whole platform\"",
		    r->job.campaign, r->job.id, r->job.mask, r->outcome.name);
		report_send(r);
		return;
	}
	if (reply_error_is(reply, "TOKEN") || reply_error_is(reply, "OUTCOME") ||
	    reply_error_is(reply, "DETAIL")) {
		log_error("report-refused", "campaign=%s id=\"%s\" to=%s outcome=%s error=\"%s\"",
		          r->job.campaign, r->job.id, r->job.mask, r->outcome.name, text);
		b->refused++;
		report_remove(r);
		return;
	}
	if (strcmp(b->report_error, text) != 0)
		log_warn("report-refused", "error=\"%s\" waiting=%zu action=\"trying again\"", text,
		         b->report_count);
	snprintf(b->report_error, sizeof(b->report_error), "%s", text);
	r->sent = false;
	if (event_pending(b->retry, EV_TIMEOUT, NULL))
		return;
	int pause_ms = b->report_pause_ms > 0 ? b->report_pause_ms : RETRY_MIN_MS;
	struct timeval tv = { pause_ms / 1000, pause_ms % 1000 * 1000 };

	b->report_pause_ms = 2 * pause_ms < RETRY_MAX_MS ? 2 * pause_ms : RETRY_MAX_MS;
	event_add(b->retry, &tv);
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
	bool gives_up = is_short && (reply_is_error(reply) || b->stopping);

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

static void on_answer(void *arg, const struct redis_reply *reply)
{
	struct report *r = arg;
	struct bridge *b = r->b;

	if (reply == NULL) {
		r->sent = false; /* sent again once the link is up */
		return;
	}
	if (reply_is_error(reply)) {
		on_refusal(r, reply);
		bridge_soon(b);
		return;
	}
	const char *said = reply_text(reply, NULL);

	r->late = said != NULL && strcmp(said, "late") == 0;
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
	if (ack_wanted(b)) {
		reports_confirm(b);
	} else {
		b->report_error[0] = '\0';
		report_end(r);
	}
	bridge_soon(b);
}

static void report_send(struct report *r)
{
	struct bridge *b = r->b;
	struct redis_args a;

	args_fcall(&a, "licet_done", b->ready_key);
	args_add(&a, r->job.token);
	args_add(&a, r->outcome.name);
	args_add(&a, r->outcome.detail);
	r->sent = redis_link_call(b->link, &a, 0, on_answer, r);
	args_done(&a);
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
	if (b->last_report == NULL)
		b->reports = r;
	else
		b->last_report->next = r;
	b->last_report = r;
	b->report_count++;
	if (!event_pending(b->retry, EV_TIMEOUT, NULL))
		report_send(r);
}

void reports_send(struct bridge *b)
{
	for (struct report *r = b->reports; r != NULL; r = r->next)
		if (!r->sent)
			report_send(r);
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
		          "action=\"licetctl report %s %s --route %s\"",
		          r->job.campaign, r->job.id, r->job.mask, r->outcome.name, r->job.token,
		          r->outcome.name, b->route);
		b->reports = r->next;
		report_free(r);
	}
	b->last_report = NULL;
	b->report_count = 0;
	return count;
}
