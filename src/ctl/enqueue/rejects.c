/* rejects.c - see rejects.h. */
#include "ctl/enqueue/rejects.h"

#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "ctl/input/encode.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define JSON_LINE "{\"" REJECT_LINE "\":\""
#define JSON_WRONG "\",\"" REJECT_WRONG "\":\""

struct rejects {
	struct outfile out;
	struct encoder *encoder;
	char *path;
	size_t rows;
};

/* --- writing ------------------------------------------------------------------------------- */

static void put(struct rejects *r, const char *text, size_t len)
{
	if (!encode_put(r->encoder, text, len))
		ctl_fail("%s: %s", r->path, error_system(errno));
}

static void put_text(struct rejects *r, const char *text)
{
	put(r, text, strlen(text));
}

/* A cell in quotes. */
static void put_cell(struct rejects *r, const char *text, size_t len)
{
	const char *end = text + len, *quote;

	put_text(r, "\"");
	while ((quote = memchr(text, '"', (size_t)(end - text))) != NULL) {
		put(r, text, (size_t)(quote + 1 - text));
		put_text(r, "\"");
		text = quote + 1;
	}
	put(r, text, (size_t)(end - text));
	put_text(r, "\"");
}

/* The bytes of the line at hand without its end, which is *ret_end. */
static const char *raw_line(const struct lines *l, size_t *ret_len, const char **ret_end)
{
	const char *raw = lines_raw(l, ret_len);

	*ret_end = "\n";
	if (*ret_len > 0 && raw[*ret_len - 1] == '\n')
		(*ret_len)--;
	if (*ret_len > 0 && raw[*ret_len - 1] == '\r') {
		(*ret_len)--;
		*ret_end = "\r\n";
	}
	return raw;
}

/* --- rows ------------------------------------------------------------------------------------ */

/* Where the cell of that column begins in a line that can be cut; its length if it has none. */
static size_t cell_at(const char *raw, size_t len, char separator, size_t column)
{
	bool quoted = false;
	size_t i = 0;

	for (; i < len && column > 0; i++) {
		quoted = quoted != (raw[i] == '"');
		column -= !quoted && raw[i] == separator;
	}
	return column == 0 ? i : len;
}

/* A line whose quotes do not fit would take what stands behind it with it: each of its pieces in quotes. */
static void put_pieces(struct rejects *r, const char *raw, size_t len, char separator, size_t *ret_count)
{
	const char *end = raw + len;

	for (*ret_count = 1;; (*ret_count)++) {
		const char *stop = memchr(raw, separator, (size_t)(end - raw));
		size_t piece = (size_t)((stop != NULL ? stop : end) - raw);

		if (memchr(raw, '"', piece) != NULL)
			put_cell(r, raw, piece);
		else
			put(r, raw, piece);
		if (stop == NULL)
			return;
		put(r, &separator, 1);
		raw = stop + 1;
	}
}

/* The line's own cells, as they were; those of a mended line's two columns are written anew behind them. Returns how
 * many there are. */
static size_t put_row(struct intake *in, const char *raw, size_t len)
{
	const struct lines *l = in->lines;
	size_t count = l->cell_count;

	if (l->fault != NULL) {
		put_pieces(in->rejects, raw, len, l->separator, &count);
	} else if (in->origin_column < in->heads.count) {
		size_t end = cell_at(raw, len, l->separator, in->origin_column);

		put(in->rejects, raw, end > 0 && end < len ? end - 1 : end);
		count = count < in->origin_column ? count : in->origin_column;
	} else {
		put(in->rejects, raw, len);
	}
	return count;
}

static void add_csv(struct intake *in, const char *sentence)
{
	struct rejects *r = in->rejects;
	char line[24];
	const char *end;
	size_t len, width = in->origin_column < in->heads.count ? in->origin_column : in->heads.count;
	const char *raw = raw_line(in->lines, &len, &end);

	for (size_t count = put_row(in, raw, len); count < width; count++)
		put(r, &in->lines->separator, 1);
	snprintf(line, sizeof(line), "%" PRIu64, in->origin_line);
	put(r, &in->lines->separator, 1);
	put_text(r, line);
	put(r, &in->lines->separator, 1);
	put_cell(r, sentence, strlen(sentence));
	put_text(r, end);
}

/* A text as JSON; heap. */
static char *json_of(const char *text, size_t len)
{
	char *copy = mem_copy_len(text, len);
	json_t *value = print_json_text(copy);
	char *json = json_pool_text(value, JSON_ENCODE_ANY);

	json_decref(value);
	free(copy);
	return json;
}

/* As members before its own; what is no object stands in a text. */
static void add_json(struct intake *in, const char *sentence)
{
	struct rejects *r = in->rejects;
	const char *end;
	size_t len, at = 1;
	const char *raw = raw_line(in->lines, &len, &end);
	char *copy = mem_copy_len(raw, len), *said = json_of(sentence, strlen(sentence)), *before,
	     *text = NULL;
	char origin[ORIGIN_SIZE];
	uint64_t line;

	rejects_cut_origin(copy, &len, origin, &line);
	before = mem_format(JSON_LINE "%.12s-%" PRIu64 "\",\"" REJECT_WRONG "\":%s", in->origin,
	                    in->origin_line, said);
	put_text(r, before);
	if (*copy == '{') {
		while (at < len && copy[at] == ' ')
			at++;
		put_text(r, copy[at] == '}' ? "" : ",");
		put(r, copy + at, len - at);
	} else {
		text = json_of(copy, len);
		put_text(r, ",\"licet.text\":");
		put_text(r, text);
		put_text(r, "}");
	}
	put_text(r, end);
	free(text);
	free(before);
	free(said);
	free(copy);
}

void rejects_add(struct intake *in, const char *sentence)
{
	in->rejects->rows++;
	if (in->csv)
		add_csv(in, sentence);
	else
		add_json(in, sentence);
}

/* --- the file -------------------------------------------------------------------------------- */

static void put_header(struct intake *in)
{
	struct rejects *r = in->rejects;
	const char *raw = in->head;
	size_t len = strlen(raw), line_end = strcspn(raw, "\r\n");
	char separator[2] = { in->lines->separator, '\0' };

	if (in->origin_column < in->heads.count) {
		size_t stop = cell_at(raw, line_end, *separator, in->origin_column);

		put(r, raw, stop > 0 && stop < line_end ? stop - 1 : stop);
	} else {
		put(r, raw, line_end);
	}
	put_text(r, separator);
	put_text(r, REJECT_LINE " ");
	put_text(r, in->origin);
	put_text(r, separator);
	put_text(r, REJECT_WRONG);
	put_text(r, line_end < len ? raw + line_end : "\n");
}

struct rejects *rejects_open(struct intake *in, const char *path)
{
	struct rejects *r = mem_zero(sizeof(*r));
	const struct bytes *b = in->lines->bytes;

	r->path = mem_copy(path);
	if (!outfile_open(&r->out, r->path))
		ctl_fail("%s: %s", path, error_system(errno));
	r->encoder = encode_new(r->out.file, bytes_encoding(b), bytes_ends_in_cr(b));
	if (r->encoder == NULL)
		ctl_fail("%s: %s", path, error_system(errno));
	in->rejects = r;
	/* So that a spreadsheet knows how a sheet's text is written. */
	if (bytes_has_mark(b) || bytes_is_sheet(b))
		put_text(r, "\xEF\xBB\xBF");
	if (in->csv)
		put_header(in);
	return r;
}

size_t rejects_close(struct rejects *r)
{
	size_t rows = r->rows;

	encode_free(r->encoder);
	if (rows == 0)
		outfile_drop(&r->out);
	else if (!outfile_close(&r->out))
		ctl_fail("%s: %s", r->path, error_system(errno));
	outfile_done(&r->out);
	free(r->path);
	free(r);
	return rows;
}

/* --- reading them again ------------------------------------------------------------------------ */

bool rejects_origin(const char *first_line, char origin[ORIGIN_SIZE])
{
	const char *at = strstr(first_line, REJECT_LINE " ");

	at = strncmp(first_line, JSON_LINE, strlen(JSON_LINE)) == 0 ? first_line + strlen(JSON_LINE)
	     : at != NULL                                           ? at + strlen(REJECT_LINE " ")
	                                                            : "";
	if (strspn(at, "0123456789abcdef") != ORIGIN_SIZE - 1)
		return false;
	memcpy(origin, at, ORIGIN_SIZE - 1);
	origin[ORIGIN_SIZE - 1] = '\0';
	return true;
}

bool rejects_cut_origin(char *text, size_t *len, char origin[ORIGIN_SIZE], uint64_t *ret_line)
{
	size_t at = strlen(JSON_LINE), hex;
	char *end;

	if (strncmp(text, JSON_LINE, at) != 0)
		return false;
	hex = strspn(text + at, "0123456789abcdef");
	if (hex != ORIGIN_SIZE - 1 || text[at + hex] != '-')
		return false;
	uint64_t line = strtoull(text + at + hex + 1, &end, 10);

	if (line == 0 || strncmp(end, JSON_WRONG, strlen(JSON_WRONG)) != 0)
		return false;
	for (end += strlen(JSON_WRONG); *end != '"' && *end != '\0'; end++)
		end += *end == '\\' && end[1] != '\0';
	if (*end != '"' || (end[1] != ',' && end[1] != '}'))
		return false;
	memcpy(origin, text + at, hex);
	origin[hex] = '\0';
	*ret_line = line;
	end += 1 + (end[1] == ',');
	*len -= (size_t)(end - text) - 1;
	memmove(text + 1, end, *len);
	return true;
}
