/* consent: the registry of an advertiser's consents. */
#include "core/consent/consent.h"
#include "core/job/job.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/enqueue/row_to_job.h"
#include "ctl/input/import.h"
#include "ctl/query/company_ids.h"
#include "ctl/query/query.h"
#include "ctl/registry/consent_expiring.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- consent import ------------------------------------------------------------------ */

static const char *const consent_columns[] = { "number",     "product", "channel", "collected_at",
	                                       "until",      "form",    "proof",   "act",
	                                       "advertiser", "via",     "bases",   "slot" };
enum { NUMBER_COLUMN = 0, FORM_COLUMN = 5 };

static json_t *consent_of_line(const struct import *im)
{
	json_t *object = json_object();

	for (size_t c = 1; c < im->kind->column_count; c++) {
		const char *cell = import_cell(im, c);

		if (*cell == '\0')
			continue;
		json_object_set_new(object, consent_columns[c],
		                    cell_value(im->ctl->rulebook, consent_columns[c], cell));
	}
	return object;
}

/* A consent that no call could ever use is told now, not when the call is refused. */
static bool consent_is_sound(struct import *im, const json_t *object)
{
	struct consent consent;
	struct fault fault;

	if (!consent_parse(object, "", &consent, &fault)) {
		report_line(&im->bad, im->lines, fault.field, reason_name(fault.reason), NULL, fault.hint);
		return false;
	}
	for (size_t c = 1; c < FORM_COLUMN - 1; c++) {
		/* A registered form says product and channel itself. */
		bool said = consent.form_id != NULL && c < 3;

		if (*import_cell(im, c) != '\0' || said)
			continue;
		report_line(&im->bad, im->lines, consent_columns[c], reason_name(REASON_FIELD_MISSING), NULL,
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

static bool consent_line(struct import *im, struct redis_args *a)
{
	json_t *object = consent_of_line(im);
	struct phone phone;
	bool sound = import_number(im, NUMBER_COLUMN, &phone) && consent_is_sound(im, object);

	if (sound) {
		char *text = json_pool_text(object, JSON_COMPACT);

		args_add(a, import_keep(im, phone.e164));
		args_add(a, import_keep(im, text));
		free(text);
	}
	json_decref(object);
	return sound;
}

static const struct import_kind consent_import = {
	.columns = consent_columns,
	.column_count = sizeof(consent_columns) / sizeof(consent_columns[0]),
	.needed = FORM_COLUMN - 1,
	.head = "number,product,channel,collected_at,until,form,proof",
	.key = "consent",
	.function = "licet_consent",
	.what = "consents",
	.line = consent_line,
};

/* --- consent show and withdraw ----------------------------------------------------------- */

static void print_consents(const char *mask, const json_t *record)
{
	const json_t *consents = json_object_get(record, "consents");
	const json_t *withdrawn = json_object_get(record, "withdrawn_ms");
	char at[CIVIL_INSTANT_SIZE];

	print(error_pick("%s: %zu consent%s\n", "%s : %zu consentement%s\n"), mask, json_array_size(consents),
	      json_array_size(consents) == 1 ? "" : "s");
	if (json_is_number(withdrawn))
		print(error_pick("withdrawn %s: what was collected before counts no more\n",
		                 "retiré le %s : ce qui a été recueilli avant ne compte plus\n"),
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
			                 : json_pool_text(value, JSON_COMPACT | JSON_ENCODE_ANY);

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
		ctl_fail(error_pick("%s: its record is not readable",
		                    "%s : son enregistrement est illisible"),
		         mask);
	bool none = text == NULL;

	reply_free(reply);
	if (ctl->json) {
		json_t *consents = json_object_get(record, "consents"),
		       *at = json_object_get(record, "withdrawn_ms");

		ctl_print_json(print_pack("{s:s,s:s,s:O,s:o}", "to", mask, "advertiser", advertiser,
		                          "consents", consents != NULL ? consents : json_array(),
		                          "withdrawn_at",
		                          ctl_json_time(json_is_number(at) ? (int64_t)json_number_value(at)
		                                                           : TIME_NONE)));
	} else if (none) {
		print(lang_pick(ctl->french, "%s: %s has no consent of it\n",
		                "%s : %s n'en a aucun consentement\n"),
		      mask, advertiser);
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
	args_fcall(&a, "licet_withdraw", key_of(ctl->conf.prefix, "consent", advertiser, key));
	const char *words[] = { phone.e164, source, reason, at };

	for (size_t i = 0; i < 4; i++)
		args_add(&a, words[i]);
	struct redis_reply *reply = ask_call(ctl, &a);

	if (reply_is_error(reply))
		ask_refused(reply, error_pick("the withdrawal was refused", "le retrait a été refusé"));
	int64_t back = reply_int(reply_at(reply, 0), 0), out = reply_int(reply_at(reply, 1), 0);

	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:I,s:I}", "to", mask, "advertiser", advertiser,
		                          "withdrawn", (json_int_t)back, "already_out", (json_int_t)out));
	else
		print(lang_pick(ctl->french,
		                "%s: withdrawn from %s; %" PRId64 " ready taken back; %" PRId64
		                " already out\n",
		                "%s : retiré à %s ; %" PRId64 " prêtes reprises ; %" PRId64 " déjà dehors\n"),
		      mask, advertiser, back, out);
	reply_free(reply);
	args_done(&a);
	return 0;
}

static int run_consent(struct ctl *ctl, int argc, char **argv)
{
	const char *source = "licetctl", *reason = "", *event = NULL, *days = "30";
	const struct ctl_option options[] = { { "--days", &days, NULL },
		                              { "--source", &source, NULL },
		                              { "--reason", &reason, NULL },
		                              { "--event", &event, NULL },
		                              { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	if (strcmp(argv[1], "expiring") == 0) {
		int n = ctl_read_int(ctl, "--days", days, 1, 3660);

		find_campaign(ctl, argv[2]);
		ask_campaign(ctl, argv[2]);
		return consent_expiring(ctl, argv[2], n);
	}
	ask_id(ctl, error_pick("an advertiser", "annonceur"), argv[2]);
	find_advertiser(ctl, argv[2]);
	ask_advertiser(ctl, argv[2]);
	if (*source == '\0')
		ctl_misuse(ctl, error_pick("--source must say who reports it",
		                           "--source doit dire qui le signale"));
	if (strcmp(argv[1], "import") == 0)
		return import_run(ctl, &consent_import, argv[2], argv[3]);
	char first[ID_MAX + 1];

	if (strcmp(argv[1], "show") == 0)
		return consent_show(ctl, ask_kept_under(ctl, argv[2], first), argv[3]);
	return consent_withdraw(ctl, argv[2], argv[3], source, reason, event);
}

const struct command ctl_consent_commands[] = {
	{ .name = "consent",
	  .usage = "import A FILE|- | show A NUMBER | withdraw A NUMBER | expiring CAMPAIGN",
	  .summary = "import, show, withdraw and count consents",
	  .needs_redis = true,
	  .has_page = true,
	  .run = run_consent,
	  .example = "licetctl consent import acme consents.csv",
	  .details =
	      "FILE is CSV with a header: number,product,channel,collected_at,until,form,proof and "
	      "optionally advertiser,via,act,bases,slot. Separate the mentions of form with spaces or |. "
	      "Bad lines are reported and skipped; exit 1 if there was one.\n"
	      "expiring counts the consents that end within --days, of waiting jobs of a campaign and of "
	      "its advertiser's registry, by form and by day.\n" },
	{ 0 },
};
