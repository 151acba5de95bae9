/* attempts: when people were called, by us or by others. */
#include "core/consent/attempts.h"
#include "core/text/reason.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/input/import.h"
#include "ctl/query/company_ids.h"
#include "ctl/sender/outcome.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <string.h>

/* --- import --------------------------------------------------------------------------- */

static const char *const columns[] = { "number", "at", "person", "outcome" };
enum { NUMBER, AT, PERSON, OUTCOME };

/* Attempts that an advertiser made before, or through somebody else: they count (D223-9). */
static bool attempt_line(struct import *im, struct redis_args *a)
{
	const char *at = import_cell(im, AT);
	struct phone phone;
	int64_t ms;
	int32_t day;

	if (!import_number(im, NUMBER, &phone))
		return false;
	if (!civil_parse_date(at, strlen(at), &day) && !civil_parse_instant(at, strlen(at), &ms)) {
		report_line(&im->bad, im->lines, columns[AT], reason_name(REASON_FIELD_MALFORMED), NULL,
		            "expected a date such as 2026-11-24, or an instant with its offset");
		return false;
	}
	const char *outcome = import_cell(im, OUTCOME);

	if (*outcome != '\0' && outcome_find(outcome, strlen(outcome)) == NULL) {
		report_line(&im->bad, im->lines, columns[OUTCOME], reason_name(REASON_FIELD_MALFORMED), NULL,
		            "expected an outcome such as answered or no-answer, or nothing");
		return false;
	}
	args_add(a, import_keep(im, phone.e164));
	args_add(a, import_keep(im, at));
	args_add(a, import_keep(im, import_cell(im, PERSON)));
	args_add(a, import_keep(im, import_cell(im, OUTCOME)));
	return true;
}

static const struct import_kind attempts_import = {
	.columns = columns,
	.column_count = sizeof(columns) / sizeof(columns[0]),
	.needed = 2,
	.head = "number,at,person,outcome",
	.key = "attempts",
	.function = "licet_attempt",
	.what = "attempts",
	.line = attempt_line,
};

/* --- show ------------------------------------------------------------------------------- */

/* The attempts of a number, or of a person if that is said. */
static size_t read_days(struct ctl *ctl, const char *advertiser, const struct attempts_slot *slot,
                        uint8_t ret[ATTEMPTS_BYTES_MAX])
{
	char key[KEY_SIZE];
	const char *packed;
	size_t len = 0, packed_len, n = 0;
	struct redis_reply *reply =
	    ask_words(ctl, "HGET", key_of(ctl->conf.prefix, "attempts", advertiser, key), slot->field);
	const char *bucket = reply_text(reply, &len);

	if (bucket != NULL && attempts_find(bucket, len, slot->mark, &packed, &packed_len))
		n = attempts_unpack(packed, packed_len, (int32_t)(ctl_now_ms(ctl) / DAY_MS), ret);
	reply_free(reply);
	return n;
}

static int attempts_show(struct ctl *ctl, const char *advertiser, const char *number, const char *person)
{
	char mask[PHONE_MASK_SIZE], date[CIVIL_DATE_SIZE];
	uint8_t days[ATTEMPTS_BYTES_MAX];
	struct attempts_slot slot;
	struct phone phone;
	json_t *list = json_array();

	ask_number(ctl, number, &phone);
	phone_mask(phone.e164, mask);
	if (person != NULL)
		attempts_slot_of_person(person, &slot);
	else
		attempts_slot_of_number(phone.e164, &slot);
	size_t len = read_days(ctl, advertiser, &slot, days);

	for (size_t i = 0; i + 1 < len; i += 2)
		json_array_append_new(list, print_json_text(civil_format_date(attempts_day(days + i), date)));
	if (ctl->json) {
		ctl_print_json(
		    print_pack("{s:s,s:s,s:o}", "to", mask, "advertiser", advertiser, "attempts", list));
		return 0;
	}
	print(lang_pick(ctl->french, "%s: %zu attempt%s of %s on record%s\n",
	                "%s : %zu tentative%s de %s au registre%s\n"),
	      person != NULL ? person : mask, json_array_size(list), json_array_size(list) == 1 ? "" : "s",
	      advertiser, json_array_size(list) == 0 ? "" : lang_pick(ctl->french, ":", " :"));
	for (size_t i = 0; i < json_array_size(list); i++)
		print("  %s\n", json_string_value(json_array_get(list, i)));
	json_decref(list);
	return 0;
}

static int run_attempts(struct ctl *ctl, int argc, char **argv)
{
	const char *person = NULL;
	const struct ctl_option options[] = { { "--person", &person, NULL }, { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	ask_id(ctl, error_pick("an advertiser", "annonceur"), argv[2]);
	find_advertiser(ctl, argv[2]);
	ask_advertiser(ctl, argv[2]);
	if (strcmp(argv[1], "import") == 0)
		return import_run(ctl, &attempts_import, argv[2], argv[3]);
	char first[ID_MAX + 1];

	return attempts_show(ctl, ask_kept_under(ctl, argv[2], first), argv[3], person);
}

const struct command ctl_attempts_commands[] = {
	{ .name = "attempts",
	  .usage = "import A FILE|- | show A NUMBER",
	  .summary = "show attempts to call; import those made elsewhere",
	  .needs_redis = true,
	  .run = run_attempts,
	  .example = "licetctl attempts import acme calls.csv",
	  .details =
	      "FILE is CSV with a header: number,at and optionally person and outcome. Without an outcome "
	      "an attempt counts as a call that reached the person. at is a date, or an instant whose date "
	      "counts as written: write it in the time zone of the person who was called. Each line is one "
	      "attempt: if you import a file twice, it counts twice. Bad lines are reported and skipped; "
	      "exit 1 if there was one.\n"
	      "Then: HSET licet:advertiser:A attempts_before imported\n" },
	{ 0 },
};
