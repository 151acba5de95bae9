/* utf8.c - checks and measures characters of UTF-8; see utf8.h. */
#include "core/text/utf8.h"

#include <stdint.h>
#include <string.h>

#define EIGHT_HIGH_BITS UINT64_C(0x8080808080808080)

int utf8_len(const char *p, size_t left)
{
	const unsigned char *u = (const unsigned char *)p;
	int len = u[0] < 0x80                    ? 1
	          : u[0] >= 0xC2 && u[0] <= 0xDF ? 2
	          : u[0] >= 0xE0 && u[0] <= 0xEF ? 3
	          : u[0] >= 0xF0 && u[0] <= 0xF4 ? 4
	                                         : 0;

	for (int i = 1; i < len; i++) {
		/* The second byte tells what is too long, a surrogate or too large. */
		unsigned char least = i > 1 ? 0x80 : u[0] == 0xE0 ? 0xA0 : u[0] == 0xF0 ? 0x90 : 0x80;
		unsigned char most = i > 1 ? 0xBF : u[0] == 0xED ? 0x9F : u[0] == 0xF4 ? 0x8F : 0xBF;

		if ((size_t)i == left)
			return UTF8_CUT;
		if (u[i] < least || u[i] > most)
			return 0;
	}
	return len;
}

bool utf8_is(const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint64_t eight;

		/* Most texts are ASCII: eight bytes at once, none of which has its high bit. */
		if (len - i >= sizeof(eight)) {
			memcpy(&eight, text + i, sizeof(eight));
			if ((eight & EIGHT_HIGH_BITS) == 0) {
				i += sizeof(eight);
				continue;
			}
		}
		int n = utf8_len(text + i, len - i);

		if (n <= 0)
			return false;
		i += (size_t)n;
	}
	return true;
}
