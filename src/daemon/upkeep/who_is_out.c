/* who_is_out.c - see who_is_out.h. */
#include "daemon/upkeep/who_is_out.h"

#include "daemon/base/errors.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_MS 30000
#define AGAIN_MS 1000 /* a look that was not answered */
#define A_CALL "200"  /* leases or fields: about a millisecond */

struct who_is_out {
	bool asked;
	char cursor[ID_MAX + 40]; /* "0": the round is over */
	int64_t began_ms, put, gone;
};

void out_open(struct daemon *d)
{
	d->who_is_out = mem_zero(sizeof(*d->who_is_out));
	strcpy(d->who_is_out->cursor, "0");
}

void out_close(struct daemon *d)
{
	free(d->who_is_out);
	d->who_is_out = NULL;
}

static void on_out(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct who_is_out *o = d->who_is_out;
	char key[KEY_SIZE], text[96];
	o->asked = false;
	if (refused(d, reply, "licet_out")) {
		o->began_ms = clock_monotonic_ms() - EVERY_MS + AGAIN_MS;
		return;
	}
	const char *cursor = reply_text(reply_at(reply, 0), NULL);
	snprintf(o->cursor, sizeof(o->cursor), "%s", cursor != NULL ? cursor : "0");
	o->put += reply_int(reply_at(reply, 1), 0);
	o->gone += reply_int(reply_at(reply, 2), 0);
	if (strcmp(o->cursor, "0") != 0 || (o->put == 0 && o->gone == 0))
		return;
	snprintf(text, sizeof(text),
	         "made anew from the leases: %" PRId64 " were missing, %" PRId64 " were over", o->put,
	         o->gone);
	errors_tell(d, key_global(d->conf.prefix, "out", key), text);
}

void out_turn(struct daemon *d)
{
	struct who_is_out *o = d->who_is_out;
	int64_t now_ms = clock_monotonic_ms();
	char key[KEY_SIZE];
	struct redis_args a;
	bool begins = strcmp(o->cursor, "0") == 0;
	if (o->asked || !d->catalog_known || !health_good(d) || d->draining ||
	    (begins && o->began_ms != 0 && now_ms - o->began_ms < EVERY_MS))
		return;
	if (begins) {
		o->began_ms = now_ms;
		o->put = o->gone = 0;
	}
	args_fcall(&a, "licet_out", key_global(d->conf.prefix, "out", key));
	args_add(&a, o->cursor);
	args_add(&a, A_CALL);
	o->asked = redis_link_call(d->link, &a, 0, on_out, d);
	args_done(&a);
}
