/* hours.c - see hours.h. */
#include "daemon/upkeep/hours.h"

#include "daemon/base/turn.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdlib.h>

#define MINUTE_MS 60000
#define CALL_MAX 100 /* campaigns: about a millisecond */

struct hours {
	bool asked;
	size_t next;    /* run to go on with */
	int64_t minute; /* of the clock, whose round it is; 0: none yet */
};

void hours_open(struct daemon *d)
{
	d->hours = mem_zero(sizeof(*d->hours));
}

void hours_close(struct daemon *d)
{
	free(d->hours);
	d->hours = NULL;
}

static void on_hours(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	d->hours->asked = false;
	/* What was not added now is with the next minute's. */
	if (refused(d, reply, "licet_hours"))
		d->hours->next = d->run_count;
}

void hours_turn(struct daemon *d)
{
	struct hours *h = d->hours;
	int64_t minute = turn_now(d) / MINUTE_MS;
	char key[KEY_SIZE];
	struct redis_args a;
	if (h->asked || !d->catalog_known || !health_good(d) || d->draining)
		return;
	if (minute != h->minute) {
		h->minute = minute;
		h->next = 0;
	}
	if (h->next >= d->run_count)
		return;
	args_fcall(&a, "licet_hours", key_global(d->conf.prefix, "campaigns", key));
	for (size_t n = 0; h->next < d->run_count && n < CALL_MAX; n++, h->next++)
		args_addf(&a, "%s", d->runs[h->next]->id);
	h->asked = redis_link_call(d->link, &a, 0, on_hours, d);
	args_done(&a);
}
