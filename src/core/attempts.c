/* attempts.c - see attempts.h. */
#include "core/attempts.h"

#include <string.h>

static int32_t day_at(const uint8_t *value, size_t i)
{
	return value[i] << 8 | value[i + 1];
}

int attempts_count(const uint8_t *value, size_t len, int32_t today, int days)
{
	int n = 0;
	/* A day ahead of today counts too: another zone may already be there. */
	for (size_t i = 0; i + 1 < len; i += 2)
		n += today - day_at(value, i) <= days;
	return n;
}

int32_t attempts_free_day(const uint8_t *value, size_t len, int32_t today, int days, int cap)
{
	int32_t day = today;
	while (cap > 0 && attempts_count(value, len, day, days) >= cap) {
		/* The next change is when the oldest that still counts drops out. */
		int32_t oldest = INT32_MAX;
		for (size_t i = 0; i + 1 < len; i += 2)
			if (day - day_at(value, i) <= days && day_at(value, i) < oldest)
				oldest = day_at(value, i);
		day = oldest + days + 1;
	}
	return day;
}

size_t attempts_add(const uint8_t *value, size_t len, int32_t today, int days,
                    uint8_t ret[ATTEMPTS_BYTES_MAX])
{
	size_t n = 0;
	for (size_t i = 0; i + 1 < len; i += 2) {
		if (today - day_at(value, i) > days)
			continue;
		if (n + 4 > ATTEMPTS_BYTES_MAX) {
			/* Far above any cap already: the newest days are those that matter. */
			memmove(ret, ret + 2, n - 2);
			n -= 2;
		}
		ret[n++] = value[i];
		ret[n++] = value[i + 1];
	}
	ret[n++] = (uint8_t)(today >> 8);
	ret[n++] = (uint8_t)(today & 0xff);
	return n;
}
