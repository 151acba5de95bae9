/* How large the next batches are, after how long the last calls took. */
#include "core/schedule/schedule.h"

#include "test.h"

static void test_batch_size(void **state)
{
	struct schedule s = { .batch_size = 50, .batch_min = 10, .batch_max = 400 };

	(void)state;
	for (int i = 0; i < 100; i++)
		schedule_adapt(&s, 500, 2000, true);
	assert_int_equal(s.batch_size, 400);
	schedule_adapt(&s, 500, 2000, false); /* one that was not full says nothing */
	assert_int_equal(s.batch_size, 400);
	schedule_adapt(&s, 1800, 2000, true); /* near the budget: as it is */
	assert_int_equal(s.batch_size, 400);
	for (int i = 0; i < 100; i++) /* a little slow: down to where smaller calls help no more */
		schedule_adapt(&s, 3000, 2000, true);
	assert_in_range(s.batch_size, 80, 100);
	for (int i = 0; i < 100; i++) /* twice too slow */
		schedule_adapt(&s, 9000, 2000, true);
	assert_int_equal(s.batch_size, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_batch_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
