/* One connection that comes back by itself.
 *
 *	WAITING -> ASKING -> CONNECTING -> HANDSHAKE -> UP -> LOST -> WAITING
 *
 * (ASKING only where guides have to tell where the master is: Sentinels, or the nodes of a cluster.)
 *
 * hiredis frees its context by itself in some callbacks and must not be asked to
 * in others. So a link that loses its connection only lets go of the context and
 * arms its timer: callers learn of the loss, and the next attempt is made, from
 * the event loop and never from inside hiredis. */
#include "io/redis/link.h"

#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/backoff.h"
#include "io/redis/events.h"
#include "io/redis/guide.h"
#include "io/redis/handshake.h"
#include "io/redis/owned_target.h"
#include "io/redis/reply.h"
#include "io/redis/tcp.h"
#include "io/redis/tls.h"

#include <assert.h>
#include <event2/event.h>
#include <hiredis/async.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A connection that lasted this long was a good one: start again from the
 * shortest delay. */
#define STEADY_MS 5000
/* What a reply that already waits in the socket gets beyond its deadline, once:
 * it was this process that was late. */
#define SPARE_MS 100
#define PROBE_S 1

enum link_state { WAITING, ASKING, CONNECTING, HANDSHAKE, UP, LOST };

/* A command whose reply has not come. Replies come in order, so the first one's
 * deadline is the only one that matters. */
struct command {
	struct command *next;
	int64_t deadline_ms; /* monotonic; never before that of the command ahead */
	bool spared;
	redis_cb *cb;
	void *arg;
};

struct redis_link {
	struct event_base *base;
	char *name;
	struct redis_target target; /* its strings are ours */
	struct redis_link_hooks hooks;
	enum link_state state;
	redisAsyncContext *ac;       /* NULL while WAITING, ASKING or LOST */
	struct tls *tls;             /* of ac; NULL: it has none */
	struct guide_search *search; /* ASKING; or UP, to see whether the master is still there */
	size_t guide, told_by;       /* the one to ask first; who told where we are */
	char skipped[GUIDE_WHY];     /* what was last logged of those that are no help */
	char moved_host[GUIDE_HOST]; /* where a node said that our slot is: tried before any guide is asked */
	int moved_port;              /* 0: none has said so */
	bool doubted;                /* the last look named another master */
	struct command *head, *tail;
	size_t pending;
	struct event *probe; /* is the master still there? NULL where there are no guides */
	struct event *timer; /* WAITING: next attempt; LOST: now; else: look at head's deadline */
	int64_t timer_ms;    /* when it was to fire last, monotonic */
	int attempts;        /* since the last steady connection */
	int64_t up_since_ms; /* monotonic */
	char why[REDIS_WHY], said[REDIS_WHY]; /* the loss, and the last one that was logged */
	int depth;                            /* callers' functions we are inside of */
	bool freed;                           /* by one of them */
};

static void link_arm(struct redis_link *link, int64_t delay_ms)
{
	struct timeval tv = { delay_ms / 1000, delay_ms % 1000 * 1000 };

	link->timer_ms = clock_monotonic_ms() + delay_ms;
	event_add(link->timer, &tv);
}

/* --- calling the caller ---------------------------------------------------- */

static void link_destroy(struct redis_link *link)
{
	if (link->timer != NULL)
		event_free(link->timer);
	if (link->probe != NULL)
		event_free(link->probe);
	free(link->name);
	target_disown(&link->target);
	free(link);
}

/* Returns false if the link is gone. */
static bool link_leave(struct redis_link *link)
{
	if (--link->depth == 0 && link->freed) {
		link_destroy(link);
		return false;
	}
	return true;
}

/* Take the first command off the list and answer it. */
static void link_answer(struct redis_link *link, const struct redis_reply *reply)
{
	struct command command = *link->head;

	free(link->head);
	link->head = command.next;
	if (link->head == NULL)
		link->tail = NULL;
	link->pending--;
	if (command.cb != NULL)
		command.cb(command.arg, reply);
}

/* --- losing a connection ----------------------------------------------------- */

static void link_forget_context(struct redis_link *link)
{
	tls_end(link->tls);
	link->tls = NULL;
	link->ac = NULL;
}

/* Let go of a context. hiredis defers freeing where it is inside a reply
 * callback, and calls ours with NULL then: without data they do nothing. */
static void link_detach(struct redis_link *link)
{
	link->ac->data = NULL;
	redisAsyncFree(link->ac);
	link_forget_context(link);
}

static void link_end_search(struct redis_link *link)
{
	if (link->search != NULL)
		link->hooks.finder->end(link->search);
	link->search = NULL;
}

static void link_lost(struct redis_link *link, const char *why)
{
	link->state = LOST;
	link_end_search(link);
	snprintf(link->why, sizeof(link->why), "%s", why);
	link_arm(link, 0);
}

static void link_drop(struct redis_link *link, const char *why)
{
	link_detach(link);
	link_lost(link, why);
}

/* hiredis is about to free the context. */
static void link_taken(struct redis_link *link)
{
	redisAsyncContext *ac = link->ac;
	char why[sizeof(link->why)];

	if (!tls_refused(link->tls, why, sizeof(why)))
		snprintf(why, sizeof(why), "%s", ac->c.errstr[0] != '\0' ? ac->c.errstr : "connection lost");
	ac->data = NULL;
	link_forget_context(link);
	link_lost(link, why);
}

/* The same refusal every few seconds is one line. */
static void link_log_loss(struct redis_link *link)
{
	if (link->name == NULL || strcmp(link->why, link->said) == 0)
		return;
	memcpy(link->said, link->why, sizeof(link->said));
	log_warn("redis-down", "link=%s why=\"%s\" action=reconnecting", link->name, link->why);
}

static void link_tell_loss(struct redis_link *link)
{
	char why[sizeof(link->why)];
	bool moved = link->moved_port != 0 && link->up_since_ms != 0; /* which is no failure */

	if (link->up_since_ms != 0 && clock_monotonic_ms() - link->up_since_ms >= STEADY_MS)
		link->attempts = 0;
	link->up_since_ms = 0;
	link->state = WAITING;
	link_log_loss(link);
	link_arm(link, moved ? BACKOFF_MIN_MS : backoff_ms(&link->attempts, link->target.guide_count > 0));
	memcpy(why, link->why, sizeof(why));

	link->depth++;
	while (link->head != NULL)
		link_answer(link, NULL);
	if (!link->freed && link->hooks.on_down != NULL)
		link->hooks.on_down(link->hooks.arg, why);
	link_leave(link);
}

/* --- commands ------------------------------------------------------------------ */

/* What moved is tried where it was said to be; whether it is there, the handshake finds out. */
static void link_note_moved(struct redis_link *link, const struct redis_reply *reply)
{
	if (link->target.prefix == NULL ||
	    !guide_redirect(reply, link->target.host, link->moved_host, &link->moved_port))
		link->moved_port = 0;
}

static void on_reply(redisAsyncContext *ac, void *reply, void *privdata)
{
	struct redis_link *link = ac->data;

	if (link == NULL)
		return;
	if (reply == NULL) {
		link_taken(link);
		return;
	}
	if (link->state == UP && guide_needed(&link->target, reply)) {
		link_note_moved(link, reply);
		link_drop(link, reply_text(reply, NULL)); /* whoever asked gets NULL, as for any loss */
		return;
	}
	link->depth++;
	link_answer(link, reply);
	link_leave(link);
}

static bool link_send(struct redis_link *link, const struct redis_args *a, int extra_ms, redis_cb *cb,
                      void *arg)
{
	if (redisAsyncCommandArgv(link->ac, on_reply, NULL, (int)a->count, a->argv, a->lens) == REDIS_ERR)
		return false;

	struct command *command = mem_zero(sizeof(*command));

	*command = (struct command){ .cb = cb, .arg = arg };
	command->deadline_ms = clock_monotonic_ms() + link->target.timeout_ms + extra_ms;
	if (link->tail != NULL && link->tail->deadline_ms > command->deadline_ms)
		command->deadline_ms = link->tail->deadline_ms;
	if (link->tail == NULL)
		link->head = command;
	else
		link->tail->next = command;
	link->tail = command;
	link->pending++;
	/* A timer that fires too early looks again: no need to move it each time. */
	if (!event_pending(link->timer, EV_TIMEOUT, NULL) || link->timer_ms > command->deadline_ms)
		link_arm(link, link->target.timeout_ms + extra_ms);
	return true;
}

static void link_check_deadline(struct redis_link *link)
{
	if (link->head == NULL)
		return;

	int64_t left_ms = link->head->deadline_ms - clock_monotonic_ms();

	if (left_ms > 0) {
		link_arm(link, left_ms);
	} else if (!link->head->spared && (tls_has_input(link->tls) || redis_tcp_has_input(link->ac->c.fd))) {
		link->head->spared = true;
		link_arm(link, SPARE_MS);
	} else if (link->state == CONNECTING) {
		link_drop(link, "connecting took too long");
	} else {
		link_drop(link,
		          link->state == UP ? "no reply within the deadline" : "no answer to the handshake");
	}
}

/* --- connecting ------------------------------------------------------------------ */

static void on_connect(const redisAsyncContext *ac, int status)
{
	struct redis_link *link = ac->data;

	if (link == NULL)
		return;
	if (status == REDIS_OK)
		link->state = HANDSHAKE;
	else
		link_taken(link);
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
	if (ac->data != NULL)
		link_taken(ac->data);
}

/* Where guides led us, nothing else tells which server it was. */
static void link_refused(struct redis_link *link, const char *why)
{
	char text[sizeof(link->why)], at[64];

	snprintf(text, sizeof(text), "Redis at %s: %.*s", redis_link_at(link, at, sizeof(at)),
	         (int)(sizeof(text) - sizeof(at) - 16), why);
	link_drop(link, link->target.guide_count > 0 ? text : why);
}

static void link_is_up(struct redis_link *link)
{
	char why[sizeof(link->why)];

	link->state = UP;
	link->doubted = false;
	link->up_since_ms = clock_monotonic_ms();
	link->said[0] = '\0';
	link->guide = link->told_by;
	if (link->name != NULL)
		log_info("redis-up", "link=%s at=%s", link->name, redis_link_at(link, why, sizeof(why)));
	if (link->hooks.on_up != NULL)
		link->hooks.on_up(link->hooks.arg);
}

static void link_shake(struct redis_link *link, const char *command, const struct redis_reply *reply)
{
	char why[sizeof(link->why)];

	if (reply == NULL || link->state != HANDSHAKE)
		return;
	if (!redis_handshake_accepts(command, reply, why, sizeof(why))) {
		link_note_moved(link, reply);
		link_refused(link, why);
	} else if (link->head == NULL) {
		link_is_up(link);
	}
}

static void on_handshake_reply(void *arg, const struct redis_reply *reply)
{
	link_shake(arg, "", reply);
}

static void on_slot_reply(void *arg, const struct redis_reply *reply)
{
	link_shake(arg, REDIS_HANDSHAKE_SLOT, reply);
}

/* Every look-up stops the loop: there is one, and from then on its address is used. */
static bool link_resolve(struct redis_link *link)
{
	char why[sizeof(link->why)];
	char *address = redis_tcp_resolve(link->target.host, why, sizeof(why));

	if (address == NULL) {
		link_lost(link, why);
		return false;
	}
	free((char *)link->target.host);
	link->target.host = address;
	return true;
}

/* hiredis shakes hands for TLS as soon as the connection stands. Returns false where it cannot even begin. */
static bool link_secure(struct redis_link *link)
{
	char why[sizeof(link->why)];

	if (!link->target.tls.wanted)
		return true;
	link->tls = tls_begin(&link->ac->c, &link->target.tls, link->target.host, why, sizeof(why));
	if (link->tls == NULL)
		link_drop(link, why);
	return link->tls != NULL;
}

/* The handshake is sent with the connect, so that its deadline covers both. */
static void link_connect(struct redis_link *link)
{
	const struct redis_target *target = &link->target;
	struct redis_args args;

	if (target->socket == NULL && !link_resolve(link))
		return;
	link->ac = target->socket != NULL ? redisAsyncConnectUnix(target->socket)
	                                  : redisAsyncConnect(target->host, target->port);
	if (link->ac == NULL) {
		link_lost(link, "out of memory");
		return;
	}
	link->state = CONNECTING;
	if (link->ac->err != 0) { /* refused at once: no callback will tell */
		char why[sizeof(link->why)];

		snprintf(why, sizeof(why), "%s", link->ac->errstr);
		link_drop(link, why);
		return;
	}
	link->ac->data = link;
	/* By default the buffer is thrown away and made anew around every large reply. */
	link->ac->c.reader->maxbuf = 0;
	redis_events_attach(link->ac, link->base);
	redisAsyncSetConnectCallback(link->ac, on_connect);
	redisAsyncSetDisconnectCallback(link->ac, on_disconnect);
	if (target->socket == NULL)
		redis_tcp_tune(link->ac->c.fd);
	if (!link_secure(link))
		return;

	bool sent = true;

	args_init(&args);
	for (int step = 0; sent && redis_handshake_step(target, step, &args); step++)
		sent = link_send(link, &args, 0,
		                 strcmp(args.argv[0], REDIS_HANDSHAKE_SLOT) == 0 ? on_slot_reply
		                                                                 : on_handshake_reply,
		                 link);
	args_done(&args);
	if (!sent) /* no deadline would tell */
		link_drop(link, "out of memory");
}

/* --- where the master is ------------------------------------------------------------ */

static void link_say_skipped(struct redis_link *link, const struct guide_answer *answer)
{
	if (strcmp(link->skipped, answer->why) == 0)
		return;
	memcpy(link->skipped, answer->why, sizeof(link->skipped));
	if (answer->why[0] != '\0')
		log_warn(link->target.prefix != NULL ? "node-no-help" : "sentinel-no-help",
		         "link=%s why=\"%s\" action=\"%s\"", link->name, answer->why,
		         answer->host[0] != '\0' ? "asking the others" : "asking again");
}

static void link_connect_to(struct redis_link *link, const char *host, int port)
{
	free((char *)link->target.host);
	link->target.host = mem_copy(host);
	link->target.port = port;
	link_connect(link);
}

static void link_found(struct redis_link *link, const struct guide_answer *answer)
{
	char why[sizeof(link->why)];

	if (answer->host[0] == '\0') {
		snprintf(why, sizeof(why), "%s names a master: %s", guide_nobody(&link->target), answer->why);
		link_lost(link, why);
		return;
	}
	link->told_by = answer->who;
	/* Unless there is a master where it says, another is asked first the next time. */
	link->guide = (answer->who + 1) % link->target.guide_count;
	link_connect_to(link, answer->host, answer->port);
}

/* A guide names another master. A node may not have heard yet what has moved: two looks must say so. */
static void link_doubt(struct redis_link *link)
{
	bool sure = link->target.prefix == NULL || link->doubted;

	link->doubted = true;
	link->guide = (link->guide + 1) % link->target.guide_count;
	if (sure)
		link_drop(link, link->target.prefix != NULL ? "the nodes name another master"
		                                            : "the Sentinels name another master");
}

static void on_found(void *arg, const struct guide_answer *answer)
{
	struct redis_link *link = arg;
	struct guide_search *search = link->search;

	link->search = NULL;
	link_say_skipped(link, answer);
	if (link->state == ASKING)
		link_found(link, answer);
	else if (answer->host[0] != '\0' &&
	         (answer->port != link->target.port || strcmp(answer->host, link->target.host) != 0))
		link_doubt(link);
	else if (answer->host[0] != '\0')
		link->doubted = false;
	link->hooks.finder->end(search);
}

static void link_ask(struct redis_link *link)
{
	link->search = link->hooks.finder->begin(link->base, &link->target, link->guide, on_found, link);
}

static void on_probe(evutil_socket_t fd, short what, void *arg)
{
	struct redis_link *link = arg;

	if (link->state == UP && link->search == NULL)
		link_ask(link);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct redis_link *link = arg;

	if (link->state == WAITING && link->moved_port != 0) {
		int port = link->moved_port;

		link->moved_port = 0; /* once: where it is not, the guides are asked */
		link_connect_to(link, link->moved_host, port);
	} else if (link->state == WAITING && link->target.guide_count > 0) {
		link->state = ASKING;
		link_ask(link);
	} else if (link->state == WAITING)
		link_connect(link);
	else if (link->state == LOST)
		link_tell_loss(link);
	else
		link_check_deadline(link);
}

/* --- for callers ------------------------------------------------------------------- */

struct redis_link *redis_link_new(struct event_base *base, const char *name,
                                  const struct redis_target *target, const struct redis_link_hooks *hooks)
{
	struct redis_link *link = mem_zero(sizeof(*link));

	assert(target->guide_count == 0 || hooks->finder != NULL);
	link->base = base;
	link->name = mem_copy(name);
	target_own(target, &link->target);
	link->hooks = *hooks;
	link->timer = evtimer_new(base, on_timer, link);
	if (link->timer == NULL) {
		link_destroy(link);
		return NULL;
	}
	if (target->guide_count > 0) {
		link->probe = event_new(base, -1, EV_PERSIST, on_probe, link);
		event_add(link->probe, &(struct timeval){ PROBE_S, 0 });
	}
	link_arm(link, 0);
	return link;
}

void redis_link_free(struct redis_link *link)
{
	if (link == NULL)
		return;
	assert(!link->freed);
	if (link->ac != NULL)
		link_detach(link);
	link_end_search(link);
	link->state = WAITING;
	event_del(link->timer);
	link->freed = true;
	link->depth++;
	while (link->head != NULL)
		link_answer(link, NULL);
	link_leave(link);
}

bool redis_link_is_up(const struct redis_link *link)
{
	return link->state == UP;
}

bool redis_link_call(struct redis_link *link, const struct redis_args *a, int extra_ms, redis_cb *cb,
                     void *arg)
{
	if (link->state != UP)
		return false;
	if (link_send(link, a, extra_ms, cb, arg))
		return true;
	/* Whoever asked goes on when the link is up again: so it has to go down. */
	link_drop(link, "out of memory");
	return false;
}

size_t redis_link_pending(const struct redis_link *link)
{
	return link->pending;
}

const char *redis_link_at(const struct redis_link *link, char *buf, size_t size)
{
	return target_at(&link->target, buf, size);
}

const char *redis_link_why(const struct redis_link *link)
{
	return link->why;
}

void redis_link_restart(struct redis_link *link, const char *why)
{
	if (link->ac != NULL)
		link_drop(link, why);
}
