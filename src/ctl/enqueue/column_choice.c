/* column_choice.c - see column_choice.h. */
#include "ctl/enqueue/column_choice.h"

#include "core/text/plain.h"
#include "core/text/shown.h"
#include "ctl/base/print.h"
#include "ctl/enqueue/cell_meaning.h"
#include "ctl/enqueue/consent_like.h"
#include "ctl/enqueue/survey.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Does somebody sit there who can answer? */
static bool may_ask(const struct intake *in)
{
	return !in->ctl->json && strcmp(in->path, "-") != 0 && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

/* The answer to a question, without blanks at its ends; heap. */
static char *answer_to(const char *question)
{
	char line[400];

	print_to(stderr, "%s ", question);
	fflush(stderr);
	if (fgets(line, sizeof(line), stdin) == NULL)
		line[0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return mem_copy(plain_trim(line));
}

static struct head *head_at(struct intake *in, size_t i)
{
	return &in->heads.list[i];
}

/* --- the number ------------------------------------------------------------------------- */

/* Does a name say that numbers stand below it? */
static bool says_number(const char *name)
{
	static const char *const parts[] = { "telephon", "phone", "mobile", "portable", "gsm", "msisdn" };
	const char *meant = heads_meant(name);
	char plain[80];

	if (meant != NULL)
		return strcmp(meant, "to") == 0;
	plain_name(name, plain, sizeof(plain));
	if (strstr(plain, "fax") != NULL || strstr(plain, "copie") != NULL)
		return false;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(plain, parts[i]) != NULL)
			return true;
	return strncmp(plain, "tel", 3) == 0;
}

static bool has_number(struct intake *in)
{
	return in->heads.number_count > 0 || heads_of_field(&in->heads, HEAD_FIELD, "to") != NULL;
}

/* Columns that may be the number. Returns how many. */
static size_t number_candidates(struct intake *in, size_t ret[CELLS_MAX])
{
	size_t count = 0;

	if (has_number(in))
		return 0;
	for (size_t i = 0; i < in->heads.count; i++)
		if (head_at(in, i)->kind == HEAD_VAR && says_number(head_at(in, i)->name))
			ret[count++] = i;
	return count;
}

static void give_number(struct intake *in, size_t column)
{
	heads_give(head_at(in, column), "to");
	head_at(in, column)->guessed = true;
}

/* "Mobile, Fixe": the candidates' names; heap. */
static char *list_candidates(struct intake *in, const size_t *some, size_t count)
{
	char *list = mem_copy("");

	for (size_t i = 0; i < count; i++) {
		char *longer = mem_format("%s%s%.40s", list, i > 0 ? "," : "", head_at(in, some[i])->name);

		free(list);
		list = longer;
	}
	return list;
}

static void question_number(struct intake *in, const size_t *some, size_t count)
{
	const char *first = head_at(in, some[0])->name, *second = head_at(in, some[1])->name;
	char *all = list_candidates(in, some, count);

	if (!may_ask(in))
		ctl_fail(
		    error_pick(
			"%s:1: columns %.40s and %.40s may both be the field to: say which one, --map to=%.40s, or take the first that has a number, --to-first %s",
			"%s:1: les colonnes %.40s et %.40s peuvent toutes deux être le champ to : préciser laquelle, --map to=%.40s, ou prendre la première qui a un numéro, --to-first %s"),
		    in->lines->name, first, second, first, all);
	char *question = mem_format(
	    error_pick(
		"%s has numbers in %s. Whom to call? A column, or several in order with commas, the first that has a number counting:",
		"%s a des numéros dans %s. Qui appeler ? Une colonne, ou plusieurs dans l'ordre avec des virgules, la première qui a un numéro comptant :"),
	    in->lines->name, all);
	char *answer = answer_to(question);

	rules_add(&in->rules.to_first, answer, true);
	if (in->rules.to_first.count == 0)
		ctl_misuse(in->ctl, error_pick("nobody said which column has the numbers",
		                               "nul n'a dit quelle colonne a les numéros"));
	for (size_t i = 0; i < in->rules.to_first.count; i++) {
		const char *name = in->rules.to_first.list[i];
		struct head *head = heads_must_find(in->lines, &in->heads, name, strlen(name));

		head->kind = HEAD_NUMBER;
		in->heads.numbers[in->heads.number_count++] = (size_t)(head - in->heads.list);
	}
	free(answer);
	free(question);
	free(all);
}

/* One by its name alone counts; else those whose cells are numbers, most of them. */
static void choose_number_column(struct intake *in, const struct column_survey *all, const size_t *some,
                                 size_t count)
{
	size_t kept[CELLS_MAX], kept_count = 0;

	if (count == 1 && heads_meant(head_at(in, some[0])->name) != NULL) {
		give_number(in, some[0]);
		return;
	}
	for (size_t i = 0; i < count; i++)
		if (all[some[i]].numbers * 2 > all[some[i]].filled)
			kept[kept_count++] = some[i];
	if (kept_count == 1)
		give_number(in, kept[0]);
	else if (kept_count > 1)
		question_number(in, kept, kept_count);
	else if (count > 1)
		question_number(in, some, count);
}

/* --- dates ------------------------------------------------------------------------------- */

/* What is two dates is refused, row by row, until somebody says which. */
static void tell_undecided(const struct intake *in, const struct head *h, const struct column_survey *s)
{
	if (s->fits[SPELLED_ONLY_DAY_FIRST] > 0)
		ctl_note(error_pick("%s:1: column %.40s has both %s (line %zu) and %s (line %zu)",
		                    "%s:1: la colonne %.40s a %s (ligne %zu) comme %s (ligne %zu)"),
		         in->lines->name, h->name, s->fit_text[SPELLED_ONLY_DAY_FIRST],
		         s->fit_line[SPELLED_ONLY_DAY_FIRST], s->fit_text[SPELLED_ONLY_MONTH_FIRST],
		         s->fit_line[SPELLED_ONLY_MONTH_FIRST]);
	ctl_note(
	    error_pick(
		"%s:1: column %.40s: %s (line %zu) may be two dates; such rows are refused until --dates dmy (the day first) or --dates mdy says which",
		"%s:1: colonne %.40s : %s (ligne %zu) peut être deux dates ; de telles lignes sont refusées tant que --dates dmy (le jour d'abord) ou --dates mdy ne précise laquelle"),
	    in->lines->name, h->name, s->fit_text[SPELLED_TWO_DATES], s->fit_line[SPELLED_TWO_DATES]);
}

static enum spelled_order order_of(struct intake *in, const struct head *h, const struct column_survey *s)
{
	bool day = s->fits[SPELLED_ONLY_DAY_FIRST] > 0, month = s->fits[SPELLED_ONLY_MONTH_FIRST] > 0;

	if (in->rules.dates == NULL && day == month && s->fits[SPELLED_TWO_DATES] > 0) {
		char *answer =
		    may_ask(in)
			? answer_to(error_pick(
			      "Which part of dates such as 05/04/2026 comes first, the day (dmy) or the month (mdy)?",
			      "Dans des dates comme 05/04/2026, que vient-il d'abord, le jour (dmy) ou le mois (mdy) ?"))
			: mem_copy("");

		if (strcmp(answer, "dmy") == 0 || strcmp(answer, "mdy") == 0)
			in->rules.dates = answer;
		else
			free(answer);
	}
	if (in->rules.dates != NULL)
		return strcmp(in->rules.dates, "mdy") == 0 ? SPELLED_MONTH_FIRST : SPELLED_DAY_FIRST;
	if (day != month)
		return month ? SPELLED_MONTH_FIRST : SPELLED_DAY_FIRST;
	return SPELLED_EITHER;
}

static void tell_dates(const struct intake *in, const struct head *h, const struct column_survey *s)
{
	bool month = h->order == SPELLED_MONTH_FIRST;
	enum spelled_fit proof = month ? SPELLED_ONLY_MONTH_FIRST : SPELLED_ONLY_DAY_FIRST;

	if (h->order == SPELLED_EITHER && s->fits[SPELLED_TWO_DATES] > 0)
		tell_undecided(in, h, s);
	else if (h->order != SPELLED_EITHER && (s->fits[proof] > 0 || s->fits[SPELLED_TWO_DATES] > 0))
		ctl_note(error_pick("%s:1: column %.40s: dates have the %s first%s%s",
		                    "%s:1: colonne %.40s : les dates commencent par le %s%s%s"),
		         in->lines->name, h->name,
		         month ? error_pick("month", "mois") : error_pick("day", "jour"),
		         s->fits[proof] > 0 ? error_pick(", as in ", ", comme ") : "", s->fit_text[proof]);
	if (s->serials > 0)
		ctl_note(
		    error_pick("%s:1: column %.40s: numbers are days as Excel counts them",
		               "%s:1: colonne %.40s : les nombres sont des jours, comme Excel les compte"),
		    in->lines->name, h->name);
	if (s->timeless > 0 && strcmp(h->field, "collected_at") == 0)
		ctl_note(
		    error_pick("%s:1: column %.40s: %zu date%s no time of day, which a consent must have",
		               "%s:1: colonne %.40s : %zu date%s sans heure, qu'un consentement doit avoir"),
		    in->lines->name, h->name, s->timeless,
		    s->timeless == 1 ? error_pick(" has", "") : error_pick("s have", "s"));
}

static void choose_orders(struct intake *in, const struct column_survey *all)
{
	bool spelled = false, day = false, month = false;

	for (size_t i = 0; i < in->heads.count; i++) {
		struct head *h = head_at(in, i);

		if (!h->is_date || h->has_words)
			continue;
		h->order = order_of(in, h, &all[i]);
		tell_dates(in, h, &all[i]);
		day = day || (all[i].spelled > 0 && h->order == SPELLED_DAY_FIRST);
		month = month || (all[i].spelled > 0 && h->order != SPELLED_DAY_FIRST);
		spelled = spelled || all[i].spelled > 0;
	}
	/* The next file of this client may have too few lines to tell. */
	if (in->profile != NULL && in->rules.dates == NULL && day && !month)
		in->rules.dates = mem_copy("dmy");
	if (spelled)
		ctl_note(error_pick("%s: times without an offset are those of %s (--zone)",
		                    "%s: les heures sans décalage sont celles de %s (--zone)"),
		         in->lines->name, zone_name(in->zone));
}

/* --- consents ----------------------------------------------------------------------------- */

static bool is_ignored(const struct intake *in, const char *name)
{
	for (size_t i = 0; i < in->rules.ignore.count; i++)
		if (strcmp(in->rules.ignore.list[i], name) == 0)
			return true;
	return false;
}

/* A column that no rule names. */
static bool is_open(const struct intake *in, const struct head *h)
{
	return h->kind == HEAD_VAR && h->field == NULL && !h->has_words && h->name[0] != '\0' &&
	       !is_ignored(in, h->name);
}

/* Few different words stand below a name that reads like a consent; or yes and no below one that may. */
static bool reads_like_consent(const struct head *h, const struct column_survey *s)
{
	enum consent_like like = consent_like(h->name);
	size_t answers = 0;

	if (like == CONSENT_UNLIKE || s->filled == 0 || s->value_count > SURVEY_VALUES)
		return false;
	for (size_t i = 0; i < s->value_count; i++)
		answers += consent_is_answer(s->values[i].text);
	/* Dates, sums and the like: neither yes nor no. */
	if (answers == 0) {
		for (size_t i = 0; i < s->value_count; i++)
			if (strpbrk(s->values[i].text, "0123456789") == NULL)
				return like == CONSENT_LIKE;
		return false;
	}
	return like == CONSENT_LIKE || answers == s->value_count;
}

/* "Oui 31020, Non 18866, nothing 12"; heap. */
static char *list_values(const struct column_survey *s, size_t rows)
{
	char *list = mem_copy(""), shown[SHOWN_TEXT];

	for (size_t i = 0; i < s->value_count; i++) {
		char *longer = mem_format("%s%s%s %zu", list, i > 0 ? ", " : "",
		                          shown_masked(s->values[i].text, strlen(s->values[i].text), shown,
		                                       sizeof(shown)),
		                          s->values[i].count);

		free(list);
		list = longer;
	}
	if (rows > s->filled) {
		char *longer =
		    mem_format(error_pick("%s, nothing %zu", "%s, rien %zu"), list, rows - s->filled);

		free(list);
		list = longer;
	}
	return list;
}

/* The word to name in an example. */
static const char *example_word(const struct column_survey *s)
{
	for (size_t i = 0; i < s->value_count; i++)
		if (consent_is_yes(s->values[i].text))
			return s->values[i].text;
	return s->values[0].text;
}

static void add_answer(struct intake *in, struct head *h, const char *answer)
{
	struct names some = { 0 };

	if (strcmp(answer, "*") == 0) {
		names_add(&in->rules.ignore, h->name, strlen(h->name));
		return;
	}
	rules_add(&some, answer, true);
	if (some.count == 0)
		ctl_misuse(
		    in->ctl,
		    error_pick("nobody said what column %.40s means; nothing was queued",
		               "nul n'a dit ce que la colonne %.40s signifie ; rien n'a été mis en file"),
		    h->name);
	for (size_t i = 0; i < some.count; i++) {
		char *word = mem_format("%s=", some.list[i]), *rule = mem_format("%s:%s", h->name, word);

		names_add(&in->rules.words, rule, strlen(rule));
		heads_add_word(in->ctl, &in->heads, h, word);
		free(rule);
		free(word);
	}
	names_done(&some);
}

static void question_consent(struct intake *in, struct head *h, const struct column_survey *s)
{
	char *values = list_values(s, in->rows);

	if (!may_ask(in))
		ctl_misuse(
		    in->ctl,
		    error_pick(
			"column %.40s (%s) reads like a consent, and no field has it: nothing was queued. Say what its words mean, --map consent.act=\"%.40s\" --word \"%.40s:%s=VALUE\"; or which rows may go, --word \"%.40s:%s=\"; or --ignore \"%.40s\"",
			"la colonne %.40s (%s) a l'air d'un consentement, et aucun champ ne la prend : rien n'a été mis en file. Dire ce que ses mots signifient, --map consent.act=\"%.40s\" --word \"%.40s:%s=VALEUR\" ; ou quelles lignes peuvent partir, --word \"%.40s:%s=\" ; ou --ignore \"%.40s\""),
		    h->name, values, h->name, h->name, example_word(s), h->name, example_word(s), h->name);
	char *question = mem_format(
	    error_pick(
		"Column %.40s (%s) reads like a consent. Whose rows may go? Words with commas, * for all of them, nothing to stop:",
		"La colonne %.40s (%s) a l'air d'un consentement. Quelles lignes peuvent partir ? Des mots avec des virgules, * pour toutes, rien pour arrêter :"),
	    h->name, values);
	char *answer = answer_to(question);

	add_answer(in, h, answer);
	free(answer);
	free(question);
	free(values);
}

static void choose_consents(struct intake *in, const struct column_survey *all)
{
	for (size_t i = 0; i < in->heads.count; i++)
		if (is_open(in, head_at(in, i)) && all[i].wanted &&
		    reads_like_consent(head_at(in, i), &all[i]))
			question_consent(in, head_at(in, i), &all[i]);
}

/* --- all of it ------------------------------------------------------------------------------ */

static void check_ignored(struct intake *in)
{
	for (size_t i = 0; i < in->rules.ignore.count; i++)
		heads_must_find(in->lines, &in->heads, in->rules.ignore.list[i],
		                strlen(in->rules.ignore.list[i]));
}

void columns_choose(struct intake *in)
{
	struct column_survey *all = mem_zero(CELLS_MAX * sizeof(*all));
	size_t some[CELLS_MAX], count = number_candidates(in, some), wanted = 0;

	check_ignored(in);
	for (size_t i = 0; i < count && (count > 1 || heads_meant(head_at(in, some[0])->name) == NULL); i++)
		all[some[i]].wanted = true;
	for (size_t i = 0; i < in->heads.count; i++) {
		const struct head *h = head_at(in, i);

		if ((h->is_date && !h->has_words) ||
		    (is_open(in, h) && consent_like(h->name) != CONSENT_UNLIKE))
			all[i].wanted = true;
		wanted += all[i].wanted;
	}
	if (wanted > 0)
		survey_run(in, all);
	choose_number_column(in, all, some, count);
	choose_orders(in, all);
	choose_consents(in, all);
	constants_read(in);
	free(all);
}
