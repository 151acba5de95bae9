#include "chance.h"
#include "core/law/rulebook.h"
#include "core/number/prefix.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

static bool add(struct prefix_tree *tree, const char *digits, uint16_t value)
{
	return prefix_tree_add(tree, digits, strlen(digits), value);
}

static uint16_t longest(const struct prefix_tree *tree, const char *digits)
{
	return prefix_tree_longest(tree, digits, strlen(digits));
}

static void test_longest(void **state)
{
	struct prefix_tree *tree = prefix_tree_new();

	assert_int_equal(longest(tree, "33612"), PREFIX_NONE);
	assert_true(add(tree, "33", 1));
	assert_true(add(tree, "33639", 2));
	assert_int_equal(longest(tree, "33612"), 1);
	assert_int_equal(longest(tree, "3363"), 1);
	assert_int_equal(longest(tree, "336391"), 2);
	assert_int_equal(longest(tree, "3"), PREFIX_NONE);
	assert_int_equal(longest(tree, ""), PREFIX_NONE);
	/* Behind the last digit nothing is looked at. */
	assert_int_equal(longest(tree, "33 639"), 1);
	assert_int_equal(longest(tree, "33/639"), 1);
	assert_int_equal(longest(tree, "33:639"), 1);
	assert_int_equal(longest(tree, "x33"), PREFIX_NONE);
	assert_int_equal(prefix_tree_longest(tree, "33639", 4), 1);
	assert_true(add(tree, "", 7));
	assert_int_equal(longest(tree, "49"), 7);
	assert_int_equal(longest(tree, "33639"), 2);
	prefix_tree_free(tree);
	prefix_tree_free(NULL);
}

/* What is refused changes no answer. */
static void test_refused(void **state)
{
	static const char *const bad[] = { "33", "33x", "+33", "3 3", "33/", "33:" };
	struct prefix_tree *tree = prefix_tree_new();

	assert_true(add(tree, "33", 1));
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_false(add(tree, bad[i], 2));
		assert_int_equal(longest(tree, "33612"), 1);
		assert_int_equal(longest(tree, "49"), PREFIX_NONE);
	}
	prefix_tree_free(tree);
}

/* More than its positions can name: refused in time, and what was added stays. */
static void test_full(void **state)
{
	struct prefix_tree *tree = prefix_tree_new();
	char digits[24];
	int added = 0;

	for (;; added++) {
		snprintf(digits, sizeof(digits), "%05d%03d", added, added % 1000);
		if (!add(tree, digits, (uint16_t)(added % 60000)))
			break;
		assert_in_range(added, 0, 65535);
	}
	assert_in_range(added, 5000, 65535);
	assert_int_equal(longest(tree, digits), PREFIX_NONE);
	for (int i = 0; i < added; i++) {
		snprintf(digits, sizeof(digits), "%05d%03d9", i, i % 1000);
		assert_int_equal(longest(tree, digits), i % 60000);
	}
	prefix_tree_free(tree);
}

/* A tree says what a walk through all prefixes would. */
static void test_against_a_walk(void **state)
{
	struct chance c;

	chance_init(&c);
	for (int round = 0; round < 200; round++) {
		struct prefix_tree *tree = prefix_tree_new();
		char prefixes[30][8];
		bool added[30];

		for (uint16_t i = 0; i < 30; i++) {
			int len = (int)chance_range(&c, 0, 4);
			bool known = false;
			for (int k = 0; k < 4; k++)
				prefixes[i][k] = k < len ? (char)('0' + chance_range(&c, 0, 2)) : '\0';
			prefixes[i][4] = '\0';
			for (uint16_t k = 0; k < i; k++)
				known = known || (added[k] && strcmp(prefixes[k], prefixes[i]) == 0);
			added[i] = add(tree, prefixes[i], i);
			assert_int_equal(added[i], !known);
		}
		for (int n = 0; n < 100; n++) {
			char digits[8] = "";
			uint16_t want = PREFIX_NONE;
			for (int k = 0; k < 6; k++)
				digits[k] = (char)('0' + chance_range(&c, 0, 2));
			for (uint16_t i = 0; i < 30; i++)
				if (added[i] && strncmp(digits, prefixes[i], strlen(prefixes[i])) == 0 &&
				    (want == PREFIX_NONE || strlen(prefixes[i]) > strlen(prefixes[want])))
					want = i;
			assert_int_equal(longest(tree, digits), want);
		}
		prefix_tree_free(tree);
	}
}

/* A numbering that says two things of one number is no rulebook, nor one that cannot be
 * looked up. */
static void test_index(void **state)
{
	static const struct {
		const char *range, *national;
		int sound;
	} rows[] = {
		{ "+999", "0999", 1 },
		{ "999", "0999", 0 },
		{ "+99x", "0999", 0 },
		{ "+33639", "0999", 0 },
		{ "+999", "0692", 0 },
		{ "+999", "099x", 0 },
		{ "+999", "012345678901234567890123456789", 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct rulebook *rb = law_load(LAW_PATH);
		struct numbering *n = &rb->numbering;
		char *range = n->ranges[0].prefix, *national = n->nationals[0].prefix;
		uint8_t digits = n->nationals[0].digits;

		n->ranges[0].prefix = (char *)rows[i].range;
		n->nationals[0].prefix = (char *)rows[i].national;
		n->nationals[0].digits = 10;
		bool sound = rulebook_index(rb);
		n->ranges[0].prefix = range;
		n->nationals[0].prefix = national;
		n->nationals[0].digits = digits;
		if (sound != (bool)rows[i].sound)
			print_error("%s %s\n", rows[i].range, rows[i].national);
		assert_int_equal(sound, rows[i].sound);
		/* Made right, it is indexed anew; what was there before is freed. */
		assert_true(rulebook_index(rb));
		rulebook_free(rb);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_longest), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_full),    cmocka_unit_test(test_against_a_walk),
		cmocka_unit_test(test_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
