/* history.h - what happened to a campaign's jobs by the hour, as licet:campaign:<c>:hours keeps it for 35
 * days, and how fast they went out lately. */
#ifndef LICET_CORE_FORECAST_HISTORY_H
#define LICET_CORE_FORECAST_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_HOURS_MAX 900 /* more than are kept */
#define HISTORY_PACE_DAYS 7   /* that a pace is taken from */
#define HISTORY_PACE_HOURS 3  /* hours with releases that it takes at least */
#define HISTORY_HOUR_MS INT64_C(3600000)

struct history_hour {
	int64_t at_ms; /* UTC, its beginning */
	int64_t released, refused, invalid, answered, opposed;
	int64_t calls; /* with any outcome, but for those that were not placed */
};
struct history {
	struct history_hour list[HISTORY_HOURS_MAX]; /* by time */
	size_t count;
};

/* A field of that hash and its value. Returns false, and changes nothing, where it is none, or of too many
 * hours. */
bool history_note(struct history *h, const char *field, int64_t n);
/* Releases an hour, of the whole hours of the last days in which something went out: what that share of them
 * do not exceed, 0.5 for the middle one; 0: there are too few. *ret_hours: how many there are. */
double history_pace(const struct history *h, double share, int64_t now_ms, size_t *ret_hours);
/* What was released in each of so many hours, the last of them the one that runs at now_ms. */
void history_released(const struct history *h, int64_t now_ms, size_t hours, int64_t *ret);
/* "2026-11-24T09Z", as fields begin, of an instant. Returns buf. */
#define HISTORY_NAME_SIZE 24
char *history_name(int64_t ms, char buf[HISTORY_NAME_SIZE]);

#endif
