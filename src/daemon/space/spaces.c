/* spaces.c - see spaces.h. */
#include "daemon/space/spaces.h"

#include "core/text/cluster_slot.h"
#include "core/time/civil.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/health/calm.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/space/hearing.h"
#include "io/host/clock.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/guide_search.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEERS_MS 1000
#define PEERS_CALM_MS 15000
#define HUB_MS 5000
/* That nobody recorded anything new is written so many times before a limit is over, and at least so often. */
#define QUIET_SHARE 8
#define QUIET_MAX_MS 8000
#define PEER_WORDS 4 /* of each in the reply of licet_peers, behind three */

struct spaces {
	struct redis_link *hub; /* to where licet:{licet}:spaces is */
	bool hub_asked, peers_asked;
	int64_t hub_ms, peers_ms; /* monotonic: when each was asked last; 0: is to be asked now */
	int64_t hub_told_ms;      /* monotonic: when the hub told who there is; 0: never */
	bool nobody_else;         /* the hub names no space */
	bool hub_refused;         /* it may not be asked */
	bool peers_unknown;       /* licet:{s}:peers is not there */
	int64_t limit_ms;         /* the least of those of the others */
	bool quiet_asked;
	int64_t quiet_ms; /* monotonic: when it was written last that some recorded nothing new */
	struct hearing **list;
	size_t count, capacity;
};

static bool has_others(const struct daemon *d)
{
	return d->spaces != NULL;
}

/* --- the gate ---------------------------------------------------------------------------------- */

static void say(struct daemon *d, const char *why)
{
	if (strcmp(d->space_why, why) == 0)
		return;
	if (*why != '\0' && d->space_why[0] == '\0')
		say_warn(d, "space-unheard", "why=\"%s\" action=\"nothing is handed over until it is heard\"",
		         why);
	else if (*why == '\0')
		say_info(d, "spaces-heard", "spaces=%zu", d->spaces->count);
	snprintf(d->space_why, sizeof(d->space_why), "%s", why);
	turn_want(d, WANT_STATE);
	turn_want(d, WANT_HEARTBEAT);
	turn_soon(d);
}

/* What licet_peers told, as the rule of list-stale. */
static void judge(struct daemon *d, const char *code, const char *space, int64_t heard_ms)
{
	char why[sizeof(d->space_why)] = "", at[CIVIL_INSTANT_SIZE], key[KEY_SIZE];

	if (strcmp(code, "unknown") == 0 && d->spaces->hub_refused)
		snprintf(why, sizeof(why), "opposition: %.100s cannot be read",
		         key_hub(d->conf.prefix, "spaces", key));
	else if (strcmp(code, "unknown") == 0)
		snprintf(why, sizeof(why), "opposition: nobody knows the other spaces");
	else if (strcmp(code, "unreadable") == 0)
		snprintf(why, sizeof(why), "opposition: %s cannot be read", space);
	else if (*code != '\0' && heard_ms == 0)
		snprintf(why, sizeof(why), "opposition: space %s not heard yet", space);
	else if (*code != '\0')
		snprintf(why, sizeof(why), "opposition: space %s not heard since %s", space,
		         civil_format_instant(heard_ms, at));
	say(d, why);
}

/* --- who is heard -------------------------------------------------------------------------------- */

static void ask_peers(struct daemon *d);

static void on_heard(struct daemon *d)
{
	if (d->space_why[0] != '\0')
		ask_peers(d);
}

static struct hearing *find(const struct spaces *s, const char *space)
{
	for (size_t i = 0; i < s->count; i++)
		if (strcmp(hearing_of(s->list[i]), space) == 0)
			return s->list[i];
	return NULL;
}

static bool is_named(const struct redis_reply *reply, const char *space)
{
	for (size_t i = 3; i + PEER_WORDS <= reply_count(reply); i += PEER_WORDS)
		if (strcmp(reply_text(reply_at(reply, i), NULL), space) == 0)
			return true;
	return false;
}

/* Hear those that count, and no others. */
static void hear(struct daemon *d, const struct redis_reply *reply)
{
	struct spaces *s = d->spaces;

	for (size_t i = s->count; i-- > 0;)
		if (!is_named(reply, hearing_of(s->list[i]))) {
			hearing_free(s->list[i]);
			s->list[i] = s->list[--s->count];
		}
	s->limit_ms = QUIET_MAX_MS * QUIET_SHARE;
	for (size_t i = 3; i + PEER_WORDS <= reply_count(reply); i += PEER_WORDS) {
		const char *space = reply_text(reply_at(reply, i), NULL),
			   *id = reply_text(reply_at(reply, i + 3), NULL);
		struct hearing *h = find(s, space);

		if (h == NULL) {
			h = hearing_new(d, space, id, on_heard);
			s->list = mem_grow(s->list, &s->capacity, s->count, sizeof(struct hearing *));
			s->list[s->count++] = h;
			say_info(d, "space-hearing", "of=%s after=%s", space, id);
		}
		int64_t limit_ms = reply_int(reply_at(reply, i + 1), 0);

		hearing_limit(h, limit_ms);
		s->limit_ms = limit_ms < s->limit_ms ? limit_ms : s->limit_ms;
	}
}

/* --- who recorded nothing new ---------------------------------------------------------------------- */

/* Told are those that have to begin anew. */
static void on_quiet(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct spaces *s = d->spaces;

	s->quiet_asked = false;
	if (d->draining || refused(d, reply, "licet_quiet"))
		return;
	for (size_t i = 0; i < s->count; i++)
		hearing_quiet_written(s->list[i]);
	for (size_t i = 0; i < reply_count(reply); i++) {
		struct hearing *h = find(s, reply_text(reply_at(reply, i), NULL));

		if (h != NULL)
			hearing_again(h);
	}
	on_heard(d);
}

/* Of all in one call: in a platform of many spaces most are quiet most of the time. */
static void write_quiet(struct daemon *d)
{
	struct spaces *s = d->spaces;
	char key[KEY_SIZE];
	struct redis_args a;
	size_t quiet = 0;

	for (size_t i = 0; i < s->count; i++)
		quiet += hearing_quiet(s->list[i]) > 0;
	if (quiet == 0 || s->quiet_asked || !health_good(d) || d->draining)
		return;
	if (d->space_why[0] == '\0' && clock_monotonic_ms() - s->quiet_ms < s->limit_ms / QUIET_SHARE)
		return;
	s->quiet_ms = clock_monotonic_ms();
	args_fcall(&a, "licet_quiet", key_global(d->conf.prefix, "heard", key));
	for (size_t i = 0; i < s->count; i++)
		if (hearing_quiet(s->list[i]) > 0) {
			args_addf(&a, "%s", hearing_of(s->list[i]));
			args_add_int(&a, hearing_take_quiet(s->list[i]));
		}
	s->quiet_asked = redis_link_call(d->link, &a, 0, on_quiet, d);
	args_done(&a);
}

/* --- nobody else ---------------------------------------------------------------------------------- */

static void on_alone(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;

	if (reply != NULL && !refused(d, reply, "HSETNX peers"))
		ask_peers(d);
}

/* Whoever adds the first other space takes it away. */
static void be_alone(struct daemon *d)
{
	struct spaces *s = d->spaces;
	char key[KEY_SIZE];
	struct redis_args a;

	/* What the hub said long ago is not known any more: it is asked anew while the peers are unknown. */
	bool known = s->hub_told_ms != 0 && clock_monotonic_ms() - s->hub_told_ms < HUB_MS;

	if (!s->nobody_else || !known || !s->peers_unknown || !health_good(d))
		return;
	args_init(&a);
	args_add(&a, "HSETNX");
	args_add(&a, key_global(d->conf.prefix, "peers", key));
	args_add(&a, "*");
	args_add(&a, "alone");
	redis_link_call(d->link, &a, 0, on_alone, d);
	args_done(&a);
}

/* --- asking ------------------------------------------------------------------------------------------ */

static void on_peers(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct spaces *s = d->spaces;
	const char *code = reply_text(reply_at(reply, 0), NULL),
		   *space = reply_text(reply_at(reply, 1), NULL);

	s->peers_asked = false;
	if (d->draining || refused(d, reply, "licet_peers") || code == NULL || space == NULL)
		return;
	s->peers_unknown = strcmp(code, "unknown") == 0;
	be_alone(d);
	judge(d, code, space, reply_int(reply_at(reply, 2), 0));
	hear(d, reply);
}

static void ask_peers(struct daemon *d)
{
	struct spaces *s = d->spaces;
	char key[KEY_SIZE];
	struct redis_args a;

	if (s->peers_asked || !health_good(d) || d->draining)
		return;
	s->peers_ms = clock_monotonic_ms();
	args_fcall_ro(&a, "licet_peers", key_global(d->conf.prefix, "peers", key));
	s->peers_asked = redis_link_call(d->link, &a, 0, on_peers, d);
	args_done(&a);
}

static void on_hub(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct spaces *s = d->spaces;

	s->hub_asked = false;
	if (d->draining || reply == NULL ||
	    reply_error_is(reply, "ASK")) /* its slot is on the move, and not ours */
		return;
	s->hub_refused = refused(d, reply, "HLEN spaces");
	if (s->hub_refused)
		return;
	s->nobody_else = reply_int(reply, 1) == 0;
	s->hub_told_ms = clock_monotonic_ms();
	be_alone(d);
}

static void ask_hub(struct daemon *d)
{
	struct spaces *s = d->spaces;
	char key[KEY_SIZE];
	struct redis_args a;

	if (s->hub_asked || !redis_link_is_up(s->hub) || d->draining)
		return;
	s->hub_ms = clock_monotonic_ms();
	args_init(&a);
	args_add(&a, "HLEN");
	args_add(&a, key_hub(d->conf.prefix, "spaces", key));
	s->hub_asked = redis_link_call(s->hub, &a, 0, on_hub, d);
	args_done(&a);
}

static void on_hub_up(void *arg)
{
	ask_hub(arg);
}

static void on_hub_down(void *arg, const char *why)
{
	struct daemon *d = arg;

	d->spaces->hub_asked = d->spaces->nobody_else = false;
}

void spaces_turn(struct daemon *d)
{
	struct spaces *s = d->spaces;
	int64_t now_ms = clock_monotonic_ms();

	if (!has_others(d))
		return;
	/* Who has peers need not know whether there are any. */
	if (s->peers_unknown && now_ms - s->hub_ms >= HUB_MS)
		ask_hub(d);
	if (s->peers_ms == 0 || now_ms - s->peers_ms >= calm_every(d, PEERS_MS, PEERS_CALM_MS))
		ask_peers(d);
	write_quiet(d);
}

void spaces_down(struct daemon *d)
{
	for (size_t i = 0; has_others(d) && i < d->spaces->count; i++)
		hearing_lost(d->spaces->list[i]);
}

void spaces_forget(struct daemon *d)
{
	struct spaces *s = d->spaces;

	if (!has_others(d))
		return;
	s->peers_ms = 0;
	for (size_t i = 0; i < s->count; i++)
		hearing_again(s->list[i]);
	ask_peers(d);
}

/* --- life ---------------------------------------------------------------------------------------------- */

void spaces_open(struct daemon *d)
{
	const struct redis_link_hooks hooks = { on_hub_up, on_hub_down, d, &guide_finder };
	struct redis_target hub = *d->target;
	char prefix[KEY_SIZE], name[SAY_LINK_SIZE];
	size_t len;

	if (prefix_tag(d->conf.prefix, &len) == NULL)
		return;
	d->spaces = mem_zero(sizeof(*d->spaces));
	snprintf(d->space_why, sizeof(d->space_why), "opposition: the other spaces were not asked about yet");
	hub.prefix = key_hub(d->conf.prefix, "", prefix);
	d->spaces->hub = redis_link_new(d->base, say_link(d, "hub", name), &hub, &hooks);
}

void spaces_close(struct daemon *d)
{
	struct spaces *s = d->spaces;

	if (s == NULL)
		return;
	redis_link_free(s->hub);
	for (size_t i = 0; i < s->count; i++)
		hearing_free(s->list[i]);
	free(s->list);
	free(s);
	d->spaces = NULL;
}
