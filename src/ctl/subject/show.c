/* show.c - what is held about a person, for an access request. */
#include "ctl/subject/show.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/subject/person.h"

#include "core/consent/attempts.h"
#include "core/time/civil.h"
#include "ctl/base/private_file.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/paper_subject.h"
#include "ctl/paper/words.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/ready_entry.h"
#include "ctl/query/stream_pages.h"
#include "ctl/subject/key_walk.h"
#include "ctl/subject/subject.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct showing {
	struct subject *s;
	const struct subject_paper *paper;
	json_t *all; /* of several spaces: all of it; NULL: it is read */
	FILE *file;  /* where the data go as JSON; NULL: nowhere */
	bool text;   /* for people, on standard output */
	int64_t count;
};

/* A value as JSON where it is, as text where that is UTF-8, else its bytes. */
static void set_value(json_t *item, const char *name, const char *bytes, size_t len)
{
	json_t *value = json_loadb(bytes, len, 0, NULL);

	if (value == NULL)
		value = json_stringn(bytes, len);
	if (value == NULL) {
		char *hex = stream_hex(bytes, len);

		value = print_pack("{s:s}", "hex", hex);
		free(hex);
	}
	json_object_set_new(item, name, value);
}

static void set_entry(json_t *item, const struct subject_hit *hit)
{
	struct ready_entry e;

	bool is_one = hit->kind == SUBJECT_READY ? entry_read(hit->value, hit->len, &e)
	                                         : lease_read(hit->value, hit->len, &e);

	if (!is_one)
		return;
	json_object_set_new(item, "campaign", print_json_text(e.campaign));
	json_object_set_new(item, "advertiser", print_json_text(e.advertiser));
	json_object_set_new(item, "id", print_json_text(e.id));
	json_object_set_new(item, "to", print_json_text(e.to));
	json_object_set_new(item, "person", print_json_text(e.person));
	json_object_set_new(item, "attempt", json_integer(e.attempt));
	json_object_set_new(item, "released_at", ctl_json_time(e.released_ms));
	json_object_set_new(item, "not_after", ctl_json_time(e.not_after_ms));
	if (hit->kind != SUBJECT_READY) {
		json_object_set_new(item, "taken_at", ctl_json_time(e.taken_ms));
		json_object_set_new(item, "sender", print_json_text(e.sender));
	}
	set_value(item, "job", e.job, e.job_len);
}

static void set_stored(json_t *item, const struct subject_hit *hit)
{
	struct stored_job stored = hit->kind == SUBJECT_QUEUE ? (struct stored_job){ hit->value, hit->len, 1 }
	                                                      : stored_job_read(hit->value, hit->len);

	json_object_set_new(item, "attempt", json_integer(stored.attempt));
	set_value(item, "job", stored.json, stored.len);
}

json_t *subject_dates(struct ctl *ctl, const char *packed, size_t len, int32_t *ret_newest)
{
	uint8_t days[ATTEMPTS_BYTES_MAX];
	size_t n = attempts_unpack(packed, len, (int32_t)(ctl_now_ms(ctl) / DAY_MS), days);
	char date[CIVIL_DATE_SIZE];
	json_t *dates = json_array();

	for (size_t i = 0; i + 1 < n; i += 2) {
		*ret_newest = attempts_day(days + i);
		json_array_append_new(dates, print_json_text(civil_format_date(*ret_newest, date)));
	}
	return dates;
}

/* What the name of a key tells. */
static void set_name(json_t *item, const struct subject_hit *hit)
{
	switch (hit->kind) {
	case SUBJECT_QUEUE:
	case SUBJECT_HELD:
	case SUBJECT_LATER:
	case SUBJECT_REFUSED:
	case SUBJECT_INVALID:
	case SUBJECT_DONE:
		json_object_set_new(item, "campaign", print_json_text(hit->name));
		break;
	case SUBJECT_DATED:
	case SUBJECT_CONSENT:
	case SUBJECT_ATTEMPTS:
	case SUBJECT_SLOT:
		json_object_set_new(item, "advertiser", print_json_text(hit->name));
		break;
	case SUBJECT_LIST:
		json_object_set_new(item, "list", print_json_text(hit->name));
		break;
	default:
		break;
	}
	if (hit->kind == SUBJECT_HELD)
		json_object_set_new(item, "place", print_json_text(hit->part));
}

static json_t *item_of(struct showing *x, const struct subject_hit *hit)
{
	json_t *item = print_pack("{s:s,s:s}", "what", subject_kind_names[hit->kind], "key", hit->key);
	int32_t newest;

	set_name(item, hit);
	if (hit->entry != NULL) {
		json_t *fields = stream_entry_json(hit->entry);
		const char *name;
		json_t *value;

		json_object_foreach(fields, name, value)
		{
			if (strcmp(name, "job") == 0 && json_is_string(value))
				set_value(item, name, json_string_value(value), json_string_length(value));
			else
				json_object_set(item, name, value);
		}
		json_decref(fields);
	} else if (hit->kind <= SUBJECT_LATER) {
		set_stored(item, hit);
	} else if (hit->kind == SUBJECT_READY || hit->kind == SUBJECT_LEASE || hit->kind == SUBJECT_UNKNOWN) {
		json_object_set_new(item, "token", *hit->id != '\0' ? print_json_text(hit->id) : json_null());
		set_entry(item, hit);
	} else if (hit->kind == SUBJECT_ATTEMPTS) {
		json_object_set_new(item, "of", print_json_text(hit->id));
		json_object_set_new(item, "dates", subject_dates(x->s->ctl, hit->value, hit->len, &newest));
	} else {
		if (*hit->id != '\0')
			json_object_set_new(item, "field", print_json_text(hit->id));
		if (hit->value != NULL)
			set_value(item, "value", hit->value, hit->len);
	}
	return item;
}

/* Names of what it holds, and no values: these are for the file. */
static void print_item(const json_t *item, bool french)
{
	static const char *const told[] = { "what", "key",      "campaign",    "advertiser", "place",
		                            "list", "entry",    "at",          "attempt",    "token",
		                            "of",   "position", "released_ms", "not_after",  "space" };
	const json_t *job = json_object_get(item, "job"), *dates = json_object_get(item, "dates");
	const json_t *inner = json_is_object(job) ? job : json_object_get(item, "value");
	const char *name, *reason = json_string_value(json_object_get(item, "reason"));
	json_t *value;
	bool first = true;

	const char *what = json_string_value(json_object_get(item, "what"));

	print(french ? "%-10s, %s : " : "%-10s %s: ", french ? words_of(true, what) : what,
	      json_string_value(json_object_get(item, "key")));
	if (json_string_value(json_object_get(item, "at")) != NULL)
		print("%s: ", json_string_value(json_object_get(item, "at")));
	if (reason != NULL && json_is_object(job))
		print("%s: ", reason);
	json_object_foreach(json_is_object(inner) ? (json_t *)inner : (json_t *)item, name, value)
	{
		bool empty = json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
		bool is_told = false;

		for (size_t i = 0; !json_is_object(inner) && i < sizeof(told) / sizeof(told[0]); i++)
			is_told = is_told || strcmp(told[i], name) == 0;
		if (empty || is_told)
			continue;
		print("%s%s", first ? "" : ", ", name);
		first = false;
	}
	for (size_t i = 0; i < json_array_size(dates); i++)
		print("%s%s", i > 0 ? ", " : " ", json_string_value(json_array_get(dates, i)));
	puts("");
}

static int take_shown(void *arg, const struct subject_hit *hit)
{
	struct showing *x = arg;
	json_t *item = item_of(x, hit);

	if (x->file != NULL) {
		fputs(x->count > 0 ? ",\n  " : "\n  ", x->file);
		print_json(x->file, item, JSON_COMPACT | JSON_ENCODE_ANY);
	}
	if (x->text) {
		ctl_progress("", -1);
		print_item(item, x->s->french);
	}
	x->count++;
	json_decref(item);
	return 0;
}

static void write_json(struct showing *x)
{
	struct subject *s = x->s;
	char at[CIVIL_INSTANT_SIZE];
	json_t *persons = json_array();

	for (size_t i = 0; i < s->persons.count; i++) {
		json_t *person = print_json_text(s->persons.list[i]);

		json_array_append_new(persons, person != NULL ? person : json_null());
	}
	print_to(x->file, "{\n\"number\": \"%s\",\n", s->phone.e164);
	if (subject_space(s) != NULL)
		print_to(x->file, "\"space\": \"%s\",\n", subject_space(s));
	fputs("\"persons\": ", x->file);
	print_json(x->file, persons, JSON_COMPACT);
	print_to(x->file, ",\n\"at\": \"%s\",\n\"held\": [", civil_format_instant(ctl_now_ms(s->ctl), at));
	subject_walk(s, take_shown, x);
	print_to(x->file, x->count > 0 ? "\n],\n\"count\": %" PRId64 ",\n" : "],\n\"count\": %" PRId64 ",\n",
	         x->count);
	fputs("\"limits\": ", x->file);
	print_json(x->file, s->limits, JSON_COMPACT);
	fputs("\n}\n", x->file);
	json_decref(persons);
}

/* The document, for who has it as a whole. */
static json_t *document(struct showing *x)
{
	char *text;
	size_t size;

	x->file = mem_stream(&text, &size);
	write_json(x);
	mem_stream_end(x->file);
	json_t *all = json_loadb(text, size, JSON_ALLOW_NUL, NULL);

	free(text);
	return all;
}

static void print_sheet(const struct showing *x, const json_t *all, FILE *to)
{
	const struct zone *zones[8] = { NULL };

	(void)ctl_place_zones(x->s->rb, x->s->phone.territories, zones, 8);
	paper_subject(&(struct sheet_want){ .ctl = x->s->ctl,
	                                    .french = x->paper->french,
	                                    .full = x->paper->full,
	                                    .zone = zones[0] },
	              all, to);
}

/* The same data as a letter. */
static void write_sheet(struct showing *x, FILE *to)
{
	json_t *all = x->all != NULL ? json_incref(x->all) : document(x);

	print_sheet(x, all, to);
	json_decref(all);
}

/* The data, as they are read or as they came from several spaces. */
static void write_data(struct showing *x)
{
	if (x->all == NULL) {
		write_json(x);
		return;
	}
	print_json(x->file, x->all, JSON_INDENT(1));
	fputc('\n', x->file);
}

static void write_file(struct showing *x, const char *out)
{
	struct outfile file = { 0 };

	outfile_check(out);
	if (!outfile_open(&file, out))
		ctl_fail("%s: %s", out, error_system(errno));
	x->file = file.file;
	if (x->paper->html)
		write_sheet(x, file.file);
	else
		write_data(x);
	if (!outfile_close(&file)) {
		outfile_drop(&file);
		ctl_fail("%s: %s", out, error_system(errno));
	}
	outfile_done(&file);
}

static void print_count(const struct showing *x, const char *out)
{
	const struct subject *s = x->s;
	bool fr = s->french;
	char mask[PHONE_MASK_SIZE];
	const char *where = out != NULL    ? lang_pick(fr, ", written to ", ", écrites dans ")
	                    : x->count > 0 ? lang_pick(fr, "; --json or --out FILE has the data",
	                                               " ; --json ou --out FICHIER donne les données")
	                                   : "";

	if (x->count > 0)
		puts("");
	char *spaces = x->all != NULL ? mem_format(lang_pick(fr, ", in %zu spaces", ", dans %zu espaces"),
	                                           json_array_size(json_object_get(x->all, "spaces")))
	                              : mem_copy("");

	print(lang_pick(fr, "%s: %" PRId64 " entries about it, and about %zu person%s%s%s%s\n",
	                "%s : %" PRId64 " entrées à son sujet, et au sujet de %zu personne%s%s%s%s\n"),
	      phone_mask(s->phone.e164, mask), x->count, s->persons.count, s->persons.count == 1 ? "" : "s",
	      spaces, where, out != NULL ? out : "");
	free(spaces);
}

json_t *subject_document(struct subject *s)
{
	struct showing x = { .s = s };

	subject_discover(s);
	return document(&x);
}

static void print_items(struct showing *x)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(x->all, "held"), i, item)
	{
		print_item(item, x->s->french);
	}
}

int subject_show(struct subject *s, json_t *all, const char *out, const struct subject_paper *paper)
{
	struct showing x = {
		.s = s, .paper = paper, .all = all, .text = !s->ctl->json && !paper->html && all == NULL
	};

	if (out != NULL)
		outfile_check(out); /* before the long work */
	if (all == NULL)
		subject_discover(s);
	else
		x.count = (int64_t)json_array_size(json_object_get(all, "held"));
	if (!s->ctl->json && !paper->html)
		subject_say_alone(s);
	if (out != NULL) {
		write_file(&x, out);
	} else if (paper->html) {
		write_sheet(&x, stdout);
	} else if (s->ctl->json) {
		x.file = stdout;
		write_data(&x);
	} else if (all != NULL) {
		print_items(&x);
	} else {
		subject_walk(s, take_shown, &x);
	}
	for (size_t i = 0; i < json_array_size(s->limits); i++)
		ctl_note("%s", json_string_value(json_array_get(s->limits, i)));
	if (out != NULL && s->ctl->json)
		ctl_print_json(print_pack("{s:s,s:I,s:O}", "file", out, "count", (json_int_t)x.count,
		                          "limits", s->limits));
	else if (!s->ctl->json && (!paper->html || out != NULL))
		print_count(&x, out);
	return x.count > 0 && json_array_size(s->limits) == 0 ? 0 : 1;
}
