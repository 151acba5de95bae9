/* reading.c - what is defined in Redis: campaigns and the hashes they refer to.
 *
 * A reading takes three steps: the ids, then the campaigns, then what these refer
 * to. Work goes on meanwhile with what was known; the commit function refuses what
 * was decided on an older definition. */
#include "daemon/model/reading.h"

#include "core/law/binding.h"
#include "core/time/civil.h"
#include "daemon/base/errors.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/model/hashes.h"
#include "daemon/model/judge.h"
#include "daemon/model/routes.h"
#include "daemon/model/runs.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_CHUNK 64
#define CAMPAIGNS_MAX 5000 /* ids looked after; of more licet:errors tells */

/* How far a reading is. */
struct reading_step {
	size_t left;      /* replies, until the next step */
	bool lost, again; /* a part of it was lost; another reading is to follow */
	int64_t from_ms;  /* monotonic: when it was asked for */
};

struct look_request {
	struct daemon *d;
	size_t count;
	struct run *runs[LOOK_CHUNK];
};
struct one_request {
	struct daemon *d;
	char id[ID_MAX + 1];
};
struct hash_request {
	struct daemon *d;
	char *key;
	bool form;
};
struct exists_request {
	struct daemon *d;
	char advertiser[ID_MAX + 1];
	bool registry;
};

static void reading_references(struct daemon *d);

void catalog_open(struct daemon *d)
{
	d->step = mem_zero(sizeof(*d->step));
}

int64_t catalog_asked_ms(const struct daemon *d)
{
	return d->step->from_ms;
}

/* --- reading: step three, what the campaigns refer to ---------------------------------- */

static void reading_done(struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	catalog_judge_forms(d);
	catalog_judge_routes(d);
	/* Those that are gone go first: each is judged beside all that there are. */
	runs_sweep(d);
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		/* Of an id without a definition nothing changes until it gets one. */
		if (run->listed &&
		    !(run->undefined && run->def.text_len == 0 && run->made_reload == d->reloads))
			catalog_judge(d, run, now_ms);
	}
	runs_schedule(d);
	d->reading = false;
	d->reading_refused[0] = '\0';
	moving_over(d);
	d->catalog_known = true;
	d->read_ms = clock_monotonic_ms();
	d->reading_took_ms = d->read_ms - d->step->from_ms;
	turn_moved(d);
	if (d->step->again) {
		d->step->again = false;
		catalog_read(d);
	}
}

/* Redis refuses a part of the reading: it is given up, what is known stays, and nothing moves
 * until a whole one has come. */
static bool reading_refuses(struct daemon *d, const struct redis_reply *reply, const char *call)
{
	if (!refused(d, reply, call))
		return false;
	if (reply != NULL && d->moving_ms == 0)
		refusal_name(reply, d->reading_refused);
	return true;
}

/* One reply less to wait for; after the last, then. A reading of which a part was lost changes
 * nothing: half a catalog would reject sound campaigns. */
static void reading_step(struct daemon *d, bool lost, void (*then)(struct daemon *d))
{
	d->step->lost = d->step->lost || lost;
	if (--d->step->left > 0)
		return;
	if (d->step->lost)
		d->reading = false;
	else
		then(d);
}

static void on_hash(void *arg, const struct redis_reply *reply)
{
	struct hash_request *q = arg;
	struct daemon *d = q->d;
	bool wrong_type = reply_error_is(reply, "WRONGTYPE");
	bool lost = !wrong_type && reading_refuses(d, reply, "licet_hash");
	struct known_hash *h = !lost ? hash_find(d, q->key) : NULL;
	if (h != NULL) {
		h->wrong_type = wrong_type;
		if (h->wrong_type) {
			hash_clear(h);
			errors_tell(d, q->key, "expected a hash");
		} else {
			bool first = h->text == NULL;
			if (hash_store(h, reply) && !first && q->form)
				d->forms_changed = true;
			if (h->fields.flaw[0] != '\0')
				errors_tell(d, q->key, h->fields.flaw);
		}
	}
	free(q->key);
	free(q);
	reading_step(d, lost, reading_done);
}

static void want_hash_of(struct daemon *d, const char *key, bool form)
{
	struct known_hash *h = hash_add(d, key);
	if (h->wanted)
		return;
	h->wanted = true;
	struct hash_request *q = mem_zero(sizeof(*q));
	*q = (struct hash_request){ d, mem_copy(key), form };
	struct redis_args a;
	args_fcall_ro(&a, "licet_hash", q->key);
	d->step->left++;
	if (!redis_link_call(d->link, &a, 0, on_hash, q)) {
		d->step->left--;
		d->step->lost = true;
		free(q->key);
		free(q);
	}
	args_done(&a);
}

static void want_hash(struct daemon *d, const char *key)
{
	want_hash_of(d, key, false);
}

static void on_exists(void *arg, const struct redis_reply *reply)
{
	struct exists_request *q = arg;
	struct daemon *d = q->d;
	bool lost = reading_refuses(d, reply, "EXISTS");
	for (size_t i = 0; !lost && i < d->run_count; i++)
		if (strcmp(d->runs[i]->sit.c.advertiser, q->advertiser) == 0)
			*(q->registry ? &d->runs[i]->registry_exists : &d->runs[i]->history_exists) =
			    reply_int(reply, 1) > 0;
	free(q);
	reading_step(d, lost, reading_done);
}

static void want_exists(struct daemon *d, const char *advertiser, bool registry)
{
	char key[KEY_SIZE];
	struct exists_request *q = mem_zero(sizeof(*q));
	q->d = d;
	q->registry = registry;
	snprintf(q->advertiser, sizeof(q->advertiser), "%s", advertiser);
	struct redis_args a;
	args_init(&a);
	args_add(&a, "EXISTS");
	args_add(&a, key_of(d->conf.prefix, registry ? "consent" : "attempts", advertiser, key));
	d->step->left++;
	if (!redis_link_call(d->link, &a, 0, on_exists, q)) {
		d->step->left--;
		d->step->lost = true;
		free(q);
	}
	args_done(&a);
}

static void want_lists(struct daemon *d, const char *advertiser)
{
	char key[KEY_SIZE], name[ID_MAX + 16];
	struct law law;
	int32_t first, last;
	law_dates(d->rb, turn_now(d), &first, &last);
	law_read(d->rb, first, last, (const char *const *)d->conf.list_overrides.words,
	         d->conf.list_overrides.count, &law);
	for (size_t i = 0; i < law.list_count; i++)
		want_hash(d, key_of(d->conf.prefix, "list-meta", law.lists[i].name, key));
	snprintf(name, sizeof(name), "opposition:%s", advertiser);
	want_hash(d, key_of(d->conf.prefix, "list-meta", name, key));
}

/* What is known of a company of several ids stands under the first of them, which perhaps no campaign names; and each
 * has a list. As the last judgement has it: another reading follows where that changes. */
static void want_company(struct daemon *d, const struct run *run)
{
	const struct own_lists *own = &run->sit.own;
	const char *first = run->sit.c.advertiser;
	char key[KEY_SIZE];
	for (size_t i = 0; own->count > 1 && i < own->count; i++)
		want_hash(d, key_of(d->conf.prefix, "list-meta", own->names[i], key));
	if (strcmp(first, run->sit.c.named) == 0)
		return;
	size_t before = d->step->left;
	want_hash(d, key_of(d->conf.prefix, "advertiser", first, key));
	if (d->step->left == before)
		return;
	want_exists(d, first, true);
	want_exists(d, first, false);
}

/* Is there an advertiser that a campaign's id begins as? After the others: with an advertiser that is asked
 * for first comes what else is read of it. */
static void want_prefixes(struct daemon *d)
{
	char key[KEY_SIZE], first[ID_MAX + 1];
	for (size_t i = 0; i < d->run_count; i++) {
		const struct run *run = d->runs[i];
		size_t len = strcspn(run->id, ".");
		snprintf(first, sizeof(first), "%.*s", (int)len, run->id);
		if (run->listed && run->id[len] == '.')
			want_hash(d, key_of(d->conf.prefix, "advertiser", first, key));
	}
}

static void reading_references(struct daemon *d)
{
	static const char *const kinds[] = { "advertiser", "source", "route" };
	char key[KEY_SIZE];
	hashes_unwant(d);
	d->step->left++; /* until all are asked for */
	want_hash(d, key_global(d->conf.prefix, "halt", key));
	want_hash(d, key_global(d->conf.prefix, "caller-ids", key));
	want_hash(d, key_global(d->conf.prefix, "sirens", key));
	for (size_t i = 0; i < d->route_count; i++)
		want_hash(d, key_ready(d->conf.prefix, d->routes[i]->id, ":health", key));
	for (size_t i = 0; i < d->form_count; i++)
		want_hash_of(d, key_of(d->conf.prefix, "form", d->forms[i]->id, key), true);
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		for (size_t k = 0; run->listed && k < 3; k++) {
			const char *id = fields_get(&run->def.fields, kinds[k]);
			if (id == NULL || !id_is_valid(id, strlen(id)))
				continue;
			size_t before = d->step->left;
			want_hash(d, key_of(d->conf.prefix, kinds[k], id, key));
			if (k == 0 && d->step->left != before) {
				want_exists(d, id, true);
				want_exists(d, id, false);
				want_lists(d, id);
			}
		}
		if (run->listed)
			want_company(d, run);
	}
	want_prefixes(d);
	hashes_sweep(d);
	reading_step(d, false, reading_done);
}

/* --- step two, the campaigns ------------------------------------------------------------ */

/* What was published before this daemon started: how long it has stood so, and what its
 * ready jobs were made of. */
static void look_published(struct daemon *d, struct run *run, const struct redis_reply *r)
{
	const char *texts[4];
	int64_t since_ms;
	size_t len;
	for (size_t i = 0; i < 4; i++) {
		const char *text = reply_text(reply_at(r, i), &len);
		texts[i] = text != NULL ? text : "";
	}
	snprintf(run->shown_made_by, sizeof(run->shown_made_by), "%s", texts[3]);
	if (!civil_parse_instant(texts[2], strlen(texts[2]), &since_ms) || since_ms > turn_now(d))
		return;
	snprintf(run->state, sizeof(run->state), "%s", texts[0]);
	snprintf(run->because, sizeof(run->because), "%s", texts[1]);
	run->since_ms = since_ms;
}

static void look_store(struct daemon *d, struct run *run, const struct redis_reply *r)
{
	size_t len;
	const char *bad = reply_text(reply_at(r, 5), &len);
	snprintf(run->wrong_key, sizeof(run->wrong_key), "%s", bad != NULL ? bad : "");
	if (run->wrong_key[0] != '\0') {
		errors_tell(d, run->wrong_key,
		            "a key of the wrong type stands where the campaign needs its own");
		return;
	}
	run->jobs.queue_len = reply_int(reply_at(r, 0), 0);
	run->jobs.later_count = reply_int(reply_at(r, 1), 0);
	const char *first = reply_text(reply_at(r, 2), &len);
	run->jobs.later_first_ms = first != NULL && len > 0 ? (int64_t)strtod(first, NULL) : TIME_NONE;
	hash_store(&run->def, reply_at(r, 3));
	run_counters(d, run, reply_at(r, 4));
	arrivals_look(&run->arrivals, run->jobs.intake, run->jobs.queue_len, clock_monotonic_ms());
	const char *why = reply_text(reply_at(r, 7), &len);
	run->jobs.later_why = why != NULL && strcmp(why, "cap") == 0 ? REASON_CAP_REACHED : REASON_NOT_BEFORE;
	run->jobs.later_retry = why != NULL && strcmp(why, "retry") == 0;
	int64_t cancels = reply_int(reply_at(r, 6), 0);
	if (cancels != run->cancels && run->jobs.ready > 0 && run->sit.c.route[0] != '\0')
		route_recall(d, run->sit.c.route);
	run->cancels = cancels;
	run->batch_cancel = reply_int(reply_at(r, 9), 0) == 1;
	d->batch_cancels = d->batch_cancels || run->batch_cancel;
	if (!run->ready_to_work && run->published == NULL)
		look_published(d, run, reply_at(r, 8));
}

static void on_look(void *arg, const struct redis_reply *reply)
{
	struct look_request *q = arg;
	struct daemon *d = q->d;
	bool lost = reading_refuses(d, reply, "licet_look");
	for (size_t i = 0; !lost && i < q->count && i < reply_count(reply); i++)
		look_store(d, q->runs[i], reply_at(reply, i));
	free(q);
	reading_step(d, lost, reading_references);
}

void catalog_look_start(const struct daemon *d, struct redis_args *a)
{
	char key[KEY_SIZE];
	args_fcall_ro(a, "licet_look", key_global(d->conf.prefix, "campaigns", key));
}

/* --- one campaign, between two readings ---------------------------------------------------- */

static void on_look_at(void *arg, const struct redis_reply *reply)
{
	struct one_request *q = arg;
	struct daemon *d = q->d;
	struct run *run = run_find(d, q->id);
	if (!refused(d, reply, "licet_look") && run != NULL && run->listed && reply_count(reply) == 1) {
		look_store(d, run, reply_at(reply, 0));
		catalog_judge(d, run, turn_now(d));
		turn_soon(d);
	}
	free(q);
}

void catalog_look_at(struct daemon *d, struct run *run)
{
	if (run == NULL)
		return;
	struct one_request *q = mem_zero(sizeof(*q));
	q->d = d;
	memcpy(q->id, run->id, sizeof(q->id));
	struct redis_args a;
	catalog_look_start(d, &a);
	args_add(&a, q->id);
	if (!redis_link_call(d->link, &a, 0, on_look_at, q))
		free(q);
	args_done(&a);
}

static void look_send(struct daemon *d, struct look_request *q)
{
	struct redis_args a;
	catalog_look_start(d, &a);
	for (size_t i = 0; i < q->count; i++)
		args_add(&a, q->runs[i]->id);
	d->step->left++;
	if (!redis_link_call(d->link, &a, 0, on_look, q)) {
		d->step->left--;
		d->step->lost = true;
		free(q);
	}
	args_done(&a);
}

/* --- step one, the ids -------------------------------------------------------------------- */

static int by_id(const void *a, const void *b)
{
	const struct run *const *first = a, *const *second = b;
	return strcmp((*first)->id, (*second)->id);
}

static int is_of_id(const void *id, const void *run)
{
	return strcmp(id, (*(const struct run *const *)run)->id);
}

static void list_campaigns(struct daemon *d, const struct redis_reply *ids)
{
	size_t known = d->run_count, added = 0;
	struct run **sorted = mem_zero((known + 1) * sizeof(struct run *));
	for (size_t i = 0; i < known; i++) {
		d->runs[i]->listed = false;
		sorted[i] = d->runs[i];
	}
	if (known > 0)
		qsort(sorted, known, sizeof(struct run *), by_id);
	for (size_t i = 0; i < reply_count(ids); i++) {
		size_t len;
		const char *id = reply_text(reply_at(ids, i), &len);
		if (!id_is_valid(id, len)) {
			errors_tell(d, "campaigns", "an id that is none: expected [a-z0-9][a-z0-9._-]{0,63}");
			continue;
		}
		struct run **found = bsearch(id, sorted, known, sizeof(struct run *), is_of_id);
		if (found == NULL && known + ++added > CAMPAIGNS_MAX) {
			errors_tell(
			    d, "campaigns",
			    "more ids than licetd looks after: 5000 are, the others wait until some go");
			continue;
		}
		struct run *run = found != NULL ? *found : run_add(d, id);
		run->listed = true;
	}
	free(sorted);
}

static void on_campaigns(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	if (reply_error_is(reply, "WRONGTYPE")) {
		errors_tell(d, "campaigns", "expected a set of campaign ids");
		strcpy(d->reading_refused, "campaigns");
		d->reading = false;
		return;
	}
	if (reading_refuses(d, reply, "SMEMBERS")) {
		d->reading = false;
		return;
	}
	list_campaigns(d, reply);
	d->step->left = 1; /* until all are asked for */
	for (size_t i = 0; i < d->run_count;) {
		struct look_request *q = mem_zero(sizeof(*q));
		q->d = d;
		for (; i < d->run_count && q->count < LOOK_CHUNK; i++)
			if (d->runs[i]->listed)
				q->runs[q->count++] = d->runs[i];
		if (q->count > 0)
			look_send(d, q);
		else
			free(q);
	}
	reading_step(d, false, reading_references);
}

void catalog_read(struct daemon *d)
{
	char key[KEY_SIZE];
	if (d->reading) {
		d->step->again = true;
		return;
	}
	struct redis_args a;
	args_init(&a);
	args_add(&a, "SMEMBERS");
	args_add(&a, key_global(d->conf.prefix, "campaigns", key));
	d->step->lost = false;
	d->step->from_ms = clock_monotonic_ms();
	d->reading = d->library_ok && redis_link_call(d->link, &a, 0, on_campaigns, d);
	args_done(&a);
}

void catalog_down(struct daemon *d)
{
	d->reading = d->step->again = false;
	d->reading_refused[0] = '\0';
}

void catalog_free(struct daemon *d)
{
	runs_close(d);
	hashes_close(d);
	for (size_t i = 0; i < d->form_count; i++)
		free(d->forms[i]);
	free(d->forms);
	for (size_t i = 0; i < d->route_count; i++)
		free(d->routes[i]);
	free(d->routes);
	free(d->loads);
	free(d->schedule.list);
	free(d->schedule.work);
	free(d->step);
}
