/* escape.c - text as it may stand in a page; see escape.h. */
#include "ctl/paper/escape.h"

#include "core/text/shown.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/paper/letter.h"
#include "io/host/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define INSTANT_LEN 20
#define DATE_LEN 10

static void put_byte(FILE *out, char c)
{
	switch (c) {
	case '&':
		fputs("&amp;", out);
		break;
	case '<':
		fputs("&lt;", out);
		break;
	case '>':
		fputs("&gt;", out);
		break;
	case '"':
		fputs("&quot;", out);
		break;
	case '\'':
		fputs("&#39;", out);
		break;
	default:
		fputc(c, out);
	}
}

static void put_some(FILE *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len;) {
		bool plain;
		size_t n = shown_character(text + i, len - i, &plain);
		for (size_t k = 0; plain && k < n; k++)
			put_byte(out, text[i + k]);
		if (!plain)
			fputc('?', out);
		i += n;
	}
}

void escape_plain(FILE *out, const char *text)
{
	put_some(out, text, strlen(text));
}

void escape_lines(FILE *out, const char *text)
{
	for (size_t len; *text != '\0'; text += len) {
		len = strcspn(text, "\n");
		put_some(out, text, len);
		if (text[len] == '\n') {
			fputc('\n', out);
			len++;
		}
	}
}

/* Does it begin a word, and end one after len bytes? */
static bool stands_alone(const char *text, const char *at, size_t len)
{
	return (at == text || !(isalnum((unsigned char)at[-1]) || strchr("-_./:+", at[-1]) != NULL)) &&
	       !(isalnum((unsigned char)at[len]) || (at[len] != '\0' && strchr("-_/+", at[len]) != NULL));
}

void escape_text(FILE *out, const char *text, bool french, const struct zone *zone)
{
	const char *from = text;
	for (const char *at = text; *at != '\0';) {
		size_t left = strlen(at), len = 0;
		int64_t ms;
		int32_t day;
		char *when = NULL;
		if (!isdigit((unsigned char)*at)) {
			at++;
			continue;
		}
		if (left >= INSTANT_LEN && at[INSTANT_LEN - 1] == 'Z' && at[10] == 'T' &&
		    stands_alone(text, at, INSTANT_LEN) && civil_parse_instant(at, INSTANT_LEN, &ms)) {
			when = letter_when(french, zone, ms);
			len = INSTANT_LEN;
		} else if (left >= DATE_LEN && stands_alone(text, at, DATE_LEN) &&
		           civil_parse_date(at, DATE_LEN, &day)) {
			when = letter_date(french, day, false);
			len = DATE_LEN;
		}
		if (when == NULL) {
			at++;
			continue;
		}
		put_some(out, from, (size_t)(at - from));
		escape_plain(out, when);
		if (len == INSTANT_LEN) {
			fputs(" <small>", out);
			put_some(out, at, len);
			fputs("</small>", out);
		}
		free(when);
		from = at = at + len;
	}
	put_some(out, from, strlen(from));
}

void escape_style(FILE *out, const char *text)
{
	for (size_t len = strlen(text), i = 0, n; i < len; i += n) {
		bool plain;
		n = shown_character(text + i, len - i, &plain);
		if (!plain)
			fputc('?', out);
		else if (n == 1 && !isalnum((unsigned char)text[i]))
			print_to(out, "\\%x ", (unsigned)(unsigned char)text[i]);
		else
			fwrite(text + i, 1, n, out);
	}
}
