#include "core/proof/mac.h"
#include "test.h"

static const uint8_t key[MAC_KEY] = { 1, 2, 3 };
static const struct mac_call call = { "acme.noel", "crm-123",       "+33612345678",
	                              "1",         "1795950446093", "0123456789abcdef" };

/* By hashlib.blake2b(text, key=key, digest_size=16): the code is not ours alone to make. */
static void test_vector(void **state)
{
	char mac[MAC_TEXT];
	assert_string_equal(mac_of_call(key, &call, mac), "018381738e9c139476850439e1e9a1ad");
	assert_true(mac_is_right(key, &call, mac));
}

/* Whatever of a call is changed, or moved from one text into the next, its code is another. */
static void test_every_text(void **state)
{
	char mac[MAC_TEXT];
	mac_of_call(key, &call, mac);
	for (int i = 0; i < 7; i++) {
		struct mac_call other = call;
		uint8_t other_key[MAC_KEY] = { 1, 2, 3 };
		if (i == 6)
			other_key[31] = 1;
		else
			((const char **)&other)[i] = "x";
		assert_false(mac_is_right(other_key, &other, mac));
	}
	struct mac_call moved = call;
	moved.attempt = "11";
	moved.released = "795950446093";
	assert_false(mac_is_right(key, &moved, mac));
	assert_false(mac_is_right(key, &call, ""));
	assert_false(mac_is_right(key, &call, "00000000000000000000000000000000"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_every_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
