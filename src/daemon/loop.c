/* loop.c - the loop: one timer that looks, one event that says "as soon as possible",
 * signals, reload and drain. A timer is only a hint to look; the clock decides. */
#include "daemon/loop.h"

#include "core/law/binding.h"
#include "daemon/base/errors.h"
#include "daemon/base/turn.h"
#include "daemon/commit/batch_flow.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/progress.h"
#include "daemon/health/redis.h"
#include "daemon/health/refusal.h"
#include "daemon/health/replicas.h"
#include "daemon/health/split.h"
#include "daemon/health/watch.h"
#include "daemon/model/judge.h"
#include "daemon/model/lists.h"
#include "daemon/model/reading.h"
#include "daemon/model/stir.h"
#include "daemon/model/views.h"
#include "daemon/proof/tail.h"
#include "daemon/publish/campaign_state.h"
#include "daemon/publish/heartbeat.h"
#include "daemon/publish/web_server.h"
#include "daemon/space/spaces.h"
#include "daemon/upkeep/balance.h"
#include "daemon/upkeep/batch_cancel.h"
#include "daemon/upkeep/hours.h"
#include "daemon/upkeep/list_guard.h"
#include "daemon/upkeep/list_members.h"
#include "daemon/upkeep/presence.h"
#include "daemon/upkeep/proofs.h"
#include "daemon/upkeep/routes.h"
#include "daemon/upkeep/sweep.h"
#include "daemon/upkeep/who_is_out.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/host/notify.h"
#include "io/host/reload_verdict.h"
#include "io/redis/guide_search.h"
#include "io/redis/link.h"
#include "io/rulebook/load.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define TICK_MS 50
#define STATE_MS 250
#define HEARTBEAT_MS 2000
#define HEALTH_MS 1000
#define REJUDGE_MS 250
#define ZONES_MS 5000
#define DRAIN_MS 5000
#define DOWN_REPEAT_MS 60000
#define BATCH_START 64

#define SIGNALS 3

struct loop {
	struct event *tick, *signals[SIGNALS];
	struct event *clock; /* somebody set the wall clock; NULL: nobody would tell */
	int clock_fd;        /* -1: none */
	struct web_server *web;
	bool stopped;    /* drained, and told so: one turn more for the reply */
	bool ready_told; /* to the service manager */
	/* the last reason of a lost link that was logged, and when */
	char down_why[REDIS_WHY];
	int64_t down_said_ms;
	int64_t drain_deadline_ms;     /* monotonic */
	int64_t rejudged_ms;           /* the last look whether the day or a list's age changed something */
	int32_t date_first, date_last; /* local dates at the last look */
	/* monotonic */
	int64_t last_look_ms, last_health_ms, last_state_ms, last_heartbeat_ms, last_watchdog_ms;
	int64_t last_zones_ms;
	char zones_why[256]; /* what was told of zone data that cannot be used; "": nothing */
};

/* --- reload --------------------------------------------------------------------------- */

static void tell_verdict(const struct daemon *d)
{
	struct reload_verdict v = { .pid = getpid(), .reloads = d->reloads };
	if (d->verdict_path == NULL)
		return;
	snprintf(v.rulebook, sizeof(v.rulebook), "%s %s", d->rb->id, d->rb->version);
	snprintf(v.error, sizeof(v.error), "%s", d->reload_error);
	if (!reload_verdict_write(d->verdict_path, &v))
		log_warn("verdict-unwritten", "path=\"%s\" error=\"%s\"", d->verdict_path, strerror(errno));
}

/* From now on this is the law. */
static void adopt(struct daemon *d, struct rulebook *rb)
{
	struct rulebook *old = d->rb;
	d->rb = rb;
	gates_law_changed(d);
	d->place_count = 0;
	views_renew(d);
	place_views_init(&d->legal_views, d->rb, NULL);
	for (size_t i = 0; i < d->run_count; i++)
		d->runs[i]->made_reload = -1; /* what ready jobs were made of has changed */
	catalog_apply(d);
	rulebook_free(old);
	tail_law_changed(d);
	heartbeat_rulebook(d);
}

/* Zone data is law, and its package may be renewed at any time: the same rulebook is read again
 * with it. A rulebook that was edited meanwhile waits for its reload. */
static void look_at_zones(struct daemon *d)
{
	char why[256] = "";
	if (!rulebook_zones_changed(d->rb, d->conf.zone_dir))
		return;
	struct rulebook *rb = rulebook_of_conf(&d->conf, why, sizeof(why));
	if (rb != NULL && strcmp(rb->file_hash, d->rb->file_hash) == 0) {
		log_info("zones-changed", "tzdata=%s before=%s hash=%.16s", rb->tzdata, d->rb->tzdata,
		         rb->hash);
		d->loop->zones_why[0] = '\0';
		adopt(d, rb);
		heartbeat_send(d);
		turn_soon(d);
		return;
	}
	if (rb != NULL)
		snprintf(why, sizeof(why), "the zone data has changed, and the rulebook too: reload");
	rulebook_free(rb);
	if (strcmp(why, d->loop->zones_why) == 0)
		return;
	snprintf(d->loop->zones_why, sizeof(d->loop->zones_why), "%s", why);
	errors_tell(d, "zones", why);
	log_warn("zones-unread", "error=\"%s\" action=\"keeping the old ones\"", why);
}

/* Build everything new and check it; only then swap. */
static void reload(struct daemon *d)
{
	struct conf conf;
	char err[256] = "";
	d->reload_wanted = false;
	conf_init(&conf);
	struct rulebook *rb = NULL;
	if (target_load_conf(d->options, &conf, err, sizeof(err)) == 0) {
		if (strcmp(conf.prefix, d->conf.prefix) != 0)
			snprintf(err, sizeof(err), "the prefix cannot change while running");
		else
			rb = rulebook_of_conf(&conf, err, sizeof(err));
	}
	d->reloads++;
	if (rb == NULL) {
		log_warn("reload-refused", "error=\"%s\" action=\"keeping the old rules\"", err);
		snprintf(d->reload_error, sizeof(d->reload_error), "%s", err);
		conf_done(&conf);
	} else {
		conf_done(&d->conf);
		d->conf = conf;
		d->conf.require_approved = conf.require_approved || d->require_approved;
		d->reload_error[0] = '\0';
		log_set_level(d->conf.log_level);
		adopt(d, rb);
		log_info("reloaded", "rulebook=%s version=%s hash=%.16s", d->rb->id, d->rb->version,
		         d->rb->hash);
	}
	heartbeat_send(d);
	tell_verdict(d);
	if (d->loop->ready_told)
		notify_ready();
	turn_soon(d);
}

/* --- turns ------------------------------------------------------------------------------ */

static bool due(int64_t *last_ms, int64_t every_ms)
{
	int64_t now_ms = clock_monotonic_ms();
	/* The tick comes a little early or late: not one tick later for a millisecond. */
	if (now_ms - *last_ms < every_ms - TICK_MS / 2)
		return false;
	*last_ms = now_ms;
	return true;
}

/* Midnight somewhere, or a list that has just become stale: judge anew. */
static void rejudge(struct daemon *d)
{
	int64_t now_ms = turn_now(d);
	int32_t first, last;
	/* A gate asks for the age of lists itself; four looks a second are enough for the rest. */
	if (now_ms >= d->loop->rejudged_ms && now_ms - d->loop->rejudged_ms < REJUDGE_MS)
		return;
	d->loop->rejudged_ms = now_ms;
	law_dates(d->rb, now_ms, &first, &last);
	bool dates = first != d->loop->date_first || last != d->loop->date_last;
	d->loop->date_first = first;
	d->loop->date_last = last;
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		if (run->ready_to_work &&
		    (dates || (run->sit.lists == REASON_ALLOWED && now_ms >= run->sit.lists_stale_ms) ||
		     now_ms < run->judged_ms))
			catalog_judge(d, run, now_ms);
	}
}

static void drain(struct daemon *d)
{
	if (d->schedule.in_flight > 0 && clock_monotonic_ms() < d->loop->drain_deadline_ms)
		return;
	if (!d->loop->stopped && redis_link_is_up(d->link)) {
		tail_gone(d);
		heartbeat_gone(d);
		d->loop->stopped = true;
		return; /* one more turn, for the reply */
	}
	if (redis_link_pending(d->link) > 0 && clock_monotonic_ms() < d->loop->drain_deadline_ms)
		return;
	event_base_loopbreak(d->base);
}

/* The library is there. Perhaps it is another Redis now, or one that has lost what it was told. */
static void start_work(struct daemon *d)
{
	sweep_routes(d);
	state_forget(d);
	heartbeat_rulebook(d);
	heartbeat_send(d);
	replicas_up(d);
	spaces_forget(d);
	catalog_read(d);
	watch_up(d);
	tail_up(d);
}

static void do_wanted(struct daemon *d)
{
	if (turn_take(d, WANT_LIBRARY))
		health_suspect_library(d);
	if (turn_take(d, WANT_START) && d->library_ok)
		start_work(d);
	if (turn_take(d, WANT_FORGET)) {
		state_forget(d);
		if (d->library_ok)
			heartbeat_rulebook(d);
	}
	if (turn_take(d, WANT_READING))
		catalog_read(d);
	if (turn_take(d, WANT_STATE))
		state_turn(d);
	if (turn_take(d, WANT_HEARTBEAT))
		heartbeat_send(d);
}

static void turn(struct daemon *d)
{
	if (d->draining) {
		drain(d);
		if (!d->loop->stopped)
			turn_soon(d);
		return;
	}
	if (d->reload_wanted && d->schedule.in_flight == 0)
		reload(d);
	do_wanted(d);
	routes_turn(d);
	work_turn(d);
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
	turn(arg);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	rejudge(d);
	if (due(&d->loop->last_look_ms, d->conf.look_ms)) {
		watch_turn(d);
		stir_turn(d);
	}
	if (due(&d->loop->last_health_ms, HEALTH_MS)) {
		health_turn(d);
		progress_turn(d);
		replicas_turn(d);
		sweep_turn(d);
		presence_turn(d);
		proofs_turn(d);
	}
	if (lists_hurry(d) && health_good(d) && !d->draining)
		lists_turn(d);
	split_turn(d);
	guard_turn(d);
	out_turn(d);
	balance_turn(d);
	hours_turn(d);
	batch_cancel_turn(d);
	spaces_turn(d);
	tail_turn(d);
	if (due(&d->loop->last_zones_ms, ZONES_MS) && !d->draining)
		look_at_zones(d);
	turn(d);
	if (due(&d->loop->last_state_ms, STATE_MS) && !d->draining)
		state_turn(d);
	if (due(&d->loop->last_heartbeat_ms, HEARTBEAT_MS) && !d->draining)
		heartbeat_send(d);
	int watchdog_ms = notify_watchdog_interval_ms();
	if (watchdog_ms > 0 && due(&d->loop->last_watchdog_ms, watchdog_ms))
		notify_watchdog();
	/* Without its watch the daemon still sees changes, only more slowly and dearer; and nothing
	 * else would tell that Redis answers again what it refused. */
	bool blind = watch_is_blind(d) || d->reading_refused[0] != '\0';
	int64_t mono_ms = clock_monotonic_ms();
	if (blind && d->library_ok && mono_ms - d->reading_from_ms > HEALTH_MS && d->moving_ms == 0)
		turn_want(d, WANT_READING);
	if (d->moving_ms != 0 && mono_ms >= d->moving_ms && !d->reading)
		turn_want(d, WANT_READING);
}

/* --- signals and the clock ---------------------------------------------------------------- */

static void on_stop(evutil_socket_t sig, short what, void *arg)
{
	struct daemon *d = arg;
	if (d->draining) { /* asked twice: at once; nothing is lost by it */
		event_base_loopbreak(d->base);
		return;
	}
	log_info("stopping", "signal=%d in_flight=%zu", (int)sig, d->schedule.in_flight);
	notify_stopping();
	d->draining = true;
	d->loop->drain_deadline_ms = clock_monotonic_ms() + DRAIN_MS;
	turn_soon(d);
}

static void on_reload(evutil_socket_t sig, short what, void *arg)
{
	struct daemon *d = arg;
	notify_reloading();
	d->reload_wanted = true;
	turn_soon(d);
}

/* The wall clock was set: nothing is released until it was compared with Redis again. */
static void on_clock_set(evutil_socket_t fd, short what, void *arg)
{
	struct daemon *d = arg;
	uint64_t ignored;
	if (read((int)fd, &ignored, sizeof(ignored)) >= 0 || errno != ECANCELED)
		return;
	log_warn("clock-set", "action=\"comparing with Redis before anything is released\"");
	d->clock_checked = false;
	d->loop->last_health_ms = 0;
	clock_watch_arm((int)fd);
}

void clock_watch_arm(int fd)
{
	/* Far away: it only fires when somebody sets the clock. */
	struct itimerspec never = { .it_value = { .tv_sec = INT32_MAX } };
	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

/* --- links -------------------------------------------------------------------------------- */

/* Configuration and rulebook are good, and the first connect was tried. A service manager that
 * waited for Redis would hold up the installation, or the boot, of which Redis may be a later
 * part; whether anything moves is in the status. */
static void tell_ready(struct daemon *d)
{
	if (d->loop->ready_told)
		return;
	d->loop->ready_told = true;
	notify_ready();
}

static void on_link_up(void *arg)
{
	struct daemon *d = arg;
	char here[REDIS_WHY], there[REDIS_WHY];
	tell_ready(d);
	/* What is watched must be where the work is done. */
	if (strcmp(redis_link_at(d->link, here, sizeof(here)),
	           redis_link_at(d->watch_link, there, sizeof(there))) != 0)
		redis_link_restart(d->watch_link, "the master is another one now");
	log_info("redis-up", "prefix=%s", d->conf.prefix);
	d->loop->down_why[0] = '\0';
	d->read_again = false;
	health_up(d);
}

static void on_link_down(void *arg, const char *why)
{
	struct daemon *d = arg;
	int64_t now_ms = clock_monotonic_ms();
	/* Each attempt fails alike: once a minute is enough. */
	if (strcmp(why, d->loop->down_why) != 0 || now_ms - d->loop->down_said_ms >= DOWN_REPEAT_MS) {
		log_warn("redis-down", "why=\"%s\" action=\"nothing moves, connecting again\"", why);
		snprintf(d->loop->down_why, sizeof(d->loop->down_why), "%s", why);
		d->loop->down_said_ms = now_ms;
	}
	notify_status("nothing moves: no Redis (%s), connecting again", why);
	tell_ready(d);
	d->library_ok = d->clock_checked = d->reading = false;
	d->reading_refused[0] = '\0';
	d->moving_ms = 0;
	split_down(d);
	tail_down(d);
	for (size_t i = 0; i < d->route_count; i++)
		d->routes[i]->settle_wanted = d->routes[i]->recall_all = true;
}

static void on_watch_up(void *arg)
{
	watch_up(arg);
}

static void on_watch_down(void *arg, const char *why)
{
	watch_down(arg);
}

/* --- life -------------------------------------------------------------------------------------- */

static struct event *add_signal(struct daemon *d, int sig, event_callback_fn cb)
{
	struct event *e = evsignal_new(d->base, sig, cb, d);
	event_priority_set(e, 0);
	event_add(e, NULL);
	return e;
}

static void make_epoch(struct daemon *d)
{
	uint32_t random = (uint32_t)getpid();
	FILE *f = fopen("/dev/urandom", "rb");
	if (f != NULL) {
		if (fread(&random, sizeof(random), 1, f) != 1)
			random ^= (uint32_t)clock_monotonic_ms();
		fclose(f);
	}
	/* Two daemons, or one restarted, never give the same token. */
	snprintf(d->token_epoch, sizeof(d->token_epoch), "%" PRIx64 "%08x.",
	         (uint64_t)(clock_wall_ms() / 1000), random);
}

/* What the parts know is there before the first event. */
static void parts_open(struct daemon *d)
{
	gates_law_changed(d);
	health_open(d);
	split_open(d);
	watch_open(d);
	stir_open(d);
	lists_open(d);
	guard_open(d);
	out_open(d);
	balance_open(d);
	hours_open(d);
	sweep_open(d);
	proofs_open(d);
	if (d->speed > 0)
		clock_simulate(&d->clock, d->sim_base_ms, d->speed);
	d->started_ms = turn_now(d);
	d->progress_ms = clock_monotonic_ms();
	d->schedule.batch_size = BATCH_START < d->conf.batch_max ? BATCH_START : d->conf.batch_max;
	place_views_init(&d->legal_views, d->rb, NULL);
	make_epoch(d);
}

static void parts_close(struct daemon *d)
{
	catalog_free(d);
	lists_close(d);
	guard_close(d);
	out_close(d);
	hours_close(d);
	balance_close(d);
	stir_close(d);
	watch_close(d);
	health_close(d);
	split_close(d);
	sweep_close(d);
	proofs_close(d);
}

static void timers_open(struct daemon *d)
{
	/* At many times the speed the rates have to be looked at more often, else less goes out. */
	const struct timeval tick = { 0, TICK_MS * 1000 /
		                             (d->speed > TICK_MS ? TICK_MS
		                              : d->speed > 1     ? (int)d->speed
		                                                 : 1) };
	struct loop *l = d->loop;
	l->tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
	d->soon = evtimer_new(d->base, on_soon, d);
	event_add(l->tick, &tick);
	l->signals[0] = add_signal(d, SIGTERM, on_stop);
	l->signals[1] = add_signal(d, SIGINT, on_stop);
	l->signals[2] = add_signal(d, SIGHUP, on_reload);
	l->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (l->clock_fd < 0)
		return;
	l->clock = event_new(d->base, l->clock_fd, EV_READ | EV_PERSIST, on_clock_set, d);
	clock_watch_arm(l->clock_fd);
	event_add(l->clock, NULL);
}

static void timers_close(struct daemon *d)
{
	struct loop *l = d->loop;
	for (size_t i = 0; i < SIGNALS; i++)
		event_free(l->signals[i]);
	if (l->clock != NULL)
		event_free(l->clock);
	if (l->clock_fd >= 0)
		close(l->clock_fd);
	event_free(l->tick);
	event_free(d->soon);
	d->soon = NULL;
}

int daemon_run(struct daemon *d, const struct redis_target *target)
{
	const struct redis_link_hooks hooks = { on_link_up, on_link_down, d, &guide_finder };
	const struct redis_link_hooks watch_hooks = { on_watch_up, on_watch_down, d, &guide_finder };
	struct loop loop = { 0 };
	d->loop = &loop;
	d->target = target;
	d->base = event_base_new();
	event_base_priority_init(d->base, 3);
	char err[300];
	parts_open(d);
	if (!tail_open(d, err, sizeof(err))) {
		log_event(LOG_LEVEL_FATAL, "decision-log", "error=\"%s\"", err);
		parts_close(d);
		event_base_free(d->base);
		d->loop = NULL;
		return EXIT_CONFIG;
	}
	tell_verdict(d);
	d->link = redis_link_new(d->base, "work", target, &hooks);
	d->watch_link = redis_link_new(d->base, "watch", target, &watch_hooks);
	spaces_open(d);
	timers_open(d);
	loop.web = web_server_open(d);
	event_base_loop(d->base, EVLOOP_NO_EXIT_ON_EMPTY);

	d->draining = true;
	redis_link_free(d->watch_link);
	redis_link_free(d->link);
	spaces_close(d);
	web_server_close(loop.web); /* what it had asked Redis is answered by now */
	timers_close(d);
	tail_close(d);
	parts_close(d);
	event_base_free(d->base);
	libevent_global_shutdown();
	d->loop = NULL;
	log_info("stopped", "commits=%" PRIu64, d->seen_commits);
	return d->exit_status;
}
