/* list_members.c - are the members of the lists that are asked numbers at all?
 *
 * Whoever is on a list as "06 12 34 56 78" is not found there: such a list protects
 * nobody, and holds until it is mended. Each list is sampled, and walked through a bounded
 * number of members at a time whenever its size has changed. And was it refreshed as its
 * owner expects? */
#include "daemon/upkeep/list_members.h"

#include "core/number/phone.h"
#include "core/time/civil.h"
#include "daemon/base/errors.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/refusal.h"
#include "daemon/model/hashes.h"
#include "daemon/model/judge.h"
#include "daemon/model/lists.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LISTS_PER_TURN 16
#define LISTS_EVERY_MS 2000

struct list_walk {
	bool asked;       /* a call is under way */
	bool hurry;       /* one that was mended waits to be seen good */
	size_t next;      /* who comes first in the next call */
	size_t capacity;  /* of d->lists */
	int64_t asked_ms; /* monotonic: when they were last asked for */
};

void lists_open(struct daemon *d)
{
	d->list_walk = mem_zero(sizeof(*d->list_walk));
}

void lists_close(struct daemon *d)
{
	free(d->list_walk);
	d->list_walk = NULL;
	free(d->lists);
	d->lists = NULL;
	d->list_count = 0;
}

bool lists_hurry(const struct daemon *d)
{
	return d->list_walk->hurry;
}

/* Those that campaigns ask. */
static void lists_collect(struct daemon *d)
{
	for (size_t i = 0; i < d->list_count; i++)
		d->lists[i].wanted = false;
	for (size_t i = 0; i < d->run_count; i++)
		for (size_t k = 0; d->runs[i]->listed && k < d->runs[i]->sit.law.list_count; k++) {
			const char *name = d->runs[i]->sit.law.lists[k].name;
			struct known_list *list = list_find(d, name);
			if (list == NULL) {
				d->lists = mem_grow(d->lists, &d->list_walk->capacity, d->list_count,
				                    sizeof(struct known_list));
				list = &d->lists[d->list_count++];
				*list = (struct known_list){ .cursor = "0",
					                     .size = -1,
					                     .refreshed_ms = TIME_NONE };
				snprintf(list->name, sizeof(list->name), "%s", name);
			}
			list->wanted = true;
		}
	size_t kept = 0;
	for (size_t i = 0; i < d->list_count; i++)
		if (d->lists[i].wanted)
			d->lists[kept++] = d->lists[i];
	d->list_count = kept;
}

/* It turned: what was ready comes back, or what was held may go. */
static void list_turned(struct daemon *d, struct known_list *list, bool malformed, const char *what)
{
	char key[KEY_SIZE], text[160];
	list->malformed = malformed;
	if (malformed) {
		snprintf(text, sizeof(text), "expected a set of E.164 numbers, plus and digits, found %s",
		         what);
		errors_tell(d, key_of(d->conf.prefix, "list", list->name, key), text);
	}
	for (size_t i = 0; i < d->run_count; i++)
		if (d->runs[i]->ready_to_work)
			catalog_judge(d, d->runs[i], turn_now(d));
	turn_soon(d);
}

/* One list: {cursor, size, a member that is no number or "", type of the key}. */
static void list_read(struct daemon *d, struct known_list *list, const struct redis_reply *r)
{
	size_t len;
	char mask[PHONE_MASK_SIZE], what[96] = "";
	const char *cursor = reply_text(reply_at(r, 0), &len), *bad = reply_text(reply_at(r, 2), &len),
		   *type = reply_text(reply_at(r, 3), &len);
	int64_t size = reply_int(reply_at(r, 1), 0);
	if (type == NULL || bad == NULL || cursor == NULL)
		return;
	bool wrong_type = strcmp(type, "set") != 0;
	if (wrong_type)
		snprintf(what, sizeof(what), "a %s", type);
	else if (*bad != '\0')
		snprintf(what, sizeof(what), "the member %s", phone_mask(bad, mask));
	snprintf(list->bad, sizeof(list->bad), "%s", bad);
	if (list->owed[0] == '\0' && strlen(bad) < sizeof(list->owed))
		snprintf(list->owed, sizeof(list->owed), "%s", bad);
	if (*cursor == '\0') {
		/* No time was left for it, or none was needed. */
		list->walked = false;
		if (*bad != '\0')
			strcpy(list->cursor, "0");
		if (what[0] != '\0' && !list->malformed)
			list_turned(d, list, true, what);
		return;
	}
	if (strcmp(list->cursor, "0") == 0) {
		list->size = size;
		list->found = false;
	}
	list->found = list->found || what[0] != '\0';
	/* Once one is found there is nothing to be learnt behind it: mended, it is walked anew. */
	snprintf(list->cursor, sizeof(list->cursor), "%.31s", list->found ? "0" : cursor);
	bool ends = strcmp(list->cursor, "0") == 0;
	list->walked = ends && size == list->size && !list->found;
	if (list->found && !list->malformed)
		list_turned(d, list, true, what);
	else if (ends && !list->found && list->malformed)
		list_turned(d, list, false, "");
	/* Nobody should wait for hours once a long list is mended. */
	d->list_walk->hurry = d->list_walk->hurry || (list->malformed && !list->found);
}

static void on_lists(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	d->list_walk->asked = d->list_walk->hurry = false;
	if (refused(d, reply, "licet_members"))
		return;
	for (size_t i = 0; i < reply_count(reply); i++) {
		const struct redis_reply *r = reply_at(reply, i);
		size_t len;
		const char *name = reply_text(reply_at(r, 4), &len);
		struct known_list *list = name != NULL ? list_find(d, name) : NULL;
		if (list != NULL)
			list_read(d, list, r);
	}
}

/* --- imports --------------------------------------------------------------------------------- */

static int64_t instant_of(const struct known_hash *meta, const char *field)
{
	const char *text = fields_get(&meta->fields, field);
	int64_t ms;
	return text != NULL && civil_parse_instant(text, strlen(text), &ms) ? ms : TIME_NONE;
}

/* An import that failed is told at once, not when the list has become too old and all stands
 * still. */
static void list_late(struct daemon *d, struct known_list *list, int64_t now_ms)
{
	const struct known_hash *meta = catalog_hash(d, "list-meta", list->name);
	char key[KEY_SIZE], late[sizeof(list->late)] = "", at[CIVIL_INSTANT_SIZE];
	list->refreshed_ms = TIME_NONE;
	if (meta == NULL || meta->wrong_type)
		return;
	const char *error = fields_get(&meta->fields, "last_error");
	int64_t expected_ms = instant_of(meta, "expected_by");
	list->refreshed_ms = instant_of(meta, "refreshed_at");
	if (error != NULL && *error != '\0')
		snprintf(late, sizeof(late), "list-late: the last import failed: %.150s", error);
	else if (expected_ms != TIME_NONE && now_ms > expected_ms)
		snprintf(late, sizeof(late), "list-late: an import was expected by %s",
		         civil_format_instant(expected_ms, at));
	if (strcmp(late, list->late) == 0)
		return;
	if (late[0] != '\0')
		errors_tell(d, key_of(d->conf.prefix, "list-meta", list->name, key), late);
	else
		say_info(d, "list-refreshed", "list=%s", list->name);
	memcpy(list->late, late, sizeof(late));
}

/* --- a turn -------------------------------------------------------------------------------------- */

void lists_turn(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	int64_t now_ms = clock_monotonic_ms();
	bool walking = false;
	for (size_t i = 0; i < d->list_count; i++)
		walking = walking || !d->lists[i].walked;
	if (d->list_walk->asked ||
	    (!d->list_walk->hurry && !walking && now_ms - d->list_walk->asked_ms < LISTS_EVERY_MS - 100))
		return;
	d->list_walk->asked_ms = now_ms;
	lists_collect(d);
	size_t count = d->list_count;
	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++)
		list_late(d, &d->lists[i], turn_now(d));
	args_fcall_ro(&a, "licet_members", key_global(d->conf.prefix, "campaigns", key));
	size_t n = count < LISTS_PER_TURN ? count : LISTS_PER_TURN;
	for (size_t i = 0; i < n; i++) {
		const struct known_list *list = &d->lists[(d->list_walk->next + i) % count];
		args_addf(&a, "%s", list->name);
		args_addf(&a, "%s", list->cursor);
		args_add_int(&a, list->walked ? list->size : -1);
		args_addf(&a, "%s", list->bad);
	}
	/* Who comes first has the time of the call: each in its turn. */
	d->list_walk->next = (d->list_walk->next + (n < count ? n : 1)) % count;
	d->list_walk->asked = redis_link_call(d->link, &a, 0, on_lists, d);
	args_done(&a);
}
