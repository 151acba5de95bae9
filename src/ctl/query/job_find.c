/* job_find.c - where a number's job is. What is indexed comes first; lists are read in
 * chunks, and not without end. */
#include "ctl/query/job_find.h"

#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/ready_entry.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 500

struct search {
	struct ctl *ctl;
	const char *campaign, *e164;
	const char *id; /* NULL: any job of that number */
	size_t most;    /* entries that are looked at */
	struct found_job *out;
	bool hidden; /* a right is missing to look where jobs are ready or out */
};

static bool may_look(const struct search *s)
{
	return s->out->looked < s->most;
}

/* Another chunk's size; 0 when enough was looked at. */
static size_t chunk(struct search *s)
{
	size_t left = may_look(s) ? s->most - s->out->looked : 0;

	if (left == 0)
		s->out->gave_up = true;
	return left < CHUNK ? left : CHUNK;
}

static void keep(struct search *s, const char *where, const char *id, const char *job, size_t len)
{
	s->out->where = where;
	s->out->text = job != NULL ? mem_copy_len(job, len) : NULL;
	s->out->len = len;
	snprintf(s->out->id, sizeof(s->out->id), "%.*s", JOB_ID_MAX, id != NULL ? id : "");
}

/* Is that the number's? People write numbers in many ways. */
static bool is_number(const struct search *s, const char *to, size_t len)
{
	return phone_is(s->ctl->rulebook, s->e164, to, len);
}

static bool is_id(const struct search *s, const char *id)
{
	return id != NULL && strcmp(id, s->id) == 0;
}

/* An entry of a queue, a held list or the later set. */
static bool try_stored(struct search *s, const char *where, const char *text, size_t len, bool ours)
{
	/* Most are told apart without being read; with a backslash, an id may be written otherwise. */
	if (s->id != NULL && memchr(text, '\\', len) == NULL &&
	    memmem(text, len, s->id, strlen(s->id)) == NULL)
		return false;
	struct stored_job stored = ours ? stored_job_read(text, len) : (struct stored_job){ text, len, 1 };
	struct job job;
	struct fault fault;

	job_parse(stored.json, stored.len, &job, &fault);
	bool found = s->id != NULL ? is_id(s, job.id) : job.to != NULL && is_number(s, job.to, job.to_len);

	if (found) {
		keep(s, where, job.id, stored.json, stored.len);
		s->out->attempt = stored.attempt;
	}
	job_done(&job);
	return found;
}

/* What is looked for in a list of Redis, in the text of one element. */
typedef bool (*try_fn)(struct search *s, const char *where, const char *text, size_t len);

/* A missing right is noted: what is ready, or with a sender, is not for everybody's eyes. */
static bool is_hidden(struct search *s, const struct redis_reply *reply)
{
	bool hidden = reply_error_is(reply, "NOPERM");

	s->hidden = s->hidden || hidden;
	return hidden;
}

static bool walk_list(struct search *s, const char *where, const char *key, try_fn try)
{
	char from[24], to[24];

	for (size_t at = 0, n; (n = chunk(s)) > 0; at += n) {
		snprintf(from, sizeof(from), "%zu", at);
		snprintf(to, sizeof(to), "%zu", at + n - 1);
		struct redis_reply *reply = strcmp(where, "ready") == 0
		                                ? ask_permitted_words(s->ctl, "LRANGE", key, from, to)
		                                : ask_value_words(s->ctl, "LRANGE", key, from, to);
		size_t count = is_hidden(s, reply) ? 0 : reply_count(reply), len;
		bool found = false;

		for (size_t i = 0; i < count && !found; i++) {
			const char *text = reply_text(reply_at(reply, i), &len);

			s->out->looked++;
			found = try(s, where, text, len);
		}
		reply_free(reply);
		if (found || count < n)
			return found;
	}
	return false;
}

static bool try_queued(struct search *s, const char *where, const char *text, size_t len)
{
	return try_stored(s, where, text, len, false);
}

static bool try_held(struct search *s, const char *where, const char *text, size_t len)
{
	return try_stored(s, where, text, len, true);
}

static bool search_later(struct search *s)
{
	char key[KEY_SIZE], from[24], to[24], at_text[CIVIL_INSTANT_SIZE];

	key_campaign(s->ctl->conf.prefix, s->campaign, "later", key);
	for (size_t at = 0, n; (n = chunk(s)) > 0; at += n) {
		snprintf(from, sizeof(from), "%zu", at);
		snprintf(to, sizeof(to), "%zu", at + n - 1);
		struct redis_reply *reply = ask_value_words(s->ctl, "ZRANGE", key, from, to, "WITHSCORES");
		size_t count = reply_count(reply) / 2, len;
		bool found = false;

		for (size_t i = 0; i < count && !found; i++) {
			const char *text = reply_text(reply_at(reply, 2 * i), &len);
			const char *score = reply_text(reply_at(reply, 2 * i + 1), NULL);

			s->out->looked++;
			found = try_stored(s, "later", text, len, true);
			if (found && score != NULL)
				snprintf(s->out->detail, sizeof(s->out->detail), "%s",
				         civil_format_instant((int64_t)strtod(score, NULL), at_text));
		}
		reply_free(reply);
		if (found || count < n)
			return found;
	}
	return false;
}

/* --- released ---------------------------------------------------------------------- */

static bool try_entry(struct search *s, const char *where, const struct ready_entry *e)
{
	if (strcmp(e->campaign, s->campaign) != 0)
		return false;
	if (s->id != NULL ? !is_id(s, e->id) : strcmp(e->to, s->e164) != 0)
		return false;
	keep(s, where, e->id, e->job, e->job_len);
	s->out->attempt = e->attempt;
	s->out->own_day = e->day;
	if (e->sender[0] != '\0')
		snprintf(s->out->detail, sizeof(s->out->detail), "%s", e->sender);
	return true;
}

static bool search_taken(struct search *s, const char *route)
{
	char out_key[KEY_SIZE], lease_key[KEY_SIZE];
	const char *prefix = s->ctl->conf.prefix;
	bool found = false;
	size_t len;

	key_global(prefix, "out", out_key);
	key_ready(prefix, route, ":lease", lease_key);
	struct redis_reply *out = ask_permitted_words(s->ctl, "HGET", out_key, s->e164);
	char *tokens = is_hidden(s, out) || reply_is_error(out) ? NULL : mem_copy(reply_text(out, NULL)),
	     *rest = NULL;

	reply_free(out);
	for (char *token = tokens != NULL ? strtok_r(tokens, " ", &rest) : NULL; token != NULL && !found;
	     token = strtok_r(NULL, " ", &rest)) {
		struct redis_reply *lease = ask_permitted_words(s->ctl, "HGET", lease_key, token);
		const char *text = is_hidden(s, lease) ? NULL : reply_text(lease, &len);
		struct ready_entry e;

		found = text != NULL && lease_read(text, len, &e) && try_entry(s, "taken", &e);
		reply_free(lease);
	}
	free(tokens);
	return found;
}

static bool try_ready(struct search *s, const char *where, const char *text, size_t len)
{
	struct ready_entry e;

	return entry_read(text, len, &e) && try_entry(s, where, &e);
}

static bool search_ready(struct search *s, const char *route)
{
	char key[KEY_SIZE];

	return walk_list(s, "ready", key_ready(s->ctl->conf.prefix, route, "", key), try_ready);
}

/* A hash of leases, which are not indexed by what is looked for. */
static bool search_leases(struct search *s, const char *route, const char *part, const char *where)
{
	char key[KEY_SIZE], cursor[32] = "0";
	bool found = false;

	key_ready(s->ctl->conf.prefix, route, part, key);
	do {
		struct redis_reply *reply = ask_permitted_words(s->ctl, "HSCAN", key, cursor, "COUNT", "200");
		const struct redis_reply *pairs = reply_at(reply, 1);
		size_t len;

		const char *next = is_hidden(s, reply) ? NULL : reply_text(reply_at(reply, 0), NULL);

		snprintf(cursor, sizeof(cursor), "%s", next != NULL ? next : "0");
		for (size_t i = 1; i < reply_count(pairs) && !found; i += 2) {
			const char *text = reply_text(reply_at(pairs, i), &len);
			struct ready_entry e;

			s->out->looked++;
			found = lease_read(text, len, &e) && try_entry(s, where, &e);
		}
		reply_free(reply);
	} while (!found && may_look(s) && strcmp(cursor, "0") != 0);
	return found;
}

/* Are jobs of the campaign ready, taken or unknown at all? */
static bool any_is_out(struct search *s)
{
	char key[KEY_SIZE];
	struct hash stats;

	hash_read(s->ctl, key_campaign(s->ctl->conf.prefix, s->campaign, "stats", key), &stats);
	bool any = hash_int(&stats, "ready") + hash_int(&stats, "taken") + hash_int(&stats, "unknown") > 0;

	hash_done(&stats);
	return any;
}

static bool search_routes(struct search *s)
{
	char key[KEY_SIZE];
	struct names routes;
	bool found = false;

	names_read(s->ctl, key_global(s->ctl->conf.prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count && !found; i++)
		found = (s->id != NULL ? search_leases(s, routes.list[i], ":lease", "taken")
		                       : search_taken(s, routes.list[i])) ||
		        search_ready(s, routes.list[i]) ||
		        search_leases(s, routes.list[i], ":unknown", "unknown");
	names_done(&routes);
	s->out->hidden = s->hidden;
	if (!found && s->hidden)
		s->out->unseen = any_is_out(s);
	return found;
}

/* --- waiting --------------------------------------------------------------------------- */

static bool search_held_at(struct search *s, const char *place)
{
	char key[KEY_SIZE];

	if (!walk_list(s, "held", key_held(s->ctl->conf.prefix, s->campaign, place, key), try_held))
		return false;
	snprintf(s->out->detail, sizeof(s->out->detail), "%s", place);
	return true;
}

/* The number's own place first: most jobs have no address. */
static bool search_held(struct search *s)
{
	static const char held[] = "held.";
	const struct rulebook *rb = s->ctl->rulebook;
	char key[KEY_SIZE], own[PLACE_NAME_SIZE] = "";
	struct phone phone;
	struct hash stats;
	const char *hint;

	if (s->id == NULL && phone_parse(rb, s->e164, strlen(s->e164), &phone, &hint) == REASON_ALLOWED)
		place_name(rb, phone.territories, own);
	bool found = own[0] != '\0' && search_held_at(s, own);

	hash_read(s->ctl, key_campaign(s->ctl->conf.prefix, s->campaign, "stats", key), &stats);
	for (size_t i = 0; i < stats.fields.count && !found; i++) {
		const char *name = stats.fields.names[i];

		if (strncmp(name, held, strlen(held)) == 0 && strcmp(stats.fields.values[i], "0") != 0 &&
		    strcmp(name + strlen(held), own) != 0)
			found = search_held_at(s, name + strlen(held));
	}
	hash_done(&stats);
	return found;
}

/* --- ended ------------------------------------------------------------------------------- */

/* A stream, newest first. */
static bool search_stream(struct search *s, const char *where, const char *detail)
{
	char key[KEY_SIZE], last[64] = "+", count_text[24];
	bool found = false;

	key_campaign(s->ctl->conf.prefix, s->campaign, where, key);
	for (size_t n; !found && (n = chunk(s)) > 0;) {
		snprintf(count_text, sizeof(count_text), "%zu", n);
		struct redis_reply *reply =
		    ask_value_words(s->ctl, "XREVRANGE", key, last, "-", "COUNT", count_text);
		size_t count = reply_count(reply), len = 0;

		for (size_t i = 0; i < count && !found; i++) {
			const struct redis_reply *fields = reply_at(reply_at(reply, i), 1);
			const char *to = reply_text(reply_field(fields, "to"), &len);

			snprintf(last, sizeof(last), "(%s",
			         reply_text(reply_at(reply_at(reply, i), 0), NULL));
			s->out->looked++;
			found = s->id != NULL ? is_id(s, reply_text(reply_field(fields, "id"), NULL))
			                      : to != NULL && is_number(s, to, len);
			if (!found)
				continue;
			const char *job = reply_text(reply_field(fields, "job"), &len);
			const char *said = reply_text(reply_field(fields, detail), NULL);

			keep(s, where, reply_text(reply_field(fields, "id"), NULL), job, len);
			snprintf(s->out->detail, sizeof(s->out->detail), "%s", said != NULL ? said : "");
		}
		reply_free(reply);
		if (count < n)
			break;
	}
	return found;
}

static bool search_waiting(struct search *s)
{
	char key[KEY_SIZE];

	return walk_list(s, "queue", key_campaign(s->ctl->conf.prefix, s->campaign, "queue", key),
	                 try_queued) ||
	       search_held(s) || search_later(s);
}

static struct search search_begin(struct ctl *ctl, const char *campaign, const char *e164,
                                  struct found_job *ret)
{
	*ret = (struct found_job){ .where = "none", .attempt = 1, .own_day = INT32_MIN };
	ctl_rulebook(ctl);
	return (
	    struct search){ .ctl = ctl, .campaign = campaign, .e164 = e164, .most = FIND_MAX, .out = ret };
}

void job_find(struct ctl *ctl, const char *campaign, const char *e164, struct found_job *ret)
{
	struct search s = search_begin(ctl, campaign, e164, ret);

	if (*e164 == '\0' || search_routes(&s) || search_waiting(&s) || search_stream(&s, "done", "outcome"))
		return;
	(void)search_stream(&s, "refused", "reason");
}

void job_find_waiting(struct ctl *ctl, const char *campaign, const char *e164, struct found_job *ret)
{
	struct search s = search_begin(ctl, campaign, e164, ret);

	if (*e164 != '\0')
		(void)search_waiting(&s);
}

void job_find_id(struct ctl *ctl, const char *campaign, const char *id, bool released_only,
                 struct found_job *ret)
{
	struct search s = search_begin(ctl, campaign, "", ret);

	s.id = id;
	s.most = FIND_ID_MAX;
	if (search_routes(&s) || released_only || search_waiting(&s) || search_stream(&s, "done", "outcome"))
		return;
	(void)search_stream(&s, "refused", "reason");
}

void found_done(struct found_job *found)
{
	free(found->text);
	found->text = NULL;
}
