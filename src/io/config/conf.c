/* conf.c - licet.conf as a value; see conf.h. */
#include "io/config/conf.h"

#include "core/proof/note.h"
#include "core/text/cluster_slot.h"
#include "io/config/cfg.h"
#include "io/config/conf_check.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/keys.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define DEFAULT_FOLDER "/etc/licet"

enum kind { TEXT, INTEGER, SWITCH, LEVEL, WORDS, PLATFORM };

struct definition {
	struct conf_key key;
	enum kind kind;
	size_t offset;
	int min, max; /* INTEGER: the range; TEXT: bytes */
	/* TEXT and each of WORDS: what is wrong, or NULL. */
	const char *(*check)(const char *value);
};

static const char *const level_names[] = {
	[LOG_LEVEL_FATAL] = "fatal", [LOG_LEVEL_ERROR] = "error", [LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_INFO] = "info",   [LOG_LEVEL_DEBUG] = "debug",
};
#define LEVEL_COUNT (sizeof(level_names) / sizeof(level_names[0]))

/* Field names are key names. */
#define AT(field) offsetof(struct conf, field)
/* clang-format off */
#define KEY(field, fallback, unit, text) { #field, fallback, unit, text }
/* clang-format on */

static const struct definition definitions[] = {
	{ KEY(redis_socket, "", "path", "Unix socket of Redis; empty: redis_host and redis_port are used"),
	  TEXT, AT(redis_socket), 0, sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1, NULL },
	{ KEY(redis_host, "127.0.0.1", "address",
	      "Redis by TCP: an address, or a name that is looked up once"),
	  TEXT, AT(redis_host), 1, 253, NULL },
	{ KEY(redis_port, "6379", "port", "port of redis_host"), INTEGER, AT(redis_port), 1, 65535, NULL },
	{ KEY(redis_db, "0", "number", "number of the database"), INTEGER, AT(redis_db), 0, 9999, NULL },
	{ KEY(redis_user, "", "name", "ACL user; empty: the default user"), TEXT, AT(redis_user), 0, 128,
	  NULL },
	{ KEY(redis_password_file, "", "path",
	      "file that holds the password; empty: $CREDENTIALS_DIRECTORY/redis-password if it exists, else none"),
	  TEXT, AT(redis_password_file), 0, 4095, conf_check_absolute },
	{ KEY(redis_tls, "false", "",
	      "TLS to Redis, Sentinels and nodes by TCP; needs a hiredis that has it, as that of Debian 13"),
	  SWITCH, AT(redis_tls), 0, 0, NULL },
	{ KEY(redis_tls_ca, "", "path", "file of the CA that signed their certificates; empty: the system's"),
	  TEXT, AT(redis_tls_ca), 0, 4095, conf_check_absolute },
	{ KEY(redis_tls_name, "", "name",
	      "name that their certificates are for; empty: redis_host, or the address that is connected to"),
	  TEXT, AT(redis_tls_name), 0, 253, NULL },
	{ KEY(redis_tls_cert, "", "path",
	      "file of our own certificate, where Redis asks for one; empty: none"),
	  TEXT, AT(redis_tls_cert), 0, 4095, conf_check_absolute },
	{ KEY(redis_tls_key, "", "path", "file of its key"), TEXT, AT(redis_tls_key), 0, 4095,
	  conf_check_absolute },
	{ KEY(redis_timeout_ms, "3000", "ms", "deadline of every Redis command, connecting included"),
	  INTEGER, AT(redis_timeout_ms), 50, 60000, NULL },
	{ KEY(sentinels, "[]", "address:port",
	      "Sentinels that know the master; not empty: redis_socket, redis_host and redis_port are not used"),
	  WORDS, AT(sentinels), 0, 64, conf_check_sentinel },
	{ KEY(sentinel_master, "mymaster", "name", "what the Sentinels call the master"), TEXT,
	  AT(sentinel_master), 1, 128, NULL },
	{ KEY(sentinel_user, "", "name", "ACL user at the Sentinels; empty: the default user"), TEXT,
	  AT(sentinel_user), 0, 128, NULL },
	{ KEY(sentinel_password_file, "", "path",
	      "file that holds the Sentinels' password; empty: $CREDENTIALS_DIRECTORY/sentinel-password if it exists, else none"),
	  TEXT, AT(sentinel_password_file), 0, 4095, conf_check_absolute },
	{ KEY(cluster, "[]", "address:port",
	      "nodes of a cluster that know the master of the prefix's slot; not empty: as with sentinels"),
	  WORDS, AT(cluster), 0, 64, conf_check_node },
	{ KEY(wait_replicas, "0", "replicas",
	      "how many must acknowledge what was released, and what licetctl sender took; 0: not asked"),
	  INTEGER, AT(wait_replicas), 0, 100, NULL },
	{ KEY(wait_ms, "200", "ms", "how long wait_replicas may take"), INTEGER, AT(wait_ms), 1, 2000, NULL },
	{ KEY(prefix, "licet:", "text", "what every key name begins with"), TEXT, AT(prefix), 1, 64,
	  conf_check_prefix },
	{ KEY(spaces, "[]", "name",
	      "spaces that this licetd serves, or \"*\" for all that the hub names; empty: the one of prefix"),
	  WORDS, AT(spaces), 0, 64, conf_check_space },
	{ KEY(rulebook, "rulebooks/fr.conf", "path", "the law: absolute, or relative to this file"), TEXT,
	  AT(rulebook), 1, 4095, NULL },
	{ KEY(zone_dir, "/usr/share/zoneinfo", "path", "folder of the time zones (tzdata)"), TEXT,
	  AT(zone_dir), 1, 4095, conf_check_absolute },
	{ KEY(instance, "", "name",
	      "name of this daemon; empty: the host's. Two on one Redis need two names"),
	  TEXT, AT(instance), 0, 64, conf_check_instance },
	{ KEY(platform, "", "name",
	      "who runs this, on what compliance hands out: a name, or a group with name, address, siren, dpo and logo"),
	  PLATFORM, AT(platform), 0, 128, NULL },
	{ KEY(log_level, "info", "level", "least level that is logged: fatal, error, warn, info or debug"),
	  LEVEL, AT(log_level), 0, 0, NULL },
	{ KEY(batch_min, "10", "jobs", "least jobs in one commit"), INTEGER, AT(batch_min), 1, 1000, NULL },
	{ KEY(batch_max, "200", "jobs", "most jobs in one commit; the size adapts in between"), INTEGER,
	  AT(batch_max), 1, 1000, NULL },
	{ KEY(function_budget_us, "2000", "us", "how long one commit should keep Redis busy"), INTEGER,
	  AT(function_budget_us), 100, 100000, NULL },
	{ KEY(look_ms, "150", "ms", "how often Redis is looked at for changes"), INTEGER, AT(look_ms), 10,
	  10000, NULL },
	{ KEY(clock_limit_ms, "2000", "ms",
	      "how far the clock and Redis TIME may differ before nothing is released"),
	  INTEGER, AT(clock_limit_ms), 50, 60000, NULL },
	{ KEY(require_approved, "false", "", "hold everything while the rulebook is not signed"), SWITCH,
	  AT(require_approved), 0, 0, NULL },
	{ KEY(redis_appendfsync, "", "always, everysec or no",
	      "what appendfsync of Redis is, where CONFIG GET may not be asked: hosted, or with redis_user"),
	  TEXT, AT(redis_appendfsync), 0, 16, conf_check_fsync },
	{ KEY(redis_policy_strict, "false", "",
	      "hold (true) or warn (false) where Redis could lose what it was told"),
	  SWITCH, AT(redis_policy_strict), 0, 0, NULL },
	{ KEY(memory_high_pct, "90", "% of maxmemory", "above it no job is taken in, and none is released"),
	  INTEGER, AT(memory_high_pct), 10, 100, NULL },
	{ KEY(keep_refused_days, "90", "days", "how long refused jobs are kept; 0: for ever"), INTEGER,
	  AT(keep_refused_days), 0, 36500, NULL },
	{ KEY(keep_invalid_days, "30", "days", "how long invalid jobs are kept; 0: for ever"), INTEGER,
	  AT(keep_invalid_days), 0, 36500, NULL },
	{ KEY(keep_done_days, "1095", "days", "how long the record of a call is kept; 0: for ever"), INTEGER,
	  AT(keep_done_days), 0, 36500, NULL },
	{ KEY(metrics_address, "127.0.0.1", "address",
	      "where /metrics, /healthz and the page for people are served; read at start"),
	  TEXT, AT(metrics_address), 1, 253, NULL },
	{ KEY(metrics_port, "0", "port", "port of metrics_address; 0: they are not served there"), INTEGER,
	  AT(metrics_port), 0, 65535, NULL },
	{ KEY(web_socket, "", "path",
	      "Unix socket where the same is served, for a reverse proxy; empty: none; read at start"),
	  TEXT, AT(web_socket), 0, 107, conf_check_absolute },
	{ KEY(metrics_by_advertiser, "false", "",
	      "/metrics tells of each campaign whose it is: a series more for each"),
	  SWITCH, AT(metrics_by_advertiser), 0, 0, NULL },
	{ KEY(list_shrink_pct, "20", "%", "licetctl list load refuses a list that lost more, unless forced"),
	  INTEGER, AT(list_shrink_pct), 0, 100, NULL },
	{ KEY(caller_id_doubtful, "false", "",
	      "accept the caller-id ranges that the rulebook marks doubtful"),
	  SWITCH, AT(caller_id_doubtful), 0, 0, NULL },
	{ KEY(log_dir, "", "path", "folder of the decision log; empty: none is written; read at start"), TEXT,
	  AT(log_dir), 0, 3800, conf_check_absolute },
	{ KEY(log_origin, "", "name",
	      "name of the log, in every checkpoint; empty: the name of its key, licet/<instance> as a rule"),
	  TEXT, AT(log_origin), 0, NOTE_NAME_MAX, conf_check_origin },
	{ KEY(log_key_file, "", "path",
	      "file of the key that signs the log; empty: $CREDENTIALS_DIRECTORY/log-key"),
	  TEXT, AT(log_key_file), 0, 4090, conf_check_absolute },
	{ KEY(log_mac_key_file, "", "path",
	      "file of the key that released jobs are marked with; empty: $CREDENTIALS_DIRECTORY/log-mac-key"),
	  TEXT, AT(log_mac_key_file), 0, 4095, conf_check_absolute },
	{ KEY(log_seal_s, "10", "s", "how often what is new in the log is signed"), INTEGER, AT(log_seal_s),
	  1, 3600, NULL },
	{ KEY(log_lag_s, "60", "s", "how far the log may be behind before nothing is released"), INTEGER,
	  AT(log_lag_s), 5, 3600, NULL },
	{ KEY(log_anchor, "", "command",
	      "carries the newest checkpoint out of the house: gets it on standard input; empty: none"),
	  TEXT, AT(log_anchor), 0, 4095, NULL },
	{ KEY(log_anchor_s, "3600", "s", "how often"), INTEGER, AT(log_anchor_s), 10, 604800, NULL },
	{ KEY(log_peers, "[]", "path", "folders of other instances' logs, for licetctl log compare"), WORDS,
	  AT(log_peers), 0, 4095, conf_check_absolute },
	{ KEY(care_gap_days, "1", "days",
	      "days until an advertiser calls again whom it reached: 1, not the same day; 0, at once; its gap_days wins"),
	  INTEGER, AT(care_gap_days), 0, 365, NULL },
	{ KEY(list_overrides, "[]", "list=mode", "lists to treat more strictly than the rulebook says"),
	  WORDS, AT(list_overrides), 0, 128, conf_check_override },
};
#define DEFINITION_COUNT (sizeof(definitions) / sizeof(definitions[0]))

static void *field_of(struct conf *conf, const struct definition *d)
{
	return (char *)conf + d->offset;
}

/* --- who runs this ------------------------------------------------------------- */

/* The members of the group beside its name. */
static const struct {
	const char *name;
	size_t offset;
	size_t max;
} platform_members[] = {
	{ "address", AT(platform_address), 400 },
	{ "siren", AT(platform_siren), 20 },
	{ "dpo", AT(platform_dpo), 200 },
	{ "logo", AT(platform_logo), 4095 },
};
#define PLATFORM_COUNT (sizeof(platform_members) / sizeof(platform_members[0]))

static char **platform_field(struct conf *conf, size_t i)
{
	return (char **)((char *)conf + platform_members[i].offset);
}

/* --- defaults ------------------------------------------------------------------ */

static void set_fallback(struct conf *conf, const struct definition *d)
{
	const char *fallback = d->key.fallback;

	switch (d->kind) {
	case TEXT:
	case PLATFORM:
		*(char **)field_of(conf, d) = mem_copy(fallback);
		break;
	case INTEGER:
		*(int *)field_of(conf, d) = atoi(fallback);
		break;
	case SWITCH:
		*(bool *)field_of(conf, d) = strcmp(fallback, "true") == 0;
		break;
	case LEVEL:
		for (size_t i = 0; i < LEVEL_COUNT; i++)
			if (strcmp(level_names[i], fallback) == 0)
				conf->log_level = (enum log_level)i;
		break;
	case WORDS:
		break;
	}
}

/* What follows from other keys. */
static void resolve(struct conf *conf, const char *folder, size_t folder_len)
{
	free(conf->rulebook_path);
	if (conf->rulebook[0] == '/')
		conf->rulebook_path = mem_copy(conf->rulebook);
	else
		conf->rulebook_path = mem_format("%.*s/%s", (int)folder_len, folder, conf->rulebook);
	if (conf->platform_logo[0] != '\0' && conf->platform_logo[0] != '/') {
		char *path = mem_format("%.*s/%s", (int)folder_len, folder, conf->platform_logo);

		free(conf->platform_logo);
		conf->platform_logo = path;
	}
	if (conf->instance[0] == '\0') {
		char name[65] = "";

		if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0' ||
		    conf_check_instance(name) != NULL)
			strcpy(name, "licetd");
		free(conf->instance);
		conf->instance = mem_copy(name);
	}
}

static void set_fallbacks(struct conf *conf)
{
	*conf = (struct conf){ 0 };
	for (size_t i = 0; i < DEFINITION_COUNT; i++)
		set_fallback(conf, &definitions[i]);
	for (size_t i = 0; i < PLATFORM_COUNT; i++)
		*platform_field(conf, i) = mem_copy("");
}

void conf_init(struct conf *conf)
{
	set_fallbacks(conf);
	resolve(conf, DEFAULT_FOLDER, strlen(DEFAULT_FOLDER));
}

void conf_done(struct conf *conf)
{
	for (size_t i = 0; i < DEFINITION_COUNT; i++) {
		void *field = field_of(conf, &definitions[i]);

		if (definitions[i].kind == TEXT || definitions[i].kind == PLATFORM)
			free(*(char **)field);
		else if (definitions[i].kind == WORDS)
			cfg_strings_free(((struct conf_words *)field)->words,
			                 ((struct conf_words *)field)->count);
	}
	for (size_t i = 0; i < PLATFORM_COUNT; i++)
		free(*platform_field(conf, i));
	free(conf->rulebook_path);
	free(conf->file);
	free(conf->cluster_place);
	free(conf->spaces_place);
	*conf = (struct conf){ 0 };
}

static struct conf_words words_copy(const struct conf_words *from)
{
	struct conf_words to = { mem_zero((from->count + 1) * sizeof(char *)), from->count };

	for (size_t i = 0; i < from->count; i++)
		to.words[i] = mem_copy(from->words[i]);
	return to;
}

void conf_copy(const struct conf *from, struct conf *to)
{
	*to = *from;
	for (size_t i = 0; i < DEFINITION_COUNT; i++) {
		void *field = field_of(to, &definitions[i]);

		if (definitions[i].kind == TEXT || definitions[i].kind == PLATFORM)
			*(char **)field = mem_copy(*(char **)field);
		else if (definitions[i].kind == WORDS)
			*(struct conf_words *)field = words_copy(field);
	}
	for (size_t i = 0; i < PLATFORM_COUNT; i++)
		*platform_field(to, i) = mem_copy(*platform_field(to, i));
	to->rulebook_path = mem_copy(from->rulebook_path);
	to->file = mem_copy(from->file);
	to->cluster_place = mem_copy(from->cluster_place);
	to->spaces_place = mem_copy(from->spaces_place);
}

char *conf_log_origin(const struct conf *conf)
{
	return *conf->log_origin != '\0' ? mem_copy(conf->log_origin)
	                                 : mem_format("licet/%s", conf->instance);
}

void conf_forget_guides(struct conf *conf)
{
	cfg_strings_free(conf->sentinels.words, conf->sentinels.count);
	cfg_strings_free(conf->cluster.words, conf->cluster.count);
	conf->sentinels = conf->cluster = (struct conf_words){ 0 };
}

int conf_check_cluster(const struct conf *conf, char *err, size_t err_size)
{
	const char *place = conf->cluster_place != NULL ? conf->cluster_place : "cluster";

	if (conf->cluster.count == 0)
		return 0;
	if (conf->sentinels.count > 0)
		snprintf(err, err_size,
		         error_pick("%s: cluster and sentinels exclude each other: leave one of them empty",
		                    "%s: cluster et sentinels s'excluent : laisser l'un des deux vide"),
		         place);
	else if (conf->redis_db != 0)
		snprintf(
		    err, err_size,
		    error_pick(
			"%s: with cluster redis_db must be 0, not %d: a cluster has one database",
			"%s: avec cluster, redis_db doit être 0, et non %d : une grappe n'a qu'une base"),
		    place, conf->redis_db);
	else if (!prefix_is_of_one_slot(conf->prefix))
		snprintf(
		    err, err_size,
		    error_pick(
			"%s: with cluster the prefix must have one tag in braces, such as licet:{retail}:, not %s: all keys must be in one slot",
			"%s: avec cluster, prefix doit avoir une étiquette entre accolades, comme licet:{retail}:, et non %s : toutes les clés doivent être dans un même slot"),
		    place, conf->prefix);
	else
		return 0;
	return -1;
}

/* --- a file -------------------------------------------------------------------- */

static const char *problem_with(const struct definition *d, const char *value)
{
	size_t len = strlen(value);

	if (len < (size_t)d->min)
		return error_pick("must not be empty", "ne doit pas être vide");
	if (len > (size_t)d->max)
		return error_pick("is too long", "est trop long");
	return d->check != NULL ? d->check(value) : NULL;
}

/* The setting itself, for the line of an error. */
static struct cfg_node setting_of(struct cfg_node root, const char *key)
{
	struct cfg_node node = root;

	for (size_t i = 0; !cfg_is_absent(node); i++) {
		node = cfg_at(root, i);
		if (!cfg_is_absent(node) && strcmp(cfg_key(node), key) == 0)
			break;
	}
	return node;
}

static void check_value(struct cfg_node root, const struct definition *d, const char *value)
{
	const char *problem = problem_with(d, value);

	if (problem != NULL)
		cfg_fail(setting_of(root, d->key.name), "%s %s", d->key.name, problem);
}

/* A name alone, or a group. */
static void read_platform(struct cfg_node root, struct conf *conf, const struct definition *d)
{
	struct cfg_node member = cfg_member(root, d->key.name);

	/* Where it is absent, cfg_member() gives the root. */
	if (member.at == root.at || !cfg_is_group(member)) {
		if (cfg_string(root, d->key.name, CFG_OPTIONAL, &conf->platform))
			check_value(root, d, conf->platform);
		return;
	}
	struct cfg_node group = cfg_group(root, d->key.name, CFG_NEEDED);

	if (cfg_string(group, "name", CFG_NEEDED, &conf->platform))
		check_value(root, d, conf->platform);
	for (size_t i = 0; i < PLATFORM_COUNT; i++) {
		char **field = platform_field(conf, i);

		if (cfg_string(group, platform_members[i].name, CFG_OPTIONAL, field) &&
		    strlen(*field) > platform_members[i].max)
			cfg_fail(cfg_member(group, platform_members[i].name),
			         error_pick("%s is longer than %zu bytes", "%s a plus de %zu octets"),
			         platform_members[i].name, platform_members[i].max);
	}
}

static void read_key(struct cfg_node root, struct conf *conf, const struct definition *d)
{
	const char *name = d->key.name;
	struct conf_words *words;
	size_t level;

	switch (d->kind) {
	case TEXT:
		if (cfg_string(root, name, CFG_OPTIONAL, field_of(conf, d)))
			check_value(root, d, *(char **)field_of(conf, d));
		break;
	case INTEGER:
		cfg_int(root, name, CFG_OPTIONAL, d->min, d->max, field_of(conf, d));
		break;
	case SWITCH:
		cfg_bool(root, name, CFG_OPTIONAL, field_of(conf, d));
		break;
	case LEVEL:
		if (cfg_choice(root, name, CFG_OPTIONAL, level_names, LEVEL_COUNT, &level))
			conf->log_level = (enum log_level)level;
		break;
	case PLATFORM:
		read_platform(root, conf, d);
		break;
	case WORDS:
		words = field_of(conf, d);
		if (cfg_strings(root, name, CFG_OPTIONAL, &words->words, &words->count))
			for (size_t i = 0; i < words->count; i++)
				check_value(root, d, words->words[i]);
		break;
	}
}

int conf_load(struct conf *conf, const char *path, char *err, size_t err_size)
{
	struct cfg *cfg = cfg_open(path, err, err_size);
	struct conf fresh;

	if (cfg == NULL)
		return -1;
	struct cfg_node root = cfg_root(cfg);
	set_fallbacks(&fresh);
	for (size_t i = 0; i < DEFINITION_COUNT; i++)
		read_key(root, &fresh, &definitions[i]);
	if (fresh.batch_min > fresh.batch_max)
		cfg_fail(setting_of(root, "batch_min"),
		         error_pick("batch_min must not be above batch_max (%d)",
		                    "batch_min ne doit pas dépasser batch_max (%d)"),
		         fresh.batch_max);
	struct cfg_node cluster = setting_of(root, "cluster");
	if (!cfg_is_absent(cluster))
		fresh.cluster_place = mem_format("%s:%d", path, cfg_line(cluster));
	struct cfg_node spaces = setting_of(root, "spaces");
	if (!cfg_is_absent(spaces))
		fresh.spaces_place = mem_format("%s:%d", path, cfg_line(spaces));
	if (!cfg_close(cfg)) {
		conf_done(&fresh);
		return -1;
	}
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		resolve(&fresh, ".", 1);
	else
		resolve(&fresh, path, (size_t)(slash - path));
	fresh.file = mem_copy(path);
	conf_done(conf);
	*conf = fresh;
	return 0;
}

/* --- the table for others -------------------------------------------------------- */

const struct conf_key *conf_key_at(size_t i)
{
	return i < DEFINITION_COUNT ? &definitions[i].key : NULL;
}

const char *conf_refuses(const char *name, const char *value)
{
	for (size_t i = 0; i < DEFINITION_COUNT; i++)
		if (strcmp(definitions[i].key.name, name) == 0 && definitions[i].kind == TEXT)
			return problem_with(&definitions[i], value);
	assert(!"a key of the table");
	return error_pick("is unknown", "est inconnu");
}
