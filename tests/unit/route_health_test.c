/* What the outcomes of a route leave to be released on it: breaker and canary. */
#include "core/campaign/route_health.h"

#include "definition.h"
#include "test.h"

static void test_route_health(void **state)
{
	static const struct {
		const char *state, *why, *released, *canary;
		const char *tripped;
		int64_t room;
	} rows[] = {
		{ NULL, NULL, NULL, NULL, "", INT64_MAX },
		{ NULL, NULL, NULL, "5", "", 5 },
		{ "canary", NULL, "3", "5", "", 2 },
		{ "canary", NULL, "9", "5", "", 0 },
		{ "flowing", NULL, "9", "5", "", INT64_MAX },
		{ "tripped", "12 of 20", NULL, NULL, "12 of 20", 0 },
		{ "tripped", NULL, NULL, "5", "breaker", 0 },
		{ "tripped", "", NULL, "5", "breaker", 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition_hash health = { 0 }, route = { 0 };
		struct route_health got;

		health.fields = (struct fields){ .names = health.names, .values = health.values, .count = 0 };
		route.fields = (struct fields){ .names = route.names, .values = route.values, .count = 0 };
		definition_put(&health, "state", rows[i].state);
		definition_put(&health, "why", rows[i].why);
		definition_put(&health, "released", rows[i].released);
		definition_put(&health, "p99_ms", "1200");
		definition_put(&route, "canary", rows[i].canary);
		route_health_read(&health.fields, &route.fields, &got);
		assert_string_equal(got.tripped, rows[i].tripped);
		assert_int_equal(got.room, rows[i].room);
		assert_int_equal(got.p99_ms, 1200);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_health),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
