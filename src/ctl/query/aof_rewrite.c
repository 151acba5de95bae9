/* aof_rewrite.c - the append-only file of Redis, written anew so that it holds what is there now
 * and nothing that was there before; see aof_rewrite.h. */
#include "ctl/query/aof_rewrite.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/query/campaign_facts.h"
#include "io/host/mem.h"
#include "io/redis/policy.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MS INT64_C(600000)
#define LOOK_MS 50 /* Redis tells nobody when it is done */

struct persistence {
	bool known, on, working, good;
	int64_t rewrites, replicas;
};

static int64_t number_of(const char *info, const char *name)
{
	char value[32];

	info_value(info, name, value, sizeof(value));
	return strtoll(value, NULL, 10);
}

static void look(struct ctl *ctl, struct persistence *ret)
{
	struct redis_reply *reply = ask_any_words(ctl, "INFO");
	const char *info = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	char status[16];

	*ret = (struct persistence){ .known = info != NULL };
	if (info != NULL) {
		info_value(info, "aof_last_bgrewrite_status", status, sizeof(status));
		ret->on = number_of(info, "aof_enabled") == 1;
		ret->working = number_of(info, "aof_rewrite_in_progress") == 1 ||
		               number_of(info, "aof_rewrite_scheduled") == 1;
		ret->good = strcmp(status, "ok") == 0;
		ret->rewrites = number_of(info, "aof_rewrites");
		ret->replicas = number_of(info, "connected_slaves");
	}
	reply_free(reply);
}

/* Returns false if there is no more time. */
static bool wait_idle(struct ctl *ctl, struct persistence *p, int64_t until_ms)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000L };

	for (look(ctl, p); p->working; look(ctl, p)) {
		if (clock_monotonic_ms() >= until_ms)
			return false;
		ctl_progress("append-only file, s left", (until_ms - clock_monotonic_ms()) / 1000);
		nanosleep(&pause, NULL);
	}
	return true;
}

static enum aof_state rewrite(struct ctl *ctl, struct persistence *p)
{
	int64_t until_ms = clock_monotonic_ms() + WAIT_MS;

	/* One that is under way may have begun before the last of it went. */
	if (!wait_idle(ctl, p, until_ms))
		return AOF_LATE;
	if (p->known && !p->on)
		return AOF_OFF;
	for (;;) {
		int64_t before = p->rewrites;
		struct redis_reply *reply = ask_any_words(ctl, "BGREWRITEAOF");
		bool busy = reply_is_error(reply) && strstr(reply_text(reply, NULL), "in progress") != NULL;
		bool denied = reply_is_error(reply) && reply_error_is(reply, "NOPERM");
		bool begun = !reply_is_error(reply);

		reply_free(reply);
		if (denied)
			return AOF_DENIED;
		if (begun && !p->known)
			return AOF_LATE;
		if (!begun && !busy)
			return AOF_FAILED;
		if (!wait_idle(ctl, p, until_ms))
			return AOF_LATE;
		if (begun)
			return p->good && p->rewrites > before ? AOF_REWRITTEN : AOF_FAILED;
	}
}

const char *aof_text(enum aof_state state, bool french)
{
	switch (state) {
	case AOF_REWRITTEN:
		return lang_pick(french, "rewritten", "réécrit");
	case AOF_OFF:
		return lang_pick(french, "off", "désactivé");
	case AOF_DENIED:
		return lang_pick(
		    french,
		    "NOT rewritten, it may still hold what was erased: an administrator must run BGREWRITEAOF",
		    "NON réécrit, il peut contenir encore ce qui a été effacé : un administrateur doit lancer BGREWRITEAOF");
	case AOF_FAILED:
		return lang_pick(
		    french,
		    "NOT rewritten, it may still hold what was erased: Redis' log says why; run BGREWRITEAOF",
		    "NON réécrit, il peut contenir encore ce qui a été effacé : le journal de Redis dit pourquoi ; lancez BGREWRITEAOF");
	case AOF_LATE:
		break;
	}
	return lang_pick(
	    french, "being rewritten, and not done within ten minutes: INFO persistence tells when it is",
	    "en cours de réécriture, pas terminé en dix minutes : INFO persistence dit quand ce sera fait");
}

void aof_rewrite(struct ctl *ctl, struct aof_result *ret)
{
	struct persistence p;

	ret->state = rewrite(ctl, &p);
	ret->replicas = p.replicas;
}

void aof_server(struct ctl *ctl, char ret[AOF_SERVER_SIZE])
{
	struct redis_reply *reply = ask_any_words(ctl, "INFO", "server");
	const char *info = reply_is_error(reply) ? NULL : reply_text(reply, NULL);

	ret[0] = '\0';
	if (info != NULL)
		info_value(info, "run_id", ret, AOF_SERVER_SIZE);
	reply_free(reply);
}

/* "ip=10.0.0.2,port=6379,state=online,…" as an address; "": it is none. */
static void replica_address(const char *line, char *ret, size_t size)
{
	const char *port = strstr(line, ",port=");

	ret[0] = '\0';
	if (strncmp(line, "ip=", 3) == 0 && port != NULL)
		snprintf(ret, size, "%.*s:%.*s", (int)(port - line - 3), line + 3,
		         (int)strspn(port + 6, "0123456789"), port + 6);
}

static json_t *rewrite_replica(struct ctl *ctl, const char *address, bool french)
{
	char why[REDIS_WHY + 64] = "";
	struct aof_result result = { .state = AOF_FAILED };
	struct ctl there;

	ctl_init(&there);
	there.options = ctl->options;
	there.options.socket = NULL;
	there.options.redis = address;
	there.command = ctl->command;
	there.outlives_redis = true;
	if (ctl_try_redis(&there, why, sizeof(why))) {
		aof_rewrite(&there, &result);
		(void)ctl_lost_redis(&there, why, sizeof(why));
	}
	ctl_done(&there);
	char *unreached =
	    mem_format(lang_pick(french, "NOT rewritten, it may still hold what was erased: %s",
	                         "NON réécrit, il peut encore contenir ce qui a été effacé : %s"),
	               why);
	json_t *object =
	    print_pack("{s:s,s:s,s:b}", "replica", address, "append_only_file",
	               *why != '\0' ? unreached : aof_text(result.state, french), "rewritten",
	               (int)(*why == '\0' && (result.state == AOF_REWRITTEN || result.state == AOF_OFF)));

	free(unreached);
	return object;
}

json_t *aof_rewrite_replicas(struct ctl *ctl, bool french)
{
	struct redis_reply *reply = ask_any_words(ctl, "INFO", "replication");
	const char *info = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	char name[32], line[200], address[200];
	json_t *list = json_array();
	int64_t count = info != NULL ? number_of(info, "connected_slaves") : 0;

	for (int64_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "slave%lld", (long long)i);
		info_value(info, name, line, sizeof(line));
		replica_address(line, address, sizeof(address));
		if (*address != '\0')
			json_array_append_new(list, rewrite_replica(ctl, address, french));
	}
	reply_free(reply);
	return list;
}
