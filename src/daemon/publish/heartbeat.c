/* heartbeat.c - what is published of the daemon itself; see heartbeat.h. */
#include "daemon/publish/heartbeat.h"

#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "daemon/health/progress.h"
#include "daemon/health/refusal.h"
#include "daemon/health/replicas.h"
#include "daemon/proof/tail.h"
#include "daemon/publish/publication.h"
#include "daemon/upkeep/balance.h"
#include "io/host/version.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/lua_source.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEARTBEAT_TTL_S 10

/* Whoever asks licetctl hears of a gate that was closed within a quarter of a second. */
void heartbeat_gate(struct daemon *d)
{
	struct gates gates;
	const char *rule;
	char text[sizeof(d->shown_gate)];
	gates_now(d, &gates);
	enum reason gate = gates_first(&gates, &rule);
	snprintf(text, sizeof(text), "%s %s", reason_name(gate), rule);
	if (strcmp(text, d->shown_gate) != 0)
		heartbeat_send(d);
}

/* --- other instances --------------------------------------------------------------------- */

static void on_present(void *arg, const struct redis_reply *reply)
{
	size_t len;
	const char *other = !refused(arg, reply, "licet_present") ? reply_text(reply, &len) : NULL;
	if (other != NULL)
		gates_mismatch(arg, other);
}

/* Two daemons of one name are told apart by their process. */
static void present(struct daemon *d, int ttl_s)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_fcall(&a, "licet_present", key_global(d->conf.prefix, "rulebooks", key));
	args_addf(&a, "%s:%d", d->conf.instance, (int)getpid());
	args_add(&a, gates_law(d));
	args_add_int(&a, ttl_s);
	redis_link_call(d->link, &a, 0, on_present, d);
	args_done(&a);
}

static void on_heartbeat(void *arg, const struct redis_reply *reply)
{
	if (refused(arg, reply, "licet_publish"))
		return;
	replicas_accepted(arg);
	writes_accepted(arg);
}

/* The first gate that is closed: licetctl judges by it. */
static void add_gate(struct daemon *d, struct redis_args *a)
{
	struct gates gates;
	const char *rule;
	gates_now(d, &gates);
	enum reason gate = gates_first(&gates, &rule);
	snprintf(d->shown_gate, sizeof(d->shown_gate), "%s %s", reason_name(gate), rule);
	args_add(a, "gate");
	args_add(a, reason_name(gate));
	args_add(a, "gate_rule");
	args_addf(a, "%s", rule);
}

static void add_age(struct redis_args *a, const char *name, int64_t ms)
{
	args_add(a, name);
	if (ms >= 0)
		args_add_int(a, ms / 1000);
	else
		args_add(a, "");
}

/* Of the decision log; nothing where none is kept. */
static void add_log(const struct daemon *d, struct redis_args *a)
{
	struct tail_told t;
	if (!tail_tell(d, &t))
		return;
	args_add(a, "log_size");
	args_add_int(a, (int64_t)t.size);
	args_add(a, "log_sealed");
	args_add_int(a, (int64_t)t.sealed);
	args_add(a, "log_writer");
	args_add(a, t.ours ? "yes" : "no");
	add_age(a, "log_checkpoint_age_s", t.sealed_age_ms);
	add_age(a, "log_lag_s", t.lag_ms);
	add_age(a, "log_anchor_age_s", t.anchor_age_ms);
	args_add(a, "log_error");
	args_addf(a, "%s", t.why);
	args_add(a, "log_anchor_error");
	args_addf(a, "%s", t.anchor_why);
}

/* What Redis keeps of what it acknowledged. */
static void add_durability(const struct daemon *d, struct redis_args *a)
{
	bool replicas_met = *replicas_why(d) == '\0';
	args_add(a, "redis_policy");
	args_addf(a, "%s%s%s",
	          d->policy_met && replicas_met                ? "met"
	          : !d->policy_met && d->policy_why[0] == '\0' ? "not known"
	                                                       : d->policy_why,
	          !d->policy_met && !replicas_met ? "; " : "", replicas_why(d));
}

void heartbeat_send(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	if (!redis_link_is_up(d->link) || !d->library_ok)
		return;
	/* One that is calm tells its rulebook every other time, for as long again. */
	if (!d->calm || ++d->calm_beats % 2 == 0)
		present(d, d->calm ? 2 * HEARTBEAT_TTL_S : HEARTBEAT_TTL_S);
	publication_start(&a, key_of(d->conf.prefix, "daemon", d->conf.instance, key), HEARTBEAT_TTL_S);
	args_add(&a, "version");
	args_add(&a, LICET_VERSION);
	args_add(&a, "pid");
	args_add_int(&a, getpid());
	publication_instant(&a, "started", d->started_ms);
	publication_instant(&a, "now", turn_now(d));
	args_add(&a, "simulated");
	args_add(&a, d->clock.simulated ? "yes" : "no");
	args_add(&a, "rulebook");
	args_addf(&a, "%s %s", d->rb->id, d->rb->version);
	args_add(&a, "rulebook_hash");
	args_add(&a, d->rb->hash);
	args_add(&a, "tzdata");
	args_add(&a, d->rb->tzdata);
	args_add(&a, "rulebook_approved_by");
	args_add(&a, d->rb->approved_by);
	args_add(&a, "rulebook_mismatch");
	args_add(&a, d->mismatch);
	args_add(&a, "library");
	args_add(&a, lua_source_hash);
	args_add(&a, "clock_offset_ms");
	args_add_int(&a, d->clock_offset_ms);
	args_add(&a, "progress_age_ms");
	args_add_int(&a, progress_age_ms(d));
	args_add(&a, "unbalanced");
	args_add_int(&a, (int64_t)balance_off(d));
	args_add(&a, "campaigns");
	args_add_int(&a, (int64_t)d->run_count);
	args_add(&a, "batch");
	args_add_int(&a, d->schedule.batch_size);
	add_durability(d, &a);
	add_gate(d, &a);
	args_add(&a, "replicas_acknowledged");
	args_add_int(&a, d->replicas.acked);
	args_add(&a, "waits_short");
	args_add_int(&a, (int64_t)d->replicas.short_count);
	args_add(&a, "appendfsync");
	args_add(&a, d->redis_config.appendfsync);
	args_add(&a, "delayed_fsync");
	args_add_int(&a, d->delayed_fsync);
	args_add(&a, "reload_error");
	args_add(&a, d->reload_error);
	args_add(&a, "reloads");
	args_add_int(&a, d->reloads);
	add_log(d, &a);
	if (d->space[0] != '\0') {
		char *names = d->host->names(d->host->arg);
		args_add(&a, "spaces");
		args_addf(&a, "%s", names);
		free(names);
	}
	publication_send(d, &a, on_heartbeat);
	if (d->moving_ms != 0)
		; /* said when it was noticed, and it lasts */
	else if (d->reading_refused[0] != '\0')
		say_status(d, "nothing moves: Redis refuses what licetd reads: %s", d->reading_refused);
	else if (*replicas_why(d) == '\0')
		say_status(d, "%zu campaigns, %" PRIu64 " commits, rulebook %s %s", d->run_count,
		           d->seen_commits, d->rb->id, d->rb->version);
}

void heartbeat_rulebook(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	const struct numbering *n = &d->rb->numbering;
	publication_start(&a, key_global(d->conf.prefix, "numbering", key), 0);
	args_add(&a, "international");
	args_add(&a, n->international);
	args_add(&a, "trunk");
	args_add(&a, n->trunk);
	if (d->rb->proof_days > 0) {
		args_add(&a, "proof_days");
		args_add_int(&a, d->rb->proof_days);
	}
	for (size_t i = 0; i < n->range_count; i++) {
		const struct number_range *r = &n->ranges[i];
		args_add(&a, r->prefix);
		if (r->put != NULL) {
			args_addf(&a, "%d %s", r->drop, r->put);
			continue;
		}
		args_addf(&a, "%d %d %s", r->min_digits, r->max_digits, number_class_name(r->cls));
	}
	for (size_t i = 0; i < n->national_count; i++) {
		const struct national_prefix *p = &n->nationals[i];
		args_addf(&a, "%s/%d", p->prefix, p->digits);
		if (p->put == NULL || p->put[0] == '\0')
			args_add(&a, "short");
		else
			args_addf(&a, "%d %s", p->drop, p->put);
	}
	publication_end(d, &a);
	if (d->clock.simulated) {
		publication_start(&a, key_global(d->conf.prefix, "clock", key), 0);
		args_add(&a, "sim_base_ms");
		args_add_int(&a, d->clock.sim_base_ms);
		args_add(&a, "real_base_ms");
		args_add_int(&a, d->clock.real_base_ms);
		args_add(&a, "speed");
		args_addf(&a, "%.6f", d->clock.speed);
		publication_end(d, &a);
	}
	args_init(&a);
	args_add(&a, "SADD");
	args_addf(&a, "%s", key_global(d->conf.prefix, "routes", key));
	args_add(&a, "main");
	for (size_t i = 0; i < d->route_count; i++)
		args_add(&a, d->routes[i]->id);
	redis_link_call(d->link, &a, 0, NULL, NULL);
	args_reset(&a);
	/* A campaign without a route made one without a name, in earlier versions. */
	args_add(&a, "SREM");
	args_addf(&a, "%s", key_global(d->conf.prefix, "routes", key));
	args_add(&a, "");
	redis_link_call(d->link, &a, 0, NULL, NULL);
	args_done(&a);
}

void heartbeat_gone(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	present(d, 0);
	args_init(&a);
	args_add(&a, "DEL");
	args_add(&a, key_of(d->conf.prefix, "daemon", d->conf.instance, key));
	redis_link_call(d->link, &a, 0, NULL, NULL);
	args_done(&a);
}
