/* gates.c - see gates.h. */
#include "daemon/health/gates.h"

#include "core/text/sha256.h"
#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/health/refusal.h"
#include "io/host/mem.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOVING_REST_MS 250 /* between looks whether a slot has moved */

bool health_good(const struct daemon *d)
{
	return redis_link_is_up(d->link) && d->library_ok && !d->replicas.refused && d->moving_ms == 0;
}

void gates_now(const struct daemon *d, struct gates *ret)
{
	*ret = (struct gates){
		.clock_doubt = d->clock_doubt || !d->clock_checked,
		.memory_full = d->memory_full,
		.policy = d->writes_refused ? "Redis cannot save, and refuses writes: MISCONF"
		          : !d->policy_met && d->conf.redis_policy_strict ? d->policy_why
		                                                          : "",
		.replicas = replicas_why(d),
		.log = d->log_why,
		.spaces = d->space_why,
		.unreadable = d->moving_ms != 0               ? "moving"
		              : d->reading_refused[0] != '\0' ? d->reading_refused
		              : d->library_ok                 ? ""
		                                              : "library",
		.mismatch = d->mismatch[0] != '\0',
		.unsigned_law = d->conf.require_approved && d->rb->approved_by[0] == '\0',
	};
}

/* --- what the law is here ------------------------------------------------------------------ */

const char *gates_law(const struct daemon *d)
{
	return d->law_hash;
}

static int by_word(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void gates_law_changed(struct daemon *d)
{
	const struct conf_words *stricter = &d->conf.list_overrides;
	char **words = mem_zero((stricter->count + 1) * sizeof(char *));
	char *text = mem_format("%s%s", d->rb->hash, d->conf.require_approved ? "\napproved" : "");
	/* Shipped as one day: the hash is the rulebook's own then. */
	if (d->conf.care_gap_days != 1) {
		char *longer = mem_format("%s\ncare_gap_days=%d", text, d->conf.care_gap_days);
		free(text);
		text = longer;
	}
	for (size_t i = 0; i < stricter->count; i++)
		words[i] = stricter->words[i];
	qsort(words, stricter->count, sizeof(char *), by_word);
	for (size_t i = 0; i < stricter->count; i++) {
		char *longer = mem_format("%s\n%s", text, words[i]);
		free(text);
		text = longer;
	}
	/* Without such settings it is the rulebook's own. */
	if (strcmp(text, d->rb->hash) == 0)
		snprintf(d->law_hash, sizeof(d->law_hash), "%s", d->rb->hash);
	else
		sha256_hex(text, strlen(text), d->law_hash);
	free(text);
	free(words);
}

/* --- other instances --------------------------------------------------------------------- */

void gates_mismatch(struct daemon *d, const char *instance)
{
	if (strcmp(d->mismatch, instance) == 0)
		return;
	snprintf(d->mismatch, sizeof(d->mismatch), "%s", instance);
	if (*instance != '\0')
		say_error(d, "rulebook-mismatch", "other=%s action=\"nothing moves until they agree\"",
		          instance);
	else
		say_info(d, "rulebook-agreed", "hash=%s", d->rb->hash);
	turn_soon(d);
}

/* --- what Redis refuses --------------------------------------------------------------------- */

bool writes_deny(struct daemon *d, const struct redis_reply *reply)
{
	if (!reply_error_is(reply, "MISCONF"))
		return false;
	if (!d->writes_refused) {
		say_error(
		    d, "redis-misconf",
		    "error=\"Redis cannot save its data and refuses writes\" action=\"nothing moves until it "
		    "can: see its log, its disk and INFO persistence\"");
		say_status(d, "nothing moves: Redis cannot save its data and refuses writes (MISCONF)");
	}
	d->writes_refused = true;
	return true;
}

bool memory_deny(struct daemon *d, const struct redis_reply *reply)
{
	bool full = reply_error_is(reply, "OOM");
	d->memory_full = d->memory_full || full;
	return full;
}

void memory_tell(struct daemon *d, const struct redis_policy *p)
{
	if (p->full && !d->memory_full)
		say_error(d, "redis-full",
		          "used=%" PRId64 " maxmemory=%" PRId64
		          " limit_pct=%d action=\"intake stops, what is held stays\"",
		          p->used, p->limit, d->conf.memory_high_pct);
	if (!p->full && d->memory_full)
		say_info(d, "redis-has-room", "used=%" PRId64 " maxmemory=%" PRId64, p->used, p->limit);
	d->memory_full = p->full;
	d->memory_used = p->used;
	d->memory_limit = p->limit;
}

bool moving_deny(struct daemon *d, const struct redis_reply *reply)
{
	bool moving = reply_error_is(reply, "TRYAGAIN") || reply_error_is(reply, "ASK");
	if (!moving) /* what was asked in between, in one transaction */
		return d->moving_ms != 0 && reply_error_is(reply, "EXECABORT");
	if (d->moving_ms == 0) {
		say_warn(d, "slot-moving", "prefix=%s action=\"nothing moves until the slot is on one node\"",
		         d->conf.prefix);
		say_status(d, "nothing moves: the slot of the prefix is being moved to another node");
		turn_want(d, WANT_STATE);
	}
	d->moving_ms = clock_monotonic_ms() + MOVING_REST_MS;
	d->moving_settled = false;
	return true;
}

void moving_over(struct daemon *d)
{
	if (d->moving_ms == 0)
		return;
	d->moving_ms = clock_monotonic_ms() + MOVING_REST_MS;
	d->moving_settled = true;
	if (d->target->prefix == NULL)
		moving_end(d);
}

void moving_end(struct daemon *d)
{
	if (d->moving_ms == 0 || !d->moving_settled)
		return;
	say_info(d, "slot-moved", "prefix=%s action=\"going on\"", d->conf.prefix);
	d->moving_ms = 0;
	/* What was said, and asked for, meanwhile was not heard. */
	turn_want(d, WANT_FORGET);
	for (size_t i = 0; i < d->route_count; i++) {
		d->routes[i]->settle_wanted = d->routes[i]->recall_all = true;
		d->routes[i]->next_lapse_ms = 0;
		d->routes[i]->load.ready = -1;
	}
}

void moving_down(struct daemon *d)
{
	d->moving_ms = 0;
}

void writes_accepted(struct daemon *d)
{
	if (d->writes_refused)
		say_info(d, "redis-saves-again", "action=\"going on\"");
	d->writes_refused = false;
}
