/* paper_explain.c - see paper_explain.h. */
#include "ctl/paper/paper_explain.h"

#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/paper/words.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

static void put_answer(struct sheet *s, const json_t *all)
{
	const char *verdict = paper_text(all, "verdict"), *text = paper_text(all, "text"),
		   *until = paper_text(all, "until"), *next = paper_text(all, "next_lawful"),
		   *hint = paper_text(all, "hint");
	sheet_heading(s, "Answer", "Réponse");
	if (strcmp(verdict, "release") == 0)
		sheet_text(s, "Yes: this number may be called at that instant. No call may start from %s on.",
		           "Oui : ce numéro peut être appelé à cet instant. Aucun appel ne peut commencer à "
		           "partir du %s.",
		           paper_text(all, "not_after"));
	else if (strcmp(verdict, "hold") == 0 && *until != '\0')
		sheet_text(s, "Not now: %s. It stands still until %s.",
		           "Pas maintenant : %s. En attente jusqu'au %s.", text, until);
	else if (strcmp(verdict, "hold") == 0)
		sheet_text(s, "Not now: %s.", "Pas maintenant : %s.", text);
	else
		sheet_text(s, "No: %s.", "Non : %s.", text);
	if (*hint != '\0')
		sheet_text(s, "%s.", "%s.", hint);
	if (*next != '\0' && strcmp(next, until) != 0)
		sheet_text(s, "The next lawful instant is %s.", "Le premier instant licite est le %s.", next);
}

static void put_rules(struct sheet *s, const json_t *rules)
{
	const char *const heads[] = { sheet_say(s, "Rule", "Règle"), sheet_say(s, "Answer", "Réponse"),
		                      sheet_say(s, "Because", "Motif"), sheet_say(s, "By", "En vertu de") };
	bool french = sheet_french(s);
	const json_t *rule;
	size_t i;
	sheet_heading(s, "Every rule, in its order", "Chaque règle, dans son ordre");
	sheet_table(s, 4, heads);
	json_array_foreach(rules, i, rule)
	{
		const char *name = words_of(french, paper_text(rule, "rule")),
			   *text = paper_text(rule, "text");
		char *detail = core_text(french, paper_text(rule, "detail"));
		char *article = sheet_articles(s, paper_text(rule, "article"));
		bool passed = strcmp(paper_text(rule, "verdict"), "release") == 0;
		char *why = passed            ? mem_copy("")
		            : *detail != '\0' ? mem_format("%s (%s)", text, detail)
		                              : mem_copy(text);
		char *masked = sheet_masked(s, why);

		free(detail);
		sheet_cell(s, name);
		sheet_cell(s, words_of(french, paper_text(rule, "verdict")));
		sheet_cell(s, masked);
		sheet_cell(s, article);
		if (*article != '\0')
			sheet_quote(s, paper_text(rule, "article"), name);
		free(article);
		free(why);
		free(masked);
	}
}

void paper_explain(const struct sheet_want *want, const json_t *all, FILE *to)
{
	const json_t *book = json_object_get(all, "rulebook");
	struct sheet_want w = *want;
	char *title = mem_format(w.french ? "Pourquoi le numéro %s est appelé, ou ne l'est pas"
	                                  : "Why the number %s is called, or is not",
	                         paper_text(all, "to"));
	char *place = words_place(w.french, paper_text(all, "place"));
	char *id = NULL;
	w.title = title;
	w.with_log = true;
	struct sheet *s = sheet_new(&w);
	id = sheet_masked(s, paper_text(all, "job_id"));
	sheet_fact(s, "Campaign", "Campagne", paper_text(all, "campaign"));
	sheet_fact(s, "Judged as of", "Jugé au", paper_text(all, "at"));
	sheet_fact(s, "Where it may be", "Où il peut se trouver", place);
	sheet_fact(s, "Its job", "Sa tâche",
	           strcmp(paper_text(all, "job"), "refused") == 0
	               ? sheet_say(s, "refused", "refusée")
	               : words_of(w.french, paper_text(all, "job")));
	sheet_fact(s, "Its id", "Son identifiant", id);
	put_answer(s, all);
	put_rules(s, json_object_get(all, "rules"));
	sheet_heading(s, "What this rests on", "Ce sur quoi repose cette réponse");
	sheet_code(s, "Rulebook", "Livre de règles", paper_text(book, "version"));
	sheet_code(s, "SHA-256 of the rulebook", "SHA-256 du livre de règles", paper_text(book, "hash"));
	sheet_fact(s, "Approved by", "Approuvé par", paper_text(book, "approved_by"));
	sheet_text(s, "%s", "%s", paper_text(all, "exceptions"));
	sheet_end(s, to);
	free(title);
	free(place);
	free(id);
}
