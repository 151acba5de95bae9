/* process.c - what there is once, however many spaces are served: the loop of events, signals, the clock's watch, the
 * law, what is told to the service manager, the web server. */
#include "daemon/process.h"

#include "daemon/base/turn.h"
#include "daemon/health/progress.h"
#include "daemon/proof/tail.h"
#include "daemon/publish/web_server.h"
#include "daemon/reload.h"
#include "daemon/seats.h"
#include "daemon/shares.h"
#include "daemon/space/ear.h"
#include "daemon/space_loop.h"
#include "io/config/conf_spaces.h"
#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/host/notify.h"
#include "io/redis/hub.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define ZONES_MS 5000
#define STATUS_MS 1000
#define SIGNALS 3
#define STATUS_SIZE 900

struct process {
	const struct process_want *want;
	struct served served;
	struct clock_source clock;
	struct seats_with with;
	struct reload *reload;
	struct hub *hub;  /* NULL: there is one space */
	char *hub_prefix; /* lives as long as its connection */
	size_t hub_names; /* spaces that it names; 0: none, or not known */
	struct shares *shares;
	struct web_server *web;
	struct event *tick, *soon, *signals[SIGNALS];
	struct event *clock_set; /* somebody set the wall clock; NULL: nobody would tell */
	int clock_fd;            /* -1: none */
	bool reload_wanted, reloading;
	bool stopping;
	bool hub_tried;
	bool ready_told;                                         /* to the service manager */
	int64_t last_watchdog_ms, last_zones_ms, last_status_ms; /* monotonic */
	char status[STATUS_SIZE];                                /* that was told last, of several spaces */
	int exit_status;
};

static void soon(struct process *p)
{
	static const struct timeval at_once = { 0, 0 };

	if (!event_pending(p->soon, EV_TIMEOUT, NULL))
		event_add(p->soon, &at_once);
}

/* --- what is told to the service manager ------------------------------------------------------------ */

/* Configuration and rulebook are good, and the first connect was tried. A service manager that
 * waited for Redis would hold up the installation, or the boot, of which Redis may be a later
 * part; whether anything moves is in the status. */
static void tell_ready(struct process *p)
{
	if (p->ready_told || !(seats_tried(&p->served) || (p->served.count == 0 && p->hub_tried)))
		return;
	p->ready_told = true;
	notify_ready();
}

static void add_status(char text[STATUS_SIZE], const char *space, const char *why)
{
	size_t used = strlen(text);

	snprintf(text + used, STATUS_SIZE - used, "; %s%s%s", space, *space != '\0' ? ": " : "", why);
}

/* Of several spaces: how many, and what is wrong with which. */
static void tell_status(struct process *p)
{
	const struct served *s = &p->served;
	char text[STATUS_SIZE], why[PROGRESS_WHY];
	size_t well = 0, elsewhere = 0;

	if (!s->several)
		return;
	for (size_t i = 0; i < s->count; i++) {
		const struct seat *seat = s->seats[i];

		well += seat->d != NULL && progress_why(seat->d, why) == NULL;
		elsewhere += seat->d == NULL && seat->led_by[0] != '\0';
	}
	snprintf(text, sizeof(text), "%zu spaces, %zu led elsewhere, %zu well, rulebook %s %s", s->count,
	         elsewhere, well, s->rb->id, s->rb->version);
	if (s->unknown[0] != '\0')
		add_status(text, "", s->unknown);
	for (size_t i = 0; i < s->count; i++) {
		const struct seat *seat = s->seats[i];
		const char *problem = seat->d != NULL           ? progress_why(seat->d, why)
		                      : seat->led_by[0] != '\0' ? NULL
		                                                : seat_why(seat);

		if (problem != NULL)
			add_status(text, seat->space, problem);
	}
	if (strcmp(text, p->status) == 0)
		return;
	memcpy(p->status, text, sizeof(text));
	notify_status("%s", text);
}

/* --- what spaces tell ----------------------------------------------------------------------------------- */

static void on_status(void *arg, const char *text)
{
	struct seat *seat = arg;
	struct process *p = seat->process;

	if (p->served.several)
		p->last_status_ms = 0;
	else
		notify_status("%s", text);
}

static void on_tried(void *arg)
{
	struct seat *seat = arg;

	seat->tried = true;
	tell_ready(seat->process);
}

static void on_adopted(void *arg)
{
	struct seat *seat = arg;

	soon(seat->process);
}

static void on_over(void *arg)
{
	struct seat *seat = arg;

	seat->over = true;
	soon(seat->process);
}

static char *on_names(void *arg)
{
	const struct seat *seat = arg;
	const struct served *s = &seat->process->served;
	char *text = mem_copy("");

	for (size_t i = 0; i < s->count; i++)
		if (s->seats[i]->d != NULL)
			text =
			    mem_join(text, mem_format("%s%s", *text != '\0' ? " " : "", s->seats[i]->space));
	return text;
}

/* --- which spaces ------------------------------------------------------------------------------------------ */

static void on_named(void *arg, char **names, size_t count)
{
	struct process *p = arg;

	p->hub_tried = true;
	p->hub_names = count;
	if (!conf_means_all_spaces(&p->served.conf))
		return;
	if (p->served.unknown[0] != '\0')
		log_info("hub-read", "spaces=%zu", count);
	p->served.unknown[0] = '\0';
	if (!p->stopping)
		seats_want(&p->served, names, count, &p->with);
	soon(p);
}

/* What is served goes on: that a hub is lost, or empty, is no reason to leave everybody. */
static void on_unknown(void *arg, const char *why)
{
	struct process *p = arg;

	p->hub_tried = true;
	if (!conf_means_all_spaces(&p->served.conf))
		return;
	if (strcmp(p->served.unknown, why) != 0)
		log_warn("hub-unread", "why=\"%s\" action=\"serving the spaces that are known: %zu\"", why,
		         p->served.count);
	snprintf(p->served.unknown, sizeof(p->served.unknown), "%s", why);
	tell_ready(p);
}

/* As the configuration says now. */
static void find_spaces(struct process *p)
{
	struct served *s = &p->served;
	const struct hub_hooks hooks = { on_named, on_unknown, p };
	char *only = "";

	if (!s->several) {
		seats_want(s, &only, 1, &p->with);
	} else if (!conf_means_all_spaces(&s->conf)) {
		s->unknown[0] = '\0';
		seats_want(s, s->conf.spaces.words, s->conf.spaces.count, &p->with);
	} else if (s->count == 0) {
		snprintf(s->unknown, sizeof(s->unknown), "the hub was not asked yet which spaces there are");
	}
	if (s->several && p->hub == NULL)
		p->hub = hub_open(s->base, p->with.target, p->hub_prefix, &hooks);
}

/* --- turns ---------------------------------------------------------------------------------------------------- */

static void end(struct process *p, int status)
{
	p->exit_status = status;
	event_base_loopbreak(p->served.base);
}

static void turn(struct process *p)
{
	int status = 0;

	if (p->stopping) {
		if (seats_stop(&p->served))
			event_base_loopbreak(p->served.base);
		return;
	}
	if (p->reload_wanted && !p->reloading) {
		p->reload_wanted = false;
		p->reloading = !reload_begin(p->reload, &p->served, &p->want->with);
		if (p->reloading)
			find_spaces(p);
		else if (p->ready_told)
			notify_ready();
	}
	if (reload_done(p->reload, &p->served, &p->want->with)) {
		p->reloading = false;
		if (p->ready_told)
			notify_ready();
		if (p->reload_wanted)
			soon(p);
	}
	if (!seats_turn(&p->served, &p->with, &status))
		end(p, status);
}

static void on_soon(evutil_socket_t fd, short what, void *arg)
{
	turn(arg);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct process *p = arg;
	int watchdog_ms = notify_watchdog_interval_ms();

	hub_turn(p->hub);
	shares_turn(p->shares, p->hub, p->hub_names > 0 ? p->hub_names : p->served.count);
	web_server_turn(p->web);
	if (turn_due(&p->last_zones_ms, ZONES_MS) && !p->stopping)
		reload_zones(p->reload, &p->served);
	turn(p);
	tell_ready(p);
	if (turn_due(&p->last_status_ms, STATUS_MS) && !p->stopping)
		tell_status(p);
	if (watchdog_ms > 0 && turn_due(&p->last_watchdog_ms, watchdog_ms))
		notify_watchdog();
}

/* --- signals and the clock ----------------------------------------------------------------------------------- */

static void on_stop(evutil_socket_t sig, short what, void *arg)
{
	struct process *p = arg;
	size_t in_flight = 0;

	if (p->stopping) { /* asked twice: at once; nothing is lost by it */
		event_base_loopbreak(p->served.base);
		return;
	}
	for (size_t i = 0; i < p->served.count; i++)
		in_flight += p->served.seats[i]->d != NULL ? p->served.seats[i]->d->schedule.in_flight : 0;
	log_info("stopping", "signal=%d in_flight=%zu", (int)sig, in_flight);
	notify_stopping();
	p->stopping = true;
	soon(p);
}

static void on_reload(evutil_socket_t sig, short what, void *arg)
{
	struct process *p = arg;

	notify_reloading();
	p->reload_wanted = true;
	soon(p);
}

/* The wall clock was set: nothing is released until it was compared with Redis again. */
static void on_clock_set(evutil_socket_t fd, short what, void *arg)
{
	struct process *p = arg;
	uint64_t ignored;

	if (read((int)fd, &ignored, sizeof(ignored)) >= 0 || errno != ECANCELED)
		return;
	log_warn("clock-set", "action=\"comparing with Redis before anything is released\"");
	for (size_t i = 0; i < p->served.count; i++)
		if (p->served.seats[i]->d != NULL)
			space_clock_set(p->served.seats[i]->d);
	clock_watch_arm((int)fd);
}

void clock_watch_arm(int fd)
{
	/* Far away: it only fires when somebody sets the clock. */
	struct itimerspec never = { .it_value = { .tv_sec = INT32_MAX } };

	timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL);
}

/* --- life ----------------------------------------------------------------------------------------------------- */

static struct event *add_signal(struct process *p, int sig, event_callback_fn cb)
{
	struct event *e = evsignal_new(p->served.base, sig, cb, p);

	event_priority_set(e, 0);
	event_add(e, NULL);
	return e;
}

static void events_open(struct process *p)
{
	const struct timeval tick = { 0, TICK_MS * 1000 };

	p->tick = event_new(p->served.base, -1, EV_PERSIST, on_tick, p);
	p->soon = evtimer_new(p->served.base, on_soon, p);
	event_add(p->tick, &tick);
	p->signals[0] = add_signal(p, SIGTERM, on_stop);
	p->signals[1] = add_signal(p, SIGINT, on_stop);
	p->signals[2] = add_signal(p, SIGHUP, on_reload);
	p->clock_fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (p->clock_fd < 0)
		return;
	p->clock_set = event_new(p->served.base, p->clock_fd, EV_READ | EV_PERSIST, on_clock_set, p);
	clock_watch_arm(p->clock_fd);
	event_add(p->clock_set, NULL);
}

static void events_close(struct process *p)
{
	for (size_t i = 0; i < SIGNALS; i++)
		event_free(p->signals[i]);
	if (p->clock_set != NULL)
		event_free(p->clock_set);
	if (p->clock_fd >= 0)
		close(p->clock_fd);
	event_free(p->tick);
	event_free(p->soon);
}

/* Is there something to begin with? Of several spaces, each is opened when it is known who leads; what none of them
 * could do without is looked at now. */
static bool first_spaces(struct process *p)
{
	char err[300];

	if (!p->served.several || tail_may_open(&p->served.conf, err, sizeof(err)))
		return seats_turn(&p->served, &p->with, &p->exit_status);
	log_event(LOG_LEVEL_FATAL, "decision-log", "error=\"%s\"", err);
	p->exit_status = EXIT_CONFIG;
	return false;
}

static void run(struct process *p)
{
	bool open;

	events_open(p);
	find_spaces(p);
	open = first_spaces(p);
	if (open) {
		reload_verdict(&p->served, &p->want->with);
		p->web = web_server_open(&p->served);
		event_base_loop(p->served.base, EVLOOP_NO_EXIT_ON_EMPTY);
	}
	hub_close(p->hub);
	seats_close(&p->served);
	web_server_close(p->web); /* what it had asked Redis is answered by now */
	events_close(p);
	if (open)
		log_info("stopped", "commits=%" PRIu64, p->served.commits);
}

int process_run(const struct process_want *want, struct conf *conf, struct rulebook *rb,
                const struct redis_target *target)
{
	const struct space_host host = { on_status, on_tried, on_adopted, on_over, on_names, NULL };
	struct process *p = mem_zero(sizeof(*p));

	p->want = want;
	p->served = (struct served){
		.base = event_base_new(), .conf = *conf, .rb = rb, .several = conf->spaces.count > 0
	};
	reload_put_over(&want->with, &p->served.conf);
	event_base_priority_init(p->served.base, 3);
	if (want->speed > 0)
		clock_simulate(&p->clock, want->simulate_ms, want->speed);
	p->with = (struct seats_with){ target, &p->clock, ears_open(p->served.base, target), &host, p };
	p->reload = reload_open();
	p->shares = shares_open(&p->served);
	p->hub_prefix = mem_copy(conf->prefix);
	run(p);
	int status = p->exit_status;

	ears_close(p->with.ears);
	event_base_free(p->served.base);
	libevent_global_shutdown();
	reload_close(p->reload);
	shares_close(p->shares);
	free(p->hub_prefix);
	rulebook_free(p->served.rb);
	conf_done(&p->served.conf);
	free(p);
	return status;
}
