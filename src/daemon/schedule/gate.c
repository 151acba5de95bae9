/* gate.c - see gate.h. */
#include "daemon/schedule/gate.h"

#include "core/campaign/pace.h"
#include "daemon/health/gates.h"
#include "daemon/model/routes.h"
#include "io/redis/keys.h"

#include <string.h>

/* The last commit failed because of a list of a wrong type: its name; NULL: because of anything else. */
static const char *blocked_list(const struct daemon *d, const struct run *run)
{
	char lists[KEY_SIZE];
	size_t len = strlen(key_global(d->conf.prefix, "list:", lists));
	return strncmp(run->blocked, lists, len) == 0 ? run->blocked + len : NULL;
}

void run_show(const struct daemon *d, struct run *run)
{
	struct route_run *route = route_find(d, run->sit.c.route);
	bool blocked = run->blocked[0] != '\0' &&
	               (run->blocked_until_ms == 0 || clock_monotonic_ms() < run->blocked_until_ms);
	run->sched.tended = run->listed && run->ready_to_work;
	run->sched.route = route != NULL ? &route->load : NULL;
	run->sched.blocked = blocked ? run->blocked : "";
	run->sched.blocked_list = blocked ? blocked_list(d, run) : NULL;
}

static const struct standing_input *ask(const struct daemon *d, struct run *run, int64_t now_ms,
                                        struct gates *gates, struct standing_question *q)
{
	gates_now(d, gates);
	run_show(d, run);
	return scheduled_standing(&run->sched, gates, pace_slack_ms(d->clock.speed), now_ms, q);
}

void run_standing(const struct daemon *d, struct run *run, int64_t now_ms, struct standing *ret)
{
	struct standing_question q;
	struct gates gates;
	standing_of(ask(d, run, now_ms, &gates, &q), ret);
}

bool run_stops(const struct daemon *d, struct run *run, enum stop_scope scope, int64_t now_ms,
               struct stop *ret)
{
	struct standing_question q;
	struct gates gates;
	return standing_stop(ask(d, run, now_ms, &gates, &q), scope, ret);
}

void run_brake(const struct daemon *d, struct run *run, int64_t now_ms, struct brake *ret)
{
	struct standing_question q;
	struct gates gates;
	standing_brake(ask(d, run, now_ms, &gates, &q), ret);
}
