/* copy.c - what concerns a campaign, from the real keys into a space of its own.
 *
 * Of lists, consents, attempts and marks only what is said of the numbers and persons of the
 * jobs that wait: what decides about them is the same, and the copy is as small as they are. */
#include "ctl/simulate/copy.h"

#include "core/law/binding.h"
#include "core/number/place.h"
#include "ctl/query/number_facts.h"
#include "ctl/query/waiting_jobs.h"
#include "ctl/simulate/interrupt.h"
#include "ctl/simulate/simulate.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/conn.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 65536
#define PENDING_MAX 64
#define LAW_DAYS 90 /* lists that some law of these days asks for */

struct bucket { /* of attempts: many numbers share one field */
	char *bytes;
	size_t len;
};

struct copy {
	struct rehearsal *r;
	struct ctl *ctl;
	struct bucket *buckets;
	struct names forms;
	int pending; /* replies to come */
	int64_t held, later, queued;
	struct {
		uint32_t place;
		int64_t count;
	} places[64];
	size_t place_count;
};

/* --- writing, only under the prefix of the rehearsal ------------------------------------- */

static void take_replies(struct copy *c, int left)
{
	for (; c->pending > left; c->pending--) {
		struct redis_reply *reply = ask_next_any(c->ctl);

		if (reply_is_error(reply))
			ctl_fail(error_pick("the copy cannot be written: %s",
			                    "la copie ne peut être écrite : %s"),
			         reply_text(reply, NULL));
		reply_free(reply);
	}
}

static void write_start(struct redis_args *a, const char *command, const char *key)
{
	args_init(a);
	args_add(a, command);
	args_addf(a, "%s", key);
}

/* Sends if there is more than the command and its key. */
static void write_end(struct copy *c, struct redis_args *a)
{
	if (a->count > 2) {
		ask_send(c->ctl, a);
		c->pending++;
	}
	args_done(a);
}

/* --- hashes --------------------------------------------------------------------------------- */

static void copy_hash(struct copy *c, const struct hash *h, const char *key)
{
	struct redis_args a;

	write_start(&a, "HSET", key);
	for (size_t i = 0; i < h->fields.count; i++) {
		args_add(&a, h->fields.names[i]);
		args_add(&a, h->fields.values[i]);
	}
	write_end(c, &a);
}

/* Without its size: of its members only those are copied that the campaign's jobs ask for. */
static void copy_list_meta(struct copy *c, const char *name)
{
	static const char *const kept[] = { "refreshed_at", "source", "last_error", "expected_by" };
	char key[KEY_SIZE];
	struct redis_args a;
	struct hash meta;

	hash_read(c->ctl, key_of(c->ctl->conf.prefix, "list-meta", name, key), &meta);
	write_start(&a, "HSET", key_of(c->r->prefix, "list-meta", name, key));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *value = hash_get(&meta, kept[i]);

		if (value == NULL)
			continue;
		args_add(&a, kept[i]);
		args_add(&a, value);
	}
	write_end(c, &a);
	hash_done(&meta);
}

static void copy_definitions(struct copy *c)
{
	struct rehearsal *r = c->r;
	const struct campaign_facts *cf = r->cf;
	char key[KEY_SIZE], at[CIVIL_INSTANT_SIZE];
	struct redis_args a;

	copy_hash(c, &cf->def, key_campaign(r->prefix, r->campaign, "def", key));
	copy_hash(c, &cf->advertiser, key_of(r->prefix, "advertiser", cf->sit.c.named, key));
	/* The SIREN of an alias is that of the advertiser whose other name it is. */
	write_start(&a, "HSET", key_global(r->prefix, "sirens", key));
	if (strcmp(cf->sit.c.named, cf->sit.c.advertiser) != 0 && cf->sit.c.siren[0] != '\0') {
		args_add(&a, cf->sit.c.siren);
		args_add(&a, cf->sit.c.advertiser);
	}
	write_end(c, &a);
	copy_hash(c, &cf->source, key_of(r->prefix, "source", cf->sit.c.source, key));
	copy_hash(c, &cf->route, key_of(r->prefix, "route", cf->sit.c.route, key));
	r->was_paused = cf->sit.c.status == CAMPAIGN_PAUSED;
	r->was_halted = cf->sit.halt_scope != NULL;
	write_start(&a, "HSET", key_campaign(r->prefix, r->campaign, "def", key));
	args_add(&a, "status");
	args_add(&a, "running");
	/* licetd begins to work a little before that, and must not begin to release. */
	if (r->cf->sit.c.start_ms < r->at_ms && r->cf->sit.c.end_ms > r->at_ms) {
		r->cf->sit.c.start_ms = r->at_ms;
		args_add(&a, "start");
		args_addf(&a, "%s", civil_format_instant(r->at_ms, at));
	}
	write_end(c, &a);
	write_start(&a, "SADD", key_global(r->prefix, "campaigns", key));
	args_add(&a, r->campaign);
	write_end(c, &a);
	for (size_t i = 0; i < cf->sit.law.list_count; i++) {
		take_replies(c, 0);
		copy_list_meta(c, cf->sit.law.lists[i].name);
	}
	take_replies(c, 0);
}

void sim_refresh_lists(struct rehearsal *r, int64_t at_ms)
{
	struct copy c = { .r = r, .ctl = r->ctl };
	char key[KEY_SIZE], at[CIVIL_INSTANT_SIZE];
	struct redis_args a;

	for (size_t i = 0; i < r->cf->sit.law.list_count; i++) {
		if (!r->cf->sit.list_facts[i].has_meta)
			continue;
		key_of(r->prefix, "list-meta", r->cf->sit.law.lists[i].name, key);
		write_start(&a, "HSET", key);
		args_add(&a, "refreshed_at");
		args_add(&a, civil_format_instant(at_ms, at));
		write_end(&c, &a);
		take_replies(&c, 0);
	}
}

static void want_form(struct copy *c, const char *id)
{
	if (id == NULL || !id_is_valid(id, strlen(id)))
		return;
	for (size_t i = 0; i < c->forms.count; i++)
		if (strcmp(c->forms.list[i], id) == 0)
			return;
	names_add(&c->forms, id, strlen(id));
}

static void copy_forms(struct copy *c)
{
	char key[KEY_SIZE];
	struct hash form;

	for (size_t i = 0; i < c->forms.count; i++) {
		hash_read(c->ctl, key_of(c->ctl->conf.prefix, "form", c->forms.list[i], key), &form);
		copy_hash(c, &form, key_of(c->r->prefix, "form", c->forms.list[i], key));
		hash_done(&form);
		take_replies(c, 0);
	}
	names_done(&c->forms);
}

/* --- attempts ----------------------------------------------------------------------------------- */

/* A record of a number or person, beside those that share its bucket. */
static void keep_attempts(struct copy *c, const struct attempts_slot *at, const uint8_t *value, size_t len)
{
	char packed[ATTEMPTS_BYTES_MAX];
	size_t n = attempts_pack(value, len, packed), known_len;
	const char *known;
	struct bucket *b = &c->buckets[strtoul(at->field, NULL, 16) % BUCKETS];

	if (n == 0 || (b->bytes != NULL && attempts_find(b->bytes, b->len, at->mark, &known, &known_len)))
		return;
	char *bytes = mem_zero(b->len + ATTEMPTS_MARK + n);

	if (b->bytes != NULL)
		memcpy(bytes, b->bytes, b->len);
	memcpy(bytes + b->len, at->mark, ATTEMPTS_MARK);
	memcpy(bytes + b->len + ATTEMPTS_MARK, packed, n);
	free(b->bytes);
	*b = (struct bucket){ bytes, b->len + ATTEMPTS_MARK + n };
}

static void copy_attempts(struct copy *c)
{
	char key[KEY_SIZE];
	struct redis_args a;

	key_of(c->r->prefix, "attempts", c->r->cf->sit.c.advertiser, key);
	for (size_t i = 0; i < BUCKETS; i++) {
		if (c->buckets[i].bytes == NULL)
			continue;
		write_start(&a, "HSET", key);
		args_addf(&a, "%04zx", i);
		args_own(&a, c->buckets[i].bytes, c->buckets[i].len);
		write_end(c, &a);
		if (c->pending >= PENDING_MAX)
			take_replies(c, 0);
	}
	take_replies(c, 0);
	free(c->buckets);
}

/* --- what is known of the numbers -------------------------------------------------------------- */

enum fact { CONSENTS, DATED, SEEN, CANCEL, SLOTS, FACT_COUNT };

struct facts_out {
	struct redis_args of[FACT_COUNT];
	struct redis_args lists[LAW_LISTS_MAX];
};

static void facts_start(struct copy *c, struct facts_out *out)
{
	const char *prefix = c->r->prefix;
	const struct campaign_facts *cf = c->r->cf;
	char key[KEY_SIZE];

	write_start(&out->of[CONSENTS], "HSET", key_of(prefix, "consent", cf->sit.c.advertiser, key));
	write_start(&out->of[DATED], "HSET", key_dated(prefix, cf->sit.c.advertiser, key));
	write_start(&out->of[SEEN], "SADD", key_seen(prefix, cf->sit.c.id, cf->sit.c.family, key));
	write_start(&out->of[CANCEL], "SADD", key_campaign(prefix, cf->sit.c.id, "cancel", key));
	write_start(&out->of[SLOTS], "SADD", key_of(prefix, "slots", cf->sit.c.advertiser, key));
	for (size_t i = 0; i < cf->sit.law.list_count; i++)
		write_start(&out->lists[i], "SADD", key_of(prefix, "list", cf->sit.law.lists[i].name, key));
}

static void facts_end(struct copy *c, struct facts_out *out)
{
	for (size_t i = 0; i < FACT_COUNT; i++)
		write_end(c, &out->of[i]);
	for (size_t i = 0; i < c->r->cf->sit.law.list_count; i++)
		write_end(c, &out->lists[i]);
}

static void put_listed(struct copy *c, struct facts_out *out, const char *name, const char *e164)
{
	for (size_t i = 0; name != NULL && i < c->r->cf->sit.law.list_count; i++)
		if (strcmp(c->r->cf->sit.law.lists[i].name, name) == 0)
			args_addf(&out->lists[i], "%s", e164);
}

/* The number is on lists, or its person objected; with the dates, so that a later consent
 * lifts what it lifts. */
static void put_opposition(struct copy *c, struct facts_out *out, const struct waiting_job *j)
{
	const struct number_facts *nf = &j->asked->facts;
	const char *bar = nf->opposed != NULL ? strchr(nf->opposed, '|') : NULL;
	bool number_dated = bar != NULL && bar != nf->opposed;

	if (number_dated) {
		args_addf(&out->of[DATED], "%s", j->phone.e164);
		args_addf(&out->of[DATED], "%.*s", (int)(bar - nf->opposed), nf->opposed);
	}
	if (bar != NULL && bar[1] != '\0' && j->job.person != NULL) {
		args_addf(&out->of[DATED], "p:%s", j->job.person);
		args_addf(&out->of[DATED], "%s", bar + 1);
	}
	/* Where only the person objected, the number is on no list. */
	if (bar == NULL || number_dated || strcmp(nf->listed_on, c->r->cf->sit.advertiser_list) != 0)
		put_listed(c, out, nf->listed_on, j->phone.e164);
	put_listed(c, out, nf->listed_besides, j->phone.e164);
}

static void put_consents(struct copy *c, struct facts_out *out, const struct waiting_job *j)
{
	const struct number_facts *nf = &j->asked->facts;

	if (j->job.has_consent)
		want_form(c, j->job.consent.form_id);
	if (!nf->has_registry)
		return;
	for (size_t i = 0; i < nf->registry.count; i++)
		want_form(c, nf->registry.consents[i].form_id);
	char *text = json_pool_text(nf->registry.root, JSON_COMPACT);

	if (text == NULL)
		return;
	args_addf(&out->of[CONSENTS], "%s", j->phone.e164);
	args_own(&out->of[CONSENTS], text, strlen(text));
}

static void put_facts(struct copy *c, struct facts_out *out, const struct waiting_job *j)
{
	const struct number_facts *nf = &j->asked->facts;
	struct attempts_slot at;

	put_opposition(c, out, j);
	put_consents(c, out, j);
	attempts_slot_of_number(j->phone.e164, &at);
	keep_attempts(c, &at, nf->attempts, nf->attempts_len);
	if (j->job.person != NULL) {
		attempts_slot_of_person(j->job.person, &at);
		keep_attempts(c, &at, nf->person_attempts, nf->person_attempts_len);
	}
	/* Whatever of it was released before: each that is a second one says so itself. */
	if (nf->marked)
		args_addf(&out->of[SEEN], "i:%s", j->job.id);
	if (nf->cancelled)
		args_addf(&out->of[CANCEL], "%s", j->job.id);
	if (j->slot_used && j->job.has_consent)
		args_addf(&out->of[SLOTS], "%s/%" PRId64, j->phone.e164, j->job.consent.slot_ms);
}

/* --- jobs ------------------------------------------------------------------------------------------ */

static void count_held(struct copy *c, uint32_t place)
{
	size_t i = 0;

	while (i < c->place_count && c->places[i].place != place)
		i++;
	if (i == sizeof(c->places) / sizeof(c->places[0]))
		ctl_fail(error_pick("jobs are held for more than %zu places",
		                    "des tâches attendent dans plus de %zu lieux"),
		         i);
	if (i == c->place_count)
		c->places[c->place_count++].place = place;
	c->places[i].count++;
	c->held++;
}

/* All of a batch come from one source. */
static void copy_jobs(struct copy *c, const struct waiting_job *jobs, size_t count)
{
	const char *prefix = c->r->prefix, *id = c->r->campaign;
	char key[KEY_SIZE], name[PLACE_NAME_SIZE];
	struct redis_args a;

	if (jobs[0].where == WAITING_HELD)
		write_start(&a, "RPUSH",
		            key_held(prefix, id, place_name(c->ctl->rulebook, jobs[0].held_place, name),
		                     key));
	else if (jobs[0].where == WAITING_LATER)
		write_start(&a, "ZADD", key_campaign(prefix, id, "later", key));
	else
		write_start(&a, "RPUSH", key_campaign(prefix, id, "queue", key));
	for (size_t i = 0; i < count; i++) {
		const struct waiting_job *j = &jobs[i];

		if (j->where == WAITING_LATER)
			args_add_int(&a, j->later_ms);
		args_add_len(&a, j->stored, j->stored_len);
		if (j->where == WAITING_HELD)
			count_held(c, j->held_place);
		c->later += j->where == WAITING_LATER;
		c->queued += j->where == WAITING_QUEUE;
	}
	write_end(c, &a);
}

static void copy_counters(struct copy *c)
{
	char key[KEY_SIZE], name[PLACE_NAME_SIZE];
	struct redis_args a;

	write_start(&a, "HSET", key_campaign(c->r->prefix, c->r->campaign, "stats", key));
	for (size_t i = 0; i < c->place_count; i++) {
		args_addf(&a, "held.%s", place_name(c->ctl->rulebook, c->places[i].place, name));
		args_add_int(&a, c->places[i].count);
	}
	const struct {
		const char *name;
		int64_t n;
	} counters[] = { { "intake", c->held + c->later }, { "held", c->held }, { "later", c->later } };

	for (size_t i = 0; c->held + c->later > 0 && i < sizeof(counters) / sizeof(counters[0]); i++) {
		args_add(&a, counters[i].name);
		args_add_int(&a, counters[i].n);
	}
	write_end(c, &a);
	take_replies(c, 0);
}

void sim_copy(struct rehearsal *r)
{
	struct copy c = { .r = r, .ctl = r->ctl };
	struct campaign_facts *cf = r->cf;
	const struct conf *conf = ctl_conf(r->ctl);
	struct waiting_job *jobs;
	size_t count;
	int32_t first, last;

	law_dates(ctl_rulebook(r->ctl), r->at_ms, &first, &last);
	law_read(ctl_rulebook(r->ctl), first, last + LAW_DAYS,
	         (const char *const *)conf->list_overrides.words, conf->list_overrides.count, &cf->sit.law);
	law_add_own_lists(&cf->sit.law, &cf->sit.own);
	c.buckets = mem_zero(BUCKETS * sizeof(*c.buckets));
	copy_definitions(&c);
	struct waiting *w = waiting_open(r->ctl, cf);

	while (!sim_interrupted() && (jobs = waiting_next(w, &count)) != NULL) {
		struct facts_out out;

		facts_start(&c, &out);
		for (size_t i = 0; i < count; i++)
			if (jobs[i].asked != NULL)
				put_facts(&c, &out, &jobs[i]);
		facts_end(&c, &out);
		copy_jobs(&c, jobs, count);
		take_replies(&c, 0);
		r->copied += (int64_t)count;
		ctl_progress("copied", r->copied);
	}
	ctl_progress("", -1);
	waiting_close(w);
	copy_attempts(&c);
	copy_forms(&c);
	copy_counters(&c);
}

/* --- the end of it ------------------------------------------------------------------------------------ */

/* Returns false with one line in err. */
static bool remove_page(struct redis_conn *conn, const char *prefix, char cursor[32])
{
	char pattern[sizeof(((struct rehearsal *)0)->prefix) + 2];

	snprintf(pattern, sizeof(pattern), "%s*", prefix);
	struct redis_reply *reply =
	    redis_conn_words(conn, "SCAN", cursor, "MATCH", pattern, "COUNT", "1000", (char *)NULL);
	const struct redis_reply *keys = reply_at(reply, 1);
	const char *next = reply_text(reply_at(reply, 0), NULL);
	bool good = next != NULL;
	struct redis_args a;

	args_init(&a);
	args_add(&a, "UNLINK");
	for (size_t i = 0; i < reply_count(keys); i++) {
		size_t len;
		const char *key = reply_text(reply_at(keys, i), &len);

		/* Whatever the pattern matched: nothing else is ours to remove. */
		if (len > strlen(prefix) && strncmp(key, prefix, strlen(prefix)) == 0)
			args_add_len(&a, key, len);
	}
	if (good && a.count > 1) {
		struct redis_reply *done = redis_conn_call(conn, &a);

		good = done != NULL && !reply_is_error(done);
		reply_free(done);
	}
	args_done(&a);
	snprintf(cursor, 32, "%s", good ? next : "0");
	reply_free(reply);
	return good;
}

/* On a connection of its own: the other one may be in the middle of something, or lost. */
void sim_remove(struct rehearsal *r)
{
	char cursor[32] = "0", err[256];
	struct target_passwords passwords;
	struct redis_target target;
	struct redis_conn *conn = target_of_conf(&r->ctl->conf, &target, &passwords, err, sizeof(err)) == 0
	                              ? redis_conn_open(&target, err, sizeof(err))
	                              : NULL;
	bool good = conn != NULL;

	while (good) {
		good = remove_page(conn, r->prefix, cursor);
		if (strcmp(cursor, "0") == 0)
			break;
	}
	if (!good)
		ctl_note(
		    error_pick(
			"what was copied is still there; remove it with: redis-cli --scan --pattern '%s*' | "
			"xargs redis-cli unlink",
			"la copie est encore là ; pour la supprimer : redis-cli --scan --pattern '%s*' | xargs redis-cli unlink"),
		    r->prefix);
	redis_conn_close(conn);
	target_forget(&passwords);
}
