/* line_reports.h - lines of a file that cannot be used, told and counted. */
#ifndef LICET_CTL_INPUT_LINE_REPORTS_H
#define LICET_CTL_INPUT_LINE_REPORTS_H

#include "ctl/input/csv_reader.h"

/* Reports of bad lines: on standard error as they come, so many of them and of each kind; as JSON; and all of
 * them in a file. */
#define REPORTS_MAX 50
#define REPORTS_OF_A_KIND 10
#define REPORT_REASONS_MAX 32
#define REPORT_KINDS_MAX 64
#define REPORT_RULE_SIZE 160
struct line_reports {
	size_t count;
	json_t *list;       /* NULL: not wanted */
	struct rows *file;  /* likewise; its columns are report_columns */
	const char *column; /* of the file, which the next report is about; NULL: as the field */
	const char *value;  /* what stood there, for the next report, which masks it; NULL: not said */
	struct {
		const char *reason;
		size_t count;
	} reasons[REPORT_REASONS_MAX]; /* those that were given, static texts */
	size_t reason_count;
	struct {
		const char *reason;
		char rule[REPORT_RULE_SIZE]; /* which field, and what was expected of it */
		size_t count;
	} kinds[REPORT_KINDS_MAX]; /* the last one: all others */
	size_t kind_count, said;
};
/* number: NULL or masked here. */
void report_line(struct line_reports *r, const struct lines *l, const char *field, const char *reason,
                 const char *number, const char *hint);
void reports_end(const struct line_reports *r);
/* [{"reason": …, "rule": …, "count": …}, …] */
/* A rule of them, "field: hint", for people. Heap. */
char *reports_rule(bool french, const char *rule);
json_t *reports_kinds(const struct line_reports *r);

/* The columns of a report in a file, up to NULL. What the first five say of a line that was
 * not refused is the caller's. */
extern const char *const report_columns[];
enum {
	REPORT_LINE,
	REPORT_VERDICT,
	REPORT_AT,
	REPORT_REASON,
	REPORT_RULE,
	REPORT_PLACE,
	REPORT_ID,
	REPORT_TO,
	REPORT_COLUMN,
	REPORT_FIELD,
	REPORT_HINT,
	REPORT_VALUE,
	REPORT_CELLS
};

#endif
