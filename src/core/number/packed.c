/* packed.c - see packed.h. */
#include "core/number/packed.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX 15 /* of E.164 */

static void mark_of(uint64_t number, char ret[PACKED_MARK])
{
	ret[0] = (char)(0x80 | (number >> 7 & 0x0f));
	ret[1] = (char)(number & 0x7f);
}

bool packed_number(const char *e164, uint64_t *ret)
{
	uint64_t n = 0;
	size_t digits = 0;
	if (*e164++ != '+' || *e164 < '1' || *e164 > '9')
		return false;
	for (; *e164 >= '0' && *e164 <= '9' && digits < DIGITS_MAX; e164++, digits++)
		n = 10 * n + (uint64_t)(*e164 - '0');
	*ret = n;
	return *e164 == '\0';
}

void packed_slot_of(uint64_t number, struct packed_slot *ret)
{
	snprintf(ret->field, sizeof(ret->field), "%" PRIu64, number / PACKED_SPAN);
	mark_of(number, ret->mark);
}

bool packed_has(const char *bucket, size_t len, const struct packed_slot *slot)
{
	for (size_t i = 0; bucket != NULL && i + 1 < len; i += PACKED_MARK)
		if (bucket[i] == slot->mark[0] && bucket[i + 1] == slot->mark[1])
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
	return left < right ? -1 : left > right;
}

size_t packed_sort(uint64_t *numbers, size_t count)
{
	size_t kept = 0;
	if (count == 0)
		return 0;
	qsort(numbers, count, sizeof(*numbers), compare);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || numbers[i] != numbers[i - 1])
			numbers[kept++] = numbers[i];
	return kept;
}

size_t packed_bucket(const uint64_t *numbers, size_t count, char *ret)
{
	size_t n = 0;
	for (; n < count && numbers[n] / PACKED_SPAN == numbers[0] / PACKED_SPAN; n++)
		mark_of(numbers[n], ret + PACKED_MARK * n);
	return n;
}
