#include "io/config/conf.h"
#include "io/config/conf_spaces.h"
#include "io/host/error_text.h"

#include "temporary.h"
#include "tongue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[TEMPORARY_SIZE];
static char path[TEMPORARY_SIZE + 16];

static int make_folder(void **state)
{
	if (mkdtemp(temporary_name(folder)) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/licet.conf", folder);
	return 0;
}

static int remove_folder(void **state)
{
	unlink(path);
	return rmdir(folder);
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void assert_same(const struct conf *a, const struct conf *b)
{
	assert_string_equal(a->redis_socket, b->redis_socket);
	assert_string_equal(a->redis_host, b->redis_host);
	assert_int_equal(a->redis_port, b->redis_port);
	assert_int_equal(a->redis_db, b->redis_db);
	assert_string_equal(a->redis_user, b->redis_user);
	assert_string_equal(a->redis_password_file, b->redis_password_file);
	assert_int_equal(a->redis_timeout_ms, b->redis_timeout_ms);
	assert_int_equal(a->sentinels.count, b->sentinels.count);
	assert_int_equal(a->cluster.count, b->cluster.count);
	assert_int_equal(a->spaces.count, b->spaces.count);
	assert_string_equal(a->sentinel_master, b->sentinel_master);
	assert_string_equal(a->sentinel_user, b->sentinel_user);
	assert_string_equal(a->sentinel_password_file, b->sentinel_password_file);
	assert_int_equal(a->wait_replicas, b->wait_replicas);
	assert_int_equal(a->wait_ms, b->wait_ms);
	assert_string_equal(a->prefix, b->prefix);
	assert_string_equal(a->rulebook, b->rulebook);
	assert_string_equal(a->zone_dir, b->zone_dir);
	assert_string_equal(a->instance, b->instance);
	assert_string_equal(a->platform, b->platform);
	assert_string_equal(a->platform_address, b->platform_address);
	assert_string_equal(a->platform_siren, b->platform_siren);
	assert_string_equal(a->platform_dpo, b->platform_dpo);
	assert_string_equal(a->platform_logo, b->platform_logo);
	assert_int_equal(a->log_level, b->log_level);
	assert_int_equal(a->batch_min, b->batch_min);
	assert_int_equal(a->batch_max, b->batch_max);
	assert_int_equal(a->function_budget_us, b->function_budget_us);
	assert_int_equal(a->look_ms, b->look_ms);
	assert_int_equal(a->clock_limit_ms, b->clock_limit_ms);
	assert_int_equal(a->require_approved, b->require_approved);
	assert_string_equal(a->redis_appendfsync, b->redis_appendfsync);
	assert_int_equal(a->redis_policy_strict, b->redis_policy_strict);
	assert_int_equal(a->memory_high_pct, b->memory_high_pct);
	assert_int_equal(a->keep_refused_days, b->keep_refused_days);
	assert_int_equal(a->keep_invalid_days, b->keep_invalid_days);
	assert_int_equal(a->keep_done_days, b->keep_done_days);
	assert_int_equal(a->list_shrink_pct, b->list_shrink_pct);
	assert_int_equal(a->caller_id_doubtful, b->caller_id_doubtful);
	assert_int_equal(a->list_overrides.count, b->list_overrides.count);
}

static void the_shipped_file_says_the_defaults(void **state)
{
	struct conf defaults, shipped;
	char err[256] = "";

	conf_init(&defaults);
	conf_init(&shipped);
	if (conf_load(&shipped, "conf/licet.conf", err, sizeof(err)) != 0)
		fail_msg("%s", err);
	assert_same(&shipped, &defaults);
	assert_string_equal(shipped.rulebook_path, "conf/rulebooks/fr.conf");
	assert_string_equal(defaults.rulebook_path, "/etc/licet/rulebooks/fr.conf");
	conf_done(&defaults);
	conf_done(&shipped);
}

/* A copy has all that the first has, and nothing in common with it. */
static void a_copy_is_whole(void **state)
{
	struct conf conf, copy;
	char err[256] = "";

	conf_init(&conf);
	write_file(
	    "spaces = [ \"a\", \"b\" ];\nlog_dir = \"/logs\";\nlog_peers = [ \"/peer\" ];\nbatch_max = 77;\n"
	    "platform = { name = \"Voix SARL\"; siren = \"552100554\"; };\nlist_overrides = [ \"bloctel=required\" ];\n");
	assert_int_equal(conf_load(&conf, path, err, sizeof(err)), 0);
	conf_copy(&conf, &copy);
	assert_same(&copy, &conf);
	assert_string_equal(copy.file, conf.file);
	assert_string_equal(copy.spaces_place, conf.spaces_place);
	assert_string_equal(copy.rulebook_path, conf.rulebook_path);
	conf_done(&conf);
	assert_string_equal(copy.spaces.words[1], "b");
	assert_string_equal(copy.list_overrides.words[0], "bloctel=required");
	conf_settle_spaces(&copy);
	assert_string_equal(copy.prefix, "licet:{licet}:");
	assert_false(conf_means_all_spaces(&copy));
	conf_enter_space(&copy, "b");
	assert_string_equal(copy.prefix, "licet:{b}:");
	assert_string_equal(copy.log_dir, "/logs/b");
	assert_string_equal(copy.log_peers.words[0], "/peer/b");
	assert_int_equal(copy.spaces.count, 0);
	assert_int_equal(copy.batch_max, 77);
	conf_done(&copy);
}

static void the_platform_is_a_name_or_a_group(void **state)
{
	struct conf conf;
	char err[256] = "", logo[TEMPORARY_SIZE + 16];

	conf_init(&conf);
	write_file("platform = \"Voix SARL\";\n");
	assert_int_equal(conf_load(&conf, path, err, sizeof(err)), 0);
	assert_string_equal(conf.platform, "Voix SARL");
	assert_string_equal(conf.platform_siren, "");
	write_file(
	    "platform = { name = \"Voix SARL\"; address = \"1 rue X\\nParis\"; siren = \"552100554\";\n"
	    "  dpo = \"A. Martin\"; logo = \"logo.png\"; };\n");
	if (conf_load(&conf, path, err, sizeof(err)) != 0)
		fail_msg("%s", err);
	assert_string_equal(conf.platform, "Voix SARL");
	assert_string_equal(conf.platform_address, "1 rue X\nParis");
	assert_string_equal(conf.platform_siren, "552100554");
	assert_string_equal(conf.platform_dpo, "A. Martin");
	snprintf(logo, sizeof(logo), "%s/logo.png", folder);
	assert_string_equal(conf.platform_logo, logo);
	write_file("platform = { name = \"Voix SARL\"; sirene = \"552100554\"; };\n");
	assert_int_equal(conf_load(&conf, path, err, sizeof(err)), -1);
	assert_non_null(strstr(err, "sirene"));
	write_file("platform = { siren = \"552100554\"; };\n");
	assert_int_equal(conf_load(&conf, path, err, sizeof(err)), -1);
	assert_non_null(strstr(err, "name"));
	conf_done(&conf);
}

static void the_shipped_file_shows_every_key(void **state)
{
	static char text[65536];
	FILE *file = fopen("conf/licet.conf", "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; conf_key_at(i) != NULL; i++) {
		const struct conf_key *key = conf_key_at(i);
		const char *fallback = key->fallback;
		/* Texts are quoted; numbers, switches and lists are not. */
		const char *quote = strspn(fallback, "0123456789") == strlen(fallback) && *fallback != '\0'
		                        ? ""
		                    : strcmp(fallback, "true") == 0 || strcmp(fallback, "false") == 0 ? ""
		                    : *fallback == '['                                                ? ""
		                                                                                      : "\"";
		char want[512];

		snprintf(want, sizeof(want), "# %s%s%s%s\n", key->text, *key->unit != '\0' ? " (" : "",
		         key->unit, *key->unit != '\0' ? ")" : "");
		if (strstr(text, want) == NULL)
			fail_msg("missing: %s", want);
		snprintf(want, sizeof(want), "\n%s = %s%s%s;\n", key->name, quote, fallback, quote);
		if (strstr(text, want) == NULL)
			fail_msg("missing: %s", want);
	}
}

static void values_are_read(void **state)
{
	struct conf conf;
	char err[256] = "";

	write_file(
	    "redis_socket = \"/run/r.sock\";\nprefix = \"licet:{03}:\";\nlog_level = \"debug\";\n"
	    "batch_min = 7;\nbatch_max = 7;\nrequire_approved = true;\nrulebook = \"/law/fr.conf\";\n"
	    "list_overrides = [ \"bloctel=required\", \"other.list=if-present\" ];\ninstance = \"b-2\";\n"
	    "sentinels = [ \"127.0.0.1:26379\", \"[fd00::1]:26380\" ];\n");
	conf_init(&conf);
	if (conf_load(&conf, path, err, sizeof(err)) != 0)
		fail_msg("%s", err);
	assert_string_equal(conf.redis_socket, "/run/r.sock");
	assert_string_equal(conf.prefix, "licet:{03}:");
	assert_int_equal(conf.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(conf.batch_min, 7);
	assert_true(conf.require_approved);
	assert_string_equal(conf.rulebook_path, "/law/fr.conf");
	assert_string_equal(conf.instance, "b-2");
	assert_int_equal(conf.list_overrides.count, 2);
	assert_string_equal(conf.list_overrides.words[1], "other.list=if-present");
	assert_int_equal(conf.sentinels.count, 2);
	assert_string_equal(conf.sentinels.words[1], "[fd00::1]:26380");
	assert_int_equal(conf.look_ms, 150); /* not said: the default */

	/* A key that is taken out goes back to its default. */
	write_file("look_ms = 70;\n");
	assert_int_equal(conf_load(&conf, path, err, sizeof(err)), 0);
	assert_string_equal(conf.prefix, "licet:");
	assert_int_equal(conf.list_overrides.count, 0);
	assert_int_equal(conf.sentinels.count, 0);
	assert_int_equal(conf.look_ms, 70);
	conf_done(&conf);
}

static void the_rulebook_is_beside_the_file(void **state)
{
	struct conf conf;
	char err[256] = "", want[128];

	write_file("rulebook = \"be.conf\";\n");
	snprintf(want, sizeof(want), "%s/be.conf", folder);
	conf_init(&conf);
	assert_int_equal(conf_load(&conf, path, err, sizeof(err)), 0);
	assert_string_equal(conf.rulebook_path, want);
	conf_done(&conf);
}

static void mistakes_are_refused(void **state)
{
	static const struct {
		const char *text, *want; /* after the file's name */
	} rows[] = {
		{ "look_ms = 70;\n\nlook_sm = 3;\n",
		  ":3: unknown key look_sm in the file; did you mean look_ms?" },
		{ "look_ms = 5;\n", ":1: look_ms must be from 10 to 10000, not 5" },
		{ "look_ms = \"5\";\n", ":1: look_ms must be a whole number" },
		{ "look_ms = 5000000000;\n", ":1: " },
		{ "redis_port = 65536;\n", ":1: redis_port must be from 1 to 65535, not 65536" },
		{ "require_approved = 1;\n", ":1: require_approved must be true or false" },
		{ "log_level = \"inof\";\n", ":1: " },
		{ "\nprefix = \"\";\n", ":2: prefix must not be empty" },
		{ "prefix = \"a b:\";\n", ":1: prefix may only have letters, digits and . _ - : { }" },
		{ "prefix = \"a*:\";\n", ":1: prefix may only have letters, digits and . _ - : { }" },
		{ "rulebook = \"\";\n", ":1: rulebook must not be empty" },
		{ "instance = \"a:b\";\n", ":1: instance may only have letters, digits and . _ -" },
		{ "redis_password_file = \"secret\";\n", ":1: redis_password_file must begin with /" },
		{ "batch_max = 9;\nbatch_min = 10;\n", ":2: batch_min must not be above batch_max (9)" },
		{ "batch_max = 9;\n", ": batch_min must not be above batch_max (9)" },
		{ "list_overrides = [ \"bloctel\" ];\n", ":1: list_overrides must be list=mode" },
		{ "list_overrides = [ \"bloctel=unused\" ];\n",
		  ":1: list_overrides must end in =required or =if-present" },
		{ "list_overrides = [ \"=required\" ];\n", ":1: list_overrides must be list=mode" },
		{ "sentinels = [ \"10.0.0.1\" ];\n", ":1: sentinels must be ADDRESS:PORT" },
		{ "sentinels = [ \"10.0.0.1:26379\", \"redis-1:26379\" ];\n",
		  ":1: sentinels must be ADDRESS:PORT, such as 10.0.0.1:26379 or [fd00::1]:26379; no name" },
		{ "sentinels = [ \"fd00::1:26379\" ];\n", ":1: sentinels must be ADDRESS:PORT" },
		{ "sentinel_master = \"\";\n", ":1: sentinel_master must not be empty" },
		{ "cluster = [ \"10.0.0.1:6379\", \"redis-1:6379\" ];\n",
		  ":1: cluster must be ADDRESS:PORT, such as 10.0.0.1:6379 or [fd00::1]:6379; no name" },
		{ "wait_ms = 0;\n", ":1: wait_ms must be from 1 to 2000, not 0" },
		{ "redis_password = \"secret\";\n", ":1: unknown key redis_password in the file" },
		{ "look_ms = ;\n", ":1: " },
	};
	struct conf conf, before;
	char err[256], french[256], want[256];

	conf_init(&before);
	conf_init(&conf);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file(rows[i].text);
		snprintf(want, sizeof(want), "%s%s", path, rows[i].want);
		err[0] = '\0';
		if (conf_load(&conf, path, err, sizeof(err)) != -1)
			fail_msg("accepted: %s", rows[i].text);
		if (strncmp(err, want, strlen(want)) != 0)
			fail_msg("%s -> %s", rows[i].text, err);
		error_in_french(true);
		assert_int_equal(conf_load(&conf, path, french, sizeof(french)), -1);
		error_in_french(false);
		tongue_same_place(rows[i].text, strlen(path) + 2, err, french);
	}
	assert_same(&conf, &before); /* a bad file changes nothing */
	assert_int_equal(conf_load(&conf, "/nonexistent/licet.conf", err, sizeof(err)), -1);
	assert_string_equal(err, "/nonexistent/licet.conf: No such file or directory");
	conf_done(&conf);
	conf_done(&before);
}

static void a_prefix_from_elsewhere_is_judged_alike(void **state)
{
	assert_null(conf_refuses("prefix", "licet-sim:demo:"));
	assert_non_null(conf_refuses("prefix", ""));
	assert_non_null(conf_refuses("prefix", "a\nb"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shipped_file_says_the_defaults),
		cmocka_unit_test(a_copy_is_whole),
		cmocka_unit_test(the_platform_is_a_name_or_a_group),
		cmocka_unit_test(the_shipped_file_shows_every_key),
		cmocka_unit_test(values_are_read),
		cmocka_unit_test(the_rulebook_is_beside_the_file),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(a_prefix_from_elsewhere_is_judged_alike),
	};

	return cmocka_run_group_tests_name("conf", tests, make_folder, remove_folder);
}
