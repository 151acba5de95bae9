/* tail_read.c - the tailer's reading; see tail_read.h. */
#include "daemon/proof/tail_read.h"

#include "core/text/fnv.h"
#include "daemon/base/errors.h"
#include "daemon/health/refusal.h"
#include "daemon/proof/given.h"
#include "daemon/proof/lines.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT_ONCE 256            /* entries of one reading, of all its streams together */
#define GATHER_MS 20           /* what a stream gets in that time is one reading: each costs Redis a call */
#define BACKLOG_MAX (8u << 20) /* bytes that the disk may be behind before less is read */
#define ROUND_MS 1000          /* a part of all streams is looked at so often, all of them within ROUNDS */
#define ROUNDS 50

/* --- which streams --------------------------------------------------------------------------- */

/* Where a key stands in the table of streams, or would: thousands are looked up at a start. */
static size_t slot_of(const struct tail *t, const char *key)
{
	size_t at = fnv_text(FNV_START, key) % t->slot_count;
	while (t->slots[at] != 0 && strcmp(t->streams[t->slots[at] - 1].key, key) != 0)
		at = (at + 1) % t->slot_count;
	return at;
}

static void grow_slots(struct tail *t)
{
	if (2 * (t->stream_count + 1) < t->slot_count)
		return;
	free(t->slots);
	t->slot_count = 4 * (t->stream_count + 64);
	t->slots = mem_zero(t->slot_count * sizeof(*t->slots));
	for (size_t i = 0; i < t->stream_count; i++)
		t->slots[slot_of(t, t->streams[i].key)] = i + 1;
}

static struct tail_stream *add_stream(struct tail *t, const char *key, const char *campaign,
                                      enum stream_kind kind)
{
	grow_slots(t);
	size_t slot = slot_of(t, key);
	t->streams = mem_grow(t->streams, &t->stream_capacity, t->stream_count, sizeof(*t->streams));
	struct tail_stream *s = &t->streams[t->stream_count++];
	t->slots[slot] = t->stream_count;
	*s = (struct tail_stream){ .key = mem_copy(key), .kind = kind };
	snprintf(s->campaign, sizeof(s->campaign), "%s", campaign);
	snprintf(s->at, sizeof(s->at), "%s", t->began);
	return s;
}

static struct tail_stream *find_stream(struct tail *t, const char *key)
{
	size_t at = t->slot_count > 0 ? t->slots[slot_of(t, key)] : 0;
	return at > 0 ? &t->streams[at - 1] : NULL;
}

static const struct {
	const char *part;
	enum stream_kind kind;
} parts[] = { { "done", STREAM_DONE }, { "refused", STREAM_REFUSED }, { "invalid", STREAM_INVALID } };

void tail_find_streams(struct daemon *d)
{
	struct tail *t = d->tail;
	char key[KEY_SIZE];
	if (t->stream_count == 0) {
		add_stream(t, key_global(d->conf.prefix, "oppositions", key), "", STREAM_OPPOSITIONS);
		add_stream(t, key_global(d->conf.prefix, "log:events", key), "", STREAM_EVENTS);
	}
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		if (run->log_streams != 0)
			continue;
		for (size_t k = 0; k < 3; k++) {
			key_campaign(d->conf.prefix, run->id, parts[k].part, key);
			struct tail_stream *s = find_stream(t, key);
			if (s == NULL)
				s = add_stream(t, key, run->id, parts[k].kind);
			/* The first of its three: they stand together, or are looked up. */
			if (k == 0)
				run->log_streams = (size_t)(s - t->streams) + 1;
			s->dirty_ms = clock_monotonic_ms();
		}
	}
}

/* The campaign and the part of "…campaign:<c>:<part>"; false: it is another key. */
static bool split_key(const struct daemon *d, const char *key, char campaign[ID_MAX + 1], size_t *ret_part)
{
	char head[KEY_SIZE];
	size_t len = strlen(key_global(d->conf.prefix, "campaign:", head));
	const char *colon = strncmp(key, head, len) == 0 ? strchr(key + len, ':') : NULL;
	if (colon == NULL || !id_is_valid(key + len, (size_t)(colon - key) - len))
		return false;
	snprintf(campaign, ID_MAX + 1, "%.*s", (int)((size_t)(colon - key) - len), key + len);
	for (size_t k = 0; k < 3; k++)
		if (strcmp(colon + 1, parts[k].part) == 0) {
			*ret_part = k;
			return true;
		}
	return false;
}

void tail_set_positions(struct daemon *d, const struct redis_reply *flat)
{
	struct tail *t = d->tail;
	int64_t now_ms = clock_monotonic_ms();
	t->generation++;
	tail_find_streams(d);
	for (size_t i = 0; i < t->stream_count; i++) {
		snprintf(t->streams[i].at, sizeof(t->streams[i].at), "%s", t->began);
		t->streams[i].told[0] = '\0';
		t->streams[i].dirty_ms = now_ms;
	}
	for (size_t i = 0; i + 1 < reply_count(flat); i += 2) {
		const char *key = reply_text(reply_at(flat, i), NULL),
			   *id = reply_text(reply_at(flat, i + 1), NULL);
		char campaign[ID_MAX + 1];
		size_t part;
		if (key == NULL || id == NULL || strlen(id) >= STREAM_ID_SIZE ||
		    id[strspn(id, "0123456789-")] != '\0')
			continue;
		struct tail_stream *s = find_stream(t, key);
		if (s == NULL && split_key(d, key, campaign, &part))
			s = add_stream(t, key, campaign, parts[part].kind);
		if (s == NULL)
			continue;
		snprintf(s->at, sizeof(s->at), "%s", id);
		snprintf(s->told, sizeof(s->told), "%s", id);
		s->dirty_ms = now_ms;
	}
}

void tail_streams_free(struct tail *t)
{
	for (size_t i = 0; i < t->stream_count; i++)
		free(t->streams[i].key);
	free(t->streams);
	free(t->slots);
}

/* --- what is new ---------------------------------------------------------------------------------- */

static void put_entry(const struct daemon *d, struct line *out, const struct tail_stream *s,
                      const struct redis_reply *entry)
{
	static const char *const kinds[] = { [STREAM_DONE] = "call",
		                             [STREAM_REFUSED] = "refusal",
		                             [STREAM_INVALID] = "refusal",
		                             [STREAM_EVENTS] = NULL,
		                             [STREAM_OPPOSITIONS] = NULL };
	const struct redis_reply *fields = reply_at(entry, 1);
	const struct lines_entry e = { .kind = kinds[s->kind],
		                       .stream = s->key,
		                       .id = reply_text(reply_at(entry, 0), NULL),
		                       .campaign = s->kind == STREAM_DONE ? s->campaign : NULL,
		                       .fields = fields };
	lines_entry(out, d, &e);
	const char *by = s->kind == STREAM_DONE ? reply_text(reply_field(fields, "by"), NULL) : NULL;
	if (by == NULL)
		return;
	/* A person said what became of it. */
	const struct line_field more[] = {
		line_text("by", by),
		line_text("campaign", s->campaign),
		line_text("detail", reply_text(reply_field(fields, "detail"), NULL)),
		line_text("job", reply_text(reply_field(fields, "id"), NULL)),
		line_text("outcome", reply_text(reply_field(fields, "outcome"), NULL)),
	};
	lines_add(out, d, "settle", more, 5);
}

/* Of one stream. Returns how many entries, and notes how far that is. */
static size_t put_entries(const struct daemon *d, struct line *out, struct tail_stream *s,
                          const struct redis_reply *entries)
{
	size_t n = reply_count(entries);
	for (size_t i = 0; i < n; i++) {
		const struct redis_reply *entry = reply_at(entries, i);
		const char *id = reply_text(reply_at(entry, 0), NULL);
		/* An entry of which nothing is left (XDEL) has no fields: it is passed by. */
		if (id == NULL || strlen(id) >= STREAM_ID_SIZE)
			continue;
		put_entry(d, out, s, entry);
		snprintf(s->at, sizeof(s->at), "%s", id);
	}
	return n;
}

/* Another type in the way of one of them: which, TYPE would tell; all are asked one by one then. */
static void tell_wrong_type(struct daemon *d)
{
	struct tail *t = d->tail;
	if (t->asked_count > 1) {
		t->read_most = 1;
		return;
	}
	errors_tell(d, t->streams[t->asked[0]].key, "expected a stream: the decision log cannot read it");
	/* It counts as late, and holds everything in the end: what it hides is not known. */
	if (t->streams[t->asked[0]].dirty_ms == 0)
		t->streams[t->asked[0]].dirty_ms = clock_monotonic_ms();
}

static void on_entries(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct tail *t = d->tail;
	size_t asked = t->asked_count, most = asked > 0 ? AT_ONCE / asked : AT_ONCE, marks = 0;
	t->asked_count = 0;
	if (reply_error_is(reply, "WRONGTYPE")) {
		t->asked_count = asked;
		tell_wrong_type(d);
		t->asked_count = 0;
		return;
	}
	/* Where the positions were read anew meanwhile, this is not what comes next. */
	if (refused(d, reply, "XREAD") || !t->positions_known || t->asked_generation != t->generation)
		return;
	struct line out = { 0 };
	struct tail_mark *list = mem_zero((asked + 1) * sizeof(*list));
	int64_t since_ms = t->read_ms;
	bool more = false;
	for (size_t i = 0, r = 0; i < asked; i++) {
		struct tail_stream *s = &t->streams[t->asked[i]];
		const struct redis_reply *one = reply_at(reply, r);
		const char *key = reply_text(reply_at(one, 0), NULL);
		size_t n = 0;
		if (key != NULL && strcmp(key, s->key) == 0) {
			n = put_entries(d, &out, s, reply_at(one, 1));
			r++;
		}
		if (s->dirty_ms != 0 && s->dirty_ms < since_ms && n > 0)
			since_ms = s->dirty_ms;
		s->full = n >= most;
		if (s->full)
			s->dirty_ms = s->dirty_ms != 0 ? s->dirty_ms : t->read_ms;
		else if (s->dirty_ms <= t->read_ms)
			s->dirty_ms = 0;
		more = more || s->full;
		if (n == 0)
			continue;
		list[marks].stream = t->asked[i];
		memcpy(list[marks++].id, s->at, STREAM_ID_SIZE);
	}
	if (marks > 0)
		given_put(t, &out, list, marks, since_ms);
	else
		free(list);
	line_done(&out);
	t->read_most = sizeof(t->asked) / sizeof(t->asked[0]);
	if (more)
		tail_read(d);
}

static void want(struct tail *t, size_t i)
{
	for (size_t k = 0; k < t->asked_count; k++)
		if (t->asked[k] == i)
			return;
	t->asked[t->asked_count++] = i;
}

/* What our own work has touched. */
static void note_touched(struct daemon *d)
{
	struct tail *t = d->tail;
	int64_t now_ms = clock_monotonic_ms();
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		if (!run->log_wanted || run->log_streams == 0)
			continue;
		run->log_wanted = false;
		for (size_t k = 0; k < 3 && run->log_streams - 1 + k < t->stream_count; k++) {
			struct tail_stream *s = &t->streams[run->log_streams - 1 + k];
			if (strcmp(s->campaign, run->id) == 0 && s->dirty_ms == 0)
				s->dirty_ms = now_ms;
		}
	}
}

static bool is_due(const struct tail_stream *s, int64_t now_ms)
{
	return s->dirty_ms != 0 && (s->full || now_ms - s->dirty_ms >= GATHER_MS);
}

/* Choose streams: those that were touched some time ago, the longest waiting first as they stand in a ring; and
 * each second a part of the others. */
static void choose(struct daemon *d)
{
	struct tail *t = d->tail;
	int64_t now_ms = clock_monotonic_ms();
	size_t most = t->read_most;
	if (now_ms - t->round_ms >= ROUND_MS) {
		t->round_ms = now_ms;
		want(t, 0);
		if (most > 1)
			want(t, 1);
		size_t share = t->stream_count / ROUNDS + 3;
		for (size_t i = 0; i < share && t->asked_count < most / 2 + 1; i++)
			want(t, t->next_round++ % t->stream_count);
	}
	for (size_t i = 0; i < t->stream_count && t->asked_count < most; i++) {
		size_t at = (t->next_round + i) % t->stream_count;
		if (is_due(&t->streams[at], now_ms))
			want(t, at);
	}
	if (most == 1)
		t->next_round++;
}

void tail_read(struct daemon *d)
{
	struct tail *t = d->tail;
	struct redis_args a;
	if (t->asked_count > 0 || !t->positions_known || writer_backlog(t->writer) > BACKLOG_MAX)
		return;
	if (t->read_most == 0)
		t->read_most = sizeof(t->asked) / sizeof(t->asked[0]);
	note_touched(d);
	choose(d);
	if (t->asked_count == 0)
		return;
	args_init(&a);
	args_add(&a, "XREAD");
	args_add(&a, "COUNT");
	args_add_int(&a, (int64_t)(AT_ONCE / t->asked_count));
	args_add(&a, "STREAMS");
	for (size_t i = 0; i < t->asked_count; i++)
		args_add(&a, t->streams[t->asked[i]].key);
	for (size_t i = 0; i < t->asked_count; i++)
		args_add(&a, t->streams[t->asked[i]].at);
	t->read_ms = clock_monotonic_ms();
	t->asked_generation = t->generation;
	if (!redis_link_call(d->link, &a, 0, on_entries, d))
		t->asked_count = 0;
	args_done(&a);
}
