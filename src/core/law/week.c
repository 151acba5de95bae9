/* week.c - the hours of a week as text and as ranges; see week.h. */
#include "core/law/week.h"

#include "core/law/window.h"

#include <stdio.h>
#include <string.h>

#define DAY_RANGES_WRITTEN (WEEK_RANGES_MAX / 2)

struct reader {
	const char *start, *at, *end;
	const char *expected; /* set by the first thing that is wrong, at "at" */
};

static bool expect(struct reader *r, const char *what)
{
	r->expected = what;
	return false;
}

static void skip_spaces(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
		r->at++;
}

static bool take(struct reader *r, char wanted)
{
	if (r->at == r->end || *r->at != wanted)
		return false;
	r->at++;
	return true;
}

static bool read_day(struct reader *r, int *ret)
{
	static const char names[] = "montuewedthufrisatsun";

	for (int d = 0; d < 7 && r->end - r->at >= 3; d++) {
		if (memcmp(r->at, names + 3 * d, 3) == 0) {
			r->at += 3;
			*ret = d;
			return true;
		}
	}
	return expect(r, "a day: mon, tue, wed, thu, fri, sat or sun");
}

/* "mon-fri,sun": the days become bits. */
static bool read_days(struct reader *r, unsigned *ret_days)
{
	*ret_days = 0;
	do {
		int first, last;
		skip_spaces(r);
		if (!read_day(r, &first))
			return false;
		last = first;
		if (take(r, '-') && !read_day(r, &last))
			return false;
		if (last < first)
			return expect(r, "the later day of the week after the dash");
		for (int d = first; d <= last; d++)
			*ret_days |= 1u << d;
	} while (take(r, ','));
	return true;
}

static bool is_digit_at(const struct reader *r, ptrdiff_t i)
{
	return r->end - r->at > i && r->at[i] >= '0' && r->at[i] <= '9';
}

/* "9:30" or "09:30"; "24:00" is the end of the day. */
static bool read_time(struct reader *r, uint16_t *ret_min)
{
	ptrdiff_t colon = is_digit_at(r, 1) ? 2 : 1;
	int hour, minute;

	if (!is_digit_at(r, 0) || r->end - r->at <= colon || r->at[colon] != ':' ||
	    !is_digit_at(r, colon + 1) || !is_digit_at(r, colon + 2) || is_digit_at(r, colon + 3))
		return expect(r, "a time such as 10:30");
	hour = colon == 2 ? (r->at[0] - '0') * 10 + (r->at[1] - '0') : r->at[0] - '0';
	minute = (r->at[colon + 1] - '0') * 10 + (r->at[colon + 2] - '0');
	if (minute > 59 || hour * 60 + minute > 24 * 60)
		return expect(r, "a time from 0:00 to 24:00");
	r->at += colon + 3;
	*ret_min = (uint16_t)(hour * 60 + minute);
	return true;
}

static bool add_range(struct reader *r, struct week *week, int day, struct minute_range range)
{
	size_t count = week->days[day].count;
	struct minute_range *ranges = week->days[day].ranges;

	if (count > 0 && ranges[count - 1].end_min > range.start_min)
		return expect(r, "ranges of a day in order, without overlap");
	if (count > 0 && ranges[count - 1].end_min == range.start_min) {
		ranges[count - 1].end_min = range.end_min; /* they touch: one range */
		return true;
	}
	if (count == DAY_RANGES_WRITTEN)
		return expect(r, "at most 4 ranges a day");
	ranges[count] = range;
	week->days[day].count++;
	return true;
}

static bool read_ranges(struct reader *r, struct week *week, unsigned days)
{
	do {
		struct minute_range range;
		skip_spaces(r);
		if (!read_time(r, &range.start_min))
			return false;
		if (!take(r, '-'))
			return expect(r, "a dash and the end of the range");
		if (!read_time(r, &range.end_min))
			return false;
		if (range.end_min <= range.start_min)
			return expect(r, "an end after its start");
		for (int d = 0; d < 7; d++) {
			if ((days & 1u << d) != 0 && !add_range(r, week, d, range))
				return false;
		}
		skip_spaces(r);
	} while (take(r, ','));
	return true;
}

static bool read_week(struct reader *r, struct week *week)
{
	unsigned seen = 0;

	do {
		unsigned days;
		if (!read_days(r, &days))
			return false;
		if ((days & seen) != 0)
			return expect(r, "each day once");
		seen |= days;
		if (r->at == r->end || (*r->at != ' ' && *r->at != '\t'))
			return expect(r, "a space and the hours");
		if (!read_ranges(r, week, days))
			return false;
		skip_spaces(r);
	} while (take(r, ';'));
	return r->at == r->end ? true : expect(r, "a comma, a semicolon or the end");
}

bool week_read(const char *text, size_t len, struct week *ret, struct week_fault *ret_fault)
{
	struct reader r = { .start = text, .at = text, .end = text + len };
	struct week week;

	memset(&week, 0, sizeof(week));
	if (!read_week(&r, &week)) {
		*ret_fault = (struct week_fault){ r.expected, (size_t)(r.at - r.start) + 1 };
		return false;
	}
	*ret = week;
	return true;
}

bool week_parse(const char *text, size_t len, struct week *ret, char *err, size_t err_size)
{
	struct week_fault wrong;

	if (week_read(text, len, ret, &wrong))
		return true;
	snprintf(err, err_size, "expected %s at character %zu of \"%.*s\"", wrong.expected, wrong.at,
	         (int)(len < 80 ? len : 80), text);
	return false;
}
