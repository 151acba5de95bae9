#include "io/config/cfg.h"
#include "io/config/cfg_scan.h"
#include "io/host/error_text.h"
#include "temporary.h"
#include "test.h"
#include "tongue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[TEMPORARY_SIZE];
static char err[300];

static int make_path(void **state)
{
	int fd = mkstemp(temporary_name(path));

	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	return unlink(path);
}

static void write_text(const char *text, size_t len)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	fclose(file);
}

static struct cfg *open_text(const char *text)
{
	write_text(text, strlen(text));
	err[0] = '\0';
	return cfg_open(path, err, sizeof(err));
}

/* err is "PATH:line: message" or "PATH: message". */
static void assert_error(int line, const char *message)
{
	char want[400];

	if (line > 0)
		snprintf(want, sizeof(want), "%s:%d: %s", path, line, message);
	else
		snprintf(want, sizeof(want), "%s: %s", path, message);
	assert_string_equal(err, want);
}

/* --- what is refused before anything is asked ----------------------------------------- */

static void test_refused_files(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *message;
	} rows[] = {
		{ "a = 5000000000;", 1, "integer 5000000000 is too large" },
		{ "\n\na = 2147483648;", 3, "integer 2147483648 is too large" },
		{ "a = 99999999999999999999;", 1, "integer 99999999999999999999 is too large" },
		{ "a = 0xFFFFFFFFFF;", 1, "integer 0xFFFFFFFFFF is too large" },
		{ "a = 0x80000000;", 1, "integer 0x80000000 is too large" },
		{ "a = 99999999999999999999L;", 1, "integer 99999999999999999999L is too large" },
		{ "/* 5000000000\n */ a = \"5000000000 \\\" 5000000000\"; # 5000000000\n// 5000000000\nb = ( 1, 5000000000 );",
		  4, "integer 5000000000 is too large" },
		{ "a = 1;\n  @include \"other\"\n", 2,
		  "@include is not supported: one file, so that its hash says all" },
		{ "a = 1;\na = 2;", 2, "duplicate setting name" },
		{ "a = {\n b = 1;", 2, "syntax error" },
		{ "a = ;", 1, "syntax error" },
	};

	char english[sizeof(err)];

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_null(open_text(rows[i].text));
		assert_error(rows[i].line, rows[i].message);
		snprintf(english, sizeof(english), "%s", err);
		error_in_french(true);
		assert_null(open_text(rows[i].text));
		error_in_french(false);
		tongue_same_place(rows[i].text, strlen(path) + 2, english, err);
	}
	write_text("a = 1;\n\0b", 9);
	assert_null(cfg_open(path, err, sizeof(err)));
	assert_error(1, "a NUL byte: this is not a text file");
}

static void test_accepted_numbers(void **state)
{
	static const char *const texts[] = { "a = 2147483647;", "a = 0x7fffffff;", "a = 2147483647L;",
		                             "a = 1; b = 1e10; c = 1.5;" };
	int value = 0, line;
	char what[100];

	for (size_t i = 0; i < COUNT(texts); i++)
		assert_int_equal(cfg_scan(texts[i], strlen(texts[i]), &line, what, sizeof(what)), 1);
	struct cfg *cfg = open_text(texts[2]);
	assert_int_equal(cfg_int(cfg_root(cfg), "a", CFG_NEEDED, 0, 2147483647, &value), 1);
	assert_int_equal(value, 2147483647);
	assert_int_equal(cfg_close(cfg), 1);
}

static void test_no_file(void **state)
{
	assert_null(cfg_open("/nonexistent/licet.conf", err, sizeof(err)));
	assert_string_equal(err, "/nonexistent/licet.conf: No such file or directory");
	assert_null(cfg_open("/tmp", err, sizeof(err)));
	assert_string_equal(err, "/tmp: Is a directory");
}

static void test_large_file(void **state)
{
	char *text = malloc(CFG_FILE_MAX + 1);

	memset(text, '\n', CFG_FILE_MAX + 1);
	write_text(text, CFG_FILE_MAX + 1);
	assert_null(cfg_open(path, err, sizeof(err)));
	assert_error(0, "larger than 1048576 bytes");
	write_text(text, CFG_FILE_MAX);
	struct cfg *cfg = cfg_open(path, err, sizeof(err));
	assert_non_null(cfg);
	assert_int_equal(cfg_close(cfg), 1);
	free(text);
}

/* --- getters ------------------------------------------------------------------------------ */

/* A small loader that knows all kinds of keys. */
static bool load(const char *text)
{
	static const char *const colours[] = { "red", "green" };
	struct cfg *cfg = open_text(text);
	int number = 7;
	bool flag = false;
	char *string = strdup("default"), **strings = NULL;
	size_t count = 0, colour = 0;
	int32_t day = 0;

	if (cfg == NULL) {
		free(string);
		return false;
	}
	struct cfg_node root = cfg_root(cfg), group = cfg_group(root, "group", CFG_OPTIONAL);
	cfg_int(root, "number", CFG_OPTIONAL, 1, 100, &number);
	cfg_bool(root, "flag", CFG_OPTIONAL, &flag);
	cfg_string(root, "string", CFG_OPTIONAL, &string);
	cfg_strings(root, "strings", CFG_OPTIONAL, &strings, &count);
	cfg_date(root, "day", CFG_OPTIONAL, &day);
	cfg_choice(root, "colour", CFG_OPTIONAL, colours, 2, &colour);
	cfg_int(group, "inner", CFG_NEEDED, 0, 9, &number);
	struct cfg_node list = cfg_list(root, "list", CFG_OPTIONAL);
	for (size_t i = 0; i < cfg_count(list); i++)
		cfg_int(cfg_group_at(list, i), "item", CFG_NEEDED, 0, 9, &number);
	cfg_strings_free(strings, count);
	free(string);
	return cfg_close(cfg);
}

static void test_wrong_values(void **state)
{
	static const struct {
		const char *text;
		int line;
		const char *message;
	} rows[] = {
		{ "number = 0;", 1, "number must be from 1 to 100, not 0" },
		{ "number = 101;", 1, "number must be from 1 to 100, not 101" },
		{ "number = 5000000000L;", 1, "number must be from 1 to 100, not 5000000000" },
		{ "number = 1.5;", 1, "number must be a whole number" },
		{ "number = \"1\";", 1, "number must be a whole number" },
		{ "\nflag = 1;", 2, "flag must be true or false" },
		{ "string = 1;", 1, "string must be a text in quotes" },
		{ "strings = 1;", 1, "strings must be a list: ( ... ) or [ ... ]" },
		{ "strings = ( \"a\",\n 2 );", 2, "strings must be a text in quotes" },
		{ "day = \"2026-02-29\";", 1,
		  "day must be a date such as \"2026-08-11\", not \"2026-02-29\"" },
		{ "colour = \"gren\";", 1, "unknown colour \"gren\"; did you mean green?" },
		{ "colour = \"magenta\";", 1, "unknown colour \"magenta\"" },
		{ "colour = \"mag\nenta\";", 1, "unknown colour \"mag?enta\"" },
		{ "group = 1;", 1, "group must be a group: { ... }" },
		{ "group = {\n};", 1, "key inner is missing in group group" },
		{ "list = 1;", 1, "list must be a list: ( ... ) or [ ... ]" },
		{ "list = ( 1 );", 1, "a group is expected here: { ... }" },
		{ "list = (\n { item = 1; },\n { } );", 3, "key item is missing in group list" },
		{ "numbr = 1;", 1, "unknown key numbr in the file; did you mean number?" },
		{ "Flag = true;", 1, "unknown key Flag in the file; did you mean flag?" },
		{ "whatever = true;", 1, "unknown key whatever in the file" },
		{ "group = { inner = 1;\n iner = 2; };", 2,
		  "unknown key iner in group group; did you mean inner?" },
		{ "list = ( { item = 1; },\n { item = 1; itm = 2; } );", 2,
		  "unknown key itm in group list; did you mean item?" },
		{ "number = 0;\nflag = 1;", 1,
		  "number must be from 1 to 100, not 0" }, /* the first error stays */
	};

	char english[sizeof(err)];

	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(load(rows[i].text), 0);
		assert_error(rows[i].line, rows[i].message);
		snprintf(english, sizeof(english), "%s", err);
		error_in_french(true);
		assert_int_equal(load(rows[i].text), 0);
		error_in_french(false);
		tongue_same_place(rows[i].text, strlen(path) + 2, english, err);
	}
}

static void test_right_values(void **state)
{
	assert_int_equal(load(""), 1);
	assert_int_equal(
	    load(
		"number = 100; flag = true; string = \"x\"; strings = [ \"a\", \"b\" ]; day = \"2028-02-29\";"
		"colour = \"red\"; group = { inner = 0; }; list = ( { item = 1; }, { item = 2; } );"),
	    1);
	assert_int_equal(load("strings = \"alone\"; list = ( );"), 1);
	assert_string_equal(err, "");
}

static void test_defaults_stay(void **state)
{
	struct cfg *cfg = open_text("present = \"x\"; many = [ \"a\", \"b\" ];");
	struct cfg_node root = cfg_root(cfg);
	char *text = strdup("default"), **strings = NULL;
	size_t count = 0;
	int number = 42;

	assert_int_equal(cfg_int(root, "absent", CFG_OPTIONAL, 0, 1, &number), 0);
	assert_int_equal(number, 42);
	assert_int_equal(cfg_string(root, "missing", CFG_OPTIONAL, &text), 0);
	assert_string_equal(text, "default");
	assert_int_equal(cfg_string(root, "present", CFG_NEEDED, &text), 1);
	assert_string_equal(text, "x");
	assert_int_equal(cfg_strings(root, "many", CFG_NEEDED, &strings, &count), 1);
	assert_int_equal(count, 2);
	assert_string_equal(strings[1], "b");
	assert_int_equal(cfg_failed(cfg), 0);
	assert_int_equal(cfg_close(cfg), 1);
	free(text);
	cfg_strings_free(strings, count);
}

static void test_free_names(void **state)
{
	struct cfg *cfg = open_text("sets = { any = ( 1 ); other = ( 2 ); };");
	struct cfg_node sets = cfg_group(cfg_root(cfg), "sets", CFG_NEEDED);

	assert_int_equal(cfg_count(sets), 2);
	assert_string_equal(cfg_key(cfg_at(sets, 1)), "other");
	int value = 0;
	assert_int_equal(cfg_int_at(cfg_at(sets, 1), 0, 0, 9, &value), 1);
	assert_int_equal(value, 2);
	assert_int_equal(cfg_close(cfg), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_files), cmocka_unit_test(test_accepted_numbers),
		cmocka_unit_test(test_no_file),       cmocka_unit_test(test_large_file),
		cmocka_unit_test(test_wrong_values),  cmocka_unit_test(test_right_values),
		cmocka_unit_test(test_defaults_stay), cmocka_unit_test(test_free_names),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
