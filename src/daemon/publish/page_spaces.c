/* page_spaces.c - a part for each space, made beside the others, and their sums; see page_spaces.h. */
#include "daemon/publish/page_spaces.h"

#include "daemon/base/turn.h"
#include "daemon/health/progress.h"
#include "daemon/publish/page_law.h"
#include "daemon/publish/page_state.h"
#include "io/host/clock.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

struct part {
	struct page_sheet made;   /* first: what asks for it knows this alone */
	struct page_sheet *whole; /* which waits for it */
	json_t *line;             /* of this space; borrowed from the whole */
};

/* --- sums ---------------------------------------------------------------------------------------- */

/* The counters of a campaign are its numbers; each is added to the one of its name. */
static void add_counters(json_t *sums, const json_t *one)
{
	const char *name;
	json_t *n;
	json_object_foreach((json_t *)one, name, n)
	{
		if (json_is_integer(n))
			page_number(sums, name,
			            json_integer_value(json_object_get(sums, name)) + json_integer_value(n));
	}
}

/* --- one space ------------------------------------------------------------------------------------ */

static void set_health(json_t *line, const char *health, const char *why)
{
	page_text(line, "health", health);
	page_text(line, "why", why);
}

/* All that was asked in that space is answered. */
static void on_part(struct page_sheet *sheet)
{
	struct part *part = (struct part *)sheet;
	struct page_sheet *whole = part->whole;
	json_t *jobs = json_object(), *campaigns = json_object_get(sheet->json, "campaigns"), *one;
	size_t i;

	json_array_foreach(campaigns, i, one)
	{
		add_counters(jobs, one);
	}
	if (sheet->unread[0] != '\0')
		set_health(part->line, "unread", sheet->unread);
	else
		json_object_set(part->line, "jobs", jobs);
	json_object_update(part->line, sheet->json);
	json_decref(jobs);
	json_decref(sheet->json);
	free(part);
	page_told(whole);
}

static void begin_part(struct page_sheet *whole, json_t *line, struct daemon *d)
{
	struct part *part = mem_zero(sizeof(*part));

	part->whole = whole;
	part->line = line;
	part->made.d = d;
	part->made.rb = d->rb;
	part->made.json = json_object();
	part->made.done = on_part;
	page_wait(whole);
	page_wait(&part->made); /* until all is asked */
	page_part_begin(&part->made);
	page_told(&part->made);
}

static json_t *line_of(const struct seat *seat)
{
	char buf[PROGRESS_WHY];
	json_t *line = json_object();
	const char *why = seat->d != NULL ? progress_why(seat->d, buf) : NULL;

	page_text(line, "space", seat->space);
	page_text(line, "led_by", seat->led_by);
	if (seat->d != NULL)
		set_health(line, why != NULL ? "stands" : "well", why != NULL ? why : "");
	else if (seat->led_by[0] != '\0')
		set_health(line, "elsewhere", "");
	else
		set_health(line, "closed", seat_why(seat));
	return line;
}

/* --- all of them ---------------------------------------------------------------------------------- */

static void add_up(struct page_sheet *sheet)
{
	json_t *sums = json_object(), *line;
	bool whole = true;
	size_t i;

	json_array_foreach(json_object_get(sheet->json, "all"), i, line)
	{
		const json_t *jobs = json_object_get(line, "jobs");

		whole = whole && jobs != NULL;
		if (jobs != NULL)
			add_counters(sums, jobs);
	}
	json_object_set_new(sheet->json, "whole", json_boolean(whole));
	json_object_set_new(sheet->json, "jobs", sums);
}

static struct daemon *first_open(const struct served *s)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->seats[i]->d != NULL)
			return s->seats[i]->d;
	return NULL;
}

bool page_spaces_begin(struct page_sheet *sheet, const struct served *served)
{
	struct daemon *d = first_open(served);
	json_t *all = json_array();

	page_head(sheet->json, &served->conf, served->rb, d != NULL ? turn_now(d) : clock_wall_ms(),
	          d != NULL && d->clock.speed > 0);
	page_text(sheet->json, "unknown", served->unknown);
	json_object_set_new(sheet->json, "places", d != NULL ? page_places(d) : json_array());
	json_object_set_new(sheet->json, "all", all);
	sheet->finish = add_up;
	for (size_t i = 0; i < served->count; i++) {
		json_t *line = line_of(served->seats[i]);

		json_array_append_new(all, line);
		if (served->seats[i]->d != NULL)
			begin_part(sheet, line, served->seats[i]->d);
	}
	return true;
}

char *page_spaces_why(const struct served *served, const struct seat *seat)
{
	if (seat == NULL && served->several)
		return mem_copy("no space of that name is served here\n");
	if (seat == NULL)
		return mem_copy("that space is not served here, or not now\n");
	if (seat->led_by[0] != '\0')
		return mem_format("another instance works in %s: look at the page of %s\n", seat->space,
		                  seat->led_by);
	return mem_format("%s is not open: %s\n", seat->space, seat_why(seat));
}
