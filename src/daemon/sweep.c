/* sweep.c - slow rounds over what nobody asks for: queues that no campaign owns, streams
 * that were kept long enough, routes of campaigns that are gone. A few commands a second
 * at the most. */
#include "daemon/daemon.h"
#include "io/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SCAN_COUNT "200"
#define TRIM_EVERY_MS INT64_C(3600000)
#define TRIMS_PER_TURN 3 /* campaigns; three streams each */

static void on_ignored(void *arg, const struct redis_reply *reply)
{
	(void)arg;
	(void)reply;
}

/* --- queues that nobody listed -------------------------------------------------------- */

static bool is_listed(const struct daemon *d, const char *id, size_t len)
{
	for (size_t i = 0; i < d->run_count; i++)
		if (strlen(d->runs[i]->id) == len && memcmp(d->runs[i]->id, id, len) == 0)
			return true;
	return false;
}

static void on_scan(void *arg, const struct redis_reply *reply)
{
	static const char tail[] = ":queue";
	struct daemon *d = arg;
	char head[KEY_SIZE];
	size_t len;
	if (reply == NULL || reply_is_error(reply))
		return;
	const char *cursor = reply_text(reply_at(reply, 0), &len);
	snprintf(d->scan_cursor, sizeof(d->scan_cursor), "%s", cursor != NULL ? cursor : "0");
	size_t head_len = strlen(key_global(d->conf.prefix, "campaign:", head));
	const struct redis_reply *keys = reply_at(reply, 1);
	for (size_t i = 0; i < reply_count(keys); i++) {
		const char *key = reply_text(reply_at(keys, i), &len);
		if (len < head_len + sizeof(tail) ||
		    is_listed(d, key + head_len, len - head_len - (sizeof(tail) - 1)))
			continue;
		state_error(d, key, "a queue of a campaign that is not in campaigns: SADD its id there");
	}
}

static void scan_queues(struct daemon *d)
{
	char pattern[KEY_SIZE];
	struct redis_args a;
	args_init(&a);
	args_add(&a, "SCAN");
	args_add(&a, d->scan_cursor[0] != '\0' ? d->scan_cursor : "0");
	args_add(&a, "MATCH");
	args_add(&a, key_campaign(d->conf.prefix, "*", "queue", pattern));
	args_add(&a, "COUNT");
	args_add(&a, SCAN_COUNT);
	redis_link_call(d->link, &a, 0, on_scan, d);
	args_done(&a);
}

/* --- retention ------------------------------------------------------------------------- */

static void trim(struct daemon *d, const char *campaign, const char *stream, int keep_days)
{
	char key[KEY_SIZE];
	struct redis_args a;
	if (keep_days <= 0)
		return;
	args_init(&a);
	args_add(&a, "XTRIM");
	args_add(&a, key_campaign(d->conf.prefix, campaign, stream, key));
	args_add(&a, "MINID");
	args_add(&a, "~");
	args_add_int(&a, daemon_now(d) - keep_days * DAY_MS);
	redis_link_call(d->link, &a, 0, on_ignored, d);
	args_done(&a);
}

static void trim_some(struct daemon *d)
{
	int64_t now_ms = clock_monotonic_ms();
	int done = 0;
	for (size_t i = 0; i < d->run_count && done < TRIMS_PER_TURN; i++) {
		struct run *run = d->runs[i];
		if (run->trimmed_ms != 0 && now_ms - run->trimmed_ms < TRIM_EVERY_MS)
			continue;
		run->trimmed_ms = now_ms;
		trim(d, run->id, "refused", d->conf.keep_refused_days);
		trim(d, run->id, "invalid", d->conf.keep_invalid_days);
		trim(d, run->id, "done", d->conf.keep_done_days);
		done++;
	}
}

/* --- attempts --------------------------------------------------------------------------- */

#define PRUNE_EVERY_MS INT64_C(86400000)
#define PRUNE_BUCKETS 100

/* Once a day through the buckets of each advertiser, a hundred a second. */
static void on_prune(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	size_t len;
	const char *cursor = reply_is_array(reply) ? reply_text(reply_at(reply, 0), &len) : NULL;
	snprintf(d->prune_cursor, sizeof(d->prune_cursor), "%s", cursor != NULL ? cursor : "0");
	d->pruned += reply_is_array(reply) ? reply_int(reply_at(reply, 2), 0) : 0;
	if (strcmp(d->prune_cursor, "0") != 0)
		return;
	if (d->pruned > 0)
		log_info("attempts-pruned", "advertiser=%s records=%" PRId64, d->pruning, d->pruned);
	d->pruning[0] = '\0';
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
			if (strcmp(d->runs[k]->c.advertiser, run->c.advertiser) == 0)
				d->runs[k]->pruned_ms = now_ms;
		snprintf(d->pruning, sizeof(d->pruning), "%s", run->c.advertiser);
		strcpy(d->prune_cursor, "0");
		d->pruned = 0;
		return;
	}
}

/* What counts in any regime, and a day for the zones; an erased person keeps 31 days. */
static int kept_days(const struct daemon *d)
{
	int days = 31;
	for (size_t i = 0; i < d->rb->regime_count; i++)
		days = d->rb->regimes[i].cap.days > days ? d->rb->regimes[i].cap.days : days;
	return days + 1;
}

static void prune_some(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	if (d->pruning[0] == '\0')
		prune_choose(d);
	if (d->pruning[0] == '\0')
		return;
	args_init(&a);
	args_add(&a, "FCALL");
	args_add(&a, "licet_prune");
	args_add(&a, "1");
	args_add(&a, key_of(d->conf.prefix, "attempts", d->pruning, key));
	args_add(&a, d->prune_cursor);
	args_add_int(&a, daemon_now(d) / DAY_MS);
	args_add_int(&a, PRUNE_BUCKETS);
	args_add_int(&a, kept_days(d));
	redis_link_call(d->link, &a, 0, on_prune, d);
	args_done(&a);
}

/* --- routes ------------------------------------------------------------------------------ */

static void on_routes(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	for (size_t i = 0; i < reply_count(reply); i++) {
		size_t len;
		const char *id = reply_text(reply_at(reply, i), &len);
		if (id_is_valid(id, len))
			catalog_route(d, id);
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
	scan_queues(d);
	lists_turn(d);
	trim_some(d);
	prune_some(d);
}
