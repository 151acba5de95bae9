/* oppose and consent: what people said. */
#include "core/civil.h"
#include "core/job.h"
#include "core/nearest.h"
#include "ctl/ask.h"
#include "ctl/columns.h"
#include "ctl/lines.h"
#include "io/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIPELINE_MAX 200 /* calls on their way */

static const char *or_empty(const char *text)
{
	return text != NULL ? text : "";
}

/* --- oppose ----------------------------------------------------------------------- */

static int run_oppose(struct ctl *ctl, int argc, char **argv)
{
	const char *advertiser = NULL, *source = "licetctl", *reason = "", *event = NULL, *person = "";
	const struct ctl_option options[] = {
		{ "--advertiser", &advertiser, NULL }, { "--source", &source, NULL },
		{ "--reason", &reason, NULL },         { "--event", &event, NULL },
		{ "--person", &person, NULL },         { NULL, NULL, NULL }
	};
	char key[KEY_SIZE], name[ID_MAX + 16] = "opposition", at[CIVIL_INSTANT_SIZE] = "",
					  mask[PHONE_MASK_SIZE];
	struct redis_args a;
	struct phone phone;

	ctl_words(ctl, argc, argv, options, 1, 1);
	if (advertiser != NULL) {
		ask_id(ctl, "an advertiser", advertiser);
		snprintf(name, sizeof(name), "opposition:%s", advertiser);
	}
	if (*source == '\0')
		ctl_misuse(ctl, "--source must say who reports the opposition");
	if (event != NULL)
		ask_instant(ctl, "--event", event, at);
	ask_number(ctl, argv[1], &phone);
	ask_function(&a, "licet_oppose", key_of(ctl->conf.prefix, "list", name, key));
	const char *words[] = { phone.e164, source, reason, at, person };

	for (size_t i = 0; i < 5; i++)
		args_add(&a, words[i]);
	struct redis_reply *reply = ask_call(ctl, &a);

	if (reply_is_error(reply))
		ask_refused(reply, "the opposition was refused");
	int64_t added = reply_int(reply_at(reply, 0), 0), back = reply_int(reply_at(reply, 1), 0);
	int64_t out = reply_int(reply_at(reply, 2), 0);

	phone_mask(phone.e164, mask);
	if (ctl->json)
		ctl_print_json(json_pack("{s:s,s:s,s:b,s:I,s:I}", "to", mask, "scope", name, "added",
		                         (int)(added == 1), "withdrawn", (json_int_t)back, "already_out",
		                         (json_int_t)out));
	else
		printf("%s: %s %s; %" PRId64 " ready taken back; %" PRId64 " already out\n", mask,
		       added == 1 ? "added to" : "was already on", name, back, out);
	reply_free(reply);
	args_done(&a);
	return 0;
}

/* --- consent import ------------------------------------------------------------------ */

static const char *const columns[] = { "number", "product", "channel",    "collected_at", "until", "form",
	                               "proof",  "act",     "advertiser", "via",          "bases", "slot" };
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))
enum { NUMBER_COLUMN = 0, FORM_COLUMN = 5 };

struct import {
	struct ctl *ctl;
	struct lines *lines;
	struct line_reports bad;
	int place[COLUMNS]; /* of the column in the file; -1: not there */
	size_t *sent;       /* lines of the calls on their way, oldest first */
	size_t sent_count;
	int64_t done;
	char key[KEY_SIZE];
};

static void read_header(struct import *im)
{
	struct lines *l = im->lines;

	for (size_t c = 0; c < COLUMNS; c++)
		im->place[c] = -1;
	if (!lines_next(l) || !lines_cut(l))
		ctl_fail("%s: expected a header: number,product,channel,collected_at,until,form,proof",
		         l->name);
	for (size_t i = 0; i < l->cell_count; i++) {
		size_t c = 0;

		while (c < COLUMNS && strcmp(columns[c], l->cells[i]) != 0)
			c++;
		if (c < COLUMNS) {
			im->place[c] = (int)i;
			continue;
		}
		const char *near = nearest_name(l->cells[i], strlen(l->cells[i]), columns, COLUMNS);

		if (near != NULL)
			ctl_fail("%s:1: column %.40s is unknown, did you mean %s?", l->name, l->cells[i],
			         near);
		ctl_fail("%s:1: column %.40s is unknown", l->name, l->cells[i]);
	}
	for (size_t c = 0; c < FORM_COLUMN - 1; c++)
		if (im->place[c] < 0)
			ctl_fail("%s:1: column %s is missing", l->name, columns[c]);
}

static const char *cell_of(const struct import *im, size_t column)
{
	int at = im->place[column];

	return at >= 0 && (size_t)at < im->lines->cell_count ? im->lines->cells[at] : "";
}

static json_t *consent_of_line(const struct import *im)
{
	json_t *object = json_object();

	for (size_t c = 1; c < COLUMNS; c++) {
		const char *cell = cell_of(im, c);

		if (*cell == '\0')
			continue;
		json_object_set_new(object, columns[c], cell_value(im->ctl->rulebook, columns[c], cell));
	}
	return object;
}

/* A consent that no call could ever use is told now, not when the call is refused. */
static bool line_is_sound(struct import *im, const json_t *object, struct phone *phone)
{
	const char *number = cell_of(im, NUMBER_COLUMN), *hint = NULL;
	struct consent consent;
	struct fault fault;

	if (!phone_normalise(im->ctl->rulebook, number, strlen(number), phone)) {
		phone_parse(im->ctl->rulebook, number, strlen(number), phone, &hint);
		report_line(&im->bad, im->lines, "number", reason_name(REASON_NUMBER_MALFORMED), number,
		            or_empty(hint));
		return false;
	}
	if (!consent_parse(object, "", &consent, &fault)) {
		report_line(&im->bad, im->lines, fault.field, reason_name(fault.reason), NULL, fault.hint);
		return false;
	}
	for (size_t c = 1; c < FORM_COLUMN - 1; c++) {
		if (*cell_of(im, c) != '\0')
			continue;
		report_line(&im->bad, im->lines, columns[c], reason_name(REASON_FIELD_MISSING), NULL,
		            "expected a value");
		return false;
	}
	if (consent.collected_ms == TIME_NONE) {
		report_line(&im->bad, im->lines, "collected_at", reason_name(REASON_FIELD_MALFORMED), NULL,
		            "expected an instant with its offset, such as 2026-09-01T10:12:00+02:00");
		return false;
	}
	return true;
}

static void refused(struct import *im, size_t line, const struct redis_reply *reply)
{
	size_t now = im->lines->number;

	im->lines->number = line;
	report_line(&im->bad, im->lines, "", "refused", NULL, ask_error(reply));
	im->lines->number = now;
}

static void take_one(struct import *im)
{
	struct redis_reply *reply = ask_next(im->ctl);
	size_t line = im->sent[0];

	memmove(im->sent, im->sent + 1, --im->sent_count * sizeof(*im->sent));
	if (reply_is_error(reply))
		refused(im, line, reply);
	else
		im->done++;
	reply_free(reply);
}

static void send_one(struct import *im, const struct phone *phone, const json_t *object)
{
	struct redis_args a;
	char *text = json_dumps(object, JSON_COMPACT);

	ask_function(&a, "licet_consent", im->key);
	args_add(&a, phone->e164);
	args_add(&a, text);
	if (im->done == 0 && im->sent_count == 0) {
		/* The first waits: it tells whether the function is there at all. */
		struct redis_reply *reply = ask_call(im->ctl, &a);

		if (reply_is_error(reply))
			refused(im, im->lines->number, reply);
		else
			im->done++;
		reply_free(reply);
	} else {
		ask_send(im->ctl, &a);
		im->sent[im->sent_count++] = im->lines->number;
		if (im->sent_count == PIPELINE_MAX)
			take_one(im);
	}
	args_done(&a);
	free(text);
}

static int consent_import(struct ctl *ctl, const char *advertiser, const char *path)
{
	struct import im = { .ctl = ctl,
		             .lines = lines_open(path),
		             .sent = mem_zero(PIPELINE_MAX * sizeof(size_t)) };

	ctl_rulebook(ctl);
	key_of(ctl->conf.prefix, "consent", advertiser, im.key);
	if (ctl->json)
		im.bad.list = json_array();
	read_header(&im);
	while (lines_next(im.lines)) {
		struct phone phone;

		if (im.lines->len == 0)
			continue;
		if (!lines_cut(im.lines)) {
			report_line(&im.bad, im.lines, "", "not readable", NULL, im.lines->fault);
			continue;
		}
		json_t *object = consent_of_line(&im);

		if (line_is_sound(&im, object, &phone))
			send_one(&im, &phone, object);
		json_decref(object);
		if (im.lines->number % 1000 == 0)
			ctl_progress(im.lines->name, (int64_t)im.lines->number);
	}
	while (im.sent_count > 0)
		take_one(&im);
	ctl_progress("", -1);
	reports_end(&im.bad);
	if (ctl->json)
		ctl_print_json(json_pack("{s:s,s:I,s:I,s:o}", "advertiser", advertiser, "imported",
		                         (json_int_t)im.done, "bad", (json_int_t)im.bad.count, "lines",
		                         im.bad.list));
	else
		printf("%s: %" PRId64 " consents imported, %zu bad line%s\n", advertiser, im.done,
		       im.bad.count, im.bad.count == 1 ? "" : "s");
	free(im.sent);
	bool clean = im.bad.count == 0;

	lines_close(im.lines);
	return clean ? 0 : 1;
}

/* --- consent show and withdraw ----------------------------------------------------------- */

static void print_consents(const char *mask, const json_t *record)
{
	const json_t *consents = json_object_get(record, "consents");
	const json_t *withdrawn = json_object_get(record, "withdrawn_ms");
	char at[CIVIL_INSTANT_SIZE];

	printf("%s: %zu consent%s\n", mask, json_array_size(consents),
	       json_array_size(consents) == 1 ? "" : "s");
	if (json_is_number(withdrawn))
		printf("withdrawn %s: what was collected before counts no more\n",
		       civil_format_instant((int64_t)json_number_value(withdrawn), at));
	for (size_t i = 0; i < json_array_size(consents); i++) {
		json_t *c = json_array_get(consents, i), *value;
		const char *name;
		struct columns table;

		puts("");
		columns_init(&table, "|");
		json_object_foreach(c, name, value)
		{
			char *text = json_is_string(value)
			                 ? mem_copy(json_string_value(value))
			                 : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

			columns_addf(&table, "  %s", name);
			columns_add(&table, text);
			free(text);
		}
		columns_print(&table, false);
	}
}

static int consent_show(struct ctl *ctl, const char *advertiser, const char *number)
{
	char key[KEY_SIZE], mask[PHONE_MASK_SIZE];
	struct phone phone;
	size_t len = 0;

	ask_number(ctl, number, &phone);
	phone_mask(phone.e164, mask);
	struct redis_reply *reply =
	    ask_words(ctl, "HGET", key_of(ctl->conf.prefix, "consent", advertiser, key), phone.e164);
	const char *text = reply_text(reply, &len);
	json_t *record = text != NULL ? json_loadb(text, len, 0, NULL) : json_object();

	if (!json_is_object(record))
		ctl_fail("%s: its record is not readable", mask);
	bool none = text == NULL;

	reply_free(reply);
	if (ctl->json) {
		json_t *consents = json_object_get(record, "consents"),
		       *at = json_object_get(record, "withdrawn_ms");

		ctl_print_json(json_pack("{s:s,s:s,s:O,s:o}", "to", mask, "advertiser", advertiser,
		                         "consents", consents != NULL ? consents : json_array(),
		                         "withdrawn_at",
		                         ctl_json_time(json_is_number(at) ? (int64_t)json_number_value(at)
		                                                          : TIME_NONE)));
	} else if (none) {
		printf("%s: %s has no consent of it\n", mask, advertiser);
	} else {
		print_consents(mask, record);
	}
	json_decref(record);
	return none ? 1 : 0;
}

static int consent_withdraw(struct ctl *ctl, const char *advertiser, const char *number, const char *source,
                            const char *reason, const char *event)
{
	char key[KEY_SIZE], mask[PHONE_MASK_SIZE], at[CIVIL_INSTANT_SIZE] = "";
	struct redis_args a;
	struct phone phone;

	if (event != NULL)
		ask_instant(ctl, "--event", event, at);
	ask_number(ctl, number, &phone);
	phone_mask(phone.e164, mask);
	ask_function(&a, "licet_withdraw", key_of(ctl->conf.prefix, "consent", advertiser, key));
	const char *words[] = { phone.e164, source, reason, at };

	for (size_t i = 0; i < 4; i++)
		args_add(&a, words[i]);
	struct redis_reply *reply = ask_call(ctl, &a);

	if (reply_is_error(reply))
		ask_refused(reply, "the withdrawal was refused");
	int64_t back = reply_int(reply_at(reply, 0), 0), out = reply_int(reply_at(reply, 1), 0);

	if (ctl->json)
		ctl_print_json(json_pack("{s:s,s:s,s:I,s:I}", "to", mask, "advertiser", advertiser,
		                         "withdrawn", (json_int_t)back, "already_out", (json_int_t)out));
	else
		printf("%s: withdrawn from %s; %" PRId64 " ready taken back; %" PRId64 " already out\n", mask,
		       advertiser, back, out);
	reply_free(reply);
	args_done(&a);
	return 0;
}

static int run_consent(struct ctl *ctl, int argc, char **argv)
{
	const char *source = "licetctl", *reason = "", *event = NULL;
	const struct ctl_option options[] = { { "--source", &source, NULL },
		                              { "--reason", &reason, NULL },
		                              { "--event", &event, NULL },
		                              { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options, 3, 3);
	ask_id(ctl, "an advertiser", argv[2]);
	if (*source == '\0')
		ctl_misuse(ctl, "--source must say who reports it");
	if (strcmp(argv[1], "import") == 0)
		return consent_import(ctl, argv[2], argv[3]);
	if (strcmp(argv[1], "show") == 0)
		return consent_show(ctl, argv[2], argv[3]);
	if (strcmp(argv[1], "withdraw") == 0)
		return consent_withdraw(ctl, argv[2], argv[3], source, reason, event);
	ctl_misuse(ctl, "consent has no %s", argv[1]);
}

const struct command ctl_registry_commands[] = {
	{ .name = "oppose",
	  .usage = "NUMBER [--advertiser A] [--source S] [--reason R] [--event T] [--person P]",
	  .summary = "somebody said no: final at once, for everybody or for one advertiser",
	  .needs_redis = true,
	  .run = run_oppose,
	  .details = "What is ready is taken back; \"already out\" counts what a sender has in its hands.\n"
	             "  --event T   when it was said, RFC 3339; now if it is not given\n" },
	{ .name = "consent",
	  .usage =
	      "import A FILE|- | show A NUMBER | withdraw A NUMBER [--source S] [--reason R] [--event T]",
	  .summary = "the registry of an advertiser's consents",
	  .needs_redis = true,
	  .run = run_consent,
	  .details =
	      "FILE is CSV with a header: number,product,channel,collected_at,until,form,proof and, if wanted,\n"
	      "advertiser,via,act,bases,slot. The mentions of form have spaces or | between them.\n"
	      "Bad lines are told and left out; exit 1 if there was one.\n" },
	{ 0 },
};
