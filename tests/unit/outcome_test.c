#include "ctl/law/vocabulary.h"
#include "ctl/sender/outcome.h"
#include "test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* As waitpid() encodes it. */
#define EXITED(status) ((status) << 8)

static void test_judge(void **state)
{
	static const struct {
		const char *label;
		int status;
		const char *ended_by, *line, *want, *want_detail;
	} rows[] = {
		{ "0 and silent", EXITED(0), NULL, "", "submitted", "" },
		{ "0 and something else", EXITED(0), NULL, "id 4711", "submitted", "id 4711" },
		{ "0 and an outcome", EXITED(0), NULL, "answered 12 s", "answered", "12 s" },
		{ "0 and an outcome alone", EXITED(0), NULL, "no-answer", "no-answer", "" },
		{ "0 and not-placed: it says so", EXITED(0), NULL, "not-placed too late", "not-placed",
		  "too late" },
		{ "a word that begins like one", EXITED(0), NULL, "answered: 12 s", "submitted",
		  "answered: 12 s" },
		{ "a status of the table", EXITED(12), NULL, "", "busy", "" },
		{ "its line is the detail", EXITED(12), NULL, "17 Busy Here", "busy", "17 Busy Here" },
		{ "the outcome named twice", EXITED(10), NULL, "answered 12 s", "answered", "12 s" },
		{ "the status wins over another word", EXITED(12), NULL, "answered 12 s", "busy",
		  "answered 12 s" },
		{ "1 says nothing of a call", EXITED(1), NULL, "", "failed", "exit 1" },
		{ "nor does what it wrote", EXITED(1), NULL, "not-placed", "failed", "exit 1: not-placed" },
		{ "the shell found nothing", EXITED(127), NULL, "", "failed", "exit 127" },
		{ "it cannot work", EXITED(20), NULL, "no trunk", "not-placed", "no trunk" },
		{ "21 is not ours", EXITED(21), NULL, "", "failed", "exit 21" },
		{ "a signal", SIGSEGV, NULL, "", "failed", "signal 11" },
		{ "a signal after not-placed", SIGKILL, NULL, "not-placed", "failed",
		  "signal 9: not-placed" },
		{ "ended by us", SIGTERM, "timeout", "", "failed", "timeout" },
		{ "ended by us, ended well", EXITED(0), "timeout", "answered", "failed", "timeout" },
		{ "an opposition counts after a crash", SIGSEGV, NULL, "opted-out key 9", "opted-out",
		  "key 9" },
		{ "and after a timeout", SIGTERM, "timeout", "never-again", "never-again", "" },
		{ "and against the status", EXITED(10), NULL, "refused", "refused", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct outcome got;

		outcome_judge(rows[i].status, rows[i].ended_by, rows[i].line, strlen(rows[i].line), &got);
		if (strcmp(got.name, rows[i].want) != 0 || strcmp(got.detail, rows[i].want_detail) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(got.name, rows[i].want);
		assert_string_equal(got.detail, rows[i].want_detail);
	}
}

/* Only what says so itself gives the attempt back. */
static void test_no_status_guesses(void **state)
{
	for (int status = 0; status < 256; status++) {
		struct outcome got;

		outcome_judge(EXITED(status), NULL, "", 0, &got);
		assert_int_equal(strcmp(got.name, "not-placed") == 0, status == 15 || status == 20);
		assert_int_equal(strcmp(got.name, "submitted") == 0, status == 0 || status == 16);
	}
	for (int number = 1; number < 32; number++) {
		struct outcome got;

		outcome_judge(number, NULL, "", 0, &got);
		assert_string_equal(got.name, "failed");
	}
}

static void test_every_outcome_has_a_status(void **state)
{
	size_t opposing = 0;

	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++) {
		int status = 0;

		while (status < 256 && (outcome_of_exit(status) == NULL ||
		                        strcmp(outcome_of_exit(status), vocabulary_outcomes[i]) != 0))
			status++;
		if (status == 256)
			print_error("%s\n", vocabulary_outcomes[i]);
		assert_in_range(status, 10, 19);
		opposing += outcome_opposes(vocabulary_outcomes[i]);
	}
	assert_int_equal(opposing, 3);
	for (int status = 0; status < 256; status++)
		assert_int_equal(outcome_of_exit(status) != NULL, status >= 10 && status <= 20);
}

static void test_detail(void **state)
{
	static const struct {
		const char *label, *text, *want;
	} rows[] = {
		{ "plain", "12 s", "12 s" },
		{ "accents", "d\xC3\xA9j\xC3\xA0 \xE2\x82\xAC \xF0\x9F\x93\x9E",
		  "d\xC3\xA9j\xC3\xA0 \xE2\x82\xAC \xF0\x9F\x93\x9E" },
		{ "Latin-1", "d\xE9j\xE0", "d?j?" },
		{ "cut in a character", "\xE2\x82", "??" },
		{ "overlong", "\xC0\xAF", "??" },
		{ "a surrogate", "\xED\xA0\x80", "???" },
		{ "past Unicode", "\xF5\x80\x80\x80", "????" },
		{ "control characters", "a\x01\r\x7F\tb", "a??? b" },
	};
	char text[2000], detail[DETAIL_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++) {
		outcome_detail(detail, rows[i].text, strlen(rows[i].text));
		if (strcmp(detail, rows[i].want) != 0)
			print_error("%s\n", rows[i].label);
		assert_string_equal(detail, rows[i].want);
	}
	for (size_t i = 0; i < sizeof(text); i += 2)
		memcpy(text + i, "\xC3\xA9", 2);
	for (size_t shift = 0; shift < 2; shift++) {
		text[0] = 'x';
		outcome_detail(detail, shift ? text + 1 : text, sizeof(text) - 1);
		assert_in_range(strlen(detail), 499, 500);
	}
}

static void test_shown(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "answerd", "answerd" },
		{ "exit 12", "exit 12" },
		{ "+33612345678", "+336123•••••" },
		{ "06 12 34 56 78", "06 12 34 •• ••" },
		{ "a\nb", "a?b" },
	};
	char buf[SHOWN_SIZE], text[SHOWN_SIZE * 2 + 1];

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(outcome_shown(rows[i].text, strlen(rows[i].text), buf), rows[i].want);
	for (size_t i = 0; i < sizeof(text) - 1; i += 2)
		memcpy(text + i, "\xC3\xA9", 2);
	outcome_shown(text, sizeof(text) - 1, buf);
	assert_int_equal(strlen(buf) % 2, 0);
}

static void test_read(void **state)
{
	struct outcome got = { "before", "before" };

	assert_false(outcome_read("", 0, &got));
	assert_false(outcome_read("happy", 5, &got));
	assert_string_equal(got.name, "before");
	assert_true(outcome_read("voicemail \t left it", 19, &got));
	assert_string_equal(got.name, "voicemail");
	assert_string_equal(got.detail, "left it");
	assert_string_equal(outcome_nearest("answerd", 7), "answered");
	assert_null(outcome_nearest("OK", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_no_status_guesses),
		cmocka_unit_test(test_every_outcome_has_a_status),
		cmocka_unit_test(test_detail),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
