/* space_loop.c - one timer that looks, one event that says "as soon as possible", another law, and the end. A timer is
 * only a hint to look; the clock decides. */
#include "daemon/space_loop.h"

#include "core/law/binding.h"
#include "daemon/base/errors.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/commit/batch_flow.h"
#include "daemon/health/calm.h"
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
#include "io/host/mem.h"
#include "io/redis/guide_search.h"
#include "io/redis/link.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATE_MS 250
#define HEARTBEAT_MS 2000
#define HEALTH_MS 1000
/* The same of a calm space. A push is still settled within a second. */
#define CALM_LOOK_MS 900
#define CALM_HEALTH_MS 2000
#define CALM_UPKEEP_MS 15000
#define CALM_HEARTBEAT_MS 5000 /* its key lives for ten seconds */
#define REJUDGE_MS 250
#define DRAIN_MS 5000
#define DOWN_REPEAT_MS 60000
#define BATCH_START 64

struct space_loop {
	struct event *tick;
	struct redis_target target; /* d->target */
	char prefix[KEY_SIZE];      /* of that: a reload gives d->conf another one, of the same text */
	bool stopped;               /* drained, and told so: one turn more for the reply */
	bool over;                  /* and the process was told */
	struct {
		bool has_conf;
		struct conf conf;
		const struct rulebook *rb;
		int64_t reloads;
	} next; /* to be used once no batch is in flight */
	/* the last reason of a lost link that was logged, and when */
	char down_why[REDIS_WHY];
	int64_t down_said_ms;
	int64_t drain_deadline_ms;     /* monotonic */
	int64_t rejudged_ms;           /* the last look whether the day or a list's age changed something */
	int32_t date_first, date_last; /* local dates at the last look */
	/* monotonic */
	int64_t last_look_ms, last_health_ms, last_upkeep_ms, last_state_ms, last_heartbeat_ms;
};

/* --- another law --------------------------------------------------------------------------- */

/* From now on this is the law. */
static void use_law(struct daemon *d, const struct rulebook *rb)
{
	d->rb = rb;
	gates_law_changed(d);
	d->place_count = 0;
	views_renew(d);
	place_views_init(&d->legal_views, d->rb, NULL);
	for (size_t i = 0; i < d->run_count; i++)
		d->runs[i]->made_reload = -1; /* what ready jobs were made of has changed */
	catalog_apply(d);
	tail_law_changed(d);
	heartbeat_rulebook(d);
}

static void adopt(struct daemon *d)
{
	struct space_loop *l = d->loop;
	d->reload_wanted = false;
	d->reloads = l->next.reloads;
	if (l->next.has_conf) {
		conf_done(&d->conf);
		d->conf = l->next.conf;
		d->reload_error[0] = '\0';
		l->next.has_conf = false;
	}
	use_law(d, l->next.rb);
	heartbeat_send(d);
	turn_soon(d);
	d->host->adopted(d->host->arg);
}

void space_adopt(struct daemon *d, struct conf *conf, const struct rulebook *rb, int64_t reloads)
{
	struct space_loop *l = d->loop;
	if (conf != NULL) {
		if (l->next.has_conf)
			conf_done(&l->next.conf);
		l->next.conf = *conf;
		l->next.has_conf = true;
	}
	d->reload_wanted = true;
	l->next.rb = rb;
	l->next.reloads = reloads;
	turn_soon(d);
}

void space_adopt_refused(struct daemon *d, const char *why, int64_t reloads)
{
	snprintf(d->reload_error, sizeof(d->reload_error), "%s", why);
	d->reloads = reloads;
	heartbeat_send(d);
	turn_soon(d);
}

/* --- turns ------------------------------------------------------------------------------ */

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
	d->loop->over = true;
	d->host->over(d->host->arg);
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
		if (!d->loop->over)
			drain(d);
		if (!d->loop->stopped)
			turn_soon(d);
		return;
	}
	if (d->reload_wanted && d->schedule.in_flight == 0)
		adopt(d);
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
	calm_turn(d, watch_is_blind(d));
	if (turn_due(&d->loop->last_look_ms, calm_every(d, d->conf.look_ms, CALM_LOOK_MS))) {
		watch_turn(d);
		stir_turn(d);
	}
	if (turn_due(&d->loop->last_health_ms, calm_every(d, HEALTH_MS, CALM_HEALTH_MS))) {
		health_turn(d);
		progress_turn(d);
		replicas_turn(d);
	}
	if (turn_due(&d->loop->last_upkeep_ms, calm_every(d, HEALTH_MS, CALM_UPKEEP_MS))) {
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
	turn(d);
	if (turn_due(&d->loop->last_state_ms, STATE_MS) && !d->draining)
		state_turn(d);
	if (turn_due(&d->loop->last_heartbeat_ms, calm_every(d, HEARTBEAT_MS, CALM_HEARTBEAT_MS)) &&
	    !d->draining)
		heartbeat_send(d);
	/* Without its watch the daemon still sees changes, only more slowly and dearer; and nothing
	 * else would tell that Redis answers again what it refused. */
	bool blind = watch_is_blind(d) || d->reading_refused[0] != '\0';
	int64_t mono_ms = clock_monotonic_ms();
	if (blind && d->library_ok && mono_ms - catalog_asked_ms(d) > HEALTH_MS && d->moving_ms == 0)
		turn_want(d, WANT_READING);
	if (d->moving_ms != 0 && mono_ms >= d->moving_ms && !d->reading)
		turn_want(d, WANT_READING);
}

void space_stop(struct daemon *d)
{
	if (d->draining)
		return;
	d->loop->drain_deadline_ms = clock_monotonic_ms() + DRAIN_MS;
	turn_end(d);
}

void space_clock_set(struct daemon *d)
{
	health_clock_stepped(d);
	d->loop->last_health_ms = 0;
}

/* --- links -------------------------------------------------------------------------------- */

static void on_link_up(void *arg)
{
	struct daemon *d = arg;
	char here[REDIS_WHY], there[REDIS_WHY];
	d->host->tried(d->host->arg);
	/* What is watched must be where the work is done. */
	if (strcmp(redis_link_at(d->link, here, sizeof(here)),
	           redis_link_at(d->watch_link, there, sizeof(there))) != 0)
		redis_link_restart(d->watch_link, "the master is another one now");
	say_info(d, "redis-up", "prefix=%s", d->conf.prefix);
	d->loop->down_why[0] = '\0';
	health_up(d);
}

static void on_link_down(void *arg, const char *why)
{
	struct daemon *d = arg;
	int64_t now_ms = clock_monotonic_ms();
	/* Each attempt fails alike: once a minute is enough. */
	if (strcmp(why, d->loop->down_why) != 0 || now_ms - d->loop->down_said_ms >= DOWN_REPEAT_MS) {
		say_warn(d, "redis-down", "why=\"%s\" action=\"nothing moves, connecting again\"", why);
		snprintf(d->loop->down_why, sizeof(d->loop->down_why), "%s", why);
		d->loop->down_said_ms = now_ms;
	}
	say_status(d, "nothing moves: no Redis (%s), connecting again", why);
	d->host->tried(d->host->arg);
	health_down(d);
	catalog_down(d);
	moving_down(d);
	split_down(d);
	tail_down(d);
	spaces_down(d);
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
	errors_open(d);
	catalog_open(d);
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
	presence_open(d);
	d->started_ms = turn_now(d);
	turn_moved(d);
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
	presence_close(d);
	errors_close(d);
}

static void timers_open(struct daemon *d)
{
	double speed = d->clock.simulated ? d->clock.speed : 1;
	/* At many times the speed the rates have to be looked at more often, else less goes out. */
	const struct timeval tick = { 0, TICK_MS * 1000 /
		                             (speed > TICK_MS ? TICK_MS
		                              : speed > 1     ? (int)speed
		                                              : 1) };
	struct space_loop *l = d->loop;
	l->tick = event_new(d->base, -1, EV_PERSIST, on_tick, d);
	d->soon = evtimer_new(d->base, on_soon, d);
	event_add(l->tick, &tick);
}

static void links_open(struct daemon *d)
{
	const struct redis_link_hooks hooks = { on_link_up, on_link_down, d, &guide_finder };
	const struct redis_link_hooks watch_hooks = { on_watch_up, on_watch_down, d, &guide_finder };
	char name[SAY_LINK_SIZE];
	d->link = redis_link_new(d->base, say_link(d, "work", name), d->target, &hooks);
	d->watch_link = redis_link_new(d->base, say_link(d, "watch", name), d->target, &watch_hooks);
	spaces_open(d);
}

static void forget(struct daemon *d)
{
	if (d->loop->next.has_conf)
		conf_done(&d->loop->next.conf);
	conf_done(&d->conf);
	free(d->loop);
	free(d->scratch);
	free(d);
}

struct daemon *space_open(const struct space_want *want, char *err, size_t err_size)
{
	struct daemon *d = mem_zero(sizeof(*d));
	struct space_loop *l = mem_zero(sizeof(*l));
	d->loop = l;
	snprintf(d->space, sizeof(d->space), "%s", want->space);
	d->host = want->host;
	d->base = want->base;
	d->rb = want->rb;
	d->clock = *want->clock;
	d->ears = want->ears;
	d->reloads = want->reloads;
	conf_copy(want->conf, &d->conf);
	l->target = *want->target;
	snprintf(l->prefix, sizeof(l->prefix), "%s", d->conf.prefix);
	if (l->target.prefix != NULL)
		l->target.prefix = l->prefix;
	d->target = &l->target;
	parts_open(d);
	if (!tail_open(d, err, err_size)) {
		parts_close(d);
		forget(d);
		return NULL;
	}
	links_open(d);
	timers_open(d);
	return d;
}

void space_close(struct daemon *d)
{
	turn_end(d);
	redis_link_free(d->watch_link);
	redis_link_free(d->link);
	spaces_close(d);
	event_free(d->loop->tick);
	event_free(d->soon);
	d->soon = NULL;
	tail_close(d);
	parts_close(d);
	forget(d);
}
