/* key_walk.c - through every key, in small chunks. */
#include "ctl/subject/key_walk.h"

#include "core/consent/attempts.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/members.h"
#include "ctl/query/ready_entry.h"
#include "ctl/query/stream_pages.h"
#include "ctl/subject/match.h"
#include "ctl/subject/subject.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK 500
#define CHUNK_TEXT "500"
#define READY_WHOLE 20000 /* a ready list is turned round meanwhile: up to so many are read at once */

const char *const subject_kind_names[SUBJECT_KINDS] = {
	"queue",   "held",     "later", "ready", "settling", "taken",      "unknown", "refused",
	"invalid", "done",     "past",  "out",   "recall",   "opposition", "dated",   "list",
	"consent", "attempts", "slot",  "seen",  "error",    "other",
};

/* --- keys --------------------------------------------------------------------------------- */

/* What follows the prefix: head, an id (tail NULL: all that follows), tail; a star stands for a part. */
static const struct shape {
	const char *head, *tail;
	enum subject_kind kind;
} shapes[] = {
	{ "campaign:", ":queue", SUBJECT_QUEUE },
	{ "campaign:", ":held:*", SUBJECT_HELD },
	{ "campaign:", ":later", SUBJECT_LATER },
	{ "campaign:", ":refused", SUBJECT_REFUSED },
	{ "campaign:", ":invalid", SUBJECT_INVALID },
	{ "campaign:", ":done", SUBJECT_DONE },
	{ "campaign:", ":seen", SUBJECT_SEEN },
	{ "family:", ":seen", SUBJECT_SEEN },
	{ "ready:", "", SUBJECT_READY },
	{ "ready:", ":lease", SUBJECT_LEASE },
	{ "ready:", ":unknown", SUBJECT_UNKNOWN },
	{ "ready:", ":past:*", SUBJECT_PAST },
	{ "out", NULL, SUBJECT_OUT },
	{ "unplaced", NULL, SUBJECT_DATED },
	{ "settle:", "", SUBJECT_SETTLE },
	{ "recall:", "", SUBJECT_RECALL },
	{ "oppositions:dated:", "", SUBJECT_DATED },
	{ "oppositions:dated", NULL, SUBJECT_DATED },
	{ "oppositions", NULL, SUBJECT_OPPOSITION },
	{ "list:", NULL, SUBJECT_LIST },
	{ "consent:", "", SUBJECT_CONSENT },
	{ "attempts:", "", SUBJECT_ATTEMPTS },
	{ "slots:", "", SUBJECT_SLOT },
	{ "errors", NULL, SUBJECT_ERROR },
};

struct key {
	char *key;
	enum subject_kind kind;
	char name[ID_MAX + 32], part[128];
};
struct keys {
	struct key *list;
	size_t count, capacity;
};

/* Is that key of that shape? */
static bool has_shape(const char *name, const struct shape *shape, struct key *ret)
{
	size_t head = strlen(shape->head);

	if (strncmp(name, shape->head, head) != 0)
		return false;
	const char *id = name + head;
	size_t len = shape->tail != NULL ? strcspn(id, ":") : strlen(id);
	const char *tail = shape->tail != NULL ? shape->tail : "", *star = strchr(tail, '*');
	size_t fixed = star != NULL ? (size_t)(star - tail) : strlen(tail);

	if (shape->tail != NULL && !id_is_valid(id, len))
		return false;
	if (strncmp(id + len, tail, fixed) != 0 || (star == NULL && id[len + fixed] != '\0'))
		return false;
	/* Without a tail it is the key itself, but for lists, whose names are the rest. */
	if (shape->tail == NULL && shape->kind != SUBJECT_LIST && len > 0)
		return false;
	ret->kind = shape->kind;
	snprintf(ret->name, sizeof(ret->name), "%.*s", (int)len, id);
	snprintf(ret->part, sizeof(ret->part), "%s", star != NULL ? id + len + fixed : "");
	return true;
}

static void add_key(const struct subject *s, struct keys *keys, const char *key)
{
	struct key found = { .kind = SUBJECT_OTHER };
	const char *name = key + strlen(s->ctl->conf.prefix);

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (has_shape(name, &shapes[i], &found))
			break;
	found.key = mem_copy(key);
	keys->list = mem_grow(keys->list, &keys->capacity, keys->count, sizeof(*keys->list));
	keys->list[keys->count++] = found;
}

static int by_kind(const void *one, const void *two)
{
	const struct key *a = one, *b = two;

	return a->kind != b->kind ? (int)a->kind - (int)b->kind : strcmp(a->key, b->key);
}

/* Every key below the prefix, once (SCAN may tell one twice), in the order of their kinds. */
static void find_keys(struct subject *s, struct keys *ret)
{
	char pattern[KEY_SIZE], cursor[32] = "0";
	size_t kept = 0;

	*ret = (struct keys){ 0 };
	key_global(s->ctl->conf.prefix, "*", pattern);
	do {
		struct redis_reply *reply =
		    ask_words(s->ctl, "SCAN", cursor, "MATCH", pattern, "COUNT", "500");
		const struct redis_reply *keys = reply_at(reply, 1);

		snprintf(cursor, sizeof(cursor), "%s", reply_text(reply_at(reply, 0), NULL));
		for (size_t i = 0; i < reply_count(keys); i++)
			add_key(s, ret, reply_text(reply_at(keys, i), NULL));
		reply_free(reply);
		ctl_progress("keys", (int64_t)ret->count);
	} while (strcmp(cursor, "0") != 0);
	if (ret->count == 0)
		return;
	qsort(ret->list, ret->count, sizeof(*ret->list), by_kind);
	for (size_t i = 0; i < ret->count; i++)
		if (kept > 0 && strcmp(ret->list[kept - 1].key, ret->list[i].key) == 0)
			free(ret->list[i].key);
		else
			ret->list[kept++] = ret->list[i];
	ret->count = kept;
}

/* --- one key ------------------------------------------------------------------------------- */

struct reading {
	struct subject *s;
	const struct key *k;
	subject_take *take;
	void *arg;
	int64_t read;
};

static void cannot_read(const struct reading *r, const char *why)
{
	json_array_append_new(r->s->limits, json_sprintf("%s could not be read: %s", r->k->key, why));
}

static struct subject_hit hit_of(const struct reading *r)
{
	return (struct subject_hit){
		.kind = r->k->kind, .key = r->k->key, .name = r->k->name, .part = r->k->part, .id = ""
	};
}

static int give(struct reading *r, const struct subject_hit *hit)
{
	return r->take(r->arg, hit);
}

/* An entry of a ready list or a lease. */
static bool owns_entry(const struct subject *s, const struct ready_entry *e)
{
	if (s->advertiser != NULL && !company_has(&s->company, e->advertiser))
		return false;
	return strcmp(e->to, s->phone.e164) == 0 || subject_is_person(s, e->person, strlen(e->person));
}

static bool owns_element(struct reading *r, const char *text, size_t len, struct subject_hit *hit)
{
	struct ready_entry e;

	switch (r->k->kind) {
	case SUBJECT_READY:
		return entry_read(text, len, &e) && owns_entry(r->s, &e);
	case SUBJECT_HELD:
	case SUBJECT_LATER: {
		struct stored_job stored = stored_job_read(text, len);

		hit->tried = stored.attempt > 1;
		return subject_owns_job(r->s, stored.json, stored.len, NULL);
	}
	case SUBJECT_QUEUE:
		return subject_owns_job(r->s, text, len, NULL);
	case SUBJECT_SLOT:
		return true; /* only these were asked for */
	default:
		return subject_has_number(r->s, text, len);
	}
}

static int try_element(struct reading *r, const char *id, const struct redis_reply *element, bool near_tail)
{
	struct subject_hit hit = hit_of(r);

	hit.value = reply_text(element, &hit.len);
	hit.id = id;
	hit.near_tail = near_tail;
	r->read++;
	return hit.value != NULL && owns_element(r, hit.value, hit.len, &hit) ? give(r, &hit) : 0;
}

/* A list, from its tail: what the daemon takes from its head moves nothing of what is yet to be
 * read. */
static void read_list(struct reading *r)
{
	char from[24], to[24];
	int64_t length = ask_count(r->s->ctl, "LLEN", r->k->key);
	size_t chunk = r->k->kind == SUBJECT_READY && length <= READY_WHOLE ? READY_WHOLE : CHUNK, count;

	for (int64_t at = 0;; at += (int64_t)count) {
		snprintf(from, sizeof(from), "%lld", (long long)(-at - (int64_t)chunk));
		snprintf(to, sizeof(to), "%lld", (long long)(-at - 1));
		struct redis_reply *reply = ask_any_words(r->s->ctl, "LRANGE", r->k->key, from, to);

		if (reply_is_error(reply))
			cannot_read(r, reply_text(reply, NULL));
		count = reply_count(reply);
		for (size_t i = 0; i < count; i++)
			at -= try_element(r, "", reply_at(reply, i), at + (int64_t)(count - i) < length / 2);
		reply_free(reply);
		ctl_progress(r->k->key, r->read);
		if (count < chunk)
			return;
	}
}

/* A hash, set or sorted set: each element with what stands beside it. */
typedef void read_pair(struct reading *r, const struct redis_reply *name, const struct redis_reply *value);
static void read_scan(struct reading *r, const char *command, const char *pattern, read_pair *pair)
{
	char cursor[32] = "0";
	size_t step = strcmp(command, "SSCAN") == 0 ? 1 : 2;

	do {
		struct redis_reply *reply = ask_any_words(r->s->ctl, command, r->k->key, cursor, "MATCH",
		                                          pattern, "COUNT", CHUNK_TEXT);
		const struct redis_reply *all = reply_at(reply, 1);
		const char *next = reply_text(reply_at(reply, 0), NULL);

		if (next == NULL)
			cannot_read(r, reply_text(reply, NULL));
		snprintf(cursor, sizeof(cursor), "%s", next != NULL ? next : "0");
		for (size_t i = 0; i + step <= reply_count(all); i += step)
			pair(r, reply_at(all, i), step == 2 ? reply_at(all, i + 1) : NULL);
		reply_free(reply);
		ctl_progress(r->k->key, r->read);
	} while (strcmp(cursor, "0") != 0);
}

static void pair_member(struct reading *r, const struct redis_reply *name, const struct redis_reply *value)
{
	(void)value;
	(void)try_element(r, "", name, false);
}

static void pair_either(struct reading *r, const struct redis_reply *name, const struct redis_reply *value)
{
	size_t len;
	const char *id = reply_text(name, &len);

	if (subject_has_number(r->s, id, len)) {
		struct subject_hit hit = hit_of(r);

		hit.id = id;
		hit.value = reply_text(value, &hit.len);
		(void)give(r, &hit);
	} else {
		(void)try_element(r, id, value, false);
	}
}

static void pair_lease(struct reading *r, const struct redis_reply *name, const struct redis_reply *value)
{
	struct subject_hit hit = hit_of(r);
	struct ready_entry e;

	hit.id = reply_text(name, NULL);
	hit.value = reply_text(value, &hit.len);
	r->read++;
	if (hit.value != NULL && lease_read(hit.value, hit.len, &e) && owns_entry(r->s, &e))
		(void)give(r, &hit);
}

/* Number, advertiser, campaign and person, a tab between them. */
static void pair_past(struct reading *r, const struct redis_reply *name, const struct redis_reply *value)
{
	struct subject_hit hit = hit_of(r);

	hit.id = reply_text(name, NULL);
	hit.value = reply_text(value, &hit.len);
	char *text = mem_copy_len(hit.value, hit.len), *rest = text;
	const char *number = strsep(&rest, "\t"), *advertiser = strsep(&rest, "\t");

	(void)strsep(&rest, "\t"); /* the campaign */
	const char *person = rest != NULL ? rest : "";

	r->read++;
	if ((strcmp(number, r->s->phone.e164) == 0 || subject_is_person(r->s, person, strlen(person))) &&
	    (r->s->advertiser == NULL || (advertiser != NULL && company_has(&r->s->company, advertiser))))
		(void)give(r, &hit);
	free(text);
}

static bool owns_stream_entry(struct reading *r, const struct redis_reply *fields)
{
	static const char *const names[] = { "to", "number" };
	struct ready_entry e;
	size_t len = 0;
	const char *text = reply_text(reply_field(fields, "entry"), &len);

	if (r->k->kind == SUBJECT_SETTLE)
		return text != NULL && entry_read(text, len, &e) && owns_entry(r->s, &e);
	if (r->k->kind == SUBJECT_ERROR || r->k->kind == SUBJECT_OTHER) {
		for (size_t i = 1; i < reply_count(fields); i += 2) {
			text = reply_text(reply_at(fields, i), &len);
			if (r->k->kind == SUBJECT_ERROR ? subject_in_text(r->s, text, len)
			                                : subject_has_number(r->s, text, len))
				return true;
		}
		return false;
	}
	for (size_t i = 0; i < 2; i++) {
		text = reply_text(reply_field(fields, names[i]), &len);
		if (text != NULL && subject_is_number(r->s, text, len))
			return true;
	}
	text = reply_text(reply_field(fields, "person"), &len);
	if (text != NULL && subject_is_person(r->s, text, len))
		return true;
	text = reply_text(reply_field(fields, "job"), &len);
	return text != NULL && subject_owns_job(r->s, text, len, NULL);
}

static bool take_entry(void *arg, const struct redis_reply *entry)
{
	struct reading *r = arg;
	struct subject_hit hit = hit_of(r);

	r->read++;
	if (!owns_stream_entry(r, reply_at(entry, 1)))
		return true;
	hit.id = reply_text(reply_at(entry, 0), NULL);
	hit.entry = entry;
	(void)give(r, &hit);
	return true;
}

static void read_stream(struct reading *r)
{
	char err[200];

	if (stream_walk(r->s->ctl, r->k->key, "-", take_entry, r, err, sizeof(err)) < 0)
		cannot_read(r, err);
}

/* --- what is asked for by name ----------------------------------------------------------------- */

/* The values of a hash under the number and "p:<person>". */
static void read_fields(struct reading *r, bool persons)
{
	for (size_t i = 0; i <= (persons ? r->s->persons.count : 0); i++) {
		struct subject_hit hit = hit_of(r);
		char *field =
		    i == 0 ? mem_copy(r->s->phone.e164) : mem_format("p:%s", r->s->persons.list[i - 1]);
		struct redis_reply *reply = ask_any_words(r->s->ctl, "HGET", r->k->key, field);

		if (reply_is_error(reply))
			cannot_read(r, reply_text(reply, NULL));
		hit.id = field;
		hit.value = reply_is_error(reply) ? NULL : reply_text(reply, &hit.len);
		if (hit.value != NULL)
			(void)give(r, &hit);
		reply_free(reply);
		free(field);
	}
}

static void ask_member(struct reading *r, const char *member)
{
	struct redis_reply *reply = ask_any_words(r->s->ctl, "SISMEMBER", r->k->key, member);
	struct subject_hit hit = hit_of(r);

	if (reply_is_error(reply))
		cannot_read(r, reply_text(reply, NULL));
	hit.value = member;
	hit.len = strlen(member);
	if (reply_int(reply, 0) == 1)
		(void)give(r, &hit);
	reply_free(reply);
}

/* The number on a list. What it is called, stands behind "list:". */
static void read_opposition_list(struct reading *r)
{
	struct subject_hit hit = hit_of(r);
	char *error = NULL;

	hit.value = r->s->phone.e164;
	hit.len = strlen(hit.value);
	if (members_has(r->s->ctl, r->k->name, hit.value, &error) == 1)
		(void)give(r, &hit);
	if (error != NULL)
		cannot_read(r, error);
	free(error);
}

static void read_marks(struct reading *r)
{
	json_t *ids = json_object_get(r->s->ids, r->k->key), *ignored;
	const char *id;

	ask_member(r, r->s->phone.e164);
	for (size_t i = 0; i < r->s->persons.count; i++) {
		char *member = mem_format("p:%s", r->s->persons.list[i]);

		ask_member(r, member);
		free(member);
	}
	json_object_foreach(ids, id, ignored)
	{
		char *member = mem_format("i:%s", id);

		ask_member(r, member);
		free(member);
	}
}

/* The packed days of a mark in its bucket. */
static void read_attempts(struct reading *r)
{
	for (size_t i = 0; i <= r->s->persons.count; i++) {
		const char *who = i == 0 ? r->s->phone.e164 : r->s->persons.list[i - 1];
		struct subject_hit hit = hit_of(r);
		struct attempts_slot at;
		size_t len = 0;

		if (i == 0)
			attempts_slot_of_number(who, &at);
		else
			attempts_slot_of_person(who, &at);
		struct redis_reply *reply = ask_any_words(r->s->ctl, "HGET", r->k->key, at.field);
		const char *bucket = reply_is_error(reply) ? NULL : reply_text(reply, &len);

		if (reply_is_error(reply))
			cannot_read(r, reply_text(reply, NULL));
		hit.id = who;
		if (bucket != NULL && attempts_find(bucket, len, at.mark, &hit.value, &hit.len) &&
		    hit.len > 0)
			(void)give(r, &hit);
		reply_free(reply);
	}
}

/* A key that is none of ours, whatever it is. */
static void read_other(struct reading *r)
{
	struct redis_reply *reply = ask_words(r->s->ctl, "TYPE", r->k->key);
	char type[16];

	snprintf(type, sizeof(type), "%s", reply_text(reply, NULL));
	reply_free(reply);
	if (strcmp(type, "list") == 0) {
		read_list(r);
	} else if (strcmp(type, "set") == 0) {
		read_scan(r, "SSCAN", "*", pair_member);
	} else if (strcmp(type, "zset") == 0) {
		read_scan(r, "ZSCAN", "*", pair_member);
	} else if (strcmp(type, "hash") == 0) {
		read_scan(r, "HSCAN", "*", pair_either);
	} else if (strcmp(type, "stream") == 0) {
		read_stream(r);
	} else if (strcmp(type, "string") == 0) {
		reply = ask_any_words(r->s->ctl, "GET", r->k->key);
		if (reply_is_error(reply))
			cannot_read(r, reply_text(reply, NULL));
		(void)try_element(r, "", reply, false);
		reply_free(reply);
	}
}

/* Is it in question at all? */
static bool is_wanted(struct subject *s, const struct key *k)
{
	const char *id;
	json_t *campaign;

	if (s->advertiser == NULL)
		return true;
	switch (k->kind) {
	case SUBJECT_QUEUE:
	case SUBJECT_HELD:
	case SUBJECT_LATER:
	case SUBJECT_REFUSED:
	case SUBJECT_INVALID:
	case SUBJECT_DONE:
		return subject_wants_campaign(s, k->name);
	case SUBJECT_CONSENT:
	case SUBJECT_ATTEMPTS:
	case SUBJECT_SLOT:
		return company_has(&s->company, k->name);
	case SUBJECT_SEEN:
		if (strncmp(k->key + strlen(s->ctl->conf.prefix), "campaign:", 9) == 0)
			return subject_wants_campaign(s, k->name);
		json_object_foreach(s->campaigns, id, campaign)
		{
			if (strcmp(json_string_value(json_object_get(campaign, "family")), k->name) == 0 &&
			    subject_wants_campaign(s, id))
				return true;
		}
		return false;
	case SUBJECT_RECALL:
	case SUBJECT_ERROR:
	case SUBJECT_OTHER:
		return false; /* nobody can tell whose they are */
	default:
		return true;
	}
}

static void read_key(struct reading *r)
{
	char pattern[PHONE_SIZE + 4];

	switch (r->k->kind) {
	case SUBJECT_QUEUE:
	case SUBJECT_HELD:
	case SUBJECT_READY:
		read_list(r);
		break;
	case SUBJECT_LATER:
		read_scan(r, "ZSCAN", "*", pair_member);
		break;
	case SUBJECT_LEASE:
	case SUBJECT_UNKNOWN:
		read_scan(r, "HSCAN", "*", pair_lease);
		break;
	case SUBJECT_PAST:
		read_scan(r, "HSCAN", "*", pair_past);
		break;
	case SUBJECT_OUT:
	case SUBJECT_DATED:
		read_fields(r, true);
		break;
	case SUBJECT_CONSENT:
		read_fields(r, false);
		break;
	case SUBJECT_LIST:
		read_opposition_list(r);
		break;
	case SUBJECT_SEEN:
		read_marks(r);
		break;
	case SUBJECT_ATTEMPTS:
		read_attempts(r);
		break;
	case SUBJECT_SLOT:
		snprintf(pattern, sizeof(pattern), "%s/*", r->s->phone.e164);
		read_scan(r, "SSCAN", pattern, pair_member);
		break;
	case SUBJECT_OTHER:
		read_other(r);
		break;
	default:
		read_stream(r);
	}
}

void subject_walk(struct subject *s, subject_take *take, void *arg)
{
	struct keys keys;

	json_array_clear(s->limits);
	find_keys(s, &keys);
	for (size_t i = 0; i < keys.count; i++) {
		struct reading r = { .s = s, .k = &keys.list[i], .take = take, .arg = arg };

		if (is_wanted(s, r.k))
			read_key(&r);
	}
	ctl_progress("", -1);
	for (size_t i = 0; i < keys.count; i++)
		free(keys.list[i].key);
	free(keys.list);
}
