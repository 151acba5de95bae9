/* paper_attest.c - see paper_attest.h. */
#include "ctl/paper/paper_attest.h"

#include "ctl/paper/letter.h"
#include "ctl/paper/paper.h"
#include "ctl/paper/words.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

static void put_who(struct sheet *s, const json_t *all)
{
	const json_t *def = json_object_get(all, "definition"), *source = json_object_get(all, "source"),
		     *advertiser = json_object_get(all, "advertiser");
	bool french = sheet_french(s);
	char *siren = letter_siren(paper_text(advertiser, "siren")),
	     *announces = words_list(french, paper_text(def, "announces"));
	sheet_heading(s, "The campaign", "La campagne");
	sheet_fact(s, "Advertiser", "Annonceur", paper_text(advertiser, "name"));
	sheet_fact(s, "SIREN", "SIREN", siren);
	sheet_fact(s, "Purpose", "Finalité", words_of(french, paper_text(def, "purpose")));
	sheet_fact(s, "Sector", "Secteur", words_of(french, paper_text(def, "sector")));
	sheet_fact(s, "Product", "Produit", paper_text(def, "product"));
	sheet_fact(s, "Delivery", "Remise", words_of(french, paper_text(def, "delivery")));
	sheet_fact(s, "Message", "Message", paper_text(def, "message"));
	sheet_fact(s, "Length of the message, in seconds", "Durée du message, en secondes",
	           paper_text(def, "message_seconds"));
	sheet_fact(s, "The message says", "Le message annonce", announces);
	sheet_fact(s, "Synthetic voice", "Voix de synthèse",
	           words_of(french, paper_text(def, "synthetic_voice")));
	sheet_fact(s, "Number shown", "Numéro présenté", paper_text(def, "caller_id"));
	sheet_fact(s, "To object", "Pour s'opposer", paper_text(def, "opt_out"));
	sheet_fact(s, "Source of the numbers", "Origine des numéros", paper_text(source, "name"));
	sheet_fact(s, "Collected by", "Recueillis par", paper_text(source, "collected_by"));
	sheet_fact(s, "Legal basis", "Base légale", words_of(french, paper_text(source, "legal_basis")));
	sheet_fact(s, "Acquired on", "Acquis le", paper_text(source, "acquired_at"));
	sheet_fact(s, "The persons were shown", "Information donnée aux personnes",
	           paper_text(source, "informed"));
	sheet_fact(s, "First call", "Premier appel", paper_text(all, "first_call"));
	sheet_fact(s, "Last call", "Dernier appel", paper_text(all, "last_call"));
	free(siren);
	free(announces);
}

static void put_counts(struct sheet *s, const json_t *object, const char *what, const char *how_many)
{
	const char *const heads[] = { what, how_many };
	const char *code;
	json_t *n;
	if (json_object_size(object) == 0)
		return;
	sheet_table(s, 2, heads);
	json_object_foreach((json_t *)object, code, n)
	{
		sheet_cell(s, words_of(sheet_french(s), code));
		sheet_cell_count(s, json_integer_value(n));
	}
}

static void put_refusals(struct sheet *s, const json_t *list)
{
	const char *const heads[] = { sheet_say(s, "Why", "Motif"), sheet_say(s, "Jobs", "Tâches"),
		                      sheet_say(s, "By", "En vertu de") };
	const json_t *entry, *article;
	size_t i, k;
	if (json_array_size(list) == 0)
		return;
	sheet_heading(s, "Refused before any call", "Refusées avant tout appel");
	sheet_table(s, 3, heads);
	json_array_foreach(list, i, entry)
	{
		char *by = mem_copy("");
		json_array_foreach(json_object_get(entry, "articles"), k, article)
		{
			char *one = sheet_articles(s, json_string_value(article)),
			     *more = mem_format("%s%s%s", by, *by != '\0' ? " ; " : "", one);
			sheet_quote(s, json_string_value(article), paper_text(entry, "text"));
			free(one);
			free(by);
			by = more;
		}
		sheet_cell(s, paper_text(entry, "text"));
		sheet_cell_count(s, paper_int(entry, "count"));
		sheet_cell(s, by);
		free(by);
	}
}

static void put_numbers(struct sheet *s, const json_t *n)
{
	sheet_heading(s, "Jobs and calls", "Tâches et appels");
	sheet_count(s, "Jobs taken in", "Tâches reçues", paper_int(n, "intake"));
	sheet_count(s, "Calls placed", "Appels passés", paper_int(n, "called"));
	sheet_count(s, "Jobs refused", "Tâches refusées", paper_int(n, "refused"));
	sheet_count(s, "Jobs that could not be read", "Tâches illisibles", paper_int(n, "invalid"));
	sheet_count(s, "Jobs cancelled by their owner", "Tâches annulées par leur propriétaire",
	            paper_int(n, "cancelled"));
	sheet_count(s, "Erased at the request of the person", "Effacées à la demande de la personne",
	            paper_int(n, "erased"));
	sheet_count(s, "Still waiting", "Encore en attente", paper_int(n, "waiting"));
	sheet_count(s, "With a sender now", "Chez un émetteur à cet instant", paper_int(n, "with_senders"));
	sheet_count(s, "Outcome unknown", "Issue inconnue", paper_int(n, "unknown"));
	put_counts(s, json_object_get(n, "outcomes"), sheet_say(s, "How calls ended", "Issue des appels"),
	           sheet_say(s, "Calls", "Appels"));
	put_refusals(s, json_object_get(n, "refused_by_reason"));
	put_counts(s, json_object_get(n, "invalid_by_reason"),
	           sheet_say(s, "Why jobs could not be read", "Tâches illisibles : motif"),
	           sheet_say(s, "Jobs", "Tâches"));
}

static void put_day(struct sheet *s, const char *name, const json_t *day)
{
	sheet_cell(s, name);
	sheet_cell_count(s, paper_int(day, "released"));
	sheet_cell_count(s, paper_int(day, "refused"));
	sheet_cell_count(s, paper_int(day, "answered"));
	sheet_cell_count(s, paper_int(day, "opposed"));
}

static void put_days(struct sheet *s, const json_t *by_day)
{
	const char *const heads[] = { sheet_say(s, "Day", "Jour"), sheet_say(s, "Released", "Transmises"),
		                      sheet_say(s, "Refused", "Refusées"),
		                      sheet_say(s, "Answered", "Décrochés"),
		                      sheet_say(s, "Objected", "Oppositions") };
	const json_t *days = json_object_get(by_day, "days"), *why = json_object_get(by_day, "why"), *entry;
	size_t i;
	if (json_array_size(days) == 0)
		return;
	sheet_heading(s, "Day by day", "Jour par jour");
	sheet_table(s, 5, heads);
	json_array_foreach(days, i, entry)
	{
		put_day(s, paper_text(entry, "date"), entry);
	}
	put_day(s, sheet_say(s, "Sum", "Somme"), json_object_get(by_day, "sums"));
	if (json_array_size(why) > 0)
		put_day(s, sheet_say(s, "In all", "Au total"), json_object_get(by_day, "totals"));
	json_array_foreach(why, i, entry)
	{
		sheet_text(s, "%s.", "%s.", json_string_value(entry));
	}
}

static void put_law(struct sheet *s, const json_t *all)
{
	const json_t *hours = json_object_get(all, "hours"), *said = json_object_get(all, "oppositions"),
		     *consents = json_object_get(all, "consents"), *day;
	char *places = words_place(sheet_french(s), paper_text(hours, "places"));
	size_t i;
	sheet_heading(s, "Lawful hours", "Horaires légaux");
	sheet_text(
	    s,
	    "Each call was judged again, by the place that was called and the rulebook in force at that "
	    "instant.",
	    "Chaque appel a été jugé de nouveau, selon le lieu appelé et les règles en vigueur à cet "
	    "instant.");
	sheet_fact(s, "Places", "Lieux", places);
	sheet_count(s, "Calls checked", "Appels vérifiés", paper_int(hours, "checked"));
	sheet_count(s, "Outside lawful hours", "Hors des horaires légaux", paper_int(hours, "outside"));
	sheet_count(s, "On a holiday", "Un jour férié", paper_int(hours, "on_holidays"));
	sheet_count(s, "At a precise time that the person had asked for",
	            "À une heure précise demandée par la personne", paper_int(hours, "at_a_time_asked_for"));
	sheet_count(s, "That could not be judged", "Qui n'ont pu être jugés", paper_int(hours, "not_judged"));
	json_array_foreach(json_object_get(hours, "holidays"), i, day)
	{
		char *text = mem_format("%s : %s", paper_text(day, "date"), paper_text(day, "name"));
		sheet_item(s, text);
		free(text);
	}
	sheet_heading(s, "Oppositions and consents", "Oppositions et consentements");
	sheet_count(s, "Oppositions received since the first call",
	            "Oppositions reçues depuis le premier appel", paper_int(said, "received"));
	sheet_count(s, "Of these, said in a call of the campaign",
	            "Dont exprimées dans un appel de la campagne", paper_int(said, "in_its_calls"));
	sheet_count(s, "Consents withdrawn", "Consentements retirés", paper_int(said, "withdrawals"));
	sheet_count(s, "Calls handed over after an opposition", "Appels remis après une opposition",
	            paper_int(said, "handed_over_afterwards"));
	sheet_count(s, "Calls that a sender had already when it came",
	            "Appels déjà chez un émetteur à son arrivée", paper_int(said, "out_already"));
	sheet_count(s, "Longest time from an opposition to its recording, in seconds",
	            "Délai le plus long avant l'enregistrement d'une opposition, en secondes",
	            paper_int(said, "longest_until_recorded_s"));
	sheet_count(s, "Calls without a proof of consent", "Appels sans preuve de consentement",
	            paper_int(consents, "without_proof"));
	sheet_count(s, "Most attempts that counted before a call",
	            "Tentatives comptées avant un appel, au plus",
	            paper_int(all, "most_attempts_before_a_call"));
	put_counts(s, json_object_get(consents, "by_series"),
	           sheet_say(s, "Series of proofs", "Série de preuves"), sheet_say(s, "Calls", "Appels"));
	free(places);
}

static void put_end(struct sheet *s, const json_t *all)
{
	const json_t *law = json_object_get(all, "law"), *kept = json_object_get(all, "kept"), *limit;
	size_t i;
	sheet_heading(s, "Kept until", "Conservation");
	sheet_fact(s, "Records of calls, until", "Enregistrements des appels, jusqu'au",
	           paper_text(json_object_get(kept, "calls"), "last_until"));
	sheet_fact(s, "Refusals, until", "Refus, jusqu'au",
	           paper_text(json_object_get(kept, "refusals"), "last_until"));
	sheet_fact(s, "Oppositions", "Oppositions",
	           sheet_say(s, "for as long as they must be honoured",
	                     "tant qu'elles doivent être respectées"));
	sheet_heading(s, "What this rests on", "Ce sur quoi repose cette attestation");
	sheet_code(s, "Rulebook", "Livre de règles", paper_text(law, "version"));
	sheet_code(s, "SHA-256 of the rulebook", "SHA-256 du livre de règles", paper_text(law, "hash"));
	sheet_fact(s, "Approved by", "Approuvé par", paper_text(law, "approved_by"));
	sheet_code(s, "SHA-256 of the records", "SHA-256 des enregistrements",
	           paper_text(json_object_get(all, "data"), "sha256"));
	sheet_code(s, "SHA-256 of this attestation as JSON", "SHA-256 de cette attestation en JSON",
	           paper_text(all, "hash"));
	json_array_foreach(json_object_get(all, "limits"), i, limit)
	{
		sheet_warning(s, "%s", "%s", json_string_value(limit));
	}
}

void paper_attest(const struct sheet_want *want, const json_t *all, FILE *to)
{
	struct sheet_want w = *want;
	char *title =
	    mem_format(w.french ? "Attestation pour la campagne %s" : "Attestation for the campaign %s",
	               paper_text(all, "campaign"));
	w.title = title;
	w.with_log = true;
	struct sheet *s = sheet_new(&w);
	put_who(s, all);
	put_numbers(s, json_object_get(all, "numbers"));
	put_days(s, json_object_get(all, "by_day"));
	put_law(s, all);
	paper_log(s, json_object_get(all, "log"));
	put_end(s, all);
	sheet_end(s, to);
	free(title);
}
