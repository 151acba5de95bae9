/* target.c - which Redis and which keys; see target.h. */
#include "io/config/target.h"

#include "core/text/cluster_slot.h"
#include "io/config/address.h"
#include "io/config/conf_spaces.h"
#include "io/config/secret.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/host/tls_context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- options ------------------------------------------------------------------- */

static const char *problem_with(const char *name, const char *value)
{
	if (*value == '\0')
		return error_pick("must not be empty", "ne doit pas être vide");
	if (strcmp(name, "--redis") == 0 && !address_split(value, NULL, NULL))
		return error_pick("must be HOST:PORT", "doit être HÔTE:PORT");
	if (strcmp(name, "--prefix") == 0)
		return conf_refuses("prefix", value);
	if (strcmp(name, "--space") == 0 && !space_name_is_valid(value))
		return error_pick("must be 1 to 24 small letters, digits and dashes",
		                  "doit compter de 1 à 24 minuscules, chiffres et tirets");
	if (strcmp(name, "--instance") == 0)
		return conf_refuses("instance", value);
	if (strcmp(name, "--socket") == 0)
		return conf_refuses("redis_socket", value);
	return NULL;
}

/* Where the value of that option goes; NULL: it is none of ours. */
static const char **value_of(struct target_options *options, const char *name)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "-c", &options->file },
		{ "--config", &options->file },
		{ "--socket", &options->socket },
		{ "--redis", &options->redis },
		{ "--rulebook", &options->rulebook },
		{ "--prefix", &options->prefix },
		{ "--space", &options->space },
		{ "--instance", &options->instance },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(name, known[i].name) == 0)
			return known[i].value;
	return NULL;
}

int target_set(struct target_options *options, const char *name, const char *value, char *err,
               size_t err_size)
{
	const char **field = value_of(options, name),
		   *problem = error_pick("needs a value", "exige une valeur");

	if (field == NULL)
		return 0;
	if (value != NULL)
		problem = problem_with(name, value);
	if (problem != NULL) {
		snprintf(err, err_size, "%s %s", name, problem);
		return -1;
	}
	*field = value;
	if (options->socket != NULL && options->redis != NULL) {
		snprintf(err, err_size,
		         error_pick("--socket and --redis exclude each other",
		                    "--socket et --redis s'excluent"));
		return -1;
	}
	return 1;
}

int target_option(struct target_options *options, int argc, char **argv, int *i, char *err, size_t err_size)
{
	char name[sizeof("--instance")];
	const char *word = argv[*i], *value = NULL;
	size_t len = strncmp(word, "--", 2) == 0 ? strcspn(word, "=") : strlen(word);
	int used = 1;

	if (len >= sizeof(name))
		return 0;
	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	if (word[len] == '=')
		value = word + len + 1;
	else if (*i + 1 < argc)
		value = argv[*i + used++];
	int known = target_set(options, name, value, err, err_size);

	if (known > 0)
		*i += used;
	return known;
}

/* --- configuration ----------------------------------------------------------------- */

static void replace(char **field, const char *value)
{
	free(*field);
	*field = mem_copy(value);
}

static void put_over(const struct target_options *options, struct conf *conf)
{
	/* One Redis that was named is not looked for. */
	if (options->socket != NULL || options->redis != NULL)
		conf_forget_guides(conf);
	if (options->socket != NULL)
		replace(&conf->redis_socket, options->socket);
	if (options->redis != NULL) {
		replace(&conf->redis_socket, "");
		address_split(options->redis, &conf->redis_host, &conf->redis_port);
	}
	if (options->rulebook != NULL) {
		/* As somebody types it: from where they are. */
		replace(&conf->rulebook, options->rulebook);
		replace(&conf->rulebook_path, options->rulebook);
		conf->rulebook_given = true;
	}
	if (options->prefix != NULL)
		replace(&conf->prefix, options->prefix);
	if (options->space != NULL)
		conf_tag_prefix(conf, options->space);
	if (options->instance != NULL)
		replace(&conf->instance, options->instance);
}

/* Which file, and who named it; NULL: none is there, and none is needed. */
static const char *which_file(const struct target_options *options, bool *ret_named)
{
	const char *named = getenv(TARGET_FILE_VARIABLE);

	*ret_named = options->file != NULL || (named != NULL && *named != '\0');
	if (options->file != NULL)
		return options->file;
	return *ret_named ? named : TARGET_DEFAULT_FILE;
}

/* The file, if there is one, over conf. */
static int load_file(const struct target_options *options, struct conf *conf, char *err, size_t err_size)
{
	bool named, suffices = options->redis != NULL || options->socket != NULL || options->rulebook != NULL;
	const char *file = which_file(options, &named);

	if (!named && access(file, F_OK) != 0) {
		if (!suffices) {
			snprintf(
			    err, err_size,
			    error_pick(
				"there is no %s: name a configuration with -c FILE or " TARGET_FILE_VARIABLE
				", or do without one: --rulebook FILE, and --redis or --socket",
				"%s n'existe pas : nommer une configuration par -c FICHIER ou " TARGET_FILE_VARIABLE
				", ou s'en passer : --rulebook FICHIER, et --redis ou --socket"),
			    file);
			return -1;
		}
	} else if (conf_load(conf, file, err, err_size) != 0) {
		if (options->file == NULL && named) {
			char why[400];

			snprintf(why, sizeof(why), "%s", err);
			snprintf(err, err_size,
			         error_pick("%s (" TARGET_FILE_VARIABLE " names it)",
			                    "%s (" TARGET_FILE_VARIABLE " le nomme)"),
			         why);
		}
		return -1;
	}
	return 0;
}

int target_load_conf(const struct target_options *options, struct conf *conf, char *err, size_t err_size)
{
	struct conf fresh;
	int failed;

	conf_init(&fresh);
	failed = load_file(options, &fresh, err, err_size);
	if (failed == 0)
		failed = conf_check_spaces(&fresh, err, err_size);
	if (failed == 0) {
		put_over(options, &fresh);
		conf_settle_spaces(&fresh);
		failed = conf_check_cluster(&fresh, err, err_size);
	}
	if (failed == 0) {
		struct conf before = *conf;

		*conf = fresh;
		fresh = before;
	}
	conf_done(&fresh);
	return failed;
}

/* --- Redis ---------------------------------------------------------------------------- */

/* Returns false if there should be one that cannot be read. */
static bool find_password(const char *key, const char *named, const char *credential, char **ret, char *err,
                          size_t err_size)
{
	char *path = secret_path(named, credential), why[400];
	bool wanted = path != NULL;

	*ret = wanted ? secret_read(path, error_pick("the password", "le mot de passe"), why, sizeof(why))
	              : NULL;
	free(path);
	if (wanted && *ret == NULL)
		snprintf(err, err_size, "%s%s%s", *named != '\0' ? key : "", *named != '\0' ? ": " : "", why);
	return !wanted || *ret != NULL;
}

static const char *unless_empty(const char *text)
{
	return *text != '\0' ? text : NULL;
}

/* A Unix socket has none. Returns false with one line in err. */
static bool find_tls(const struct conf *conf, bool by_tcp, bool by_guides, struct redis_tls *ret, char *err,
                     size_t err_size)
{
	*ret = (struct redis_tls){
		.wanted = conf->redis_tls && by_tcp,
		.ca = unless_empty(conf->redis_tls_ca),
		.cert = unless_empty(conf->redis_tls_cert),
		.key = unless_empty(conf->redis_tls_key),
		.name = *conf->redis_tls_name != '\0' ? conf->redis_tls_name
		        : by_guides                   ? NULL
		                                      : conf->redis_host,
	};
	if (ret->wanted && (ret->cert != NULL) != (ret->key != NULL)) {
		snprintf(err, err_size,
		         error_pick("redis_tls_cert and redis_tls_key go together: %s is empty",
		                    "redis_tls_cert et redis_tls_key vont ensemble : %s est vide"),
		         ret->cert != NULL ? "redis_tls_key" : "redis_tls_cert");
		return false;
	}
	return !ret->wanted || tls_check(ret, err, err_size);
}

int target_of_conf(const struct conf *conf, struct redis_target *ret, struct target_passwords *ret_passwords,
                   char *err, size_t err_size)
{
	bool by_sentinel = conf->sentinels.count > 0, by_node = conf->cluster.count > 0;
	const char *user = *conf->redis_user != '\0' ? conf->redis_user : NULL;
	const struct conf_words *guides = by_node ? &conf->cluster : &conf->sentinels;
	const char *socket = *conf->redis_socket != '\0' && guides->count == 0 ? conf->redis_socket : NULL;
	struct target_passwords found = { 0 };
	struct redis_tls tls;

	*ret_passwords = found;
	if (!find_tls(conf, socket == NULL, guides->count > 0, &tls, err, err_size))
		return -1;
	if (!find_password("redis_password_file", conf->redis_password_file, "redis-password", &found.redis,
	                   err, err_size))
		return -1;
	if (by_sentinel && !find_password("sentinel_password_file", conf->sentinel_password_file,
	                                  "sentinel-password", &found.sentinel, err, err_size)) {
		target_forget(&found);
		return -1;
	}
	*ret_passwords = found;
	*ret = (struct redis_target){
		.socket = socket,
		.host = conf->redis_host,
		.port = conf->redis_port,
		.user = user,
		.password = found.redis,
		.db = conf->redis_db,
		.guides = guides->words,
		.guide_count = guides->count,
		/* A node that is asked is one of those that are worked with. */
		.guide_user = by_node                        ? user
		              : *conf->sentinel_user != '\0' ? conf->sentinel_user
		                                             : NULL,
		.guide_password = by_node ? found.redis : found.sentinel,
		.master = conf->sentinel_master,
		.prefix = by_node ? conf->prefix : NULL,
		.tls = tls,
		.timeout_ms = conf->redis_timeout_ms,
	};
	return 0;
}

void target_forget(struct target_passwords *passwords)
{
	secret_forget(&passwords->redis);
	secret_forget(&passwords->sentinel);
}
