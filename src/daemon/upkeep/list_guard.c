/* list_guard.c - see list_guard.h. */
#include "daemon/upkeep/list_guard.h"

#include "daemon/base/errors.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/health/calm.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/model/judge.h"
#include "daemon/model/lists.h"
#include "daemon/model/reading.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_EVERY_MS 900
#define GUARD_CALM_MS 15000 /* the watch tells of what changes */
#define LISTS_PER_CALL 64

struct list_guard {
	bool asked;       /* a call is under way */
	bool hurry;       /* a commit found something, or more is to be put back */
	size_t next;      /* who comes first in the next call */
	int64_t asked_ms; /* monotonic */
};

void guard_open(struct daemon *d)
{
	d->list_guard = mem_zero(sizeof(*d->list_guard));
}

void guard_close(struct daemon *d)
{
	free(d->list_guard);
	d->list_guard = NULL;
}

static void guard_judge(struct daemon *d, struct known_list *list, int64_t lost)
{
	bool turned = (list->lost > 0) != (lost > 0);
	list->lost = lost;
	if (!turned)
		return;
	turn_want(d, WANT_READING); /* its meta says so too */
	for (size_t i = 0; i < d->run_count; i++)
		if (d->runs[i]->ready_to_work)
			catalog_judge(d, d->runs[i], turn_now(d));
	turn_soon(d);
}

void guard_lost(struct daemon *d, const char *name)
{
	struct known_list *list = name != NULL ? list_find(d, name) : NULL;
	if (list != NULL && list->lost == 0)
		guard_judge(d, list, 1);
	d->list_guard->hurry = true;
}

static void guard_tell(struct daemon *d, const struct known_list *list, int64_t lost, int64_t back)
{
	char key[KEY_SIZE], text[256];
	key_of(d->conf.prefix, "list", list->name, key);
	if (back > 0) {
		snprintf(text, sizeof(text), "%" PRId64 " oppositions had left the list and were put back",
		         back);
		errors_tell(d, key, text);
	}
	if (lost > 0 && list->put_back[0] == '\0') {
		snprintf(text, sizeof(text),
		         "the list lacks %" PRId64
		         " members that nobody took off lawfully: nothing that asks it goes "
		         "out until they are back, or until licetctl list accept %s --reason R",
		         lost, list->name);
		errors_tell(d, key, text);
	}
	if (lost == 0 && list->lost > 0)
		say_info(d, "list-whole", "list=%s", list->name);
}

static void on_guard(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	d->list_guard->asked = d->list_guard->hurry = false;
	if (refused(d, reply, "licet_guard"))
		return;
	for (size_t i = 0; i < reply_count(reply); i++) {
		const struct redis_reply *r = reply_at(reply, i);
		const char *name = reply_text(reply_at(r, 0), NULL),
			   *cursor = reply_text(reply_at(r, 5), NULL);
		struct known_list *list = name != NULL ? list_find(d, name) : NULL;
		if (list == NULL || cursor == NULL)
			continue;
		int64_t lost = reply_int(reply_at(r, 3), 0);
		if (reply_int(reply_at(r, 6), 0) == 1)
			list->owed[0] = '\0';
		list->reach = reply_int(reply_at(r, 2), list->reach);
		snprintf(list->put_back, sizeof(list->put_back), "%s", cursor);
		d->list_guard->hurry = d->list_guard->hurry || *cursor != '\0';
		guard_tell(d, list, lost, reply_int(reply_at(r, 4), 0));
		guard_judge(d, list, lost);
	}
}

void guard_turn(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	struct list_guard *g = d->list_guard;
	int64_t now_ms = clock_monotonic_ms();
	if (!d->catalog_known || !health_good(d) || d->draining || g->asked || d->list_count == 0 ||
	    (!g->hurry && now_ms - g->asked_ms < calm_every(d, GUARD_EVERY_MS, GUARD_CALM_MS)))
		return;
	g->asked_ms = now_ms;
	args_fcall(&a, "licet_guard", key_global(d->conf.prefix, "campaigns", key));
	size_t n = d->list_count < LISTS_PER_CALL ? d->list_count : LISTS_PER_CALL;
	for (size_t i = 0; i < n; i++) {
		const struct known_list *list = &d->lists[(g->next + i) % d->list_count];
		args_addf(&a, "%s", list->name);
		args_add_int(&a, list->reach);
		args_addf(&a, "%s", list->put_back);
		args_addf(&a, "%s", list->owed);
	}
	g->next = (g->next + n) % d->list_count;
	g->asked = redis_link_call(d->link, &a, 0, on_guard, d);
	args_done(&a);
}
