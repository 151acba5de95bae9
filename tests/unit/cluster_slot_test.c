/* The slot of a prefix, and which prefixes have one. */
#include "core/text/cluster_slot.h"
#include "test.h"

/* From the specification of Redis Cluster, its own tests, and CLUSTER KEYSLOT of Redis 7. */
static void slots_are_those_of_redis(void **state)
{
	static const struct {
		const char *prefix;
		int slot;
	} rows[] = {
		{ "{123456789}", 0x31c3 },
		{ "{foo}", 12182 },
		{ "{bar}", 5061 },
		{ "{user1000}.following", 3443 },
		{ "licet:{hello}:", 866 },
		{ "licet:{foo}:{bar}:", 12182 },
		{ "licet:{foo", -1 },
		{ "licet:{}:", -1 },
		{ "licet:", -1 },
		{ "licet-sim:{foo}:run-1:", 12182 },
		{ "{\xc3\xa9t\xc3\xa9}", 10087 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (prefix_slot(rows[i].prefix) != rows[i].slot)
			fail_msg("%s: %d, not %d", rows[i].prefix, prefix_slot(rows[i].prefix), rows[i].slot);
}

static void one_tag_and_no_other_brace(void **state)
{
	static const struct {
		const char *prefix;
		bool good;
	} rows[] = {
		{ "licet:{a}:", true },   { "{a}", true },          { "licet-sim:{a}:run-1:", true },
		{ "licet:", false },      { "licet:{}:", false },   { "licet:{a}:{b}:", false },
		{ "licet:{a}}:", false }, { "licet:}{a}:", false }, { "licet:{{a}:", false },
		{ "licet:{a", false },    { "licet:{a}:{", false }, { "licet:a}:", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (prefix_is_of_one_slot(rows[i].prefix) != rows[i].good)
			fail_msg("%s", rows[i].prefix);
}

static void test_space_names(void **state)
{
	static const struct {
		const char *name;
		bool valid;
	} rows[] = {
		{ "a", true },      { "retail-2", true },
		{ "0", true },      { "abcdefghijklmnopqrstuvwx", true },
		{ "", false },      { "-a", false },
		{ "A", false },     { "abcdefghijklmnopqrstuvwxy", false },
		{ "licet", false }, { "a_b", false },
		{ "a:b", false },   { "é", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (space_name_is_valid(rows[i].name) != rows[i].valid)
			fail_msg("%s", rows[i].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_are_those_of_redis),
		cmocka_unit_test(one_tag_and_no_other_brace),
		cmocka_unit_test(test_space_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
