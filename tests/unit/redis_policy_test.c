/* What INFO says, of servers of several names. */
#include "io/redis/policy.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

#define SOUND \
	"role:master\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\naof_last_write_status:ok\r\n" \
	"used_memory:100\r\nmaxmemory:0\r\n"

static const struct {
	const char *label, *info, *fsync; /* a word behind it: cluster-require-full-coverage */
	const char *server, *version, *why;
	bool sentinels, cluster, full;
	int major;
} rows[] = {
	{ "redis 7", "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n" SOUND, "everysec",
	  "redis", "7.0.15", "", false, false, false, 7 },
	{ "valkey",
	  "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.1\r\n"
	  "server_mode:cluster\r\n" SOUND,
	  "always", "valkey", "8.1.1", "", false, true, false, 7 },
	{ "redis in a cluster", "\nredis_version:8.0.2\r\nredis_mode:cluster\r\n" SOUND, "always", "redis",
	  "8.0.2", "", false, true, false, 8 },
	{ "a name without a version of its own", "\nredis_version:7.1\r\nserver_name:other\r\n" SOUND,
	  "always", "other", "7.1", "", false, false, false, 7 },
	{ "nothing is kept",
	  "\nredis_version:7.0.15\r\nrole:slave\r\nmaxmemory_policy:allkeys-lru\r\naof_enabled:0\r\n"
	  "aof_last_write_status:err\r\n",
	  "no", "redis", "7.0.15",
	  "appendonly is off; maxmemory-policy is not noeviction; role is not master; the append-only file cannot be "
	  "written; appendfsync is no",
	  false, false, false, 7 },
	{ "a snapshot failed", "\nredis_version:7.0.15\r\nrdb_last_bgsave_status:err\r\n" SOUND, "always",
	  "redis", "7.0.15", "the last snapshot could not be saved", false, false, false, 7 },
	{ "a failover may lose", "\nredis_version:7.0.15\r\n" SOUND, "always", "redis", "7.0.15",
	  "min-replicas-to-write is 0, and a failover may lose calls", true, false, false, 7 },
	{ "replicas are asked for", "\nredis_version:7.0.15\r\nmin_slaves_good_slaves:1\r\n" SOUND, "always",
	  "redis", "7.0.15", "", true, false, false, 7 },
	{ "hosted, without CONFIG", "\nredis_version:7.0.15\r\n" SOUND, "", "redis", "7.0.15",
	  "appendfsync is not known: CONFIG GET may not be asked here (redis_appendfsync says it)", false,
	  false, false, 7 },
	{ "one dead master stops a cluster", "\nredis_version:7.0.15\r\nredis_mode:cluster\r\n" SOUND,
	  "always yes", "redis", "7.0.15",
	  "cluster-require-full-coverage is yes, and a master that is away stops all the others", false, true,
	  false, 7 },
	{ "and one that goes on", "\nredis_version:7.0.15\r\nredis_mode:cluster\r\n" SOUND, "always no",
	  "redis", "7.0.15", "", false, true, false, 7 },
	{ "which says nothing of one Redis", "\nredis_version:7.0.15\r\nredis_mode:standalone\r\n" SOUND,
	  "always yes", "redis", "7.0.15", "", false, false, false, 7 },
	{ "full",
	  "\nredis_version:7.0.15\r\nrole:master\r\nmaxmemory_policy:noeviction\r\naof_enabled:1\r\n"
	  "aof_last_write_status:ok\r\nused_memory:91\r\nmaxmemory:100\r\n",
	  "always", "redis", "7.0.15", "", false, false, true, 7 },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct redis_config config = { 0 };
		struct redis_policy p;

		sscanf(rows[i].fsync, "%15s %7s", config.appendfsync, config.full_coverage);
		redis_policy_read(rows[i].info, 90, rows[i].sentinels, &config, &p);
		if (strcmp(p.server, rows[i].server) != 0 || strcmp(p.version, rows[i].version) != 0 ||
		    strcmp(p.why, rows[i].why) != 0 || p.cluster != rows[i].cluster ||
		    p.full != rows[i].full || p.major != rows[i].major)
			fail_msg("%s: %s %s, cluster %d, full %d, major %d, \"%s\"", rows[i].label, p.server,
			         p.version, p.cluster, p.full, p.major, p.why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
