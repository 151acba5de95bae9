/* conn.c - a blocking connection, for licetctl; see conn.h. */
#include "io/redis/conn.h"

#include "io/host/clock.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/guide.h"
#include "io/redis/handshake.h"
#include "io/redis/reply.h"
#include "io/redis/tls.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A pipeline is written out once it is this large, so that Redis works while
 * the rest is being made. */
#define FLUSH_BYTES 65536

/* In a cluster a command that did nothing is repeated for so long: a failover takes seconds. */
#define FOLLOW_MS 5000
#define FOLLOW_REST_MS 250

struct redis_conn {
	redisContext *ctx;
	struct tls *tls;            /* NULL: it has none */
	struct redis_target target; /* its strings are the caller's, but for host where guides tell it */
	char host[GUIDE_HOST];
	int timeout_ms;
	size_t pending; /* commands that were sent, and not answered */
	bool watching;  /* WATCH or MULTI: what follows belongs to this connection */
	bool elsewhere; /* this node is not the master of our slot (any more) */
	bool broken;
	char error[REDIS_WHY];
};

static void conn_break(struct redis_conn *conn, const char *why)
{
	conn->broken = true;
	snprintf(conn->error, sizeof(conn->error), "%s", why);
}

/* hiredis tells a passed SO_SNDTIMEO as EAGAIN, which reads like a riddle, and of a certificate nothing. */
static void conn_break_io(struct redis_conn *conn)
{
	char why[REDIS_WHY];

	if (tls_refused(conn->tls, why, sizeof(why)))
		conn_break(conn, why);
	else if (conn->ctx->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK))
		conn_break(conn, error_pick("Redis takes no more bytes", "Redis ne prend plus d'octets"));
	else
		conn_break(conn, error_said(conn->ctx->errstr));
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

	if (tls_has_input(conn->tls))
		return true;
	for (;;) {
		int64_t left_ms = deadline_ms - clock_monotonic_ms();
		int ready = poll(&fd, 1, left_ms > 0 ? (int)left_ms : 0);

		if (ready > 0)
			return true;
		if (ready < 0 && errno != EINTR) {
			conn_break(conn, error_system(errno));
			return false;
		}
		if (left_ms <= 0) {
			char why[64];

			snprintf(why, sizeof(why),
			         error_pick("no reply within %d ms", "aucune réponse en %d ms"),
			         conn->timeout_ms);
			conn_break(conn, why);
			return false;
		}
	}
}

/* What the connection holds that no other would have. */
static void conn_note(struct redis_conn *conn, const struct redis_args *a)
{
	const char *word = a->argv[0];

	if (strcasecmp(word, "WATCH") == 0 || strcasecmp(word, "MULTI") == 0)
		conn->watching = true;
	else if (strcasecmp(word, "EXEC") == 0 || strcasecmp(word, "DISCARD") == 0 ||
	         strcasecmp(word, "UNWATCH") == 0)
		conn->watching = false;
}

static bool conn_append(struct redis_conn *conn, const struct redis_args *a)
{
	if (conn->broken)
		return false;
	if (redisAppendCommandArgv(conn->ctx, (int)a->count, a->argv, a->lens) == REDIS_ERR) {
		conn_break(conn, error_said(conn->ctx->errstr));
		return false;
	}
	conn_note(conn, a);
	conn->pending++;
	return sdslen(conn->ctx->obuf) < FLUSH_BYTES || conn_flush(conn);
}

static struct redis_reply *conn_read(struct redis_conn *conn)
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
		if (reply != NULL) {
			conn->pending--;
			return reply;
		}
		if (!conn_wait(conn, deadline_ms))
			return NULL;
		if (redisBufferRead(conn->ctx) == REDIS_ERR) {
			conn_break_io(conn);
			return NULL;
		}
	}
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
	struct redis_reply *reply = conn_append(conn, a) ? conn_read(conn) : NULL;
	char why[sizeof(conn->error) - 64]; /* the name of a command fits before it */
	bool ok = reply != NULL && redis_handshake_accepts(a->argv[0], reply, why, sizeof(why));

	if (!ok && reply_is_error(reply)) {
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

static void conn_secure(struct redis_conn *conn, const struct redis_target *target)
{
	char why[REDIS_WHY];

	conn->tls = tls_begin(conn->ctx, &target->tls, target->host, why, sizeof(why));
	if (conn->tls == NULL)
		conn_break(conn, why);
}

static void conn_drop(struct redis_conn *conn)
{
	if (conn->ctx != NULL)
		redisFree(conn->ctx);
	tls_end(conn->tls);
	conn->ctx = NULL;
	conn->tls = NULL;
}

/* One connection to a server, and our hands shaken. On error conn->broken, and why. */
static void conn_try(struct redis_conn *conn, const struct redis_target *target)
{
	conn_drop(conn);
	conn->ctx = conn_connect(target);
	conn->pending = 0;
	conn->broken = conn->watching = conn->elsewhere = false;
	conn->error[0] = '\0';
	if (conn->ctx == NULL)
		conn_break(conn, error_pick("out of memory", "mémoire insuffisante"));
	else if (conn->ctx->err != 0)
		conn_break(conn, error_said(conn->ctx->errstr));
	if (!conn->broken && target->tls.wanted)
		conn_secure(conn, target);
	if (!conn->broken)
		conn_handshake(conn, target);
}

/* The same, and where it was. Returns false with one line in err. */
static bool conn_try_at(struct redis_conn *conn, const struct redis_target *target, char *err,
                        size_t err_size)
{
	conn_try(conn, target);
	if (conn->broken && target->socket != NULL)
		snprintf(err, err_size, error_pick("Redis at %s: %s", "Redis à %s : %s"), target->socket,
		         conn->error);
	else if (conn->broken)
		snprintf(err, err_size, error_pick("Redis at %s:%d: %s", "Redis à %s:%d : %s"), target->host,
		         target->port, conn->error);
	return !conn->broken;
}

static bool conn_try_master(struct redis_conn *conn, const char *host, int port, char *err, size_t err_size)
{
	if (host != conn->host)
		snprintf(conn->host, sizeof(conn->host), "%s", host);
	conn->target.host = conn->host;
	conn->target.port = port;
	return conn_try_at(conn, &conn->target, err, err_size);
}

/* What the i-th guide says leads to a master, or else the reason is added to answer. */
static bool conn_try_by(struct redis_conn *conn, size_t i, struct guide_answer *answer)
{
	char *host, err[GUIDE_WHY];
	struct redis_target one = guide_target(&conn->target, i, &host);
	struct redis_conn guide = { .timeout_ms = one.timeout_ms };
	struct redis_args a;
	bool found = false;

	conn_try(&guide, &one);
	free(host);
	if (guide.broken) {
		guide_add_why(&conn->target, i, guide.error, answer);
	} else {
		args_init(&a);
		guide_question(&conn->target, &a);
		struct redis_reply *reply = conn_append(&guide, &a) ? conn_read(&guide) : NULL;

		args_done(&a);
		if (guide_read(&conn->target, i, reply, answer)) {
			found = conn_try_master(conn, answer->host, answer->port, err, sizeof(err));
			if (!found)
				guide_add_why(&conn->target, i, err, answer);
		}
		reply_free(reply);
	}
	conn_drop(&guide);
	return found;
}

/* Returns false with one line in err. */
static bool conn_find(struct redis_conn *conn, char *err, size_t err_size)
{
	const struct redis_target *target = &conn->target;
	struct guide_answer answer = { 0 };

	if (target->guide_count == 0)
		return conn_try_at(conn, target, err, err_size);
	for (size_t i = 0; i < target->guide_count; i++)
		if (conn_try_by(conn, i, &answer))
			return true;
	snprintf(err, err_size, error_pick("%s leads to a master%s%s: %s", "%s ne mène à un maître%s%s : %s"),
	         guide_nobody(target), target->prefix == NULL ? " " : "",
	         target->prefix == NULL ? target->master : "", answer.why);
	return false;
}

struct redis_conn *redis_conn_open(const struct redis_target *target, char *err, size_t err_size)
{
	struct redis_conn *conn = mem_zero(sizeof(*conn));

	conn->target = *target;
	conn->timeout_ms = target->timeout_ms;
	if (conn_find(conn, err, err_size))
		return conn;
	redis_conn_close(conn);
	return NULL;
}

void redis_conn_close(struct redis_conn *conn)
{
	if (conn == NULL)
		return;
	conn_drop(conn);
	free(conn);
}

/* --- what moves ------------------------------------------------------------------- */

static bool is_moving(const struct redis_reply *reply)
{
	return reply_error_is(reply, "ASK") || reply_error_is(reply, "TRYAGAIN");
}

/* Where the reply says, or else where the guides do, until then. The connection is broken, with the
 * reason, if there is no master at either. */
static void conn_follow(struct redis_conn *conn, const struct redis_reply *reply, int64_t until_ms)
{
	char err[REDIS_WHY], host[GUIDE_HOST];
	int port;

	if (guide_redirect(reply, conn->host, host, &port) &&
	    conn_try_master(conn, host, port, err, sizeof(err)))
		return;
	while (!conn_find(conn, err, sizeof(err))) {
		if (clock_monotonic_ms() >= until_ms) {
			conn_break(conn, err);
			return;
		}
		poll(NULL, 0, FOLLOW_REST_MS);
	}
}

/* Nothing was done of a command that was answered so, and nothing else is under way: it can be
 * repeated, at another node or later. */
static bool conn_may_repeat(const struct redis_conn *conn, const struct redis_reply *reply)
{
	return conn->target.prefix != NULL && conn->pending == 0 && !conn->watching &&
	       (guide_needed(&conn->target, reply) || is_moving(reply));
}

bool redis_conn_send(struct redis_conn *conn, const struct redis_args *a)
{
	if (conn->elsewhere && conn->pending == 0 && !conn->watching)
		conn_follow(conn, NULL, clock_monotonic_ms() + FOLLOW_MS);
	return conn_append(conn, a);
}

struct redis_reply *redis_conn_next(struct redis_conn *conn)
{
	struct redis_reply *reply = conn_read(conn);

	conn->elsewhere =
	    conn->elsewhere || (conn->target.prefix != NULL && guide_needed(&conn->target, reply));
	return reply;
}

struct redis_reply *redis_conn_call(struct redis_conn *conn, const struct redis_args *a)
{
	int64_t until_ms = clock_monotonic_ms() + FOLLOW_MS;
	bool watching = conn->watching;

	for (;;) {
		struct redis_reply *reply = redis_conn_send(conn, a) ? redis_conn_next(conn) : NULL;

		if (reply_is_error(reply) && !watching) /* a WATCH that was refused watches nothing */
			conn->watching = false;
		if (!conn_may_repeat(conn, reply) || clock_monotonic_ms() >= until_ms)
			return reply;
		/* A redirect is followed at once; what else passes, passes by itself. */
		if (!reply_error_is(reply, "MOVED"))
			poll(NULL, 0, FOLLOW_REST_MS);
		if (guide_needed(&conn->target, reply))
			conn_follow(conn, reply, until_ms);
		reply_free(reply);
	}
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
