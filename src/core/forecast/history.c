/* history.c - see history.h. */
#include "core/forecast/history.h"

#include "core/law/binding.h"
#include "core/time/civil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "2026-11-24T09Z:released": the hour, and the name behind it. */
static bool field_read(const char *field, int64_t *ret_ms, const char **ret_name)
{
	char at[CIVIL_INSTANT_SIZE];
	const char *z = strchr(field, 'Z');
	if (z == NULL || z - field != 13 || z[1] != ':')
		return false;
	snprintf(at, sizeof(at), "%.13s:00:00Z", field);
	*ret_name = z + 2;
	return civil_parse_instant(at, strlen(at), ret_ms);
}

static void count(struct history_hour *hour, const char *name, int64_t n)
{
	if (strcmp(name, "released") == 0)
		hour->released += n;
	else if (strcmp(name, "refused") == 0)
		hour->refused += n;
	else if (strcmp(name, "invalid") == 0)
		hour->invalid += n;
	else if (strcmp(name, "not-placed") != 0)
		hour->calls += n;
	if (strcmp(name, "answered") == 0)
		hour->answered += n;
	else if (strcmp(name, "opposed") == 0)
		hour->opposed += n;
}

bool history_note(struct history *h, const char *field, int64_t n)
{
	int64_t at_ms;
	const char *name;
	if (!field_read(field, &at_ms, &name))
		return false;
	size_t low = 0, high = h->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (h->list[middle].at_ms < at_ms)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == h->count || h->list[low].at_ms != at_ms) {
		if (h->count == HISTORY_HOURS_MAX)
			return false;
		memmove(h->list + low + 1, h->list + low, (h->count - low) * sizeof(h->list[0]));
		h->list[low] = (struct history_hour){ .at_ms = at_ms };
		h->count++;
	}
	count(&h->list[low], name, n);
	return true;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

double history_pace(const struct history *h, double share, int64_t now_ms, size_t *ret_hours)
{
	int64_t released[HISTORY_PACE_DAYS * 24 + 1];
	size_t n = 0;
	for (size_t i = 0; i < h->count; i++) {
		const struct history_hour *hour = &h->list[i];
		/* One that has not ended tells too little. */
		if (hour->released > 0 && hour->at_ms + HISTORY_HOUR_MS <= now_ms &&
		    hour->at_ms > now_ms - HISTORY_PACE_DAYS * DAY_MS)
			released[n++] = hour->released;
	}
	*ret_hours = n;
	if (n < HISTORY_PACE_HOURS)
		return 0;
	qsort(released, n, sizeof(released[0]), by_size);
	double at = share * (double)(n - 1);
	size_t below = (size_t)at;
	if (below + 1 >= n)
		return (double)released[n - 1];
	return (double)released[below] +
	       (at - (double)below) * (double)(released[below + 1] - released[below]);
}

void history_released(const struct history *h, int64_t now_ms, size_t hours, int64_t *ret)
{
	int64_t first_ms = now_ms - now_ms % HISTORY_HOUR_MS - (int64_t)(hours - 1) * HISTORY_HOUR_MS;
	memset(ret, 0, hours * sizeof(*ret));
	for (size_t i = 0; i < h->count; i++) {
		int64_t at = (h->list[i].at_ms - first_ms) / HISTORY_HOUR_MS;
		if (h->list[i].at_ms >= first_ms && at < (int64_t)hours)
			ret[at] = h->list[i].released;
	}
}

char *history_name(int64_t ms, char buf[HISTORY_NAME_SIZE])
{
	char at[CIVIL_INSTANT_SIZE];
	snprintf(buf, HISTORY_NAME_SIZE, "%.13sZ", civil_format_instant(ms, at));
	return buf;
}
