/* served.c - see served.h. */
#include "ctl/sender/served.h"

#include "ctl/sender/child.h"
#include "ctl/sender/reports.h"
#include "ctl/sender/spread.h"
#include "ctl/sender/turns.h"
#include "io/config/conf_spaces.h"
#include "io/host/error_text.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/guide_search.h"
#include "io/redis/hub.h"
#include "io/redis/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUB_LOOK_MS 1000

struct served {
	struct bridge first; /* what every bridge begins as */
	struct hub *hub;     /* NULL: nobody comes or goes */
	char hub_prefix[KEY_SIZE];
	struct target_passwords passwords;
	struct event *look;
	bool kept_own; /* the first is that of the configuration, whatever the hub says */
};

/* --- one space ------------------------------------------------------------------------------------ */

static void on_up(void *arg)
{
	struct bridge *b = arg;

	b->facts_ms = 0; /* it may be another Redis, with another clock */
	b->has_replicas = false;
	spread_send_again(b);
	reports_send_again(b);
	turns_go(b->all);
}

static void on_down(void *arg, const char *why)
{
	struct bridge *b = arg;

	b->facts_pending = false;
	if (b->report_count > 0 || b->running > 0)
		log_warn("redis-lost",
		         "running=%d unreported=%zu action=\"they are reported when it is back\"", b->running,
		         b->report_count);
	else if (b->once && !turns_elsewhere(why)) /* else it is elsewhere, and that is known */
		bridge_end(b, 1);
	turns_go(b->all);
}

/* Its list may be looked at again, or its reports sent. */
static void on_time(evutil_socket_t fd, short what, void *arg)
{
	turns_go(((struct bridge *)arg)->all);
}

/* Returns false with one line in err. */
static bool open_link(struct bridge *b, char *err, size_t err_size)
{
	struct redis_link_hooks hooks = {
		.on_up = on_up, .on_down = on_down, .arg = b, .finder = &guide_finder
	};
	struct target_passwords passwords;
	struct redis_target target;

	if (target_of_conf(&b->ctl->conf, &target, &passwords, err, err_size) != 0)
		return false;
	target_forget(&b->all->passwords); /* the same for each */
	b->all->passwords = passwords;
	b->look = evtimer_new(b->all->base, on_time, b);
	b->retry = evtimer_new(b->all->base, on_time, b);
	b->link = redis_link_new(b->all->base, "sender", &target, &hooks);
	if (b->link == NULL)
		ctl_fail("%s", error_pick("out of memory", "mémoire insuffisante"));
	return true;
}

static size_t close_link(struct bridge *b)
{
	redis_link_free(b->link);
	b->link = NULL;
	spread_give_up(b);
	size_t left = reports_give_up(b);

	event_free(b->look);
	event_free(b->retry);
	b->look = b->retry = NULL;
	return left;
}

static struct bridge *add(struct bridges *all)
{
	struct bridge *b = mem_zero(sizeof(*b));

	*b = all->served->first;
	b->all = all;
	all->list = mem_grow(all->list, &all->capacity, all->count, sizeof(*all->list));
	all->list[all->count++] = b;
	return b;
}

/* --- those that there are ------------------------------------------------------------------------- */

void served_make(struct bridges *all, const struct bridge *first, const struct everywhere *e)
{
	all->served = mem_zero(sizeof(*all->served));
	all->served->first = *first;
	all->served->kept_own = !ctl_means_all(first->ctl);
	for (size_t i = 0; i < e->count || i == 0; i++) {
		struct bridge *b = add(all);

		if (e->count > 0) {
			snprintf(b->space, sizeof(b->space), "%s", e->list[i].name);
			b->ctl = mem_zero(sizeof(*b->ctl));
			space_session(first->ctl, e->list[i].prefix, b->ctl);
			b->ctl->json = first->ctl->json;
		}
		key_ready(ctl_conf(b->ctl)->prefix, b->route, "", b->ready_key);
	}
}

void served_free(struct bridges *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct bridge *b = all->list[i];

		if (b->ctl != all->served->first.ctl) {
			ctl_done(b->ctl);
			free(b->ctl);
		}
		free(b);
	}
	free(all->list);
	free(all->served);
}

/* --- those that come and go ----------------------------------------------------------------------- */

static struct bridge *find(const struct bridges *all, const char *space)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i]->space, space) == 0)
			return all->list[i];
	return NULL;
}

/* Its connection is made, for the first time or again. What cannot be read now is tried with the next look. */
static void begin(struct bridge *b)
{
	char err[256];

	if (b->link == NULL && !open_link(b, err, sizeof(err))) {
		log_error("space-unserved", "space=%s error=\"%s\"", b->space, err);
		return;
	}
	b->over = b->left = false;
	b->may_be_more = false;
	log_info("space-served", "space=%s", b->space);
}

static void come(struct bridges *all, const char *space)
{
	struct ctl *from = all->served->first.ctl;
	struct bridge *b = add(all);

	snprintf(b->space, sizeof(b->space), "%s", space);
	/* As the configuration was when this began: a file that was spoiled since ends nothing. */
	b->ctl = mem_zero(sizeof(*b->ctl));
	ctl_init(b->ctl);
	conf_done(&b->ctl->conf);
	conf_copy(&from->conf, &b->ctl->conf);
	conf_tag_prefix(&b->ctl->conf, space);
	b->ctl->has_conf = true;
	b->ctl->json = from->json;
	b->ctl->command = from->command;
	b->came = b->left = b->over = true;
	key_ready(b->ctl->conf.prefix, b->route, "", b->ready_key);
	begin(b);
}

static void go(struct bridge *b)
{
	log_info("space-left", "space=%s running=%d action=\"taking no more there\"", b->space, b->running);
	b->left = b->over = true;
	bridge_soon(b);
}

static bool is_named(char **names, size_t count, const char *space)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], space) == 0)
			return true;
	return false;
}

static void on_named(void *arg, char **names, size_t count)
{
	struct bridges *all = arg;

	if (all->stopping)
		return;
	for (size_t i = all->served->kept_own ? 1 : 0; i < all->count; i++)
		if (!all->list[i]->left && !is_named(names, count, all->list[i]->space))
			go(all->list[i]);
	for (size_t i = 0; i < count; i++) {
		struct bridge *b = find(all, names[i]);

		if (b == NULL)
			come(all, names[i]);
		else if (b->left)
			begin(b);
	}
}

/* Those that are known are served on. */
static void on_unknown(void *arg, const char *why)
{
	(void)arg;
	(void)why;
}

/* Those that are left, and where all is done, are disconnected. */
static void close_left(struct bridges *all)
{
	for (size_t i = 0; i < all->count; i++) {
		struct bridge *b = all->list[i];

		if (b->left && b->link != NULL && !b->taking && b->unsafe == NULL && b->running == 0 &&
		    b->report_count == 0 && b->objections == NULL)
			close_link(b);
	}
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct bridges *all = arg;

	hub_turn(all->served->hub);
	close_left(all);
}

/* Where the command line names no space, and the prefix has a tag. */
static void open_hub(struct bridges *all, const struct everywhere *e)
{
	const struct hub_hooks hooks = { on_named, on_unknown, all };
	const struct timeval every = { HUB_LOOK_MS / 1000, HUB_LOOK_MS % 1000 * 1000 };
	struct served *s = all->served;
	struct redis_target target;
	char own[SPACE_NAME_MAX + 1], err[256];

	if (s->first.once || e->named[0] != '\0' || e->lacking || !space_own(s->first.ctl, own))
		return;
	if (e->count == 0)
		memcpy(all->list[0]->space, own, sizeof(own));
	if (target_of_conf(&s->first.ctl->conf, &target, &s->passwords, err, sizeof(err)) != 0)
		ctl_fail("%s", err);
	key_hub(s->first.ctl->conf.prefix, "", s->hub_prefix);
	s->hub = hub_open(all->base, &target, s->hub_prefix, &hooks);
	s->look = event_new(all->base, -1, EV_PERSIST, on_look, all);
	event_add(s->look, &every);
}

void served_open(struct bridges *all, const struct everywhere *e)
{
	char err[256];

	for (size_t i = 0; i < all->count; i++)
		if (!open_link(all->list[i], err, sizeof(err)))
			ctl_fail("%s", err);
	open_hub(all, e);
}

size_t served_close(struct bridges *all)
{
	struct served *s = all->served;
	size_t left = 0;

	for (size_t i = 0; i < all->count; i++)
		left += all->list[i]->link != NULL ? close_link(all->list[i]) : 0;
	hub_close(s->hub);
	if (s->look != NULL)
		event_free(s->look);
	target_forget(&s->passwords);
	return left;
}
