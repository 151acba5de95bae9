/* gather.c - see gather.h. */
#include "ctl/dossier/gather.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/dossier/call.h"
#include "ctl/dossier/open_jobs.h"
#include "ctl/dossier/phrases.h"
#include "ctl/dossier/statements.h"
#include "ctl/dossier/streams.h"
#include "ctl/log/log_said.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void dossier_gather(struct dossier *d)
{
	dossier_discover(d);
	/* Jobs move from here to there: in this order none is missed, and what is met twice is
	 * told once. */
	dossier_read_now(d);
	dossier_read_campaigns(d);
	dossier_read_said(d);
}

/* --- one part, on its way ------------------------------------------------------------------------ */

struct asking {
	const struct dossier *d;
	dossier_prepare *prepare;
};

static json_t *names_json(const struct names *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->count; i++)
		json_array_append_new(list, print_json_text(names->list[i]));
	return list;
}

/* Each space has a log of its own where the configuration names them; else the folder is that of the first alone. One
 * that is kept elsewhere is told as such, and compared by nobody here. */
static void read_log(struct dossier *d, const struct asking *a)
{
	const struct conf *here = ctl_conf(d->ctl), *first = ctl_conf(a->d->ctl);
	bool own = strcmp(here->prefix, first->prefix) == 0,
	     named = strcmp(here->log_dir, first->log_dir) != 0;

	d->log_agrees = true;
	if (own || (named && access(here->log_dir, F_OK) == 0))
		d->log = log_said(d->ctl, NULL, &d->log_agrees);
	else if (*here->log_dir != '\0')
		d->log = json_object();
}

static json_t *read_there(struct ctl *there, void *arg)
{
	const struct asking *a = arg;
	json_t *events = json_array(), *starts = json_array();
	struct dossier d;

	a->prepare(&d, there, a->d);
	dossier_gather(&d);
	read_log(&d, a);
	for (size_t i = 0; i < d.event_count; i++)
		json_array_append_new(events, print_pack("{s:I,s:O}", "ms", (json_int_t)d.events[i].ms,
		                                         "event", d.events[i].json));
	for (size_t i = 0; i < d.start_count; i++) {
		const struct dossier_start *s = &d.starts[i];

		json_array_append_new(starts,
		                      print_pack("{s:I,s:I,s:b,s:s,s:s}", "first", (json_int_t)s->first_ms,
		                                 "last", (json_int_t)s->last_ms, "reported", (int)s->reported,
		                                 "token", s->token, "advertiser", s->advertiser));
	}
	json_t *part =
	    print_pack("{s:o,s:o,s:o,s:O,s:O,s:O,s:O,s:O,s:I}", "events", events, "starts", starts,
	               "campaigns", names_json(&d.campaigns), "now", d.now, "lists", d.standing, "attempts",
	               d.attempts, "records", d.streams, "limits", d.limits, "called", (json_int_t)d.called);

	json_object_set_new(part, "agrees", json_boolean(d.log_agrees));
	if (d.log != NULL)
		json_object_set(part, "log", d.log);
	return part;
}

static int64_t ms_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void set_space(json_t *object, const char *space)
{
	json_object_set_new(object, "space", print_json_text(space));
}

static void add_event(struct dossier *d, const json_t *part, const char *space)
{
	json_t *event = json_object_get(part, "event");
	char *line = mem_format(lang_pick(d->french, "space: %s", "espace : %s"), space);

	set_space(event, space);
	json_array_append_new(json_object_get(event, "details"), print_json_text(line));
	free(line);
	d->events = mem_grow(d->events, &d->event_capacity, d->event_count, sizeof(*d->events));
	d->events[d->event_count++] =
	    (struct dossier_event){ ms_of(part, "ms"), d->event_order++, json_incref(event) };
}

static void add_starts(struct dossier *d, const json_t *list)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		struct dossier_start s = { .first_ms = ms_of(one, "first"),
			                   .last_ms = ms_of(one, "last"),
			                   .reported = json_is_true(json_object_get(one, "reported")) };

		snprintf(s.token, sizeof(s.token), "%s", text_of(one, "token"));
		snprintf(s.advertiser, sizeof(s.advertiser), "%s", text_of(one, "advertiser"));
		dossier_add_start(d, &s);
	}
}

/* What stands now, with its space. */
static void add_now(struct dossier *d, json_t *to, const json_t *list, const char *space)
{
	json_t *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(json_object_get(item, "text"));

		set_space(item, space);
		if (text != NULL) {
			char *longer =
			    mem_format(lang_pick(d->french, "%s (space %s)", "%s (espace %s)"), text, space);

			json_object_set_new(item, "text", print_json_text(longer));
			free(longer);
		}
		json_array_append(to, item);
	}
}

static void add_limit(struct dossier *d, const char *space, const char *text)
{
	char *limit = mem_format(lang_pick(d->french, "space %s: %s", "espace %s : %s"), space, text);

	json_array_append_new(d->limits, print_json_text(limit));
	free(limit);
}

static void add_part(struct dossier *d, const struct asked_space *space)
{
	const json_t *part = space->answer, *item;
	size_t i;

	json_array_foreach(json_object_get(part, "events"), i, item)
	{
		add_event(d, item, space->name);
	}
	json_array_foreach(json_object_get(part, "campaigns"), i, item)
	{
		names_add(&d->campaigns, json_string_value(item), json_string_length(item));
	}
	json_array_foreach(json_object_get(part, "limits"), i, item)
	{
		add_limit(d, space->name, json_string_value(item));
	}
	add_starts(d, json_object_get(part, "starts"));
	add_now(d, d->now, json_object_get(part, "now"), space->name);
	add_now(d, d->standing, json_object_get(part, "lists"), space->name);
	add_now(d, d->attempts, json_object_get(part, "attempts"), space->name);
	add_now(d, d->streams, json_object_get(part, "records"), space->name);
	d->called += ms_of(part, "called");
	d->log_agrees = d->log_agrees && json_is_true(json_object_get(part, "agrees"));
	if (json_object_get(part, "log") != NULL) {
		json_t *log = print_pack("{s:s}", "space", space->name);

		json_object_update(log, json_object_get(part, "log"));
		json_array_append_new(d->logs, log);
	}
}

/* --- what others heard --------------------------------------------------------------------------- */

/* What was said there, where another space heard it from. */
static json_t *origin_of(const struct dossier *d, const json_t *heard)
{
	for (size_t i = 0; i < d->event_count; i++) {
		json_t *e = d->events[i].json;

		if (json_object_get(e, "heard_from") == NULL &&
		    strcmp(text_of(e, "space"), text_of(heard, "heard_from")) == 0 &&
		    strcmp(text_of(e, "kind"), text_of(heard, "kind")) == 0 &&
		    ms_of(e, "received_ms") == ms_of(heard, "received_ms"))
			return e;
	}
	return NULL;
}

/* Tell it there, and not as something that happened besides. */
static void tell_heard(struct dossier *d)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->event_count; i++) {
		json_t *event = d->events[i].json;
		json_t *origin = json_object_get(event, "heard_from") != NULL ? origin_of(d, event) : NULL;

		if (origin == NULL)
			continue;
		char *line = mem_format(lang_pick(d->french, "heard by space %s", "entendue par l'espace %s"),
		                        text_of(event, "space"));

		json_array_append_new(json_object_get(origin, "details"), print_json_text(line));
		free(line);
		json_object_set_new(event, "told", json_true());
	}
	for (size_t i = 0; i < d->event_count; i++) {
		if (json_is_true(json_object_get(d->events[i].json, "told")))
			json_decref(d->events[i].json);
		else
			d->events[kept++] = d->events[i];
	}
	d->event_count = kept;
}

void dossier_gather_everywhere(struct dossier *d, struct everywhere *e, dossier_prepare *prepare)
{
	struct asking a = { .d = d, .prepare = prepare };

	d->log_agrees = true;
	d->logs = json_array();
	everywhere_ask(d->ctl, e, read_there, &a);
	for (size_t i = 0; i < e->count; i++)
		if (e->list[i].answer != NULL)
			add_part(d, &e->list[i]);
		else
			add_limit(d, e->list[i].name, e->list[i].why);
	tell_heard(d);
	everywhere_must_answer(d->ctl, e, error_pick("nothing was read", "rien n'a été lu"));
}
