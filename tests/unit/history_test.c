/* history_test.c - what happened by the hour, and the pace that it tells. */
#include "core/forecast/history.h"
#include "core/time/civil.h"
#include "test.h"

static int64_t at(const char *text)
{
	int64_t ms;
	assert_true(civil_parse_instant(text, strlen(text), &ms));
	return ms;
}

static void test_fields(void **state)
{
	static struct history h;
	static const char *const none[] = { "",
		                            "released",
		                            "2026-11-24T09:released",
		                            "2026-11-24T9Z:released",
		                            "2026-13-24T09Z:released",
		                            "2026-11-24T09Zreleased",
		                            "x2026-11-24T09Z:released" };
	memset(&h, 0, sizeof(h));
	for (size_t i = 0; i < COUNT(none); i++)
		same_int(none[i], history_note(&h, none[i], 1), false);
	assert_int_equal(h.count, 0);
	assert_true(history_note(&h, "2026-11-24T10Z:answered", 3));
	assert_true(history_note(&h, "2026-11-24T09Z:released", 7));
	assert_true(history_note(&h, "2026-11-24T10Z:busy", 2));
	assert_true(history_note(&h, "2026-11-24T10Z:not-placed", 9));
	assert_true(history_note(&h, "2026-11-24T10Z:opposed", 1));
	assert_true(history_note(&h, "2026-11-24T10Z:refused", 4));
	assert_true(history_note(&h, "2026-11-24T10Z:invalid", 5));
	assert_int_equal(h.count, 2);
	assert_int_equal(h.list[0].released, 7);
	assert_int_equal(h.list[1].at_ms, at("2026-11-24T10:00:00Z"));
	assert_int_equal(h.list[1].answered, 3);
	assert_int_equal(h.list[1].calls, 6);
	assert_int_equal(h.list[1].opposed, 1);
	assert_int_equal(h.list[1].refused, 4);
	assert_int_equal(h.list[1].invalid, 5);
}

static void test_pace(void **state)
{
	static struct history h;
	size_t hours;
	int64_t now_ms = at("2026-11-24T14:30:00Z"), last[3];
	memset(&h, 0, sizeof(h));
	history_note(&h, "2026-11-24T09Z:released", 300);
	history_note(&h, "2026-11-24T10Z:released", 280);
	history_note(&h, "2026-11-24T14Z:released", 5);  /* runs still */
	history_note(&h, "2026-11-16T10Z:released", 10); /* too long ago */
	history_note(&h, "2026-11-24T11Z:refused", 10);
	assert_true(history_pace(&h, 0.5, now_ms, &hours) == 0);
	assert_int_equal(hours, 2);
	history_note(&h, "2026-11-23T10Z:released", 1000);
	assert_true(history_pace(&h, 0.5, now_ms, &hours) == 300);
	history_note(&h, "2026-11-23T11Z:released", 290);
	assert_true(history_pace(&h, 0.5, now_ms, &hours) == 295);
	assert_true(history_pace(&h, 0.25, now_ms, &hours) == 287.5);
	assert_true(history_pace(&h, 0, now_ms, &hours) == 280);
	assert_true(history_pace(&h, 1, now_ms, &hours) == 1000);
	assert_int_equal(hours, 4);
	history_released(&h, now_ms, 3, last);
	assert_int_equal(last[0], 0);
	assert_int_equal(last[1], 0);
	assert_int_equal(last[2], 5);
	history_released(&h, at("2026-11-24T10:00:00Z"), 3, last);
	assert_int_equal(last[0], 0);
	assert_int_equal(last[1], 300);
	assert_int_equal(last[2], 280);
}

/* A hash that somebody filled by hand ends. */
static void test_too_many(void **state)
{
	static struct history h;
	char name[HISTORY_NAME_SIZE + 16];
	memset(&h, 0, sizeof(h));
	for (int64_t i = 0; i < HISTORY_HOURS_MAX + 100; i++) {
		history_name(at("2026-11-24T14:00:00Z") - i * HISTORY_HOUR_MS, name);
		strcat(name, ":released");
		same_int(name, history_note(&h, name, 1), i < HISTORY_HOURS_MAX);
	}
	for (size_t i = 1; i < h.count; i++)
		assert_true(h.list[i].at_ms > h.list[i - 1].at_ms);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_too_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
