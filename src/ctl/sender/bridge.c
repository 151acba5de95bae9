/* bridge.c - see bridge.h. */
#include "ctl/sender/bridge.h"

#include "ctl/query/taken_job.h"
#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GRACE_MAX_MS 5000
#define PAUSE_MIN_MS 250
#define PAUSE_MAX_MS 30000

/* --- time ------------------------------------------------------------------------------ */

int64_t bridge_now_ms(const struct bridge *b)
{
	const struct bridge_clock *c = &b->clock;
	int64_t wall_ms =
	    c->asked_ms != 0 ? c->redis_ms + (clock_monotonic_ms() - c->asked_ms) : clock_wall_ms();

	return clock_from_wall(&c->source, wall_ms);
}

int64_t bridge_grace_ms(const struct bridge *b)
{
	return b->lease_ms / 10 < GRACE_MAX_MS ? b->lease_ms / 10 : GRACE_MAX_MS;
}

int64_t bridge_timeout_max_ms(const struct bridge *b)
{
	return b->lease_ms - 2 * bridge_grace_ms(b);
}

int64_t bridge_timeout_ms(const struct bridge *b)
{
	int64_t max_ms = bridge_timeout_max_ms(b);

	if (b->timeout_ms == 0)
		return b->lease_ms / 5 * 4;
	return b->timeout_ms < max_ms ? b->timeout_ms : max_ms;
}

/* --- turns ----------------------------------------------------------------------------- */

void bridge_soon(struct bridge *b)
{
	event_active(b->all->soon, EV_TIMEOUT, 0);
}

void bridge_stop(struct bridge *b, int exit_code)
{
	if (exit_code > b->all->exit_code)
		b->all->exit_code = exit_code;
	b->all->stopping = true;
}

void bridge_end(struct bridge *b, int exit_code)
{
	bool all = true;

	b->over = true;
	for (size_t i = 0; i < b->all->count; i++)
		all = all && b->all->list[i]->over;
	if (all)
		bridge_stop(b, exit_code);
	else if (exit_code > b->all->exit_code)
		b->all->exit_code = exit_code;
}

void bridge_pause(struct bridge *b)
{
	int pause_ms = b->take_pause_ms > 0 ? b->take_pause_ms : PAUSE_MIN_MS;

	b->take_pause_ms = 2 * pause_ms < PAUSE_MAX_MS ? 2 * pause_ms : PAUSE_MAX_MS;
	event_add(b->look, &(struct timeval){ pause_ms / 1000, pause_ms % 1000 * 1000 });
}

/* Errors that no patience heals. */
static bool is_final(const struct redis_reply *reply)
{
	static const char *const words[] = { "NOPERM", "NOAUTH", "WRONGPASS", "KEY", "SENDER", "COUNT" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (reply_error_is(reply, words[i]))
			return true;
	return false;
}

bool bridge_is_moving(const char *error)
{
	return strncmp(error, "TRYAGAIN ", 9) == 0 || strncmp(error, "ASK ", 4) == 0;
}

void bridge_take_failed(struct bridge *b, const struct redis_reply *error, const char *text)
{
	bool moving = reply_is_error(error) && bridge_is_moving(text);
	bool final = !moving && (b->once || is_final(error));

	if (final)
		bridge_end(b, 1);
	else if (moving)
		event_add(b->look, &(struct timeval){ MOVING_MS / 1000, MOVING_MS % 1000 * 1000 });
	else
		bridge_pause(b);
	/* Of a slot on the move it is said in two ways, one after the other. */
	if (strcmp(text, b->take_error) != 0 && !(moving && bridge_is_moving(b->take_error)))
		log_error("take-refused", "route=%s%s%s error=\"%s\" action=\"%s\"", b->route,
		          b->space[0] != '\0' ? " space=" : "", b->space, text,
		          final ? "taking no more" : "trying again");
	snprintf(b->take_error, sizeof(b->take_error), "%s", text);
}

/* --- jobs ------------------------------------------------------------------------------ */

void bridge_job_read(const struct redis_reply *taken, struct bridge_job *ret)
{
	*ret = (struct bridge_job){ .token = mem_copy(taken_text(taken, "token")),
		                    .campaign = mem_copy(taken_text(taken, "campaign")),
		                    .id = mem_copy(taken_text(taken, "id")),
		                    .to = mem_copy(taken_text(taken, "to")) };
	phone_mask(ret->to, ret->mask);
}

void bridge_job_done(struct bridge_job *job)
{
	free(job->token);
	free(job->campaign);
	free(job->id);
	free(job->to);
}
