/* again.c - see again.h. */
#include "core/forecast/again.h"

#include <math.h>
#include <stdlib.h>

void again_done(struct again *a)
{
	for (int i = 0; i < RETRY_OUTCOMES; i++)
		free(a->waiting[i].list);
}

void again_rewind(struct again *a)
{
	for (int i = 0; i < RETRY_OUTCOMES; i++) {
		a->waiting[i].at = a->waiting[i].count = 0;
		a->waiting[i].carry = 0;
	}
}

bool again_is_on(const struct again *a)
{
	for (int i = 0; i < RETRY_OUTCOMES; i++)
		if (a->how[i].share > 0)
			return true;
	return false;
}

static void append(struct again *a, int i, struct again_batch batch)
{
	if (a->waiting[i].count == a->waiting[i].capacity) {
		size_t capacity = a->waiting[i].capacity * 2 + 16;
		struct again_batch *list = realloc(a->waiting[i].list, capacity * sizeof(*list));
		if (list == NULL) {
			a->failed = true;
			return;
		}
		a->waiting[i].list = list;
		a->waiting[i].capacity = capacity;
	}
	a->waiting[i].list[a->waiting[i].count++] = batch;
}

void again_add(struct again *a, size_t line, int64_t ms, int64_t count)
{
	for (int i = 0; i < RETRY_OUTCOMES; i++) {
		if (a->how[i].share <= 0)
			continue;
		double whole = floor(a->waiting[i].carry + (double)count * a->how[i].share);
		a->waiting[i].carry += (double)count * a->how[i].share - whole;
		if (whole >= 1)
			append(a, i, (struct again_batch){ ms + a->how[i].delay_ms, (int64_t)whole, line });
	}
}

bool again_take(struct again *a, int64_t t, struct again_batch *ret)
{
	for (int i = 0; i < RETRY_OUTCOMES; i++)
		if (a->waiting[i].at < a->waiting[i].count &&
		    a->waiting[i].list[a->waiting[i].at].at_ms <= t) {
			*ret = a->waiting[i].list[a->waiting[i].at++];
			return true;
		}
	return false;
}

int64_t again_next(const struct again *a)
{
	int64_t ms = INT64_MAX;
	for (int i = 0; i < RETRY_OUTCOMES; i++)
		if (a->waiting[i].at < a->waiting[i].count && a->waiting[i].list[a->waiting[i].at].at_ms < ms)
			ms = a->waiting[i].list[a->waiting[i].at].at_ms;
	return ms;
}
