/* Numbers in what a job carries for its sender: none is read, each is passed on as it was written. */
#include "core/job/job.h"
#include "test.h"

#include <stdio.h>

/* Numbers that no C type holds: nothing reads them, the sender gets them as they were written. */
static void test_large_numbers(void **state)
{
	static const char *const vars[] = { "{\"iccid\":89330100000000000000}",
		                            "{\"a\":1e999,\"b\":-1E-9999}",
		                            "{\"a\":[1e400,\"1e999 \\\" 99999999999999999999\"],\"b\":-0.5}",
		                            "{\"a\":123456789012345678901234567890.123456789e+400}" };
	for (size_t i = 0; i < sizeof(vars) / sizeof(vars[0]); i++) {
		char text[256];
		struct job job;
		struct fault fault;
		size_t len = (size_t)snprintf(text, sizeof(text),
		                              "{\"id\":\"1\",\"to\":\"0612000001\",\"vars\":%s}", vars[i]);
		assert_true(job_parse(text, len, &job, &fault));
		assert_int_equal(job.vars_len, strlen(vars[i]));
		assert_memory_equal(text + job.vars_at, vars[i], job.vars_len);
		job_done(&job);
	}
}

/* The same beside one of them, sound or not: what is no number is none for us, either (RFC 8259, section 6). */
static void test_numbers(void **state)
{
	static const char *const rows[] = { "0",     "-0",   "0.5",  "1e5", "1E-5", "1.5e+3", "-12.25",
		                            "0e0",   "01",   "-01",  "-",   "1.",   "1.e5",   "1e",
		                            "1e+",   "1e-x", ".5",   "+1",  "--1",  "0x1",    "1:",
		                            "1.5.5", "1.5/", "1e5:", "-1-", "1/" };
	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[256];
		struct job job;
		struct fault fault;
		bool sound = i < 8; /* the first ones are */
		size_t len =
		    (size_t)snprintf(text, sizeof(text),
		                     "{\"id\":\"1\",\"to\":\"2\",\"vars\":{\"a\":1e999,\"b\":%s}}", rows[i]);
		if (job_parse(text, len, &job, &fault) != sound)
			fail_msg("%s: sound is %d", rows[i], sound);
		job_done(&job);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large_numbers),
		cmocka_unit_test(test_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
