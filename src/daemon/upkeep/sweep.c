/* sweep.c - slow rounds over what nobody asks for: queues that no campaign owns, streams
 * that were kept long enough, routes of campaigns that are gone. A few commands a second
 * at the most. */
#include "daemon/upkeep/sweep.h"

#include "daemon/base/errors.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/model/lists.h"
#include "daemon/model/routes.h"
#include "daemon/model/runs.h"
#include "daemon/upkeep/list_members.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCAN_COUNT "200"
#define TRIM_EVERY_MS INT64_C(3600000)
#define TRIMS_SPREAD_S 1800 /* all campaigns within half an hour: few a second */
#define RECALL_DAYS 2

/* Where each round is. Times of trims are wall-clock, as what they compare with. */
#define STRAYS_NAMED 3
#define STRAYS_WAIT_MS 10000

struct sweep {
	char scan_cursor[32]; /* of the slow search for campaigns that nobody listed */
	struct stray {
		size_t count;
		char keys[STRAYS_NAMED][KEY_SIZE];
		int64_t first_ms; /* monotonic: when the first of these was found */
		int64_t told_ms;  /* monotonic: when many were told of last */
	} queues, lists;          /* found in this round of it */
	bool lists_over;          /* the round is: lists are to be told */
	bool trim_unlisted;       /* this round of it trims what such campaigns left */
	int64_t unlisted_trimmed_ms, recalls_trimmed_ms;
	char pruning[ID_MAX + 1], prune_cursor[32]; /* whose attempts are looked through; "": nobody's */
	int64_t pruned;
};

void sweep_open(struct daemon *d)
{
	d->sweep = mem_zero(sizeof(*d->sweep));
}

void sweep_close(struct daemon *d)
{
	free(d->sweep);
	d->sweep = NULL;
}

/* --- retention ------------------------------------------------------------------------- */

static const char *const streams[] = { "refused", "invalid", "done" };

static int keep_days(const struct daemon *d, size_t stream)
{
	const int days[] = { d->conf.keep_refused_days, d->conf.keep_invalid_days, d->conf.keep_done_days };
	return days[stream];
}

struct trimming {
	struct daemon *d;
	char campaign[ID_MAX + 1];
	size_t stream;
};

/* Said once, and once more when it is over; of a campaign that is not listed at each round. */
static void note_archive(struct trimming *t, const char *key, const char *waits)
{
	struct run *run = run_find(t->d, t->campaign);
	unsigned bit = 1u << t->stream, late = run != NULL ? run->archive_late : 0;
	char text[160];
	if (*waits == '\0' && (late & bit) != 0)
		say_info(t->d, "archive-caught-up", "stream=%s", key);
	if (*waits != '\0' && (late & bit) == 0) {
		snprintf(
		    text, sizeof(text),
		    "archiving lags: kept over its time from %.40s on, which the group archive did not acknowledge",
		    waits);
		errors_tell(t->d, key, text);
	}
	if (run != NULL)
		run->archive_late = *waits != '\0' ? late | bit : late & ~bit;
}

static void on_trim(void *arg, const struct redis_reply *reply)
{
	struct trimming *t = arg;
	struct run *run = run_find(t->d, t->campaign);
	char key[KEY_SIZE];
	size_t len;
	const char *waits = reply_is_array(reply) ? reply_text(reply_at(reply, 2), &len) : NULL;
	key_campaign(t->d->conf.prefix, t->campaign, streams[t->stream], key);
	if (reply_error_is(reply, "WRONGTYPE"))
		errors_tell(t->d, key, "expected a stream");
	else
		refused(t->d, reply, "licet_trim");
	if (waits != NULL)
		note_archive(t, key, waits);
	if (reply_int(reply_at(reply, 1), 0) == 1) /* there is more */
		*(run != NULL ? &run->trimmed_ms : &t->d->sweep->unlisted_trimmed_ms) = 0;
	free(t);
}

static void trim(struct daemon *d, const char *campaign, size_t stream)
{
	char key[KEY_SIZE];
	struct redis_args a;
	int days = keep_days(d, stream);
	if (days <= 0)
		return;
	struct trimming *t = mem_zero(sizeof(*t));
	t->d = d;
	t->stream = stream;
	snprintf(t->campaign, sizeof(t->campaign), "%s", campaign);
	args_fcall(&a, "licet_trim", key_campaign(d->conf.prefix, campaign, streams[stream], key));
	args_add_int(&a, turn_now(d) - days * DAY_MS);
	if (!redis_link_call(d->link, &a, 0, on_trim, t))
		free(t);
	args_done(&a);
}

/* Is it time again? A clock that was set back must not put it off. */
static bool is_due(int64_t last_ms, int64_t now_ms)
{
	return last_ms == 0 || now_ms - last_ms >= TRIM_EVERY_MS || now_ms < last_ms;
}

static void trim_some(struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	size_t done = 0, most = 1 + d->run_count / TRIMS_SPREAD_S;
	for (size_t i = 0; i < d->run_count && done < most; i++) {
		struct run *run = d->runs[i];
		if (!is_due(run->trimmed_ms, now_ms))
			continue;
		run->trimmed_ms = now_ms;
		for (size_t k = 0; k < sizeof(streams) / sizeof(streams[0]); k++)
			trim(d, run->id, k);
		done++;
	}
}

/* Numbers that were opposed after they were taken: nobody asks for them when the longest lease
 * is over. */
static void trim_recalls(struct daemon *d)
{
	char key[KEY_SIZE];
	int64_t now_ms = turn_now(d);
	struct redis_args a;
	if (!is_due(d->sweep->recalls_trimmed_ms, now_ms))
		return;
	d->sweep->recalls_trimmed_ms = now_ms;
	for (size_t i = 0; i < d->route_count; i++) {
		args_init(&a);
		args_add(&a, "XTRIM");
		args_add(&a, key_of(d->conf.prefix, "recall", d->routes[i]->id, key));
		args_add(&a, "MINID");
		args_add_int(&a, now_ms - RECALL_DAYS * DAY_MS);
		redis_link_call(d->link, &a, 0, NULL, NULL);
		args_done(&a);
	}
}

/* --- what nobody listed ---------------------------------------------------------------- */

/* Few are told by name, many in one line. */
static void note_stray(struct stray *s, const char *key)
{
	if (s->count == 0)
		s->first_ms = clock_monotonic_ms();
	if (s->count < STRAYS_NAMED)
		snprintf(s->keys[s->count], sizeof(s->keys[0]), "%s", key);
	s->count++;
}

/* When a round of the search is over, or takes long. */
static void tell_strays(struct daemon *d, struct stray *s, bool over, const char *one, const char *many)
{
	char text[160];
	int64_t now_ms = clock_monotonic_ms();
	bool again = s->told_ms == 0 || now_ms - s->told_ms >= 60000;
	if (s->count == 0 || (!over && (now_ms - s->first_ms < STRAYS_WAIT_MS || !again)))
		return;
	if (s->count > STRAYS_NAMED && again) {
		snprintf(text, sizeof(text), "this and %zu more: %s", s->count - 1, many);
		errors_tell(d, s->keys[0], text);
		s->told_ms = now_ms;
	}
	for (size_t i = 0; i < s->count && s->count <= STRAYS_NAMED; i++)
		errors_tell(d, s->keys[i], one);
	s->count = 0;
}

/* A key of a campaign that is not in the set. Its queue is an error; what it left is kept as
 * long as that of any other. */
static void on_unlisted(struct daemon *d, const char *key, const char *id, const char *part)
{
	char campaign[ID_MAX + 1];
	size_t len = (size_t)(part - 1 - id);
	if (!id_is_valid(id, len))
		return;
	snprintf(campaign, sizeof(campaign), "%.*s", (int)len, id);
	if (run_find(d, campaign) != NULL)
		return;
	if (strcmp(part, "queue") == 0)
		note_stray(&d->sweep->queues, key);
	for (size_t k = 0; k < sizeof(streams) / sizeof(streams[0]) && d->sweep->trim_unlisted; k++)
		if (strcmp(part, streams[k]) == 0)
			trim(d, campaign, k);
}

/* An opposition list whose advertiser nobody declared protects nobody. */
static void tell_lists(struct daemon *d)
{
	tell_strays(d, &d->sweep->lists, d->sweep->lists_over,
	            "a list of an advertiser that was never declared: it protects nobody",
	            "lists of advertisers that were never declared: they protect nobody");
	d->sweep->lists_over = false;
}

static void on_strays(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	char key[KEY_SIZE], list[ID_MAX + 16];
	if (refused(d, reply, "licet_strays"))
		return;
	for (size_t i = 0; i < reply_count(reply); i++) {
		snprintf(list, sizeof(list), "opposition:%s", reply_text(reply_at(reply, i), NULL));
		note_stray(&d->sweep->lists, key_of(d->conf.prefix, "list", list, key));
	}
}

/* Of the keys that were scanned, the opposition lists that no campaign asks. */
static void find_strays(struct daemon *d, const struct redis_reply *keys)
{
	char head[KEY_SIZE], key[KEY_SIZE];
	struct redis_args a;
	size_t len, head_len = strlen(key_of(d->conf.prefix, "list", "opposition:", head));
	args_fcall_ro(&a, "licet_strays", key_global(d->conf.prefix, "campaigns", key));
	size_t none = a.count;
	for (size_t i = 0; i < reply_count(keys); i++) {
		const char *name = reply_text(reply_at(keys, i), &len);
		if (len > head_len && strncmp(name, head, head_len) == 0 &&
		    id_is_valid(name + head_len, len - head_len) &&
		    list_find(d, name + head_len - strlen("opposition:")) == NULL)
			args_addf(&a, "%s", name + head_len);
	}
	if (a.count > none)
		redis_link_call(d->link, &a, 0, on_strays, d);
	args_done(&a);
}

static void on_scan(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	char head[KEY_SIZE];
	size_t len;
	if (refused(d, reply, "SCAN"))
		return;
	const char *cursor = reply_text(reply_at(reply, 0), &len);
	snprintf(d->sweep->scan_cursor, sizeof(d->sweep->scan_cursor), "%s", cursor != NULL ? cursor : "0");
	bool over = strcmp(d->sweep->scan_cursor, "0") == 0;
	size_t head_len = strlen(key_global(d->conf.prefix, "campaign:", head));
	const struct redis_reply *keys = reply_at(reply, 1);
	for (size_t i = 0; i < reply_count(keys); i++) {
		const char *key = reply_text(reply_at(keys, i), &len);
		bool of_campaign = len > head_len && strncmp(key, head, head_len) == 0;
		const char *colon = of_campaign ? strchr(key + head_len, ':') : NULL;
		if (colon != NULL)
			on_unlisted(d, key, key + head_len, colon + 1);
	}
	find_strays(d, keys);
	tell_strays(d, &d->sweep->queues, over,
	            "a queue of a campaign that is not in campaigns: SADD its id there",
	            "queues of campaigns that are not in campaigns: SADD their ids there");
	d->sweep->lists_over = over;
}

static void scan_campaigns(struct daemon *d)
{
	char pattern[KEY_SIZE];
	int64_t now_ms = turn_now(d);
	struct redis_args a;
	if (d->sweep->scan_cursor[0] == '\0' || strcmp(d->sweep->scan_cursor, "0") == 0) {
		d->sweep->trim_unlisted = is_due(d->sweep->unlisted_trimmed_ms, now_ms);
		if (d->sweep->trim_unlisted)
			d->sweep->unlisted_trimmed_ms = now_ms;
	}
	tell_lists(d); /* the answers about those of the last page have come by now */
	args_init(&a);
	args_add(&a, "SCAN");
	args_add(&a, d->sweep->scan_cursor[0] != '\0' ? d->sweep->scan_cursor : "0");
	args_add(&a, "MATCH");
	args_add(&a, key_global(d->conf.prefix, "[cl]*", pattern)); /* campaign:…, list:… */
	args_add(&a, "COUNT");
	args_add(&a, SCAN_COUNT);
	redis_link_call(d->link, &a, 0, on_scan, d);
	args_done(&a);
}

/* --- attempts --------------------------------------------------------------------------- */

#define PRUNE_EVERY_MS INT64_C(86400000)
#define PRUNE_BUCKETS 100

/* Once a day through the buckets of each advertiser, a hundred a second. */
static void on_prune(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	size_t len;
	refused(d, reply, "licet_prune");
	const char *cursor = reply_is_array(reply) ? reply_text(reply_at(reply, 0), &len) : NULL;
	snprintf(d->sweep->prune_cursor, sizeof(d->sweep->prune_cursor), "%s", cursor != NULL ? cursor : "0");
	d->sweep->pruned += reply_is_array(reply) ? reply_int(reply_at(reply, 2), 0) : 0;
	if (strcmp(d->sweep->prune_cursor, "0") != 0)
		return;
	if (d->sweep->pruned > 0)
		say_info(d, "attempts-pruned", "advertiser=%s records=%" PRId64, d->sweep->pruning,
		         d->sweep->pruned);
	d->sweep->pruning[0] = '\0';
}

/* The next advertiser whose turn it is: a campaign's, so that none is asked for in vain. */
static void prune_choose(struct daemon *d)
{
	int64_t now_ms = clock_monotonic_ms();
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		if (!run->history_exists || (run->pruned_ms != 0 && now_ms - run->pruned_ms < PRUNE_EVERY_MS))
			continue;
		for (size_t k = 0; k < d->run_count; k++)
			if (strcmp(d->runs[k]->sit.c.advertiser, run->sit.c.advertiser) == 0)
				d->runs[k]->pruned_ms = now_ms;
		snprintf(d->sweep->pruning, sizeof(d->sweep->pruning), "%s", run->sit.c.advertiser);
		strcpy(d->sweep->prune_cursor, "0");
		d->sweep->pruned = 0;
		return;
	}
}

/* What counts in any regime or for any advertiser, and a day for the zones; an erased person keeps 31 days. */
static int kept_days(const struct daemon *d)
{
	int days = 31;
	for (size_t i = 0; i < d->rb->regime_count; i++)
		days = d->rb->regimes[i].cap.days > days ? d->rb->regimes[i].cap.days : days;
	for (size_t i = 0; i < d->run_count; i++)
		days = d->runs[i]->sit.c.gap_days > days ? d->runs[i]->sit.c.gap_days : days;
	return days + 1;
}

static void prune_some(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	if (d->sweep->pruning[0] == '\0')
		prune_choose(d);
	if (d->sweep->pruning[0] == '\0')
		return;
	args_fcall(&a, "licet_prune", key_of(d->conf.prefix, "attempts", d->sweep->pruning, key));
	args_add(&a, d->sweep->prune_cursor);
	args_add_int(&a, turn_now(d) / DAY_MS);
	args_add_int(&a, PRUNE_BUCKETS);
	args_add_int(&a, kept_days(d));
	redis_link_call(d->link, &a, 0, on_prune, d);
	args_done(&a);
}

/* --- routes ------------------------------------------------------------------------------ */

static void on_routes(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	if (reply_error_is(reply, "WRONGTYPE"))
		errors_tell(d, "routes", "expected a set of route ids");
	else if (refused(d, reply, "SMEMBERS"))
		return;
	for (size_t i = 0; i < reply_count(reply); i++) {
		size_t len;
		const char *id = reply_text(reply_at(reply, i), &len);
		if (id_is_valid(id, len))
			route_add(d, id);
	}
}

void sweep_routes(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	args_add(&a, "SMEMBERS");
	args_add(&a, key_global(d->conf.prefix, "routes", key));
	redis_link_call(d->link, &a, 0, on_routes, d);
	args_done(&a);
}

void sweep_turn(struct daemon *d)
{
	if (!d->catalog_known || !health_good(d) || d->draining)
		return;
	scan_campaigns(d);
	lists_turn(d);
	trim_some(d);
	trim_recalls(d);
	prune_some(d);
}
