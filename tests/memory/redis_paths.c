#include "redis_paths.h"
#include "io/redis/args.h"
#include "io/redis/conn.h"
#include "io/redis/link.h"
#include "io/redis/redis.h"
#include "io/redis/reply.h"
#include "redis_server.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 5000

static struct redis_target target_here(void)
{
	return (struct redis_target){ .socket = redis_server_socket(), .timeout_ms = TIMEOUT_MS };
}

enum end path_conn(void *arg)
{
	struct redis_target target = target_here();
	char err[REDIS_WHY] = "";
	struct redis_conn *conn = redis_conn_open(&target, err, sizeof(err));
	struct redis_args a;
	enum end end = RIGHT;
	int sent = 0;

	if (conn == NULL)
		return *err != '\0' ? FAILED : WRONG;
	args_init(&a);
	for (; sent < 12; sent++) {
		args_reset(&a);
		args_add(&a, "EVAL");
		args_add(&a, "return {ARGV[1], {1, 2, {false, 'x'}}, {}}");
		args_add_int(&a, 0);
		args_addf(&a, "answer %d", sent);
		if (!redis_conn_send(conn, &a))
			break;
	}
	args_done(&a);
	for (int i = 0; i < sent; i++) {
		char want[32];
		struct redis_reply *reply = redis_conn_next(conn);
		snprintf(want, sizeof(want), "answer %d", i);
		if (reply == NULL) {
			end = *redis_conn_error(conn) != '\0' ? FAILED : WRONG;
			break;
		}
		if (reply_count(reply) != 3 || strcmp(reply_text(reply_at(reply, 0), NULL), want) != 0 ||
		    reply_int(reply_at(reply_at(reply, 1), 1), 0) != 2)
			end = WRONG;
		reply_free(reply);
	}
	if (end == RIGHT && sent < 12)
		end = *redis_conn_error(conn) != '\0' ? FAILED : WRONG;
	redis_conn_close(conn);
	return end;
}

#define CALLS 12
struct linked {
	struct event_base *base;
	struct redis_link *link;
	struct call {
		struct linked *l;
		int number, asked, told;
		bool done;
	} calls[CALLS];
	bool wrong;
};

static void ask_again(struct linked *l);

static void on_answer(void *arg, const struct redis_reply *reply)
{
	struct call *call = arg;
	struct linked *l = call->l;
	char want[32];
	bool all = true;

	call->told++;
	snprintf(want, sizeof(want), "answer %d", call->number);
	if (call->told != call->asked || call->done)
		l->wrong = true;
	if (reply != NULL) {
		const char *text = reply_text(reply_at(reply, 0), NULL);
		call->done = true;
		if (text == NULL || strcmp(text, want) != 0)
			l->wrong = true;
	}
	for (int i = 0; i < CALLS; i++)
		all = all && l->calls[i].done;
	if (all || l->wrong)
		event_base_loopbreak(l->base);
}

static void ask_again(struct linked *l)
{
	struct redis_args a;

	args_init(&a);
	for (int i = 0; i < CALLS; i++) {
		struct call *call = &l->calls[i];
		if (call->done || call->asked > call->told)
			continue;
		args_reset(&a);
		args_add(&a, "EVAL");
		args_add(&a, "return {ARGV[1], {1, 2, {false, 'x'}}}");
		args_add_int(&a, 0);
		args_addf(&a, "answer %d", call->number);
		call->asked++;
		if (!redis_link_call(l->link, &a, 0, on_answer, call))
			call->asked--;
	}
	args_done(&a);
}

static void on_up(void *arg)
{
	ask_again(arg);
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	ask_again(arg); /* what a full buffer refused while the link stayed up */
}

enum end path_link(void *arg)
{
	struct redis_target target = target_here();
	struct linked l = { .base = event_base_new() };
	struct redis_link_hooks hooks = { .on_up = on_up, .arg = &l };
	struct timeval often = { 0, 20000 }, most = { 10, 0 };
	int answered = 0;

	for (int i = 0; i < CALLS; i++)
		l.calls[i] = (struct call){ .l = &l, .number = i };
	l.link = redis_link_new(l.base, NULL, &target, &hooks);
	struct event *again = event_new(l.base, -1, EV_PERSIST, on_late, &l);
	event_add(again, &often);
	event_base_loopexit(l.base, &most);
	event_base_dispatch(l.base);
	redis_link_free(l.link);
	event_free(again);
	event_base_free(l.base);
	for (int i = 0; i < CALLS; i++)
		answered += l.calls[i].done;
	if (l.wrong || answered < CALLS)
		fprintf(stderr, "wrong %d, answered %d\n", l.wrong, answered);
	return l.wrong || answered < CALLS ? WRONG : RIGHT;
}
