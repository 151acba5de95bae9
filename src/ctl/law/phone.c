/* phone and windows: what a number is, and when it may be called. */
#include "ctl/law/phone.h"

#include "core/law/window.h"
#include "core/number/phone.h"
#include "core/number/place.h"
#include "core/text/nearest.h"
#include "core/time/civil.h"
#include "ctl/base/session.h"
#include "ctl/base/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOWS_DAYS 7
#define WINDOWS_DAYS_MAX 3660

/* --- a number ---------------------------------------------------------------- */

json_t *ctl_json_territories(const struct rulebook *rb, uint32_t place)
{
	json_t *names = json_array();

	for (size_t i = 0; i < rb->territory_count; i++)
		if ((place & TERRITORY_BIT(i)) != 0)
			json_array_append_new(names, json_string(rb->territories[i].name));
	return names;
}

size_t ctl_place_zones(const struct rulebook *rb, uint32_t place, const struct zone **zones, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < rb->territory_count; i++) {
		const struct territory *t = &rb->territories[i];

		for (size_t z = 0; (place & TERRITORY_BIT(i)) != 0 && z < t->zone_count; z++) {
			size_t known = 0;

			while (known < count && strcmp(zone_name(zones[known]), zone_name(t->zones[z])) != 0)
				known++;
			if (known == count && count < max)
				zones[count++] = t->zones[z];
		}
	}
	return count;
}

json_t *ctl_json_zones(const struct rulebook *rb, uint32_t place)
{
	const struct zone *zones[64] = { NULL };
	size_t count = ctl_place_zones(rb, place, zones, 64);
	json_t *names = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(names, json_string(zone_name(zones[i])));
	return names;
}

static json_t *json_of_phone(const struct rulebook *rb, const struct phone *phone, enum reason reason,
                             const char *hint)
{
	char name[PLACE_NAME_SIZE];
	bool has_form = phone->e164[0] != '\0';
	/* A short number has a class, and no form. */
	bool has_class = has_form || reason == REASON_NUMBER_CLASS;
	json_t *object = json_object();

	json_object_set_new(object, "e164", has_form ? json_string(phone->e164) : json_null());
	json_object_set_new(object, "place", json_string(place_name(rb, phone->territories, name)));
	json_object_set_new(object, "territories", ctl_json_territories(rb, phone->territories));
	json_object_set_new(object, "zones", ctl_json_zones(rb, phone->territories));
	json_object_set_new(object, "class",
	                    has_class ? json_string(number_class_name(phone->cls)) : json_null());
	if (reason != REASON_ALLOWED) {
		json_object_set_new(object, "verdict", json_string(verdict_name(reason_verdict(reason))));
		json_object_set_new(object, "reason", json_string(reason_name(reason)));
		json_object_set_new(object, "text", json_string(reason_text(reason)));
		json_object_set_new(object, "hint", json_string(hint != NULL ? hint : ""));
	}
	return object;
}

static void print_phone(const struct rulebook *rb, const struct phone *phone, enum reason reason,
                        const char *hint)
{
	const struct zone *zones[64] = { NULL };
	size_t zone_count = ctl_place_zones(rb, phone->territories, zones, 64);
	char name[PLACE_NAME_SIZE];
	struct columns table;

	columns_init(&table, "|");
	if (phone->e164[0] != '\0') {
		columns_add(&table, "number");
		columns_add(&table, phone->e164);
	}
	if (phone->e164[0] != '\0' || reason == REASON_NUMBER_CLASS) {
		columns_add(&table, "class");
		columns_add(&table, number_class_name(phone->cls));
	}
	if (phone->territories != 0) {
		columns_add(&table, "place");
		columns_add(&table, place_name(rb, phone->territories, name));
	}
	for (size_t i = 0; i < zone_count; i++) {
		columns_add(&table, i == 0 ? "zone" : "");
		columns_add(&table, zone_name(zones[i]));
	}
	columns_add(&table, verdict_name(reason_verdict(reason)));
	columns_addf(&table, "%s: %s", reason_name(reason), reason_text(reason));
	if (reason != REASON_ALLOWED && hint != NULL && *hint != '\0') {
		columns_add(&table, "hint");
		columns_add(&table, hint);
	}
	columns_print(&table, false);
}

static enum reason read_phone(struct ctl *ctl, const char *text, struct phone *ret, const char **ret_hint)
{
	*ret = (struct phone){ 0 };
	*ret_hint = NULL;
	return phone_parse(ctl_rulebook(ctl), text, strlen(text), ret, ret_hint);
}

static void show_phone(struct ctl *ctl, const struct phone *phone, enum reason reason, const char *hint)
{
	if (ctl->json)
		ctl_print_json(json_of_phone(ctl_rulebook(ctl), phone, reason, hint));
	else
		print_phone(ctl_rulebook(ctl), phone, reason, hint);
}

/* "licetctl phone 06 12 34 56 78" without quotes is one number. */
static char *join_words(int count, char **words, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < count && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i > 0 ? " " : "", words[i]);
	return buf;
}

static int run_phone(struct ctl *ctl, int argc, char **argv)
{
	int count = ctl_words(ctl, argc, argv, NULL, 1, 32);
	struct phone phone;
	char text[256];
	const char *hint;
	enum reason reason = read_phone(ctl, join_words(count, argv + 1, text, sizeof(text)), &phone, &hint);

	show_phone(ctl, &phone, reason, hint);
	return reason == REASON_ALLOWED ? 0 : 1;
}

/* --- a place ------------------------------------------------------------------- */

void ctl_unknown_place(struct ctl *ctl, const char *text)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const char *names[TERRITORY_MAX];

	for (size_t i = 0; i < rb->territory_count; i++)
		names[i] = rb->territories[i].name;
	const char *near = nearest_name(text, strlen(text), names, rb->territory_count);

	if (near != NULL)
		ctl_misuse(ctl, "%s is no place, did you mean %s?", text, near);
	ctl_misuse(ctl, "%s is no place (licetctl vocabulary lists the territories)", text);
}

bool ctl_read_place(struct ctl *ctl, const char *text, uint32_t *ret_place)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	struct phone phone;
	const char *hint;

	if (place_parse(rb, text, strlen(text), ret_place)) {
		if (!place_is_covered(rb, *ret_place)) {
			phone = (struct phone){ .territories = *ret_place };
			show_phone(ctl, &phone, REASON_NUMBER_NOT_COVERED, "nobody wrote rules for it");
			return false;
		}
		return true;
	}
	/* A number has a digit, the name of a place has none. */
	if (*text != '\0' && strpbrk(text, "0123456789") == NULL)
		ctl_unknown_place(ctl, text);
	enum reason reason = read_phone(ctl, text, &phone, &hint);

	if (reason == REASON_ALLOWED)
		*ret_place = phone.territories;
	else
		show_phone(ctl, &phone, reason, hint);
	return reason == REASON_ALLOWED;
}

/* --- windows ---------------------------------------------------------------------- */

struct interval {
	int64_t open_ms, close_ms;
};

/* The next legal interval in [from, end), clipped to it. */
static bool next_interval(const struct rulebook *rb, uint32_t place, int64_t from_ms, int64_t end_ms,
                          struct interval *ret)
{
	int64_t days = (end_ms - from_ms) / DAY_MS + 1;

	if (days > WINDOW_HORIZON_DAYS)
		days = WINDOW_HORIZON_DAYS;
	if (from_ms >= end_ms || !window_next_open(rb, place, NULL, from_ms, (int)days, &ret->open_ms) ||
	    ret->open_ms >= end_ms)
		return false;
	if (!window_next_close(rb, place, NULL, ret->open_ms, &ret->close_ms) || ret->close_ms > end_ms)
		ret->close_ms = end_ms;
	return ret->close_ms > ret->open_ms;
}

static void json_windows(const struct rulebook *rb, uint32_t place, int64_t from_ms, int64_t end_ms)
{
	json_t *list = json_array();
	struct interval interval;

	for (; next_interval(rb, place, from_ms, end_ms, &interval); from_ms = interval.close_ms) {
		json_t *object = json_object();

		json_object_set_new(object, "open", ctl_json_time(interval.open_ms));
		json_object_set_new(object, "close", ctl_json_time(interval.close_ms));
		json_array_append_new(list, object);
	}
	ctl_print_json(list);
}

/* Instants as people say them there: the date, and both times of the day. */
static void add_local(struct columns *table, const struct zone *zone, const struct interval *interval)
{
	char date[CIVIL_DATE_SIZE];
	int32_t open_s, close_s;
	int32_t day = zone_local_date(zone, interval->open_ms, &open_s);

	if (zone_local_date(zone, interval->close_ms, &close_s) > day)
		close_s += 86400;
	columns_addf(table, "%.3s %s", ctl_weekday_name(day), civil_format_date(day, date));
	columns_addf(table, "%02d:%02d - %02d:%02d", open_s / 3600, open_s / 60 % 60, close_s / 3600,
	             close_s / 60 % 60);
}

static void print_windows(struct ctl *ctl, uint32_t place, int64_t from_ms, int64_t end_ms)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const struct zone *zones[64] = { NULL };
	size_t zone_count = ctl_place_zones(rb, place, zones, 64), found = 0;
	char name[PLACE_NAME_SIZE], open[CIVIL_INSTANT_SIZE], close[CIVIL_INSTANT_SIZE];
	struct interval interval;
	struct columns table;

	printf("%s, local time of %s\n\n", place_name(rb, place, name),
	       zone_count > 0 ? zone_name(zones[0]) : "nowhere");
	columns_init(&table, "day|open there|open (UTC)|close (UTC)");
	for (int64_t at_ms = from_ms; next_interval(rb, place, at_ms, end_ms, &interval); found++) {
		add_local(&table, zones[0], &interval);
		columns_add(&table, civil_format_instant(interval.open_ms, open));
		columns_add(&table, civil_format_instant(interval.close_ms, close));
		at_ms = interval.close_ms;
	}
	columns_print(&table, ctl->colour);
	if (found > 0)
		return;
	const char *rule;
	enum reason reason = window_why(rb, place, NULL, from_ms, &rule);

	printf("no opening: %s, %s (%s)\n", reason_name(reason), reason_text(reason), rule);
}

static int run_windows(struct ctl *ctl, int argc, char **argv)
{
	const char *from = NULL, *days = NULL;
	const struct ctl_option options[] = { { "--from", &from, NULL },
		                              { "--days", &days, NULL },
		                              { NULL, NULL, NULL } };
	int count = ctl_words(ctl, argc, argv, options, 1, 32);
	int day_count = days != NULL ? ctl_read_int(ctl, "--days", days, 1, WINDOWS_DAYS_MAX) : WINDOWS_DAYS;
	int64_t from_ms = from != NULL ? ctl_read_time(ctl, "--from", from) : 0;
	char text[PLACE_NAME_SIZE];
	uint32_t place;

	if (!ctl_read_place(ctl, join_words(count, argv + 1, text, sizeof(text)), &place))
		return 1;
	if (from == NULL)
		from_ms = ctl_now_ms(ctl);
	int64_t end_ms = from_ms + day_count * DAY_MS;

	if (ctl->json)
		json_windows(ctl_rulebook(ctl), place, from_ms, end_ms);
	else
		print_windows(ctl, place, from_ms, end_ms);
	return 0;
}

const struct command ctl_number_commands[] = {
	{ .name = "phone",
	  .usage = "NUMBER",
	  .summary = "what a number is and where it may be",
	  .run = run_phone,
	  .details = "NUMBER may be written as people do: 06 12 34 56 78, +33 (0)6..., 0033..., with dots.\n"
	             "Exit 1, with the reason, for a number that may not be called.\n" },
	{ .name = "windows",
	  .usage = "NUMBER|PLACE [--from T] [--days N]",
	  .summary = "when a number or a place may be called",
	  .run = run_windows,
	  .details =
	      "PLACE is a territory, or several joined by +: then only what is lawful in all of them.\n"
	      "Intervals are half-open and before the guard that licetd keeps at their end.\n"
	      "  --from T   RFC 3339 with its offset; now if it is not said\n"
	      "  --days N   1 to 3660; 7 if it is not said\n" },
	{ 0 },
};
