/* zone.c - local time of an instant from a TZif file; see zone.h. */
#include "core/time/zone.h"

#include "core/text/sha256.h"
#include "core/time/civil.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400
#define OFFSET_MAX_S (26 * 3600) /* RFC 8536: at most 25:59:59 */

/* One of the two changes of a year, as a POSIX TZ string says it. */
struct rule_change {
	enum { RULE_MONTH_WEEK, RULE_JULIAN, RULE_DAY_OF_YEAR } kind;
	int month, week, weekday; /* MONTH_WEEK: weekday 0 is Sunday, week 5 the last */
	int day;                  /* JULIAN 1..365 without 29 February, else 0..365 */
	int32_t second;           /* local, may be negative or beyond a day */
};

struct zone {
	char *name;
	char hash[SHA256_HEX_SIZE];
	size_t count;     /* of changes in the file; those that change nothing are left out */
	int64_t *at_s;    /* sorted */
	int32_t *after_s; /* the offset from at_s[i] on */
	int32_t before_s; /* the offset before the first */

	/* What holds from rule_from_s on: one offset, or two changes a year. */
	int64_t rule_from_s;
	bool has_dst;
	int32_t std_s, dst_s;
	struct rule_change to_dst, to_std;
};

/* --- the footer: "CET-1CEST,M3.5.0,M10.5.0/3" ------------------------------- */

struct cursor {
	const char *at, *end;
};

static bool take_char(struct cursor *c, char wanted)
{
	if (c->at == c->end || *c->at != wanted)
		return false;
	c->at++;
	return true;
}

static bool take_number(struct cursor *c, int max, int *ret)
{
	int value = 0;
	const char *start = c->at;

	while (c->at < c->end && *c->at >= '0' && *c->at <= '9' && c->at - start < 4)
		value = value * 10 + (*c->at++ - '0');
	if (c->at == start || value > max)
		return false;
	*ret = value;
	return true;
}

static bool take_abbreviation(struct cursor *c)
{
	const char *start = c->at;

	if (take_char(c, '<')) {
		while (c->at < c->end && *c->at != '>')
			c->at++;
		return take_char(c, '>');
	}
	while (c->at < c->end && ((*c->at >= 'A' && *c->at <= 'Z') || (*c->at >= 'a' && *c->at <= 'z')))
		c->at++;
	return c->at - start >= 3;
}

/* [+-]h[h[h]][:mm[:ss]] in seconds. */
static bool take_time(struct cursor *c, int max_hours, int32_t *ret)
{
	int sign = 1, hours, minutes = 0, seconds = 0;

	if (take_char(c, '-'))
		sign = -1;
	else
		take_char(c, '+');
	if (!take_number(c, max_hours, &hours))
		return false;
	if (take_char(c, ':')) {
		if (!take_number(c, 59, &minutes))
			return false;
		if (take_char(c, ':') && !take_number(c, 59, &seconds))
			return false;
	}
	*ret = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

static bool take_change(struct cursor *c, struct rule_change *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!take_char(c, ','))
		return false;
	if (take_char(c, 'M')) {
		ret->kind = RULE_MONTH_WEEK;
		if (!take_number(c, 12, &ret->month) || !take_char(c, '.') ||
		    !take_number(c, 5, &ret->week) || !take_char(c, '.') ||
		    !take_number(c, 6, &ret->weekday) || ret->month < 1 || ret->week < 1)
			return false;
	} else if (take_char(c, 'J')) {
		ret->kind = RULE_JULIAN;
		if (!take_number(c, 365, &ret->day) || ret->day < 1)
			return false;
	} else {
		ret->kind = RULE_DAY_OF_YEAR;
		if (!take_number(c, 365, &ret->day))
			return false;
	}
	ret->second = 2 * 3600;
	return take_char(c, '/') ? take_time(c, 167, &ret->second) : true;
}

static bool parse_footer(struct zone *zone, const char *text, size_t len)
{
	struct cursor c = { text, text + len };
	int32_t west_s;

	if (!take_abbreviation(&c) || !take_time(&c, 24, &west_s))
		return false;
	zone->std_s = -west_s; /* POSIX counts west of Greenwich */
	if (c.at == c.end)
		return true;
	zone->has_dst = true;
	zone->dst_s = zone->std_s + 3600;
	if (!take_abbreviation(&c))
		return false;
	if (c.at < c.end && *c.at != ',') {
		if (!take_time(&c, 24, &west_s))
			return false;
		zone->dst_s = -west_s;
	}
	return take_change(&c, &zone->to_dst) && take_change(&c, &zone->to_std) && c.at == c.end;
}

/* --- the file --------------------------------------------------------------- */

#define HEADER_SIZE 44

struct tzif_header {
	uint32_t isut, isstd, leap, time, type, chars;
};

static uint32_t read_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t read_i64(const uint8_t *p)
{
	return (int64_t)((uint64_t)read_u32(p) << 32 | read_u32(p + 4));
}

/* Returns what is wrong, or NULL. *ret_size is the size of the data block that
 * follows, with times of time_size bytes. */
static const char *read_header(const uint8_t *data, size_t len, size_t time_size, struct tzif_header *ret,
                               size_t *ret_size)
{
	if (len < HEADER_SIZE || memcmp(data, "TZif", 4) != 0)
		return "not a TZif file, or cut short";
	if (data[4] < '2')
		return "version 1 of TZif has no 64-bit data";
	*ret = (struct tzif_header){
		.isut = read_u32(data + 20),
		.isstd = read_u32(data + 24),
		.leap = read_u32(data + 28),
		.time = read_u32(data + 32),
		.type = read_u32(data + 36),
		.chars = read_u32(data + 40),
	};
	if (ret->time > 100000 || ret->type > 256 || ret->chars > 10000 || ret->leap > 1000 ||
	    ret->isut > 256 || ret->isstd > 256)
		return "a count is out of range";
	*ret_size = ret->time * (time_size + 1) + ret->type * 6 + ret->chars + ret->leap * (time_size + 4) +
	            ret->isstd + ret->isut;
	if (len - HEADER_SIZE < *ret_size)
		return "cut short";
	return NULL;
}

static const char *check_types(const uint8_t *types, const struct tzif_header *h)
{
	for (uint32_t i = 0; i < h->type; i++) {
		int32_t offset_s = (int32_t)read_u32(types + 6 * i);
		if (offset_s <= -OFFSET_MAX_S || offset_s >= OFFSET_MAX_S)
			return "an offset is out of range";
		if (types[6 * i + 4] > 1 || types[6 * i + 5] >= h->chars)
			return "a local time type is not sound";
	}
	return NULL;
}

static int32_t last_offset(const struct zone *zone)
{
	return zone->count > 0 ? zone->after_s[zone->count - 1] : zone->before_s;
}

/* Take the changes over, leaving out those that keep the offset. */
static const char *read_changes(struct zone *zone, const uint8_t *block, const struct tzif_header *h)
{
	const uint8_t *index = block + h->time * 8, *types = index + h->time;
	int64_t last_s = INT64_MIN;

	zone->at_s = malloc((h->time + 1) * sizeof(*zone->at_s));
	zone->after_s = malloc((h->time + 1) * sizeof(*zone->after_s));
	if (zone->at_s == NULL || zone->after_s == NULL)
		return "out of memory";
	zone->before_s = (int32_t)read_u32(types); /* RFC 8536: type 0 comes before all */
	for (uint32_t i = 0; i < h->time; i++) {
		int64_t at_s = read_i64(block + 8 * i);
		if (index[i] >= h->type)
			return "a change to a type that is not there";
		if (i > 0 && at_s <= last_s)
			return "changes are not in order";
		last_s = at_s;
		int32_t offset_s = (int32_t)read_u32(types + 6 * index[i]);
		if (offset_s == last_offset(zone))
			continue;
		zone->at_s[zone->count] = at_s;
		zone->after_s[zone->count++] = offset_s;
	}
	zone->rule_from_s = last_s;
	return NULL;
}

static const char *read_footer(struct zone *zone, const uint8_t *data, size_t len)
{
	const uint8_t *end;

	if (len < 2 || data[0] != '\n' || (end = memchr(data + 1, '\n', len - 1)) == NULL)
		return "the footer is missing";
	if (end == data + 1) { /* empty: the last offset goes on */
		zone->std_s = last_offset(zone);
		return NULL;
	}
	if (!parse_footer(zone, (const char *)data + 1, (size_t)(end - data) - 1))
		return "the rule in the footer is not sound";
	return NULL;
}

static const char *read_file(struct zone *zone, const uint8_t *data, size_t len)
{
	struct tzif_header h;
	size_t size;
	const char *wrong = read_header(data, len, 4, &h, &size); /* the 32-bit half is skipped */

	if (wrong != NULL)
		return wrong;
	data += HEADER_SIZE + size;
	len -= HEADER_SIZE + size;
	wrong = read_header(data, len, 8, &h, &size);
	if (wrong != NULL)
		return wrong;
	if (h.leap != 0)
		return "leap seconds are not supported; use the zones without \"right/\"";
	if (h.type == 0 || h.chars == 0 || (h.isut != 0 && h.isut != h.type) ||
	    (h.isstd != 0 && h.isstd != h.type))
		return "counts do not agree";
	wrong = check_types(data + HEADER_SIZE + h.time * 9, &h);
	if (wrong == NULL)
		wrong = read_changes(zone, data + HEADER_SIZE, &h);
	if (wrong == NULL)
		wrong = read_footer(zone, data + HEADER_SIZE + size, len - HEADER_SIZE - size);
	return wrong;
}

struct zone *zone_new(const char *name, const void *data, size_t len, char *err, size_t err_size)
{
	struct zone *zone = calloc(1, sizeof(*zone));
	const char *wrong = "out of memory";

	if (zone != NULL && (zone->name = strdup(name)) != NULL)
		wrong = read_file(zone, data, len);
	if (wrong == NULL) {
		sha256_hex(data, len, zone->hash);
		return zone;
	}
	snprintf(err, err_size, "%s", wrong);
	zone_free(zone);
	return NULL;
}

void zone_free(struct zone *zone)
{
	if (zone == NULL)
		return;
	free(zone->name);
	free(zone->at_s);
	free(zone->after_s);
	free(zone);
}

const char *zone_hash(const struct zone *zone)
{
	return zone->hash;
}

const char *zone_name(const struct zone *zone)
{
	return zone->name;
}

/* --- pieces ------------------------------------------------------------------- */

/* UTC second of a change in a year, with the offset that held before it. */
static int64_t change_at(const struct rule_change *change, int year, int32_t before_s)
{
	int32_t day = civil_to_days((struct civil){ .year = year, .month = 1, .day = 1 });

	if (change->kind == RULE_DAY_OF_YEAR) {
		day += change->day;
	} else if (change->kind == RULE_JULIAN) {
		day += change->day - 1 + (civil_is_leap(year) && change->day >= 60 ? 1 : 0);
	} else {
		int32_t first =
		    civil_to_days((struct civil){ .year = year, .month = change->month, .day = 1 });
		int of_first = (civil_weekday(first) + 1) % 7; /* Sunday 0, as POSIX counts */
		int skip = (change->weekday - of_first + 7) % 7 + 7 * (change->week - 1);
		while (skip >= civil_month_days(year, change->month))
			skip -= 7;
		day = first + skip;
	}
	return (int64_t)day * DAY_S + change->second - before_s;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

static struct zone_piece piece_by_rule(const struct zone *zone, int64_t utc_s)
{
	struct zone_piece piece = { zone->rule_from_s, INT64_MAX, zone->std_s };
	int64_t at_s[6];
	int32_t after_s[6];
	int64_t days = floor_div(utc_s, DAY_S);
	size_t count = 0;

	/* Beyond a few million years nobody calls; the arithmetic must still be sound. */
	if (!zone->has_dst || days < -INT32_MAX / 2 || days > INT32_MAX / 2)
		return piece;
	int year = civil_from_days((int32_t)days).year;
	for (int y = year - 1; y <= year + 1; y++) {
		int64_t dst = change_at(&zone->to_dst, y, zone->std_s);
		int64_t std = change_at(&zone->to_std, y, zone->dst_s);
		bool dst_first = dst < std;
		at_s[count] = dst_first ? dst : std;
		after_s[count++] = dst_first ? zone->dst_s : zone->std_s;
		at_s[count] = dst_first ? std : dst;
		after_s[count++] = dst_first ? zone->std_s : zone->dst_s;
	}
	/* Changes of neighbouring years may meet, where summer time lasts all year. */
	for (size_t i = 0; i < count && at_s[i] <= utc_s; i++) {
		piece.offset_s = after_s[i];
		if (at_s[i] > piece.start_s)
			piece.start_s = at_s[i];
	}
	for (size_t i = count; i-- > 0 && at_s[i] > utc_s;)
		piece.end_s = at_s[i];
	return piece;
}

struct zone_piece zone_piece_at(const struct zone *zone, int64_t utc_s)
{
	size_t low = 0, high = zone->count; /* find the first change after utc_s */

	if (utc_s >= zone->rule_from_s)
		return piece_by_rule(zone, utc_s);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (zone->at_s[middle] <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	return (struct zone_piece){
		.start_s = low == 0 ? INT64_MIN : zone->at_s[low - 1],
		.end_s = low < zone->count ? zone->at_s[low] : zone->rule_from_s,
		.offset_s = low == 0 ? zone->before_s : zone->after_s[low - 1],
	};
}

int32_t zone_local_date(const struct zone *zone, int64_t utc_ms, int32_t *ret_second)
{
	int64_t utc_s = floor_div(utc_ms, 1000);
	int64_t local_s = utc_s + zone_piece_at(zone, utc_s).offset_s;
	int64_t date = floor_div(local_s, DAY_S);

	*ret_second = (int32_t)(local_s - date * DAY_S);
	return (int32_t)date;
}

/* The first instant whose local time is at or after a wanted one. */
static int64_t first_at(const struct zone *zone, int64_t wanted_s)
{
	int64_t from_s = wanted_s - OFFSET_MAX_S;

	for (;;) {
		struct zone_piece piece = zone_piece_at(zone, from_s);
		int64_t at_s = wanted_s - piece.offset_s;
		if (at_s < from_s)
			at_s = from_s;
		if (at_s < piece.end_s)
			return at_s;
		from_s = piece.end_s;
	}
}

int64_t zone_date_start_ms(const struct zone *zone, int32_t date)
{
	return first_at(zone, (int64_t)date * DAY_S) * 1000;
}

int64_t zone_days_later_ms(const struct zone *zone, int64_t utc_ms, int days)
{
	int64_t utc_s = floor_div(utc_ms, 1000);
	int64_t wanted_s = utc_s + zone_piece_at(zone, utc_s).offset_s + (int64_t)days * DAY_S;
	int64_t at_s = first_at(zone, wanted_s);

	/* Within a gap there are no milliseconds to keep. */
	bool skipped = at_s + zone_piece_at(zone, at_s).offset_s != wanted_s;
	return at_s * 1000 + (skipped ? 0 : utc_ms - utc_s * 1000);
}
