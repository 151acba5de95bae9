/* waiting_jobs.c - the jobs of a campaign that wait, all of them, with what the daemon would know
 * of each; see waiting_jobs.h. */
#include "ctl/query/waiting_jobs.h"

#include "core/consent/consent.h"
#include "core/consent/form.h"
#include "core/number/place.h"
#include "ctl/query/number_facts.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH NUMBERS_MAX
#define FORMS_KEPT 256
#define PLACES_MAX 256

struct known_form {
	char id[ID_MAX + 1];
	struct consent_form form;
};

struct waiting {
	struct ctl *ctl;
	struct campaign_facts *cf;
	int64_t queue_count, later_count, held_count;
	size_t place_count;
	uint32_t places[PLACES_MAX];
	int64_t held[PLACES_MAX];
	/* where it is */
	size_t source; /* a place, then the set, then the queue */
	int64_t offset;
	/* the batch */
	struct redis_reply *reply;
	struct waiting_job jobs[BATCH];
	struct number_asked asked[BATCH];
	size_t count, asked_count;
	struct known_form *forms[FORMS_KEPT];
	size_t form_count;
};

/* --- what there is --------------------------------------------------------------------- */

static void read_held(struct waiting *w)
{
	static const char held[] = "held.";
	char key[KEY_SIZE];
	struct hash stats;

	hash_read(w->ctl, key_campaign(w->ctl->conf.prefix, w->cf->sit.c.id, "stats", key), &stats);
	for (size_t i = 0; i < stats.fields.count; i++) {
		const char *name = stats.fields.names[i];
		int64_t n = strtoll(stats.fields.values[i], NULL, 10);
		uint32_t place;

		if (strncmp(name, held, strlen(held)) != 0 || n <= 0 || w->place_count == PLACES_MAX)
			continue;
		name += strlen(held);
		if (!place_parse(w->ctl->rulebook, name, strlen(name), &place)) {
			ctl_note(
			    error_pick("%" PRId64 " jobs are held for %s, which the rulebook does not know",
			               "%" PRId64
			               " tâches sont en attente pour %s, que les règles ne connaissent pas"),
			    n, name);
			continue;
		}
		w->places[w->place_count] = place;
		w->held[w->place_count++] = n;
		w->held_count += n;
	}
	hash_done(&stats);
}

struct waiting *waiting_open(struct ctl *ctl, struct campaign_facts *cf)
{
	struct waiting *w = mem_zero(sizeof(*w));
	char key[KEY_SIZE];

	w->ctl = ctl;
	w->cf = cf;
	ctl_rulebook(ctl);
	read_held(w);
	w->queue_count = ask_count(ctl, "LLEN", key_campaign(ctl->conf.prefix, cf->sit.c.id, "queue", key));
	w->later_count = ask_count(ctl, "ZCARD", key_campaign(ctl->conf.prefix, cf->sit.c.id, "later", key));
	return w;
}

int64_t waiting_count(const struct waiting *w)
{
	return w->held_count + w->later_count + w->queue_count;
}

size_t waiting_places(const struct waiting *w, const uint32_t **ret)
{
	*ret = w->places;
	return w->place_count;
}

int64_t waiting_held(const struct waiting *w, uint32_t place)
{
	for (size_t i = 0; i < w->place_count; i++)
		if (w->places[i] == place)
			return w->held[i];
	return -1;
}

static void batch_forget(struct waiting *w)
{
	for (size_t i = 0; i < w->count; i++)
		job_done(&w->jobs[i].job);
	for (size_t i = 0; i < w->asked_count; i++)
		number_facts_done(&w->asked[i].facts);
	w->count = w->asked_count = 0;
	reply_free(w->reply);
	w->reply = NULL;
}

void waiting_close(struct waiting *w)
{
	batch_forget(w);
	for (size_t i = 0; i < w->form_count; i++)
		free(w->forms[i]);
	free(w);
}

/* --- a batch ----------------------------------------------------------------------------- */

static void load(struct waiting *w, const char *text, size_t len, enum waiting_where where)
{
	struct waiting_job *j = &w->jobs[w->count++];

	*j = (struct waiting_job){ .where = where, .stored = text, .stored_len = len };
	/* What an owner pushed is a job, even if it looks like one of the daemon's own lines. */
	j->form = where == WAITING_QUEUE ? (struct stored_job){ text, len, 1 } : stored_job_read(text, len);
	j->sound = job_parse(j->form.json, j->form.len, &j->job, &j->fault);
	if (!j->sound ||
	    phone_parse(w->ctl->rulebook, j->job.to, j->job.to_len, &j->phone, NULL) != REASON_ALLOWED)
		return;
	struct number_asked *q = &w->asked[w->asked_count++];

	*q = (struct number_asked){ .e164 = j->phone.e164, .person = j->job.person, .id = j->job.id };
	j->asked = q;
}

static const struct consent_form *form_named(struct waiting *w, const char *id)
{
	char key[KEY_SIZE];
	struct hash hash;

	if (!id_is_valid(id, strlen(id)))
		return NULL; /* no form has such a name */
	for (size_t i = 0; i < w->form_count; i++)
		if (strcmp(w->forms[i]->id, id) == 0)
			return &w->forms[i]->form;
	if (w->form_count == FORMS_KEPT)
		ctl_fail(error_pick("consents of %s name more than %d registered forms",
		                    "les consentements de %s nomment plus de %d formulaires enregistrés"),
		         w->cf->sit.c.id, FORMS_KEPT);
	struct known_form *form = mem_zero(sizeof(*form));

	snprintf(form->id, sizeof(form->id), "%s", id);
	hash_read(w->ctl, key_of(w->ctl->conf.prefix, "form", id, key), &hash);
	form_read(&hash.fields, &form->form);
	hash_done(&hash);
	w->forms[w->form_count++] = form;
	return &form->form;
}

static void find_forms(struct waiting *w)
{
	for (size_t i = 0; i < w->count; i++) {
		struct waiting_job *j = &w->jobs[i];

		if (j->sound && j->job.has_consent && j->job.consent.form_id != NULL)
			j->job.consent.form = form_named(w, j->job.consent.form_id);
	}
	for (size_t i = 0; i < w->asked_count; i++) {
		struct number_facts *nf = &w->asked[i].facts;

		for (size_t k = 0; nf->has_registry && k < nf->registry.count; k++)
			if (nf->registry.consents[k].form_id != NULL)
				nf->registry.consents[k].form =
				    form_named(w, nf->registry.consents[k].form_id);
	}
}

/* The precise time of its consent, the job's or the registry's first that has one. */
static int64_t slot_of(const struct waiting_job *j)
{
	if (j->job.has_consent)
		return j->job.consent.slot_ms;
	const struct number_facts *nf = &j->asked->facts;

	for (size_t k = 0; nf->has_registry && k < nf->registry.count; k++)
		if (nf->registry.consents[k].slot_ms != TIME_NONE)
			return nf->registry.consents[k].slot_ms;
	return TIME_NONE;
}

/* Precise times that were used already. */
static void find_slots(struct waiting *w)
{
	char key[KEY_SIZE];
	struct redis_args a;
	size_t fixed = 2, k = 0;

	args_init(&a);
	args_add(&a, "SMISMEMBER");
	args_add(&a, key_of(w->ctl->conf.prefix, "slots", w->cf->sit.c.advertiser, key));
	for (size_t i = 0; i < w->count; i++)
		if (w->jobs[i].asked != NULL && slot_of(&w->jobs[i]) != TIME_NONE)
			args_addf(&a, "%s/%" PRId64, w->jobs[i].phone.e164, slot_of(&w->jobs[i]));
	if (a.count > fixed) {
		struct redis_reply *reply = ask_value(w->ctl, &a);

		for (size_t i = 0; i < w->count; i++)
			if (w->jobs[i].asked != NULL && slot_of(&w->jobs[i]) != TIME_NONE)
				w->jobs[i].slot_used = reply_int(reply_at(reply, k++), 0) == 1;
		reply_free(reply);
	}
	args_done(&a);
}

/* --- the sources ---------------------------------------------------------------------------- */

static struct redis_reply *peek(struct waiting *w, const char *command, const char *key, const char *more)
{
	struct redis_args a;

	args_init(&a);
	args_add(&a, command);
	args_add(&a, key);
	args_add_int(&a, w->offset);
	args_add_int(&a, w->offset + BATCH - 1);
	if (more != NULL)
		args_add(&a, more);
	struct redis_reply *reply = ask(w->ctl, &a);

	args_done(&a);
	return reply;
}

static void load_later(struct waiting *w)
{
	for (size_t i = 0; i + 1 < reply_count(w->reply); i += 2) {
		size_t len;
		const char *text = reply_text(reply_at(w->reply, i), &len);
		const char *score = reply_text(reply_at(w->reply, i + 1), NULL);

		load(w, text, len, WAITING_LATER);
		w->jobs[w->count - 1].later_ms = (int64_t)strtod(score, NULL);
	}
}

static void load_list(struct waiting *w, bool held)
{
	for (size_t i = 0; i < reply_count(w->reply); i++) {
		size_t len;
		const char *text = reply_text(reply_at(w->reply, i), &len);

		load(w, text, len, held ? WAITING_HELD : WAITING_QUEUE);
		if (held)
			w->jobs[w->count - 1].held_place = w->places[w->source];
	}
}

/* The next batch of the source at hand. */
static void read_source(struct waiting *w)
{
	const char *prefix = w->ctl->conf.prefix, *id = w->cf->sit.c.id;
	char key[KEY_SIZE], name[PLACE_NAME_SIZE];

	if (w->source < w->place_count) {
		place_name(w->ctl->rulebook, w->places[w->source], name);
		w->reply = peek(w, "LRANGE", key_held(prefix, id, name, key), NULL);
		load_list(w, true);
	} else if (w->source == w->place_count) {
		w->reply = peek(w, "ZRANGE", key_campaign(prefix, id, "later", key), "WITHSCORES");
		load_later(w);
	} else {
		w->reply = peek(w, "LRANGE", key_campaign(prefix, id, "queue", key), NULL);
		load_list(w, false);
	}
	w->offset += (int64_t)w->count;
}

/* What Redis knows of the batch. */
static void ask_about(struct waiting *w)
{
	numbers_read(w->ctl, w->cf, w->asked, w->asked_count);
	for (size_t i = 0; i < w->count; i++) {
		struct waiting_job *j = &w->jobs[i];
		const char *opposed = j->asked != NULL ? j->asked->facts.opposed : NULL;

		j->dated = opposed != NULL && opposition_read(opposed, strlen(opposed), &j->opposition);
	}
	find_forms(w);
	find_slots(w);
}

struct waiting_job *waiting_next(struct waiting *w, size_t *ret_count)
{
	batch_forget(w);
	while (w->count == 0 && w->source < w->place_count + 2) {
		read_source(w);
		if (w->count > 0)
			break;
		batch_forget(w);
		w->source++;
		w->offset = 0;
	}
	if (w->count == 0)
		return NULL;
	ask_about(w);
	*ret_count = w->count;
	return w->jobs;
}

struct waiting_job *waiting_look(struct waiting *w, const char *const *texts, const size_t *lens,
                                 size_t count)
{
	batch_forget(w);
	for (size_t i = 0; i < count; i++)
		load(w, texts[i], lens[i], WAITING_QUEUE);
	ask_about(w);
	return w->jobs;
}

void waiting_facts(const struct waiting_job *j, struct facts *ret)
{
	const struct number_facts *nf = j->asked != NULL ? &j->asked->facts : NULL;

	ret->attempt = j->form.attempt;
	ret->slot_used = j->slot_used;
	if (nf == NULL)
		return;
	ret->listed_on = nf->listed_on;
	ret->listed_besides = nf->listed_besides;
	ret->opposition = j->dated ? &j->opposition : NULL;
	ret->registry_unknown = nf->registry_unknown;
	ret->unplaced = nf->unplaced;
	ret->registry = nf->has_registry ? &nf->registry : NULL;
	ret->attempts = nf->attempts;
	ret->attempts_len = nf->attempts_len;
	ret->person_attempts = nf->person_attempts;
	ret->person_attempts_len = nf->person_attempts_len;
}
