/* row_to_job.c - a line cut into cells, and a job made of them, as JSON. It is written at
 * once, without a tree of values: the job is read again anyway, as licetd will read it. */
#include "ctl/enqueue/row_to_job.h"

#include "core/text/utf8.h"
#include "ctl/enqueue/enqueue.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a row ---------------------------------------------------------------------------- */

static const char *row_fault(struct intake *in, char hint[ROW_HINT_SIZE])
{
	struct lines *l = in->lines;

	if (l->fault == NULL && !utf8_is(l->text, l->len))
		return "it is not valid UTF-8; give the file's encoding with --encoding, such as windows-1252";
	if (!lines_cut(l))
		return l->fault;
	if (l->cell_count == in->heads.count)
		return NULL;
	snprintf(hint, ROW_HINT_SIZE, "%zu cells, the header has %zu", l->cell_count, in->heads.count);
	return hint;
}

const char *enqueue_cut_row(struct intake *in, char hint[ROW_HINT_SIZE])
{
	const char *fault = row_fault(in, hint);

	/* A stray quote must not take the lines behind with it. */
	if (fault != NULL && lines_only_first(in->lines))
		fault = row_fault(in, hint);
	return fault;
}

/* --- a job ---------------------------------------------------------------------------- */

void enqueue_put(struct intake *in, const char *text, size_t len)
{
	while (in->text_capacity < in->text_len + len + 1)
		in->text = mem_grow(in->text, &in->text_capacity, in->text_capacity, 1);
	memcpy(in->text + in->text_len, text, len);
	in->text_len += len;
	in->text[in->text_len] = '\0';
}

static void put_quoted(struct intake *in, const char *text)
{
	enqueue_put(in, "\"", 1);
	while (*text != '\0') {
		size_t plain = 0;

		while ((unsigned char)text[plain] >= 0x20 && text[plain] != '"' && text[plain] != '\\')
			plain++;
		enqueue_put(in, text, plain);
		text += plain;
		if (*text == '\0')
			break;
		char code[8];

		snprintf(code, sizeof(code), "\\u%04x", (unsigned char)*text++);
		enqueue_put(in, code, 6);
	}
	enqueue_put(in, "\"", 1);
}

/* The name of a field, with what stands between it and the one before. */
static void put_name(struct intake *in, const char *before)
{
	if (in->text[in->text_len - 1] != '{')
		enqueue_put(in, ",", 1);
	enqueue_put(in, before, strlen(before));
}

static void put_member(struct intake *in, const char *before, const char *value)
{
	put_name(in, before);
	put_quoted(in, value);
}

/* A consent's cell may be a list. */
static void put_consent(struct intake *in, const char *field, const char *before, const char *cell)
{
	json_t *value = cell_value(in->rb, field, cell);

	put_name(in, before);
	if (json_is_array(value)) {
		char *text = json_pool_text(value, JSON_COMPACT);

		enqueue_put(in, text, strlen(text));
		free(text);
	} else {
		put_quoted(in, cell);
	}
	json_decref(value);
}

/* One member of an object that begins with its first: *any tells whether one was there. */
static void put_inner(struct intake *in, const char *name, bool *any, enum head_kind kind, const char *field,
                      const char *before, const char *value)
{
	if (*value == '\0')
		return;
	if (!*any)
		put_name(in, name);
	*any = true;
	if (kind == HEAD_CONSENT)
		put_consent(in, field, before, value);
	else
		put_member(in, before, value);
}

/* The columns and constants of a kind as the members of an object; none: nothing is put. */
static void put_object(struct intake *in, const char *name, enum head_kind kind)
{
	bool any = false;

	for (size_t i = 0; i < in->heads.count; i++) {
		const struct head *h = &in->heads.list[i];

		if (h->kind == kind)
			put_inner(in, name, &any, kind, h->field, h->before, in->lines->cells[i]);
	}
	for (size_t i = 0; i < in->heads.constant_count; i++) {
		const struct constant *c = &in->heads.constants[i];

		if (c->kind == kind)
			put_inner(in, name, &any, kind, c->field, c->before, c->value);
	}
	if (any)
		enqueue_put(in, "}", 1);
}

/* A file without ids: its beginning and the line, the same whenever it is read. */
static void put_made_id(struct intake *in)
{
	char id[64];

	snprintf(id, sizeof(id), "\"id\":\"%.12s-%" PRIu64 "\"", in->origin, in->origin_line);
	enqueue_put(in, id, strlen(id));
}

/* An empty cell is an absent field. */
void enqueue_job_of_cells(struct intake *in)
{
	const struct heads *h = &in->heads;

	in->text_len = 0;
	enqueue_put(in, "{", 1);
	if (!h->has_id)
		put_made_id(in);
	for (size_t i = 0; i < h->count; i++) {
		if (i == in->number_column && in->number != NULL && *in->number != '\0')
			put_member(in, "\"to\":", in->number);
		else if (h->list[i].kind == HEAD_FIELD && *in->lines->cells[i] != '\0' &&
		         i != in->number_column)
			put_member(in, h->list[i].before, in->lines->cells[i]);
	}
	for (size_t i = 0; i < h->constant_count; i++)
		if (h->constants[i].kind == HEAD_FIELD)
			put_member(in, h->constants[i].before, h->constants[i].value);
	put_object(in, "\"consent\":{", HEAD_CONSENT);
	put_object(in, "\"vars\":{", HEAD_VAR);
	enqueue_put(in, "}", 1);
}
