/* line.h - a line of the decision log: one JSON object, written in one way alone.
 *
 * Keys sorted by their bytes and each once, no space, strings, integers, arrays and objects. In a string
 * a quote and a backslash have a backslash before them, control characters are \b \t \n \f \r or \u00
 * and two digits in lower case, and nothing else is escaped: what json.dumps of Python writes with
 * sort_keys, separators (",", ":") and ensure_ascii off. So the same content has the same hash.
 *
 * Text that is not UTF-8 stands as {"hex":"…"}, a key that would need an escape as "hex:…". */
#ifndef LICET_CORE_PROOF_LINE_H
#define LICET_CORE_PROOF_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_DEPTH_MAX 8

/* Bytes that grow. failed: there was no memory; the bytes are then worth nothing. */
struct line {
	char *bytes;
	size_t len, capacity;
	bool failed;
};

/* A field of an object: a text; an integer (text NULL); or JSON as it is (raw). Borrowed. */
struct line_field {
	const char *name;
	size_t name_len; /* 0: name ends in NUL */
	const char *text;
	size_t len;
	int64_t number;
	bool raw;
};

void line_done(struct line *l);
/* Append an object of these fields, which are sorted by it; of two of one name the first stays. A few
 * dozen keys at most may need hexadecimal digits: with more it fails. */
void line_object(struct line *l, struct line_field *fields, size_t count);
/* Append a string, or {"hex":…}. */
void line_string(struct line *l, const char *text, size_t len);
void line_raw(struct line *l, const char *bytes, size_t len);

struct line_field line_text(const char *name, const char *text); /* NULL: "" */
struct line_field line_bytes(const char *name, const char *text, size_t len);
struct line_field line_int(const char *name, int64_t number);
struct line_field line_json(const char *name, const struct line *json);

/* Is it such a line, without a line feed? */
bool line_is_canonical(const char *line, size_t len);
/* The value of a key of the outermost object of a canonical line, as it stands there; NULL: it has none. */
const char *line_find(const char *line, size_t len, const char *key, size_t *ret_len);
/* A value of line_find() that is an integer; fallback if it is none. */
int64_t line_number(const char *line, size_t len, const char *key, int64_t fallback);
/* A value that is a string, decoded into buf and ended by NUL. Returns its bytes; -1: there is none, or
 * it has no room. */
int64_t line_text_of(const char *line, size_t len, const char *key, char *buf, size_t size);

#endif
