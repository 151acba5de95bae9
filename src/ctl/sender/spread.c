/* spread.c - see spread.h. */
#include "ctl/sender/spread.h"

#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_MS 3000  /* for one that does not answer; far shorter than a lease */
#define RETRY_MS 1000 /* after an error that somebody may mend */

struct spread {
	size_t left;      /* spaces that have not answered */
	size_t held;      /* by these, and by the report */
	int64_t until_ms; /* of the monotonic clock */
};

/* What one space is told. */
struct objection {
	struct objection *next;
	struct bridge *at;
	struct spread *of;
	char *number, *source, mask[PHONE_MASK_SIZE];
	bool sent, told; /* told: that it takes long */
	int64_t not_before_ms;
};

static void wake(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	bridge_soon(arg);
}

static void wake_in(struct bridge *b, int64_t ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	event_base_once(b->all->base, -1, EV_TIMEOUT, wake, b, &tv);
}

static void let_go(struct spread *s)
{
	if (--s->held == 0)
		free(s);
}

struct spread *spread_begin(struct bridge *from, const struct bridge_job *job)
{
	struct bridges *all = from->all;

	if (all->count < 2)
		return NULL;
	struct spread *s = mem_zero(sizeof(*s));

	s->held = 1;
	s->until_ms = clock_monotonic_ms() + WAIT_MS;
	for (size_t i = 0; i < all->count; i++) {
		struct bridge *b = all->list[i];

		if (b == from || b->link == NULL)
			continue;
		struct objection *o = mem_zero(sizeof(*o));

		*o = (struct objection){ .next = b->objections,
			                 .at = b,
			                 .of = s,
			                 .number = mem_copy(job->to),
			                 .source = mem_format("call:%s", job->campaign) };
		memcpy(o->mask, job->mask, sizeof(o->mask));
		b->objections = o;
		s->left++;
		s->held++;
		spread_send(b);
	}
	wake_in(from, WAIT_MS);
	return s;
}

bool spread_is_over(const struct spread *s)
{
	return s == NULL || s->left == 0 || clock_monotonic_ms() >= s->until_ms;
}

void spread_leave(struct spread *s)
{
	if (s != NULL)
		let_go(s);
}

static void remove_one(struct objection *o)
{
	struct objection **at = &o->at->objections;

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	o->of->left--;
	let_go(o->of);
	free(o->number);
	free(o->source);
	free(o);
}

static void on_answer(void *arg, const struct redis_reply *reply)
{
	struct objection *o = arg;
	struct bridge *b = o->at;

	o->sent = false;
	if (reply == NULL)
		return; /* sent again, once the link is up */
	if (!reply_is_error(reply)) {
		remove_one(o);
	} else if (reply_error_is(reply, "NOPERM")) {
		log_error("objection-refused",
		          "space=%s to=%s error=\"%s\" action=\"it hears of it from the space of the job\"",
		          b->space, o->mask, reply_text(reply, NULL));
		remove_one(o);
	} else {
		if (!o->told)
			log_warn("objection-refused", "space=%s to=%s error=\"%s\" action=\"trying again\"",
			         b->space, o->mask, reply_text(reply, NULL));
		o->told = true;
		o->not_before_ms = clock_monotonic_ms() + RETRY_MS;
		wake_in(b, RETRY_MS);
	}
	bridge_soon(b);
}

static void send_one(struct objection *o)
{
	char *key = mem_format("%slist:opposition", o->at->ctl->conf.prefix);
	struct redis_args a;

	args_fcall(&a, "licet_oppose", key);
	args_add(&a, o->number);
	args_add(&a, o->source);
	args_add(&a, "never-again");
	o->sent = redis_link_call(o->at->link, &a, 0, on_answer, o);
	args_done(&a);
	free(key);
}

void spread_send(struct bridge *b)
{
	int64_t now_ms = clock_monotonic_ms();

	/* One that is gone was told all. */
	for (struct objection *o = b->objections, *next; o != NULL; o = next) {
		next = o->next;
		if (!o->told && now_ms >= o->of->until_ms) {
			log_warn(
			    "objection-late",
			    "space=%s to=%s action=\"reported; that space is told when it answers, or hears "
			    "of it\"",
			    b->space, o->mask);
			o->told = true;
		}
		if (!o->sent && now_ms >= o->not_before_ms && redis_link_is_up(b->link))
			send_one(o);
	}
}

void spread_send_again(struct bridge *b)
{
	for (struct objection *o = b->objections; o != NULL; o = o->next)
		o->sent = false;
	spread_send(b);
}

void spread_give_up(struct bridge *b)
{
	while (b->objections != NULL) {
		struct objection *o = b->objections;

		log_warn("objection-late",
		         "space=%s to=%s action=\"it hears of it from the space of the job\"", b->space,
		         o->mask);
		remove_one(o);
	}
}
