/* proofs.c - see proofs.h. */
#include "daemon/upkeep/proofs.h"

#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_MS INT64_C(86400000)
#define NUMBERS 200 /* a second */

struct proofs {
	char advertiser[ID_MAX + 1], cursor[32]; /* whose are looked through; "": nobody's */
	int64_t gone, numbers;
	bool asked;
};

void proofs_open(struct daemon *d)
{
	d->proofs = mem_zero(sizeof(*d->proofs));
}

void proofs_close(struct daemon *d)
{
	free(d->proofs);
	d->proofs = NULL;
}

static void on_proofs(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct proofs *p = d->proofs;
	const char *cursor;
	if (p == NULL)
		return;
	p->asked = false;
	refused(d, reply, "licet_proofs");
	cursor = reply_is_array(reply) ? reply_text(reply_at(reply, 0), NULL) : NULL;
	snprintf(p->cursor, sizeof(p->cursor), "%s", cursor != NULL ? cursor : "0");
	p->gone += reply_is_array(reply) ? reply_int(reply_at(reply, 1), 0) : 0;
	p->numbers += reply_is_array(reply) ? reply_int(reply_at(reply, 2), 0) : 0;
	if (strcmp(p->cursor, "0") != 0)
		return;
	if (p->gone > 0)
		say_info(d, "proofs-deleted", "advertiser=%s proofs=%" PRId64 " numbers=%" PRId64,
		         p->advertiser, p->gone, p->numbers);
	p->advertiser[0] = '\0';
}

/* The next advertiser whose turn it is. */
static void choose(struct daemon *d)
{
	struct proofs *p = d->proofs;
	int64_t now_ms = clock_monotonic_ms();
	for (size_t i = 0; i < d->run_count; i++) {
		struct run *run = d->runs[i];
		if (!run->registry_exists || run->sit.c.advertiser[0] == '\0' ||
		    (run->proofs_ms != 0 && now_ms - run->proofs_ms < EVERY_MS))
			continue;
		for (size_t k = 0; k < d->run_count; k++)
			if (strcmp(d->runs[k]->sit.c.advertiser, run->sit.c.advertiser) == 0)
				d->runs[k]->proofs_ms = now_ms;
		snprintf(p->advertiser, sizeof(p->advertiser), "%s", run->sit.c.advertiser);
		strcpy(p->cursor, "0");
		p->gone = p->numbers = 0;
		return;
	}
}

void proofs_turn(struct daemon *d)
{
	struct proofs *p = d->proofs;
	char key[KEY_SIZE];
	struct redis_args a;
	if (!d->catalog_known || !health_good(d) || d->draining || p->asked || d->rb->proof_days == 0)
		return;
	if (p->advertiser[0] == '\0')
		choose(d);
	if (p->advertiser[0] == '\0')
		return;
	args_fcall(&a, "licet_proofs", key_of(d->conf.prefix, "consent", p->advertiser, key));
	args_add(&a, p->cursor);
	args_add_int(&a, NUMBERS);
	p->asked = redis_link_call(d->link, &a, 0, on_proofs, d);
	args_done(&a);
}
