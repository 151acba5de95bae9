/* seats.c - see seats.h. */
#include "daemon/seats.h"

#include "daemon/health/redis.h"
#include "daemon/lead.h"
#include "daemon/proof/errand.h"
#include "daemon/space_loop.h"
#include "io/config/conf_spaces.h"
#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/keys.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGAIN_MS 10000  /* a space that could not be opened is tried again, */
#define ENDED_MS 60000  /* and so is one that ended by itself */
#define ERRAND_MS 10000 /* the folder of a log is looked for so often */

static struct seat *find(const struct served *s, const char *space)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(s->seats[i]->space, space) == 0)
			return s->seats[i];
	return NULL;
}

/* --- the lead ------------------------------------------------------------------------------------- */

static void on_lead_changed(void *arg)
{
	struct seat *seat = arg;

	seat->host.adopted(seat); /* the process looks */
}

static void on_time_told(void *arg, int64_t asked_ms, int64_t redis_ms)
{
	struct seat *seat = arg;

	if (seat->d != NULL)
		health_time(seat->d, asked_ms, redis_ms);
}

/* Of several: each has one. */
static void open_lead(struct served *s, struct seat *seat, const struct seats_with *with)
{
	const struct lead_hooks hooks = { on_lead_changed, on_time_told, seat };
	char prefix[KEY_SIZE];

	if (s->several)
		seat->lead =
		    lead_open(s->base, with->target, seat->space,
		              prefix_of_space(s->conf.prefix, seat->space, prefix), s->conf.instance, &hooks);
}

/* Is it to be worked in by us, as far as others are concerned? */
static bool is_ours(struct seat *seat)
{
	if (seat->lead == NULL)
		return true;
	lead_turn(seat->lead);
	snprintf(seat->led_by, sizeof(seat->led_by), "%s", lead_of(seat->lead));
	return lead_is_ours(seat->lead);
}

static bool has_left(const struct seat *seat)
{
	return seat->lead == NULL || lead_leave(seat->lead);
}

/* --- one seat ------------------------------------------------------------------------------------- */

static void add(struct served *s, const char *space, const struct seats_with *with)
{
	struct seat *seat = mem_zero(sizeof(*seat));
	size_t at = s->count;

	snprintf(seat->space, sizeof(seat->space), "%s", space);
	seat->wanted = true;
	seat->process = with->process;
	seat->host = *with->host;
	seat->host.arg = seat;
	open_lead(s, seat, with);
	s->seats = mem_grow(s->seats, &s->capacity, s->count, sizeof(struct seat *));
	for (; at > 0 && strcmp(s->seats[at - 1]->space, space) > 0; at--)
		s->seats[at] = s->seats[at - 1];
	s->seats[at] = seat;
	s->count++;
}

static void open_seat(struct served *s, struct seat *seat, const struct seats_with *with)
{
	struct conf conf;
	const struct space_want want = { .space = seat->space,
		                         .host = &seat->host,
		                         .base = s->base,
		                         .conf = &conf,
		                         .rb = s->rb,
		                         .target = with->target,
		                         .clock = with->clock,
		                         .ears = with->ears,
		                         .reloads = s->reloads };

	conf_copy(&s->conf, &conf);
	if (s->several)
		conf_enter_space(&conf, seat->space);
	char why[sizeof(seat->why)] = "";

	seat->tried = seat->over = false;
	seat->d = space_open(&want, why, sizeof(why));
	if (seat->d != NULL && s->several)
		log_info("space-served", "space=%s prefix=%s", seat->space, conf.prefix);
	if (seat->d == NULL && strcmp(seat->why, why) != 0)
		log_event_of(LOG_LEVEL_FATAL, "decision-log", seat->space, "error=\"%s\"", why);
	memcpy(seat->why, why, sizeof(seat->why));
	if (seat->d == NULL)
		seat->again_ms = clock_monotonic_ms() + AGAIN_MS;
	conf_done(&conf);
}

static void end_errand(struct seat *seat)
{
	errand_close(seat->errand);
	seat->errand = NULL;
	seat->errand_ms = 0;
}

/* Another leads it: what is asked of the log that we wrote there is done all the same. */
static void errand(struct served *s, struct seat *seat, const struct seats_with *with)
{
	int64_t now_ms = clock_monotonic_ms();
	struct conf conf;

	if (seat->errand != NULL && seat->errand_reloads != s->reloads)
		end_errand(seat); /* it goes by the configuration of before */
	if (seat->errand == NULL && (seat->errand_ms == 0 || now_ms - seat->errand_ms >= ERRAND_MS)) {
		conf_copy(&s->conf, &conf);
		conf_enter_space(&conf, seat->space);
		seat->errand_ms = now_ms;
		seat->errand_reloads = s->reloads;
		seat->errand = errand_open(&(struct errand_want){ .space = seat->space,
		                                                  .base = s->base,
		                                                  .conf = &conf,
		                                                  .target = with->target,
		                                                  .clock = with->clock });
		conf_done(&conf);
	}
	errand_turn(seat->errand, s->rb);
}

/* It has ended: told to, or because no work can be done in it as things are. */
static void close_seat(struct served *s, struct seat *seat)
{
	uint64_t commits = seat->d->seen_commits;
	bool by_itself = seat->d->exit_status != 0;

	s->commits += commits;
	if (by_itself)
		snprintf(seat->why, sizeof(seat->why), "%s", seat->d->unusable_why);
	space_close(seat->d);
	seat->d = NULL;
	seat->over = false;
	if (by_itself)
		seat->again_ms = clock_monotonic_ms() + ENDED_MS;
	if (seat->space[0] != '\0')
		log_info("space-ended", "space=%s commits=%" PRIu64, seat->space, commits);
}

static void remove_seat(struct served *s, size_t at)
{
	end_errand(s->seats[at]);
	lead_close(s->seats[at]->lead);
	free(s->seats[at]);
	s->count--;
	for (; at < s->count; at++)
		s->seats[at] = s->seats[at + 1];
}

/* --- all of them --------------------------------------------------------------------------------- */

void seats_want(struct served *s, char *const *names, size_t count, const struct seats_with *with)
{
	for (size_t i = 0; i < s->count; i++) {
		struct seat *seat = s->seats[i];
		bool wanted = false;

		for (size_t k = 0; k < count; k++)
			wanted = wanted || strcmp(names[k], seat->space) == 0;
		if (seat->wanted && !wanted)
			log_info("space-left", "space=%s action=\"ending its work in good order\"",
			         seat->space);
		seat->wanted = wanted;
	}
	for (size_t k = 0; k < count; k++)
		if (find(s, names[k]) == NULL)
			add(s, names[k], with);
}

/* What is to be done for one, now. Returns false when it is to be removed. */
static bool seat_turn(struct served *s, struct seat *seat, const struct seats_with *with)
{
	bool ours = is_ours(seat);

	if (seat->d != NULL && !(seat->wanted && ours))
		space_stop(seat->d);
	if (seat->d != NULL && seat->over)
		close_seat(s, seat);
	if (seat->d != NULL)
		return true;
	if (!seat->wanted) {
		end_errand(seat);
		return !has_left(seat);
	}
	if (seat->lead != NULL) {
		lead_free(seat->lead);
		/* What could not be opened here others may have until it is tried again. */
		lead_decline(seat->lead, clock_monotonic_ms() < seat->again_ms);
	}
	if (seat->led_by[0] != '\0')
		errand(s, seat, with);
	else
		end_errand(seat);
	if (ours && clock_monotonic_ms() >= seat->again_ms)
		open_seat(s, seat, with);
	return true;
}

bool seats_turn(struct served *s, const struct seats_with *with, int *ret_status)
{
	for (size_t i = s->count; i-- > 0;) {
		struct seat *seat = s->seats[i];
		int status = seat->d != NULL ? seat->d->exit_status : EXIT_CONFIG;

		if (!seat_turn(s, seat, with))
			remove_seat(s, i);
		else if (seat->d == NULL && !s->several) {
			*ret_status = status;
			return false;
		}
	}
	return true;
}

static bool is_tried(const struct seat *seat)
{
	if (seat->d != NULL)
		return seat->tried;
	return seat->why[0] != '\0' || (seat->lead != NULL && lead_is_known(seat->lead));
}

bool seats_tried(const struct served *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (!is_tried(s->seats[i]))
			return false;
	return s->count > 0;
}

bool seats_stop(struct served *s)
{
	bool open = false;

	for (size_t i = 0; i < s->count; i++) {
		struct seat *seat = s->seats[i];

		seat->wanted = false;
		if (seat->d != NULL)
			space_stop(seat->d);
		if (seat->d != NULL && seat->over && s->several)
			close_seat(s, seat);
		if (seat->d != NULL ? !seat->over : !has_left(seat))
			open = true;
	}
	return !open;
}

void seats_close(struct served *s)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->seats[i]->d != NULL)
			close_seat(s, s->seats[i]);
		end_errand(s->seats[i]);
		lead_close(s->seats[i]->lead);
		free(s->seats[i]);
	}
	free(s->seats);
	s->seats = NULL;
	s->count = s->capacity = 0;
}
