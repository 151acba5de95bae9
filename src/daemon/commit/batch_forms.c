/* batch_forms.c - see batch_forms.h. A form that is registered is known from then on, and read again with the
 * catalog. One that is not costs a question in each batch, and nothing afterwards: names are for the asking. */
#include "daemon/commit/batch_forms.h"

#include "daemon/health/refusal.h"
#include "daemon/model/judge.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct form_request {
	struct batch *batch;
	void (*then)(struct batch *batch, bool answered);
	char id[ID_MAX + 1];
};

static int by_id(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool was_asked(const struct batch *batch, const char *id)
{
	return batch->forms_asked_count > 0 &&
	       bsearch(&id, batch->forms_asked, batch->forms_asked_count, sizeof(char *), by_id) != NULL;
}

/* Returns the id of a form that is to be asked for; NULL: all is known of this consent. */
static const char *consent_form(const struct batch *batch, struct consent *c)
{
	static const struct consent_form nobodys = { .known = false };
	if (c->form_id == NULL)
		return NULL;
	c->form = NULL;
	if (!id_is_valid(c->form_id, strlen(c->form_id)))
		return NULL; /* no form has such a name */
	c->form = catalog_form(batch->d, c->form_id);
	if (c->form == NULL && was_asked(batch, c->form_id))
		c->form = &nobodys;
	return c->form == NULL ? c->form_id : NULL;
}

/* Where a walk over all consents of a batch is: those of its jobs, and those on record. */
struct consent_at {
	size_t job, consent;
};

/* The next one; NULL: no more. */
static struct consent *consent_next(const struct batch *batch, struct consent_at *at)
{
	for (; at->job < batch->n; at->job++, at->consent = 0) {
		struct batch_job *s = &batch->jobs[at->job];
		size_t k = at->consent++;
		if (k == 0 && s->parsed && s->job.has_consent)
			return &s->job.consent;
		if (k == 0)
			k = at->consent++;
		if (s->record != NULL && k - 1 < s->record->count)
			return &s->record->consents[k - 1];
	}
	return NULL;
}

bool batch_forms(struct batch *batch)
{
	struct consent_at at = { 0 };
	bool known = true;
	for (struct consent *c; (c = consent_next(batch, &at)) != NULL;)
		known = consent_form(batch, c) == NULL && known;
	return known;
}

static void on_form(void *arg, const struct redis_reply *reply)
{
	struct form_request *q = arg;
	struct batch *batch = q->batch;
	bool answered = reply_is_array(reply) || reply_error_is(reply, "WRONGTYPE");
	if (answered)
		catalog_form_learn(batch->d, q->id, reply);
	else
		refused(batch->d, reply, "licet_hash");
	batch->forms_lost = batch->forms_lost || !answered;
	if (--batch->replies_left == 0)
		q->then(batch, !batch->forms_lost);
	free(q);
}

static bool ask(struct batch *batch, const char *id, void (*then)(struct batch *batch, bool answered))
{
	char key[KEY_SIZE];
	struct form_request *q = mem_zero(sizeof(*q));
	struct redis_args a;
	*q = (struct form_request){ .batch = batch, .then = then };
	snprintf(q->id, sizeof(q->id), "%s", id);
	args_fcall_ro(&a, "licet_hash", key_of(batch->d->conf.prefix, "form", id, key));
	bool sent = redis_link_call(batch->d->link, &a, 0, on_form, q);
	args_done(&a);
	if (!sent)
		free(q);
	return sent;
}

bool batch_forms_ask(struct batch *batch, void (*then)(struct batch *batch, bool answered))
{
	struct consent_at at = { 0 };
	size_t before = batch->forms_asked_count, count = before;
	const char *id;
	for (struct consent *c; (c = consent_next(batch, &at)) != NULL;) {
		if ((id = consent_form(batch, c)) == NULL)
			continue;
		batch->forms_asked =
		    mem_grow(batch->forms_asked, &batch->forms_asked_capacity, count, sizeof(char *));
		batch->forms_asked[count++] = mem_copy(id);
	}
	batch->replies_left = 0;
	batch->forms_lost = false;
	if (count == before)
		return false;
	/* Each once; those of before were asked already, and none of them is among the new ones. */
	qsort(batch->forms_asked + before, count - before, sizeof(char *), by_id);
	size_t kept = before, sent = 0;
	for (size_t i = before; i < count; i++) {
		if (kept > before && strcmp(batch->forms_asked[i], batch->forms_asked[kept - 1]) == 0) {
			free(batch->forms_asked[i]);
			continue;
		}
		batch->forms_asked[kept++] = batch->forms_asked[i];
		sent += ask(batch, batch->forms_asked[kept - 1], then);
	}
	batch->replies_left = (int)sent;
	batch->forms_lost = sent < kept - before;
	batch->forms_asked_count = kept;
	qsort(batch->forms_asked, kept, sizeof(char *), by_id);
	return sent > 0;
}
