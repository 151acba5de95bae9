/* line.c - a line of the decision log; see line.h. */
#include "core/proof/line.h"

#include "core/text/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAMES_ODD_MAX 64 /* keys of one object that are written in hexadecimal digits */

/* --- writing ---------------------------------------------------------------------------- */

void line_done(struct line *l)
{
	free(l->bytes);
	*l = (struct line){ 0 };
}

/* Room for more bytes and an end. */
static char *room(struct line *l, size_t more)
{
	if (l->failed)
		return NULL;
	if (l->len + more + 1 > l->capacity) {
		size_t capacity = 2 * (l->len + more + 1) + 256;
		char *bytes = realloc(l->bytes, capacity);
		if (bytes == NULL) {
			l->failed = true;
			return NULL;
		}
		l->bytes = bytes;
		l->capacity = capacity;
	}
	return l->bytes + l->len;
}

void line_raw(struct line *l, const char *bytes, size_t len)
{
	char *at = room(l, len);
	if (at == NULL)
		return;
	memcpy(at, bytes, len);
	l->len += len;
}

static const char hex_digits[] = "0123456789abcdef";

/* The letter behind the backslash; 0: it has none of its own. */
static char escape_of(unsigned char c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\t':
		return 't';
	case '\n':
		return 'n';
	case '\f':
		return 'f';
	case '\r':
		return 'r';
	default:
		return 0;
	}
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != '"' && c != '\\';
}

static void write_hex(struct line *l, const char *text, size_t len)
{
	char *at = room(l, 2 * len + 10);
	if (at == NULL)
		return;
	char *end = stpcpy(at, "{\"hex\":\"");
	for (size_t i = 0; i < len; i++) {
		*end++ = hex_digits[(unsigned char)text[i] >> 4];
		*end++ = hex_digits[(unsigned char)text[i] & 15];
	}
	end = stpcpy(end, "\"}");
	l->len += (size_t)(end - at);
}

void line_string(struct line *l, const char *text, size_t len)
{
	if (!utf8_is(text, len)) {
		write_hex(l, text, len);
		return;
	}
	char *at = room(l, 6 * len + 2), *end = at;
	if (at == NULL)
		return;
	*end++ = '"';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (is_plain(c)) {
			*end++ = (char)c;
			continue;
		}
		*end++ = '\\';
		if (escape_of(c) != 0) {
			*end++ = escape_of(c);
			continue;
		}
		end = stpcpy(end, "u00");
		*end++ = hex_digits[c >> 4];
		*end++ = hex_digits[c & 15];
	}
	*end++ = '"';
	l->len += (size_t)(end - at);
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
	return order != 0 ? order : a_len < b_len ? -1 : a_len > b_len;
}

static int by_name(const struct line_field *a, const struct line_field *b)
{
	return compare_bytes(a->name, a->name_len, b->name, b->name_len);
}

static void write_field(struct line *l, const struct line_field *f)
{
	char digits[24];
	line_string(l, f->name, f->name_len);
	line_raw(l, ":", 1);
	if (f->raw)
		line_raw(l, f->text, f->len);
	else if (f->text != NULL)
		line_string(l, f->text, f->len);
	else
		line_raw(l, digits, (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)f->number));
}

/* A key needs no escape: where a name would, it is "hex:" and its bytes. So the order of keys is that of
 * their bytes, escaped or not. */
static bool name_is_plain(const struct line_field *f)
{
	for (size_t i = 0; i < f->name_len; i++)
		if (!is_plain((unsigned char)f->name[i]))
			return false;
	return utf8_is(f->name, f->name_len);
}

static size_t name_fields(struct line *l, struct line_field *fields, size_t count, char **names)
{
	size_t odd = 0;
	for (size_t i = 0; i < count; i++) {
		struct line_field *f = &fields[i];
		if (f->name_len == 0)
			f->name_len = strlen(f->name);
		if (name_is_plain(f))
			continue;
		char *name = malloc(2 * f->name_len + 5), *end = name;
		if (name == NULL || odd == NAMES_ODD_MAX) {
			free(name);
			l->failed = true;
			return odd;
		}
		end = stpcpy(name, "hex:");
		for (size_t k = 0; k < f->name_len; k++) {
			*end++ = hex_digits[(unsigned char)f->name[k] >> 4];
			*end++ = hex_digits[(unsigned char)f->name[k] & 15];
		}
		f->name = names[odd++] = name;
		f->name_len = (size_t)(end - name);
	}
	return odd;
}

void line_object(struct line *l, struct line_field *fields, size_t count)
{
	char *names[NAMES_ODD_MAX];
	size_t odd = name_fields(l, fields, count, names);
	/* By insertion, as most come sorted: of equal ones the first stays the first. */
	for (size_t i = 1; i < count; i++) {
		struct line_field f = fields[i];
		size_t k = i;
		for (; k > 0 && by_name(&f, &fields[k - 1]) < 0; k--)
			fields[k] = fields[k - 1];
		fields[k] = f;
	}
	line_raw(l, "{", 1);
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && by_name(&fields[i - 1], &fields[i]) == 0)
			continue;
		if (i > 0)
			line_raw(l, ",", 1);
		write_field(l, &fields[i]);
	}
	line_raw(l, "}", 1);
	while (odd > 0)
		free(names[--odd]);
}

struct line_field line_text(const char *name, const char *text)
{
	return line_bytes(name, text != NULL ? text : "", text != NULL ? strlen(text) : 0);
}

struct line_field line_bytes(const char *name, const char *text, size_t len)
{
	return (struct line_field){ .name = name, .text = text, .len = len };
}

struct line_field line_int(const char *name, int64_t number)
{
	return (struct line_field){ .name = name, .number = number };
}

struct line_field line_json(const char *name, const struct line *json)
{
	return (struct line_field){ .name = name, .text = json->bytes, .len = json->len, .raw = true };
}

/* --- reading ------------------------------------------------------------------------------ */

/* Each returns the byte behind what it read, or NULL. */
static const char *skip_value(const char *at, const char *end, int depth);

/* "u00" and two digits: a control character that has no letter. */
static bool is_control(const char *at, const char *end)
{
	return end - at >= 5 && memcmp(at, "u00", 3) == 0 && (at[3] == '0' || at[3] == '1') &&
	       memchr(hex_digits, at[4], 16) != NULL &&
	       escape_of((unsigned char)((at[3] - '0') * 16 +
	                                 ((const char *)memchr(hex_digits, at[4], 16) - hex_digits))) == 0;
}

static const char *skip_string(const char *at, const char *end)
{
	if (at >= end || *at != '"')
		return NULL;
	for (at++; at < end && *at != '"'; at++) {
		if (is_plain((unsigned char)*at))
			continue;
		if (*at++ != '\\' || at >= end)
			return NULL;
		if (memchr("\"\\btnfr", *at, 7) != NULL)
			continue;
		if (!is_control(at, end))
			return NULL;
		at += 4;
	}
	return at < end ? at + 1 : NULL;
}

static const char *skip_number(const char *at, const char *end)
{
	const char *digits = at < end && *at == '-' ? at + 1 : at, *stop = digits;
	while (stop < end && *stop >= '0' && *stop <= '9')
		stop++;
	bool good =
	    stop > digits && stop - digits <= 18 && (*digits != '0' || (stop == digits + 1 && digits == at));
	return good ? stop : NULL;
}

static const char *skip_array(const char *at, const char *end, int depth)
{
	if (++at < end && *at == ']')
		return at + 1;
	for (; at != NULL && at < end; at++) {
		at = skip_value(at, end, depth);
		if (at == NULL || at >= end || (*at != ',' && *at != ']'))
			return NULL;
		if (*at == ']')
			return at + 1;
	}
	return NULL;
}

/* Keys have no escapes. */
static const char *skip_object(const char *at, const char *end, int depth)
{
	const char *last = NULL;
	size_t last_len = 0;
	if (++at < end && *at == '}')
		return at + 1;
	for (; at != NULL && at < end; at++) {
		const char *key = at;
		at = skip_string(at, end);
		size_t len = at != NULL ? (size_t)(at - key) - 2 : 0;
		if (at == NULL || at >= end || *at != ':' || memchr(key, '\\', len + 1) != NULL ||
		    (last != NULL && compare_bytes(last, last_len, key + 1, len) >= 0))
			return NULL;
		last = key + 1;
		last_len = len;
		at = skip_value(at + 1, end, depth);
		if (at == NULL || at >= end || (*at != ',' && *at != '}'))
			return NULL;
		if (*at == '}')
			return at + 1;
	}
	return NULL;
}

static const char *skip_value(const char *at, const char *end, int depth)
{
	if (at >= end || depth >= LINE_DEPTH_MAX)
		return NULL;
	if (*at == '"')
		return skip_string(at, end);
	if (*at == '{')
		return skip_object(at, end, depth + 1);
	if (*at == '[')
		return skip_array(at, end, depth + 1);
	return skip_number(at, end);
}

bool line_is_canonical(const char *line, size_t len)
{
	return len > 0 && line[0] == '{' && utf8_is(line, len) &&
	       skip_value(line, line + len, 0) == line + len;
}

const char *line_find(const char *line, size_t len, const char *key, size_t *ret_len)
{
	const char *end = line + len, *at = line + 1;
	size_t key_len = strlen(key);
	while (at < end && *at == '"') {
		const char *name = at + 1, *value = skip_string(at, end);
		if (value == NULL || value >= end)
			return NULL;
		bool found = (size_t)(value - name) == key_len + 1 && memcmp(name, key, key_len) == 0;
		at = skip_value(++value, end, 0);
		if (at == NULL)
			return NULL;
		if (found) {
			*ret_len = (size_t)(at - value);
			return value;
		}
		at++;
	}
	return NULL;
}

int64_t line_number(const char *line, size_t len, const char *key, int64_t fallback)
{
	size_t n;
	const char *value = line_find(line, len, key, &n);
	if (value == NULL || skip_number(value, value + n) != value + n)
		return fallback;
	return strtoll(value, NULL, 10);
}

int64_t line_text_of(const char *line, size_t len, const char *key, char *buf, size_t size)
{
	static const char letters[] = "btnfr", meant[] = "\b\t\n\f\r";
	size_t n, out = 0;
	const char *value = line_find(line, len, key, &n);
	if (value == NULL || n < 2 || *value != '"')
		return -1;
	for (const char *at = value + 1, *end = value + n - 1; at < end; at++) {
		char c = *at;
		if (c == '\\' && *++at == 'u') {
			c = (char)((at[3] - '0') * 16 +
			           (int)((const char *)memchr(hex_digits, at[4], 16) - hex_digits));
			at += 4;
		} else if (c == '\\') {
			const char *letter = strchr(letters, *at);
			c = letter != NULL ? meant[letter - letters] : *at;
		}
		if (out + 1 >= size)
			return -1;
		buf[out++] = c;
	}
	buf[out] = '\0';
	return (int64_t)out;
}
