/* drive.c - licetd on a simulated clock, and a sender beside it.
 *
 * While something may go out, the clock runs at a speed at which a round trip is short
 * against the rate. Closed hours are not waited for: licetd is ended and started again just
 * before the next thing that can happen, as if nobody had needed it meanwhile. */
#include "ctl/simulate/drive.h"

#include "core/law/binding.h"
#include "core/number/place.h"
#include "ctl/query/ready_entry.h"
#include "ctl/simulate/copy.h"
#include "ctl/simulate/interrupt.h"
#include "ctl/simulate/simulate.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TAKE_MAX "500"
#define START_REAL_MS 500 /* what licetd may need from its start to its first turn */
#define START_MAX_MS 20000
#define STOP_MAX_MS 10000
#define LOOK_REAL_MS 20    /* between looks at the counters */
#define IDLE_REAL_MS 1     /* between takes that found nothing */
#define STUCK_REAL_MS 5000 /* nothing moved for so long, though it could have */

static void nap(int ms)
{
	const struct timespec pause = { ms / 1000, ms % 1000 * INT64_C(1000000) };

	nanosleep(&pause, NULL);
}

/* --- licetd --------------------------------------------------------------------------------- */

static void run_licetd(const struct rehearsal *r, const char *at, const char *speed)
{
	const struct target_options *o = &r->ctl->options;
	const char *argv[20];
	int n = 0, null = open("/dev/null", O_RDONLY);

	argv[n++] = r->licetd;
	if (o->file != NULL) {
		argv[n++] = "-c";
		argv[n++] = o->file;
	}
	if (o->socket != NULL) {
		argv[n++] = "--socket";
		argv[n++] = o->socket;
	}
	if (o->redis != NULL) {
		argv[n++] = "--redis";
		argv[n++] = o->redis;
	}
	if (o->rulebook != NULL) {
		argv[n++] = "--rulebook";
		argv[n++] = o->rulebook;
	}
	/* What did not happen stands in no decision log, whatever the configuration says. */
	const char *const rest[] = { "--prefix", r->prefix, "--simulate", at,
		                     "--speed",  speed,     "--log-dir",  "" };

	for (size_t i = 0; i < sizeof(rest) / sizeof(rest[0]); i++)
		argv[n++] = rest[i];
	argv[n] = NULL;
	dup2(null, STDIN_FILENO);
	dup2(fileno(r->log), STDOUT_FILENO);
	dup2(fileno(r->log), STDERR_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* it ends with us, whatever ends us */
	unsetenv("NOTIFY_SOCKET");
	unsetenv("JOURNAL_STREAM");
	signal(SIGINT, SIG_IGN); /* Ctrl-C is ours to answer */
	execv(r->licetd, (char *const *)argv);
	_exit(127);
}

/* The last line that licetd wrote. */
static const char *last_words(struct rehearsal *r, char *buf, size_t size)
{
	char line[512];

	snprintf(buf, size, "it cannot be started");
	rewind(r->log);
	while (fgets(line, sizeof(line), r->log) != NULL)
		snprintf(buf, size, "%.*s", (int)strcspn(line, "\n"), line);
	return buf;
}

static bool is_alive(struct rehearsal *r)
{
	int status;

	if (r->pid != 0 && waitpid(r->pid, &status, WNOHANG) == r->pid)
		r->pid = 0;
	return r->pid != 0;
}

static bool beats(struct rehearsal *r)
{
	char key[KEY_SIZE];
	struct hash h;

	hash_read(r->ctl, key_of(r->prefix, "daemon", ctl_conf(r->ctl)->instance, key), &h);
	bool ours = hash_int(&h, "pid") == r->pid;

	hash_done(&h);
	return ours;
}

static void read_clock(struct rehearsal *r)
{
	char key[KEY_SIZE];
	struct hash h;

	hash_read(r->ctl, key_global(r->prefix, "clock", key), &h);
	const char *speed = hash_get(&h, "speed");

	r->clock = (struct clock_source){ .simulated = true,
		                          .sim_base_ms = hash_int(&h, "sim_base_ms"),
		                          .real_base_ms = hash_int(&h, "real_base_ms"),
		                          .speed = speed != NULL ? strtod(speed, NULL) : 1 };
	hash_done(&h);
}

void sim_start(struct rehearsal *r, int64_t at_ms)
{
	char at[CIVIL_INSTANT_SIZE], speed[32], why[512];
	int64_t deadline_ms = clock_monotonic_ms() + START_MAX_MS;

	civil_format_instant(at_ms, at);
	snprintf(speed, sizeof(speed), "%.3f", r->speed);
	sim_refresh_lists(r, at_ms);
	if (r->log == NULL && (r->log = tmpfile()) == NULL)
		ctl_fail(error_pick("a temporary file: %s", "un fichier temporaire : %s"), strerror(errno));
	fflush(NULL);
	r->pid = fork();
	if (r->pid == 0)
		run_licetd(r, at, speed);
	if (r->pid < 0) {
		r->pid = 0;
		ctl_fail("%s: %s", r->licetd, strerror(errno));
	}
	while (!beats(r)) {
		if (!is_alive(r))
			ctl_fail(error_pick("%s ended: %s", "%s s'est terminé : %s"), r->licetd,
			         last_words(r, why, sizeof(why)));
		if (sim_interrupted() || clock_monotonic_ms() > deadline_ms)
			ctl_fail("%s", sim_interrupted()
			                   ? error_pick("interrupted", "interrompue")
			                   : error_pick("licetd does not start", "licetd ne démarre pas"));
		nap(IDLE_REAL_MS);
	}
	read_clock(r);
}

void sim_stop(struct rehearsal *r)
{
	int64_t deadline_ms = clock_monotonic_ms() + STOP_MAX_MS;

	if (r->pid == 0)
		return;
	kill(r->pid, SIGTERM);
	while (is_alive(r)) {
		if (clock_monotonic_ms() > deadline_ms)
			kill(r->pid, SIGKILL);
		nap(IDLE_REAL_MS);
	}
}

static int64_t sim_now(const struct rehearsal *r)
{
	return clock_now_ms(&r->clock);
}

/* --- the sender ------------------------------------------------------------------------------- */

static void note_release(struct rehearsal *r, int64_t ms)
{
	int64_t start_ms = ms - ms % SIM_HOUR_MS;
	size_t i = r->hour_count;

	r->released++;
	if (r->first_ms == TIME_NONE || ms < r->first_ms)
		r->first_ms = ms;
	if (r->last_ms == TIME_NONE || ms > r->last_ms)
		r->last_ms = ms;
	while (i > 0 && r->hours[i - 1].start_ms > start_ms)
		i--;
	if (i > 0 && r->hours[i - 1].start_ms == start_ms) {
		r->hours[i - 1].released++;
		return;
	}
	r->hours = mem_grow(r->hours, &r->hour_capacity, r->hour_count, sizeof(*r->hours));
	memmove(&r->hours[i + 1], &r->hours[i], (r->hour_count - i) * sizeof(*r->hours));
	r->hours[i] = (struct sim_hour){ start_ms, 1 };
	r->hour_count++;
}

/* xorshift64*: the same seed gives the same outcomes in the same order. */
static const char *draw_outcome(struct rehearsal *r)
{
	r->chance ^= r->chance >> 12;
	r->chance ^= r->chance << 25;
	r->chance ^= r->chance >> 27;
	int drawn = (int)((r->chance * UINT64_C(2685821657736338717)) >> 33) % 1000;

	for (size_t i = 0; i < r->mix_count; i++)
		if (drawn < r->mix[i].per_mille)
			return r->mix[i].name;
	return "answered";
}

static void report(struct rehearsal *r, const struct redis_reply *job, const char *ready)
{
	const char *token = reply_text(reply_field(job, "token"), NULL);
	struct redis_args a;

	args_fcall(&a, "licet_done", ready);
	args_addf(&a, "%s", token != NULL ? token : "");
	args_add(&a, draw_outcome(r));
	args_add(&a, "");
	ask_send(r->ctl, &a);
	args_done(&a);
}

/* Take what is ready, and say at once what became of it. Returns how many. */
static size_t take_some(struct rehearsal *r, const char *ready)
{
	struct redis_args a;

	args_fcall(&a, "licet_take", ready);
	args_add(&a, "rehearsal");
	args_add(&a, TAKE_MAX);
	struct redis_reply *jobs = ask(r->ctl, &a);
	size_t count = reply_count(jobs);

	args_done(&a);
	for (size_t i = 0; i < count; i++) {
		note_release(r, reply_int(reply_field(reply_at(jobs, i), "released_ms"), 0));
		report(r, reply_at(jobs, i), ready);
	}
	for (size_t i = 0; i < count; i++)
		reply_free(ask_next_any(r->ctl));
	reply_free(jobs);
	return count;
}

/* --- what is left, and when it may go on ------------------------------------------------------- */

static void look_asks(struct rehearsal *r)
{
	char key[KEY_SIZE];

	ask_send_words(r->ctl, "MULTI");
	ask_send_words(r->ctl, "LLEN", key_campaign(r->prefix, r->campaign, "queue", key));
	ask_send_words(r->ctl, "ZRANGE", key_campaign(r->prefix, r->campaign, "later", key), "0", "0",
	               "WITHSCORES");
	ask_send_words(r->ctl, "HGETALL", key_campaign(r->prefix, r->campaign, "stats", key));
	ask_send_words(r->ctl, "EXEC");
}

/* In one step: between two, a job could leave the one place before it is seen and enter the other
 * after that was looked at. The phase would end as if nothing were left to wait for. */
static void look(struct rehearsal *r)
{
	enum { MULTI_AND_QUEUED = 4, LOOKED_AT = 3 };

	look_asks(r);
	for (int i = 0; i < MULTI_AND_QUEUED; i++)
		reply_free(ask_next_any(r->ctl));
	struct redis_reply *all = ask_next_any(r->ctl);
	const struct redis_reply *first = reply_at(all, 1);

	if (reply_count(all) != LOOKED_AT || !reply_is_array(first) || !reply_is_array(reply_at(all, 2)))
		ctl_fail(error_pick("the rehearsal's keys cannot be read",
		                    "les clés de la répétition sont illisibles"));
	r->queue = reply_int(reply_at(all, 0), 0);
	r->later_ms =
	    reply_count(first) > 1 ? (int64_t)strtod(reply_text(reply_at(first, 1), NULL), NULL) : INT64_MAX;
	hash_done(&r->stats);
	hash_take(&r->stats, reply_copy(reply_at(all, 2)));
	reply_free(all);
}

static bool is_out(const struct rehearsal *r)
{
	return hash_int(&r->stats, "ready") > 0 || hash_int(&r->stats, "taken") > 0;
}

static bool is_done(const struct rehearsal *r)
{
	return r->queue == 0 && !is_out(r) && hash_int(&r->stats, "held") == 0 &&
	       hash_int(&r->stats, "later") == 0;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* The next instant at which something can happen: now, if it can already. */
static int64_t next_event(struct rehearsal *r, int64_t now_ms)
{
	static const char held[] = "held.";
	const struct campaign *c = &r->cf->sit.c;
	int64_t next_ms = sooner(r->later_ms, r->until_ms);

	if (r->queue > 0 || is_out(r))
		return now_ms;
	for (size_t i = 0; i < r->stats.fields.count; i++) {
		const char *name = r->stats.fields.names[i];
		uint32_t place;

		if (strncmp(name, held, strlen(held)) != 0 || strcmp(r->stats.fields.values[i], "0") == 0 ||
		    !place_parse(r->ctl->rulebook, name + strlen(held), strlen(name) - strlen(held), &place))
			continue;
		int64_t from_ms = c->start_ms > now_ms ? c->start_ms : now_ms;
		const struct place_view *v = place_view_at(&r->cf->views, place, from_ms);

		if (v->open && from_ms < v->close_ms - (int64_t)c->guard_s * 1000)
			next_ms = sooner(next_ms, from_ms);
		else if (v->next_open_ms != TIME_NONE)
			next_ms = sooner(next_ms, v->next_open_ms);
	}
	next_ms = sooner(next_ms, c->end_ms);
	return next_ms > now_ms ? next_ms : now_ms;
}

/* --- running it ------------------------------------------------------------------------------------ */

/* Why the daemon says that nothing moves. */
static void note_stuck(struct rehearsal *r)
{
	char key[KEY_SIZE];
	struct hash state;

	hash_read(r->ctl, key_campaign(r->prefix, r->campaign, "state", key), &state);
	const char *because = hash_get(&state, "because"), *rule = hash_get(&state, "rule");

	snprintf(r->stuck, sizeof(r->stuck), "%.40s%s%.50s",
	         because != NULL ? because : error_pick("no state", "aucun état"),
	         rule != NULL && *rule != '\0' ? ", " : "", rule != NULL ? rule : "");
	hash_done(&state);
}

/* From an instant on, until it is over or nothing can happen for a while. Returns the
 * instant to go on with, or TIME_NONE: that was all. */
static int64_t run_phase(struct rehearsal *r, int64_t from_ms)
{
	char ready[KEY_SIZE];
	int64_t lead_ms = (int64_t)(r->speed * START_REAL_MS), moved_ms = clock_monotonic_ms(), looked_ms = 0;

	key_ready(r->prefix, r->cf->sit.c.route, "", ready);
	sim_start(r, from_ms);
	for (;;) {
		int64_t real_ms = clock_monotonic_ms(), now_ms = sim_now(r);

		if (sim_interrupted() || !is_alive(r))
			ctl_fail("%s", sim_interrupted()
			                   ? error_pick("interrupted", "interrompue")
			                   : error_pick("licetd ended", "licetd s'est terminé"));
		if (take_some(r, ready) > 0)
			moved_ms = real_ms;
		else
			nap(IDLE_REAL_MS);
		if (real_ms - looked_ms < LOOK_REAL_MS)
			continue;
		looked_ms = real_ms;
		look(r);
		ctl_progress(r->campaign, r->released);
		r->ended_ms = now_ms;
		if (is_done(r) || now_ms >= r->until_ms)
			return TIME_NONE;
		int64_t next_ms = next_event(r, now_ms);

		if (next_ms > now_ms + 2 * lead_ms)
			return next_ms - lead_ms;
		if (next_ms > now_ms)
			moved_ms = real_ms;
		if (real_ms - moved_ms > STUCK_REAL_MS) {
			note_stuck(r);
			return TIME_NONE;
		}
	}
}

void sim_run(struct rehearsal *r)
{
	int64_t lead_ms = (int64_t)(r->speed * START_REAL_MS);

	r->first_ms = r->last_ms = TIME_NONE;
	look(r);
	/* Begin early enough: what is due at that instant must find licetd at work. */
	for (int64_t at_ms = r->at_ms - lead_ms; at_ms != TIME_NONE;) {
		at_ms = run_phase(r, at_ms);
		sim_stop(r);
	}
	look(r);
	ctl_progress("", -1);
}
