/* attempts.c - see attempts.h. */
#include "core/consent/attempts.h"

#include <string.h>

#define REACHED 0x80
#define DAY_ZERO 10957 /* 2000-01-01: fifteen bits go on until 2089 */

int32_t attempts_day(const uint8_t *value)
{
	return DAY_ZERO + ((value[0] & ~REACHED) << 8 | value[1]);
}

bool attempts_reached(const uint8_t *value)
{
	return (value[0] & REACHED) != 0;
}

void attempts_put(uint8_t *ret, int32_t day, bool reached)
{
	day = day > DAY_ZERO ? day - DAY_ZERO : 0;
	ret[0] = (uint8_t)((day >> 8 & ~REACHED) | (reached ? REACHED : 0));
	ret[1] = (uint8_t)(day & 0xff);
}

int attempts_count(const uint8_t *value, size_t len, int32_t today, int days)
{
	int n = 0;
	/* A day ahead of today counts too: another zone may already be there. */
	for (size_t i = 0; i + 1 < len; i += 2)
		n += today - attempts_day(value + i) <= days;
	return n;
}

int32_t attempts_free_day(const uint8_t *value, size_t len, int32_t today, int days, int cap)
{
	int32_t day = today;
	while (cap > 0 && attempts_count(value, len, day, days) >= cap) {
		/* The next change is when the oldest that still counts drops out. */
		int32_t oldest = INT32_MAX;
		for (size_t i = 0; i + 1 < len; i += 2)
			if (day - attempts_day(value + i) <= days && attempts_day(value + i) < oldest)
				oldest = attempts_day(value + i);
		day = oldest + days + 1;
	}
	return day;
}

int32_t attempts_gap_day(const uint8_t *value, size_t len, int32_t today, int gap)
{
	int32_t day = today;
	for (size_t i = 0; i + 1 < len; i += 2)
		if (attempts_reached(value + i) && attempts_day(value + i) + gap > day)
			day = attempts_day(value + i) + gap;
	return gap > 0 ? day : today;
}

size_t attempts_add(const uint8_t *value, size_t len, int32_t today, int days,
                    uint8_t ret[ATTEMPTS_BYTES_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i + 1 < len; i += 2) {
		if (today - attempts_day(value + i) > days)
			continue;
		if (n + 4 > ATTEMPTS_BYTES_MAX) {
			/* Far above any cap already: the newest days are those that matter. */
			memmove(ret, ret + 2, n - 2);
			n -= 2;
		}
		ret[n++] = value[i];
		ret[n++] = value[i + 1];
	}
	attempts_put(ret + n, today, false);
	return n + 2;
}

size_t attempts_remove(uint8_t *value, size_t len, int32_t day)
{
	for (int reached = 0; reached < 2; reached++)
		for (size_t i = len; i >= 2; i -= 2) {
			if (attempts_day(value + i - 2) != day || attempts_reached(value + i - 2) != reached)
				continue;
			memmove(value + i - 2, value + i, len - i);
			return len - 2;
		}
	return len;
}

/* --- as Redis keeps them --------------------------------------------------------- */

#define PERSON_BIT (UINT64_C(1) << 34) /* above every number: 15 digits are below 2^50 */
#define DAYS_CYCLE 8192
#define CODE_REACHED 0x40 /* in the first of its two bytes */
#define DAYS_AHEAD 400    /* further ahead of today nothing is dated: it is long past */

static void slot_of(uint64_t bucket, uint64_t rest, struct attempts_slot *ret)
{
	static const char hex[] = "0123456789abcdef";
	for (int i = 0; i < 4; i++)
		ret->field[i] = hex[bucket >> (12 - 4 * i) & 15];
	ret->field[4] = '\0';
	for (int i = 0; i < ATTEMPTS_MARK; i++)
		ret->mark[i] = (char)(0x80 | (rest >> (28 - 7 * i) & 0x7f));
}

void attempts_slot_of_number(const char *e164, struct attempts_slot *ret)
{
	uint64_t n = 0;
	for (const char *c = e164; *c != '\0'; c++)
		if (*c >= '0' && *c <= '9')
			n = n * 10 + (uint64_t)(*c - '0');
	slot_of(n & 0xffff, n >> 16, ret);
}

/* Two polynomials modulo primes below 2^25: a Lua number holds every step exactly. */
void attempts_slot_of_person(const char *person, struct attempts_slot *ret)
{
	uint64_t a = 0, b = 0;
	for (const unsigned char *c = (const unsigned char *)person; *c != '\0'; c++) {
		a = (a * 1000003 + *c + 1) % 33554393;
		b = (b * 16777619 + *c + 1) % 33554383;
	}
	uint64_t h = a << 25 | b;
	slot_of(h & 0xffff, PERSON_BIT | (h >> 16), ret);
}

static bool is_mark(char c)
{
	return ((unsigned char)c & 0x80) != 0;
}

bool attempts_find(const char *bucket, size_t len, const char mark[ATTEMPTS_MARK], const char **ret,
                   size_t *ret_len)
{
	for (size_t i = 0; i < len;) {
		size_t end = i + ATTEMPTS_MARK;
		while (end < len && !is_mark(bucket[end]))
			end++;
		if (end <= len && memcmp(bucket + i, mark, ATTEMPTS_MARK) == 0) {
			*ret = bucket + i + ATTEMPTS_MARK;
			*ret_len = end - i - ATTEMPTS_MARK;
			return true;
		}
		i = end;
	}
	return false;
}

size_t attempts_unpack(const char *packed, size_t len, int32_t today, uint8_t ret[ATTEMPTS_BYTES_MAX])
{
	size_t n = 0;
	len &= ~(size_t)1;
	if (len > ATTEMPTS_BYTES_MAX) {
		packed += len - ATTEMPTS_BYTES_MAX;
		len = ATTEMPTS_BYTES_MAX;
	}
	for (size_t i = 0; i < len; i += 2) {
		int32_t code = (packed[i] & 0x3f) << 7 | (packed[i + 1] & 0x7f);
		int32_t ago = ((today - code) % DAYS_CYCLE + DAYS_CYCLE) % DAYS_CYCLE;
		if (ago > DAYS_CYCLE - DAYS_AHEAD)
			ago -= DAYS_CYCLE;
		attempts_put(ret + n, today - ago, (packed[i] & CODE_REACHED) != 0);
		n += 2;
	}
	return n;
}

size_t attempts_pack(const uint8_t *value, size_t len, char ret[ATTEMPTS_BYTES_MAX])
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		int32_t code = attempts_day(value + i) % DAYS_CYCLE;
		ret[i] = (char)(code >> 7 | (attempts_reached(value + i) ? CODE_REACHED : 0));
		ret[i + 1] = (char)(code & 0x7f);
	}
	return len & ~(size_t)1;
}
