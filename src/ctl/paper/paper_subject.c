/* paper_subject.c - see paper_subject.h. */
#include "ctl/paper/paper_subject.h"

#include "core/time/civil.h"
#include "ctl/paper/letter.h"
#include "ctl/paper/paper.h"
#include "ctl/paper/words.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the fields of a record are called. */
static const struct {
	const char *field, *english, *french;
} labels[] = {
	{ "space", "Space", "Espace" },
	{ "campaign", "Campaign", "Campagne" },
	{ "advertiser", "Advertiser", "Annonceur" },
	{ "list", "List", "Liste" },
	{ "place", "Place", "Lieu" },
	{ "at", "On", "Le" },
	{ "id", "Id of the job", "Identifiant de la tâche" },
	{ "to", "Number", "Numéro" },
	{ "number", "Number", "Numéro" },
	{ "of", "Of", "De" },
	{ "person", "Person", "Personne" },
	{ "outcome", "How it ended", "Issue" },
	{ "attempt", "Attempt", "Tentative" },
	{ "dates", "Dates", "Dates" },
	{ "reason", "Reason", "Motif" },
	{ "rule", "Rule", "Règle" },
	{ "job", "The job as it was queued", "La tâche telle qu'elle a été déposée" },
	{ "value", "What is recorded", "Ce qui est enregistré" },
	{ "consent", "Proof of consent", "Preuve du consentement" },
	{ "detail", "What the sender said", "Précision de l'émetteur" },
	{ "released_at", "Released on", "Autorisé le" },
	{ "not_after", "Nothing may start after", "Rien ne peut commencer après le" },
	{ "taken_at", "Taken on", "Remis le" },
	{ "sender", "Sender", "Émetteur" },
	{ "scope", "Scope", "Portée" },
	{ "source", "Source", "Source" },
	{ "kind", "Kind", "Nature" },
	{ "field", "Field", "Champ" },
	{ "hint", "Hint", "Indication" },
	{ "released_ms", "Released on", "Autorisé le" },
	{ "taken_ms", "Taken by the sender on", "Remis à l'émetteur le" },
	{ "done_ms", "Reported on", "Compte rendu le" },
	{ "not_after_ms", "Nothing could start after", "Rien ne pouvait commencer après le" },
	{ "window_close_ms", "End of the lawful hours", "Fin des heures licites" },
	{ "event_ms", "Said on", "Exprimée le" },
	{ "received_ms", "Received on", "Reçue le" },
	{ "retry_ms", "To be tried again on", "Nouvelle tentative le" },
	{ "cap", "Attempts that counted before", "Tentatives comptées auparavant" },
	{ "route", "Route", "Voie d'envoi" },
	{ "token", "Token", "Jeton" },
	{ "by", "By", "Par" },
	{ "position", "Position", "Position" },
	{ "event", "Said on", "Exprimée le" },
	{ "hex", "As bytes", "En octets" },
};

/* Fields with a blank between; those that are UTC milliseconds as instants. */
static char *words_in(const char *line)
{
	char *copy = mem_copy(line), *rest = copy, *text = mem_copy(""), at[CIVIL_INSTANT_SIZE];
	for (char *word; (word = strsep(&rest, "\t ")) != NULL;) {
		bool ms = strlen(word) == 13 && *word == '1' && word[strspn(word, "0123456789")] == '\0';
		char *more = mem_format("%s%s%s", text, *text != '\0' ? " " : "",
		                        ms ? civil_format_instant(strtoll(word, NULL, 10), at) : word);
		free(text);
		text = more;
	}
	free(copy);
	return text;
}

/* A list with commas between; a time in ms as an instant; a line of fields; else what JSON makes of it. */
static char *text_of(const char *field, const json_t *value)
{
	size_t len = strlen(field), i;
	char at[CIVIL_INSTANT_SIZE];
	const json_t *item;
	if (json_is_array(value)) {
		char *text = mem_copy("");
		json_array_foreach(value, i, item)
		{
			char *more = mem_format("%s%s%s", text, i > 0 ? ", " : "",
			                        json_is_string(item) ? json_string_value(item) : "…");
			free(text);
			text = more;
		}
		return text;
	}
	if (!json_is_string(value))
		return json_pool_text(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (len > 3 && strcmp(field + len - 3, "_ms") == 0)
		return mem_copy(civil_format_instant(strtoll(json_string_value(value), NULL, 10), at));
	return words_in(json_string_value(value));
}

/* Is it of the machine alone? It stands in the file of --json. */
static bool is_technical(const char *field)
{
	static const char *const fields[] = { "what", "mac", "made", "lists", "facts", "entry", "key" };
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (strcmp(fields[i], field) == 0)
			return true;
	return false;
}

static void put_value(struct sheet *s, const char *field, const json_t *value)
{
	char *text = text_of(field, value);
	const char *english = field, *french = field;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (strcmp(labels[i].field, field) == 0) {
			english = labels[i].english;
			french = labels[i].french;
		}
	char *masked = sheet_masked(s, text);
	if (strcmp(field, "place") == 0) {
		char *place = words_place(sheet_french(s), masked);
		sheet_fact(s, english, french, place);
		free(place);
	} else if (strcmp(field, "outcome") == 0 || strcmp(field, "reason") == 0 ||
	           strcmp(field, "kind") == 0) {
		sheet_fact(s, english, french, words_of(sheet_french(s), masked));
	} else {
		sheet_fact(s, english, french, masked);
	}
	free(masked);
	free(text);
}

static void put_item(struct sheet *s, const json_t *item, size_t number)
{
	const char *what = words_of(sheet_french(s), paper_text(item, "what")), *name;
	char *heading = mem_format("%zu. %s", number, what);
	json_t *value;
	sheet_heading(s, heading, heading);
	json_object_foreach((json_t *)item, name, value)
	{
		bool empty = json_is_null(value) || (json_is_string(value) && json_string_length(value) == 0);
		if (empty || is_technical(name))
			continue;
		put_value(s, name, value);
	}
	free(heading);
}

static char *days_text(const struct sheet *s, int days)
{
	if (days == 0)
		return mem_copy(sheet_say(s, "without limit", "sans limite"));
	return mem_format(sheet_french(s) ? "%d jours" : "%d days", days);
}

/* Article 15 (1), point by point. */
static void put_rights(struct sheet *s, const struct sheet_want *w)
{
	const struct conf *conf = ctl_conf(w->ctl);
	char *calls = days_text(s, conf->keep_done_days), *refusals = days_text(s, conf->keep_refused_days),
	     *invalid = days_text(s, conf->keep_invalid_days);
	sheet_heading(s, "Why these data are held, and for how long",
	              "Pourquoi ces données sont détenues, et combien de temps");
	sheet_text(
	    s,
	    "They serve to place or not to place telephone calls by an automaton for advertisers, to honour "
	    "oppositions, and to prove both.",
	    "Elles servent à passer ou à ne pas passer des appels par automate pour des annonceurs, à "
	    "respecter les oppositions et à prouver l'un et l'autre.");
	sheet_fact(s, "Categories of data", "Catégories de données",
	           sheet_say(s, "number, identifiers, consents, oppositions, calls and their outcome",
	                     "numéro, identifiants, consentements, oppositions, appels et leur issue"));
	sheet_fact(s, "Recipients", "Destinataires",
	           sheet_say(s, "the advertiser, and the senders that place its calls",
	                     "l'annonceur et les émetteurs qui passent ses appels"));
	sheet_fact(s, "Records of calls are kept", "Conservation des appels", calls);
	sheet_fact(s, "Refusals are kept", "Conservation des refus", refusals);
	sheet_fact(s, "Jobs that could not be read are kept", "Conservation des tâches illisibles", invalid);
	sheet_fact(s, "Oppositions are kept", "Conservation des oppositions",
	           sheet_say(s, "for as long as they must be honoured",
	                     "tant qu'elles doivent être respectées"));
	sheet_fact(
	    s, "Where they come from", "Origine",
	    sheet_say(s, "the advertiser's file, whose source each campaign names; and you",
	              "le fichier de l'annonceur, dont chaque campagne nomme la source ; et vous-même"));
	sheet_fact(
	    s, "Automated decisions", "Décisions automatisées",
	    sheet_say(s, "rules decide whether a call may be placed; nothing else of consequence to you",
	              "des règles décident si un appel peut être passé ; rien d'autre qui vous affecte"));
	sheet_heading(s, "Your rights", "Vos droits");
	sheet_text(
	    s,
	    "You may ask for rectification, erasure or restriction, and object at any time and without "
	    "giving a reason to being called. You may complain to the CNIL, 3 place de Fontenoy, TSA "
	    "80715, 75334 Paris Cedex 07.",
	    "Vous pouvez demander la rectification, l'effacement ou la limitation de ces données, et vous "
	    "opposer à tout moment et sans motif à être appelé. Vous pouvez introduire une réclamation "
	    "auprès de la CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07.");
	sheet_quote(s, sheet_say(s, "GDPR 15", "RGPD 15"), sheet_say(s, "access", "accès"));
	sheet_quote(s, sheet_say(s, "GDPR 16", "RGPD 16"), sheet_say(s, "rectification", "rectification"));
	sheet_quote(s, sheet_say(s, "GDPR 17", "RGPD 17"), sheet_say(s, "erasure", "effacement"));
	sheet_quote(s, sheet_say(s, "GDPR 21", "RGPD 21"), sheet_say(s, "objection", "opposition"));
	sheet_quote(s, sheet_say(s, "GDPR 77", "RGPD 77"), sheet_say(s, "complaint", "réclamation"));
	free(calls);
	free(refusals);
	free(invalid);
}

void paper_subject(const struct sheet_want *want, const json_t *all, FILE *to)
{
	struct sheet_want w = *want;
	const json_t *held = json_object_get(all, "held"), *item, *limit;
	size_t i;
	w.title = w.french ? "Réponse à une demande d'accès (article 15 du RGPD)"
	                   : "Answer to a request for access (article 15 GDPR)";
	w.with_log = true;
	struct sheet *s = sheet_new(&w);
	char *number = sheet_masked(s, paper_text(all, "number")),
	     *count = letter_number(w.french, (int64_t)json_array_size(held));
	sheet_text(
	    s,
	    "You asked which data are held about the number %s. Every key of the register was read: %s "
	    "entries are about it.",
	    "Vous avez demandé quelles données sont détenues au sujet du numéro %s. Toutes les clés du "
	    "registre ont été lues : %s entrées le concernent.",
	    number, count);
	paper_spaces(s, all);
	if (!w.full)
		sheet_text(s, "Numbers are masked on this sheet; the original has them whole.",
		           "Les numéros sont masqués sur cette feuille ; l'original les porte en entier.");
	put_rights(s, &w);
	sheet_heading(s, "What is held", "Ce qui est détenu");
	sheet_text(
	    s,
	    "Codes that authenticate records, and the names under which they are stored, stand in the same "
	    "answer as a file (JSON).",
	    "Les codes qui authentifient les enregistrements et les noms sous lesquels ils sont rangés "
	    "figurent dans la même réponse sous forme de fichier (JSON).");
	json_array_foreach(held, i, item)
	{
		put_item(s, item, i + 1);
	}
	if (json_array_size(held) == 0)
		sheet_text(s, "Nothing.", "Rien.");
	json_array_foreach(json_object_get(all, "limits"), i, limit)
	{
		sheet_warning(s, "Not read: %s", "Non lu : %s", json_string_value(limit));
	}
	sheet_end(s, to);
	free(number);
	free(count);
}
