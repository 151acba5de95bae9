/* replicas.c - what was released is to be in more than one Redis.
 *
 * With wait_replicas the daemon asks WAIT behind the commits that released something:
 * one at a time, on their own connection, so that it speaks of all that went before.
 * Where fewer acknowledge, nothing moves until they do. What was released is in ready
 * by then, and a sender may have it: WAIT narrows what a failover can lose to what one
 * WAIT covers, and does not close it.
 *
 * With min-replicas-to-write Redis itself refuses what would be in one place only; then
 * nothing can be written that would say so, and the log and systemd are told. */
#include "daemon/health/replicas.h"

#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void replicas_ask(struct daemon *d);

/* Too few replicas, because; "": there are enough. The same cause is logged once. */
static void replicas_tell(struct daemon *d, const char *why)
{
	if (why[0] != '\0' && d->replicas.why[0] == '\0') {
		say_warn(d, "replicas-missing", "why=\"%s\" action=\"nothing moves until they are back\"",
		         why);
		say_status(d, "nothing moves: %s", why);
	} else if (why[0] == '\0' && d->replicas.why[0] != '\0' && d->replicas.known) {
		say_info(d, "replicas-back", "acknowledged=%" PRId64, d->replicas.acked);
	}
	snprintf(d->replicas.why, sizeof(d->replicas.why), "%s", why);
	turn_want(d, WANT_STATE);
}

/* --- WAIT ----------------------------------------------------------------------------- */

static void on_wait(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	char why[sizeof(d->replicas.why)] = "";
	d->replicas.asking = false;
	if (reply == NULL)
		return; /* the link is down; asked again once it is up */
	d->replicas.acked = reply_int(reply, 0);
	d->replicas.answered_ms = clock_monotonic_ms();
	if (reply_is_error(reply))
		snprintf(why, sizeof(why), "WAIT: %.120s", reply_text(reply, NULL));
	else if (d->replicas.acked < d->conf.wait_replicas)
		snprintf(why, sizeof(why), "%" PRId64 " of %d replicas acknowledged within %d ms",
		         d->replicas.acked, d->conf.wait_replicas, d->conf.wait_ms);
	d->replicas.short_count += why[0] != '\0';
	if (!d->replicas.refused)
		replicas_tell(d, why);
	d->replicas.known = true;
	if (d->replicas.again && why[0] == '\0')
		replicas_ask(d);
}

static void replicas_ask(struct daemon *d)
{
	struct redis_args a;
	d->replicas.again = d->replicas.asking;
	if (d->replicas.asking || d->conf.wait_replicas == 0)
		return;
	args_init(&a);
	args_add(&a, "WAIT");
	args_add_int(&a, d->conf.wait_replicas);
	args_add_int(&a, d->conf.wait_ms);
	d->replicas.asking = redis_link_call(d->link, &a, d->conf.wait_ms, on_wait, d);
	args_done(&a);
}

/* --- what Redis refuses -------------------------------------------------------------- */

bool replicas_deny(struct daemon *d, const struct redis_reply *reply)
{
	if (!reply_error_is(reply, "NOREPLICAS"))
		return false;
	d->replicas.refused = true;
	replicas_tell(d, "min-replicas-to-write of Redis: NOREPLICAS");
	return true;
}

void replicas_accepted(struct daemon *d)
{
	if (!d->replicas.refused)
		return;
	d->replicas.refused = false;
	d->replicas.known = true;
	replicas_tell(d, "");
	/* What was said meanwhile was not heard. */
	turn_want(d, WANT_FORGET);
	turn_want(d, WANT_READING);
	d->replicas.again = true;
}

const char *replicas_why(const struct daemon *d)
{
	if (d->replicas.refused)
		return d->replicas.why;
	if (d->conf.wait_replicas == 0) /* perhaps since a reload */
		return "";
	return d->replicas.known || d->replicas.why[0] != '\0' ? d->replicas.why : "replicas not asked yet";
}

/* --- the daemon's turns ----------------------------------------------------------------- */

void replicas_released(struct daemon *d)
{
	replicas_ask(d);
}

void replicas_up(struct daemon *d)
{
	/* Whoever is there now is asked before anything moves. */
	d->replicas.known = d->replicas.refused = d->replicas.asking = false;
	d->replicas.why[0] = '\0';
	replicas_ask(d);
}

void replicas_turn(struct daemon *d)
{
	if (d->replicas.refused)
		turn_want(d, WANT_HEARTBEAT); /* the first that is accepted tells */
	else if (d->conf.wait_replicas == 0 && d->replicas.why[0] != '\0')
		replicas_tell(d, "");
	else if (*replicas_why(d) != '\0' || (d->replicas.again && !d->replicas.asking))
		replicas_ask(d);
}
