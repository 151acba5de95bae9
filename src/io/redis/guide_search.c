/* guide_search.c - guides asked one after the other, from the loop; see guide_search.h. */
#include "io/redis/guide_search.h"

#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/guide.h"
#include "io/redis/link.h"

#include <stdlib.h>

struct guide_search {
	struct event_base *base;
	const struct redis_target *target;
	size_t first, asked;     /* asked: the one being asked included */
	struct redis_link *link; /* to that one */
	struct guide_answer answer;
	guide_cb *cb;
	void *arg;
};

static void search_next(struct guide_search *s);

static size_t search_who(const struct guide_search *s)
{
	return (s->first + s->asked - 1) % s->target->guide_count;
}

static void on_answer(void *arg, const struct redis_reply *reply)
{
	struct guide_search *s = arg;

	if (reply == NULL) /* what became of the link is told besides */
		return;
	if (guide_read(s->target, search_who(s), reply, &s->answer))
		s->cb(s->arg, &s->answer);
	else
		search_next(s);
}

static void on_up(void *arg)
{
	struct guide_search *s = arg;
	struct redis_args a;

	args_init(&a);
	guide_question(s->target, &a);
	redis_link_call(s->link, &a, 0, on_answer, s);
	args_done(&a);
}

static void on_down(void *arg, const char *why)
{
	struct guide_search *s = arg;

	guide_add_why(s->target, search_who(s), why, &s->answer);
	search_next(s);
}

static void search_next(struct guide_search *s)
{
	const struct redis_link_hooks hooks = { .on_up = on_up, .on_down = on_down, .arg = s };
	char *host;

	redis_link_free(s->link);
	s->link = NULL;
	if (s->asked++ == s->target->guide_count) {
		s->cb(s->arg, &s->answer);
		return;
	}
	struct redis_target one = guide_target(s->target, search_who(s), &host);

	s->link = redis_link_new(s->base, NULL, &one, &hooks);
	free(host);
}

static struct guide_search *search_begin(struct event_base *base, const struct redis_target *target,
                                         size_t first, guide_cb *cb, void *arg)
{
	struct guide_search *s = mem_zero(sizeof(*s));

	*s = (struct guide_search){ .base = base, .target = target, .first = first, .cb = cb, .arg = arg };
	search_next(s);
	return s;
}

static void search_end(struct guide_search *s)
{
	if (s == NULL)
		return;
	redis_link_free(s->link);
	free(s);
}

const struct redis_finder guide_finder = { search_begin, search_end };
