/* batch.c - see batch.h. commit_call.c makes the call. */
#include "daemon/commit/batch.h"

#include "core/consent/consent.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>

/* --- facts --------------------------------------------------------------------- */

static void job_registry(struct batch_job *s, const char *text, size_t len)
{
	if (s->record != NULL)
		registry_done(s->record);
	free(s->record);
	free(s->registry);
	s->record = NULL;
	s->record_unknown = false;
	s->registry = NULL;
	s->registry_len = 0;
	if (text == NULL || len == 0)
		return;
	s->registry = mem_copy_len(text, len);
	s->registry_len = len;
	s->record = mem_zero(sizeof(*s->record));
	if (registry_parse(text, len, s->record))
		return;
	free(s->record);
	s->record = NULL;
	s->record_unknown = true;
}

/* Jobs whose number is one that may be called: only these have facts. */
static bool job_has_number(const struct batch_job *s)
{
	return s->parsed && s->dec.phone.e164[0] != '\0' && s->dec.place != 0;
}

void batch_registry_args(struct batch *batch, struct redis_args *a)
{
	char key[KEY_SIZE];
	args_add(a, "HMGET");
	args_addf(a, "%s", key_of(batch->d->conf.prefix, "consent", batch->run->sit.c.advertiser, key));
	for (size_t i = 0; i < batch->n; i++)
		if (job_has_number(&batch->jobs[i]))
			args_add(a, batch->jobs[i].dec.phone.e164);
}

void batch_history_args(struct batch *batch, struct redis_args *a)
{
	char key[KEY_SIZE];
	args_add(a, "HMGET");
	args_addf(a, "%s", key_of(batch->d->conf.prefix, "attempts", batch->run->sit.c.advertiser, key));
	for (size_t i = 0; i < batch->n; i++) {
		if (!job_has_number(&batch->jobs[i]))
			continue;
		struct attempts_slot at;
		attempts_slot_of_number(batch->jobs[i].dec.phone.e164, &at);
		args_addf(a, "%s", at.field);
		if (batch->jobs[i].job.person == NULL)
			continue;
		attempts_slot_of_person(batch->jobs[i].job.person, &at);
		args_addf(a, "%s", at.field);
	}
}

void batch_registry_store(struct batch *batch, const struct redis_reply *values)
{
	size_t k = 0, len;
	for (size_t i = 0; i < batch->n; i++) {
		if (!job_has_number(&batch->jobs[i]))
			continue;
		const char *text = reply_text(reply_at(values, k++), &len);
		job_registry(&batch->jobs[i], text, text != NULL ? len : 0);
	}
}

/* The attempts that a bucket holds for one mark. Returns their length. */
static size_t history_of(const struct batch_job *s, const char *bucket, size_t len,
                         const struct attempts_slot *at, uint8_t ret[ATTEMPTS_BYTES_MAX])
{
	const char *packed;
	size_t packed_len;
	if (bucket == NULL || !attempts_find(bucket, len, at->mark, &packed, &packed_len))
		return 0;
	return attempts_unpack(packed, packed_len, s->date_last, ret);
}

void batch_history_store(struct batch *batch, const struct redis_reply *values)
{
	size_t k = 0, len;
	for (size_t i = 0; i < batch->n; i++) {
		struct batch_job *s = &batch->jobs[i];
		if (!job_has_number(s))
			continue;
		struct attempts_slot at;
		const char *bucket = reply_text(reply_at(values, k++), &len);
		attempts_slot_of_number(s->dec.phone.e164, &at);
		s->attempts_len = history_of(s, bucket, len, &at, s->attempts);
		if (s->job.person == NULL)
			continue;
		bucket = reply_text(reply_at(values, k++), &len);
		attempts_slot_of_person(s->job.person, &at);
		s->person_len = history_of(s, bucket, len, &at, s->person);
	}
}

/* The job at a position of the groups r and l together, as the commit counts. */
static struct batch_job *job_at(struct batch *batch, size_t position)
{
	for (int group = GROUP_RELEASE; group <= GROUP_LISTED; group++)
		for (size_t i = 0; i < batch->n; i++)
			if ((int)batch->jobs[i].group == group && --position == 0)
				return &batch->jobs[i];
	return NULL;
}

size_t batch_group_count(const struct batch *batch, enum job_group group)
{
	return batch->group_counts[group];
}

void batch_registry_correct(struct batch *batch, const struct redis_reply *pairs)
{
	for (size_t i = 1; i + 1 < reply_count(pairs); i += 2) {
		size_t len;
		const char *text = reply_text(reply_at(pairs, i + 1), &len);
		struct batch_job *s = job_at(batch, (size_t)reply_int(reply_at(pairs, i), 0));
		if (s != NULL)
			job_registry(s, text, len);
	}
}

void batch_history_correct(struct batch *batch, const struct redis_reply *pairs)
{
	size_t r = batch_group_count(batch, GROUP_RELEASE);
	for (size_t i = 1; i + 1 < reply_count(pairs); i += 2) {
		size_t len, position = (size_t)reply_int(reply_at(pairs, i), 0);
		const char *bytes = reply_text(reply_at(pairs, i + 1), &len);
		if (position <= r) {
			struct batch_job *s = job_at(batch, position);
			if (s != NULL)
				s->attempts_len = attempts_unpack(bytes, len, s->date_last, s->attempts);
			continue;
		}
		/* Persons follow those of r, in the same order. */
		size_t left = position - r;
		for (size_t k = 1; k <= r; k++) {
			struct batch_job *s = job_at(batch, k);
			if (s->job.person != NULL && --left == 0) {
				s->person_len = attempts_unpack(bytes, len, s->date_last, s->person);
				break;
			}
		}
	}
}

void batch_opposed_correct(struct batch *batch, const struct redis_reply *pairs)
{
	for (size_t i = 1; i + 1 < reply_count(pairs); i += 2) {
		size_t len;
		const char *text = reply_text(reply_at(pairs, i + 1), &len);
		struct batch_job *s = job_at(batch, (size_t)reply_int(reply_at(pairs, i), 0));
		if (s == NULL || text == NULL)
			continue;
		free(s->opposed);
		s->opposed = len > 0 ? mem_copy_len(text, len) : NULL;
		if (s->opposed == NULL || !opposition_read(text, len, &s->opposition))
			s->opposition = (struct opposition_fact){ 0 };
	}
}

void batch_unplaced(struct batch *batch, const struct redis_reply *positions)
{
	for (size_t i = 1; i < reply_count(positions); i++) {
		struct batch_job *s = job_at(batch, (size_t)reply_int(reply_at(positions, i), 0));
		if (s != NULL)
			s->unplaced = true;
	}
}

int64_t job_lift_ms(const struct batch_job *s)
{
	int64_t latest_ms = TIME_NONE;
	if (s->parsed && s->job.has_consent && consent_may_lift(&s->job.consent))
		latest_ms = s->job.consent.collected_ms;
	for (size_t i = 0; s->record != NULL && i < s->record->count; i++)
		if (consent_may_lift(&s->record->consents[i]) &&
		    s->record->consents[i].collected_ms > latest_ms)
			latest_ms = s->record->consents[i].collected_ms;
	return latest_ms;
}

/* --- loading and deciding ---------------------------------------------------------- */

/* Of a job that is too large licet_peek tells {bytes, how it begins}. */
static const struct redis_reply *payload_text(const struct redis_reply *payload)
{
	return reply_is_array(payload) ? reply_at(payload, 1) : payload;
}

void batch_load(struct batch *batch, const struct redis_reply *payloads)
{
	size_t total = 1, len;
	batch->n = reply_count(payloads);
	for (size_t i = 0; i < batch->n; i++) {
		reply_text(payload_text(reply_at(payloads, i)), &len);
		total += len + 1;
	}
	batch->bytes = mem_zero(total);
	batch->jobs = mem_zero((batch->n + 1) * sizeof(struct batch_job));
	char *at = batch->bytes;
	for (size_t i = 0; i < batch->n; i++) {
		struct batch_job *s = &batch->jobs[i];
		const struct redis_reply *payload = reply_at(payloads, i);
		const char *text = reply_text(payload_text(payload), &len);
		memcpy(at, text, len);
		s->stored = at;
		s->stored_len = len;
		at += len + 1;
		/* What an owner pushed is a job, even if it looks like one of our own lines. */
		s->form = batch->pick.source == SOURCE_QUEUE ? (struct stored_job){ s->stored, len, 1 }
		                                             : stored_job_read(s->stored, len);
		if (reply_is_array(payload))
			s->big_len = reply_int(reply_at(payload, 0), 0);
		s->parsed = s->big_len > 0 ? job_too_large(s->big_len, &s->job, &s->fault)
		                           : job_parse(s->form.json, s->form.len, &s->job, &s->fault);
	}
}

static enum job_group group_of(const struct batch_job *s)
{
	enum reason reason = s->dec.reason;
	switch (reason_verdict(reason)) {
	case VERDICT_RELEASE:
		return GROUP_RELEASE;
	case VERDICT_HOLD:
		return GROUP_LISTED;
	case VERDICT_INVALID:
		return GROUP_END;
	case VERDICT_REFUSE:
		break;
	}
	/* Judged before the lists: nobody's number, or over in any case. */
	if (reason == REASON_NUMBER_CLASS || reason == REASON_NUMBER_NOT_COVERED ||
	    reason == REASON_CAMPAIGN_ENDED || reason == REASON_JOB_EXPIRED)
		return GROUP_END;
	return GROUP_LISTED;
}

void batch_decide(struct batch *batch, int64_t now_ms, const struct brake *brake)
{
	struct run *run = batch->run;
	int64_t budget = brake->budget;
	batch->now_ms = now_ms;
	memset(batch->group_counts, 0, sizeof(batch->group_counts));
	for (size_t i = 0; i < batch->n; i++) {
		struct batch_job *s = &batch->jobs[i];
		if (!s->parsed) {
			s->group = GROUP_END;
			batch->group_counts[GROUP_END]++;
			continue;
		}
		struct facts facts = {
			.now_ms = now_ms,
			.campaign = &run->sit.c,
			.lists = run->sit.lists,
			.lists_rule = run->sit.lists_rule,
			.lists_stale_ms = run->sit.lists_stale_ms,
			.brake = budget > 0 ? REASON_ALLOWED : brake->reason,
			.brake_rule = brake->rule,
			.brake_until_ms = brake->until_ms,
			.listed_on = s->opposed != NULL ? run->sit.advertiser_list : NULL,
			.opposition = s->opposed != NULL ? &s->opposition : NULL,
			.unplaced = s->unplaced,
			.attempt = s->form.attempt,
			.registry_unknown = s->record_unknown,
			.registry = s->record,
			.attempts = s->attempts,
			.attempts_len = s->attempts_len,
			.person_attempts = s->person,
			.person_attempts_len = s->person_len,
		};
		decide(run->views, &s->job, &facts, &s->dec, NULL);
		s->date_last = s->dec.view != NULL ? s->dec.view->date_last : 0;
		s->group = group_of(s);
		batch->group_counts[s->group]++;
		budget -= s->group == GROUP_RELEASE;
	}
}

/* A list that waits for its window would miss the precise time that a person asked for: such a
 * job is looked at again after this. */
#define SLOT_LOOK_MS 5000
/* An objection that waits to be placed by a person. */
#define UNPLACED_LOOK_MS 60000

bool job_waits_for_time(const struct batch_job *s, int64_t now_ms, int64_t *ret_until_ms)
{
	if (reason_verdict(s->dec.reason) != VERDICT_HOLD)
		return false;
	if ((s->dec.reason == REASON_NOT_BEFORE || s->dec.reason == REASON_CAP_REACHED) &&
	    s->dec.until_ms != TIME_NONE) {
		*ret_until_ms = s->dec.until_ms;
		return true;
	}
	if (s->unplaced && s->dec.reason == REASON_FACTS_UNKNOWN) {
		*ret_until_ms = now_ms + UNPLACED_LOOK_MS;
		return true;
	}
	*ret_until_ms = now_ms + SLOT_LOOK_MS;
	return s->dec.slot_ms != TIME_NONE;
}

void batch_free(struct batch *batch)
{
	for (size_t i = 0; i < batch->n; i++) {
		job_registry(&batch->jobs[i], NULL, 0);
		job_done(&batch->jobs[i].job);
		free(batch->jobs[i].opposed);
	}
	for (size_t i = 0; i < batch->forms_asked_count; i++)
		free(batch->forms_asked[i]);
	free(batch->forms_asked);
	free(batch->jobs);
	free(batch->bytes);
}
