/* MessagePack as the functions in Redis get it: byte for byte what the specification says. */
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/msgpack.h"
#include "io/redis/redis.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

static void expect(struct pack *p, const char *bytes, size_t len)
{
	assert_int_equal(p->len, len);
	assert_memory_equal(p->bytes, bytes, len);
	free(p->bytes);
	*p = (struct pack){ 0 };
}

#define EXPECT(p, bytes) expect(p, bytes, sizeof(bytes) - 1)

static void test_numbers(void **state)
{
	(void)state;
	struct pack p = { 0 };
	pack_int(&p, 0);
	pack_int(&p, 127);
	EXPECT(&p, "\x00\x7f");
	pack_int(&p, 128);
	EXPECT(&p, "\xd3\0\0\0\0\0\0\0\x80");
	pack_int(&p, -1);
	EXPECT(&p, "\xd3\xff\xff\xff\xff\xff\xff\xff\xff");
	pack_int(&p, INT64_C(1795512600088));
	EXPECT(&p, "\xd3\0\0\x01\xa2\x0c\xe4\x06\x18");
	pack_real(&p, 1.5);
	EXPECT(&p, "\xcb\x3f\xf8\0\0\0\0\0\0");
	pack_bool(&p, true);
	pack_bool(&p, false);
	EXPECT(&p, "\xc3\xc2");
}

static void test_texts(void **state)
{
	(void)state;
	struct pack p = { 0 };
	pack_text(&p, "");
	pack_bytes(&p, "a\0b", 3);
	pack_bytes(&p, NULL, 0);
	EXPECT(&p, "\xa0\xa3"
	           "a\0b\xa0");
	pack_joined(&p, "i:", "crm-1", 5);
	pack_joined(&p, "", "", 0);
	EXPECT(&p, "\xa7i:crm-1\xa0");
	/* The longest of each length of length, and the shortest of the next. */
	static const struct {
		size_t len, head_len;
		const char *head;
	} rows[] = {
		{ 31, 1, "\xbf" },
		{ 32, 2, "\xd9\x20" },
		{ 255, 2, "\xd9\xff" },
		{ 256, 5, "\xdb\0\0\x01\0" },
		{ 70000, 5, "\xdb\0\x01\x11\x70" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = mem_zero(rows[i].len + 1);
		memset(text, 'x', rows[i].len);
		pack_text(&p, text);
		assert_int_equal(p.len, rows[i].head_len + rows[i].len);
		assert_memory_equal(p.bytes, rows[i].head, rows[i].head_len);
		assert_memory_equal(p.bytes + rows[i].head_len, text, rows[i].len);
		free(text);
		free(p.bytes);
		p = (struct pack){ 0 };
	}
}

static void test_containers(void **state)
{
	(void)state;
	struct pack p = { 0 };
	pack_array(&p, 0);
	pack_array(&p, 15);
	pack_array(&p, 16);
	pack_array(&p, 70000);
	EXPECT(&p, "\x90\x9f\xdd\0\0\0\x10\xdd\0\x01\x11\x70");
	pack_map(&p, 0);
	pack_map(&p, 15);
	pack_map(&p, 16);
	EXPECT(&p, "\x80\x8f\xdf\0\0\0\x10");
}

static void test_it_becomes_an_argument(void **state)
{
	(void)state;
	struct pack p = { 0 };
	struct redis_args a;
	args_init(&a);
	pack_text(&p, "one");
	args_add_pack(&a, &p);
	assert_null(p.bytes);
	pack_text(&p, "two");
	args_add_pack(&a, &p);
	assert_int_equal(a.count, 2);
	assert_int_equal(a.lens[0], 4);
	assert_memory_equal(a.argv[0], "\xa3one", 4);
	assert_memory_equal(a.argv[1], "\xa3two", 4);
	args_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_containers),
		cmocka_unit_test(test_it_becomes_an_argument),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
