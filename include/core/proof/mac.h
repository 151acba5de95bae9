/* mac.h - the code by which a call is known to have been released by licetd.
 *
 * BLAKE2b, keyed, of 16 bytes, over campaign, id, number, attempt, instant of release and fingerprint of the
 * definitions, a tab behind each. The key is never in Redis: whoever can write there invents no call. */
#ifndef LICET_CORE_PROOF_MAC_H
#define LICET_CORE_PROOF_MAC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAC_KEY 32
#define MAC_TEXT 33 /* 32 hex digits and an end */

/* The texts of a call, as its record has them. */
struct mac_call {
	const char *campaign, *id, *to, *attempt, *released, *made;
};

char *mac_of_call(const uint8_t key[MAC_KEY], const struct mac_call *call, char buf[MAC_TEXT]);
/* Is that the code of that call? */
bool mac_is_right(const uint8_t key[MAC_KEY], const struct mac_call *call, const char *mac);

#endif
