/* top_spaces.c - see top_spaces.h. */
#include "ctl/watch/top_spaces.h"

#include "ctl/watch/top_sample.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 10000 /* to look for one that is away may take as long as its timeout */
#define INSTANCES_MAX 16

static void open_one(struct ctl *ctl, const struct asked_space *space, struct top_space *ret)
{
	*ret = (struct top_space){ .name = space->name };
	space_session(ctl, space->prefix, &ret->ctl);
	ret->ctl.outlives_redis = true;
	ctl_rulebook(&ret->ctl);
}

void top_spaces_open(struct ctl *ctl, const struct everywhere *e, struct top_spaces *ret)
{
	*ret =
	    (struct top_spaces){ .list = mem_zero((e->count + 1) * sizeof(*ret->list)), .count = e->count };
	for (size_t i = 0; i < e->count; i++)
		open_one(ctl, &e->list[i], &ret->list[i]);
}

static void close_one(struct top_space *s)
{
	top_done(&s->seen);
	ctl_done(&s->ctl);
}

/* Takes it out of what there was: its name is "" then. */
static bool take_over(struct top_spaces *from, const struct asked_space *space, struct top_space *ret)
{
	for (size_t i = 0; i < from->count; i++)
		if (strcmp(from->list[i].name, space->name) == 0) {
			*ret = from->list[i];
			ret->name = space->name;
			ret->ctl.options.prefix = space->prefix;
			from->list[i].name = "";
			return true;
		}
	return false;
}

void top_spaces_change(struct ctl *ctl, const struct everywhere *e, struct top_spaces *s)
{
	struct top_spaces new = { .list = mem_zero((e->count + 1) * sizeof(*new.list)), .count = e->count };

	for (size_t i = 0; i < e->count; i++)
		if (!take_over(s, &e->list[i], &new.list[i]))
			open_one(ctl, &e->list[i], &new.list[i]);
	for (size_t i = 0; i < s->count; i++)
		if (*s->list[i].name != '\0')
			close_one(&s->list[i]);
	free(s->list);
	*s = new;
}

void top_spaces_close(struct top_spaces *s)
{
	for (size_t i = 0; i < s->count; i++)
		close_one(&s->list[i]);
	free(s->list);
	*s = (struct top_spaces){ 0 };
}

/* --- each --------------------------------------------------------------------------------------- */

/* Any instance whose heart beats in that space: several may share the work. */
static void read_daemon(struct top_space *s)
{
	const char *prefix = ctl_conf(&s->ctl)->prefix;
	char key[KEY_SIZE];
	struct redis_reply *names = ask_any_words(&s->ctl, "HKEYS", key_global(prefix, "rulebooks", key));

	s->daemon[0] = '\0';
	for (size_t i = 0; i < reply_count(names) && i < INSTANCES_MAX && s->daemon[0] == '\0'; i++) {
		const char *name = reply_text(reply_at(names, i), NULL);
		struct redis_reply *beat =
		    name != NULL ? ask_any_words(&s->ctl, "EXISTS", key_of(prefix, "daemon", name, key))
				 : NULL;

		if (reply_int(beat, 0) == 1)
			snprintf(s->daemon, sizeof(s->daemon), "%s", name);
		reply_free(beat);
	}
	reply_free(names);
}

static void read_one(struct top_space *s)
{
	int64_t now_ms = clock_monotonic_ms();

	if (s->seen.away[0] != '\0' && now_ms < s->retry_ms)
		return;
	s->seen.away[0] = '\0';
	top_read(&s->ctl, &s->seen);
	if (s->seen.away[0] == '\0')
		read_daemon(s);
	if (s->seen.away[0] == '\0')
		(void)ctl_lost_redis(&s->ctl, s->seen.away, sizeof(s->seen.away));
	if (s->seen.away[0] != '\0')
		s->retry_ms = clock_monotonic_ms() + RETRY_MS;
}

/* --- together ------------------------------------------------------------------------------------ */

static void add_words(char *buf, size_t size, const char *separator, const char *name, const char *text)
{
	size_t used = strlen(buf);

	snprintf(buf + used, size - used, "%s%s%s%s", used > 0 ? separator : "", name,
	         *name != '\0' && *text != '\0' ? ": " : "", text);
}

static void add_place(struct top *t, const struct top_place *p)
{
	size_t i = 0;

	while (i < t->place_count && t->places[i].place != p->place)
		i++;
	if (i == TOP_PLACES_MAX)
		return;
	if (i < t->place_count)
		t->places[i].held += p->held;
	else
		t->places[t->place_count++] = *p;
}

static void add_reason(struct top *t, const struct top_reason *r)
{
	size_t i = 0;

	while (i < t->reason_count && t->reasons[i].reason != r->reason)
		i++;
	if (i < t->reason_count)
		t->reasons[i].count += r->count;
	else
		t->reasons[t->reason_count++] = *r;
}

static void add_space(struct top *t, const struct top_space *s)
{
	const struct top *seen = &s->seen;

	for (size_t i = 0; i < seen->count; i++) {
		struct top_campaign *c = &t->list[t->count++];

		*c = seen->list[i];
		c->space = s->name;
	}
	for (size_t i = 0; i < seen->route_count && t->route_count < TOP_ROUTES_MAX; i++) {
		struct top_route *r = &t->routes[t->route_count++];

		*r = seen->routes[i];
		r->space = s->name;
	}
	for (size_t i = 0; i < seen->place_count; i++)
		add_place(t, &seen->places[i]);
	for (size_t i = 0; i < seen->reason_count; i++)
		add_reason(t, &seen->reasons[i]);
	top_add_counts(&t->total, &seen->total);
	for (size_t k = 0; k < TOP_HOURS; k++)
		t->total.hours[k] += seen->total.hours[k];
	t->others += seen->others;
	if (seen->at_ms > t->at_ms)
		t->at_ms = seen->at_ms;
	if (t->zone == NULL)
		t->zone = seen->zone;
	if (seen->away[0] != '\0')
		add_words(t->away, sizeof(t->away), "; ", s->name, seen->away);
}

/* Who works, and where nobody does. */
static void tell_daemons(const struct top_spaces *s, struct top *t)
{
	char none[120] = "";

	for (size_t i = 0; i < s->count; i++) {
		const struct top_space *one = &s->list[i];
		bool told = false;

		for (size_t k = 0; k < i; k++)
			told = told || strcmp(s->list[k].daemon, one->daemon) == 0;
		if (one->daemon[0] != '\0' && !told)
			add_words(t->daemon, sizeof(t->daemon), ", ", one->daemon, "");
		if (one->daemon[0] == '\0' && one->seen.away[0] == '\0')
			add_words(none, sizeof(none), ", ", one->name, "");
	}
	t->unserved = *none != '\0';
	if (t->unserved) {
		add_words(t->daemon, sizeof(t->daemon), "; ", "no heartbeat in ", "");
		add_words(t->daemon, sizeof(t->daemon), "", none, "");
		add_words(t->daemon, sizeof(t->daemon), "", " (nothing moves there)", "");
	}
}

/* Those that are halted for the same, together: their names where they are two, else how many. */
static void name_alike(const struct top_spaces *s, size_t first, char *buf, size_t size)
{
	size_t alike = 0;

	buf[0] = '\0';
	for (size_t i = first; i < s->count; i++) {
		if (strcmp(s->list[i].seen.halts, s->list[first].seen.halts) != 0)
			continue;
		if (alike++ < 2)
			add_words(buf, size, ", ", s->list[i].name, "");
	}
	if (alike > 2)
		snprintf(buf, size, "%zu spaces", alike);
}

static void tell_halts(const struct top_spaces *s, struct top *t)
{
	char names[64];

	for (size_t i = 0; i < s->count; i++) {
		const char *halts = s->list[i].seen.halts;
		bool told = *halts == '\0';

		for (size_t k = 0; k < i; k++)
			told = told || strcmp(s->list[k].seen.halts, halts) == 0;
		if (told)
			continue;
		name_alike(s, i, names, sizeof(names));
		add_words(t->halts, sizeof(t->halts), "; ", names, halts);
	}
}

static int by_held(const void *a, const void *b)
{
	const struct top_place *p = a, *q = b;

	return p->held != q->held ? (p->held > q->held ? -1 : 1) : strcmp(p->name, q->name);
}

static int by_count(const void *a, const void *b)
{
	const struct top_reason *p = a, *q = b;

	return p->count != q->count ? (p->count > q->count ? -1 : 1) : (int)p->reason - (int)q->reason;
}

void top_spaces_read(struct top_spaces *s, struct top *ret)
{
	struct top t = { .spaces = s->count };
	size_t count = 0;

	for (size_t i = 0; i < s->count; i++) {
		read_one(&s->list[i]);
		count += s->list[i].seen.count;
		if (strlen(s->list[i].name) > t.space_width)
			t.space_width = strlen(s->list[i].name);
	}
	t.list = mem_zero((count + 1) * sizeof(*t.list));
	for (size_t i = 0; i < s->count; i++)
		add_space(&t, &s->list[i]);
	tell_daemons(s, &t);
	tell_halts(s, &t);
	qsort(t.places, t.place_count, sizeof(t.places[0]), by_held);
	qsort(t.reasons, t.reason_count, sizeof(t.reasons[0]), by_count);
	top_done(ret);
	*ret = t;
}

void top_spaces_must_answer(struct ctl *ctl, const struct top_spaces *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].seen.away[0] != '\0')
			ctl_will_fail(ctl,
			              error_pick("how things stand is not known in space %s: %s",
			                         "on ignore l'état de l'espace %s : %s"),
			              s->list[i].name, s->list[i].seen.away);
}
