/* What holds for every number, place, instant, consent and fact. */
#include "chance.h"
#include "core/consent/consent.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "law.h"
#include "scene.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 12000

static const char *const numbers[] = {
	"+33140000001",  "+33388000001",  "+33382000001",  "+33612000001",  "+33940000001",  "+590590000001",
	"+590690000001", "+594694000001", "+596696000001", "+262692000001", "+262639000001", "+508410001",
	"0976000001",    "0939600001",    "+33639000001",  "3200",          "+3220000001",   "+687200001",
};
static const char *const postcodes[] = { "75011", "67000", "97400", "97600", "97133", "97150",
	                                 "97200", "97300", "97500", "98700", "99999" };

static int64_t random_instant(struct chance *c)
{
	int64_t ms =
	    chance_range(c, law_instant("2023-01-01T00:00:00Z"), law_instant("2030-12-31T00:00:00Z"));

	/* Often on an edge: a quarter of an hour, or a guard before it. */
	if (chance_range(c, 0, 1) == 0)
		ms = ms / 900000 * 900000 - chance_range(c, 0, 1) * 600000 - chance_range(c, 0, 1);
	return ms;
}

static const char *instant_text(int64_t ms, char buf[CIVIL_INSTANT_SIZE])
{
	return civil_format_instant(ms, buf);
}

/* A consent from a year and a half ago to a little ahead, mostly a sound one. */
static void random_consent(struct chance *c, json_t *consent, int64_t now_ms)
{
	static const char *const channels[] = { "live-voice", "sms" };
	char text[CIVIL_INSTANT_SIZE];
	int64_t collected_ms = now_ms - chance_range(c, -2, 500) * DAY_MS / 2;

	json_object_set_new(consent, "collected_at", json_string(instant_text(collected_ms, text)));
	if (chance_range(c, 0, 1) == 0)
		instant_text(collected_ms + chance_range(c, 0, 500) * DAY_MS, text);
	else
		civil_format_date((int32_t)(collected_ms / DAY_MS + chance_range(c, 0, 500)), text);
	json_object_set_new(consent, "until", json_string(text));
	if (chance_range(c, 0, 15) == 0)
		json_object_set_new(consent, "product", json_string("wine"));
	if (chance_range(c, 0, 15) == 0)
		json_object_set_new(consent, "channel", json_string(channels[chance_range(c, 0, 1)]));
	if (chance_range(c, 0, 15) == 0)
		json_array_remove(json_object_get(consent, "form"), (size_t)chance_range(c, 0, 4));
	if (chance_range(c, 0, 15) == 0)
		json_object_del(consent, "proof");
	if (chance_range(c, 0, 7) == 0)
		json_object_set_new(consent, "slot",
		                    json_string(
					instant_text(now_ms + chance_range(c, -20, 20) * 60000, text)));
}

static void random_job(struct chance *c, struct scene *s)
{
	char text[CIVIL_INSTANT_SIZE];
	int64_t now_ms = s->facts.now_ms;

	if (chance_range(c, 0, 2) == 0)
		json_object_set_new(s->job_json, "postcode",
		                    json_string(postcodes[chance_range(c, 0, COUNT(postcodes) - 1)]));
	if (chance_range(c, 0, 7) == 0)
		json_object_set_new(s->job_json, "not_before",
		                    json_string(
					instant_text(now_ms + chance_range(c, -10, 10) * 600000, text)));
	if (chance_range(c, 0, 7) == 0)
		json_object_set_new(s->job_json, "not_after",
		                    json_string(
					instant_text(now_ms + chance_range(c, -2, 100) * 600000, text)));
	random_consent(c, json_object_get(s->job_json, "consent"), now_ms);
	if (chance_range(c, 0, 15) == 0)
		json_object_del(s->job_json, "consent");
}

static void random_facts(struct chance *c, struct scene *s)
{
	static const char *const words[] = {
		"registry",
		"message_seconds=300; opt_out_at_seconds=10",
		"message_seconds=600; opt_out_at_seconds=10; r:ring_s=200",
		"r:lead_s=1800",
		"status=paused",
		"status=stopped",
		"window=mon-fri 10:30-12:00,17:00-19:30",
		"window=sat,tue,wed 9:00-19:00",
		"a:attempts_before",
		"a:gap_days=1",
		"sector=cpf",
		"s:collected_by=broker",
		"purpose=service; service_basis=x; a:service_approved=acme.noel",
	};
	int32_t today = (int32_t)(s->facts.now_ms / DAY_MS);

	if (chance_range(c, 0, 1) == 0)
		scene_differ(s, words[chance_range(c, 0, COUNT(words) - 1)]);
	for (int64_t n = chance_range(c, 0, 6); n > 0 && chance_range(c, 0, 1) == 0; n--) {
		int32_t day = today - (int32_t)chance_range(c, 0, 40);
		attempts_put(s->attempts + s->facts.attempts_len, day, chance_range(c, 0, 1) == 0);
		s->facts.attempts_len += 2;
	}
	if (chance_range(c, 0, 3) == 0)
		s->facts.lists_stale_ms = s->facts.now_ms + chance_range(c, -1, 100) * 60000;
}

static void random_scene(struct chance *c, const struct rulebook *rb, struct scene *s)
{
	scene_sound(s, rb, numbers[chance_range(c, 0, COUNT(numbers) - 1)], random_instant(c));
	random_facts(c, s);
	random_job(c, s);
}

/* --- what is released ------------------------------------------------------------------------ */

/* On a date, by every regime that binds then. */
static bool consent_stands_on(const struct scene *s, const struct consent *c, int32_t date, int64_t at_ms)
{
	const char *rule;
	int64_t end_ms;
	const struct regime *regimes[REGIME_MAX];
	size_t n = rulebook_regimes_on(s->rb, date, regimes);

	for (size_t i = 0; i < n; i++)
		if (consent_judge(&regimes[i]->consent, c, &s->definition.c, s->rb, s->dec.place, at_ms,
		                  &rule, &end_ms) != REASON_ALLOWED)
			return false;
	return n > 0;
}

/* The law of a day is that of the day where the callee is. */
static bool consent_stands(const struct scene *s, const struct consent *c, int64_t at_ms)
{
	int32_t second;

	for (size_t t = 0; t < s->rb->territory_count; t++)
		for (size_t z = 0;
		     (s->dec.place & TERRITORY_BIT(t)) != 0 && z < s->rb->territories[t].zone_count; z++)
			if (!consent_stands_on(
				s, c, zone_local_date(s->rb->territories[t].zones[z], at_ms, &second), at_ms))
				return false;
	return true;
}

static void check_release(const struct scene *s)
{
	const struct rulebook *rb = s->rb;
	const struct campaign *c = &s->definition.c;
	int64_t now_ms = s->facts.now_ms, last_ms = s->dec.not_after_ms - 1;
	int64_t end_ms = last_ms + (int64_t)c->guard_s * 1000;
	const struct week *own = c->has_window ? &c->window : NULL;
	bool by_job = s->job.has_consent && consent_stands(s, &s->job.consent, last_ms);
	bool by_registry = s->facts.registry != NULL && s->record.count > 0 &&
	                   consent_stands(s, &s->record.consents[0], last_ms);

	assert_in_range(last_ms, now_ms, INT64_MAX);
	bool in_slot = s->dec.slot_ms != TIME_NONE;
	if (in_slot) {
		/* The precise time that the person asked for, out of hours or not. */
		assert_in_range(now_ms, s->dec.slot_ms, s->dec.slot_ms + 15 * 60000 - 1);
		assert_in_range(last_ms, now_ms, s->dec.slot_ms + 15 * 60000 - 1 - c->lead_s * 1000);
	}
	for (size_t t = 0; t < rb->territory_count; t++) {
		if ((s->dec.place & TERRITORY_BIT(t)) == 0)
			continue;
		assert_int_equal(rb->territories[t].covered, 1);
		if (in_slot)
			continue;
		assert_int_equal(window_is_open(rb, TERRITORY_BIT(t), own, now_ms), 1);
		assert_int_equal(window_is_open(rb, TERRITORY_BIT(t), own, last_ms), 1);
		/* What starts at the last instant has ended when the window closes. */
		assert_int_equal(window_is_open(rb, TERRITORY_BIT(t), own, end_ms), 1);
	}
	if (!in_slot)
		assert_int_equal(window_is_open(rb, s->dec.place, own, now_ms + (int64_t)c->guard_s * 1000),
		                 1);
	assert_int_not_equal(s->dec.place, 0);
	assert_int_equal(s->dec.phone.territories == 0, 0);
	assert_int_equal(c->fault_count, 0);
	assert_int_equal(c->status, CAMPAIGN_RUNNING);
	assert_int_equal(by_job || by_registry || c->service, 1);
	assert_in_range(s->facts.lists_stale_ms, last_ms + 1, INT64_MAX);
	assert_in_range(c->end_ms, last_ms + 1, INT64_MAX);
	if (s->job.not_after_ms != TIME_NONE)
		assert_in_range(s->job.not_after_ms, last_ms + 1, INT64_MAX);
	if (s->job.not_before_ms != TIME_NONE)
		assert_in_range(now_ms, s->job.not_before_ms, INT64_MAX);
	assert_in_range(s->dec.cap_count, 0, 3);
}

static void test_releases(void **state)
{
	struct chance c;
	int released = 0;

	chance_init(&c);
	for (int i = 0; i < ROUNDS; i++) {
		struct scene s;
		random_scene(&c, *state, &s);
		const struct decision *dec = scene_decide(&s);
		if (dec->reason == REASON_ALLOWED) {
			check_release(&s);
			released++;
		} else if (reason_verdict(dec->reason) == VERDICT_HOLD && dec->until_ms != TIME_NONE) {
			assert_in_range(dec->until_ms, s.facts.now_ms + 1, INT64_MAX);
		}
		scene_done(&s);
	}
	assert_in_range(released, ROUNDS / 100, ROUNDS); /* the test has something to say */
}

/* --- what never is ------------------------------------------------------------------------------ */

/* One thing against it. */
static const char *const against[] = {
	"listed=opposition",
	"listed=opposition:acme",
	"listed=bloctel",
	"listed=anti-prospection",
	"duplicate",
	"cancelled",
	"halt=all",
	"halt=route:main",
	"lists=list-missing opposition",
	"lists=list-stale x",
	"lists=list-malformed x",
	"status=stopped",
	"brake=clock-doubt x",
	"brake=rate-limit campaign",
	"brake=redis-full x",
	"status=paused",
	"a:attempts_before",
	"a:siren",
	"stale=2023-01-01T00:00:00Z",
	"end=2022-12-31T00:00:00Z",
	"job.not_after=2022-12-31T00:00:00Z",
	"start=2031-01-01T00:00:00Z",
	"job.not_before=2031-01-01T00:00:00Z",
};

static void test_never(void **state)
{
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < ROUNDS; i++) {
		struct scene s;
		random_scene(&c, *state, &s);
		scene_differ(&s, against[i % (int)COUNT(against)]);
		if (scene_decide(&s)->reason == REASON_ALLOWED)
			fail_msg("released in spite of %s", against[i % (int)COUNT(against)]);
		scene_done(&s);
	}
}

/* What is against a job never helps it: a refusal or a hold stays one. */
static void test_more_against(void **state)
{
	static const char *const more[] = {
		"withdrawn=2022-01-01T00:00:00Z",
		"withdrawn=2030-12-31T00:00:00Z",
		"registry-unknown",
		"message_seconds=600",
		"person-attempts=2026-11-24 2026-11-24 2026-11-24 2026-11-24",
		"duplicate",
		"window=tue 11:00-12:00",
		"attempt", /* one more today */
	};
	struct chance c;

	chance_init(&c);
	for (int i = 0; i < ROUNDS; i++) {
		struct scene s;
		random_scene(&c, *state, &s);
		const char *word = more[i % (int)COUNT(more)];
		bool released = scene_decide(&s)->reason == REASON_ALLOWED;
		int32_t today = (int32_t)(s.facts.now_ms / DAY_MS);
		if (strcmp(word, "attempt") == 0) {
			attempts_put(s.attempts + s.facts.attempts_len, today, i % 2 == 0);
			s.facts.attempts_len += 2;
		} else if (!s.definition.c.has_window || strncmp(word, "window", 6) != 0) {
			scene_differ(&s, word); /* hours of its own would replace others */
		}
		if (scene_decide(&s)->reason == REASON_ALLOWED && !released)
			fail_msg("released because of %s", word);
		scene_done(&s);
	}
}

/* --- the guard --------------------------------------------------------------------------------- */

/* With 25 seconds the last releases are at 12:49:59.999 and 19:49:59.999 there. */
static void test_last_releases(void **state)
{
	static const char *const places[] = { "+33140000001", "+33612000001", "0692000001",
		                              "0639000001",   "0696000001",   "+508410001" };
	const struct rulebook *rb = *state;
	struct chance c;
	int checked = 0;

	chance_init(&c);
	for (int i = 0; i < 3000; i++) {
		struct scene s;
		int32_t date = (int32_t)chance_range(&c, law_date("2023-03-02"), law_date("2028-12-01"));
		int32_t minute = i % 2 == 0 ? 12 * 60 + 50 : 19 * 60 + 50;
		scene_sound(&s, rb, places[i % (int)COUNT(places)], 0);
		scene_differ(&s, "purpose=service; service_basis=x; a:service_approved=acme.noel");
		s.facts.now_ms = date * DAY_MS;
		uint32_t place = scene_decide(&s)->place;
		size_t t = 0;
		while ((place & TERRITORY_BIT(t)) == 0)
			t++;
		int64_t at_ms =
		    zone_date_start_ms(rb->territories[t].zones[0], date) + minute * INT64_C(60000);
		bool workday = civil_weekday(date) < SATURDAY && window_holiday_on(rb, place, date) == NULL;
		s.facts.now_ms = at_ms - 1;
		assert_int_equal(scene_decide(&s)->reason == REASON_ALLOWED, workday);
		if (workday)
			assert_int_equal(s.dec.not_after_ms, at_ms);
		s.facts.now_ms = at_ms;
		assert_int_not_equal(scene_decide(&s)->reason, REASON_ALLOWED);
		if (workday)
			assert_string_equal(reason_name(s.dec.reason), "window-closing");
		checked += workday;
		scene_done(&s);
	}
	assert_in_range(checked, 1500, 3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_releases),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_more_against),
		cmocka_unit_test(test_last_releases),
	};

	return cmocka_run_group_tests(tests, law_setup, law_teardown);
}
