/* calendar_ics.c - see calendar_ics.h. */
#include "ctl/law/calendar_ics.h"

#include "core/law/rulebook.h"
#include "core/number/place.h"
#include "core/text/sha256.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/law/year_view.h"
#include "io/host/mem.h"
#include "io/host/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS 75 /* of RFC 5545, 3.1 */

char *calendar_rule(const struct holiday *h)
{
	const char *between = h->article[0] != '\0' ? "; " : "";

	switch (h->kind) {
	case HOLIDAY_FIXED:
		return mem_format("%d %s%s%s", h->day, month_names[h->month - 1], between, h->article);
	case HOLIDAY_EASTER:
		if (h->easter_days == 0)
			return mem_format("Easter Sunday%s%s", between, h->article);
		return mem_format("Easter Sunday %c %d day%s%s%s", h->easter_days < 0 ? '-' : '+',
		                  abs(h->easter_days), abs(h->easter_days) == 1 ? "" : "s", between,
		                  h->article);
	case HOLIDAY_LISTED:
		break;
	}
	return mem_format("listed date%s%s", between, h->article);
}

/* A content line: folded where it is long, never within a character. */
static void put_line(const char *text)
{
	size_t column = 0;

	for (; *text != '\0'; text++) {
		bool begins = ((unsigned char)*text & 0xc0) != 0x80;
		size_t len = 1;

		while (begins && ((unsigned char)text[len] & 0xc0) == 0x80)
			len++;
		if (begins && column + len > LINE_MAX_OCTETS) {
			fputs("\r\n ", stdout);
			column = 1;
		}
		putchar(*text);
		column++;
	}
	fputs("\r\n", stdout);
}

/* A property whose value is text: what has a meaning there is escaped. */
static void put_text(const char *name, const char *value)
{
	char *line = NULL;
	size_t len;
	FILE *stream = mem_stream(&line, &len);

	fputs(name, stream);
	fputc(':', stream);
	for (; *value != '\0'; value++) {
		if (strchr("\\;,", *value) != NULL)
			fputc('\\', stream);
		fputc(*value, stream);
	}
	mem_stream_end(stream);
	put_line(line);
	free(line);
}

static void put_date(const char *name, int32_t date)
{
	struct civil c = civil_from_days(date);
	char *line = mem_format("%s;VALUE=DATE:%04d%02d%02d", name, c.year, c.month, c.day);

	put_line(line);
	free(line);
}

static void put_day(const struct rulebook *rb, const struct closed_day *d, uint32_t place, const char *stamp)
{
	char where[PLACE_NAME_SIZE], date[CIVIL_DATE_SIZE], hex[SHA256_HEX_SIZE];
	char *rule = calendar_rule(d->holiday);
	char *name = d->territories == place
	                 ? mem_copy(d->holiday->name)
	                 : mem_format("%s (%s)", d->holiday->name, place_name(rb, d->territories, where));
	char *what = mem_format("%s %s %s", civil_format_date(d->date, date), d->holiday->name,
	                        place_name(rb, d->territories, where));
	char *uid = mem_format("UID:%.24s@licet", sha256_hex(what, strlen(what), hex));

	put_line("BEGIN:VEVENT");
	put_line(uid);
	put_line(stamp);
	put_date("DTSTART", d->date);
	put_date("DTEND", d->date + 1);
	put_text("SUMMARY", name);
	put_text("DESCRIPTION", rule);
	put_line("TRANSP:TRANSPARENT");
	put_line("END:VEVENT");
	free(uid);
	free(what);
	free(name);
	free(rule);
}

void calendar_ics(struct ctl *ctl, const struct rulebook *rb, const struct year *years, size_t count,
                  uint32_t place)
{
	char where[PLACE_NAME_SIZE];
	int64_t now_ms = ctl_now_ms(ctl);
	struct civil c = civil_from_days((int32_t)(now_ms / DAY_MS));
	int second = (int)(now_ms / 1000 % 86400);
	char *stamp = mem_format("DTSTAMP:%04d%02d%02dT%02d%02d%02dZ", c.year, c.month, c.day, second / 3600,
	                         second / 60 % 60, second % 60),
	     *title = mem_format("Licet: %s", place_name(rb, place, where));

	put_line("BEGIN:VCALENDAR");
	put_line("VERSION:2.0");
	put_line("PRODID:-//Licet//licetctl " LICET_VERSION "//EN");
	put_line("CALSCALE:GREGORIAN");
	put_text("X-WR-CALNAME", title);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < years[i].count; k++)
			put_day(rb, &years[i].days[k], place, stamp);
	put_line("END:VCALENDAR");
	free(title);
	free(stamp);
}
