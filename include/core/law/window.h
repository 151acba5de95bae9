/* window.h - when a place may be called.
 *
 * A place is open at an instant if each of its territories is, in each of its
 * zones: the local minute is in the hours of every regime that binds on that
 * local date, the local date is no holiday of any of the place's territories
 * (holidays are united), and, where the campaign has hours of its own, the
 * minute is in these too. Intervals are half-open. This module never reads a
 * clock; the caller passes the instant. Every search has a bound. */
#ifndef LICET_CORE_LAW_WINDOW_H
#define LICET_CORE_LAW_WINDOW_H

#include "core/law/rulebook.h"
#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Enough for any pair of openings that a sane law has; beyond it is
 * place-unknown. */
#define WINDOW_HORIZON_DAYS 400

bool window_is_open(const struct rulebook *rb, uint32_t place, const struct week *own, int64_t now_ms);

/* The first open instant at or after now_ms, at most horizon_days ahead.
 * Returns false, and leaves *ret_ms alone, if there is none. own may be NULL. */
bool window_next_open(const struct rulebook *rb, uint32_t place, const struct week *own, int64_t now_ms,
                      int horizon_days, int64_t *ret_ms);

/* The end of the open interval that contains now_ms. Returns false if now_ms is
 * not open. */
bool window_next_close(const struct rulebook *rb, uint32_t place, const struct week *own, int64_t now_ms,
                       int64_t *ret_ms);

/* Why now_ms is not open: weekend, holiday, outside-hours, law-unknown,
 * place-unknown (nothing within the horizon), outside-campaign-hours (also, whatever
 * the hour, where no opening within the horizon is in them); allowed if it is open. Where territories differ, the first of law-unknown, holiday,
 * weekend, outside-hours in that order. *ret_rule points into the rulebook: the
 * holiday's name, else the article; it is never NULL. */
enum reason window_why(const struct rulebook *rb, uint32_t place, const struct week *own, int64_t now_ms,
                       const char **ret_rule);

/* The holiday of a place on a local date, or NULL. */
const struct holiday *window_holiday_on(const struct rulebook *rb, uint32_t place, int32_t date);

/* True if the holiday lists of every territory reach that date. */
bool window_holidays_known(const struct rulebook *rb, uint32_t place, int32_t date);

/* The date on which one holiday falls in a year; LISTED days are asked one by
 * one (nth from 0). Returns false if there is none. */
bool holiday_date_in(const struct holiday *holiday, int year, size_t nth, int32_t *ret_date);

/* Minutes that are in both. */
struct week week_intersect(const struct week *a, const struct week *b);
bool week_is_empty(const struct week *week);

#endif
