/* line_reports.c - see line_reports.h. */
#include "ctl/input/line_reports.h"

#include "core/number/phone.h"
#include "core/text/shown.h"
#include "ctl/base/core_text.h"
#include "ctl/base/print.h"
#include "ctl/base/report_file.h"
#include "ctl/query/query.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_VALUE 80 /* of what stood where a fault is */

const char *const report_columns[] = { "line", "verdict", "at",    "reason", "rule",  "place", "id",
	                               "to",   "column",  "field", "hint",   "value", NULL };

static void count_reason(struct line_reports *r, const char *reason)
{
	size_t i = 0;

	while (i < r->reason_count && strcmp(r->reasons[i].reason, reason) != 0)
		i++;
	if (i == REPORT_REASONS_MAX)
		return;
	if (i == r->reason_count)
		r->reasons[r->reason_count++].reason = reason;
	r->reasons[i].count++;
}

/* Which field and what was expected there; of a line that could not be cut no number tells kinds apart. Returns how
 * many of that kind there were before. */
static size_t count_kind(struct line_reports *r, const char *reason, const char *field, const char *hint)
{
	char rule[REPORT_RULE_SIZE];
	size_t i = 0, used;

	snprintf(rule, sizeof(rule), "%.60s%s%.90s", field, *field != '\0' && *hint != '\0' ? ": " : "",
	         hint);
	used = strlen(rule);
	for (size_t k = 0; *field == '\0' && k < used; k++)
		if (rule[k] >= '0' && rule[k] <= '9')
			rule[k] = 'N';
	while (i < r->kind_count && (r->kinds[i].reason != reason || strcmp(r->kinds[i].rule, rule) != 0))
		i++;
	if (i == REPORT_KINDS_MAX)
		return r->kinds[i - 1].count++;
	if (i == r->kind_count) {
		r->kinds[r->kind_count++].reason = i + 1 < REPORT_KINDS_MAX ? reason : "others";
		snprintf(r->kinds[i].rule, REPORT_RULE_SIZE, "%s", i + 1 < REPORT_KINDS_MAX ? rule : "");
	}
	return r->kinds[i].count++;
}

/* What a report says, fit to be shown. */
struct said {
	char field[SHOWN_TEXT], hint[SHOWN_TEXT], value[SHOWN_VALUE], mask[PHONE_MASK_SIZE];
	const char *reason;
};

static void write_report(const struct line_reports *r, const struct lines *l, const struct said *s)
{
	const char *cells[REPORT_CELLS] = { 0 };
	char line[24];

	snprintf(line, sizeof(line), "%zu", l->number);
	cells[REPORT_LINE] = line;
	cells[REPORT_VERDICT] = "refused";
	cells[REPORT_REASON] = s->reason;
	cells[REPORT_TO] = s->mask;
	cells[REPORT_COLUMN] = r->column != NULL ? r->column : s->field;
	cells[REPORT_FIELD] = s->field;
	cells[REPORT_HINT] = s->hint;
	cells[REPORT_VALUE] = s->value;
	rows_put(r->file, cells);
}

static void add_report(struct line_reports *r, const struct lines *l, const struct said *s)
{
	json_t *object =
	    print_pack("{s:I,s:s,s:s,s:o,s:s}", "line", (json_int_t)l->number, "field", s->field, "reason",
	               s->reason, "to", s->mask[0] != '\0' ? print_json_text(s->mask) : json_null(), "hint",
	               s->hint);

	if (s->value[0] != '\0')
		json_object_set_new(object, "value", print_json_text(s->value));
	json_array_append_new(r->list, object);
}

/* What the core or the reader of lines says of one, for people. Heap. */
static char *hint_told(const char *hint)
{
	const char *said = error_said(hint);

	return said != hint ? mem_copy(said) : core_text(error_is_french(), hint);
}

/* A field that nobody knows, a hint and a value quote the file. */
void report_line(struct line_reports *r, const struct lines *l, const char *field, const char *reason,
                 const char *number, const char *hint)
{
	struct said s = { .reason = reason };
	const char *value = r->value != NULL ? r->value : "";

	shown_masked(field, strlen(field), s.field, sizeof(s.field));
	shown_masked(hint, strlen(hint), s.hint, sizeof(s.hint));
	shown_masked(value, strlen(value), s.value, sizeof(s.value));
	if (number != NULL)
		phone_mask(number, s.mask);
	r->value = NULL;
	r->count++;
	count_reason(r, reason);
	size_t before = count_kind(r, reason, s.field, s.hint);

	if (r->file != NULL)
		write_report(r, l, &s);
	if (r->list != NULL && r->count <= 1000)
		add_report(r, l, &s);
	if (r->list != NULL || r->file != NULL || r->said == REPORTS_MAX || before >= REPORTS_OF_A_KIND)
		return;
	r->said++;
	const char *what = s.value[0] != '\0' ? s.value : s.mask;

	char *told = hint_told(s.hint);

	ctl_progress("", -1);
	print_to(stderr, "%s:%zu: %s%s%s%s%s%s%s\n", l->name, l->number, s.field,
	         s.field[0] != '\0' ? ": " : "", error_said(reason), *what != '\0' ? ": " : "", what,
	         *told != '\0' ? error_pick("; ", " ; ") : "", told);
	free(told);
}

void reports_end(const struct line_reports *r)
{
	if (r->list == NULL && r->file == NULL && r->count > r->said)
		print_to(stderr,
		         error_pick("... and %zu more bad lines\n", "... et %zu autres lignes fautives\n"),
		         r->count - r->said);
}

char *reports_rule(bool french, const char *rule)
{
	const char *colon = strstr(rule, ": ");
	char *hint = french ? hint_told(colon != NULL ? colon + 2 : rule) : NULL, *all;

	if (hint == NULL)
		return mem_copy(rule);
	if (colon == NULL)
		return hint;
	all = mem_format("%.*s : %s", (int)(colon - rule), rule, hint);
	free(hint);
	return all;
}

json_t *reports_kinds(const struct line_reports *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->kind_count; i++)
		json_array_append_new(all,
		                      print_pack("{s:s,s:s,s:I}", "reason", r->kinds[i].reason, "rule",
		                                 r->kinds[i].rule, "count", (json_int_t)r->kinds[i].count));
	return all;
}
