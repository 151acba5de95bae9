/* balance.c - see balance.h. */
#include "daemon/upkeep/balance.h"

#include "daemon/base/errors.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/model/runs.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVERY_MS 60000
#define CALL_MAX 20 /* campaigns: with thirteen places each about half a millisecond */

struct balance {
	bool asked;
	size_t next;              /* run to go on with; past the last: the routes */
	int64_t began_ms;         /* monotonic: this round, or the last */
	bool routes_off, resting; /* resting: the round is over */
	size_t count;             /* of the call under way; 0: the routes */
	char ids[CALL_MAX][ID_MAX + 1];
};

void balance_open(struct daemon *d)
{
	d->balance = mem_zero(sizeof(*d->balance));
}

void balance_close(struct daemon *d)
{
	free(d->balance);
	d->balance = NULL;
}

size_t balance_off(const struct daemon *d)
{
	size_t off = d->balance->routes_off ? 1 : 0;
	for (size_t i = 0; i < d->run_count; i++)
		off += d->runs[i]->unbalanced ? 1 : 0;
	return off;
}

static void take_one(struct daemon *d, const char *id, const char *text)
{
	struct run *run = id != NULL ? run_find(d, id) : NULL;
	char key[KEY_SIZE], told[160];
	if (run != NULL)
		run->unbalanced = *text != '\0';
	else if (id == NULL)
		d->balance->routes_off = *text != '\0';
	if (*text == '\0')
		return;
	snprintf(told, sizeof(told), "the counters do not say what is there: %.100s", text);
	errors_tell(d,
	            id != NULL ? key_campaign(d->conf.prefix, id, "stats", key)
	                       : key_global(d->conf.prefix, "stats", key),
	            told);
}

static void on_balance(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct balance *b = d->balance;
	b->asked = false;
	if (refused(d, reply, "licet_balance"))
		return;
	for (size_t i = 0; i < reply_count(reply); i++) {
		const char *text = reply_text(reply_at(reply, i), NULL);
		if (text != NULL && (b->count == 0 || i < b->count))
			take_one(d, b->count > 0 ? b->ids[i] : NULL, text);
	}
}

void balance_turn(struct daemon *d)
{
	struct balance *b = d->balance;
	int64_t now_ms = clock_monotonic_ms();
	char key[KEY_SIZE];
	struct redis_args a;
	if (b->asked || !d->catalog_known || !health_good(d) || d->draining ||
	    (b->resting && now_ms - b->began_ms < EVERY_MS))
		return;
	if (b->resting || b->began_ms == 0) {
		b->began_ms = now_ms;
		b->next = 0;
		b->resting = false;
	}
	args_fcall_ro(&a, "licet_balance", key_global(d->conf.prefix, "campaigns", key));
	for (b->count = 0; b->next < d->run_count && b->count < CALL_MAX; b->count++, b->next++) {
		snprintf(b->ids[b->count], sizeof(b->ids[0]), "%s", d->runs[b->next]->id);
		args_addf(&a, "%s", b->ids[b->count]);
	}
	b->resting = b->count == 0; /* the routes are the last */
	b->asked = redis_link_call(d->link, &a, 0, on_balance, d);
	args_done(&a);
}
