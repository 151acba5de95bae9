/* status_spaces.c - see status_spaces.h. */
#include "ctl/watch/status_spaces.h"

#include "core/campaign/balance.h"
#include "ctl/base/print.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static void add_rows(json_t *all, const char *name, const struct asked_space *space)
{
	json_t *to = json_object_get(all, name);

	if (to == NULL) {
		to = json_array();
		json_object_set_new(all, name, to);
	}
	everywhere_add_rows(to, space, json_object_get(space->answer, name));
}

static int by_time(const void *a, const void *b)
{
	return strcmp(text_of(*(json_t *const *)a, "at"), text_of(*(json_t *const *)b, "at"));
}

/* The last one is the newest, whatever space has it. */
static void sort_errors(json_t *all)
{
	json_t *errors = json_object_get(all, "errors"), *sorted = json_array();
	size_t count = json_array_size(errors);
	json_t **list = mem_zero((count + 1) * sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = json_array_get(errors, i);
	qsort(list, count, sizeof(*list), by_time);
	for (size_t i = 0; i < count; i++)
		json_array_append(sorted, list[i]);
	json_object_set_new(all, "errors", sorted);
	free(list);
}

/* What is halted everywhere for one reason stands once; else with its space. */
static json_t *halts_of(const struct everywhere *e)
{
	json_t *halts = json_object(), *why;
	const char *scope;

	for (size_t i = 0; i < e->count; i++)
		json_object_foreach(json_object_get(e->list[i].answer, "halts"), scope, why)
		{
			size_t same = 0;

			for (size_t k = 0; k < e->count; k++)
				same += e->list[k].answer == NULL ||
				        strcmp(text_of(json_object_get(e->list[k].answer, "halts"), scope),
				               json_string_value(why)) == 0;
			char *name = same == e->count ? mem_copy(scope)
			                              : mem_format("%s (%s)", scope, e->list[i].name);

			json_object_set(halts, name, why);
			free(name);
		}
	return halts;
}

static void add_up(json_t *totals, const json_t *campaigns, const char *counter)
{
	json_int_t sum = 0;
	const json_t *c;
	size_t i;

	json_array_foreach(campaigns, i, c) sum += json_integer_value(json_object_get(c, counter));
	json_object_set_new(totals, counter, json_integer(sum));
}

static json_t *totals_of(const json_t *campaigns)
{
	json_t *totals = print_pack("{s:s,s:s,s:s}", "space", "*", "id", "*", "state", "");

	add_up(totals, campaigns, "queue");
	for (size_t k = 0; k < BALANCE_TERMS; k++)
		add_up(totals, campaigns, balance_terms[k]);
	add_up(totals, campaigns, "intake");
	return totals;
}

json_t *status_of_spaces(const struct everywhere *e)
{
	static const char *const rows[] = { "daemons", "campaigns", "routes", "lists", "errors" };
	json_t *all = json_object(), *spaces = json_array();
	json_int_t unplaced = 0, others = 0;

	json_object_set_new(all, "at", json_null());
	for (size_t i = 0; i < e->count; i++) {
		const struct asked_space *space = &e->list[i];

		if (strcmp(text_of(space->answer, "at"), text_of(all, "at")) > 0)
			json_object_set(all, "at", json_object_get(space->answer, "at"));
		json_t *redis = json_object_get(space->answer, "redis");

		json_array_append_new(spaces, print_pack("{s:s,s:b,s:s,s:O}", "space", space->name,
		                                         "answered", (int)(space->answer != NULL), "why",
		                                         space->why, "redis", redis));
		for (size_t k = 0; k < sizeof(rows) / sizeof(rows[0]); k++)
			add_rows(all, rows[k], space);
		unplaced += json_integer_value(json_object_get(space->answer, "unplaced"));
		others += json_integer_value(json_object_get(space->answer, "campaigns_of_others"));
	}
	sort_errors(all);
	json_object_set_new(all, "spaces", spaces);
	json_object_set_new(all, "halts", halts_of(e));
	json_object_set_new(all, "totals", totals_of(json_object_get(all, "campaigns")));
	json_object_set_new(all, "unplaced", json_integer(unplaced));
	json_object_set_new(all, "campaigns_of_others", json_integer(others));
	return all;
}
