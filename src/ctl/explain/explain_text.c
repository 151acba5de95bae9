/* explain_text.c - an answer for people, in English or French. */
#include "ctl/explain/explain_text.h"

#include "core/law/week.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "core/text/shown.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/base/wrap.h"
#include "ctl/explain/case.h"
#include "ctl/explain/receipt.h"
#include "ctl/explain/ruling_inputs.h"
#include "ctl/law/law_text.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/letter.h"
#include "ctl/paper/words.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/job_find.h"
#include "ctl/query/query.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page {
	const struct ctl *ctl;
	const struct judgement *j;
	bool french;
	const struct zone *zone; /* of the callee, the first; NULL: none */
};

static const char *meaning(const struct page *p, enum reason reason)
{
	return lang_reason(p->french, reason);
}

/* --- what the rules looked at --------------------------------------------------------- */

static void join(char **text, const char *between, const char *more)
{
	char *joined = mem_format("%s%s%s", *text, **text != '\0' ? between : "", more);

	free(*text);
	*text = joined;
}

/* Hours have the days of their language. Heap. */
static char *string_text(const struct page *p, const char *text)
{
	struct week week;
	char ignored[200];

	if (p->french && week_parse(text, strlen(text), &week, ignored, sizeof(ignored)))
		return law_week_text(&week, true);
	int64_t ms;
	char local[LANG_LOCAL_SIZE];
	size_t len = strlen(text);
	if (p->french && p->zone != NULL && len > 0 && text[len - 1] == 'Z' &&
	    civil_parse_instant(text, len, &ms))
		return mem_format("%s (%s)", lang_local(true, p->zone, ms, local), text);
	return p->french && words_territory(text) != NULL ? mem_copy(words_territory(text))
	                                                  : core_text(p->french, text);
}

static char *value_text(const struct page *p, const json_t *value);

/* What a person calls a member: "refreshed_at" is "refreshed at". */
static void join_named(const struct page *p, char **text, const char *between, const char *key,
                       const char *value)
{
	char *label = mem_copy(lang_say(p->french, key)), *named;

	for (char *at = label; (at = strchr(at, '_')) != NULL;)
		*at = ' ';
	named = mem_format("%s %s", label, value);
	join(text, between, named);
	free(named);
	free(label);
}

/* An element is called by its first member: "opposition (mode required, …)". */
static char *element_text(const struct page *p, const json_t *object)
{
	char *first = NULL, *rest = mem_copy("");
	const char *key;
	json_t *inner;

	json_object_foreach((json_t *)object, key, inner)
	{
		char *said = value_text(p, inner);

		if (first == NULL) {
			first = said;
			continue;
		}
		if (*said != '\0')
			join_named(p, &rest, ", ", key, said);
		free(said);
	}
	const char *open = *rest != '\0' ? " (" : "", *close = *rest != '\0' ? ")" : "";
	char *text = mem_format("%s%s%s%s", first != NULL ? first : "", open, rest, close);

	free(first);
	free(rest);
	return text;
}

static char *members_text(const struct page *p, const json_t *object)
{
	char *text = mem_copy("");
	const char *key;
	json_t *inner;

	json_object_foreach((json_t *)object, key, inner)
	{
		char *said = value_text(p, inner);

		if (p->french && strcmp(key, "sector") == 0) {
			char *word = mem_copy(words_of(true, said));

			free(said);
			said = word;
		}
		if (*said != '\0')
			join_named(p, &text, p->french ? " ; " : "; ", key, said);
		free(said);
	}
	return text;
}

static char *array_text(const struct page *p, const json_t *array)
{
	char *text = mem_copy("");
	const json_t *inner;
	size_t i;

	json_array_foreach(array, i, inner)
	{
		char *said = json_is_object(inner) ? element_text(p, inner) : value_text(p, inner);

		join(&text, ", ", said);
		free(said);
	}
	return text;
}

/* A value in words; what is absent or false says nothing. Heap. */
static char *value_text(const struct page *p, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return string_text(p, json_string_value(value));
	case JSON_INTEGER:
		return mem_format("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	case JSON_TRUE:
		return mem_copy(lang_pick(p->french, "yes", "oui"));
	case JSON_ARRAY:
		return array_text(p, value);
	case JSON_OBJECT:
		return members_text(p, value);
	default:
		return mem_copy("");
	}
}

static void print_inputs(const struct page *p)
{
	struct columns table;

	puts("");
	ctl_title(p->ctl, "%s", lang_pick(p->french, "What was looked at", "Ce qui a été examiné"));
	columns_init(&table, "|");
	for (size_t i = 0; i < p->j->rulings.count; i++) {
		const struct ruling *r = &p->j->rulings.list[i];
		json_t *inputs = ruling_inputs(p->j, r);
		char *text = value_text(p, inputs);

		if (*text != '\0') {
			columns_addf(&table, "  %s", lang_say(p->french, r->name));
			columns_add(&table, text);
		}
		free(text);
		json_decref(inputs);
	}
	columns_wrap(&table, ctl_width());
	columns_print(&table, false);
}

static void print_regimes(const struct page *p)
{
	const struct place_view *v = p->j->dec.view;
	const struct law *law = v != NULL ? &v->law : &p->j->sit.law;
	json_t *list = law_json_dates(law->regimes, law->regime_count), *value;
	size_t i;

	json_array_foreach(list, i, value)
	{
		const char *to = json_string_value(json_object_get(value, "to"));

		print(p->french ? "régime %s, du %s%s%s, %s\n" : "regime %s, from %s%s%s, %s\n",
		      json_string_value(json_object_get(value, "id")),
		      json_string_value(json_object_get(value, "from")),
		      to != NULL  ? (p->french ? " jusqu'avant le " : " until before ")
		      : p->french ? ", sans fin"
		                  : ", no end",
		      to != NULL ? to : "",
		      law_grade(p->french, json_string_value(json_object_get(value, "grade"))));
	}
	json_decref(list);
}

/* --- the answer ---------------------------------------------------------------------------- */

/* "Mon 28 Dec 2026 10:00 Europe/Paris, 2026-12-28T09:00:00Z" */
static void print_instant(FILE *file, const struct page *p, int64_t ms)
{
	char local[LANG_LOCAL_SIZE], utc[CIVIL_INSTANT_SIZE];

	if (p->zone != NULL)
		print_to(file, "%s %s, ", lang_local(p->french, p->zone, ms, local), zone_name(p->zone));
	fputs(civil_format_instant(ms, utc), file);
}

/* In a table: in French the local time, which the sentence below has with the instant. */
static const char *until_text(const struct page *p, int64_t ms, char buf[LANG_LOCAL_SIZE])
{
	return p->french && p->zone != NULL ? lang_local(true, p->zone, ms, buf)
	                                    : civil_format_instant(ms, buf);
}

/* Where there is an end of the width: what else a rule says in one column, which goes on below itself. */
static void add_rest(struct columns *table, const struct page *p, const struct ruling *r)
{
	char utc[LANG_LOCAL_SIZE];
	const char *rule = strcmp(r->rule, r->article) != 0 ? lang_say(p->french, r->rule) : "";
	const char *until = r->until_ms == TIME_NONE ? "" : until_text(p, r->until_ms, utc);
	char *article = letter_article_short(p->french, r->article);

	columns_addf(table, "%s%s%s%s%s%s", rule, *rule != '\0' && *until != '\0' ? ", " : "",
	             *until == '\0' ? ""
	             : p->french    ? "jusqu'au "
	                            : "until ",
	             until, (*rule != '\0' || *until != '\0') && *r->article != '\0' ? "; " : "", article);
	free(article);
}

static void add_ruling(struct columns *table, const struct page *p, const struct ruling *r, bool narrow)
{
	static const char *const marks[] = {
		[VERDICT_RELEASE] = "✓", [VERDICT_INVALID] = "✗", [VERDICT_REFUSE] = "✗", [VERDICT_HOLD] = "…"
	};
	char utc[LANG_LOCAL_SIZE], *article;
	bool yes = r->reason == REASON_ALLOWED;

	columns_addf(table, "%s %s", marks[reason_verdict(r->reason)], lang_say(p->french, r->name));
	columns_add(table, yes ? "" : lang_say(p->french, verdict_name(reason_verdict(r->reason))));
	columns_add(table, yes ? "" : p->french ? meaning(p, r->reason) : reason_name(r->reason));
	if (narrow) {
		add_rest(table, p, r);
		return;
	}
	columns_add(table, lang_say(p->french, r->rule));
	columns_add(table, r->until_ms == TIME_NONE ? "" : until_text(p, r->until_ms, utc));
	article = letter_article_short(p->french, r->article);
	columns_add(table, article);
	free(article);
}

static void print_rulings(const struct page *p)
{
	size_t width = ctl_width();
	bool fr = p->french;
	struct columns table;

	if (width > 0)
		columns_init(&table, fr ? "règle|verdict|raison|détail" : "rule|verdict|reason|detail");
	else
		columns_init(&table, fr ? "règle|verdict|raison|détail|jusqu'au|article"
		                        : "rule|verdict|reason|detail|until|article");
	for (size_t i = 0; i < p->j->rulings.count; i++)
		add_ruling(&table, p, &p->j->rulings.list[i], width > 0);
	columns_wrap(&table, width);
	columns_print(&table, p->ctl->colour);
}

static void print_job(const struct page *p)
{
	const struct case_file *c = p->j->from;
	bool fr = p->french;
	char id[SHOWN_TEXT];

	if (strcmp(c->job_where, "none") == 0) {
		fputs(fr ? "tâche : aucune pour ce numéro" : "job: none for this number", stdout);
	} else if (strcmp(c->job_where, "unseen") == 0) {
		fputs(
		    fr ? "tâche : aucune de visible ; cet utilisateur ne voit ni ce qui est prêt, ni ce qu'a un expéditeur"
		       : "job: none to be seen; this user sees neither what is ready nor what senders have",
		    stdout);
	} else {
		print("%s %s", fr ? "tâche :" : "job:", lang_say(fr, c->job_where));
		if (c->job_id != NULL)
			print(", id %s", shown_id(c->job_id, id, sizeof(id)));
		if (c->job_detail[0] != '\0')
			print(" (%s)", !fr ? c->job_detail
			               : words_territory(c->job_detail) != NULL
			                   ? words_territory(c->job_detail)
			                   : words_of(true, c->job_detail));
	}
	if (c->search_gave_up)
		print(fr ? "; recherche arrêtée après %d entrées" : "; the search gave up after %d entries",
		      FIND_MAX);
	if (strcmp(c->judged, "given") == 0)
		fputs(fr ? "; jugée : celle de --job" : "; judged: the one of --job", stdout);
	else if (strcmp(c->judged, "none") == 0)
		fputs(fr ? "; jugée sur le seul registre" : "; judged by the registry alone", stdout);
	puts("");
}

static void write_sentence(FILE *file, const struct page *p)
{
	static const char *const english[] = { [VERDICT_RELEASE] = "Yes, now",
		                               [VERDICT_INVALID] = "Never: no sound job",
		                               [VERDICT_REFUSE] = "No",
		                               [VERDICT_HOLD] = "Not now" };
	static const char *const french[] = { [VERDICT_RELEASE] = "Oui, maintenant ",
		                              [VERDICT_INVALID] = "Jamais, tâche incorrecte ",
		                              [VERDICT_REFUSE] = "Non ",
		                              [VERDICT_HOLD] = "Pas maintenant " };
	const struct judgement *j = p->j;
	const struct decision *dec = &j->dec;
	enum verdict verdict = reason_verdict(dec->reason);
	bool fr = p->french;

	if (fr)
		print_to(file, "%s: %s", french[verdict], meaning(p, dec->reason));
	else
		print_to(file, "%s: %s, %s", english[verdict], reason_name(dec->reason),
		         meaning(p, dec->reason));
	if (dec->rule[0] != '\0')
		print_to(file, " (%s)", lang_say(fr, dec->rule));
	if (dec->hint[0] != '\0') {
		char *hint = core_text(fr, dec->hint);

		print_to(file, fr ? " ; %s" : "; %s", hint);
		free(hint);
	}
	if (dec->until_ms != TIME_NONE) {
		fputs(fr ? " ; jusqu'au " : "; until ", file);
		print_instant(file, p, dec->until_ms);
	}
	if (verdict == VERDICT_RELEASE) {
		fputs(fr ? " ; aucun appel à partir du " : "; no call may start from ", file);
		print_instant(file, p, dec->not_after_ms);
	}
	if (verdict == VERDICT_HOLD && j->next_ms != TIME_NONE && j->next_ms != dec->until_ms) {
		fputs(fr ? " ; premier instant licite " : "; next lawful instant ", file);
		print_instant(file, p, j->next_ms);
	}
	fputc('.', file);
}

/* On a terminal its lines end between words. */
static void print_filled(const char *text)
{
	if (ctl_width() > 0)
		wrap_text(text);
	else
		puts(text);
}

static void print_sentence(const struct page *p)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (file == NULL)
		ctl_fail(error_pick("no memory for the answer", "mémoire insuffisante pour la réponse"));
	write_sentence(file, p);
	if (fclose(file) != 0)
		ctl_fail(error_pick("no memory for the answer", "mémoire insuffisante pour la réponse"));
	fputs(p->ctl->colour ? "\n\033[1m" : "\n", stdout);
	print_filled(text);
	fputs(p->ctl->colour ? "\033[0m" : "", stdout);
	print_filled(answer_exceptions(p->french));
	free(text);
}

void explain_print(const struct ctl *ctl, const struct judgement *j, bool french)
{
	const struct rulebook *rb = j->rb;
	const struct zone *zones[8];
	struct page p = { ctl, j, french, NULL };
	char mask[PHONE_MASK_SIZE], name[PLACE_NAME_SIZE];
	uint32_t place = judgement_place(j);
	const char *to = j->dec.phone.e164[0] != '\0' ? j->dec.phone.e164 : j->from->number;

	if (ctl_place_zones(rb, place, zones, 8) > 0)
		p.zone = zones[0];
	char *where =
	    french ? words_place(true, place_name(rb, place, name)) : mem_copy(place_name(rb, place, name));
	print("%s  %s  %s\n", j->from->campaign, phone_mask(to, mask), where);
	free(where);
	fputs(french ? "le " : "at ", stdout);
	print_instant(stdout, &p, j->from->at_ms);
	print("\n%s %s %s%s\n", french ? "règles :" : "rulebook", rb->id, rb->version,
	      rb->approved_by[0] != '\0' ? ""
	      : french                   ? " (non signées)"
	                                 : " (unsigned)");
	print_regimes(&p);
	print_job(&p);
	puts("");
	print_rulings(&p);
	print_inputs(&p);
	print_sentence(&p);
}
