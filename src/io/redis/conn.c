/* conn.c - a blocking connection, for licetctl; see conn.h. */
#include "io/redis/conn.h"

#include "io/host/clock.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/handshake.h"
#include "io/redis/reply.h"
#include "io/redis/sentinel.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A pipeline is written out once it is this large, so that Redis works while
 * the rest is being made. */
#define FLUSH_BYTES 65536

struct redis_conn {
	redisContext *ctx;
	int timeout_ms;
	bool broken;
	char error[REDIS_WHY];
};

static void conn_break(struct redis_conn *conn, const char *why)
{
	conn->broken = true;
	snprintf(conn->error, sizeof(conn->error), "%s", why);
}

/* hiredis tells a passed SO_SNDTIMEO as EAGAIN, which reads like a riddle. */
static void conn_break_io(struct redis_conn *conn)
{
	if (conn->ctx->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK))
		conn_break(conn, "Redis takes no more bytes");
	else
		conn_break(conn, conn->ctx->errstr);
}

static bool conn_flush(struct redis_conn *conn)
{
	int done = 0;

	while (!conn->broken && !done)
		if (redisBufferWrite(conn->ctx, &done) == REDIS_ERR)
			conn_break_io(conn);
	return !conn->broken;
}

/* Wait until there is something to read. */
static bool conn_wait(struct redis_conn *conn, int64_t deadline_ms)
{
	struct pollfd fd = { .fd = conn->ctx->fd, .events = POLLIN };

	for (;;) {
		int64_t left_ms = deadline_ms - clock_monotonic_ms();
		int ready = poll(&fd, 1, left_ms > 0 ? (int)left_ms : 0);

		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR) {
			conn_break(conn, strerror(errno));
			return false;
		}
		if (left_ms <= 0) {
			char why[64];

			snprintf(why, sizeof(why), "no reply within %d ms", conn->timeout_ms);
			conn_break(conn, why);
			return false;
		}
	}
}

bool redis_conn_send(struct redis_conn *conn, const struct redis_args *a)
{
	if (conn->broken)
		return false;
	if (redisAppendCommandArgv(conn->ctx, (int)a->count, a->argv, a->lens) == REDIS_ERR) {
		conn_break(conn, conn->ctx->errstr);
		return false;
	}
	return sdslen(conn->ctx->obuf) < FLUSH_BYTES || conn_flush(conn);
}

struct redis_reply *redis_conn_next(struct redis_conn *conn)
{
	int64_t deadline_ms = clock_monotonic_ms() + conn->timeout_ms;

	if (!conn_flush(conn))
		return NULL;
	for (;;) {
		void *reply = NULL;

		if (redisGetReplyFromReader(conn->ctx, &reply) == REDIS_ERR) {
			conn_break_io(conn);
			return NULL;
		}
		if (reply != NULL)
			return reply;
		if (!conn_wait(conn, deadline_ms))
			return NULL;
		if (redisBufferRead(conn->ctx) == REDIS_ERR) {
			conn_break_io(conn);
			return NULL;
		}
	}
}

struct redis_reply *redis_conn_call(struct redis_conn *conn, const struct redis_args *a)
{
	return redis_conn_send(conn, a) ? redis_conn_next(conn) : NULL;
}

struct redis_reply *redis_conn_words(struct redis_conn *conn, const char *word, ...)
{
	struct redis_args args;
	va_list ap;

	args_init(&args);
	va_start(ap, word);
	for (const char *w = word; w != NULL; w = va_arg(ap, const char *))
		args_add(&args, w);
	va_end(ap);
	struct redis_reply *reply = redis_conn_call(conn, &args);
	args_done(&args);
	return reply;
}

const char *redis_conn_error(const struct redis_conn *conn)
{
	return conn->error;
}

static redisContext *conn_connect(const struct redis_target *target)
{
	struct timeval timeout = { target->timeout_ms / 1000, target->timeout_ms % 1000 * 1000 };
	redisContext *ctx;

	if (target->socket != NULL)
		ctx = redisConnectUnixWithTimeout(target->socket, timeout);
	else
		ctx = redisConnectWithTimeout(target->host, target->port, timeout);
	if (ctx != NULL && ctx->err == 0) {
		redisSetTimeout(ctx, timeout);
		/* By default the buffer is thrown away and made anew around every
		 * large reply. */
		ctx->reader->maxbuf = 0;
	}
	return ctx;
}

/* True if the command was answered as it should be. */
static bool conn_expect(struct redis_conn *conn, const struct redis_args *a)
{
	struct redis_reply *reply = redis_conn_call(conn, a);
	char why[sizeof(conn->error) - 64]; /* the name of a command fits before it */
	bool ok = reply != NULL && redis_handshake_accepts(reply, why, sizeof(why));

	if (reply_is_error(reply)) {
		conn->broken = true;
		snprintf(conn->error, sizeof(conn->error), "%.60s %s", a->argv[0], why);
	} else if (reply != NULL && !ok) {
		conn_break(conn, why);
	}
	reply_free(reply);
	return ok;
}

static bool conn_handshake(struct redis_conn *conn, const struct redis_target *target)
{
	struct redis_args args;
	bool ok = true;

	args_init(&args);
	for (int step = 0; ok && redis_handshake_step(target, step, &args); step++)
		ok = conn_expect(conn, &args);
	args_done(&args);
	return ok;
}

static struct redis_conn *conn_try(const struct redis_target *target, char *err, size_t err_size)
{
	struct redis_conn *conn = mem_zero(sizeof(*conn));

	conn->timeout_ms = target->timeout_ms;
	conn->ctx = conn_connect(target);
	if (conn->ctx == NULL)
		conn_break(conn, "out of memory");
	else if (conn->ctx->err != 0)
		conn_break(conn, conn->ctx->errstr);
	if (!conn->broken && conn_handshake(conn, target))
		return conn;
	snprintf(err, err_size, "%s", conn->error);
	redis_conn_close(conn);
	return NULL;
}

/* The same, and where it was. */
static struct redis_conn *conn_open_at(const struct redis_target *target, char *err, size_t err_size)
{
	char why[REDIS_WHY];
	struct redis_conn *conn = conn_try(target, why, sizeof(why));

	if (conn == NULL && target->socket != NULL)
		snprintf(err, err_size, "Redis at %s: %s", target->socket, why);
	else if (conn == NULL)
		snprintf(err, err_size, "Redis at %s:%d: %s", target->host, target->port, why);
	return conn;
}

/* What the i-th Sentinel says leads to a master, or else the reason is added to answer. */
static struct redis_conn *conn_open_by(const struct redis_target *target, size_t i,
                                       struct sentinel_answer *answer)
{
	char *host, err[SENTINEL_WHY];
	struct redis_target one = sentinel_target(target, i, &host), there = *target;
	struct redis_conn *sentinel = conn_try(&one, err, sizeof(err)), *conn = NULL;
	struct redis_reply *reply = NULL;
	struct redis_args a;

	free(host);
	if (sentinel == NULL) {
		sentinel_add_why(target, i, err, answer);
		return NULL;
	}
	args_init(&a);
	sentinel_question(target, &a);
	reply = redis_conn_call(sentinel, &a);
	args_done(&a);
	if (sentinel_read(target, i, reply, answer)) {
		there.host = answer->host;
		there.port = answer->port;
		conn = conn_open_at(&there, err, sizeof(err));
		if (conn == NULL)
			sentinel_add_why(target, i, err, answer);
	}
	reply_free(reply);
	redis_conn_close(sentinel);
	return conn;
}

struct redis_conn *redis_conn_open(const struct redis_target *target, char *err, size_t err_size)
{
	struct sentinel_answer answer = { 0 };
	struct redis_conn *conn = NULL;

	if (target->sentinel_count == 0)
		return conn_open_at(target, err, err_size);
	for (size_t i = 0; conn == NULL && i < target->sentinel_count; i++)
		conn = conn_open_by(target, i, &answer);
	if (conn == NULL)
		snprintf(err, err_size, "no Sentinel leads to a master %s: %s", target->master, answer.why);
	return conn;
}

void redis_conn_close(struct redis_conn *conn)
{
	if (conn == NULL)
		return;
	if (conn->ctx != NULL)
		redisFree(conn->ctx);
	free(conn);
}
