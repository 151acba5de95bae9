/* policy.c - see policy.h. */
#include "io/redis/policy.h"

#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *info_value(const char *info, const char *name, char *buf, size_t size)
{
	char line[80];
	snprintf(line, sizeof(line), "\n%s:", name);
	const char *at = strstr(info, line);
	buf[0] = '\0';
	if (at != NULL) {
		at += strlen(line);
		snprintf(buf, size, "%.*s", (int)strcspn(at, "\r\n"), at);
	}
	return buf;
}

static int64_t info_int(const char *info, const char *name)
{
	char value[32];
	return strtoll(info_value(info, name, value, sizeof(value)), NULL, 10);
}

/* Valkey and its like have a name and a version of their own; their redis_version is the one of
 * Redis that they are compatible with. */
static void read_server(const char *info, struct redis_policy *ret)
{
	char field[sizeof(ret->server) + 16];
	if (*info_value(info, "server_name", ret->server, sizeof(ret->server)) == '\0')
		snprintf(ret->server, sizeof(ret->server), "redis");
	snprintf(field, sizeof(field), "%s_version", ret->server);
	if (*info_value(info, field, ret->version, sizeof(ret->version)) == '\0')
		info_value(info, "redis_version", ret->version, sizeof(ret->version));
	ret->major = (int)info_int(info, "redis_version");
}

static void add_why(struct redis_policy *p, bool met, const char *text)
{
	size_t used = strlen(p->why);
	if (!met)
		snprintf(p->why + used, sizeof(p->why) - used, "%s%s", used > 0 ? "; " : "", text);
}

void redis_config_question(struct redis_args *a)
{
	args_add(a, "CONFIG");
	args_add(a, "GET");
	args_add(a, "appendfsync");
	args_add(a, "cluster-require-full-coverage");
}

static void copy(const struct redis_reply *reply, const char *name, char *ret, size_t size)
{
	const char *value = reply_text(reply_field(reply, name), NULL);
	snprintf(ret, size, "%s", value != NULL ? value : "");
}

void redis_config_read(const struct redis_reply *reply, struct redis_config *ret)
{
	copy(reply, "appendfsync", ret->appendfsync, sizeof(ret->appendfsync));
	copy(reply, "cluster-require-full-coverage", ret->full_coverage, sizeof(ret->full_coverage));
}

void redis_policy_read(const char *info, int high_pct, bool failover, const struct redis_config *config,
                       struct redis_policy *ret)
{
	char value[32];
	*ret = (struct redis_policy){ .used = info_int(info, "used_memory"),
		                      .limit = info_int(info, "maxmemory"),
		                      .delayed_fsync = info_int(info, "aof_delayed_fsync") };
	read_server(info, ret);
	info_value(info, "role", ret->role, sizeof(ret->role));
	info_value(info, "maxmemory_policy", ret->maxmemory_policy, sizeof(ret->maxmemory_policy));
	/* Valkey says server_mode. */
	if (*info_value(info, "redis_mode", value, sizeof(value)) == '\0')
		info_value(info, "server_mode", value, sizeof(value));
	ret->cluster = strcmp(value, "cluster") == 0;
	ret->aof = info_int(info, "aof_enabled") == 1;
	ret->full = ret->limit > 0 && (double)ret->used * 100 > (double)ret->limit * high_pct;
	add_why(ret, ret->aof, "appendonly is off");
	add_why(ret, strcmp(ret->maxmemory_policy, "noeviction") == 0, "maxmemory-policy is not noeviction");
	add_why(ret, strcmp(ret->role, "master") == 0, "role is not master");
	add_why(ret, strcmp(info_value(info, "aof_last_write_status", value, sizeof(value)), "ok") == 0,
	        "the append-only file cannot be written");
	add_why(ret, strcmp(info_value(info, "rdb_last_bgsave_status", value, sizeof(value)), "err") != 0,
	        "the last snapshot could not be saved");
	/* Redis tells this only where replicas are asked for. */
	add_why(ret, !failover || *info_value(info, "min_slaves_good_slaves", value, sizeof(value)) != '\0',
	        "min-replicas-to-write is 0, and a failover may lose calls");
	add_why(ret, strcmp(config->appendfsync, "no") != 0, "appendfsync is no");
	/* What cannot be asked is not known, which is not met. */
	add_why(ret, *config->appendfsync != '\0',
	        "appendfsync is not known: CONFIG GET may not be asked here (redis_appendfsync says it)");
	add_why(ret, !ret->cluster || strcmp(config->full_coverage, "yes") != 0,
	        "cluster-require-full-coverage is yes, and a master that is away stops all the others");
}
