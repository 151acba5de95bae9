#include "core/text/sha256.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

/* Vectors of FIPS 180-4 and its examples. */
static void test_vectors(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrs"
		  "mnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	};
	char buf[SHA256_HEX_SIZE];

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_string_equal(sha256_hex(rows[i].text, strlen(rows[i].text), buf), rows[i].want);
}

static void test_a_million(void **state)
{
	char *text = malloc(1000000), buf[SHA256_HEX_SIZE];

	assert_non_null(text);
	memset(text, 'a', 1000000);
	assert_string_equal(sha256_hex(text, 1000000, buf),
	                    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	free(text);
}

/* However the bytes are cut, the digest is the same: every length around a block. A copy of the
 * state tells it too, and leaves the state as it is. */
static void test_pieces(void **state)
{
	uint8_t data[200];
	char whole[SHA256_HEX_SIZE], parts[SHA256_HEX_SIZE];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	for (size_t len = 0; len <= sizeof(data); len++) {
		crypto_hash_sha256_state s;
		crypto_hash_sha256_init(&s);
		crypto_hash_sha256_update(&s, data, len / 3);
		crypto_hash_sha256_state copy = s;
		assert_string_equal(sha256_finish(&copy, parts), sha256_hex(data, len / 3, whole));
		crypto_hash_sha256_update(&s, data + len / 3, 0);
		crypto_hash_sha256_update(&s, data + len / 3, len - len / 3);
		assert_string_equal(sha256_finish(&s, parts), sha256_hex(data, len, whole));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_a_million),
		cmocka_unit_test(test_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
