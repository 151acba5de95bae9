#include "chance.h"
#include "core/proof/line.h"
#include "test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static void test_object(void **state)
{
	struct line l = { 0 }, nested = { 0 };
	struct line_field inner[] = { line_text("b", "2"), line_text("a", "1") };
	line_object(&nested, inner, 2);
	struct line_field fields[] = {
		line_text("kind", "call"),      line_int("at_ms", 1795950446093),
		line_json("record", &nested),   line_text("kind", "another"),
		line_bytes("z", "\xff\x01", 2), line_text("text", "a\"b\\c\td\ne\x01\x1f\x7f\xc3\xa9/"),
		line_text("bad\"key", "x"),     line_text("A", NULL),
	};
	line_object(&l, fields, COUNT(fields));
	line_raw(&l, "", 1);
	assert_false(l.failed);
	assert_string_equal(
	    l.bytes, "{\"A\":\"\",\"at_ms\":1795950446093,\"hex:626164226b6579\":\"x\",\"kind\":\"call\","
		     "\"record\":{\"a\":\"1\",\"b\":\"2\"},"
		     "\"text\":\"a\\\"b\\\\c\\td\\ne\\u0001\\u001f\x7f\xc3\xa9/\",\"z\":{\"hex\":\"ff01\"}}");
	assert_true(line_is_canonical(l.bytes, l.len - 1));
	char text[64];
	assert_int_equal(line_text_of(l.bytes, l.len - 1, "text", text, sizeof(text)), 15);
	assert_string_equal(text, "a\"b\\c\td\ne\x01\x1f\x7f\xc3\xa9/");
	assert_int_equal(line_text_of(l.bytes, l.len - 1, "text", text, 15), -1);
	assert_int_equal(line_text_of(l.bytes, l.len - 1, "at_ms", text, sizeof(text)), -1);
	assert_int_equal(line_number(l.bytes, l.len - 1, "at_ms", 0), 1795950446093);
	assert_int_equal(line_number(l.bytes, l.len - 1, "kind", -1), -1);
	size_t len;
	assert_null(line_find(l.bytes, l.len - 1, "a", &len)); /* a nested key is none of its own */
	line_done(&l);
	line_done(&nested);
}

static void test_what_is_none(void **state)
{
	static const char *const good[] = {
		"{}",
		"{\"a\":[]}",
		"{\"a\":[1,-2,0,\"x\",{},[[]]]}",
		"{\"a\":{\"b\":{\"c\":1}},\"b\":1}",
		"{\"a\":\"\\u0000\\u001f\"}",
	};
	static const char *const bad[] = {
		"",
		"[]",
		"1",
		"\"a\"",
		"{ }",
		"{\"a\": 1}",
		"{\"a\":1,}",
		"{\"a\":1}x",
		"{\"a\":01}",
		"{\"a\":-0}",
		"{\"a\":1.5}",
		"{\"a\":1e3}",
		"{\"a\":true}",
		"{\"a\":null}",
		"{\"b\":1,\"a\":1}",
		"{\"a\":1,\"a\":1}",
		"{\"a\":\"\\/\"}",
		"{\"a\":\"\\u0041\"}",
		"{\"a\":\"\\u000A\"}",
		"{\"a\":\"\\u0009\"}",
		"{\"a\":\"\n\"}",
		"{\"a\":\"x}",
		"{\"a\":[1,]}",
		"{\"a\":[,1]}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\\n\":1}",
		"{\"a\":12345678901234567890}",
		"{\"a\":[[[[[[[[[1]]]]]]]]]}",
		"{\"a\":1",
		"{\"a\":[1",
		"{\"a\":\"\\",
		"{\"a\":\"\\u00",
	};
	for (size_t i = 0; i < COUNT(good); i++)
		if (!line_is_canonical(good[i], strlen(good[i])))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < COUNT(bad); i++)
		if (line_is_canonical(bad[i], strlen(bad[i])))
			fail_msg("taken: %s", bad[i]);
}

/* What is written is canonical, and jansson reads the same texts out of it. */
static void test_random(void **state)
{
	struct chance c;
	chance_init(&c);
	for (int round = 0; round < 3000; round++) {
		char names[8][8], texts[8][40], read[80];
		struct line_field fields[8];
		size_t lens[8], n = (size_t)chance_range(&c, 0, 8);
		struct line l = { 0 };
		for (size_t i = 0; i < n; i++) {
			snprintf(names[i], sizeof(names[i]), "k%d", (int)chance_range(&c, 0, 30));
			lens[i] = (size_t)chance_range(&c, 0, 39);
			for (size_t k = 0; k < lens[i]; k++)
				texts[i][k] = (char)chance_range(&c, 1, 127);
			fields[i] = line_bytes(names[i], texts[i], lens[i]);
		}
		line_object(&l, fields, n);
		assert_true(line_is_canonical(l.bytes, l.len));
		json_t *json = json_loadb(l.bytes, l.len, JSON_REJECT_DUPLICATES, NULL);
		assert_non_null(json);
		for (size_t i = 0; i < n; i++) {
			int64_t len = line_text_of(l.bytes, l.len, fields[i].name, read, sizeof(read));
			assert_int_equal(len, json_string_length(json_object_get(json, fields[i].name)));
			assert_memory_equal(read, json_string_value(json_object_get(json, fields[i].name)),
			                    (size_t)len);
		}
		/* A damaged one is refused or read; it crashes nothing. */
		if (l.len > 0) {
			l.bytes[chance_range(&c, 0, (int64_t)l.len - 1)] = (char)chance_range(&c, 1, 127);
			line_is_canonical(l.bytes, l.len);
		}
		json_decref(json);
		line_done(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_object),
		cmocka_unit_test(test_what_is_none),
		cmocka_unit_test(test_random),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
