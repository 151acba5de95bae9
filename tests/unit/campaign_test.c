#include "core/campaign/campaign.h"
#include "definition.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- faults -------------------------------------------------------------------------------- */

#define MALFORMED CAMPAIGN_FAULT_FIELD_MALFORMED
#define RATE "rate: expected a rate such as 5/s, 60/m, 300/h or 5000/d"
#define RETRY \
	"retry: expected outcomes and delays such as busy:30m no-answer:4h (1m to 30d; busy, no-answer, " \
	"voicemail, failed)"
#define AUTOMATA "caller_id is in no range for automata (Arcep 2022-1583, 2025-2215; CPCE L44)"

/* The first fault, whole; a row that must have more names how many. */
static const struct fault_row {
	const char *differs;
	enum campaign_fault fault;
	const char *text;
	size_t count; /* 0: one */
} fault_rows[] = {
	{ "d:*", CAMPAIGN_FAULT_FIELD_MISSING, "the campaign has no definition", 0 },
	{ "product", CAMPAIGN_FAULT_FIELD_MISSING, "product", 0 },
	{ "product=", CAMPAIGN_FAULT_FIELD_MISSING, "product", 0 },
	{ "advertiser", CAMPAIGN_FAULT_FIELD_MISSING, "advertiser", 0 },
	{ "purpose", CAMPAIGN_FAULT_FIELD_MISSING, "purpose", 0 },
	{ "sector", CAMPAIGN_FAULT_FIELD_MISSING, "sector", 0 },
	{ "delivery", CAMPAIGN_FAULT_FIELD_MISSING, "delivery", 0 },
	{ "message", CAMPAIGN_FAULT_FIELD_MISSING, "message", 0 },
	{ "message_seconds", CAMPAIGN_FAULT_FIELD_MISSING, "message_seconds", 0 },
	{ "synthetic_voice", CAMPAIGN_FAULT_FIELD_MISSING, "synthetic_voice", 0 },
	{ "caller_id", CAMPAIGN_FAULT_FIELD_MISSING, "caller_id", 0 },
	{ "source", CAMPAIGN_FAULT_FIELD_MISSING, "source", 0 },
	{ "route", CAMPAIGN_FAULT_FIELD_MISSING, "route", 0 },
	{ "status", CAMPAIGN_FAULT_FIELD_MISSING, "status", 0 },
	{ "prioritty=3", CAMPAIGN_FAULT_FIELD_UNKNOWN, "prioritty, did you mean priority?", 0 },
	{ "colour=red", CAMPAIGN_FAULT_FIELD_UNKNOWN, "colour", 0 },
	{ "a\nb=1", CAMPAIGN_FAULT_FIELD_UNKNOWN, "a?b", 0 },
	{ "a\x7f"
	  "b=1",
	  CAMPAIGN_FAULT_FIELD_UNKNOWN, "a?b", 0 },
	{ "\xff=1", CAMPAIGN_FAULT_FIELD_UNKNOWN, "?", 0 },
	{ "couleur préférée=1", CAMPAIGN_FAULT_FIELD_UNKNOWN, "couleur préférée", 0 },
	{ "123456789 123456789 123456789 123456789é=1", CAMPAIGN_FAULT_FIELD_UNKNOWN,
	  "123456789 123456789 123456789 123456789?", 0 },
	{ "advertiser=Acme", MALFORMED, "advertiser: expected an id such as acme-1 (a-z 0-9 . _ -)", 0 },
	{ "route=-main", MALFORMED, "route: expected an id such as acme-1 (a-z 0-9 . _ -)", 0 },
	{ "family=noël", MALFORMED, "family: expected an id such as acme-1 (a-z 0-9 . _ -)", 0 },
	{ "purpose=prospection", MALFORMED, "purpose: prospection, did you mean prospecting?", 0 },
	{ "purpose=x", MALFORMED, "purpose: expected one of prospecting, service", 0 },
	{ "delivery=voicemial", MALFORMED, "delivery: voicemial, did you mean voicemail?", 0 },
	{ "delivery=post", MALFORMED, "delivery: expected one of call, voicemail, both", 0 },
	{ "status=runing", MALFORMED, "status: runing, did you mean running?", 0 },
	{ "synthetic_voice=maybe", MALFORMED, "synthetic_voice: expected one of yes, no", 0 },
	{ "announces=identity commercial opt-out muzak", MALFORMED,
	  "announces: expected one of identity, commercial, opt-out, ai", 0 },
	{ "announces=identity commercial opt-out 12345678901234567890identity", MALFORMED,
	  "announces: expected one of identity, commercial, opt-out, ai", 0 },
	{ "message_seconds=0", MALFORMED, "message_seconds: expected a whole number from 1 to 600", 0 },
	{ "message_seconds=601", MALFORMED, "message_seconds: expected a whole number from 1 to 600", 0 },
	{ "message_seconds=25s", MALFORMED, "message_seconds: expected a whole number from 1 to 600", 0 },
	{ "message_seconds= 25", MALFORMED, "message_seconds: expected a whole number from 1 to 600", 0 },
	{ "priority=10", MALFORMED, "priority: expected a whole number from 0 to 9", 0 },
	{ "priority=-1", MALFORMED, "priority: expected a whole number from 0 to 9", 0 },
	{ "weight=0", MALFORMED, "weight: expected a whole number from 1 to 1000", 0 },
	{ "weight=99999999999999999999", MALFORMED, "weight: expected a whole number from 1 to 1000", 0 },
	{ "rate=5", MALFORMED, RATE, 0 },
	{ "rate=0/s", MALFORMED, RATE, 0 },
	{ "rate=-5/s", MALFORMED, RATE, 0 },
	{ "rate=1.5/s", MALFORMED, RATE, 0 },
	{ "rate=5/week", MALFORMED, RATE, 0 },
	{ "rate=5/", MALFORMED, RATE, 0 },
	{ "rate=1000001/s", MALFORMED, RATE, 0 },
	{ "rate=5/x", MALFORMED, RATE, 0 },
	{ "rate=99999999999999999999/s", MALFORMED, RATE, 0 },
	{ "r:location=FR|r:rate=fast", MALFORMED, "route's " RATE, 0 },
	{ "r:backlog=0", MALFORMED, "route's backlog: expected a whole number from 1 to 10000000", 0 },
	{ "r:lease_s=0", MALFORMED, "route's lease_s: expected a whole number from 1 to 86400", 0 },
	{ "r:ring_s=601", MALFORMED, "route's ring_s: expected a whole number from 0 to 600", 0 },
	{ "r:lead_s=x", MALFORMED, "route's lead_s: expected a whole number from 0 to 3600", 0 },
	{ "window=all day", MALFORMED,
	  "window: expected a day: mon, tue, wed, thu, fri, sat or sun at character 1 of \"all day\"", 0 },
	{ "window=", MALFORMED,
	  "window: expected a day: mon, tue, wed, thu, fri, sat or sun at character 1 of \"\"", 0 },
	{ "window=sat,sun 10:00-19:00", MALFORMED,
	  "window: no range of it is within the law and longer than the guard of 600 s", 0 },
	{ "window=mon-fri 13:00-14:00", MALFORMED,
	  "window: no range of it is within the law and longer than the guard of 600 s", 0 },
	{ "window=mon-fri 10:00-10:10", MALFORMED,
	  "window: no range of it is within the law and longer than the guard of 600 s", 0 },
	{ "start=2026-12-01", MALFORMED,
	  "start: expected an instant with its offset, such as 2026-12-24T18:00:00+01:00", 0 },
	{ "end=tomorrow", MALFORMED,
	  "end: expected an instant with its offset, such as 2026-12-24T18:00:00+01:00", 0 },
	{ "retry=busy", MALFORMED, RETRY, 0 },
	{ "retry=busy:", MALFORMED, RETRY, 0 },
	{ "retry=busy:m", MALFORMED, RETRY, 0 },
	{ "retry=busy:30", MALFORMED, RETRY, 0 },
	{ "retry=busy:30w", MALFORMED, RETRY, 0 },
	{ "retry=busy:3x0m", MALFORMED, RETRY, 0 },
	{ "retry=busy:3/0m", MALFORMED, RETRY, 0 },
	{ "retry=busy:-30m", MALFORMED, RETRY, 0 },
	{ "retry=busy:59s", MALFORMED, RETRY, 0 },
	{ "retry=busy:31d", MALFORMED, RETRY, 0 },
	{ "retry=busy:99999999999999999999d", MALFORMED, RETRY, 0 },
	{ "retry=bussy:30m", MALFORMED, RETRY, 0 },
	{ "retry=busy:30m,answered:4h", MALFORMED, RETRY, 0 },
	{ "retry=no-answr:30m busy", MALFORMED, RETRY, 2 },
	{ "retry_max=21", MALFORMED, "retry_max: expected a whole number from 0 to 20", 0 },
	{ "start=2026-12-01T00:00:00Z|end=2026-12-01T00:00:00Z", MALFORMED,
	  "end: expected an instant after start", 0 },
	{ "sector=retial", MALFORMED, "sector: retial, did you mean retail?", 0 },
	{ "sector=banking-of-blood", MALFORMED, "sector: banking-of-blood is not in the rulebook", 0 },
	{ "product=12345678901234567890123456789012345678901234567890123456789012345", MALFORMED,
	  "product: expected at most 64 bytes", 0 },
	{ "opt_out=+33805123456 key:12", MALFORMED, "opt_out: expected numbers (+33…) and key:0 to key:9",
	  0 },
	{ "opt_out=ask us|x", MALFORMED, "opt_out: expected numbers (+33…) and key:0 to key:9", 3 },
	{ "opt_out=+33805123456 key:x", MALFORMED, "opt_out: expected numbers (+33…) and key:0 to key:9", 0 },
	{ "opt_out=+33805123456 cle:9", MALFORMED, "opt_out: expected numbers (+33…) and key:0 to key:9", 0 },
	{ "a:name", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE, "name of advertiser acme is not set", 0 },
	{ "a:country=", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE, "country of advertiser acme is not set", 0 },
	{ "a:siren", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE, "siren of advertiser acme is not set", 0 },
	{ "a:siren=", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE, "siren of advertiser acme is not set", 0 },
	{ "a:siren=55210055", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
	  "siren of advertiser acme: expected nine digits", 0 },
	{ "a:siren=55210055A", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
	  "siren of advertiser acme: expected nine digits", 0 },
	{ "a:attempts_before=some", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
	  "attempts_before: expected none or imported", 0 },
	{ "a:*", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE, "name of advertiser acme is not set", 5 },
	{ "s:*", CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "source web-2026 is not known", 0 },
	{ "s:status=blocked", CAMPAIGN_FAULT_SOURCE_UNAPPROVED,
	  "status of source web-2026: expected approved", 0 },
	{ "s:status", CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "status of source web-2026: expected approved", 0 },
	{ "s:informed", CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "informed of source web-2026 is not set", 0 },
	{ "s:legal_basis=", CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "legal_basis of source web-2026 is not set",
	  0 },
	{ "sector=energy-saving", CAMPAIGN_FAULT_SECTOR_BANNED,
	  "energy-saving, even with consent (L223-1 al. 5 C. conso.)", 0 },
	{ "sector=cpf", CAMPAIGN_FAULT_SECTOR_BANNED, "cpf, even with consent (L6323-8-1 C. trav.)", 0 },
	{ "sector=insurance", CAMPAIGN_FAULT_SECTOR_UNAPPROVED,
	  "insurance waits for a rule of its own (no sector rule has been approved)", 0 },
	{ "caller_id=+33612000001|a:caller_ids=+33612000001", CAMPAIGN_FAULT_CALLER_ID_CLASS, AUTOMATA, 0 },
	{ "caller_id=+33140000001|a:caller_ids=+33140000001", CAMPAIGN_FAULT_CALLER_ID_CLASS, AUTOMATA, 0 },
	{ "caller_id=+33805123456|a:caller_ids=+33805123456", CAMPAIGN_FAULT_CALLER_ID_CLASS, AUTOMATA, 0 },
	{ "caller_id=0162001234|a:caller_ids=0162001234", CAMPAIGN_FAULT_CALLER_ID_CLASS,
	  "caller_id: expected an E.164 number of a range for automata", 0 },
	{ "caller_id=anonymous", CAMPAIGN_FAULT_CALLER_ID_CLASS,
	  "caller_id: expected an E.164 number of a range for automata", 0 },
	{ "caller_id=+33639000001|a:caller_ids=+33639000001", CAMPAIGN_FAULT_CALLER_ID_CLASS,
	  "caller_id: expected an E.164 number of a range for automata", 0 },
	{ "a:caller_ids", CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE, "caller_ids of advertiser acme is not set",
	  2 },
	{ "caller_id=+590598700001|a:caller_ids=+590598700001", CAMPAIGN_FAULT_CALLER_ID_CLASS,
	  "range +5905987 is accepted only once the operator confirmed it (a switch)", 0 },
	{ "a:caller_ids=+33162001235", CAMPAIGN_FAULT_CALLER_ID_UNAUTHORISED,
	  "caller_id is not among caller_ids of advertiser acme", 0 },
	{ "a:caller_ids=+331620012345", CAMPAIGN_FAULT_CALLER_ID_UNAUTHORISED,
	  "caller_id is not among caller_ids of advertiser acme", 0 },
	{ "opt_out", CAMPAIGN_FAULT_OPT_OUT_MISSING, "opt_out: expected a contact number (L34-5 CPCE al. 5)",
	  0 },
	{ "opt_out_at_seconds=16", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "opt_out_at_seconds: expected at most 15 (L34-5 CPCE al. 5)", 0 },
	{ "opt_out_at_seconds=12|message_seconds=12", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "opt_out_at_seconds: the message has ended after 12", 0 },
	{ "message_seconds=31", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "opt_out_at_seconds is missing: a message over 30 s must say it (L34-5 CPCE al. 5)", 0 },
	{ "announces=opt-out commercial identity", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: identity comes first (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "announces=commercial,identity opt-out", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: identity comes first (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "announces=opt-out identity|purpose=service|service_basis=delivery|a:service_approved=acme.noel",
	  CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: identity comes first (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "delivery=voicemail|announces=identity commercial", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: opt-out is missing (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "announces=identity|purpose=service|service_basis=delivery|a:service_approved=acme.noel",
	  CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: opt-out is missing (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "announces=opt-out|purpose=service|service_basis=delivery|a:service_approved=acme.noel",
	  CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: identity is missing (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "s:status=pending", CAMPAIGN_FAULT_SOURCE_UNAPPROVED,
	  "status of source web-2026: expected approved", 0 },
	{ "delivery=both|announces=identity commercial", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: opt-out is missing (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "delivery=voicemail|caller_id=+33612000001|a:caller_ids=+33612000001",
	  CAMPAIGN_FAULT_CALLER_ID_CLASS,
	  "caller_id is in no range for automata (Arcep 2022-1583, 2025-2215; CPCE L44)", 0 },
	{ "delivery=voicemail|caller_id=+33140000001|a:caller_ids=+33140000001",
	  CAMPAIGN_FAULT_CALLER_ID_CLASS,
	  "caller_id is in no range for automata (Arcep 2022-1583, 2025-2215; CPCE L44)", 0 },
	{ "delivery=voicemail|caller_id=+33162009999", CAMPAIGN_FAULT_CALLER_ID_UNAUTHORISED,
	  "caller_id is not among caller_ids of advertiser acme", 0 },
	{ "delivery=voicemail|opt_out=key:9", CAMPAIGN_FAULT_OPT_OUT_MISSING,
	  "opt_out: expected a contact number (L34-5 CPCE al. 5)", 0 },
	{ "opt_out_at_seconds=soon", MALFORMED, "opt_out_at_seconds: expected a whole number from 0 to 600",
	  0 },
	{ "opt_out=key:9", CAMPAIGN_FAULT_OPT_OUT_MISSING,
	  "opt_out: expected a contact number (L34-5 CPCE al. 5)", 0 },
	{ "opt_out=+33899000001", CAMPAIGN_FAULT_OPT_OUT_SURCHARGED,
	  "a number of class surcharged may cost more than the call (L34-5 CPCE al. 5)", 2 },
	{ "opt_out=+33805123456,3200", CAMPAIGN_FAULT_OPT_OUT_SURCHARGED,
	  "a number of class surcharged may cost more than the call (L34-5 CPCE al. 5)", 0 },
	{ "opt_out=+33805123456,+3220000001", CAMPAIGN_FAULT_OPT_OUT_SURCHARGED,
	  "a number of class foreign may cost more than the call (L34-5 CPCE al. 5)", 0 },
	{ "announces", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: identity is missing (L221-16 C. conso.; L34-5 CPCE)", 3 },
	{ "announces=identity,opt-out", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: commercial is missing (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "announces=identity commercial", CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
	  "announces: opt-out is missing (L221-16 C. conso.; L34-5 CPCE)", 0 },
	{ "synthetic_voice=yes", CAMPAIGN_FAULT_SYNTHETIC_UNDISCLOSED,
	  "synthetic_voice is yes and announces has no ai", 0 },
	{ "route=pbx-1", CAMPAIGN_FAULT_ROUTE_UNKNOWN, "route pbx-1 is not declared", 0 },
	{ "route=pbx-1|r:operator=x", CAMPAIGN_FAULT_ROUTE_LOCATION,
	  "location of route pbx-1: nothing is not where data may go (RGPD art. 44 to 49)", 0 },
	{ "route=pbx-1|r:location=US", CAMPAIGN_FAULT_ROUTE_LOCATION,
	  "location of route pbx-1: US is not where data may go (RGPD art. 44 to 49)", 0 },
	{ "purpose=service", CAMPAIGN_FAULT_SERVICE_UNDECLARED,
	  "purpose service needs service_basis, and acme.noel in service_approved of the advertiser", 0 },
	{ "purpose=service|service_basis=delivery 12", CAMPAIGN_FAULT_SERVICE_UNDECLARED,
	  "purpose service needs service_basis, and acme.noel in service_approved of the advertiser", 0 },
	{ "purpose=service|service_basis=|a:service_approved=acme.noel", CAMPAIGN_FAULT_SERVICE_UNDECLARED,
	  "purpose service needs service_basis, and acme.noel in service_approved of the advertiser", 0 },
	{ "purpose=service|a:service_approved=acme.noel", CAMPAIGN_FAULT_SERVICE_UNDECLARED,
	  "purpose service needs service_basis, and acme.noel in service_approved of the advertiser", 0 },
	{ "purpose=service|service_basis=x|a:service_approved=acme.noel2", CAMPAIGN_FAULT_SERVICE_UNDECLARED,
	  "purpose service needs service_basis, and acme.noel in service_approved of the advertiser", 0 },
};

static void test_faults(void **state)
{
	bool reached[CAMPAIGN_FAULT_COUNT] = { false };

	for (size_t i = 0; i < COUNT(fault_rows); i++) {
		const struct fault_row *row = &fault_rows[i];
		struct definition d;
		char all[2048];
		definition_sound(&d);
		definition_differ(&d, row->differs);
		const struct campaign *c = definition_read(*state, &d);
		size_t want = row->count > 0 ? row->count : 1;
		if (c->fault_count != want || c->faults[0].fault != row->fault ||
		    strcmp(c->faults[0].text, row->text) != 0)
			print_error("%s: %s\n", row->differs, campaign_faults_text(c, all, sizeof(all)));
		assert_int_equal(c->fault_count, want);
		assert_string_equal(campaign_fault_name(c->faults[0].fault), campaign_fault_name(row->fault));
		assert_string_equal(c->faults[0].text, row->text);
		reached[row->fault] = true;
	}
	for (int f = 0; f < CAMPAIGN_FAULT_COUNT; f++)
		if (!reached[f])
			fail_msg("no row has the fault %s", campaign_fault_name((enum campaign_fault)f));
}

/* A definition of nonsense names as many faults as there is room for, each on one line. */
static void test_many_faults(void **state)
{
	struct definition d;
	char text[4096], small[20];

	definition_sound(&d);
	definition_differ(&d, "d:*|a:*|s:*|x=1");
	const struct campaign *c = definition_read(*state, &d);
	assert_int_equal(c->status, CAMPAIGN_PAUSED);
	assert_in_range(c->fault_count, 10, CAMPAIGN_FAULTS_MAX);
	campaign_faults_text(c, text, sizeof(text));
	assert_null(strchr(text, '\n'));
	assert_non_null(strstr(text, "field-unknown: x; field-missing: advertiser; "));
	assert_string_equal(campaign_faults_text(c, small, sizeof(small)), "field-unknown: x; f");
	definition_sound(&d);
	for (int i = 0; i < 16; i++) {
		static const char *const names[] = { "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7",
			                             "y0", "y1", "y2", "y3", "y4", "y5", "y6", "y7" };
		definition_put(&d.def, names[i], "");
	}
	definition_differ(&d, "a:*|s:*|advertiser|message|delivery|caller_id|opt_out|announces|status");
	assert_int_equal(definition_read(*state, &d)->fault_count, CAMPAIGN_FAULTS_MAX);
}

/* --- what is good -------------------------------------------------------------------------- */

static void test_good(void **state)
{
	static const char *const rows[] = {
		"",
		"announces= identity,opt-out,  commercial",
		"announces= identity opt-out commercial",
		"announces=identity commercial opt-out ai|synthetic_voice=yes",
		"announces=identity commercial opt-out ai",
		"sector=telecom",
		"sector=other",
		"delivery=voicemail",
		"delivery=both",
		"product=été à la mer",
		"caller_id=+33949001234|a:caller_ids=+33162001234 +33949001234",
		"caller_id=+33949001234|a:caller_ids=+33162001234,+33949001234",
		"caller_id=+262947900001|a:caller_ids=+262947900001",
		"opt_out=+33805123456",
		"opt_out= +33805123456, key:9",
		"opt_out=key:# 0800 00 00 01|opt_out=+33800000001 key:#",
		"opt_out=key:*,+33162001234",
		"opt_out=0805123456,3000",
		"opt_out=+33140000001",
		"opt_out=+33612000001",
		"opt_out=+33806000001",
		"opt_out=+33940000001",
		"opt_out=116000",
		"opt_out_at_seconds=15",
		"message_seconds=30",
		"message_seconds=31|opt_out_at_seconds=0",
		"message_seconds=600|opt_out_at_seconds=15",
		"a:attempts_before=imported",
		"a:attempts_before", /* held as history-unknown, not rejected */
		"s:collected_by=broker",
		"route=pbx-1|r:location=DE|r:rate=10/s|r:backlog=50|r:status=open",
		"route=pbx-1|r:location=FR|r:status=running",
		"r:backlog=10",
		"start=2026-12-01T00:00:00+01:00|end=2026-12-24T18:00:00+01:00",
		"family=acme.winter",
		"family=",
		"window=mon-fri 10:30-12:00,17:00-19:30",
		"window=mon-sun 0:00-24:00",
		"window=sat 10:00-12:00; tue 9:00-11:00",
		"priority=9|weight=1000",
		"retry=busy:30m no-answer:4h,voicemail:30d  failed:60s|retry_max=20",
		"retry=",
		"purpose=service|service_basis=delivery|a:service_approved=x,acme.noel",
		"purpose=service|service_basis=delivery|a:service_approved=acme.noel|sector=energy-saving",
		"purpose=service|service_basis=delivery|a:service_approved=acme.noel|announces=identity opt-out",
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition d;
		char text[2048];
		definition_sound(&d);
		definition_differ(&d, rows[i]);
		if (definition_read(*state, &d)->fault_count > 0)
			fail_msg("%s: %s", rows[i], campaign_faults_text(&d.c, text, sizeof(text)));
	}
}

static void test_what_is_read(void **state)
{
	struct definition d;

	definition_sound(&d);
	const struct campaign *c = definition_read(*state, &d);
	assert_string_equal(c->id, "acme.noel");
	assert_string_equal(c->advertiser, "acme");
	assert_string_equal(c->source, "web-2026");
	assert_string_equal(c->route, "main");
	assert_string_equal(c->family, "");
	assert_string_equal(c->product, "toys");
	assert_string_equal(c->siren, "552100554");
	assert_int_equal(c->service, 0);
	assert_int_equal(c->third_party, 0);
	assert_int_equal(c->history_declared, 1);
	assert_int_equal(c->status, CAMPAIGN_RUNNING);
	assert_int_equal(c->priority, 5);
	assert_int_equal(c->weight, 1);
	assert_int_equal(c->message_seconds, 25);
	assert_int_equal(c->has_window, 0);
	assert_int_equal(c->start_ms, INT64_MIN);
	assert_int_equal(c->end_ms, INT64_MAX);
	assert_int_equal(c->backlog, 1000);
	assert_int_equal(c->lease_s, 900);
	assert_int_equal(c->ring_s, 45);
	assert_int_equal(c->lead_s, 0);
	assert_int_equal(c->route_open, 1);
	assert_int_equal(c->guard_s, 600);
	definition_sound(&d);
	definition_differ(&d, "status=paused|start=2026-12-01T00:00:00+01:00|end=2026-12-24T18:00:00+01:00|"
	                      "family=f|priority=0|s:collected_by=broker|a:attempts_before|"
	                      "window=mon 10:30-12:00|r:status=closed");
	c = definition_read(*state, &d);
	assert_int_equal(c->fault_count, 0);
	assert_int_equal(c->status, CAMPAIGN_PAUSED);
	assert_int_equal(c->start_ms, law_instant("2026-11-30T23:00:00Z"));
	assert_int_equal(c->end_ms, law_instant("2026-12-24T17:00:00Z"));
	assert_string_equal(c->family, "f");
	assert_int_equal(c->priority, 0);
	assert_int_equal(c->third_party, 1);
	assert_int_equal(c->history_declared, 0);
	assert_int_equal(c->has_window, 1);
	assert_int_equal(c->window.days[MONDAY].ranges[0].start_min, 630);
	assert_int_equal(c->route_open, 0);
	definition_sound(&d);
	definition_differ(&d, "status=stopped|purpose=service|service_basis=x|a:service_approved=acme.noel");
	c = definition_read(*state, &d);
	assert_int_equal(c->status, CAMPAIGN_STOPPED);
	assert_int_equal(c->service, 1);
}

static void test_rates(void **state)
{
	static const struct {
		const char *rate;
		int interval_us;
	} rows[] = {
		{ "rate=5/s", 200000 },       { "rate=60/m", 1000000 }, { "rate=300/h", 12000000 },
		{ "rate=5000/d", 17280000 },  { "rate=1000000/s", 1 },  { "weight=1", 0 },
		{ "rate=1/d", 86400000 * 1 }, { "rate=7/s", 142857 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition d;
		double scale = i == 6 ? 1 : 1000; /* a day in microseconds is no int */
		definition_sound(&d);
		definition_differ(&d, rows[i].rate);
		const struct campaign *c = definition_read(*state, &d);
		assert_int_equal(c->fault_count, 0);
		assert_int_equal((int)(c->interval_ms * scale), rows[i].interval_us);
		assert_int_equal((int)c->route_interval_ms, 0);
	}
	struct definition d;
	definition_sound(&d);
	definition_differ(&d, "r:rate=10/s");
	assert_int_equal((int)definition_read(*state, &d)->route_interval_ms, 100);
}

/* When a call that met one of these outcomes is tried again. */
static void test_retries(void **state)
{
	static const struct {
		const char *differs;
		int64_t busy_s, no_answer_s, voicemail_s, failed_s;
		int max;
	} rows[] = {
		{ "weight=1", 0, 0, 0, 0, 0 },
		{ "retry=", 0, 0, 0, 0, 0 },
		{ "retry=|retry_max=5", 0, 0, 0, 0, 5 },
		{ "retry=busy:30m", 1800, 0, 0, 0, 3 },
		{ "retry= busy:90s,  no-answer:4h voicemail:1m failed:30d|retry_max=20", 90, 14400, 60,
		  2592000, 20 },
		{ "retry=busy:30m busy:2h|retry_max=0", 7200, 0, 0, 0, 0 }, /* the last word counts */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition d;
		definition_sound(&d);
		definition_differ(&d, rows[i].differs);
		const struct campaign *c = definition_read(*state, &d);
		assert_int_equal(c->fault_count, 0);
		assert_int_equal(c->retry_ms[0], rows[i].busy_s * 1000);
		assert_int_equal(c->retry_ms[1], rows[i].no_answer_s * 1000);
		assert_int_equal(c->retry_ms[2], rows[i].voicemail_s * 1000);
		assert_int_equal(c->retry_ms[3], rows[i].failed_s * 1000);
		assert_int_equal(c->retry_max, rows[i].max);
	}
}

/* A canary without a breaker of its own has one at half of its calls. */
static void test_canary(void **state)
{
	static const struct {
		const char *differs;
		int canary, breaker_pct;
	} rows[] = {
		{ "weight=1", 0, 0 },
		{ "r:canary=100", 100, 50 },
		{ "r:canary=100|r:breaker_pct=20", 100, 20 },
		{ "r:breaker_pct=30", 0, 30 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition d;
		definition_sound(&d);
		definition_differ(&d, rows[i].differs);
		const struct campaign *c = definition_read(*state, &d);
		assert_int_equal(c->fault_count, 0);
		assert_int_equal(c->canary, rows[i].canary);
		assert_int_equal(c->breaker_pct, rows[i].breaker_pct);
	}
}

/* What a sender would see, a change of which withdraws what is ready, and what not. */
static void test_unseen(void **state)
{
	static const char *const unseen[] = { "status", "rate",      "priority", "weight", "concurrent",
		                              "retry",  "retry_max", "backlog",  "canary", "breaker_pct" };
	size_t count = 0;

	for (const char *const *field = campaign_def_fields; *field != NULL; field++)
		count += campaign_field_is_unseen(*field);
	assert_int_equal(count, 7); /* the three others are fields of a route */
	for (size_t i = 0; i < COUNT(unseen); i++)
		assert_int_equal(campaign_field_is_unseen(unseen[i]), 1);
	assert_int_equal(campaign_field_is_unseen("caller_id"), 0);
	assert_int_equal(campaign_field_is_unseen("rates"), 0);
	assert_int_equal(campaign_field_is_unseen(""), 0);
}

/* max(600 s, ring + message + lead + 60 s) */
static void test_guard(void **state)
{
	static const struct {
		const char *differs;
		int guard_s;
		int64_t p99_ms; /* measured between take and done */
	} rows[] = {
		{ "message_seconds=25", 600, 0 },
		{ "message_seconds=495|opt_out_at_seconds=10", 600, 0 },
		{ "message_seconds=496|opt_out_at_seconds=10", 601, 0 },
		{ "message_seconds=600|opt_out_at_seconds=10|r:ring_s=600|r:lead_s=3600", 4860, 0 },
		{ "message_seconds=25|r:ring_s=0|r:lead_s=600", 685, 0 },
		/* A route that is slow begins to stop earlier; one that is quick, no later. */
		{ "message_seconds=25", 600, 540999 },
		{ "message_seconds=25", 601, 541000 },
		{ "message_seconds=600|opt_out_at_seconds=10|r:ring_s=600", 1260, 541000 },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct definition d;
		definition_sound(&d);
		definition_differ(&d, rows[i].differs);
		d.options.route_p99_ms = rows[i].p99_ms;
		assert_int_equal(definition_read(*state, &d)->fault_count, 0);
		assert_int_equal(d.c.guard_s, rows[i].guard_s);
	}
}

/* Doubtful ranges count where the operator confirmed them: a switch. */
static void test_doubtful_caller_ids(void **state)
{
	struct definition d;

	for (int on = 0; on <= 1; on++) {
		definition_sound(&d);
		d.options.caller_id_doubtful = on;
		definition_differ(&d, "caller_id=+262268800001|a:caller_ids=+262268800001");
		assert_int_equal(definition_read(*state, &d)->fault_count, on ? 0 : 1);
		/* The switch lifts nothing else. */
		definition_differ(&d, "caller_id=+33612000001|a:caller_ids=+33612000001");
		assert_int_equal(definition_read(*state, &d)->fault_count, 1);
	}
}

/* --- ids ------------------------------------------------------------------------------------- */

static void test_ids(void **state)
{
	static const struct {
		const char *id;
		int valid;
	} rows[] = {
		{ "a", 1 },
		{ "acme.noel-2026_b", 1 },
		{ "0", 1 },
		{ "", 0 },
		{ "-a", 0 },
		{ ".a", 0 },
		{ "_a", 0 },
		{ "A", 0 },
		{ "a b", 0 },
		{ "a:b", 0 },
		{ "noël", 0 },
		{ "a\n", 0 },
		{ "a/b", 0 },
		{ "a{b}", 0 },
		{ "1234567890123456789012345678901234567890123456789012345678901234", 1 },
		{ "12345678901234567890123456789012345678901234567890123456789012345", 0 },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(id_is_valid(rows[i].id, strlen(rows[i].id)), rows[i].valid);
	assert_int_equal(id_is_valid("a\0b", 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults), cmocka_unit_test(test_many_faults),
		cmocka_unit_test(test_good),   cmocka_unit_test(test_what_is_read),
		cmocka_unit_test(test_rates),  cmocka_unit_test(test_retries),
		cmocka_unit_test(test_canary), cmocka_unit_test(test_unseen),
		cmocka_unit_test(test_guard),  cmocka_unit_test(test_doubtful_caller_ids),
		cmocka_unit_test(test_ids),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
