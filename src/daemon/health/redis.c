/* redis.c - is this Redis one on which lawful work can be done?
 *
 * Version, library, clock, durability and memory. What is not met is a gate (nothing
 * moves) or is said loudly, by configuration. */
#include "daemon/health/redis.h"

#include "core/text/cluster_slot.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/lua_source.h"
#include "io/redis/policy.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SUSPECT_EVERY_MS 1000
#define TOLD_MS 1500
#define LIBRARY_VERSION 4 /* of src/lua/00_common.lua */

struct redis_health {
	bool loading;          /* a call that asks for the library, or loads it, is under way */
	bool delayed_known;    /* d->delayed_fsync is of this process of Redis */
	int64_t suspected_ms;  /* monotonic: when it was last looked for because a function had gone */
	int64_t time_asked_ms; /* wall-clock: when Redis was last asked for its time */
	unsigned round;        /* grows with each turn */
};

void health_open(struct daemon *d)
{
	d->redis_health = mem_zero(sizeof(*d->redis_health));
}

void health_close(struct daemon *d)
{
	free(d->redis_health);
	d->redis_health = NULL;
}

static void call(struct daemon *d, redis_cb *cb, const char *one, const char *two)
{
	struct redis_args a;
	args_init(&a);
	args_add(&a, one);
	if (two != NULL)
		args_add(&a, two);
	redis_link_call(d->link, &a, 0, cb, d);
	args_done(&a);
}

/* --- library ------------------------------------------------------------------------ */

static void library_good(struct daemon *d)
{
	if (d->library_ok || d->draining)
		return;
	d->library_ok = true;
	say_info(d, "library-ready", "version=%d hash=%s", LIBRARY_VERSION, lua_source_hash);
	turn_want(d, WANT_START);
}

static void on_loaded(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	size_t len;
	d->redis_health->loading = false;
	if (reply == NULL)
		return;
	if (refused(d, reply, "FUNCTION LOAD")) {
		say_status(d, "nothing moves: Redis refuses the library: %.200s", reply_text(reply, &len));
		return;
	}
	library_good(d);
}

static void library_load(struct daemon *d)
{
	struct redis_args a;
	args_init(&a);
	args_add(&a, "FUNCTION");
	args_add(&a, "LOAD");
	args_add(&a, "REPLACE");
	args_add(&a, lua_source);
	d->redis_health->loading = redis_link_call(d->link, &a, 2000, on_loaded, d);
	args_done(&a);
}

/* "<version> <hash>": never replace a newer one; ours is loaded over an older or another. */
static void on_version(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	size_t len;
	d->redis_health->loading = false;
	if (reply == NULL || d->draining) /* perhaps because of what INFO told */
		return;
	/* Not there: it is loaded. Any other error is no answer; the question comes again. */
	bool gone = reply_is_error(reply) && strstr(reply_text(reply, &len), "unction not found") != NULL;
	if (!gone && refused(d, reply, "licet_version")) {
		say_status(d, "nothing moves: Redis refuses licet_version: %.200s", reply_text(reply, &len));
		return;
	}
	const char *text = gone ? "0 none" : reply_text(reply, &len);
	const char *hash = text != NULL ? strchr(text, ' ') : NULL;
	long version = text != NULL ? strtol(text, NULL, 10) : 0;
	if (version > LIBRARY_VERSION) {
		say_error(d, "library-newer",
		          "have=%ld ours=%d action=\"nothing moves; upgrade this daemon\"", version,
		          LIBRARY_VERSION);
		return;
	}
	if (version == LIBRARY_VERSION && hash != NULL && strcmp(hash + 1, lua_source_hash) == 0)
		library_good(d);
	else
		library_load(d);
}

static void library_check(struct daemon *d)
{
	struct redis_args a;
	if (d->redis_health->loading)
		return;
	args_init(&a);
	args_add(&a, "FCALL_RO");
	args_add(&a, "licet_version");
	args_add(&a, "0");
	d->redis_health->loading = redis_link_call(d->link, &a, 0, on_version, d);
	args_done(&a);
}

void health_suspect_library(struct daemon *d)
{
	int64_t now_ms = clock_monotonic_ms();
	if (d->library_ok)
		say_warn(d, "library-gone", "action=\"loading it again\"");
	d->library_ok = false;
	/* A library that comes back and is found missing at once would be looked for without a pause;
	 * later it is health_turn() that looks. */
	if (d->redis_health->suspected_ms != 0 && now_ms - d->redis_health->suspected_ms < SUSPECT_EVERY_MS)
		return;
	d->redis_health->suspected_ms = now_ms;
	library_check(d);
}

/* --- clock ---------------------------------------------------------------------------- */

void health_time(struct daemon *d, int64_t asked_ms, int64_t redis_ms)
{
	/* Redis read its clock between our question and its answer: whatever lies between is no
	 * difference. */
	int64_t now_ms = clock_wall_ms();
	d->clock_offset_ms = 0;
	if (redis_ms < asked_ms)
		d->clock_offset_ms = asked_ms - redis_ms;
	else if (redis_ms > now_ms)
		d->clock_offset_ms = now_ms - redis_ms;
	bool doubt = llabs(d->clock_offset_ms) > d->conf.clock_limit_ms;
	if (doubt && !d->clock_doubt)
		say_error(d, "clock-doubt",
		          "offset_ms=%" PRId64 " limit_ms=%d action=\"nothing is released\"",
		          d->clock_offset_ms, d->conf.clock_limit_ms);
	if (!doubt && d->clock_doubt)
		say_info(d, "clock-good", "offset_ms=%" PRId64, d->clock_offset_ms);
	d->clock_doubt = doubt;
	d->clock_checked = true;
	d->answered_ms = clock_monotonic_ms();
}

static void on_time(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	if (!refused(d, reply, "TIME") && reply_count(reply) == 2)
		health_time(d, d->redis_health->time_asked_ms,
		            reply_int(reply_at(reply, 0), 0) * 1000 +
		                reply_int(reply_at(reply, 1), 0) / 1000);
}

static void ask_time(struct daemon *d)
{
	/* A calm space is told it beside. */
	if (d->calm && d->clock_checked && clock_monotonic_ms() - d->answered_ms < TOLD_MS)
		return;
	d->redis_health->time_asked_ms = clock_wall_ms();
	call(d, on_time, "TIME", NULL);
}

/* --- durability --------------------------------------------------------------------------- */

/* How often the append-only file goes to the disk, and the like. INFO does not tell. */
static void on_config(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	const struct redis_config before = d->redis_config;
	redis_config_read(reply, &d->redis_config);
	if (strcmp(before.appendfsync, d->redis_config.appendfsync) != 0 &&
	    strcmp(d->redis_config.appendfsync, "everysec") == 0)
		say_info(d, "redis-durability",
		         "appendfsync=everysec "
		         "means=\"a crash of its machine may lose the last two seconds: what was "
		         "acknowledged then, oppositions too\"");
}

/* Who may ask may read passwords too: a user of its own is not to, and the log of denied
 * commands shall stay empty. Then it is what a person said of it, or not known. */
static void ask_config(struct daemon *d)
{
	struct redis_config *c = &d->redis_config;
	struct redis_args a;
	if (d->conf.redis_appendfsync[0] != '\0' || d->conf.redis_user[0] != '\0') {
		snprintf(c->appendfsync, sizeof(c->appendfsync), "%s", d->conf.redis_appendfsync);
		c->full_coverage[0] = '\0';
		return;
	}
	args_init(&a);
	redis_config_question(&a);
	redis_link_call(d->link, &a, 0, on_config, d);
	args_done(&a);
}

/* Each is a write that waited more than two seconds for the disk. */
static void note_disk(struct daemon *d, const struct redis_policy *p)
{
	if (p->delayed_fsync > d->delayed_fsync && d->redis_health->delayed_known)
		say_warn(d, "redis-slow-disk",
		         "delayed_fsync=%" PRId64 " more=%" PRId64 " action=\"releases wait for it\"",
		         p->delayed_fsync, p->delayed_fsync - d->delayed_fsync);
	d->delayed_fsync = p->delayed_fsync;
	d->redis_health->delayed_known = true;
}

static void note_policy(struct daemon *d, const struct redis_policy *p)
{
	if (p->why[0] != '\0' && strcmp(p->why, d->policy_why) != 0)
		say_warn(d, "redis-policy", "why=\"%s\" action=\"%s\"", p->why,
		         d->conf.redis_policy_strict
		             ? "nothing moves"
		             : "going on: a crash of Redis may lose what it acknowledged");
	d->policy_met = p->why[0] == '\0';
	snprintf(d->policy_why, sizeof(d->policy_why), "%s", p->why);
}

static bool read_info(struct daemon *d, const struct redis_reply *reply, struct redis_policy *ret)
{
	size_t len;
	const char *info = !refused(d, reply, "INFO") ? reply_text(reply, &len) : NULL;
	if (info != NULL)
		redis_policy_read(info, d->conf.memory_high_pct,
		                  d->conf.sentinels.count + d->conf.cluster.count > 0, &d->redis_config, ret);
	return info != NULL;
}

/* No work at all can be done on it: licetd ends. */
static void unusable(struct daemon *d, int exit_status, const char *why)
{
	d->exit_status = exit_status;
	snprintf(d->unusable_why, sizeof(d->unusable_why), "%s", why);
	turn_end(d);
}

static void on_info(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct redis_policy p;
	size_t len;
	if (!read_info(d, reply, &p))
		return;
	if (p.major < 7) {
		say_fatal(d, "redis-too-old",
		          "version=%s expected=\"7 or later: Licet uses Redis Functions\"", p.version);
		unusable(d, 1, "its Redis is older than 7: Licet uses Redis Functions");
		return;
	}
	if (p.cluster && prefix_tag(d->conf.prefix, &len) == NULL) {
		say_fatal(d, "prefix-without-tag",
		          "prefix=%s redis=cluster expected=\"a {tag} in the prefix, such as licet:{1}: - "
		          "all keys must be in one slot\"",
		          d->conf.prefix);
		unusable(d, EXIT_CONFIG, "its Redis is a cluster, and the prefix has no tag");
		return;
	}
	note_disk(d, &p);
	note_policy(d, &p);
	memory_tell(d, &p);
}

static void on_memory(void *arg, const struct redis_reply *reply)
{
	struct redis_policy p;
	if (read_info(arg, reply, &p))
		memory_tell(arg, &p);
}

void health_down(struct daemon *d)
{
	d->library_ok = d->clock_checked = false;
}

void health_clock_stepped(struct daemon *d)
{
	d->clock_checked = false;
}

void health_up(struct daemon *d)
{
	health_down(d);
	d->redis_health->loading = false;
	d->redis_health->delayed_known = false; /* another process of Redis counts anew */
	ask_config(d);
	call(d, on_info, "INFO", NULL);
	ask_time(d);
	library_check(d);
}

/* Once a second; the whole contract once a minute. */
void health_turn(struct daemon *d)
{
	static const unsigned minute = 60;
	if (!redis_link_is_up(d->link))
		return;
	ask_time(d);
	if (d->redis_health->round % minute == minute - 1) {
		ask_config(d);
		call(d, on_info, "INFO", NULL);
	} else if (d->redis_health->round % (d->calm ? 10 : 2) == 0 || d->memory_full) {
		call(d, on_memory, "INFO", "memory");
	}
	if (!d->library_ok)
		library_check(d);
	d->redis_health->round++;
}
