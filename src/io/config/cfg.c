/* cfg.c - strict, typed reading of libconfig files; see cfg.h. */
#include "io/config/cfg.h"

#include "core/text/control.h"
#include "core/text/nearest.h"
#include "core/time/civil.h"
#include "io/config/cfg_scan.h"
#include "io/host/error_text.h"

#include <errno.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The keys that were asked for in one group, there or not. Hangs on the group's
 * hook; without one, nobody looked into the group. */
struct asked {
	struct asked *next; /* all of a file */
	bool any;           /* names are free: every member was asked for */
	size_t count, capacity;
	const char **keys; /* literals of the loaders */
};

struct cfg {
	char *path;
	char *bytes;
	size_t len;
	config_t config;
	struct asked *asked;
	char *err;
	size_t err_size;
	bool failed;
};

/* --- errors ------------------------------------------------------------------ */

static void fail_at(struct cfg *cfg, int line, const char *format, va_list args)
{
	int used;

	if (cfg->failed)
		return;
	cfg->failed = true;
	if (line > 0)
		used = snprintf(cfg->err, cfg->err_size, "%s:%d: ", cfg->path, line);
	else
		used = snprintf(cfg->err, cfg->err_size, "%s: ", cfg->path);
	if (used > 0 && (size_t)used < cfg->err_size)
		vsnprintf(cfg->err + used, cfg->err_size - (size_t)used, format, args);
	/* A value that is shown may hold anything; an error is one line. */
	control_hide(cfg->err);
}

static bool fail_line(struct cfg *cfg, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static bool fail_line(struct cfg *cfg, int line, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_at(cfg, line, format, args);
	va_end(args);
	return false;
}

static int line_of(const config_setting_t *setting)
{
	return (int)config_setting_source_line(setting);
}

bool cfg_fail(struct cfg_node at, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fail_at(at.cfg, at.at != NULL ? line_of(at.at) : 0, format, args);
	va_end(args);
	return false;
}

int cfg_line(struct cfg_node node)
{
	return node.at != NULL ? line_of(node.at) : 0;
}

bool cfg_failed(const struct cfg *cfg)
{
	return cfg->failed;
}

/* --- the file --------------------------------------------------------------------- */

static bool read_file(struct cfg *cfg)
{
	FILE *file = fopen(cfg->path, "re");

	if (file == NULL)
		return fail_line(cfg, 0, "%s", error_system(errno));
	cfg->bytes = malloc(CFG_FILE_MAX + 2);
	if (cfg->bytes == NULL) {
		fclose(file);
		return fail_line(cfg, 0, error_pick("out of memory", "mémoire insuffisante"));
	}
	cfg->len = fread(cfg->bytes, 1, CFG_FILE_MAX + 1, file);
	int error = ferror(file) ? errno : 0;
	fclose(file);
	cfg->bytes[cfg->len] = '\0';
	if (error != 0)
		return fail_line(cfg, 0, "%s", error_system(error));
	if (cfg->len > CFG_FILE_MAX)
		return fail_line(cfg, 0, error_pick("larger than %d bytes", "plus de %d octets"),
		                 CFG_FILE_MAX);
	return true;
}

static bool scan_file(struct cfg *cfg)
{
	char what[160];
	int line;

	return cfg_scan(cfg->bytes, cfg->len, &line, what, sizeof(what)) || fail_line(cfg, line, "%s", what);
}

/* libconfig 1.5 does not look whether it gets its memory, and falls if not. So we look, at
 * once and for all that it may need: 40 bytes for one of the text at the worst, as measured,
 * and some for its scanner. Nobody else asks in between. */
static bool has_room(size_t len)
{
	void *volatile room = malloc(len * 64 + 131072); /* volatile: or it is never asked for */
	bool given = room != NULL;

	free(room);
	return given;
}

/* Where that was not enough: a name or a text that it got no memory for is NULL, and "" to
 * whoever asks. */
static bool is_whole(config_setting_t *setting)
{
	int count = config_setting_length(setting);

	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		return setting->value.sval != NULL;
	for (int i = 0; i < count; i++) {
		config_setting_t *member = config_setting_get_elem(setting, (unsigned)i);
		if (config_setting_is_group(setting) && config_setting_name(member) == NULL)
			return false;
		if (!is_whole(member))
			return false;
	}
	return true;
}

static void free_cfg(struct cfg *cfg)
{
	while (cfg->asked != NULL) {
		struct asked *asked = cfg->asked;
		cfg->asked = asked->next;
		free(asked->keys);
		free(asked);
	}
	config_destroy(&cfg->config);
	free(cfg->bytes);
	free(cfg->path);
	free(cfg);
}

struct cfg *cfg_open(const char *path, char *err, size_t err_size)
{
	struct cfg *cfg = calloc(1, sizeof(*cfg));

	if (cfg == NULL || (cfg->path = strdup(path)) == NULL) {
		snprintf(err, err_size, error_pick("%s: out of memory", "%s: mémoire insuffisante"), path);
		free(cfg);
		return NULL;
	}
	cfg->err = err;
	cfg->err_size = err_size;
	config_init(&cfg->config);
	if (read_file(cfg) && scan_file(cfg) && !has_room(cfg->len))
		fail_line(cfg, 0, error_pick("out of memory", "mémoire insuffisante"));
	if (!cfg->failed && config_read_string(&cfg->config, cfg->bytes) != CONFIG_TRUE)
		fail_line(cfg, config_error_line(&cfg->config), "%s",
		          error_said(config_error_text(&cfg->config)));
	if (!cfg->failed && !is_whole(config_root_setting(&cfg->config)))
		fail_line(cfg, 0, error_pick("out of memory", "mémoire insuffisante"));
	if (!cfg->failed)
		return cfg;
	free_cfg(cfg);
	return NULL;
}

const char *cfg_bytes(const struct cfg *cfg, size_t *ret_len)
{
	*ret_len = cfg->len;
	return cfg->bytes;
}

/* --- what was asked for -------------------------------------------------------------- */

static struct asked *asked_of(struct cfg *cfg, config_setting_t *group)
{
	struct asked *asked = config_setting_get_hook(group);

	if (asked == NULL) {
		asked = calloc(1, sizeof(*asked));
		if (asked == NULL)
			return NULL;
		asked->next = cfg->asked;
		cfg->asked = asked;
		config_setting_set_hook(group, asked);
	}
	return asked;
}

static void ask(struct cfg_node group, const char *key)
{
	struct asked *asked = asked_of(group.cfg, group.at);

	if (asked == NULL) {
		fail_line(group.cfg, 0, error_pick("out of memory", "mémoire insuffisante"));
		return;
	}
	for (size_t i = 0; i < asked->count; i++) {
		if (strcmp(asked->keys[i], key) == 0)
			return;
	}
	if (asked->count == asked->capacity) {
		size_t capacity = asked->capacity == 0 ? 8 : 2 * asked->capacity;
		const char **keys = realloc(asked->keys, capacity * sizeof(*keys));
		if (keys == NULL) {
			fail_line(group.cfg, 0, error_pick("out of memory", "mémoire insuffisante"));
			return;
		}
		asked->keys = keys;
		asked->capacity = capacity;
	}
	asked->keys[asked->count++] = key;
}

/* "group zones", "an element of territories", error_pick("the file", "le fichier"). */
static const char *describe(const config_setting_t *group, char *buf, size_t size)
{
	const config_setting_t *parent = config_setting_parent(group);

	if (config_setting_is_root(group))
		snprintf(buf, size, error_pick("the file", "le fichier"));
	else if (config_setting_name(group) != NULL)
		snprintf(buf, size, error_pick("group %s", "le groupe %s"), config_setting_name(group));
	else if (parent != NULL && config_setting_name(parent) != NULL)
		snprintf(buf, size, error_pick("group %s", "le groupe %s"), config_setting_name(parent));
	else
		snprintf(buf, size, error_pick("a group without a name", "un groupe sans nom"));
	return buf;
}

static void check_member(struct cfg *cfg, const struct asked *asked, config_setting_t *group,
                         config_setting_t *member)
{
	const char *key = config_setting_name(member);
	char place[80], hint[ERROR_NEAR_SIZE];

	for (size_t i = 0; i < asked->count; i++) {
		if (strcmp(asked->keys[i], key) == 0)
			return;
	}
	const char *near = nearest_name(key, strlen(key), asked->keys, asked->count);
	fail_line(cfg, line_of(member),
	          error_pick("unknown key %.64s in %s%s", "clé inconnue %.64s dans %s%s"), key,
	          describe(group, place, sizeof(place)), error_near(near, hint));
}

static void check_group(struct cfg *cfg, config_setting_t *group)
{
	const struct asked *asked = config_setting_get_hook(group);
	int count = config_setting_length(group);

	for (int i = 0; i < count && !cfg->failed; i++) {
		config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		if (config_setting_is_group(group) && asked != NULL && !asked->any)
			check_member(cfg, asked, group, member);
		if (config_setting_is_aggregate(member))
			check_group(cfg, member);
	}
}

bool cfg_close(struct cfg *cfg)
{
	if (!cfg->failed) {
		/* A file of which nothing was asked still has a root to check. */
		if (asked_of(cfg, config_root_setting(&cfg->config)) == NULL)
			fail_line(cfg, 0, error_pick("out of memory", "mémoire insuffisante"));
		check_group(cfg, config_root_setting(&cfg->config));
	}
	bool ok = !cfg->failed;
	free_cfg(cfg);
	return ok;
}

/* --- walking ---------------------------------------------------------------------------- */

static struct cfg_node absent(struct cfg *cfg)
{
	return (struct cfg_node){ cfg, NULL };
}

struct cfg_node cfg_root(struct cfg *cfg)
{
	return (struct cfg_node){ cfg, config_root_setting(&cfg->config) };
}

bool cfg_is_absent(struct cfg_node node)
{
	return node.at == NULL;
}

bool cfg_is_group(struct cfg_node node)
{
	return node.at != NULL && config_setting_is_group((config_setting_t *)node.at);
}

/* The member of a group, absent or not; an error if it is needed. */
static config_setting_t *member_of(struct cfg_node group, const char *key, enum cfg_need need)
{
	config_setting_t *member;
	char place[80];

	if (group.at == NULL || !config_setting_is_group((config_setting_t *)group.at))
		return NULL;
	ask(group, key);
	member = config_setting_get_member(group.at, key);
	if (member == NULL && need == CFG_NEEDED)
		cfg_fail(group, error_pick("key %s is missing in %s", "la clé %s manque dans %s"), key,
		         describe(group.at, place, sizeof(place)));
	return member;
}

struct cfg_node cfg_member(struct cfg_node group, const char *key)
{
	struct cfg_node node = { group.cfg, member_of(group, key, CFG_OPTIONAL) };

	return node.at != NULL ? node : group;
}

struct cfg_node cfg_group(struct cfg_node group, const char *key, enum cfg_need need)
{
	struct cfg_node node = { group.cfg, member_of(group, key, need) };

	if (node.at != NULL && !config_setting_is_group((config_setting_t *)node.at)) {
		cfg_fail(node, error_pick("%s must be a group: { ... }", "%s doit être un groupe : { ... }"),
		         key);
		return absent(group.cfg);
	}
	return node;
}

struct cfg_node cfg_list(struct cfg_node group, const char *key, enum cfg_need need)
{
	struct cfg_node node = { group.cfg, member_of(group, key, need) };

	if (node.at != NULL && !config_setting_is_list((config_setting_t *)node.at) &&
	    !config_setting_is_array((config_setting_t *)node.at)) {
		cfg_fail(node,
		         error_pick("%s must be a list: ( ... ) or [ ... ]",
		                    "%s doit être une liste : ( ... ) ou [ ... ]"),
		         key);
		return absent(group.cfg);
	}
	return node;
}

size_t cfg_count(struct cfg_node node)
{
	if (node.at == NULL)
		return 0;
	if (config_setting_is_group((config_setting_t *)node.at)) {
		struct asked *asked = asked_of(node.cfg, node.at);
		if (asked == NULL)
			fail_line(node.cfg, 0, error_pick("out of memory", "mémoire insuffisante"));
		else
			asked->any = true;
	}
	return (size_t)config_setting_length(node.at);
}

struct cfg_node cfg_at(struct cfg_node node, size_t i)
{
	if (node.at == NULL)
		return node;
	return (struct cfg_node){ node.cfg, config_setting_get_elem(node.at, (unsigned)i) };
}

struct cfg_node cfg_group_at(struct cfg_node list, size_t i)
{
	struct cfg_node node = cfg_at(list, i);

	if (node.at == NULL || config_setting_is_group((config_setting_t *)node.at))
		return node;
	cfg_fail(node,
	         error_pick("a group is expected here: { ... }", "un groupe est attendu ici : { ... }"));
	return absent(list.cfg);
}

const char *cfg_key(struct cfg_node node)
{
	return node.at == NULL ? NULL : config_setting_name((config_setting_t *)node.at);
}

/* --- values ------------------------------------------------------------------------------ */

static const char *name_of(const config_setting_t *value)
{
	const config_setting_t *parent = config_setting_parent(value);

	if (config_setting_name(value) != NULL)
		return config_setting_name(value);
	if (parent != NULL && config_setting_name(parent) != NULL)
		return config_setting_name(parent);
	return error_pick("this value", "cette valeur");
}

static bool read_int(struct cfg_node node, int min, int max, int *ret)
{
	config_setting_t *value = node.at;
	int type = config_setting_type(value);
	long long number =
	    type == CONFIG_TYPE_INT64 ? config_setting_get_int64(value) : config_setting_get_int(value);

	if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64)
		return cfg_fail(node,
		                error_pick("%s must be a whole number", "%s doit être un nombre entier"),
		                name_of(value));
	if (number < min || number > max)
		return cfg_fail(node,
		                error_pick("%s must be from %d to %d, not %lld",
		                           "%s doit être compris entre %d et %d, et non %lld"),
		                name_of(value), min, max, number);
	*ret = (int)number;
	return true;
}

static const char *read_text(struct cfg_node node)
{
	config_setting_t *value = node.at;

	if (config_setting_type(value) == CONFIG_TYPE_STRING)
		return config_setting_get_string(value);
	cfg_fail(node, error_pick("%s must be a text in quotes", "%s doit être un texte entre guillemets"),
	         name_of(value));
	return NULL;
}

bool cfg_int(struct cfg_node group, const char *key, enum cfg_need need, int min, int max, int *ret)
{
	struct cfg_node node = { group.cfg, member_of(group, key, need) };

	return node.at != NULL && read_int(node, min, max, ret);
}

bool cfg_int_at(struct cfg_node list, size_t i, int min, int max, int *ret)
{
	struct cfg_node node = cfg_at(list, i);

	return node.at != NULL && read_int(node, min, max, ret);
}

bool cfg_bool(struct cfg_node group, const char *key, enum cfg_need need, bool *ret)
{
	struct cfg_node node = { group.cfg, member_of(group, key, need) };

	if (node.at == NULL)
		return false;
	if (config_setting_type((config_setting_t *)node.at) != CONFIG_TYPE_BOOL)
		return cfg_fail(node, error_pick("%s must be true or false", "%s doit être true ou false"),
		                key);
	*ret = config_setting_get_bool(node.at) != 0;
	return true;
}

const char *cfg_text(struct cfg_node group, const char *key, enum cfg_need need)
{
	struct cfg_node node = { group.cfg, member_of(group, key, need) };

	return node.at != NULL ? read_text(node) : NULL;
}

const char *cfg_text_at(struct cfg_node list, size_t i)
{
	struct cfg_node node = cfg_at(list, i);

	return node.at != NULL ? read_text(node) : NULL;
}

bool cfg_string(struct cfg_node group, const char *key, enum cfg_need need, char **ret)
{
	const char *text = cfg_text(group, key, need);
	char *copy;

	if (text == NULL)
		return false;
	copy = strdup(text);
	if (copy == NULL)
		return cfg_fail(group, error_pick("out of memory", "mémoire insuffisante"));
	free(*ret);
	*ret = copy;
	return true;
}

bool cfg_date(struct cfg_node group, const char *key, enum cfg_need need, int32_t *ret_day)
{
	struct cfg_node node = { group.cfg, member_of(group, key, need) };
	const char *text = node.at != NULL ? read_text(node) : NULL;

	if (text == NULL)
		return false;
	if (!civil_parse_date(text, strlen(text), ret_day))
		return cfg_fail(node,
		                error_pick("%s must be a date such as \"2026-08-11\", not \"%.40s\"",
		                           "%s doit être une date comme « 2026-08-11 », et non « %.40s »"),
		                key, text);
	return true;
}

bool cfg_choice(struct cfg_node group, const char *key, enum cfg_need need, const char *const *names,
                size_t count, size_t *ret)
{
	struct cfg_node node = { group.cfg, member_of(group, key, need) };
	const char *text = node.at != NULL ? read_text(node) : NULL;
	char hint[ERROR_NEAR_SIZE];

	if (text == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], text) == 0) {
			*ret = i;
			return true;
		}
	}
	const char *near = nearest_name(text, strlen(text), names, count);
	return cfg_fail(node, error_pick("unknown %s \"%.64s\"%s", "%s : valeur inconnue « %.64s »%s"), key,
	                text, error_near(near, hint));
}

bool cfg_strings(struct cfg_node group, const char *key, enum cfg_need need, char ***ret, size_t *ret_count)
{
	struct cfg_node node = { group.cfg, member_of(group, key, need) };

	if (node.at == NULL)
		return false;
	bool alone = config_setting_type((config_setting_t *)node.at) == CONFIG_TYPE_STRING;
	if (!alone && cfg_is_absent(cfg_list(group, key, need)))
		return false;
	size_t count = alone ? 1 : cfg_count(node);
	char **strings = calloc(count + 1, sizeof(*strings));
	if (strings == NULL)
		return cfg_fail(node, error_pick("out of memory", "mémoire insuffisante"));
	for (size_t i = 0; i < count; i++) {
		const char *text = read_text(alone ? node : cfg_at(node, i));
		if (text == NULL || (strings[i] = strdup(text)) == NULL) {
			cfg_strings_free(strings, i);
			return cfg_fail(
			    node,
			    error_pick(
				"out of memory",
				"mémoire insuffisante")); /* unless the type was wrong: the first error stays */
		}
	}
	cfg_strings_free(*ret, *ret_count);
	*ret = strings;
	*ret_count = count;
	return true;
}

void cfg_strings_free(char **strings, size_t count)
{
	for (size_t i = 0; strings != NULL && i < count; i++)
		free(strings[i]);
	free(strings);
}
