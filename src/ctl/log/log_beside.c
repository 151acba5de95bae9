/* log_beside.c - the streams of Redis beside the decision logs; see log_beside.h. */
#include "ctl/log/log_beside.h"

#include "core/proof/leaf.h"
#include "core/proof/line.h"
#include "core/text/sha256.h"
#include "core/time/civil.h"
#include "ctl/log/log_walk.h"
#include "ctl/query/query.h"
#include "ctl/query/stream_pages.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORD_FIELDS 64 /* as licetd logs them */
#define FIELD_MAX 48

/* An entry that was logged: 40 bytes, so that ten million fit into what a laptop has. */
struct logged {
	uint64_t key;     /* of stream and id */
	uint64_t content; /* of the record */
	int64_t ms;       /* of the id */
	uint32_t stream, keep_days;
	uint64_t line : 54, seen : 1, unproven : 1, gone : 1, log : 4; /* gone: an entry says why */
};

/* A stream that is logged, or is there. */
struct stream {
	char *key;
	char last[FIELD_MAX];      /* the greatest id that was logged; "": none */
	char told[FIELD_MAX];      /* what Redis has of it as told; "": nothing */
	char last_here[FIELD_MAX]; /* the greatest id of the log that is being read */
	bool there, reported;
	enum { KIND_OTHER, KIND_DONE, KIND_REFUSED, KIND_INVALID, KIND_OPPOSITIONS, KIND_EVENTS } kind;
};

/* Entries behind from, to included, that an instance found logged by another when it took over. */
struct range {
	uint32_t stream;
	char from[FIELD_MAX], to[FIELD_MAX];
};

struct mac_seen {
	uint64_t mac, key;
};

struct comparison {
	struct beside *b;
	struct logged *list;
	size_t count, capacity;
	struct stream *streams;
	size_t stream_count, stream_capacity;
	struct mac_seen *macs;
	size_t mac_count, mac_capacity;
	struct range *ranges;
	size_t range_count, range_capacity;
	uint64_t *gone; /* keys of entries that an event says to have been taken away */
	size_t gone_count, gone_capacity;
	int keep_days[KIND_EVENTS + 1]; /* of the law that is in force where the walk is */
	bool by_age;                    /* lines left the logs, as they were kept long enough */
	size_t log;
	int64_t began_ms; /* the earliest beginning of a log */
	int64_t now_ms;
	uint32_t walking; /* the stream that is being read */
};

const char *beside_name(enum beside_what what)
{
	static const char *const names[] = { "removed", "changed", "invented", "not-at-hand", "damaged" };
	return names[what];
}

static void tell(struct comparison *c, enum beside_what what, const char *where, const char *id,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));
static void tell(struct comparison *c, enum beside_what what, const char *where, const char *id,
                 const char *format, ...)
{
	struct beside *b = c->b;
	va_list ap;
	b->counts[what]++;
	if (b->told == BESIDE_FAULTS_MAX)
		return;
	struct beside_fault *f = &b->faults[b->told++];
	f->what = what;
	snprintf(f->where, sizeof(f->where), "%s", where);
	snprintf(f->id, sizeof(f->id), "%s", id);
	va_start(ap, format);
	vsnprintf(f->why, sizeof(f->why), format, ap);
	va_end(ap);
}

/* --- small things ------------------------------------------------------------------------------- */

static uint64_t hash_of(const char *a, size_t a_len, const char *b, size_t b_len)
{
	crypto_hash_sha256_state s;
	unsigned char hash[crypto_hash_sha256_BYTES];
	uint64_t first;
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const unsigned char *)a, a_len);
	crypto_hash_sha256_update(&s, (const unsigned char *)"\n", 1);
	crypto_hash_sha256_update(&s, (const unsigned char *)b, b_len);
	crypto_hash_sha256_final(&s, hash);
	memcpy(&first, hash, sizeof(first));
	return first;
}

static uint64_t key_of_entry(const char *stream, const char *id)
{
	return hash_of(stream, strlen(stream), id, strlen(id));
}

/* Is one id of a stream before another? "": before all. */
static bool id_before(const char *a, const char *b)
{
	uint64_t a_ms = strtoull(a, NULL, 10), b_ms = strtoull(b, NULL, 10);
	const char *a_dash = strchr(a, '-'), *b_dash = strchr(b, '-');
	if (a_ms != b_ms || *a == '\0' || *b == '\0')
		return a_ms < b_ms || (*a == '\0' && *b != '\0');
	return (a_dash != NULL ? strtoull(a_dash + 1, NULL, 10) : 0) <
	       (b_dash != NULL ? strtoull(b_dash + 1, NULL, 10) : 0);
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);
	return len >= n && strcmp(text + len - n, end) == 0;
}

static uint32_t stream_at(struct comparison *c, const char *key)
{
	/* The last one, mostly. */
	if (c->walking < c->stream_count && strcmp(c->streams[c->walking].key, key) == 0)
		return c->walking;
	for (size_t i = 0; i < c->stream_count; i++)
		if (strcmp(c->streams[i].key, key) == 0)
			return c->walking = (uint32_t)i;
	c->streams = mem_grow(c->streams, &c->stream_capacity, c->stream_count, sizeof(*c->streams));
	struct stream *s = &c->streams[c->stream_count];
	*s = (struct stream){ .key = mem_copy(key) };
	s->kind = ends_in(key, ":done")         ? KIND_DONE
	          : ends_in(key, ":refused")    ? KIND_REFUSED
	          : ends_in(key, ":invalid")    ? KIND_INVALID
	          : ends_in(key, "oppositions") ? KIND_OPPOSITIONS
	          : ends_in(key, "log:events")  ? KIND_EVENTS
	                                        : KIND_OTHER;
	return c->walking = (uint32_t)c->stream_count++;
}

/* Is it asked for? */
static bool is_wanted(const struct comparison *c, const char *stream)
{
	char head[KEY_SIZE];
	if (c->b->campaign == NULL || ends_in(stream, "oppositions") || ends_in(stream, "log:events"))
		return true;
	key_campaign(c->b->ctl->conf.prefix, c->b->campaign, "", head);
	return strncmp(stream, head, strlen(head)) == 0;
}

/* --- the logs ---------------------------------------------------------------------------------------- */

static void read_law(struct comparison *c, const char *line, size_t len)
{
	size_t n;
	const char *keep = line_find(line, len, "keep", &n);
	if (keep == NULL)
		return;
	c->keep_days[KIND_DONE] = (int)line_number(keep, n, "done_days", 0);
	c->keep_days[KIND_REFUSED] = (int)line_number(keep, n, "refused_days", 0);
	c->keep_days[KIND_INVALID] = (int)line_number(keep, n, "invalid_days", 0);
}

/* Where this instance begins or goes on: what stands between the greatest id that logs have, and its position, was
 * written by another. */
static void read_positions(struct comparison *c, const char *line, size_t len)
{
	size_t n;
	char began[32], key[KEY_SIZE], id[FIELD_MAX];
	const char *at = line_find(line, len, "positions", &n), *end = at != NULL ? at + n : NULL;
	if (line_text_of(line, len, "began", began, sizeof(began)) > 0) {
		int64_t ms = strtoll(began, NULL, 10);
		if (c->began_ms == TIME_NONE || ms < c->began_ms)
			c->began_ms = ms;
	}
	/* Keys of our own streams need no escapes. */
	while (at != NULL && at + 1 < end && sscanf(at + 1, "\"%1000[^\"]\":\"%40[0-9-]\"", key, id) == 2) {
		struct stream *s = &c->streams[stream_at(c, key)];
		if (id_before(s->last_here, id)) {
			c->ranges =
			    mem_grow(c->ranges, &c->range_capacity, c->range_count, sizeof(*c->ranges));
			struct range *r = &c->ranges[c->range_count++];
			r->stream = c->walking;
			snprintf(r->from, sizeof(r->from), "%s", s->last_here);
			snprintf(r->to, sizeof(r->to), "%s", id);
			snprintf(s->last_here, sizeof(s->last_here), "%s", id);
		}
		at = memchr(at + 1 + strlen(key) + 2, ',',
		            (size_t)(end - at - 1 - (ptrdiff_t)strlen(key) - 2));
	}
}

/* Entries that were taken off a stream, by their ids with a blank between. */
static void add_gone(struct comparison *c, const char *record, size_t len)
{
	char stream[KEY_SIZE] = "", *ids = mem_alloc(len + 1), *at = ids;
	if (line_text_of(record, len, "stream", stream, sizeof(stream)) < 1 ||
	    line_text_of(record, len, "entries", ids, len + 1) < 1)
		*ids = '\0';
	for (char *id; (id = strsep(&at, " ")) != NULL;) {
		c->gone = mem_grow(c->gone, &c->gone_capacity, c->gone_count, sizeof(*c->gone));
		c->gone[c->gone_count++] = key_of_entry(stream, id);
	}
	free(ids);
}

/* Each code is one call's: a second one with it is a copy. */
static void add_mac(struct comparison *c, const char *record, size_t len, uint64_t key)
{
	char mac[40];
	if (line_text_of(record, len, "mac", mac, sizeof(mac)) < 1)
		return;
	c->macs = mem_grow(c->macs, &c->mac_capacity, c->mac_count, sizeof(*c->macs));
	c->macs[c->mac_count++] = (struct mac_seen){ hash_of(mac, strlen(mac), "", 0), key };
}

static void add_entry(struct comparison *c, uint64_t index, const char *kind, const char *line, size_t len)
{
	char stream[KEY_SIZE], id[FIELD_MAX];
	size_t n;
	const char *record = line_find(line, len, "record", &n);
	if (record == NULL || line_text_of(line, len, "stream", stream, sizeof(stream)) < 1 ||
	    line_text_of(line, len, "id", id, sizeof(id)) < 1 || !is_wanted(c, stream))
		return;
	uint32_t at = stream_at(c, stream);
	struct stream *s = &c->streams[at];
	uint64_t key = key_of_entry(stream, id);
	if (s->kind == KIND_EVENTS) {
		add_gone(c, record, n);
		return;
	}
	if (id_before(s->last, id))
		snprintf(s->last, sizeof(s->last), "%s", id);
	if (id_before(s->last_here, id))
		snprintf(s->last_here, sizeof(s->last_here), "%s", id);
	if (s->kind == KIND_DONE && strcmp(kind, "call") == 0)
		add_mac(c, record, n, key);
	c->list = mem_grow(c->list, &c->capacity, c->count, sizeof(*c->list));
	c->list[c->count++] = (struct logged){ .key = key,
		                               .content = hash_of(record, n, "", 0),
		                               .ms = strtoll(id, NULL, 10),
		                               .stream = at,
		                               .keep_days = (uint32_t)c->keep_days[s->kind],
		                               .line = index,
		                               .unproven = strcmp(kind, "unproven") == 0,
		                               .log = c->log };
}

static void on_line(void *arg, uint64_t index, const char *line, size_t len, bool erased)
{
	struct comparison *c = arg;
	char kind[24];
	if (erased || line_text_of(line, len, "kind", kind, sizeof(kind)) < 1)
		return;
	if (strcmp(kind, "law") == 0)
		read_law(c, line, len);
	else if (strcmp(kind, "daemon") == 0)
		read_positions(c, line, len);
	else
		add_entry(c, index, kind, line, len);
}

static bool read_log(struct comparison *c, size_t i, char *err, size_t err_size)
{
	struct log_walk *w = mem_zero(sizeof(*w));
	struct merkle_hash root;
	char hex[2 * MERKLE_HASH + 1];
	w->dir = c->b->dirs[i];
	w->quiet = c->b->quiet;
	w->on_line = on_line;
	w->arg = c;
	c->log = i;
	for (size_t k = 0; k < c->stream_count; k++)
		c->streams[k].last_here[0] = '\0';
	bool read = log_walk(w, NULL, 0, err, err_size);
	for (size_t k = 0; read && k < w->fault_count; k++)
		tell(c, BESIDE_DAMAGED, w->dir, "", "%s", k < WALK_FAULTS_MAX ? w->faults[k] : "and more");
	if (read && strcmp(w->prefix, c->b->ctl->conf.prefix) != 0 && w->fault_count == 0) {
		snprintf(err, err_size,
		         error_pick("%s is the log of the keys %s*, not of %s*",
		                    "%s est le journal des clés %s*, et non de %s*"),
		         w->dir, w->prefix, c->b->ctl->conf.prefix);
		read = false;
	}
	if (read) {
		tile_edge_root(&w->edge, &root);
		snprintf(c->b->checkpoints[i], sizeof(c->b->checkpoints[i]), "%s %" PRIu64 " %s",
		         w->key_count > 0 ? w->keys[w->key_used].name : "", w->edge.size,
		         leaf_hex(&root, hex));
	}
	/* Of which campaign they were, nobody can tell any more. */
	if (c->b->campaign == NULL) {
		c->b->retired += (int64_t)w->erased_by_age;
		c->b->erased += (int64_t)(w->erased - w->erased_by_age);
	}
	c->by_age = c->by_age || w->erased_by_age > 0;
	log_walk_done(w);
	free(w);
	return read;
}

static int by_key(const void *a, const void *b)
{
	const struct logged *x = a, *y = b;
	return x->key < y->key ? -1 : x->key > y->key ? 1 : x->line < y->line ? -1 : x->line > y->line;
}

static int by_mac(const void *a, const void *b)
{
	const struct mac_seen *x = a, *y = b;
	return x->mac < y->mac ? -1 : x->mac > y->mac ? 1 : x->key < y->key ? -1 : x->key > y->key;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

/* The first line of an entry: one that was logged again after a crash is a repeat. */
static struct logged *find(const struct comparison *c, uint64_t key)
{
	size_t low = 0, high = c->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (c->list[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low < c->count && c->list[low].key == key ? &c->list[low] : NULL;
}

/* --- the streams ---------------------------------------------------------------------------------------- */

/* The record of an entry as licetd logs it. */
static uint64_t content_of(const struct redis_reply *fields)
{
	struct line record = { 0 };
	struct line_field list[RECORD_FIELDS + 1];
	size_t n = reply_count(fields) / 2, count = 0;
	for (size_t i = 0; i < n && i < RECORD_FIELDS; i++) {
		size_t name_len, len;
		const char *name = reply_text(reply_at(fields, 2 * i), &name_len),
			   *text = reply_text(reply_at(fields, 2 * i + 1), &len);
		if (name == NULL || name_len == 0 || text == NULL)
			continue;
		list[count] = line_bytes(name, text, len);
		list[count++].name_len = name_len;
	}
	if (n > RECORD_FIELDS)
		list[count++] = line_int("fields", (int64_t)n);
	line_object(&record, list, count);
	uint64_t hash = hash_of(record.bytes, record.len, "", 0);
	line_done(&record);
	return hash;
}

static bool is_elsewhere(const struct comparison *c, const struct stream *s, const char *id)
{
	for (size_t i = 0; i < c->range_count; i++)
		if (&c->streams[c->ranges[i].stream] == s && id_before(c->ranges[i].from, id) &&
		    !id_before(c->ranges[i].to, id))
			return true;
	return false;
}

/* It is in Redis, and in none of the logs. */
static void judge_unlogged(struct comparison *c, struct stream *s, const char *id)
{
	int64_t ms = strtoll(id, NULL, 10), late_ms = c->now_ms - c->b->ctl->conf.log_lag_s * INT64_C(1000);
	if (c->began_ms != TIME_NONE && ms <= c->began_ms)
		c->b->older++;
	else if (c->by_age && c->keep_days[s->kind] > 0 && ms < c->now_ms - c->keep_days[s->kind] * DAY_MS)
		c->b->retired++; /* its line went before it did: an archive may still wait for it */
	else if (id_before(s->last, id) && id_before(s->told, id) && ms > late_ms)
		c->b->waiting++;
	else if (is_elsewhere(c, s, id))
		tell(c, BESIDE_ELSEWHERE, s->key, id, "an instance whose log is not at hand wrote it");
	else
		tell(c, BESIDE_INVENTED, s->key, id, "it was never logged");
}

static bool take_entry(void *arg, const struct redis_reply *entry)
{
	struct comparison *c = arg;
	struct stream *s = &c->streams[c->walking];
	const char *id = reply_text(reply_at(entry, 0), NULL);
	uint64_t key = key_of_entry(s->key, id);
	struct logged *l = find(c, key);
	if (l == NULL) {
		judge_unlogged(c, s, id);
		return true;
	}
	if (l->content != content_of(reply_at(entry, 1)))
		tell(c, BESIDE_CHANGED, s->key, id, "line %" PRIu64 " has it as it was", (uint64_t)l->line);
	else
		c->b->same++;
	for (; l < c->list + c->count && l->key == key; l++)
		l->seen = 1;
	return true;
}

static bool read_stream(struct comparison *c, uint32_t at, char *err, size_t err_size)
{
	if (c->streams[at].kind == KIND_EVENTS || c->streams[at].kind == KIND_OTHER)
		return true;
	c->walking = at;
	return stream_walk(c->b->ctl, c->streams[at].key, "-", take_entry, c, err, err_size) >= 0;
}

static void find_streams(struct comparison *c)
{
	static const char *const parts[] = { "done", "refused", "invalid" };
	const char *prefix = ctl_conf(c->b->ctl)->prefix;
	char key[KEY_SIZE];
	struct names ids = { 0 };
	if (c->b->campaign != NULL)
		names_add(&ids, c->b->campaign, strlen(c->b->campaign));
	else
		names_read(c->b->ctl, key_global(prefix, "campaigns", key), &ids);
	for (size_t i = 0; i < ids.count; i++)
		for (size_t k = 0; k < 3; k++)
			stream_at(c, key_campaign(prefix, ids.list[i], parts[k], key));
	stream_at(c, key_global(prefix, "oppositions", key));
	names_done(&ids);
	struct redis_reply *told = ask_words(c->b->ctl, "HGETALL", key_global(prefix, "log:positions", key));
	for (size_t i = 0; i + 1 < reply_count(told); i += 2) {
		const char *name = reply_text(reply_at(told, i), NULL),
			   *id = reply_text(reply_at(told, i + 1), NULL);
		if (is_wanted(c, name))
			snprintf(c->streams[stream_at(c, name)].told, FIELD_MAX, "%s", id);
	}
	reply_free(told);
}

/* --- what is missing ----------------------------------------------------------------------------------- */

static bool was_taken_away(const struct comparison *c, uint64_t key)
{
	return c->gone_count > 0 && bsearch(&key, c->gone, c->gone_count, sizeof(key), by_number) != NULL;
}

static void judge_logged(struct comparison *c)
{
	for (size_t i = 0; i < c->count; i++) {
		const struct logged *l = &c->list[i];
		const struct stream *s = &c->streams[l->stream];
		char id[FIELD_MAX];
		if (i > 0 && c->list[i - 1].key == l->key)
			continue;
		c->b->logged++;
		snprintf(id, sizeof(id), "%" PRId64 "-…", l->ms);
		if (l->unproven)
			tell(c, BESIDE_INVENTED, s->key, id,
			     "line %" PRIu64 ": licetd did not release that call", (uint64_t)l->line);
		if (l->seen)
			continue;
		if (l->keep_days > 0 && l->ms < c->now_ms - l->keep_days * DAY_MS)
			c->b->retired++;
		else if (was_taken_away(c, l->key))
			c->b->erased++;
		else
			tell(c, BESIDE_REMOVED, s->key, id, "line %" PRIu64 " has it", (uint64_t)l->line);
	}
	for (size_t i = 1; i < c->mac_count; i++)
		if (c->macs[i].mac == c->macs[i - 1].mac && c->macs[i].key != c->macs[i - 1].key) {
			const struct logged *l = find(c, c->macs[i].key),
					    *first = find(c, c->macs[i - 1].key);
			const struct logged *copy = l->line > first->line ? l : first;
			char id[FIELD_MAX];
			snprintf(id, sizeof(id), "%" PRId64 "-…", copy->ms);
			tell(c, BESIDE_INVENTED, c->streams[copy->stream].key, id,
			     "line %" PRIu64 ": a copy of the call of another line", (uint64_t)copy->line);
		}
}

static void done(struct comparison *c)
{
	for (size_t i = 0; i < c->stream_count; i++)
		free(c->streams[i].key);
	free(c->streams);
	free(c->list);
	free(c->macs);
	free(c->gone);
	free(c->ranges);
}

int64_t beside_compare(struct beside *b, char *err, size_t err_size)
{
	struct comparison c = { .b = b, .began_ms = TIME_NONE };
	bool good = true;
	int64_t faults = 0;
	ctl_conf(b->ctl);
	/* Redis first, to know what may be newer than the logs. */
	c.now_ms = ctl_now_ms(b->ctl);
	find_streams(&c);
	for (size_t i = 0; good && i < b->dir_count; i++)
		good = read_log(&c, i, err, err_size);
	if (c.count > 0)
		qsort(c.list, c.count, sizeof(*c.list), by_key);
	if (c.mac_count > 0)
		qsort(c.macs, c.mac_count, sizeof(*c.macs), by_mac);
	if (c.gone_count > 0)
		qsort(c.gone, c.gone_count, sizeof(*c.gone), by_number);
	for (uint32_t i = 0; good && i < c.stream_count; i++)
		if (is_wanted(&c, c.streams[i].key))
			good = read_stream(&c, i, err, err_size);
	if (good)
		judge_logged(&c);
	for (size_t i = 0; i < BESIDE_KINDS; i++)
		faults += b->counts[i];
	done(&c);
	if (!b->quiet)
		ctl_progress("", -1);
	return good ? faults : -1;
}

size_t beside_configured(struct ctl *ctl, const char *dirs[BESIDE_LOGS_MAX])
{
	const struct conf *conf = ctl_conf(ctl);
	bool several = ctl_names_spaces(ctl);
	size_t count = 0;
	if (*conf->log_dir != '\0' && (!several || access(conf->log_dir, F_OK) == 0))
		dirs[count++] = conf->log_dir;
	for (size_t i = 0; i < conf->log_peers.count && count < BESIDE_LOGS_MAX; i++)
		if (!several || access(conf->log_peers.words[i], F_OK) == 0)
			dirs[count++] = conf->log_peers.words[i];
	if (count == 0 && *conf->log_dir != '\0')
		dirs[count++] = conf->log_dir;
	return count;
}
