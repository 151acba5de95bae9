#include "chance.h"
#include "core/job/job.h"
#include "core/time/civil.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSENT \
	"{\"product\":\"toys\",\"channel\":\"automated-voice\",\"collected_at\":\"2026-09-01T10:12:00+02:00\"," \
	"\"until\":\"2027-08-31\",\"form\":[\"identity\",\"choice\",\"period\",\"withdrawal\",\"proof\"]," \
	"\"proof\":\"form-v3/88121\"}"
#define WHOLE \
	"{\"id\":\"crm-123\",\"to\":\"+33612000001\",\"person\":\"p-77\",\"postcode\":\"67000\",\"insee\":\"2A004\"," \
	"\"not_before\":\"2026-11-24T09:00:00+01:00\",\"not_after\":\"2026-11-25T09:00:00Z\",\"consent\":" CONSENT \
	",\"vars\":{\"name\":\"A\"}}"

/* --- what a job says ------------------------------------------------------------------ */

static void test_whole(void **state)
{
	struct job job;
	struct fault fault;

	assert_int_equal(job_parse(WHOLE, strlen(WHOLE), &job, &fault), 1);
	assert_string_equal(job.id, "crm-123");
	assert_int_equal(job.id_len, 7);
	assert_string_equal(job.to, "+33612000001");
	assert_int_equal(job.to_len, 12);
	assert_string_equal(job.person, "p-77");
	assert_string_equal(job.postcode, "67000");
	assert_string_equal(job.insee, "2A004");
	assert_int_equal(job.not_before_ms, law_instant("2026-11-24T08:00:00Z"));
	assert_int_equal(job.not_after_ms, law_instant("2026-11-25T09:00:00Z"));
	assert_int_equal(job.has_consent, 1);
	assert_string_equal(job.consent.product, "toys");
	assert_string_equal(job.consent.channel, "automated-voice");
	assert_string_equal(job.consent.proof, "form-v3/88121");
	assert_int_equal(job.consent.collected_ms, law_instant("2026-09-01T08:12:00Z"));
	assert_int_equal(job.consent.until_date, law_date("2027-08-31"));
	assert_int_equal(job.consent.until_ms, TIME_NONE);
	assert_int_equal(job.consent.slot_ms, TIME_NONE);
	assert_int_equal(job.consent.mention_count, 5);
	assert_string_equal(job.consent.mentions[4], "proof");
	assert_null(job.consent.advertiser);
	assert_null(job.consent.form_id);
	assert_int_equal(job.vars_len, 12);
	assert_memory_equal(WHOLE + job.vars_at, "{\"name\":\"A\"}", 12);
	job_done(&job);
}

static void test_least(void **state)
{
	static const char text[] = " \n{ \"id\" : \"1\" , \"to\" : \"06 12 00 00 01\" }\r\n";
	struct job job;
	struct fault fault;

	assert_int_equal(job_parse(text, strlen(text), &job, &fault), 1);
	assert_null(job.person);
	assert_null(job.postcode);
	assert_null(job.insee);
	assert_int_equal(job.not_before_ms, TIME_NONE);
	assert_int_equal(job.not_after_ms, TIME_NONE);
	assert_int_equal(job.has_consent, 0);
	assert_int_equal(job.vars_len, 0);
	job_done(&job);
}

/* Optional fields of a consent, and an instant in "until". */
static void test_consent_options(void **state)
{
	static const char text[] =
	    "{\"id\":\"1\",\"to\":\"0612000001\",\"consent\":{\"advertiser\":\"552100554\",\"via\":\"web\","
	    "\"act\":\"box ticked\",\"bases\":[\"L34-5\"],\"slot\":\"2026-11-24T18:00:00+01:00\","
	    "\"until\":\"2026-12-01T00:00:00+01:00\",\"form\":\"form-v3\",\"collected_at\":\"2026-09-01\"}}";
	struct job job;
	struct fault fault;

	assert_int_equal(job_parse(text, strlen(text), &job, &fault), 1);
	assert_string_equal(job.consent.advertiser, "552100554");
	assert_string_equal(job.consent.via, "web");
	assert_string_equal(job.consent.act, "box ticked");
	assert_string_equal(job.consent.form_id, "form-v3");
	assert_int_equal(job.consent.mention_count, 0);
	assert_int_equal(job.consent.slot_ms, law_instant("2026-11-24T17:00:00Z"));
	assert_int_equal(job.consent.until_ms, law_instant("2026-11-30T23:00:00Z"));
	assert_int_equal(job.consent.until_date, INT32_MIN);
	assert_int_equal(job.consent.collected_ms, TIME_NONE); /* a day without a time of day */
	job_done(&job);
}

/* One law, or several. */
static void test_bases(void **state)
{
	static const struct {
		const char *bases;
		size_t count;
		const char *last;
	} rows[] = {
		{ "\"L34-5\"", 1, "L34-5" },
		{ "[\"L34-5\",\"L223-1\"]", 2, "L223-1" },
		{ "[]", 0, NULL },
		{ "[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"b\"]",
		  16, "b" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job job;
		struct fault fault;
		char text[256];
		int len = snprintf(text, sizeof(text),
		                   "{\"id\":\"1\",\"to\":\"2\",\"consent\":{\"bases\":%s}}", rows[i].bases);
		assert_int_equal(job_parse(text, (size_t)len, &job, &fault), 1);
		assert_int_equal(job.consent.base_count, rows[i].count);
		if (rows[i].count > 0)
			assert_string_equal(job.consent.bases[rows[i].count - 1], rows[i].last);
		job_done(&job);
	}
}

/* --- what is wrong with it --------------------------------------------------------------- */

#define J "{\"id\":\"1\",\"to\":\"0612000001\"," /* 28 bytes */
#define TEXT_128 "expected text of 1 to 128 bytes without control characters"
#define INSTANT "expected an instant with its offset, such as 2026-11-24T09:00:00+01:00"
#define JOB_FIELDS "the fields are id to person postcode insee not_before not_after consent vars"
#define BASES "expected bases as text, such as [\"L223-1\",\"L34-5\"]"
#define CODE "expected letters and digits, such as 67000"

struct fault_row {
	const char *text;
	enum reason reason;
	const char *field;
	size_t position;
	const char *hint;
};

static const struct fault_row json_rows[] = {
	{ "", REASON_JSON_MALFORMED, "", 0, "the text ends too early" },
	{ "{", REASON_JSON_MALFORMED, "", 1, "the text ends too early" },
	{ "nonsense", REASON_JSON_MALFORMED, "", 8, "expected JSON here" },
	{ "[]", REASON_JSON_MALFORMED, "", 0, "expected one object" },
	{ "\"text\"", REASON_JSON_MALFORMED, "", 6, "expected JSON here" },
	{ "{} {}", REASON_JSON_MALFORMED, "", 4, "expected nothing after the object" },
	{ "{\"id\":\"1\",}", REASON_JSON_MALFORMED, "", 11, "expected JSON here" },
	{ "{\"id\":\"1\",\"id\":\"2\"}", REASON_JSON_MALFORMED, "", 14, "a field stands there twice" },
	{ J "\"vars\":{\"a\":1,\"a\":2}}", REASON_JSON_MALFORMED, "", 45, "a field stands there twice" },
	{ "{\"id\":\"a\\u0000b\"}", REASON_JSON_MALFORMED, "", 16, "expected no NUL character" },
	{ "{\"id\":\"\xff\"}", REASON_JSON_MALFORMED, "", 7, "expected UTF-8" },
	{ "{\"id\":\"\xc3\"}", REASON_JSON_MALFORMED, "", 7, "expected UTF-8" },
	{ "{\"id\":1e999.}", REASON_JSON_MALFORMED, "", 12, "expected JSON here" },
	{ "{\"id\":1e999,\"to\":01}", REASON_JSON_MALFORMED, "", 18, "expected JSON here" },
	{ "{\"id\":99999999999999999999 1}", REASON_JSON_MALFORMED, "", 28, "expected JSON here" },
};

static const struct fault_row field_rows[] = {
	{ "{}", REASON_FIELD_MISSING, "id", 0, "expected a text of 1 to 128 bytes" },
	{ "{\"to\":\"0612000001\"}", REASON_FIELD_MISSING, "id", 0, "expected a text of 1 to 128 bytes" },
	{ "{\"id\":\"1\"}", REASON_FIELD_MISSING, "to", 0, "expected a telephone number as text" },
	{ "{\"id\":1,\"to\":\"0612000001\"}", REASON_FIELD_MALFORMED, "id", 6, TEXT_128 },
	{ "{\"id\":1e999,\"to\":\"0612000001\"}", REASON_FIELD_MALFORMED, "id", 6, TEXT_128 },
	{ "{\"id\":\"\",\"to\":\"0612000001\"}", REASON_FIELD_MALFORMED, "id", 6, TEXT_128 },
	{ "{\"id\":\"a\\nb\",\"to\":\"0612000001\"}", REASON_FIELD_MALFORMED, "id", 6, TEXT_128 },
	{ "{\"id\":\"a\x7f\",\"to\":\"0612000001\"}", REASON_FIELD_MALFORMED, "id", 6, TEXT_128 },
	{ "{\"id\":null,\"to\":\"0612000001\"}", REASON_FIELD_MALFORMED, "id", 6, TEXT_128 },
	{ "{\"id\":\"1\",\"to\":612000001}", REASON_FIELD_MALFORMED, "to", 15,
	  "expected a telephone number as text, in quotes" },
	{ J "\"preson\":\"x\"}", REASON_FIELD_UNKNOWN, "preson", 37, "did you mean person?" },
	{ J "\"not-before\":\"x\"}", REASON_FIELD_UNKNOWN, "not-before", 41, "did you mean not_before?" },
	{ J "\"colour\":1}", REASON_FIELD_UNKNOWN, "colour", 37, JOB_FIELDS },
	{ J "\"col\\u006fur\": 1}", REASON_FIELD_UNKNOWN, "colour", 43, JOB_FIELDS },
	{ J "\"a\\tb\":1}", REASON_FIELD_UNKNOWN, "a?b", 35, JOB_FIELDS },
	{ J "\"person\":7\t,\"insee\":[8]\n,\"vars\":9\r,\"colour\":1}", REASON_FIELD_UNKNOWN, "colour", 72,
	  JOB_FIELDS },
	{ J "\"vars\":7\t\n}", REASON_FIELD_MALFORMED, "vars", 35, "expected an object" },
	{ J "\"123456789 123456789 123456789 12345678é\":1}", REASON_FIELD_UNKNOWN,
	  "123456789 123456789 123456789 12345678", 71, JOB_FIELDS },
	{ J "\"person\":7}", REASON_FIELD_MALFORMED, "person", 37, TEXT_128 },
	{ J "\"person\":\"\"}", REASON_FIELD_MALFORMED, "person", 37, TEXT_128 },
	{ J "\"postcode\":67000}", REASON_FIELD_MALFORMED, "postcode", 39,
	  "expected text of 1 to 32 bytes without control characters" },
	{ J "\"postcode\":\"67_00\"}", REASON_FIELD_MALFORMED, "postcode", 39, CODE },
	{ J "\"insee\":\"2;004\"}", REASON_FIELD_MALFORMED, "insee", 36, CODE },
	{ J "\"not_before\":1790000000}", REASON_FIELD_MALFORMED, "not_before", 41, INSTANT },
	{ J "\"not_before\":\"2026-11-24T09:00:00\"}", REASON_FIELD_MALFORMED, "not_before", 41, INSTANT },
	{ J "\"not_after\":\"2026-02-30T09:00:00Z\"}", REASON_FIELD_MALFORMED, "not_after", 40, INSTANT },
	{ J "\"vars\":[]}", REASON_FIELD_MALFORMED, "vars", 35, "expected an object" },
	{ J "\"vars\":null}", REASON_FIELD_MALFORMED, "vars", 35, "expected an object" },
	{ J "\"consent\":true}", REASON_FIELD_MALFORMED, "consent", 38, "expected an object" },
	{ J "\"consent\":null}", REASON_FIELD_MALFORMED, "consent", 38, "expected an object" },
};

static const struct fault_row consent_rows[] = {
	{ J "\"consent\":{\"produkt\":\"toys\"}}", REASON_FIELD_UNKNOWN, "consent.produkt", 49,
	  "did you mean product?" },
	{ J "\"consent\":{\"xyzzyx\":\"toys\"}}", REASON_FIELD_UNKNOWN, "consent.xyzzyx", 48,
	  "the fields are product channel collected_at until form proof advertiser via act bases slot" },
	{ J "\"consent\":{\"product\":\"\"}}", REASON_FIELD_MALFORMED, "consent.product", 49,
	  "expected text of 1 to 64 bytes without control characters" },
	{ J "\"consent\":{\"channel\":[]}}", REASON_FIELD_MALFORMED, "consent.channel", 49,
	  "expected text of 1 to 64 bytes without control characters" },
	{ J "\"consent\":{\"proof\":{\"proof\":1}}}", REASON_FIELD_MALFORMED, "consent.proof", 47,
	  "expected text of 1 to 256 bytes without control characters" },
	{ J "\"consent\":{\"advertiser\":\"12345678\"}}", REASON_FIELD_MALFORMED, "consent.advertiser", 52,
	  "expected text of 9 to 14 bytes without control characters" },
	{ J "\"consent\":{\"via\":1}}", REASON_FIELD_MALFORMED, "consent.via", 45,
	  "expected text of 1 to 32 bytes without control characters" },
	{ J "\"consent\":{\"act\":1}}", REASON_FIELD_MALFORMED, "consent.act", 45,
	  "expected text of 1 to 64 bytes without control characters" },
	{ J "\"consent\":{\"collected_at\":\"yesterday\"}}", REASON_FIELD_MALFORMED, "consent.collected_at",
	  54, "expected an instant with its offset, such as 2026-09-01T10:12:00+02:00" },
	{ J "\"consent\":{\"collected_at\":1}}", REASON_FIELD_MALFORMED, "consent.collected_at", 54,
	  "expected an instant with its offset, such as 2026-09-01T10:12:00+02:00" },
	{ J "\"consent\":{\"until\":\"31/08/2027\"}}", REASON_FIELD_MALFORMED, "consent.until", 47,
	  "expected a date such as 2027-08-31, or an instant with its offset" },
	{ J "\"consent\":{\"until\":null}}", REASON_FIELD_MALFORMED, "consent.until", 47,
	  "expected a date such as 2027-08-31, or an instant with its offset" },
	{ J "\"consent\":{\"slot\":\"2026-11-24\"}}", REASON_FIELD_MALFORMED, "consent.slot", 46, INSTANT },
	{ J "\"consent\":{\"form\":{}}}", REASON_FIELD_MALFORMED, "consent.form", 46,
	  "expected a list of mentions or the id of a form" },
	{ J "\"consent\":{\"bases\":1}}", REASON_FIELD_MALFORMED, "consent.bases", 47, BASES },
	{ J "\"consent\":{\"bases\":[\"L34-5\",null]}}", REASON_FIELD_MALFORMED, "consent.bases", 47, BASES },
	{ J "\"consent\":{\"bases\":[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8]}}", REASON_FIELD_MALFORMED,
	  "consent.bases", 47, "expected at most 16 bases" },
	{ J "\"consent\":{\"form\":[1]}}", REASON_FIELD_MALFORMED, "consent.form", 46,
	  "expected mentions as text" },
	{ J "\"consent\":{\"form\":[1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8]}}", REASON_FIELD_MALFORMED,
	  "consent.form", 46, "expected a list of mentions or the id of a form" },
};

static void check_faults(const struct fault_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct job job;
		struct fault fault;
		if (job_parse(rows[i].text, strlen(rows[i].text), &job, &fault))
			fail_msg("should not be a job: %s", rows[i].text);
		if (fault.reason != rows[i].reason || fault.position != rows[i].position)
			print_error("%s\n", rows[i].text);
		assert_string_equal(reason_name(fault.reason), reason_name(rows[i].reason));
		assert_string_equal(fault.field, rows[i].field);
		assert_string_equal(fault.hint, rows[i].hint);
		assert_int_equal(fault.position, rows[i].position);
		job_done(&job);
	}
}

static void test_json_faults(void **state)
{
	check_faults(json_rows, COUNT(json_rows));
}

static void test_field_faults(void **state)
{
	check_faults(field_rows, COUNT(field_rows));
}

static void test_consent_faults(void **state)
{
	check_faults(consent_rows, COUNT(consent_rows));
}

/* A NUL is a byte like any other: the text does not end there. */
static void test_raw_nul(void **state)
{
	static const char text[] = "{\"id\":\"1\",\"to\":\"0612000001\"}\0{";
	struct job job;
	struct fault fault;

	assert_int_equal(job_parse(text, sizeof(text) - 1, &job, &fault), 0);
	assert_int_equal(fault.reason, REASON_JSON_MALFORMED);
	job_done(&job);
	assert_int_equal(job_parse(text, sizeof(text) - 3, &job, &fault), 1);
	job_done(&job);
}

/* What is wrong with the rest of a job hides neither its id nor its number. */
static void test_identity_of_a_bad_job(void **state)
{
	static const char text[] = "{\"colour\":1,\"to\":\"0612000001\",\"id\":\"crm-9\"}";
	struct job job;
	struct fault fault;

	assert_int_equal(job_parse(text, strlen(text), &job, &fault), 0);
	assert_string_equal(job.id, "crm-9");
	assert_string_equal(job.to, "0612000001");
	job_done(&job);
}

/* Fill "vars" up so that the whole job has len bytes; free it. */
static char *job_of_length(size_t len)
{
	static const char head[] = J "\"vars\":{\"x\":\"", tail[] = "\"}}";
	char *text = malloc(len + 1);

	assert_non_null(text);
	memset(text, 'x', len);
	memcpy(text, head, sizeof(head) - 1);
	memcpy(text + len - (sizeof(tail) - 1), tail, sizeof(tail));
	return text;
}

static void test_size(void **state)
{
	struct job job;
	struct fault fault;
	char *text = job_of_length(8192);

	assert_int_equal(job_parse(text, 8192, &job, &fault), 1);
	assert_int_equal(job.vars_at + job.vars_len, 8191);
	job_done(&job);
	free(text);
	text = job_of_length(8193);
	assert_int_equal(job_parse(text, 8193, &job, &fault), 0);
	assert_int_equal(fault.reason, REASON_JOB_TOO_LARGE);
	assert_int_equal(fault.position, 8192);
	assert_string_equal(fault.hint, "expected at most 8192 bytes");
	job_done(&job);
	free(text);
}

static void test_id_of_128_bytes(void **state)
{
	struct job job;
	struct fault fault;
	char text[256];

	for (int len = 128; len <= 129; len++) {
		snprintf(text, sizeof(text), "{\"id\":\"%0*d\",\"to\":\"0612000001\"}", len, 7);
		assert_int_equal(job_parse(text, strlen(text), &job, &fault), len == 128);
		if (len == 129)
			assert_string_equal(fault.field, "id");
		job_done(&job);
	}
}

/* As deep as 8 KiB allow: refused in words, and the stack holds. */
static void test_nesting(void **state)
{
	static const char head[] = J "\"vars\":{\"x\":";
	struct job job;
	struct fault fault;
	char text[8193] = "";

	for (size_t depth = 100; depth <= 4000; depth += 3900) {
		size_t len = strlen(head);
		memcpy(text, head, len);
		memset(text + len, '[', depth);
		memset(text + len + depth, ']', depth);
		memcpy(text + len + 2 * depth, "}}", 2);
		len += 2 * depth + 2;
		bool good = job_parse(text, len, &job, &fault);
		assert_int_equal(good, depth == 100);
		if (good)
			assert_int_equal(job.vars_len, 2 * depth + 6);
		else
			assert_string_equal(fault.hint, "nested too deeply");
		job_done(&job);
	}
}

/* --- where vars stands -------------------------------------------------------------------- */

static void test_vars(void **state)
{
	static const struct {
		const char *text, *vars;
	} rows[] = {
		{ J "\"vars\":{}}", "{}" },
		{ J "\"vars\" : \t{ \"a\" : 1 } , \"person\":\"p\"}", "{ \"a\" : 1 }" },
		{ "\n{\"vars\":\r\n{\"a\":[{}]},\"id\":\"1\",\"to\":\"0612000001\"}", "{\"a\":[{}]}" },
		{ J "\"vars\":{\"a\":\"}\\\"}\\\\\",\"b\":\"]{[\"}}",
		  "{\"a\":\"}\\\"}\\\\\",\"b\":\"]{[\"}" },
		{ "{\"id\":\"vars\\\":{}\",\"to\":\"0612000001\",\"vars\":{\"z\":0}}", "{\"z\":0}" },
		{ "{\"id\":\"1\",\"to\":\"0612000001\",\"person\":\"vars\",\"vars\":{\"vars\":{\"vars\":1}}}",
		  "{\"vars\":{\"vars\":1}}" },
		{ J "\"consent\":{\"form\":[\"vars\",\"{\"]},\"vars\":{\"a\":null}}", "{\"a\":null}" },
		{ J "\"v\\u0061rs\":{\"a\":-1.5e3}}", "{\"a\":-1.5e3}" }, /* an escape in the name */
		{ J "\"vars\":{\"é\":\"€ 😀\"}}", "{\"é\":\"€ 😀\"}" },
		{ J "\"person\":\"p\"}", "" },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job job;
		struct fault fault;
		char got[64];
		if (!job_parse(rows[i].text, strlen(rows[i].text), &job, &fault))
			fail_msg("%s: %s %s", rows[i].text, fault.field, fault.hint);
		snprintf(got, sizeof(got), "%.*s", (int)job.vars_len, rows[i].text + job.vars_at);
		assert_string_equal(got, rows[i].vars);
		job_done(&job);
	}
}

/* --- as it is stored ------------------------------------------------------------------------ */

static void test_stored(void **state)
{
	static const struct {
		const char *text, *json;
		int attempt;
	} rows[] = {
		{ "{}", "{}", 1 },
		{ "#attempt=2\t{}", "{}", 2 },
		{ "#attempt=1;u=x\t{}", "{}", 1 },
		{ "#attempt=12;u=1a2b3c\t{\"id\":\"\\t\"}", "{\"id\":\"\\t\"}", 12 },
		{ "#attempt=1000\t{}", "{}", 1000 },
		{ "#attempt=1001\t{}", "{}", 1 },
		{ "#attempt=99999999999999999999\t{}", "{}", 1 },
		{ "#attempt=0\t{}", "{}", 1 },
		{ "#attempt=-3\t{}", "{}", 1 },
		{ "#attempt=\t7", "7", 1 }, /* what comes behind the tab is the job */
		{ "#attempt= 7\t{}", "{}", 1 },
		{ "#attempts=7\t{}", "{}", 1 },
		{ "#\t{}", "{}", 1 },
		{ "#attempt=2", "#attempt=2", 1 },
		{ "\t#attempt=2\t{}", "\t#attempt=2\t{}", 1 },
		{ "#attempt=2\t", "", 2 },
		{ "", "", 1 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		/* Without a NUL behind it: nothing may be read there. */
		size_t len = strlen(rows[i].text);
		char got[64], *text = malloc(len + (len == 0));
		memcpy(text, rows[i].text, len);
		struct stored_job stored = stored_job_read(text, len);
		snprintf(got, sizeof(got), "%.*s", (int)stored.len, stored.json);
		assert_string_equal(got, rows[i].json);
		assert_int_equal(stored.attempt, rows[i].attempt);
		free(text);
	}
}

static void test_registry(void **state)
{
	static const struct {
		const char *text;
		int read, count;
		int64_t withdrawn_ms;
	} rows[] = {
		{ "{}", 1, 0, TIME_NONE },
		{ "{\"consents\":[" CONSENT "]}", 1, 1, TIME_NONE },
		{ "{\"consents\":[" CONSENT "," CONSENT "],\"withdrawn_ms\":1790000000000,"
		  "\"withdrawn_received_ms\":1790000000001}",
		  1, 2, INT64_C(1790000000000) },
		{ "{\"consents\":[{\"produkt\":1}," CONSENT "]}", 1, 1, TIME_NONE },
		{ "{\"consents\":{}}", 1, 0, TIME_NONE },
		{ "{\"withdrawn_ms\":1.5e12}", 1, 0, INT64_C(1500000000000) },
		/* What cannot be read was withdrawn for good. */
		{ "{\"withdrawn_ms\":\"yes\"}", 1, 0, INT64_MAX },
		{ "{\"withdrawn_ms\":null}", 1, 0, INT64_MAX },
		{ "{\"withdrawn_ms\":1e300}", 1, 0, INT64_MAX },
		{ "{\"withdrawn_ms\":-1.5}", 1, 0, INT64_MAX },
		{ "{\"withdrawn_ms\":0}", 1, 0, 0 },
		{ "{\"withdrawn_ms\":-9223372036854775808}", 1, 0, INT64_MAX },
		{ "[]", 0, 0, 0 },
		{ "", 0, 0, 0 },
		{ "{\"withdrawn_ms\":1,\"withdrawn_ms\":2}", 0, 0, 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct registry_record record;
		assert_int_equal(registry_parse(rows[i].text, strlen(rows[i].text), &record), rows[i].read);
		if (!rows[i].read)
			continue;
		assert_int_equal(record.count, rows[i].count);
		assert_int_equal(record.withdrawn_ms, rows[i].withdrawn_ms);
		registry_done(&record);
	}
}

/* The newest come first, and eight are kept. */
static void test_registry_of_many(void **state)
{
	static const char consent[] = CONSENT;
	char text[12 * sizeof(consent)] = "{\"consents\":[";
	struct registry_record record;

	for (int i = 0; i < 10; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i > 0 ? "," : "", consent);
	strcat(text, "]}");
	assert_int_equal(registry_parse(text, strlen(text), &record), 1);
	assert_int_equal(record.count, REGISTRY_CONSENTS_MAX);
	registry_done(&record);
}

/* --- anything at all ---------------------------------------------------------------------------- */

/* Bytes changed, lost and put in: no crash, and what is said stays in the text. */
static void test_mutations(void **state)
{
	static const char *const seeds[] = {
		WHOLE,
		J "\"vars\" : {\"a\":\"}\\\"}\\\\\",\"b\":[[{}],\"]\"]} , \"person\":\"p\"}",
		J "\"v\\u0061rs\":{\"a\":1},\"consent\":{\"form\":\"f\"}}",
	};
	static const char alphabet[] = "{}[]\",:\\u0 \tnte-+.9\x01\x7f\xc3\xe2";
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < 60000; i++) {
		const char *seed = seeds[i % (int)COUNT(seeds)];
		size_t len = strlen(seed);
		if (chance_range(&c, 0, 3) == 0)
			len = (size_t)chance_range(&c, 0, (int64_t)len);
		char *text = malloc(len + 1); /* exactly: a byte too far is seen */
		memcpy(text, seed, len);
		for (int64_t n = chance_range(&c, 1, 4); n > 0 && len > 0; n--)
			text[chance_range(&c, 0, (int64_t)len - 1)] =
			    chance_range(&c, 0, 1) == 0
				? alphabet[chance_range(&c, 0, (int64_t)sizeof(alphabet) - 2)]
				: (char)chance_range(&c, 0, 255);
		struct job job;
		struct fault fault;
		text = realloc(text, len > 0 ? len : 1);
		if (job_parse(text, len, &job, &fault)) {
			assert_in_range(job.vars_at + job.vars_len, 0, len);
			if (job.vars_len > 0)
				assert_int_equal(text[job.vars_at], '{');
			if (job.vars_len > 0)
				assert_int_equal(text[job.vars_at + job.vars_len - 1], '}');
		} else {
			assert_in_range(fault.position, 0, len);
			assert_int_equal(reason_verdict(fault.reason), VERDICT_INVALID);
			assert_string_not_equal(fault.hint, "");
		}
		job_done(&job);
		struct registry_record record;
		if (registry_parse(text, len, &record))
			registry_done(&record);
		stored_job_read(text, len);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_consent_options),
		cmocka_unit_test(test_bases),
		cmocka_unit_test(test_json_faults),
		cmocka_unit_test(test_field_faults),
		cmocka_unit_test(test_consent_faults),
		cmocka_unit_test(test_raw_nul),
		cmocka_unit_test(test_identity_of_a_bad_job),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_id_of_128_bytes),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_vars),
		cmocka_unit_test(test_stored),
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_registry_of_many),
		cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
