/* sentinel.c - asking Sentinels where the master is; see sentinel.h. */
#include "io/redis/sentinel.h"

#include "io/config/address.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A Sentinel has little to do: one that is silent for so long is passed over. */
#define ANSWER_MS 1000

/* --- one of them ------------------------------------------------------------------ */

struct redis_target sentinel_target(const struct redis_target *target, size_t i, char **ret_host)
{
	struct redis_target one = { .timeout_ms =
		                        target->timeout_ms < ANSWER_MS ? target->timeout_ms : ANSWER_MS,
		                    .user = target->sentinel_user,
		                    .password = target->sentinel_password };

	*ret_host = NULL;
	address_split(target->sentinels[i], ret_host, &one.port);
	one.host = *ret_host;
	return one;
}

void sentinel_question(const struct redis_target *target, struct redis_args *a)
{
	args_reset(a);
	args_add(a, "SENTINEL");
	args_add(a, "GET-MASTER-ADDR-BY-NAME");
	args_add(a, target->master);
}

void sentinel_add_why(const struct redis_target *target, size_t i, const char *why,
                      struct sentinel_answer *answer)
{
	size_t used = strlen(answer->why);

	snprintf(answer->why + used, sizeof(answer->why) - used, "%s%s: %s", used > 0 ? "; " : "",
	         target->sentinels[i], why);
}

bool sentinel_read(const struct redis_target *target, size_t i, const struct redis_reply *reply,
                   struct sentinel_answer *answer)
{
	const char *host = reply_text(reply_at(reply, 0), NULL), *problem = NULL;
	int64_t port = reply_int(reply_at(reply, 1), 0);

	if (reply == NULL)
		problem = "no reply";
	else if (reply_is_error(reply))
		problem = reply_text(reply, NULL);
	else if (reply_is_nil(reply))
		problem = "knows no master of that name";
	else if (host == NULL || port < 1 || port > 65535)
		problem = "names no address";
	else if (!address_is_literal(host))
		problem = "names a host, where an address is expected (sentinel announce-hostnames no)";
	if (problem != NULL) {
		sentinel_add_why(target, i, problem, answer);
		return false;
	}
	answer->host = host;
	answer->port = (int)port;
	answer->who = i;
	return true;
}

/* --- all of them, from the loop --------------------------------------------------- */

struct sentinel_search {
	struct event_base *base;
	const struct redis_target *target;
	size_t first, asked;     /* asked: the one being asked included */
	struct redis_link *link; /* to that one */
	struct sentinel_answer answer;
	sentinel_cb *cb;
	void *arg;
};

static void search_next(struct sentinel_search *s);

static size_t search_who(const struct sentinel_search *s)
{
	return (s->first + s->asked - 1) % s->target->sentinel_count;
}

static void on_answer(void *arg, const struct redis_reply *reply)
{
	struct sentinel_search *s = arg;

	if (reply == NULL) /* what became of the link is told besides */
		return;
	if (sentinel_read(s->target, search_who(s), reply, &s->answer))
		s->cb(s->arg, &s->answer);
	else
		search_next(s);
}

static void on_up(void *arg)
{
	struct sentinel_search *s = arg;
	struct redis_args a;

	args_init(&a);
	sentinel_question(s->target, &a);
	redis_link_call(s->link, &a, 0, on_answer, s);
	args_done(&a);
}

static void on_down(void *arg, const char *why)
{
	struct sentinel_search *s = arg;

	sentinel_add_why(s->target, search_who(s), why, &s->answer);
	search_next(s);
}

static void search_next(struct sentinel_search *s)
{
	const struct redis_link_hooks hooks = { .on_up = on_up, .on_down = on_down, .arg = s };
	char *host;

	redis_link_free(s->link);
	s->link = NULL;
	if (s->asked++ == s->target->sentinel_count) {
		s->cb(s->arg, &s->answer);
		return;
	}
	struct redis_target one = sentinel_target(s->target, search_who(s), &host);

	s->link = redis_link_new(s->base, NULL, &one, &hooks);
	free(host);
}

static struct sentinel_search *search_begin(struct event_base *base, const struct redis_target *target,
                                            size_t first, sentinel_cb *cb, void *arg)
{
	struct sentinel_search *s = mem_zero(sizeof(*s));

	*s = (struct sentinel_search){ .base = base, .target = target, .first = first, .cb = cb, .arg = arg };
	search_next(s);
	return s;
}

static void search_end(struct sentinel_search *s)
{
	if (s == NULL)
		return;
	redis_link_free(s->link);
	free(s);
}

const struct redis_finder sentinel_finder = { search_begin, search_end };
