/* Hours of a week as they are written, and the intersection of two. */
#include "core/law/week.h"
#include "core/law/window.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static char *format_week(const struct week *week, char *buf, size_t size)
{
	static const char names[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };
	size_t used = 0;

	buf[0] = '\0';
	for (size_t d = 0; d < 7; d++) {
		for (size_t i = 0; i < week->days[d].count; i++) {
			const struct minute_range *r = &week->days[d].ranges[i];
			used += (size_t)snprintf(buf + used, size - used, "%s %d:%02d-%d:%02d;", names[d],
			                         r->start_min / 60, r->start_min % 60, r->end_min / 60,
			                         r->end_min % 60);
		}
	}
	return buf;
}

static void test_week_parse(void **state)
{
	static const struct {
		const char *text, *want;
	} good[] = {
		{ "mon 10:00-12:00", "mon 10:00-12:00;" },
		{ "mon-tue 9:00-10:00,11:00-12:00",
		  "mon 9:00-10:00;mon 11:00-12:00;tue 9:00-10:00;tue 11:00-12:00;" },
		{ "mon,sun 0:00-24:00", "mon 0:00-24:00;sun 0:00-24:00;" },
		{ " sat  10:00-12:00 ; mon 9:00-9:01", "mon 9:00-9:01;sat 10:00-12:00;" },
		{ "fri 9:00-10:00,10:00-11:00", "fri 9:00-11:00;" },
		{ "\tmon\t09:05-10:00\t;\ttue 9:00-10:00", "mon 9:05-10:00;tue 9:00-10:00;" },
	};
	static const struct {
		const char *text, *err;
	} bad[] = {
		{ "", "expected a day: mon, tue, wed, thu, fri, sat or sun at character 1 of \"\"" },
		{ "monday 10:00-12:00",
		  "expected a space and the hours at character 4 of \"monday 10:00-12:00\"" },
		{ "Mon 10:00-12:00",
		  "expected a day: mon, tue, wed, thu, fri, sat or sun at character 1 of \"Mon 10:00-12:00\"" },
		{ "fri-mon 10:00-12:00",
		  "expected the later day of the week after the dash at character 8 of \"fri-mon 10:00-12:00\"" },
		{ "mon-", "expected a day: mon, tue, wed, thu, fri, sat or sun at character 5 of \"mon-\"" },
		{ "mon-x 10:00-12:00",
		  "expected a day: mon, tue, wed, thu, fri, sat or sun at character 5 of \"mon-x 10:00-12:00\"" },
		{ "mon", "expected a space and the hours at character 4 of \"mon\"" },
		{ "mon ", "expected a time such as 10:30 at character 5 of \"mon \"" },
		{ "mon 1", "expected a time such as 10:30 at character 5 of \"mon 1\"" },
		{ "mon 10", "expected a time such as 10:30 at character 5 of \"mon 10\"" },
		{ "mon 10:", "expected a time such as 10:30 at character 5 of \"mon 10:\"" },
		{ "mon 10:x0-11:00", "expected a time such as 10:30 at character 5 of \"mon 10:x0-11:00\"" },
		{ "mon 10:0-11:00", "expected a time such as 10:30 at character 5 of \"mon 10:0-11:00\"" },
		{ "mon 10:000-11:00",
		  "expected a time such as 10:30 at character 5 of \"mon 10:000-11:00\"" },
		{ "mon x:00-11:00", "expected a time such as 10:30 at character 5 of \"mon x:00-11:00\"" },
		{ "mon 10:00-11", "expected a time such as 10:30 at character 11 of \"mon 10:00-11\"" },
		{ "mon 10:00-11:00 tue 10:00-11:00 wed 10:00-11:00 thu 10:00-11:00 fri 10:00-11:00 sat",
		  "expected a comma, a semicolon or the end at character 17 of "
		  "\"mon 10:00-11:00 tue 10:00-11:00 wed 10:00-11:00 thu 10:00-11:00 fri 10:00-11:00 \"" },
		{ "mon 10-12", "expected a time such as 10:30 at character 5 of \"mon 10-12\"" },
		{ "mon 12:00-10:00",
		  "expected an end after its start at character 16 of \"mon 12:00-10:00\"" },
		{ "mon 10:00-10:00",
		  "expected an end after its start at character 16 of \"mon 10:00-10:00\"" },
		{ "mon 10:00-24:01",
		  "expected a time from 0:00 to 24:00 at character 11 of \"mon 10:00-24:01\"" },
		{ "mon 10:60-11:00",
		  "expected a time from 0:00 to 24:00 at character 5 of \"mon 10:60-11:00\"" },
		{ "mon 10:00", "expected a dash and the end of the range at character 10 of \"mon 10:00\"" },
		{ "mon 10:00-12:00,11:00-13:00",
		  "expected ranges of a day in order, without overlap at character 28 of \"mon 10:00-12:00,11:00-13:00\"" },
		{ "mon 10:00-12:00; mon 13:00-14:00",
		  "expected each day once at character 21 of \"mon 10:00-12:00; mon 13:00-14:00\"" },
		{ "mon 10:00-12:00 x",
		  "expected a comma, a semicolon or the end at character 17 of \"mon 10:00-12:00 x\"" },
		{ "mon 10:00-12:00;",
		  "expected a day: mon, tue, wed, thu, fri, sat or sun at character 17 of \"mon 10:00-12:00;\"" },
		{ "mon 1:00-2:00,3:00-4:00,5:00-6:00,7:00-8:00,9:00-9:30",
		  "expected at most 4 ranges a day at character 54 of \"mon 1:00-2:00,3:00-4:00,5:00-6:00,7:00-8:00,9:00-9:30\"" },
	};
	char err[200], buf[600];
	struct week week;

	for (size_t i = 0; i < COUNT(good); i++) {
		week = law_week(good[i].text);
		assert_string_equal(format_week(&week, buf, sizeof(buf)), good[i].want);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(week_parse(bad[i].text, strlen(bad[i].text), &week, err, sizeof(err)), 0);
		assert_string_equal(err, bad[i].err);
	}
}

static void test_week_intersect(void **state)
{
	struct week a = law_week("mon-fri 10:00-13:00,14:00-20:00"),
		    b = law_week("mon 9:00-10:30,12:30-14:30; tue 13:00-14:00");
	struct week both = week_intersect(&a, &b);
	char buf[600];

	assert_string_equal(format_week(&both, buf, sizeof(buf)),
	                    "mon 10:00-10:30;mon 12:30-13:00;mon 14:00-14:30;");
	assert_int_equal(week_is_empty(&both), 0);
	struct week sunday = law_week("sun 10:00-12:00");
	both = week_intersect(&a, &sunday);
	assert_int_equal(week_is_empty(&both), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_week_parse),
		cmocka_unit_test(test_week_intersect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
