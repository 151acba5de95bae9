/* spelled.c - see spelled.h. The text is made plain first (small letters without accents, one kind of
 * blank), then read from left to right: a date, perhaps a time of day, perhaps an offset. */
#include "core/time/spelled.h"

#include "core/text/plain.h"
#include "core/time/civil.h"

#include <stdio.h>
#include <string.h>

#define YEAR_MIN 1900
#define YEAR_MAX 2199
#define SERIAL_DAY_0 (-25569) /* 1899-12-30: from March 1900 on, Excel's day 60 being no day at all */
#define SERIAL_DIGITS 5       /* 1927 to 2173: shorter ones are years or counts, longer ones no dates */
#define DAY_S 86400

/* --- a plain text ------------------------------------------------------------------------- */

/* Returns false for what no date has. Blanks in a row become one; none stands at the ends. */
static bool make_plain(const char *text, char ret[SPELLED_SIZE])
{
	size_t used = 0, len;

	for (; *text != '\0'; text += len) {
		char c = plain_letter(text, &len);

		if (used + 1 == SPELLED_SIZE)
			return false;
		if (c == '\0' && plain_blank(text) > 0) {
			len = plain_blank(text);
			if (used == 0 || ret[used - 1] == ' ')
				continue;
			c = ' ';
		} else if (c == '\0') {
			if ((*text & 0x80) != 0)
				return false;
			c = *text;
		}
		ret[used++] = c;
	}
	if (used > 0 && ret[used - 1] == ' ')
		used--;
	ret[used] = '\0';
	return used > 0;
}

/* --- parts --------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A number at *p of min to max digits. Moves *p behind it. */
static bool take_number(const char **p, size_t min, size_t max, int *ret, size_t *ret_digits)
{
	size_t n = 0;
	int value = 0;

	while (is_digit((*p)[n]) && n <= max)
		value = n < 9 ? value * 10 + ((*p)[n] - '0') : value, n++;
	if (n < min || n > max)
		return false;
	*p += n;
	*ret = value;
	if (ret_digits != NULL)
		*ret_digits = n;
	return true;
}

static void skip_blank(const char **p)
{
	*p += **p == ' ';
}

/* A word at *p; moves behind it and its full stop. Returns its length, 0: there is none. */
static size_t take_word(const char **p, const char **ret_word)
{
	size_t n = strspn(*p, "abcdefghijklmnopqrstuvwxyz");

	*ret_word = *p;
	*p += n;
	if (n > 0 && **p == '.')
		(*p)++;
	return n;
}

/* The month of a word: a whole name, or its beginning of three letters or more that no other month has. */
static int month_of(const char *word, size_t len)
{
	static const char *const names[][2] = {
		{ "janvier", "january" }, { "fevrier", "february" },  { "mars", "march" },
		{ "avril", "april" },     { "mai", "may" },           { "juin", "june" },
		{ "juillet", "july" },    { "aout", "august" },       { "septembre", "september" },
		{ "octobre", "october" }, { "novembre", "november" }, { "decembre", "december" },
	};
	int found = 0;

	if (len < 3)
		return 0;
	for (int m = 0; m < 12; m++)
		for (int lang = 0; lang < 2; lang++)
			if (strlen(names[m][lang]) >= len && strncmp(names[m][lang], word, len) == 0) {
				if (found != 0 && found != m + 1)
					return 0; /* "jui" */
				found = m + 1;
			}
	return found;
}

static bool is_weekday(const char *word, size_t len)
{
	static const char *const names[] = { "lundi",    "mardi",    "mercredi", "jeudi",   "vendredi",
		                             "samedi",   "dimanche", "monday",   "tuesday", "wednesday",
		                             "thursday", "friday",   "saturday", "sunday" };

	for (size_t i = 0; len >= 3 && i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) >= len && strncmp(names[i], word, len) == 0)
			return true;
	return false;
}

static bool set_date(int year, size_t year_digits, int month, int day, struct spelled *s)
{
	if (year_digits == 2)
		year += year < 70 ? 2000 : 1900;
	else if (year_digits != 4)
		return false;
	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || day < 1 ||
	    day > civil_month_days(year, month))
		return false;
	s->date = civil_to_days((struct civil){ year, month, day });
	return true;
}

/* --- dates ---------------------------------------------------------------------------------- */

/* What stands between the parts of a date; 0: nothing. A blank beside another sign counts for nothing. */
static char take_separator(const char **p)
{
	skip_blank(p);
	char c = **p;

	if (c != '/' && c != '-' && c != '.')
		return (*p)[-1] == ' ' ? ' ' : '\0';
	(*p)++;
	skip_blank(p);
	return c;
}

/* "18 avril 2026", "18-avr.-26", "1er mai 2026": behind the day. */
static bool named_behind_day(const char **p, int day, struct spelled *s)
{
	const char *word;
	size_t len, digits;
	int month, year;

	if (strncmp(*p, "er", 2) == 0 || strncmp(*p, "st", 2) == 0 || strncmp(*p, "nd", 2) == 0 ||
	    strncmp(*p, "rd", 2) == 0 || strncmp(*p, "th", 2) == 0)
		*p += 2;
	skip_blank(p);
	*p += **p == '-' || **p == '/' || **p == '.';
	skip_blank(p);
	len = take_word(p, &word);
	month = month_of(word, len);
	skip_blank(p);
	*p += **p == '-' || **p == '/' || **p == ',';
	skip_blank(p);
	return month != 0 && take_number(p, 2, 4, &year, &digits) && set_date(year, digits, month, day, s);
}

/* "april 18, 2026": from the month on. */
static bool named_first(const char **p, int month, struct spelled *s)
{
	int day, year;
	size_t digits;

	skip_blank(p);
	*p += **p == '-';
	if (!take_number(p, 1, 2, &day, NULL))
		return false;
	if (strncmp(*p, "st", 2) == 0 || strncmp(*p, "nd", 2) == 0 || strncmp(*p, "rd", 2) == 0 ||
	    strncmp(*p, "th", 2) == 0)
		*p += 2;
	*p += **p == ',' || **p == '-';
	skip_blank(p);
	return take_number(p, 4, 4, &year, &digits) && set_date(year, digits, month, day, s);
}

/* Numbers alone: the year first if it has four digits, else the order says. */
static bool numeric(const char **p, enum spelled_order order, int first, size_t first_digits,
                    struct spelled *s)
{
	int second, third;
	size_t second_digits, third_digits;
	char sep = take_separator(p), again;

	if (sep == '\0' || !take_number(p, 1, 2, &second, &second_digits))
		return false;
	again = take_separator(p);
	if (again != sep || !take_number(p, 1, 4, &third, &third_digits))
		return false;
	if (first_digits == 4)
		return third_digits <= 2 && set_date(first, 4, second, third, s);
	if (first_digits > 2)
		return false;
	return order == SPELLED_DAY_FIRST ? set_date(third, third_digits, second, first, s)
	                                  : set_date(third, third_digits, first, second, s);
}

static bool take_date(const char **p, enum spelled_order order, struct spelled *s)
{
	const char *word;
	size_t len = take_word(p, &word), digits;
	int month, first;

	if (len == 2 && strncmp(word, "le", 2) == 0) {
		skip_blank(p);
		len = take_word(p, &word);
	}
	if (len > 0 && is_weekday(word, len)) {
		*p += **p == ',';
		skip_blank(p);
		len = take_word(p, &word);
	}
	if (len > 0) {
		month = month_of(word, len);
		return month != 0 && named_first(p, month, s);
	}
	if (!take_number(p, 1, 8, &first, &digits))
		return false;
	if (digits == 8)
		return set_date(first / 10000, 4, first / 100 % 100, first % 100, s);
	const char *behind = *p;

	if (digits <= 2 && named_behind_day(p, first, s))
		return true;
	*p = behind;
	return numeric(p, order, first, digits, s);
}

/* --- times ---------------------------------------------------------------------------------- */

/* Is the letter there, as a word of its own or before a digit? Moves behind it and the blanks around it. */
static bool take_sign(const char **p, const char *sign)
{
	const char *at = *p + (**p == ' ');
	size_t len = strlen(sign);

	if (strncmp(at, sign, len) != 0 || (at[len] >= 'a' && at[len] <= 'z'))
		return false;
	*p = at + len;
	skip_blank(p);
	return true;
}

/* ":05", ",250", "m05s" behind the minutes: seconds, and a part of one that is dropped. */
static bool take_seconds(const char **p, int *ret)
{
	if (**p == ':' && is_digit((*p)[1])) {
		(*p)++;
		if (!take_number(p, 2, 2, ret, NULL) || *ret > 59)
			return false;
	} else if (take_sign(p, "m") || take_sign(p, "min") || take_sign(p, "mn")) {
		if (is_digit(**p) && (!take_number(p, 1, 2, ret, NULL) || *ret > 59))
			return false;
		take_sign(p, "s");
		return true;
	}
	if ((**p == '.' || **p == ',') && is_digit((*p)[1])) {
		/* What a spreadsheet's rounding leaves short of a second by less than a thousandth is one. */
		*ret += strncmp(*p + 1, "999", 3) == 0;
		*p += 1 + strspn(*p + 1, "0123456789");
	}
	return true;
}

/* Of the twelve hours of a clock: *ret_said tells whether one of them was said. */
static bool take_half(const char **p, int *hour, bool *ret_said)
{
	bool am = take_sign(p, "am") || take_sign(p, "a.m."),
	     pm = !am && (take_sign(p, "pm") || take_sign(p, "p.m."));

	*ret_said = am || pm;
	if (!*ret_said)
		return true;
	if (*hour < 1 || *hour > 12)
		return false;
	*hour = *hour % 12 + (pm ? 12 : 0);
	return true;
}

static bool take_time(const char **p, struct spelled *s)
{
	int hour, minute = 0, second = 0;
	bool half;

	if (!take_number(p, 1, 2, &hour, NULL))
		return false;
	if (**p == ':' && is_digit((*p)[1])) {
		(*p)++;
		if (!take_number(p, 2, 2, &minute, NULL))
			return false;
	} else if (take_sign(p, "h") || take_sign(p, "heures") || take_sign(p, "heure")) {
		if (is_digit(**p) && !take_number(p, 2, 2, &minute, NULL))
			return false;
	} else {
		if (!take_half(p, &hour, &half) || !half)
			return false; /* a number alone is no time */
		s->second = hour * 3600;
		return true;
	}
	if (!take_seconds(p, &second) || !take_half(p, &hour, &half) || hour > 23 || minute > 59)
		return false;
	s->second = hour * 3600 + minute * 60 + second;
	if (s->second == DAY_S) {
		s->second = 0;
		s->date++;
	}
	return true;
}

/* "Z", "UTC", "+02:00", "+0200". */
static bool take_offset(const char **p, struct spelled *s)
{
	const char *at = *p + (**p == ' ');
	int hours, minutes = 0, sign = *at == '-' ? -1 : 1;
	size_t digits;

	s->has_offset = true;
	if (take_sign(p, "z") || take_sign(p, "utc") || take_sign(p, "gmt"))
		return true;
	if (*at != '+' && *at != '-') {
		s->has_offset = false;
		return true;
	}
	at++;
	if (!take_number(&at, 2, 4, &hours, &digits) || digits == 3)
		return false;
	if (digits == 4) {
		minutes = hours % 100;
		hours /= 100;
	} else if (*at == ':' && (at++, !take_number(&at, 2, 2, &minutes, NULL))) {
		return false;
	}
	if (hours > 14 || minutes > 59)
		return false;
	s->offset_s = sign * (hours * 3600 + minutes * 60);
	*p = at;
	return true;
}

/* Behind the date: nothing, or a time of day. */
static bool take_rest(const char *p, struct spelled *s)
{
	s->second = -1;
	if (*p == ',')
		p++;
	if (*p == '\0')
		return true;
	if (*p == 't' && is_digit(p[1]))
		p++;
	else if (!take_sign(&p, "a") && !take_sign(&p, "at") && !take_sign(&p, "@") && *p == ' ')
		p += 1 + (p[1] == '-' && p[2] == ' ' ? 2 : 0);
	return take_time(&p, s) && take_offset(&p, s) && *p == '\0';
}

/* --- serial numbers ------------------------------------------------------------------------ */

/* 46130, 46130,5674: whole seconds; what a spreadsheet's rounding leaves short of one by a twentieth is it. */
static bool serial(const char *p, struct spelled *s)
{
	int days;
	int64_t part = 0, unit = 1;

	if (!take_number(&p, SERIAL_DIGITS, SERIAL_DIGITS, &days, NULL))
		return false;
	if (*p == '.' || *p == ',') {
		for (p++; is_digit(*p); p++)
			if (unit < INT64_C(1000000000000)) {
				part = part * 10 + (*p - '0');
				unit *= 10;
			}
		if (unit == 1)
			return false;
	}
	if (*p != '\0')
		return false;
	int64_t second = (part * DAY_S + unit / 20) / unit;

	s->date = SERIAL_DAY_0 + days + (int32_t)(second / DAY_S);
	/* A date alone is a whole number, in however many places it was written. */
	s->second = part == 0 ? -1 : (int32_t)(second % DAY_S);
	s->is_serial = true;
	return true;
}

/* --- all of it ------------------------------------------------------------------------------- */

static bool parse_in_order(const char *text, enum spelled_order order, struct spelled *ret)
{
	char plain[SPELLED_SIZE];
	struct spelled s = { 0 };
	const char *p = plain;

	if (!make_plain(text, plain))
		return false;
	if (!serial(plain, &s)) {
		s = (struct spelled){ 0 };
		if (!take_date(&p, order, &s) || !take_rest(p, &s))
			return false;
	}
	*ret = s;
	return true;
}

enum spelled_fit spelled_fit(const char *text)
{
	struct spelled day, month;
	bool is_day = parse_in_order(text, SPELLED_DAY_FIRST, &day);
	bool is_month = parse_in_order(text, SPELLED_MONTH_FIRST, &month);

	if (!is_day && !is_month)
		return SPELLED_NO_DATE;
	if (!is_month)
		return SPELLED_ONLY_DAY_FIRST;
	if (!is_day)
		return SPELLED_ONLY_MONTH_FIRST;
	return day.date == month.date ? SPELLED_PLAIN : SPELLED_TWO_DATES;
}

bool spelled_parse(const char *text, enum spelled_order order, struct spelled *ret)
{
	if (order == SPELLED_EITHER) {
		enum spelled_fit fit = spelled_fit(text);

		if (fit == SPELLED_TWO_DATES)
			return false;
		order = fit == SPELLED_ONLY_MONTH_FIRST ? SPELLED_MONTH_FIRST : SPELLED_DAY_FIRST;
	}
	return parse_in_order(text, order, ret);
}

bool spelled_instant(const struct spelled *s, const struct zone *zone, enum spelled_twice which,
                     int64_t *ret_ms)
{
	int64_t local_s = (int64_t)s->date * DAY_S + s->second;

	if (s->has_offset) {
		*ret_ms = (local_s - s->offset_s) * 1000;
		return true;
	}
	/* No zone changes twice within two days. */
	int32_t before = zone_piece_at(zone, local_s - DAY_S).offset_s;
	int32_t after = zone_piece_at(zone, local_s + DAY_S).offset_s;
	bool is_before = zone_piece_at(zone, local_s - before).offset_s == before;
	bool is_after = zone_piece_at(zone, local_s - after).offset_s == after;

	if (!is_before && !is_after)
		return false;
	bool earlier = is_before && (!is_after || which == SPELLED_FIRST);

	*ret_ms = (local_s - (earlier ? before : after)) * 1000;
	return true;
}

char *spelled_format(int64_t ms, const struct zone *zone, char buf[SPELLED_INSTANT_SIZE])
{
	int64_t utc_s = ms / 1000 - (ms % 1000 < 0);
	int32_t offset = zone_piece_at(zone, utc_s).offset_s, size = offset < 0 ? -offset : offset;
	char local[CIVIL_INSTANT_SIZE];

	civil_format_instant((utc_s + offset) * 1000, local);
	snprintf(buf, SPELLED_INSTANT_SIZE, "%.19s%c%02d:%02d", local, offset < 0 ? '-' : '+',
	         (int)(size / 3600 % 100), (int)(size / 60 % 60));
	return buf;
}
