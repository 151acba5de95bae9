/* scene.h - a job that may go out, of which a test changes one thing or two.
 *
 * The sound scene is definition_sound(), a job with a sound consent, lists in
 * order and nothing in its way. Changes stand between ";":
 *
 *   a change of definition.h      status=paused, a:siren=…, window=mon-fri 10:00-12:00
 *   job.FIELD=text                job.postcode=67000
 *   consent=none, consent.FIELD=text, consent.FIELD=    form=a,b,c
 *   registry, registry.FIELD=text a record with a sound consent
 *   withdrawn=INSTANT             in that record, which has no consent if not said
 *   registry-unknown, duplicate, cancelled
 *   halt=SCOPE, listed=LIST, lists=REASON LIST, stale=INSTANT
 *   opposed=INSTANT, opposed-in-call=INSTANT  to the advertiser, said then
 *   attempt=N, slot-used
 *   attempts=DAY DAY…, person-attempts=DAY DAY…   DAY* reached the person
 *   brake=REASON RULE, brake-until=INSTANT */
#ifndef LICET_TEST_SCENE_H
#define LICET_TEST_SCENE_H

#include "core/decide/decide.h"
#include "definition.h"
#include "table.h"

struct scene {
	const struct rulebook *rb;
	struct definition definition;
	json_t *job_json, *record_json;
	const char *record_raw; /* what stands in the registry in its place; NULL: that */
	char words[1024];       /* of all changes: what they set points here */
	size_t words_used;
	char date[CIVIL_DATE_SIZE];
	struct job job;
	struct fault fault;
	struct registry_record record;
	struct facts facts;
	struct opposition_fact opposition;
	uint8_t attempts[64], person_attempts[64];
	struct place_views views;
	struct decision dec;
	struct rulings rulings; /* of the same scene, every rule judged */
};

/* Nothing stands in the way; no campaign yet. */
struct facts scene_facts(int64_t now_ms);
/* number: perhaps with a postcode behind a space. Release with scene_done(). */
void scene_sound(struct scene *s, const struct rulebook *rb, const char *number, int64_t now_ms);
void scene_differ(struct scene *s, const char *differs);

/* Parse the job and decide, twice: with and without a trace, which must agree. A job
 * that is none gives its fault as the reason, with the field as the rule. */
const struct decision *scene_decide(struct scene *s);
/* A row: label, number, instant, what differs, reason, rule and "until". Returns the
 * reason. */
enum reason scene_check_row(const struct table_row *row, const struct rulebook *rb);
void scene_done(struct scene *s);

#endif
