/* take_row.c - see take_row.h. */
#include "ctl/enqueue/take_row.h"

#include "core/job/job.h"
#include "core/number/place.h"
#include "core/text/shown.h"
#include "ctl/enqueue/cell_meaning.h"
#include "ctl/enqueue/dry_run.h"
#include "ctl/enqueue/mended.h"
#include "ctl/enqueue/push.h"
#include "ctl/enqueue/rejects.h"
#include "ctl/enqueue/row_to_job.h"
#include "ctl/query/window_places.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Into the file of refused rows, unless it was queued mended before. */
static void reject(struct intake *in, const char *field, const char *reason, const char *hint)
{
	const char *column = in->bad.column != NULL ? in->bad.column : field;

	if (in->rejects_path == NULL || mended_has(in, in->origin_line))
		return;
	if (in->rejects == NULL)
		rejects_open(in, in->rejects_path);
	char *sentence = mem_format("%s%s%s%s%s", column, *column != '\0' ? ": " : "", reason,
	                            *hint != '\0' ? "; " : "", hint);

	rejects_add(in, shown_clean(sentence));
	free(sentence);
}

static void refuse(struct intake *in, const char *field, const char *reason, const char *number,
                   const char *hint)
{
	in->bad.column = NULL;
	if (in->csv && strcmp(field, "to") == 0)
		in->bad.column = in->heads.list[in->number_column].name;
	else if (in->csv && in->bad_column == NULL)
		in->bad.column = heads_column(&in->heads, field);
	else
		in->bad.column = in->bad_column;
	in->bad_column = NULL;
	reject(in, field, reason, hint);
	in->bad.value = in->reviewing ? NULL : in->bad.value;
	if (in->reviewing)
		return;
	report_line(&in->bad, in->lines, field, reason, number, hint);
}

/* What stands in a field of the job at hand, "consent.until", as text; heap, NULL: nothing, or it is no JSON. */
static char *value_of(const struct intake *in, const char *field)
{
	json_t *all = json_loadb(in->text, in->text_len, 0, NULL);
	const json_t *at = all;
	char name[ROW_HINT_SIZE], *value = NULL;

	while (*field != '\0' && at != NULL) {
		size_t len = strcspn(field, ".[");

		snprintf(name, sizeof(name), "%.*s", (int)len, field);
		at = json_object_get(at, name);
		field += len;
		if (*field == '[')
			break; /* one of a list: all of it is shown */
		field += *field == '.';
	}
	if (json_is_string(at))
		value = mem_copy(json_string_value(at));
	else if (at != NULL && at != all)
		value = json_pool_text(at, JSON_COMPACT | JSON_ENCODE_ANY);
	json_decref(all);
	return value;
}

/* The job at hand, for what stands in a field of it. The number is shown as the number. */
static void refuse_value(struct intake *in, const char *field, const char *reason, const char *number,
                         const char *hint)
{
	char *value = strcmp(field, "to") != 0 ? value_of(in, field) : NULL;

	in->bad.value = value;
	refuse(in, field, reason, number, hint);
	free(value);
}

static bool address_is_known(struct intake *in, const struct phone *phone, const struct job *job)
{
	const char *field;

	if (place_of_callee(in->rb, phone->territories, job->postcode, job->insee, &in->job_place, &field) !=
	    ADDRESS_MALFORMED)
		return true;
	refuse_value(in, field, reason_name(REASON_FIELD_MALFORMED), NULL, place_expected(field));
	return false;
}

/* What spreadsheets do to numbers. */
static const char *hint_of_damage(const char *to)
{
	size_t digits = strspn(to, "0123456789"), rest = digits;

	rest += strspn(to + rest, ".,0123456789");
	if (rest > 0 && (to[rest] == 'E' || to[rest] == 'e'))
		return "a spreadsheet has rounded it: make the column text there, and export it again";
	if (digits == 9 && to[9] == '\0' && to[0] != '0')
		return "a spreadsheet may have taken its first zero: --excel-zero puts it back";
	if (digits >= 11 && digits <= 15 && to[digits] == '\0' && to[0] != '0')
		return "where numbers begin with a country code, --plus puts a plus before them";
	return NULL;
}

static bool is_sound(struct intake *in)
{
	const char *hint = NULL;
	struct phone phone;
	struct fault fault;
	struct job job;
	bool sound = job_parse(in->text, in->text_len, &job, &fault);

	if (!sound) {
		refuse_value(in, fault.field, reason_name(fault.reason), job.to, fault.hint);
		job_done(&job);
		return false;
	}
	enum reason reason = phone_parse(in->rb, job.to, job.to_len, &phone, &hint);

	sound = reason == REASON_ALLOWED;
	snprintf(in->job_id, sizeof(in->job_id), "%s", job.id);
	if (!sound) {
		const char *damage = hint_of_damage(job.to);

		refuse(in, "to", reason_name(reason), job.to,
		       damage != NULL ? damage
		       : hint != NULL ? hint
		                      : "");
	}
	sound = sound && address_is_known(in, &phone, &job);
	job_done(&job);
	return sound;
}

static void take_job(struct intake *in)
{
	if (!is_sound(in) || in->reviewing)
		return;
	if (!in->dry_run) {
		if (in->places != NULL && in->job_place != 0)
			window_places_add(in->places, in->job_place, 1);
		push_job(in);
		return;
	}
	in->pushed++;
	if (in->trial != NULL)
		trial_add(in);
}

/* Delimiters alone, as spreadsheets write rows of which nothing is left. */
static bool is_blank_row(const struct lines *l)
{
	for (size_t i = 0; i < l->cell_count; i++)
		if (*l->cells[i] != '\0')
			return false;
	return l->fault == NULL;
}

/* Which line it is of which file. Returns false if it does not come to be judged. */
static bool take_origin(struct intake *in, bool cut)
{
	if (in->beginning[0] == '\0')
		lines_print(in->lines, in->beginning);
	if (!in->mended) {
		snprintf(in->origin, ORIGIN_SIZE, "%.12s", in->beginning);
		in->origin_line = in->lines->number;
		return true;
	}
	if (!cut) {
		in->origin_line = 0; /* nobody can tell */
		return true;
	}
	if (in->csv) {
		const char *cell = in->lines->cells[in->origin_column];
		char *end;

		in->origin_line = strtoull(cell, &end, 10);
		if (*cell < '1' || *cell > '9' || *end != '\0') {
			in->origin_line = in->lines->number;
			refuse(in, REJECT_LINE, reason_name(REASON_FIELD_MALFORMED), NULL,
			       "expected the number of the line that this row was");
			return false;
		}
	}
	if (!mended_has(in, in->origin_line))
		return true;
	in->again_count++;
	return false;
}

static void csv_line(struct intake *in)
{
	char hint[ROW_HINT_SIZE];
	struct cell_fault wrong;
	const char *fault = enqueue_cut_row(in, hint);

	if (is_blank_row(in->lines)) {
		in->blank += !in->reviewing;
		return;
	}
	if (!take_origin(in, fault == NULL))
		return;
	if (fault != NULL) {
		refuse(in, "", reason_name(REASON_FIELD_MALFORMED), NULL, fault);
		return;
	}
	if (!cells_read(in, &wrong)) {
		in->bad.value = wrong.value;
		in->bad_column = wrong.column;
		refuse(in, wrong.field, reason_name(REASON_FIELD_MALFORMED), NULL, wrong.hint);
		return;
	}
	enqueue_job_of_cells(in);
	take_job(in);
}

static void json_line(struct intake *in)
{
	struct lines *l = in->lines;
	char origin[ORIGIN_SIZE];

	if (l->fault == NULL && in->mended && !rejects_cut_origin(l->text, &l->len, origin, &in->origin_line))
		in->origin_line = l->number;
	if (!take_origin(in, true))
		return;
	if (l->fault != NULL) {
		refuse(in, "", reason_name(REASON_JSON_MALFORMED), NULL, l->fault);
		return;
	}
	in->text_len = 0;
	enqueue_put(in, l->text, l->len);
	take_job(in);
}

void row_take(struct intake *in)
{
	struct lines *l = in->lines;

	if (l->text[strspn(l->text, " \t")] == '\0' && l->fault == NULL)
		in->blank += !in->reviewing;
	else if (in->csv)
		csv_line(in);
	else
		json_line(in);
}
