#include "io/config/target.h"
#include "io/host/error_text.h"

#include "io/host/mem.h"
#include "temporary.h"
#include "tongue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WORDS_MAX 8

static char folder[TEMPORARY_SIZE];
static char credential[TEMPORARY_SIZE + 16];

static int make_folder(void **state)
{
	if (mkdtemp(temporary_name(folder)) == NULL)
		return -1;
	snprintf(credential, sizeof(credential), "%s/redis-password", folder);
	return 0;
}

static int remove_folder(void **state)
{
	unlink(credential);
	return rmdir(folder);
}

/* Parse words until one is not ours; returns the last answer. */
static int parse(struct target_options *options, const char *const *words, int *ret_used, char *err,
                 size_t err_size)
{
	char *argv[WORDS_MAX + 1];
	int argc = 0, answer = 0, i = 0;

	while (words[argc] != NULL) {
		argv[argc] = (char *)words[argc];
		argc++;
	}
	*options = (struct target_options){ 0 };
	while (i < argc && (answer = target_option(options, argc, argv, &i, err, err_size)) == 1)
		;
	*ret_used = i;
	return answer;
}

static void options_are_read(void **state)
{
	static const struct {
		const char *words[WORDS_MAX];
		int want, want_used;
		const char *want_err;
	} rows[] = {
		{ { "-c", "f", "--prefix", "p:" }, 1, 4, "" },
		{ { "--config=f", "--socket=/s" }, 1, 2, "" },
		{ { "--redis", "localhost:6379", "phone" }, 0, 2, "" },
		{ { "--redis", "[::1]:6379" }, 1, 2, "" },
		{ { "phone", "-c", "f" }, 0, 0, "" },
		{ { "--prefixes", "p" }, 0, 0, "" },
		{ { "-cf" }, 0, 0, "" },
		{ { "-c" }, -1, 0, "-c needs a value" },
		{ { "--socket=" }, -1, 0, "--socket must not be empty" },
		{ { "--prefix", "a b" }, -1, 0, "--prefix may only have letters, digits and . _ - : { }" },
		{ { "--redis", "localhost" }, -1, 0, "--redis must be HOST:PORT" },
		{ { "--redis", "localhost:" }, -1, 0, "--redis must be HOST:PORT" },
		{ { "--redis", "localhost:65536" }, -1, 0, "--redis must be HOST:PORT" },
		{ { "--redis", "localhost:1x" }, -1, 0, "--redis must be HOST:PORT" },
		{ { "--redis", ":6379" }, -1, 0, "--redis must be HOST:PORT" },
		{ { "--redis", "::1:6379" }, -1, 0, "--redis must be HOST:PORT" },
		{ { "--redis", "[]:6379" }, -1, 0, "--redis must be HOST:PORT" },
		{ { "--redis", "h:1", "--socket", "/s" }, -1, 2, "--socket and --redis exclude each other" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct target_options options;
		char err[128] = "", french[128] = "";
		int used;

		if (parse(&options, rows[i].words, &used, err, sizeof(err)) != rows[i].want ||
		    used != rows[i].want_used || strcmp(err, rows[i].want_err) != 0)
			fail_msg("row %zu, %s: used %d, \"%s\"", i, rows[i].words[0], used, err);
		if (rows[i].want >= 0)
			continue;
		error_in_french(true);
		parse(&options, rows[i].words, &used, french, sizeof(french));
		error_in_french(false);
		tongue_same_place(rows[i].words[0], 2, err, french);
	}
}

/* Its nodes, and what does not go together with them, wherever it was said. */
static void a_cluster_is_asked(struct conf *conf)
{
	static const struct {
		const char *text, *prefix, *want;
	} rows[] = {
		{ "cluster = [ \"127.0.0.1:6379\" ];\nredis_user = \"u\";\n", "licet:{a}:", NULL },
		{ "\ncluster = [ \"127.0.0.1:6379\" ];\n", NULL,
		  ":2: with cluster the prefix must have one tag in braces, such as licet:{retail}:, not licet:: "
		  "all keys must be in one slot" },
		{ "cluster = [ \"127.0.0.1:6379\" ];\nprefix = \"licet:{a}{b}:\";\n", NULL,
		  ":1: with cluster the prefix must have one tag" },
		{ "redis_db = 2;\ncluster = [ \"127.0.0.1:6379\" ];\n",
		  "licet:{a}:", ":2: with cluster redis_db must be 0, not 2: a cluster has one database" },
		{ "sentinels = [ \"127.0.0.1:1\" ];\ncluster = [ \"127.0.0.1:6379\" ];\n",
		  "licet:{a}:", ":2: cluster and sentinels exclude each other" },
	};
	struct redis_target target;
	struct target_passwords passwords;
	char err[256] = "", french[256] = "", want[400];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct target_options options = { .file = credential, .prefix = rows[i].prefix };
		FILE *file = fopen(credential, "w");

		assert_non_null(file);
		fputs(rows[i].text, file);
		fclose(file);
		snprintf(want, sizeof(want), "%s%s", credential, rows[i].want != NULL ? rows[i].want : "");
		if (target_load_conf(&options, conf, err, sizeof(err)) != (rows[i].want != NULL ? -1 : 0))
			fail_msg("row %zu: %s", i, err);
		if (rows[i].want != NULL && strncmp(err, want, strlen(want)) != 0)
			fail_msg("row %zu: %s", i, err);
		if (rows[i].want != NULL) {
			error_in_french(true);
			assert_int_equal(target_load_conf(&options, conf, french, sizeof(french)), -1);
			error_in_french(false);
			tongue_same_place("cluster", strlen(credential) + 2, err, french);
		}
		/* What was refused has changed nothing. */
		assert_int_equal(target_of_conf(conf, &target, &passwords, err, sizeof(err)), 0);
		assert_int_equal(target.guide_count, 1);
		assert_string_equal(target.prefix, "licet:{a}:");
		assert_string_equal(target.user, "u");
		assert_string_equal(target.guide_user, "u");
		assert_null(target.socket);
		target_forget(&passwords);
	}
	const struct target_options named = { .file = credential, .redis = "127.0.0.1:6379" };

	assert_int_equal(target_load_conf(&named, conf, err, sizeof(err)), 0);
	assert_int_equal(target_of_conf(conf, &target, &passwords, err, sizeof(err)), 0);
	assert_int_equal(target.guide_count, 0);
	assert_null(target.prefix);
}

/* What of the spaces of a file is left, by the command line. */
static void spaces_are_settled(void **state)
{
	static const struct {
		const char *text, *prefix, *space, *want, *log_dir;
		size_t count;
	} rows[] = {
		{ "spaces = [ \"a\", \"b\" ];\n", NULL, NULL, "licet:{licet}:", "/l", 2 },
		{ "spaces = [ \"*\" ];\n", NULL, NULL, "licet:{licet}:", "/l", 1 },
		{ "spaces = [ \"a\" ];\nprefix = \"licet-sim:\";\n", NULL, NULL, "licet-sim:{licet}:", "/l",
		  1 },
		{ "spaces = [ \"a\" ];\n", "licet-sim:", NULL, "licet-sim:{licet}:", "/l", 1 },
		{ "spaces = [ \"a\" ];\n", "licet-sim:{run-1}:", NULL, "licet-sim:{run-1}:", "/l/run-1", 0 },
		{ "spaces = [ \"a\", \"b\" ];\n", NULL, "b", "licet:{b}:", "/l/b", 0 },
		{ "spaces = [ \"a\" ];\ncluster = [ \"127.0.0.1:6379\" ];\n", NULL, NULL,
		  "licet:{licet}:", "/l", 1 },
		{ "prefix = \"licet:{a}:\";\n", NULL, "b", "licet:{b}:", "/l", 0 },
	};
	char err[256] = "";

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct target_options options = { .file = credential,
			                                .prefix = rows[i].prefix,
			                                .space = rows[i].space };
		FILE *file = fopen(credential, "w");
		struct conf conf;

		assert_non_null(file);
		fprintf(file, "%slog_dir = \"/l\";\n", rows[i].text);
		fclose(file);
		conf_init(&conf);
		if (target_load_conf(&options, &conf, err, sizeof(err)) != 0)
			fail_msg("row %zu: %s", i, err);
		assert_string_equal(conf.prefix, rows[i].want);
		assert_string_equal(conf.log_dir, rows[i].log_dir);
		assert_int_equal(conf.spaces.count, rows[i].count);
		conf_done(&conf);
	}
}

static void options_win_over_the_file(void **state)
{
	struct target_options options = { .file = "conf/licet.conf",
		                          .redis = "[::1]:7000",
		                          .prefix = "licet-sim:x:" };
	struct redis_target target;
	struct conf conf;
	struct target_passwords passwords;
	char err[256] = "";

	unsetenv("CREDENTIALS_DIRECTORY");
	conf_init(&conf);
	assert_int_equal(target_load_conf(&options, &conf, err, sizeof(err)), 0);
	assert_string_equal(conf.prefix, "licet-sim:x:");
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), 0);
	assert_null(target.socket);
	assert_string_equal(target.host, "::1");
	assert_int_equal(target.port, 7000);
	assert_null(target.user);
	assert_null(target.password);
	assert_int_equal(target.timeout_ms, conf.redis_timeout_ms);

	options = (struct target_options){ .file = "conf/licet.conf", .socket = "/run/r.sock" };
	assert_int_equal(target_load_conf(&options, &conf, err, sizeof(err)), 0);
	assert_string_equal(conf.prefix, "licet:");
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), 0);
	assert_string_equal(target.socket, "/run/r.sock");

	/* A Redis that was named is not looked for. */
	FILE *file = fopen(credential, "w");

	assert_non_null(file);
	fputs("sentinels = [ \"127.0.0.1:26379\" ];\nredis_socket = \"/run/other.sock\";\n", file);
	fclose(file);
	options = (struct target_options){ .file = credential, .socket = "/run/r.sock" };
	assert_int_equal(target_load_conf(&options, &conf, err, sizeof(err)), 0);
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), 0);
	assert_int_equal(target.guide_count, 0);
	assert_string_equal(target.socket, "/run/r.sock");
	options.socket = NULL;
	assert_int_equal(target_load_conf(&options, &conf, err, sizeof(err)), 0);
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), 0);
	assert_int_equal(target.guide_count, 1);
	assert_string_equal(target.guides[0], "127.0.0.1:26379");
	assert_string_equal(target.master, "mymaster");
	assert_null(target.socket);
	options = (struct target_options){ .file = "conf/licet.conf", .socket = "/run/r.sock" };
	assert_int_equal(target_load_conf(&options, &conf, err, sizeof(err)), 0);

	a_cluster_is_asked(&conf);
	options = (struct target_options){ .file = "conf/licet.conf", .socket = "/run/r.sock" };
	assert_int_equal(target_load_conf(&options, &conf, err, sizeof(err)), 0);
	options = (struct target_options){ .file = "/nonexistent" };
	assert_int_equal(target_load_conf(&options, &conf, err, sizeof(err)), -1);
	assert_string_equal(err, "/nonexistent: No such file or directory");
	assert_string_equal(conf.redis_socket, "/run/r.sock"); /* nothing is changed */
	conf_done(&conf);
}

static void write_credential(const char *text)
{
	FILE *file = fopen(credential, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void the_password_is_in_a_file(void **state)
{
	static char long_text[600];
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "secret\n", "secret" },
		{ "secret", "secret" },
		{ "with space\r\n", "with space" },
		{ "", NULL },
		{ "\n", NULL },
		{ "two\nlines\n", NULL },
		{ long_text, NULL },
	};
	struct redis_target target;
	struct conf conf;
	struct target_passwords passwords;
	char err[256];

	memset(long_text, 'x', sizeof(long_text) - 1);
	setenv("CREDENTIALS_DIRECTORY", folder, 1);
	conf_init(&conf);
	unlink(credential);
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), 0);
	assert_null(target.password); /* no file there: no password */
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_credential(rows[i].text);
		int code = target_of_conf(&conf, &target, &passwords, err, sizeof(err));

		assert_int_equal(code, rows[i].want == NULL ? -1 : 0);
		if (rows[i].want != NULL) {
			assert_string_equal(target.password, rows[i].want);
			target_forget(&passwords);
		} else {
			assert_null(strstr(err, "two")); /* never a piece of it */
		}
	}

	/* That of the Sentinels is another, and is read where there are some. */
	write_credential("secret\n");
	free(conf.sentinel_password_file);
	conf.sentinel_password_file = strdup(credential);
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), 0);
	assert_null(target.guide_password);
	target_forget(&passwords);
	conf.sentinels.words = mem_zero(sizeof(char *));
	conf.sentinels.words[conf.sentinels.count++] = strdup("127.0.0.1:26379");
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), 0);
	assert_string_equal(target.guide_password, "secret");
	assert_string_equal(target.password, "secret");
	target_forget(&passwords);
	free(conf.sentinel_password_file);
	conf.sentinel_password_file = strdup("/nonexistent/of-sentinels");
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), -1);
	assert_string_equal(err,
	                    "sentinel_password_file: /nonexistent/of-sentinels: No such file or directory");
	assert_null(passwords.redis);

	/* A file that was named must be there. */
	free(conf.redis_password_file);
	conf.redis_password_file = strdup("/nonexistent/password");
	assert_int_equal(target_of_conf(&conf, &target, &passwords, err, sizeof(err)), -1);
	assert_string_equal(err, "redis_password_file: /nonexistent/password: No such file or directory");
	conf_done(&conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_read),
		cmocka_unit_test(options_win_over_the_file),
		cmocka_unit_test(spaces_are_settled),
		cmocka_unit_test(the_password_is_in_a_file),
	};

	return cmocka_run_group_tests_name("target", tests, make_folder, remove_folder);
}
