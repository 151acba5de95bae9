/* mac.c - the code by which a call is known to have been released; see mac.h. */
#include "core/proof/mac.h"

#include <sodium/crypto_generichash.h>
#include <sodium/utils.h>
#include <string.h>

#define BYTES 16

char *mac_of_call(const uint8_t key[MAC_KEY], const struct mac_call *call, char buf[MAC_TEXT])
{
	const char *const texts[] = { call->campaign, call->id,       call->to,
		                      call->attempt,  call->released, call->made };
	crypto_generichash_state s;
	unsigned char mac[BYTES];
	crypto_generichash_init(&s, key, MAC_KEY, BYTES);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		crypto_generichash_update(&s, (const unsigned char *)texts[i], strlen(texts[i]));
		crypto_generichash_update(&s, (const unsigned char *)"\t", 1);
	}
	crypto_generichash_final(&s, mac, sizeof(mac));
	return sodium_bin2hex(buf, MAC_TEXT, mac, sizeof(mac));
}

bool mac_is_right(const uint8_t key[MAC_KEY], const struct mac_call *call, const char *mac)
{
	char right[MAC_TEXT];
	mac_of_call(key, call, right);
	return strlen(mac) == MAC_TEXT - 1 && sodium_memcmp(mac, right, MAC_TEXT - 1) == 0;
}
