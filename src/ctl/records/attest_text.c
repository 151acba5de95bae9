/* attest_text.c - an attestation for people, in English or French. */
#include "ctl/records/attest_text.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/log/log_said.h"
#include "ctl/paper/letter.h"
#include "ctl/paper/words.h"
#include "ctl/records/attest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "-";
}

static long long int_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void title(const struct attest *x, FILE *file, const char *english, const char *french)
{
	print_to(file, "\n%s\n", lang_pick(x->french, english, french));
}

static void line(const struct attest *x, FILE *file, const char *english, const char *french,
                 const char *text)
{
	print_to(file, x->french ? "  %s : %s\n" : "  %s: %s\n", lang_pick(x->french, english, french), text);
}

static void number(const struct attest *x, FILE *file, const char *english, const char *french, long long n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", n);
	line(x, file, english, french, text);
}

/* A code by what it is called; in English it stands as programs know it. */
static const char *code(const struct attest *x, const char *text)
{
	return x->french ? words_of(true, text) : text;
}

/* Names and how many of each. */
static void counts(const struct attest *x, FILE *file, const json_t *object, const char *indent)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		print_to(file,
		         x->french ? "%s%s : %" JSON_INTEGER_FORMAT "\n" : "%s%s: %" JSON_INTEGER_FORMAT "\n",
		         indent, code(x, name), json_integer_value(value));
	}
}

static void print_campaign(const struct attest *x, const json_t *all, FILE *file)
{
	const json_t *def = json_object_get(all, "definition"), *source = json_object_get(all, "source");
	const json_t *advertiser = json_object_get(all, "advertiser");
	static const struct {
		const char *name, *english, *french;
	} fields[] = {
		{ "purpose", "Purpose", "Finalité" },
		{ "sector", "Sector", "Secteur" },
		{ "product", "Product", "Produit" },
		{ "delivery", "Delivery", "Remise" },
		{ "message", "Message", "Message" },
		{ "message_seconds", "Message, seconds", "Durée du message, en secondes" },
		{ "announces", "What it announces", "Ce qu'il annonce" },
		{ "synthetic_voice", "Synthetic voice", "Voix de synthèse" },
		{ "caller_id", "Number shown", "Numéro présenté" },
		{ "opt_out", "To object", "Pour s'opposer" },
	};

	line(x, file, "Platform", "Plateforme", text_of(all, "platform"));
	print_to(file, x->french ? "  %s : %s, SIREN %s\n" : "  %s: %s, SIREN %s\n",
	         lang_pick(x->french, "Advertiser", "Annonceur"), text_of(advertiser, "name"),
	         text_of(advertiser, "siren"));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *list = strcmp(fields[i].name, "announces") == 0 && x->french
		                 ? words_list(true, text_of(def, fields[i].name))
		                 : NULL;
		line(x, file, fields[i].english, fields[i].french,
		     list != NULL ? list : code(x, text_of(def, fields[i].name)));
		free(list);
	}
	print_to(file, x->french ? "  %s : %s (%s, %s, %s, %s)\n" : "  %s: %s (%s, %s, %s, %s)\n",
	         lang_pick(x->french, "Source of the numbers", "Origine des numéros"),
	         text_of(source, "name"), text_of(source, "collected_by"),
	         code(x, text_of(source, "legal_basis")), text_of(source, "acquired_at"),
	         text_of(source, "informed"));
	print_to(file, x->french ? "  %s : %s - %s\n" : "  %s: %s - %s\n",
	         lang_pick(x->french, "First and last call", "Premier et dernier appel"),
	         text_of(all, "first_call"), text_of(all, "last_call"));
}

static void print_numbers(const struct attest *x, const json_t *n, FILE *file)
{
	const json_t *list = json_object_get(n, "refused_by_reason"), *entry, *article;
	size_t i, k;

	title(x, file, "Jobs", "Tâches");
	number(x, file, "Taken in", "Reçues", int_of(n, "intake"));
	number(x, file, "Calls", "Appels", int_of(n, "called"));
	counts(x, file, json_object_get(n, "outcomes"), "    ");
	number(x, file, "Refused", "Refusées", int_of(n, "refused"));
	json_array_foreach(list, i, entry)
	{
		if (x->french)
			print_to(file, "    %s : %lld (%s", text_of(entry, "text"), int_of(entry, "count"),
			         text_of(entry, "reason"));
		else
			print_to(file, "    %s: %lld (%s", text_of(entry, "reason"), int_of(entry, "count"),
			         text_of(entry, "text"));
		json_array_foreach(json_object_get(entry, "articles"), k, article)
		{
			char *cited = letter_article(x->french, json_string_value(article));
			print_to(file, x->french ? " ; %s" : "; %s", cited);
			free(cited);
		}
		fputs(")\n", file);
	}
	number(x, file, "Invalid", "Invalides", int_of(n, "invalid"));
	counts(x, file, json_object_get(n, "invalid_by_reason"), "    ");
	number(x, file, "Cancelled", "Annulées", int_of(n, "cancelled"));
	number(x, file, "Erased at the request of the person", "Effacées à la demande de la personne",
	       int_of(n, "erased"));
	number(x, file, "Still waiting", "Encore en attente", int_of(n, "waiting"));
	number(x, file, "With senders", "Chez les émetteurs", int_of(n, "with_senders"));
	number(x, file, "Outcome unknown", "Issue inconnue", int_of(n, "unknown"));
}

static void print_day(FILE *file, const char *date, const json_t *day)
{
	print_to(file, "  %-10s %11lld %9lld %9lld %11lld\n", date, int_of(day, "released"),
	         int_of(day, "refused"), int_of(day, "answered"), int_of(day, "opposed"));
}

/* Day by day; nothing where nothing is kept. */
static void print_days(const struct attest *x, const json_t *by_day, FILE *file)
{
	const json_t *days = json_object_get(by_day, "days"), *entry;
	size_t i;

	if (json_array_size(days) == 0)
		return;
	print_to(file, "\n%s, %s\n", lang_pick(x->french, "By day", "Par jour"), text_of(by_day, "zone"));
	fputs(x->french ? "             transmises  refusées décrochés oppositions\n"
	                : "                released   refused  answered     opposed\n",
	      file);
	json_array_foreach(days, i, entry)
	{
		print_day(file, text_of(entry, "date"), entry);
	}
	print_day(file, lang_pick(x->french, "Sum", "Somme"), json_object_get(by_day, "sums"));
	if (json_array_size(json_object_get(by_day, "why")) > 0)
		print_day(file, lang_pick(x->french, "In all", "Au total"),
		          json_object_get(by_day, "totals"));
	json_array_foreach(json_object_get(by_day, "why"), i, entry)
	{
		print_to(file, "  %s\n", json_string_value(entry));
	}
}

static void print_law(const struct attest *x, const json_t *all, FILE *file)
{
	const json_t *hours = json_object_get(all, "hours"), *said = json_object_get(all, "oppositions"),
		     *entry;
	const json_t *consents = json_object_get(all, "consents");
	size_t i;

	title(x, file, "Hours, each call by its place and the rulebook",
	      "Horaires, chaque appel selon son lieu et les règles");
	number(x, file, "Calls checked", "Appels vérifiés", int_of(hours, "checked"));
	number(x, file, "Calls outside lawful hours", "Appels hors des horaires légaux",
	       int_of(hours, "outside"));
	number(x, file, "Calls on holidays", "Appels un jour férié", int_of(hours, "on_holidays"));
	number(x, file, "Calls at a precise time that the person asked for",
	       "Appels à une heure précise demandée par la personne", int_of(hours, "at_a_time_asked_for"));
	number(x, file, "Calls that could not be judged", "Appels qui n'ont pu être jugés",
	       int_of(hours, "not_judged"));
	char *places = x->french ? words_place(true, text_of(hours, "places")) : NULL;
	line(x, file, "Places", "Lieux", places != NULL ? places : text_of(hours, "places"));
	free(places);
	json_array_foreach(json_object_get(hours, "holidays"), i, entry)
	{
		print_to(file, "    %s %s\n", text_of(entry, "date"), text_of(entry, "name"));
	}
	title(x, file, "Oppositions", "Oppositions");
	number(x, file, "Received since the first call", "Reçues depuis le premier appel",
	       int_of(said, "received"));
	number(x, file, "Said in calls of the campaign", "Exprimées dans un appel de la campagne",
	       int_of(said, "in_its_calls"));
	number(x, file, "Consents withdrawn at the advertiser", "Consentements à l'annonceur retirés",
	       int_of(said, "withdrawals"));
	number(x, file, "Calls handed over after an opposition", "Appels remis après une opposition",
	       int_of(said, "handed_over_afterwards"));
	number(x, file, "Calls that a sender had already when it came",
	       "Appels déjà chez un émetteur quand elle est arrivée", int_of(said, "out_already"));
	number(x, file, "Longest time from being said to being recorded and honoured, s",
	       "Délai le plus long entre l'expression et la prise en compte, en s",
	       int_of(said, "longest_until_recorded_s"));
	title(x, file, "Consents", "Consentements");
	counts(x, file, json_object_get(consents, "by_series"), "    ");
	number(x, file, "Calls without a proof", "Appels sans preuve", int_of(consents, "without_proof"));
	number(x, file, "Most attempts that counted before a call",
	       "Tentatives comptées avant un appel, au plus", int_of(all, "most_attempts_before_a_call"));
}

static void print_end(const struct attest *x, const json_t *all, FILE *file)
{
	static const struct {
		const char *name, *english, *french;
	} kept[] = {
		{ "calls", "Records of calls", "Traces des appels" },
		{ "refusals", "Refusals", "Refus" },
		{ "invalid", "Invalid jobs", "Tâches invalides" },
	};
	const json_t *law = json_object_get(all, "law"), *data = json_object_get(all, "data"), *entry;
	size_t i;

	title(x, file, "Kept until", "Conservés jusqu'au");
	for (i = 0; i < 3; i++)
		line(x, file, kept[i].english, kept[i].french,
		     text_of(json_object_get(json_object_get(all, "kept"), kept[i].name), "last_until"));
	line(x, file, "Oppositions", "Oppositions", lang_pick(x->french, "not trimmed", "jamais supprimées"));
	title(x, file, "The rulebook", "Les règles");
	print_to(file, "  %s %s, SHA-256 %s\n", text_of(law, "rulebook"), text_of(law, "version"),
	         text_of(law, "hash"));
	print_to(file, x->french ? "  %s : %s, %s\n" : "  %s: %s, %s\n",
	         lang_pick(x->french, "Approved by", "Approuvées par"), text_of(law, "approved_by"),
	         text_of(law, "approved_on"));
	line(x, file, "Rulebooks at the release of the calls", "Règles lors de la remise des appels", "");
	counts(x, file, json_object_get(law, "at_release"), "    ");
	json_array_foreach(json_object_get(all, "limits"), i, entry)
	{
		print_to(file, i == 0 ? "\n%s\n" : "%s\n", json_string_value(entry));
	}
	title(x, file, "What this rests on", "Ce sur quoi cela repose");
	print_to(file, "  SHA-256 %s\n", text_of(data, "sha256"));
	line(x, file, "That of what this command writes", "C'est celui de ce qu'écrit",
	     "licetctl export CAMPAIGN --since 1970-01-01T00:00:00Z");
	line(x, file, "SHA-256 of this attestation as JSON, without its hash",
	     "SHA-256 de cette attestation en JSON, sans son empreinte", text_of(all, "hash"));
}

void attest_print(const struct attest *x, const json_t *all, FILE *file)
{
	print_to(file,
	         lang_pick(x->french, "Attestation for the campaign %s, as of %s",
	                   "Attestation pour la campagne %s, au %s"),
	         x->campaign, text_of(all, "at"));
	fputs("\n\n", file);
	print_campaign(x, all, file);
	print_numbers(x, json_object_get(all, "numbers"), file);
	print_days(x, json_object_get(all, "by_day"), file);
	print_law(x, all, file);
	if (x->log != NULL) {
		title(x, file, "Decision log", "Journal des décisions");
		log_said_print(x->log, x->french, file);
	}
	print_end(x, all, file);
}
