/* survey.c - see survey.h. */
#include "ctl/enqueue/survey.h"

#include "core/text/plain.h"
#include "ctl/enqueue/cell_meaning.h"

#include <stdio.h>
#include <string.h>

static void count_value(struct column_survey *s, const char *cell)
{
	char plain[SURVEY_VALUE_SIZE + 1], other[SURVEY_VALUE_SIZE + 1];
	size_t i = 0;

	if (s->value_count > SURVEY_VALUES)
		return;
	if (strlen(cell) >= SURVEY_VALUE_SIZE) {
		s->value_count = SURVEY_VALUES + 1;
		return;
	}
	plain_name(cell, plain, sizeof(plain));
	for (; i < s->value_count; i++) {
		if (strcmp(s->values[i].text, cell) == 0)
			break;
		if (plain[0] != '\0' &&
		    strcmp(plain_name(s->values[i].text, other, sizeof(other)), plain) == 0)
			break;
	}
	if (i == s->value_count && s->value_count++ < SURVEY_VALUES)
		snprintf(s->values[i].text, SURVEY_VALUE_SIZE, "%s", cell);
	if (i < SURVEY_VALUES)
		s->values[i].count++;
}

static void count_date(struct column_survey *s, const char *cell, size_t line)
{
	int64_t ms;
	struct spelled date;

	if (civil_parse_instant(cell, strlen(cell), &ms)) {
		s->fits[SPELLED_PLAIN]++;
		return;
	}
	enum spelled_fit fit = spelled_fit(cell);

	if (s->fits[fit]++ == 0) {
		s->fit_line[fit] = line;
		snprintf(s->fit_text[fit], SURVEY_VALUE_SIZE, "%.30s", cell);
	}
	if (fit == SPELLED_NO_DATE)
		return;
	s->spelled++;
	if (spelled_parse(cell, fit == SPELLED_ONLY_MONTH_FIRST ? SPELLED_MONTH_FIRST : SPELLED_DAY_FIRST,
	                  &date)) {
		s->serials += date.is_serial;
		s->timeless += date.second < 0;
	}
}

/* Returns whether anything stands in it. */
static bool count_row(struct intake *in, const struct lines *l, struct column_survey *all)
{
	for (size_t i = 0; i < in->heads.count && i < l->cell_count; i++) {
		struct column_survey *s = &all[i];
		const char *cell = l->cells[i];

		if (!s->wanted || *cell == '\0')
			continue;
		s->filled++;
		if (in->heads.list[i].is_date) {
			count_date(s, cell, l->number);
			continue;
		}
		s->numbers += cell_is_number(in, cell);
		count_value(s, cell);
	}
	for (size_t i = 0; i < l->cell_count; i++)
		if (*l->cells[i] != '\0')
			return true;
	return false;
}

void survey_run(struct intake *in, struct column_survey *all)
{
	struct lines *mine = in->lines, *l = lines_open_as(in->path, in->encoding);

	l->separator = mine->separator;
	while (l->number < mine->number && lines_next(l))
		;
	l->quotes = true;
	in->rows = 0;
	while (lines_next(l))
		if (lines_cut(l) || (lines_only_first(l) && lines_cut(l)))
			in->rows += count_row(in, l, all);
	lines_close(l);
}
