/* A file of contacts, as spreadsheets and exports write it: no line is lost, and none depends
 * on where a buffer ended. The first byte says how it is read, the next two where a buffer ends;
 * a byte 5 is a cell of twenty thousand letters, as no input is that long by itself. */
#include "core/job/job.h"
#include "ctl/enqueue/cell_meaning.h"
#include "ctl/enqueue/enqueue.h"
#include "ctl/enqueue/row_to_job.h"
#include "fuzz.h"
#include "io/host/mem.h"

#include <string.h>

/* Of the first byte: the first two bits are the encoding, the next two the separator. */
enum { OWN_HEAD = 16, BORDER = 32 };
#define LONG_CELL 20000
#define LONG_CELLS 8
#define RAW_SIZE 65536 /* of src/ctl/input/decode.c */

static const char head[] = "id,to,postcode,consent.form,consent.product,Ville";
static const char *const encodings[] = { "UTF-8", "UTF-16LE", "windows-1252", "UTF-16BE" };

struct text {
	char *at;
	size_t len, capacity;
};

static void put(struct text *t, const char *bytes, size_t len)
{
	while (t->capacity < t->len + len + 1)
		t->at = mem_grow(t->at, &t->capacity, t->capacity, 1);
	memcpy(t->at + t->len, bytes, len);
	t->len += len;
	t->at[t->len] = '\0';
}

/* The same character, so many times, in the file's encoding. */
static void put_many(struct text *t, size_t encoding, char c, size_t count)
{
	size_t wide = encoding % 2 == 1, len = count << wide;
	while (t->capacity < t->len + len + 1)
		t->at = mem_grow(t->at, &t->capacity, t->capacity, 1);
	memset(t->at + t->len, wide ? 0 : c, len);
	for (size_t i = t->len + (encoding == 3); wide && i < t->len + len; i += 2)
		t->at[i] = c;
	t->len += len;
}

static void put_body(struct text *t, size_t encoding, const uint8_t *data, size_t size)
{
	size_t long_cells = 0;
	for (size_t i = 0; i < size; i++) {
		if (data[i] == 5 && long_cells++ < LONG_CELLS)
			put_many(t, encoding, 'x', LONG_CELL);
		else
			put(t, (const char *)data + i, 1);
	}
}

/* All of it at once, as UTF-8. */
static void decode(const char *path, const char *encoding, size_t step, struct text *ret)
{
	char err[256], buf[RAW_SIZE];
	struct bytes *b = bytes_open(path, encoding, err, sizeof(err));
	long n;
	PROMISE(b != NULL);
	while ((n = bytes_read(b, buf, step)) > 0)
		put(ret, buf, (size_t)n);
	PROMISE(n == 0);
	bytes_close(b);
}

/* --- lines --------------------------------------------------------------------------------- */

/* Where the line behind at begins; NULL: there is none. */
static const char *behind(const struct text *t, const char *at)
{
	const char *end = memchr(at, '\n', (size_t)(t->at + t->len - at));
	return end != NULL && end + 1 < t->at + t->len ? end + 1 : NULL;
}

/* Is the line at hand what stands from at on, so many lines of it? Returns what is behind. */
static const char *check_line(const struct lines *l, const struct text *t, const char *at, size_t count)
{
	const char *end = at;
	PROMISE(at != NULL);
	for (size_t i = 0; i < count; i++) {
		PROMISE(end != NULL);
		end = i + 1 < count ? behind(t, end) : end;
	}
	const char *stop = memchr(end, '\n', (size_t)(t->at + t->len - end));
	size_t len = (size_t)((stop != NULL ? stop : t->at + t->len) - at);
	if (len > LINE_MAX_BYTES) {
		PROMISE(l->fault != NULL);
		len = LINE_MAX_BYTES;
	}
	PROMISE(memchr(at, '\0', len) == NULL || l->fault != NULL);
	if (len > 0 && at[len - 1] == '\r')
		len--;
	PROMISE(l->len == len && memcmp(l->text, at, len) == 0);
	return behind(t, end);
}

/* --- rows ---------------------------------------------------------------------------------- */

/* Whatever the cells hold, the job is JSON that has them. */
static void check_job(struct intake *in)
{
	const struct lines *l = in->lines;
	json_t *job = json_loadb(in->text, in->text_len, JSON_REJECT_DUPLICATES, NULL);
	PROMISE(json_is_object(job));
	for (size_t i = 0; i < in->heads.count; i++) {
		const struct head *h = &in->heads.list[i];
		const json_t *where = h->kind == HEAD_CONSENT ? json_object_get(job, "consent")
		                      : h->kind == HEAD_VAR   ? json_object_get(job, "vars")
		                                              : job;
		const json_t *value = json_object_get(where, h->field != NULL ? h->field : h->name);
		if (h->kind >= HEAD_LEFT_OUT || *l->cells[i] == '\0')
			continue;
		PROMISE(value != NULL);
		if (json_is_string(value))
			PROMISE(strcmp(json_string_value(value),
			               i == in->number_column ? in->number : l->cells[i]) == 0);
		else
			PROMISE(json_is_array(value) && h->kind == HEAD_CONSENT);
	}
	json_decref(job);
}

/* What was made of a line, for the comparison. */
static void note(struct text *out, struct intake *in, const char *fault)
{
	char line[32];
	snprintf(line, sizeof(line), "%zu ", in->lines->number);
	put(out, line, strlen(line));
	if (fault != NULL)
		put(out, fault, strlen(fault));
	else
		put(out, in->text, in->text_len);
	put(out, "\n", 1);
}

struct reading {
	struct intake in;
	const char *path, *encoding;
	char separator;
	bool own_head;
};

static void read_heads(void *arg)
{
	struct reading *r = arg;
	struct ctl ctl = { 0 };
	heads_read(&ctl, r->in.lines, &r->in.rules, &r->in.heads);
	heads_finish(r->in.lines, &r->in.rules, &r->in.heads);
}

/* As enqueue does. Each line of the file is in one row, or refused. */
static void read_rows(struct reading *r, const struct text *decoded, struct text *out)
{
	struct intake *in = &r->in;
	char hint[ROW_HINT_SIZE];
	const char *at = decoded->len > 0 ? decoded->at : NULL;
	in->rb = fuzz_law();
	in->zone = in->rb->territories[0].zones[0];
	in->lines = lines_open_as(r->path, r->encoding);
	in->lines->separator = r->separator;
	if (r->own_head) /* which may have no id: then the lines before make one */
		lines_start_print(in->lines);
	if (lines_next(in->lines)) {
		at = check_line(in->lines, decoded, at, 1);
		if (fuzz_survives(read_heads, r)) {
			in->lines->quotes = true;
			while (lines_next(in->lines)) {
				struct lines *l = in->lines;
				size_t breaks = l->breaks;
				const char *next = check_line(l, decoded, at, breaks + 1);
				const char *fault = enqueue_cut_row(in, hint);
				if (l->breaks != breaks)
					next = behind(decoded, at);
				at = next;
				struct cell_fault wrong;
				if (fault == NULL && !cells_read(in, &wrong))
					fault = wrong.hint;
				if (fault == NULL) {
					enqueue_job_of_cells(in);
					check_job(in);
				}
				note(out, in, fault);
			}
			PROMISE(at == NULL);
		}
	}
	lines_close(in->lines);
	heads_done(&in->heads);
	free(in->text);
}

/* The same without quotes, as lines of JSON and lists are read. */
static void read_lines(const char *path, const char *encoding, const struct text *decoded)
{
	struct lines *l = lines_open_as(path, encoding);
	const char *at = decoded->len > 0 ? decoded->at : NULL;
	while (lines_next(l))
		at = check_line(l, decoded, at, 1);
	PROMISE(at == NULL);
	lines_close(l);
}

/* --- one input ------------------------------------------------------------------------------ */

static void read_file(const struct text *file, size_t how, struct text *out)
{
	static const char separators[] = { '\0', ';', '\t', '|' };
	struct reading r = { .encoding = encodings[how % 4],
		             .separator = separators[how / 4 % 4],
		             .own_head = (how & OWN_HEAD) != 0 };
	struct text decoded = { 0 }, slowly = { 0 };
	r.path = fuzz_file((const uint8_t *)file->at, file->len);
	decode(r.path, r.encoding, RAW_SIZE, &decoded);
	/* iconv does much of its work anew for every small piece. */
	decode(r.path, r.encoding, file->len < 1000 ? 17 : 4099, &slowly);
	PROMISE(decoded.len == slowly.len &&
	        (decoded.len == 0 || memcmp(decoded.at, slowly.at, decoded.len) == 0));
	read_lines(r.path, r.encoding, &decoded);
	read_rows(&r, &decoded, out);
	free(decoded.at);
	free(slowly.at);
}

/* A header with so many spaces at its end, which say nothing, before the body. */
static void read_behind(const struct text *body, size_t how, size_t spaces, struct text *out)
{
	size_t encoding = how % 4;
	struct text file = { 0 };
	for (const char *c = head; *c != '\0'; c++)
		put_many(&file, encoding, *c == ',' && how / 4 % 4 > 0 ? ",;\t|"[how / 4 % 4] : *c, 1);
	put_many(&file, encoding, ' ', spaces);
	put_many(&file, encoding, '\n', 1);
	put(&file, body->at != NULL ? body->at : "", body->len);
	read_file(&file, how, out);
	free(file.at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text body = { 0 }, here = { 0 }, there = { 0 };
	if (size < 3)
		return 0;
	size_t how = data[0], border = (size_t)data[1] << 8 | data[2];
	fuzz_quiet();
	put_body(&body, how % 4, data + 3, size - 3);
	if (how & OWN_HEAD) {
		if (body.len > 0)
			read_file(&body, how, &here);
	} else {
		read_behind(&body, how, 0, &here);
	}
	if ((how & (OWN_HEAD | BORDER)) == BORDER) { /* costs ten times as much */
		size_t unit = how % 2 == 1 ? 2 : 1, used = (strlen(head) + 1) * unit;
		size_t inside = border % (body.len < RAW_SIZE / 2 ? body.len + 1 : RAW_SIZE / 2);
		read_behind(&body, how, (RAW_SIZE - used - inside) / unit, &there);
		PROMISE(here.len == there.len && (here.len == 0 || memcmp(here.at, there.at, here.len) == 0));
	}
	free(body.at);
	free(here.at);
	free(there.at);
	return 0;
}
