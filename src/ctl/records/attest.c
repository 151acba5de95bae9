/* attest.c - an attestation as JSON. */
#include "ctl/records/attest.h"

#include "core/job/job.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "ctl/base/words.h"
#include "ctl/base/wrap.h"
#include "ctl/explain/receipt.h"
#include "ctl/law/law_text.h"
#include "ctl/log/log_said.h"
#include "ctl/paper/paper.h"
#include "ctl/paper/paper_attest.h"
#include "ctl/records/attest_days.h"
#include "ctl/records/attest_facts.h"
#include "ctl/records/attest_text.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLIDAY_DAYS_MAX 800 /* of the time that is looked at for holidays */

static json_t *text_or_null(const char *text)
{
	json_t *value = text != NULL && *text != '\0' ? print_json_text(text) : NULL;

	return value != NULL ? value : json_null();
}

/* Fields of a hash, by the same names. */
static json_t *json_fields(const struct hash *hash, const char *const *names)
{
	json_t *object = json_object();

	for (; *names != NULL; names++)
		json_object_set_new(object, *names, text_or_null(hash_get(hash, *names)));
	return object;
}

/* --- what it says of jobs ---------------------------------------------------------------- */

/* The counters that begin so, without it. */
static json_t *counters(const struct attest *x, const char *head)
{
	json_t *object = json_object();
	size_t len = strlen(head);

	for (size_t i = 0; i < x->stats.fields.count; i++) {
		const char *name = x->stats.fields.names[i];
		int64_t n = strtoll(x->stats.fields.values[i], NULL, 10);

		if (strncmp(name, head, len) == 0 && n != 0)
			json_object_set_new(object, name + len, json_integer(n));
	}
	return object;
}

/* Calls by outcome, those that were tried again included. */
static json_t *json_outcomes(const struct attest *x, int64_t *ret_calls)
{
	json_t *outcomes = counters(x, "done."), *again = counters(x, "retried."), *value;
	const char *name;

	json_object_foreach(again, name, value)
	{
		json_int_t n =
		    json_integer_value(value) + json_integer_value(json_object_get(outcomes, name));

		json_object_set_new(outcomes, name, json_integer(n));
	}
	json_decref(again);
	*ret_calls = 0;
	json_object_foreach(outcomes, name, value)
	{
		if (strcmp(name, "not-placed") != 0)
			*ret_calls += json_integer_value(value);
	}
	return outcomes;
}

static json_t *json_refusals(const struct attest *x)
{
	json_t *refused = counters(x, "refused."), *list = json_array(), *value;
	const char *code;

	json_object_foreach(refused, code, value)
	{
		const json_t *articles = json_object_get(x->articles, code);
		json_t *entry = print_pack("{s:s,s:O}", "reason", code, "count", value), *by = json_array(),
		       *ignored;
		enum reason reason;
		const char *article;

		if (reason_find(code, strlen(code), &reason)) {
			json_object_set_new(entry, "text", print_json_text(lang_reason(x->french, reason)));
			/* The refusals themselves are gone: what the law says of it today. */
			article = law_article(x->rb, reason, "", "", (int32_t)(x->now_ms / DAY_MS));
			if (articles == NULL && *article != '\0')
				json_array_append_new(by, print_json_text(article));
		}
		json_object_foreach((json_t *)articles, article, ignored)
		{
			json_array_append_new(by, print_json_text(article));
		}
		json_object_set_new(entry, "articles", by);
		json_array_append_new(list, entry);
	}
	json_decref(refused);
	return list;
}

static json_t *json_numbers(struct attest *x)
{
	static const char *const terms[] = {
		"intake", "refused", "invalid", "cancelled", "erased", "unknown"
	};
	char key[KEY_SIZE];
	int64_t calls,
	    waiting = ask_count(x->ctl, "LLEN", key_campaign(x->ctl->conf.prefix, x->campaign, "queue", key));
	json_t *object = json_object(), *outcomes = json_outcomes(x, &calls);

	for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++)
		json_object_set_new(object, terms[i], json_integer(hash_int(&x->stats, terms[i])));
	waiting += hash_int(&x->stats, "held") + hash_int(&x->stats, "later") + hash_int(&x->stats, "ready");
	json_object_set_new(object, "waiting", json_integer(waiting));
	json_object_set_new(object, "with_senders",
	                    json_integer(hash_int(&x->stats, "taken") + hash_int(&x->stats, "settling")));
	json_object_set_new(object, "called", json_integer(calls));
	json_object_set_new(object, "outcomes", outcomes);
	json_object_set_new(object, "refused_by_reason", json_refusals(x));
	json_object_set_new(object, "invalid_by_reason", counters(x, "invalid."));
	/* Trimmed since, or not recorded yet. */
	if (calls > x->calls)
		json_array_append_new(
		    x->limits,
		    json_sprintf(
			lang_pick(
			    x->french,
			    "%lld of %lld calls are on record any more: hours, "
			    "oppositions and proofs were checked for these",
			    "%lld appels sur %lld sont encore tracés : horaires, oppositions et preuves vérifiés pour ceux-ci"),
			(long long)x->calls, (long long)calls));
	return object;
}

/* --- what it says of the law ----------------------------------------------------------------- */

/* The days between the first call and the last that were holidays where people were called. */
static json_t *json_holidays(const struct attest *x)
{
	json_t *list = json_array();
	int32_t first, last;

	if (x->first_ms == TIME_NONE || x->places == 0)
		return list;
	first = (int32_t)(x->first_ms / DAY_MS) - 1;
	last = (int32_t)(x->last_ms / DAY_MS) + 1;
	for (int32_t day = first; day <= last && day - first < HOLIDAY_DAYS_MAX; day++) {
		const struct holiday *holiday = window_holiday_on(x->rb, x->places, day);

		if (holiday == NULL)
			continue;
		json_t *entry = print_pack("{s:s}", "name", holiday->name);

		json_object_set_new(entry, "date", ctl_json_date(day));
		json_array_append_new(list, entry);
	}
	return list;
}

static json_t *json_hours(const struct attest *x)
{
	char place[PLACE_NAME_SIZE];
	json_t *object =
	    print_pack("{s:I,s:I,s:I,s:I,s:I}", "checked", (json_int_t)(x->calls - x->unjudged), "outside",
	               (json_int_t)x->outside, "on_holidays", (json_int_t)x->on_holiday,
	               "at_a_time_asked_for", (json_int_t)x->in_slot, "not_judged", (json_int_t)x->unjudged);

	json_object_set_new(object, "places", text_or_null(place_name(x->rb, x->places, place)));
	json_object_set_new(object, "holidays", json_holidays(x));
	return object;
}

static json_t *json_oppositions(const struct attest *x)
{
	int64_t received = 0, longest_ms = 0;

	for (size_t i = 0; i < x->said_count; i++) {
		const struct attest_said *said = &x->said[i];

		if (!said->on || x->first_ms == TIME_NONE || said->ms < x->first_ms)
			continue;
		received++;
		longest_ms = said->delay_ms > longest_ms ? said->delay_ms : longest_ms;
	}
	return print_pack("{s:I,s:I,s:I,s:I,s:I,s:I}", "received", (json_int_t)received, "in_its_calls",
	                  (json_int_t)x->in_calls, "withdrawals", (json_int_t)x->withdrawals,
	                  "handed_over_afterwards", (json_int_t)x->after_opposition, "out_already",
	                  (json_int_t)x->out_already, "longest_until_recorded_s",
	                  (json_int_t)(longest_ms / 1000));
}

static json_t *json_retention(const struct attest *x)
{
	const struct conf *conf = &x->ctl->conf;
	json_t *object = json_object();
	int64_t last_ms = x->last_ms != TIME_NONE ? x->last_ms : x->now_ms;
	static const char *const names[] = { "calls", "refusals", "invalid" };
	const int days[] = { conf->keep_done_days, conf->keep_refused_days, conf->keep_invalid_days };

	for (size_t i = 0; i < 3; i++) {
		int32_t day = (int32_t)((last_ms + days[i] * DAY_MS) / DAY_MS);

		json_object_set_new(object, names[i],
		                    print_pack("{s:i,s:o}", "days", days[i], "last_until",
		                               days[i] > 0 ? ctl_json_date(day) : json_null()));
	}
	return object;
}

static json_t *json_law(const struct attest *x)
{
	json_t *object = print_pack("{s:s,s:s,s:s,s:s}", "rulebook", x->rb->id, "version", x->rb->version,
	                            "hash", x->rb->hash, "tzdata", x->rb->tzdata);

	json_object_set_new(object, "approved_by", text_or_null(x->rb->approved_by));
	json_object_set_new(object, "approved_on", text_or_null(x->rb->approved_on));
	json_object_set_new(object, "source", text_or_null(x->rb->source));
	json_object_set(object, "at_release", x->rulebooks);
	return object;
}

/* --- all of it --------------------------------------------------------------------------------- */

static json_t *json_data(struct attest *x)
{
	char hex[SHA256_HEX_SIZE];
	json_t *object = print_pack("{s:s,s:I,s:I}", "sha256", sha256_finish(&x->sum, hex), "calls",
	                            (json_int_t)x->records, "refusals", (json_int_t)x->refusals);

	json_object_set_new(object, "last_call", text_or_null(x->last_done));
	json_object_set_new(object, "last_refusal", text_or_null(x->last_refused));
	return object;
}

json_t *attest_json(struct attest *x)
{
	static const char *const campaign[] = {
		"advertiser", "purpose",         "sector",    "product",         "delivery",
		"message",    "message_seconds", "announces", "synthetic_voice", "caller_id",
		"opt_out",    "source",          "status",    "start",           "end",
		NULL
	};
	static const char *const advertiser[] = { "name", "siren", "country", NULL };
	static const char *const source[] = { "name",     "collected_by", "legal_basis", "acquired_at",
		                              "informed", "status",       NULL };
	json_t *all = print_pack("{s:s,s:s,s:s}", "attestation", ATTESTATION_FORMAT, "lang",
	                         x->french ? "fr" : "en", "campaign", x->campaign);

	json_object_set_new(all, "at", ctl_json_time(x->now_ms));
	json_object_set_new(all, "platform", text_or_null(x->ctl->conf.platform));
	json_object_set_new(all, "advertiser", json_fields(&x->of_advertiser, advertiser));
	json_object_set_new(all, "definition", json_fields(&x->def, campaign));
	json_object_set_new(all, "source", json_fields(&x->source, source));
	json_object_set_new(all, "first_call", ctl_json_time(x->first_ms));
	json_object_set_new(all, "last_call", ctl_json_time(x->last_ms));
	json_object_set_new(all, "numbers", json_numbers(x));
	json_object_set_new(all, "by_day", attest_days(x));
	json_object_set_new(all, "hours", json_hours(x));
	json_object_set_new(all, "oppositions", json_oppositions(x));
	json_object_set_new(all, "most_attempts_before_a_call", json_integer(x->most_before));
	json_object_set_new(all, "consents",
	                    print_pack("{s:O,s:I}", "by_series", x->proofs, "without_proof",
	                               (json_int_t)x->without_proof));
	json_object_set_new(all, "kept", json_retention(x));
	json_object_set_new(all, "law", json_law(x));
	json_object_set_new(all, "data", json_data(x));
	json_object_set(all, "limits", x->limits);
	if (x->log != NULL)
		json_object_set(all, "log", x->log);
	char *hash = receipt_hash(all);

	json_object_set_new(all, "hash", print_json_text(hash));
	free(hash);
	return all;
}

static void attest_done(struct attest *x)
{
	hash_done(&x->def);
	hash_done(&x->of_advertiser);
	hash_done(&x->source);
	hash_done(&x->stats);
	json_decref(x->proofs);
	json_decref(x->rulebooks);
	json_decref(x->articles);
	json_decref(x->limits);
	json_decref(x->log);
	free(x->said);
}

/* On a terminal its lines end between words. */
static void print_filled(const struct attest *x, json_t *all)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (file == NULL)
		ctl_fail(
		    error_pick("no memory for the attestation", "mémoire insuffisante pour l'attestation"));
	attest_print(x, all, file);
	if (fclose(file) != 0)
		ctl_fail(
		    error_pick("no memory for the attestation", "mémoire insuffisante pour l'attestation"));
	wrap_lines(text);
	free(text);
}

static void write_out(const struct attest *x, json_t *all, bool html, FILE *file)
{
	if (html) {
		const struct zone *zone = x->rb->territories[0].zones[0];

		paper_attest(&(struct sheet_want){ .ctl = x->ctl, .french = x->french, .zone = zone }, all,
		             file);
		return;
	}
	if (!x->ctl->json) {
		if (file == stdout)
			print_filled(x, all);
		else
			attest_print(x, all, file);
		return;
	}
	print_json(file, all, JSON_INDENT(2));
	fputc('\n', file);
}

static int attest(struct ctl *ctl, const char *campaign, const char *out, bool html)
{
	struct attest x = { .ctl = ctl,
		            .rb = ctl_rulebook(ctl),
		            .campaign = campaign,
		            .french = ctl->french,
		            .now_ms = ctl_now_ms(ctl),
		            .first_ms = TIME_NONE,
		            .last_ms = TIME_NONE,
		            .proofs = json_object(),
		            .rulebooks = json_object(),
		            .articles = json_object(),
		            .limits = json_array() };
	struct outfile file = { 0 };

	if (out != NULL)
		outfile_check(out);
	attest_read(&x);
	x.log = log_said(ctl, campaign, &x.log_agrees);
	json_t *all = attest_json(&x);

	ctl_must_be_whole(ctl);
	if (out == NULL) {
		write_out(&x, all, html, stdout);
	} else {
		if (!outfile_open(&file, out))
			ctl_fail("%s: %s", out, error_system(errno));
		write_out(&x, all, html, file.file);
		if (!outfile_close(&file)) {
			outfile_drop(&file);
			ctl_fail("%s: %s", out, error_system(errno));
		}
		outfile_done(&file);
	}
	/* What is not as it should be is no success, and is attested all the same. */
	bool good = x.outside == 0 && x.after_opposition == 0 && x.log_agrees;

	json_decref(all);
	attest_done(&x);
	return good ? 0 : 1;
}

static int run_attest(struct ctl *ctl, int argc, char **argv)
{
	const char *out = NULL, *format = NULL;
	const struct ctl_option options[] = { { "--out", &out, NULL },
		                              { "--format", &format, NULL },
		                              { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	find_campaign(ctl, argv[1]);
	if (!ask_is_campaign(ctl, argv[1]))
		ctl_misuse(ctl, error_pick("%s is not a campaign", "%s n'est pas une campagne"), argv[1]);
	format = paper_format(ctl, format, NULL, false);
	return attest(ctl, argv[1], out, strcmp(format, "html") == 0);
}

const struct command ctl_attest_commands[] = {
	{ .name = "attest",
	  .usage = "CAMPAIGN",
	  .summary = "attestation of a campaign, for its client",
	  .needs_redis = true,
	  .run = run_attest,
	  .has_page = true,
	  .example = "licetctl attest acme.noel --lang fr",
	  .details =
	      "It has jobs and outcomes, refusals with their articles, calls against the hours of their "
	      "places, oppositions, proofs of consent, the rulebook, and the hash of the data. It has no "
	      "number of anybody who was called.\n"
	      "Exit 1 if a call was outside lawful hours or after an opposition, or if the decision log and "
	      "Redis differ. If the data cannot be read, was deleted or does not add up, nothing is "
	      "attested.\n" },
	{ 0 },
};
