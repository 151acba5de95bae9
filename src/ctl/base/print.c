/* print.c - what licetctl prints; see print.h. */
#include "ctl/base/print.h"

#include "core/text/shown.h"
#include "core/text/utf8.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_SIZE 40

/* --- printf --------------------------------------------------------------------------- */

/* One conversion, from its percent sign on, with the stars of its width and precision put in. */
struct spec {
	char text[SPEC_SIZE];
	size_t used;
	char size; /* 'l', 'L' for ll, 'z', 'j'; 0: none */
	char kind;
};

static void spec_put(struct spec *s, const char *text, size_t len)
{
	if (s->used + len + 1 > sizeof(s->text))
		abort(); /* our own format */
	memcpy(s->text + s->used, text, len);
	s->used += len;
	s->text[s->used] = '\0';
}

/* Returns what stands behind the conversion. */
static const char *spec_read(struct spec *s, const char *at, va_list *ap)
{
	*s = (struct spec){ 0 };
	spec_put(s, at++, 1);
	for (; *at != '\0' && strchr("-+ #0123456789.*hlzj", *at) != NULL; at++) {
		char number[16];

		if (*at == '*') {
			snprintf(number, sizeof(number), "%d", va_arg(*ap, int));
			spec_put(s, number, strlen(number));
			continue;
		}
		if (*at == 'l')
			s->size = s->size == 'l' ? 'L' : 'l';
		else if (*at == 'z' || *at == 'j')
			s->size = *at;
		spec_put(s, at, 1);
	}
	s->kind = *at;
	spec_put(s, at, 1);
	return at + 1;
}

/* The text of a %s: cut first, so that what lies behind its precision is never read. */
static void put_text(FILE *file, struct spec *s, const char *text)
{
	const char *precision = strchr(s->text, '.');
	size_t len =
	    precision != NULL ? strnlen(text, (size_t)strtoul(precision + 1, NULL, 10)) : strlen(text);
	char *clean = shown_clean(mem_copy_len(text, len));

	if (precision != NULL)
		snprintf(s->text + (precision - s->text), 2, "s");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	fprintf(file, s->text, clean);
#pragma GCC diagnostic pop
	free(clean);
}

static void put_value(FILE *file, struct spec *s, va_list *ap)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (s->kind == 's')
		put_text(file, s, va_arg(*ap, const char *));
	else if (s->kind == '%')
		putc('%', file);
	else if (strchr("aefg", s->kind) != NULL)
		fprintf(file, s->text, va_arg(*ap, double));
	else if (s->kind == 'c')
		fprintf(file, s->text, va_arg(*ap, int));
	else if (s->size == 'l')
		fprintf(file, s->text, va_arg(*ap, long));
	else if (s->size == 'L')
		fprintf(file, s->text, va_arg(*ap, long long));
	else if (s->size == 'z')
		fprintf(file, s->text, va_arg(*ap, size_t));
	else if (s->size == 'j')
		fprintf(file, s->text, va_arg(*ap, intmax_t));
	else
		fprintf(file, s->text, va_arg(*ap, int));
#pragma GCC diagnostic pop
}

void print_vto(FILE *file, const char *format, va_list given)
{
	va_list ap;

	va_copy(ap, given);
	while (*format != '\0') {
		size_t plain = strcspn(format, "%");
		struct spec s;

		fwrite(format, 1, plain, file);
		format += plain;
		if (*format == '\0')
			break;
		format = spec_read(&s, format, &ap);
		put_value(file, &s, &ap);
	}
	va_end(ap);
}

void print_to(FILE *file, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_vto(file, format, ap);
	va_end(ap);
}

void print(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	print_vto(stdout, format, ap);
	va_end(ap);
}

void print_raw(FILE *file, const char *text)
{
	fputs(text, file);
}

/* --- JSON ----------------------------------------------------------------------------- */

static void put_escaped(FILE *file, const char *p, size_t len)
{
	const unsigned char *u = (const unsigned char *)p;
	uint32_t code = len == 1 ? u[0] : u[0] & (0xFFU >> (len + 1));

	for (size_t i = 1; i < len; i++)
		code = code << 6 | (u[i] & 0x3F);
	if (code > 0xFFFF) {
		code -= 0x10000;
		fprintf(file, "\\u%04X", 0xD800 + (code >> 10));
		code = 0xDC00 + (code & 0x3FF);
	}
	fprintf(file, "\\u%04X", code);
}

/* Outside of its strings JSON has no character that may not be shown but the line breaks and blanks that
 * the writer put there. */
void print_json_as_written(FILE *file, const char *text)
{
	size_t len = strlen(text), from = 0;

	for (size_t at = 0; at < len;) {
		bool plain;

		while (text[at] >= 0x20 && text[at] < 0x7F) /* most of it: exports are long */
			at++;
		if (at == len)
			break;
		size_t n = shown_character(text + at, len - at, &plain);

		if (!plain && text[at] != '\n') {
			fwrite(text + from, 1, at - from, file);
			put_escaped(file, text + at, n);
			from = at + n;
		}
		at += n;
	}
	fwrite(text + from, 1, len - from, file);
}

void print_json(FILE *file, const json_t *value, size_t flags)
{
	char *text = json_pool_text(value, flags);

	print_json_as_written(file, text);
	free(text);
}

json_t *print_pack(const char *format, ...)
{
	json_t *object = json_object();
	va_list ap;

	va_start(ap, format);
	for (const char *at = strchr(format, ':'); at != NULL; at = strchr(at, ':')) {
		const char *name = va_arg(ap, const char *);
		json_t *value = NULL;

		switch (*++at) {
		case 's':
			value = print_json_text(va_arg(ap, const char *));
			break;
		case 'i':
			value = json_integer(va_arg(ap, int));
			break;
		case 'I':
			value = json_integer(va_arg(ap, json_int_t));
			break;
		case 'b':
			value = json_boolean(va_arg(ap, int));
			break;
		case 'f':
			value = json_real(va_arg(ap, double));
			break;
		case 'o':
			value = va_arg(ap, json_t *);
			break;
		case 'O':
			value = json_incref(va_arg(ap, json_t *));
			break;
		default:
			break;
		}
		json_object_set_new(object, name, value != NULL ? value : json_null());
	}
	va_end(ap);
	return object;
}

/* --- CSV ------------------------------------------------------------------------------ */

/* What a spreadsheet takes for the beginning of a formula; those of four bytes are the wide forms. */
static bool is_formula(const char *cell)
{
	static const char *const begins[] = {
		"=", "+", "-", "@", "\t", "\r", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"
	};

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(cell, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* A number of ours, whole or masked: a plus, digits and dots, and no more. */
static bool is_our_number(const char *cell)
{
	size_t digits = *cell == '+' ? strspn(cell + 1, "0123456789") : 0;
	const char *rest = cell + 1 + digits;

	while (digits > 0 && strncmp(rest, "•", 3) == 0)
		rest += 3;
	return digits > 0 && *rest == '\0';
}

void print_csv_cell(FILE *file, const char *text, bool is_number)
{
	bool formula = is_formula(text) && !(is_number && is_our_number(text));
	char *clean = mem_copy(text);

	/* A record is one line, so that a file that was cut short can be told from a whole one. */
	for (char *c = clean; *c != '\0'; c++)
		if (*c == '\n' || *c == '\r' || *c == '\t')
			*c = ' ';
	shown_clean(clean);
	bool quoted = formula || strpbrk(clean, ",;\"") != NULL;

	if (quoted)
		putc('"', file);
	if (formula)
		putc('\'', file);
	for (const char *c = clean; *c != '\0'; c++) {
		if (*c == '"')
			putc('"', file);
		putc(*c, file);
	}
	if (quoted)
		putc('"', file);
	free(clean);
}

json_t *print_json_text(const char *text)
{
	if (text == NULL)
		return NULL;
	if (utf8_is(text, strlen(text)))
		return json_string(text);
	char *clean = shown_clean(mem_copy(text));
	json_t *value = json_string(clean);

	free(clean);
	return value;
}
