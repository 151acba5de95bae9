/* job.c - see job.h. jansson checks the JSON; the small scanner below only finds
 * where the values of the top level stand in a text already known to be sound. */
#include "core/job/job.h"

#include "core/text/control.h"
#include "core/text/nearest.h"
#include "core/time/civil.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const job_fields[] = { "id",         "to",        "person",  "postcode", "insee",
	                                  "not_before", "not_after", "consent", "vars" };
static const char *const consent_fields[] = { "product", "channel", "collected_at", "until",
	                                      "form",    "proof",   "advertiser",   "via",
	                                      "act",     "bases",   "slot" };
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static bool fault_set(struct fault *f, enum reason reason, const char *prefix, const char *field,
                      const char *hint)
{
	f->reason = reason;
	snprintf(f->field, sizeof(f->field), "%s%s", prefix, field);
	snprintf(f->hint, sizeof(f->hint), "%s", hint);
	return false;
}

/* A name that somebody else chose, as it may be shown: short, one line, whole
 * characters. */
#define NAME_SHOWN 40
static void show_name(const char *name, char ret[NAME_SHOWN])
{
	size_t len = strlen(name);
	if (len >= NAME_SHOWN) {
		len = NAME_SHOWN - 1;
		while (len > 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
			len--;
	}
	for (size_t i = 0; i < len; i++)
		ret[i] = control_is(name[i]) ? '?' : name[i];
	ret[len] = '\0';
}

/* --- where things stand in the text ---------------------------------------- */

static size_t skip_space(const char *t, size_t len, size_t i)
{
	while (i < len && (t[i] == ' ' || t[i] == '\t' || t[i] == '\n' || t[i] == '\r'))
		i++;
	return i;
}

static size_t skip_string(const char *t, size_t len, size_t i)
{
	for (i++; i < len && t[i] != '"'; i++)
		if (t[i] == '\\')
			i++;
	return i + 1;
}

static size_t skip_value(const char *t, size_t len, size_t i)
{
	int depth = 0;
	while (i < len) {
		char c = t[i];
		if (c == '"') {
			i = skip_string(t, len, i);
			if (depth == 0)
				return i;
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		if (c == '}' || c == ']') {
			if (depth == 0)
				return i;
			if (--depth == 0)
				return i + 1;
		}
		if (depth == 0 && (c == ',' || c == ' ' || c == '\t' || c == '\n' || c == '\r'))
			return i;
		i++;
	}
	return len;
}

/* Does a key of the text, quotes left out, have this name as it is shown? Long ones
 * and those with escapes are decoded first. */
static bool is_key(const char *key, size_t len, const char *name)
{
	if (len < NAME_SHOWN && memchr(key, '\\', len) == NULL)
		return len == strlen(name) && memcmp(key, name, len) == 0;
	char shown[NAME_SHOWN];
	json_t *decoded = json_loadb(key - 1, len + 2, JSON_DECODE_ANY, NULL);
	bool same = false;
	if (decoded != NULL) {
		show_name(json_string_value(decoded), shown);
		same = strcmp(shown, name) == 0;
	}
	json_decref(decoded);
	return same;
}

/* Find a field of the top level in sound JSON. Returns where its value starts, 0
 * if it is not there (no value starts at byte 0 of an object). */
static size_t find_value(const char *t, size_t len, const char *name, size_t *ret_len)
{
	size_t i = skip_space(t, len, 0) + 1;
	while (i < len) {
		i = skip_space(t, len, i);
		if (i >= len || t[i] != '"')
			return 0;
		size_t key = i + 1;
		i = skip_string(t, len, i);
		size_t key_len = i - 1 - key;
		i = skip_space(t, len, i) + 1; /* the colon */
		i = skip_space(t, len, i);
		size_t value = i;
		i = skip_value(t, len, i);
		if (is_key(t + key, key_len, name)) {
			*ret_len = i - value;
			return value;
		}
		i = skip_space(t, len, i) + 1; /* the comma or the end */
	}
	return 0;
}

/* --- fields ------------------------------------------------------------------ */

/* A string of min to max bytes without control characters. Absent is fine. */
static bool read_string(const json_t *object, const char *prefix, const char *name, size_t min, size_t max,
                        const char **ret, struct fault *f)
{
	const json_t *v = json_object_get(object, name);
	char hint[96];
	if (v == NULL)
		return true;
	size_t len = json_is_string(v) ? json_string_length(v) : 0;
	if (!json_is_string(v) || len < min || len > max || control_in(json_string_value(v), len)) {
		snprintf(hint, sizeof(hint), "expected text of %zu to %zu bytes without control characters",
		         min, max);
		return fault_set(f, REASON_FIELD_MALFORMED, prefix, name, hint);
	}
	*ret = json_string_value(v);
	return true;
}

static bool read_instant(const json_t *object, const char *prefix, const char *name, int64_t *ret,
                         struct fault *f)
{
	const json_t *v = json_object_get(object, name);
	if (v == NULL)
		return true;
	if (!json_is_string(v) || !civil_parse_instant(json_string_value(v), json_string_length(v), ret))
		return fault_set(f, REASON_FIELD_MALFORMED, prefix, name,
		                 "expected an instant with its offset, such as 2026-11-24T09:00:00+01:00");
	return true;
}

static bool check_names(const json_t *object, const char *prefix, const char *const *known, size_t count,
                        struct fault *f)
{
	const char *key;
	json_t *value;
	char hint[160], name[NAME_SHOWN];
	json_object_foreach((json_t *)object, key, value)
	{
		size_t i = 0;
		while (i < count && strcmp(known[i], key) != 0)
			i++;
		if (i < count)
			continue;
		const char *near = nearest_name(key, strlen(key), known, count);
		size_t used = (size_t)snprintf(hint, sizeof(hint),
		                               near != NULL ? "did you mean %s?" : "the fields are", near);
		for (i = 0; near == NULL && i < count; i++)
			used += (size_t)snprintf(hint + used, sizeof(hint) - used, " %s", known[i]);
		show_name(key, name);
		return fault_set(f, REASON_FIELD_UNKNOWN, prefix, name, hint);
	}
	return true;
}

/* --- consents ------------------------------------------------------------------ */

static bool read_form(const json_t *v, const char *prefix, struct consent *c, struct fault *f)
{
	if (v == NULL)
		return true;
	if (json_is_string(v)) {
		c->form_id = json_string_value(v);
		return true;
	}
	if (!json_is_array(v) || json_array_size(v) > CONSENT_MENTIONS_MAX)
		return fault_set(f, REASON_FIELD_MALFORMED, prefix, "form",
		                 "expected a list of mentions or the id of a form");
	for (size_t i = 0; i < json_array_size(v); i++) {
		const json_t *m = json_array_get(v, i);
		if (!json_is_string(m))
			return fault_set(f, REASON_FIELD_MALFORMED, prefix, "form",
			                 "expected mentions as text");
		c->mentions[c->mention_count++] = json_string_value(m);
	}
	return true;
}

/* A text, or a list of texts: the laws that the consent answers. */
static bool read_bases(const json_t *v, const char *prefix, struct consent *c, struct fault *f)
{
	if (v == NULL)
		return true;
	size_t n = json_is_array(v) ? json_array_size(v) : 1;
	if (n > CONSENT_MENTIONS_MAX)
		return fault_set(f, REASON_FIELD_MALFORMED, prefix, "bases", "expected at most 16 bases");
	for (size_t i = 0; i < n; i++) {
		const json_t *b = json_is_array(v) ? json_array_get(v, i) : v;
		if (!json_is_string(b))
			return fault_set(f, REASON_FIELD_MALFORMED, prefix, "bases",
			                 "expected bases as text, such as [\"L223-1\",\"L34-5\"]");
		c->bases[c->base_count++] = json_string_value(b);
	}
	return true;
}

/* An instant, or a bare date. A collection date without a time of day is kept as
 * "no time": the archive that R223-2 asks for has date and time. */
static bool read_consent_times(const json_t *object, const char *prefix, struct consent *c, struct fault *f)
{
	const json_t *v = json_object_get(object, "collected_at");
	int32_t date;
	if (v != NULL) {
		const char *text = json_string_value(v);
		size_t len = json_string_length(v);
		if (text == NULL || (!civil_parse_instant(text, len, &c->collected_ms) &&
		                     !civil_parse_date(text, len, &date)))
			return fault_set(
			    f, REASON_FIELD_MALFORMED, prefix, "collected_at",
			    "expected an instant with its offset, such as 2026-09-01T10:12:00+02:00");
	}
	v = json_object_get(object, "until");
	if (v != NULL) {
		const char *text = json_string_value(v);
		size_t len = json_string_length(v);
		if (text == NULL || (!civil_parse_date(text, len, &c->until_date) &&
		                     !civil_parse_instant(text, len, &c->until_ms)))
			return fault_set(f, REASON_FIELD_MALFORMED, prefix, "until",
			                 "expected a date such as 2027-08-31, or an instant with its offset");
	}
	return read_instant(object, prefix, "slot", &c->slot_ms, f);
}

bool consent_parse(const json_t *object, const char *prefix, struct consent *ret, struct fault *f)
{
	struct consent c = { .collected_ms = TIME_NONE,
		             .until_ms = TIME_NONE,
		             .until_date = INT32_MIN,
		             .slot_ms = TIME_NONE };
	if (!json_is_object(object))
		return fault_set(f, REASON_FIELD_MALFORMED, "", "consent", "expected an object");
	if (!check_names(object, prefix, consent_fields, COUNT(consent_fields), f) ||
	    !read_string(object, prefix, "product", 1, 64, &c.product, f) ||
	    !read_string(object, prefix, "channel", 1, 64, &c.channel, f) ||
	    !read_string(object, prefix, "proof", 1, 256, &c.proof, f) ||
	    !read_string(object, prefix, "advertiser", 9, 14, &c.advertiser, f) ||
	    !read_string(object, prefix, "via", 1, 32, &c.via, f) ||
	    !read_string(object, prefix, "act", 1, 64, &c.act, f) ||
	    !read_consent_times(object, prefix, &c, f) ||
	    !read_bases(json_object_get(object, "bases"), prefix, &c, f) ||
	    !read_form(json_object_get(object, "form"), prefix, &c, f))
		return false;
	*ret = c;
	return true;
}

/* --- jobs ------------------------------------------------------------------------ */

/* The shape that any country's codes have, whatever stands between their characters;
 * decide() asks the rulebook for more. */
static bool is_code(const char *code)
{
	for (; *code != '\0'; code++)
		if (!((*code >= '0' && *code <= '9') || (*code >= 'A' && *code <= 'Z') ||
		      (*code >= 'a' && *code <= 'z') || strchr(" -.", *code) != NULL ||
		      (unsigned char)*code >= 0x80))
			return false;
	return true;
}

static bool read_job_fields(struct job *j, struct fault *f)
{
	static const char code_hint[] = "expected letters and digits, such as 67000";
	if (j->id == NULL)
		return fault_set(f, REASON_FIELD_MISSING, "", "id", "expected a text of 1 to 128 bytes");
	if (j->to == NULL)
		return fault_set(f, REASON_FIELD_MISSING, "", "to", "expected a telephone number as text");
	if (!check_names(j->root, "", job_fields, COUNT(job_fields), f) ||
	    !read_string(j->root, "", "person", 1, JOB_ID_MAX, &j->person, f) ||
	    !read_string(j->root, "", "postcode", 1, 32, &j->postcode, f) ||
	    !read_string(j->root, "", "insee", 1, 32, &j->insee, f) ||
	    !read_instant(j->root, "", "not_before", &j->not_before_ms, f) ||
	    !read_instant(j->root, "", "not_after", &j->not_after_ms, f))
		return false;
	if (j->postcode != NULL && !is_code(j->postcode))
		return fault_set(f, REASON_FIELD_MALFORMED, "", "postcode", code_hint);
	if (j->insee != NULL && !is_code(j->insee))
		return fault_set(f, REASON_FIELD_MALFORMED, "", "insee", code_hint);
	const json_t *vars = json_object_get(j->root, "vars");
	if (vars != NULL && !json_is_object(vars))
		return fault_set(f, REASON_FIELD_MALFORMED, "", "vars", "expected an object");
	const json_t *consent = json_object_get(j->root, "consent");
	j->has_consent = consent != NULL;
	return consent == NULL || consent_parse(consent, "consent.", &j->consent, f);
}

/* id and to first: whatever else is wrong, the report should name the job. */
static bool read_identity(struct job *j, struct fault *f)
{
	const json_t *to = json_object_get(j->root, "to");
	if (json_is_string(to)) {
		j->to = json_string_value(to);
		j->to_len = json_string_length(to);
	}
	if (!read_string(j->root, "", "id", 1, JOB_ID_MAX, &j->id, f))
		return false;
	j->id_len = j->id != NULL ? strlen(j->id) : 0;
	if (to != NULL && !json_is_string(to))
		return fault_set(f, REASON_FIELD_MALFORMED, "", "to",
		                 "expected a telephone number as text, in quotes");
	return true;
}

size_t job_field_position(const char *text, size_t len, const char *name)
{
	size_t value_len;
	return find_value(text, len, name, &value_len);
}

/* Where the value of a field stands, "consent.until" included; 0 if it is missing. */
static size_t fault_position(const char *text, size_t len, const char *field)
{
	size_t inner_len,
	    at = strncmp(field, "consent.", 8) == 0 ? find_value(text, len, "consent", &inner_len) : 0;
	if (at == 0)
		return job_field_position(text, len, field);
	size_t inner = job_field_position(text + at, inner_len, field + 8);
	return inner > 0 ? at + inner : at;
}

static const char *json_fault_text(const json_error_t *error)
{
	switch (json_error_code(error)) {
	case json_error_invalid_utf8:
		return "expected UTF-8";
	case json_error_premature_end_of_input:
		return "the text ends too early";
	case json_error_end_of_input_expected:
		return "expected nothing after the object";
	case json_error_duplicate_key:
		return "a field stands there twice";
	case json_error_null_character:
		return "expected no NUL character";
	case json_error_stack_overflow:
		return "nested too deeply";
	default:
		return "expected JSON here";
	}
}

/* Bytes of the number that stands there (RFC 8259, section 6); 0: there is none. */
static size_t number_len(const char *t, size_t len)
{
	size_t i = len > 0 && t[0] == '-' ? 1 : 0, from = i;
	while (i < len && t[i] >= '0' && t[i] <= '9' && !(i == from + 1 && t[from] == '0'))
		i++;
	if (i == from)
		return 0;
	size_t end = i;
	if (i < len && t[i] == '.')
		for (i++; i < len && t[i] >= '0' && t[i] <= '9'; i++)
			end = i + 1;
	i = end;
	if (i < len && (t[i] == 'e' || t[i] == 'E')) {
		i++;
		if (i < len && (t[i] == '+' || t[i] == '-'))
			i++;
		for (; i < len && t[i] >= '0' && t[i] <= '9'; i++)
			end = i + 1;
	}
	return end;
}

/* Make each number 0, followed by blanks: sound text stays sound, unsound text unsound. */
static void blank_numbers(char *t, size_t len)
{
	for (size_t i = 0; i < len;) {
		if (t[i] == '"') {
			i = skip_string(t, len, i);
			continue;
		}
		size_t n = number_len(t + i, len - i);
		if (n == 0 && t[i] == '-')
			return; /* it belongs to no number; the next one would take it for its own */
		if (n > 0) {
			memset(t + i, ' ', n);
			t[i] = '0';
		}
		i += n > 0 ? n : 1;
	}
}

/* Nothing in a job is read as a number; vars may hold any, such as a SIM card's of 20 digits, which
 * jansson cannot hold. They are passed on as they were written. */
static json_t *load_job(const char *text, size_t len, json_error_t *error)
{
	char plain[JOB_BYTES_MAX];
	json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, error);
	if (root != NULL || json_error_code(error) != json_error_numeric_overflow)
		return root;
	memcpy(plain, text, len);
	blank_numbers(plain, len);
	return json_loadb(plain, len, JSON_REJECT_DUPLICATES, error);
}

bool job_too_large(int64_t bytes, struct job *ret, struct fault *f)
{
	char hint[96];
	*ret = (struct job){ .not_before_ms = TIME_NONE, .not_after_ms = TIME_NONE };
	*f = (struct fault){ .position = JOB_BYTES_MAX };
	snprintf(hint, sizeof(hint), "expected at most %d bytes, it has %" PRId64 ": how it begins is kept",
	         JOB_BYTES_MAX, bytes);
	return fault_set(f, REASON_JOB_TOO_LARGE, "", "", hint);
}

bool job_parse(const char *text, size_t len, struct job *ret, struct fault *f)
{
	json_error_t error;
	*ret = (struct job){ .not_before_ms = TIME_NONE, .not_after_ms = TIME_NONE };
	*f = (struct fault){ 0 };
	if (len > JOB_BYTES_MAX) {
		f->position = JOB_BYTES_MAX;
		return fault_set(f, REASON_JOB_TOO_LARGE, "", "", "expected at most 8192 bytes");
	}
	ret->root = load_job(text, len, &error);
	if (ret->root == NULL || !json_is_object(ret->root)) {
		/* Not jansson's own words: they quote the text, and that may be a number. */
		f->position = ret->root == NULL && error.position > 0 ? (size_t)error.position : 0;
		return fault_set(f, REASON_JSON_MALFORMED, "", "",
		                 ret->root == NULL ? json_fault_text(&error) : "expected one object");
	}
	bool ok = read_identity(ret, f) && read_job_fields(ret, f);
	if (!ok) {
		f->position = fault_position(text, len, f->field);
		return false;
	}
	if (json_object_get(ret->root, "vars") != NULL)
		ret->vars_at = find_value(text, len, "vars", &ret->vars_len);
	return true;
}

void job_done(struct job *job)
{
	json_decref(job->root);
	job->root = NULL;
}

struct stored_job stored_job_read(const char *text, size_t len)
{
	static const char mark[] = "#attempt=";
	struct stored_job s = { .json = text, .len = len, .attempt = 1 };
	const char *tab = len > 0 && text[0] == '#' ? memchr(text, '\t', len) : NULL;
	if (tab == NULL)
		return s;
	if ((size_t)(tab - text) >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0) {
		int attempt = 0;
		for (const char *c = text + sizeof(mark) - 1; *c >= '0' && *c <= '9' && attempt <= 1000; c++)
			attempt = attempt * 10 + (*c - '0');
		s.attempt = attempt >= 1 && attempt <= 1000 ? attempt : 1;
	}
	s.json = tab + 1;
	s.len = len - (size_t)(tab + 1 - text);
	return s;
}

/* A withdrawal that cannot be read is one that no consent came after. */
static int64_t withdrawal_ms(const json_t *v)
{
	double real = json_real_value(v);
	if (json_is_integer(v) && json_integer_value(v) >= 0)
		return json_integer_value(v);
	return json_is_real(v) && real >= 0 && real < 1e18 ? (int64_t)real : INT64_MAX;
}

bool registry_parse(const char *text, size_t len, struct registry_record *ret)
{
	struct fault ignored;
	struct registry_record r = { .withdrawn_ms = TIME_NONE };
	r.root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(r.root)) {
		json_decref(r.root);
		return false;
	}
	const json_t *consents = json_object_get(r.root, "consents");
	for (size_t i = 0; i < json_array_size(consents) && r.count < REGISTRY_CONSENTS_MAX; i++)
		if (consent_parse(json_array_get(consents, i), "", &r.consents[r.count], &ignored))
			r.count++;
	const json_t *withdrawn = json_object_get(r.root, "withdrawn_ms");
	if (withdrawn != NULL)
		r.withdrawn_ms = withdrawal_ms(withdrawn);
	*ret = r;
	return true;
}

void registry_done(struct registry_record *record)
{
	json_decref(record->root);
	record->root = NULL;
}
