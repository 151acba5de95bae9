/* cfg_scan.c - what must be refused before libconfig sees a file; see cfg_scan.h. */
#include "io/config/cfg_scan.h"

#include "io/host/error_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct scan {
	const char *at, *end;
	int line;
	char *err;
	size_t err_size;
};

static bool scan_is(const struct scan *s, const char *text)
{
	size_t len = strlen(text);

	return (size_t)(s->end - s->at) >= len && memcmp(s->at, text, len) == 0;
}

static void scan_skip(struct scan *s)
{
	if (*s->at++ == '\n')
		s->line++;
}

static void scan_until(struct scan *s, const char *text)
{
	while (s->at < s->end && !scan_is(s, text))
		scan_skip(s);
	if (s->at < s->end)
		s->at += *text == '\n' ? 0 : strlen(text);
}

static void scan_string(struct scan *s)
{
	for (s->at++; s->at < s->end && *s->at != '"'; scan_skip(s)) {
		if (*s->at == '\\' && s->at + 1 < s->end)
			s->at++;
	}
	if (s->at < s->end)
		s->at++;
}

/* libconfig cuts what does not fit and reports success. */
static bool scan_number(struct scan *s)
{
	const char *start = s->at;
	bool hex = scan_is(s, "0x") || scan_is(s, "0X");
	unsigned long long value;
	char text[24];

	if (hex)
		s->at += 2;
	while (s->at < s->end && (hex ? isxdigit((unsigned char)*s->at) : isdigit((unsigned char)*s->at)))
		s->at++;
	size_t len = (size_t)(s->at - start);
	bool is_long = s->at < s->end && *s->at == 'L';
	if (!hex && s->at < s->end && strchr(".eE", *s->at) != NULL) { /* a float: no getter takes one */
		while (s->at < s->end && (isalnum((unsigned char)*s->at) || strchr(".+-", *s->at) != NULL))
			s->at++;
		return true;
	}
	while (s->at < s->end && *s->at == 'L')
		s->at++;
	size_t shown = (size_t)(s->at - start);
	if (len < sizeof(text)) {
		memcpy(text, start, len);
		text[len] = '\0';
		errno = 0;
		value = strtoull(text, NULL, hex ? 16 : 10);
		if (errno == 0 && value <= (is_long ? INT64_MAX : INT32_MAX))
			return true;
	}
	snprintf(s->err, s->err_size,
	         error_pick("integer %.*s is too large", "le nombre entier %.*s est trop grand"),
	         (int)(shown < 40 ? shown : 40), start);
	return false;
}

static bool scan_name(struct scan *s)
{
	if (!isalpha((unsigned char)*s->at) && *s->at != '_' && *s->at != '*')
		return false;
	while (s->at < s->end && (isalnum((unsigned char)*s->at) || strchr("-_*", *s->at) != NULL))
		s->at++;
	return true;
}

static bool scan_token(struct scan *s)
{
	if (*s->at == '#' || scan_is(s, "//")) {
		scan_until(s, "\n");
	} else if (scan_is(s, "/*")) {
		s->at += 2;
		scan_until(s, "*/");
	} else if (*s->at == '"') {
		scan_string(s);
	} else if (isdigit((unsigned char)*s->at)) {
		return scan_number(s);
	} else if (*s->at == '@') {
		snprintf(s->err, s->err_size,
		         error_pick(
			     "@include is not supported: one file, so that its hash says all",
			     "@include n'est pas admis : un seul fichier, pour que son empreinte dise tout"));
		return false;
	} else if (!scan_name(s)) {
		scan_skip(s);
	}
	return true;
}

bool cfg_scan(const char *text, size_t len, int *ret_line, char *err, size_t err_size)
{
	struct scan s = { .at = text, .end = text + len, .line = 1, .err = err, .err_size = err_size };
	bool ok = memchr(text, '\0', len) == NULL;

	if (!ok)
		snprintf(err, err_size,
		         error_pick("a NUL byte: this is not a text file",
		                    "un octet nul : ce n'est pas un fichier de texte"));
	while (ok && s.at < s.end)
		ok = scan_token(&s);
	if (!ok)
		*ret_line = s.line;
	return ok;
}
