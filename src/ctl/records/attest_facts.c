/* attest_facts.c - what an attestation rests on. */
#include "ctl/records/attest_facts.h"

#include "core/decide/decide.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/law/law_text.h"
#include "ctl/law/place_arg.h"
#include "ctl/query/stream_pages.h"
#include "ctl/records/attest.h"
#include "ctl/records/attest_check.h"
#include "ctl/records/export.h"
#include "ctl/sender/outcome.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERIES_MAX 100

static const char *text_of(const struct redis_reply *fields, const char *name)
{
	const char *text = reply_text(reply_field(fields, name), NULL);

	return text != NULL ? text : "";
}

static int64_t ms_of(const struct redis_reply *fields, const char *name)
{
	return reply_int(reply_field(fields, name), TIME_NONE);
}

static void count(json_t *counts, const char *name)
{
	json_t *value = json_integer(json_integer_value(json_object_get(counts, name)) + 1);

	json_object_set_new(counts, name, value);
}

/* The data are those of the export, line by line. */
static void add_line(struct attest *x, const char *kind, const struct redis_reply *entry, char last[64])
{
	json_t *line = archive_line(x->campaign, kind, entry);
	char *text = json_pool_text(line, JSON_COMPACT);

	crypto_hash_sha256_update(&x->sum, (const unsigned char *)text, strlen(text));
	crypto_hash_sha256_update(&x->sum, (const unsigned char *)"\n", 1);
	snprintf(last, 64, "%s", reply_text(reply_at(entry, 0), NULL));
	free(text);
	json_decref(line);
}

/* --- oppositions --------------------------------------------------------------------------- */

static bool take_opposition(void *arg, const struct redis_reply *entry)
{
	struct attest *x = arg;
	const struct redis_reply *fields = reply_at(entry, 1);
	const char *scope = text_of(fields, "scope"), *kind = text_of(fields, "kind");
	const char *number = text_of(fields, "number"), *event = text_of(fields, "event");
	const char *source = text_of(fields, "source"), *colon = strchr(scope, ':');
	struct attest_said said = { .platform = strcmp(scope, "opposition") == 0,
		                    .on = strcmp(kind, "opposed") == 0 };
	int64_t event_ms;

	if (!said.platform && (colon == NULL || !company_has(&x->company, colon + 1)))
		return true;
	said.number = number[0] == '+' ? strtoll(number + 1, NULL, 10) : 0;
	said.ms = reply_int(reply_field(fields, "received_ms"), stream_entry_ms(entry));
	if (civil_parse_instant(event, strlen(event), &event_ms) && event_ms < said.ms)
		said.delay_ms = said.ms - event_ms;
	if (strcmp(kind, "withdrawn") == 0) {
		x->withdrawals++;
		return true;
	}
	if (said.on && strncmp(source, "call:", 5) == 0 && strcmp(source + 5, x->campaign) == 0)
		x->in_calls++;
	x->said = mem_grow(x->said, &x->said_capacity, x->said_count, sizeof(*x->said));
	x->said[x->said_count++] = said;
	return true;
}

static int by_number(const void *one, const void *two)
{
	const struct attest_said *a = one, *b = two;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return a->ms < b->ms ? -1 : a->ms > b->ms;
}

/* Was there an opposition in force at the hand-over, or one that came while the job was out? */
static void check_opposition(struct attest *x, const char *to, int64_t taken_ms, int64_t done_ms)
{
	int64_t number = to[0] == '+' ? strtoll(to + 1, NULL, 10) : 0;
	size_t low = 0, high = x->said_count;
	bool in_force[2] = { false, false }, came = false;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (x->said[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < x->said_count && x->said[low].number == number; low++) {
		const struct attest_said *said = &x->said[low];

		if (said->ms < taken_ms)
			in_force[said->platform] = said->on;
		else if (said->on && said->ms < done_ms)
			came = true;
	}
	x->after_opposition += in_force[0] || in_force[1];
	x->out_already += came;
}

/* --- hours ------------------------------------------------------------------------------------ */

static bool in_slot(const struct attest *x, uint32_t place, int64_t slot_ms, int64_t first_ms,
                    int64_t last_ms)
{
	const struct zone *zones[1];
	const struct regime *regimes[REGIME_MAX];
	int32_t second, day = (int32_t)(slot_ms / DAY_MS);
	int minutes = 24 * 60;

	if (ctl_place_zones(x->rb, place, zones, 1) > 0)
		day = zone_local_date(zones[0], slot_ms, &second);
	size_t n = rulebook_regimes_on(x->rb, day, regimes);

	for (size_t i = 0; i < n; i++)
		if (regimes[i]->consent.slot_minutes < minutes)
			minutes = regimes[i]->consent.slot_minutes;
	return n > 0 && first_ms >= slot_ms && last_ms < slot_ms + minutes * INT64_C(60000);
}

/* It began between the hand-over and the report, and not after not_after: lawful if all of that
 * is. */
static void check_hours(struct attest *x, const struct redis_reply *fields, int64_t taken_ms, int64_t done_ms)
{
	const char *name = text_of(fields, "place"), *rule;
	int64_t last_ms = ms_of(fields, "not_after_ms"), slot_ms = ms_of(fields, "slot_ms"), close_ms;
	uint32_t place;

	if (last_ms == TIME_NONE || taken_ms == TIME_NONE ||
	    !place_parse(x->rb, name, strlen(name), &place)) {
		x->unjudged++;
		return;
	}
	x->places |= place;
	/* At not_after itself nothing may start. */
	last_ms = done_ms != TIME_NONE && done_ms < last_ms ? done_ms : last_ms - 1;
	if (last_ms < taken_ms)
		last_ms = taken_ms;
	if (window_next_close(x->rb, place, NULL, taken_ms, &close_ms) && last_ms < close_ms)
		return;
	if (slot_ms != TIME_NONE && in_slot(x, place, slot_ms, taken_ms, last_ms)) {
		x->in_slot++;
		return;
	}
	x->outside++;
	if (window_why(x->rb, place, NULL, taken_ms, &rule) == REASON_HOLIDAY ||
	    window_why(x->rb, place, NULL, last_ms, &rule) == REASON_HOLIDAY)
		x->on_holiday++;
}

/* --- calls and refusals -------------------------------------------------------------------------- */

/* What a proof is called before its first slash: the form or file that it belongs to. Without one it
 * may be anybody's own, which has no place here, nor has what looks like a number. */
static void count_proof(struct attest *x, const char *proof)
{
	size_t len = strcspn(proof, "/");
	char shown[SHOWN_SIZE];

	if (*proof == '\0') {
		x->without_proof++;
		return;
	}
	outcome_shown(proof, len, shown);
	bool named =
	    len < SHOWN_SIZE && proof[len] == '/' && strncmp(shown, proof, len) == 0 && shown[len] == '\0';
	char *series = mem_copy_len(proof, len);

	if (named && json_object_get(x->proofs, series) == NULL && json_object_size(x->proofs) >= SERIES_MAX)
		named = false;
	count(x->proofs, named ? series : "other");
	free(series);
}

static void count_rulebook(struct attest *x, const struct redis_reply *fields)
{
	size_t len = 0;
	const char *text = reply_text(reply_field(fields, "facts"), &len);
	json_t *facts = text != NULL ? json_loadb(text, len, 0, NULL) : NULL;
	const char *hash = json_string_value(json_object_get(facts, "hash"));
	const char *id = json_string_value(json_object_get(facts, "rulebook"));
	const char *version = json_string_value(json_object_get(facts, "version"));
	char *name = hash != NULL ? mem_format("%s %s %s", id != NULL ? id : "?",
	                                       version != NULL ? version : "?", hash)
	                          : mem_copy("?");

	count(x->rulebooks, name);
	free(name);
	json_decref(facts);
}

static bool take_done(void *arg, const struct redis_reply *entry)
{
	struct attest *x = arg;
	const struct redis_reply *fields = reply_at(entry, 1);
	int64_t taken_ms = ms_of(fields, "taken_ms"), done_ms = ms_of(fields, "done_ms");
	int64_t before = reply_int(reply_field(fields, "cap"), 0);

	add_line(x, "done", entry, x->last_done);
	x->records++;
	if (strcmp(text_of(fields, "outcome"), "not-placed") == 0) {
		x->not_placed++;
		return true;
	}
	x->calls++;
	if (taken_ms != TIME_NONE && (x->first_ms == TIME_NONE || taken_ms < x->first_ms))
		x->first_ms = taken_ms;
	if (taken_ms != TIME_NONE && (x->last_ms == TIME_NONE || taken_ms > x->last_ms))
		x->last_ms = taken_ms;
	x->most_before = before > x->most_before ? before : x->most_before;
	check_hours(x, fields, taken_ms, done_ms);
	check_opposition(x, text_of(fields, "to"), taken_ms, done_ms);
	count_proof(x, text_of(fields, "consent"));
	count_rulebook(x, fields);
	return true;
}

static bool take_refused(void *arg, const struct redis_reply *entry)
{
	struct attest *x = arg;
	const struct redis_reply *fields = reply_at(entry, 1);
	const char *code = text_of(fields, "reason");
	enum reason reason;

	add_line(x, "refused", entry, x->last_refused);
	x->refusals++;
	if (!reason_find(code, strlen(code), &reason))
		return true;
	const char *article = law_article(x->rb, reason, text_of(fields, "rule"), text_of(fields, "to"),
	                                  (int32_t)(stream_entry_ms(entry) / DAY_MS));

	if (json_object_get(x->articles, code) == NULL)
		json_object_set_new(x->articles, code, json_object());
	if (*article != '\0')
		count(json_object_get(x->articles, code), article);
	return true;
}

static void read_stream(struct attest *x, const char *part, stream_take *take)
{
	char key[KEY_SIZE], err[700];
	const char *prefix = x->ctl->conf.prefix;

	if (strcmp(part, "oppositions") == 0)
		key_global(prefix, part, key);
	else
		key_campaign(prefix, x->campaign, part, key);
	if (stream_walk(x->ctl, key, "-", take, x, err, sizeof(err)) < 0)
		ctl_fail(error_pick("nothing is attested of %s: %s", "rien n'est attesté de %s : %s"),
		         x->campaign, err);
}

/* It names them. */
static void must_be_there(const struct attest *x, const struct hash *hash, const char *what, const char *id)
{
	if (hash->fields.count == 0)
		ctl_fail(error_pick("nothing is attested of %s: %s %s is not declared any more",
		                    "rien n'est attesté de %s : %s %s n'est plus déclaré"),
		         x->campaign, what, id);
}

void attest_read(struct attest *x)
{
	const char *prefix = ctl_conf(x->ctl)->prefix, *source;
	char key[KEY_SIZE];

	hash_read(x->ctl, key_campaign(prefix, x->campaign, "def", key), &x->def);
	x->advertiser = hash_get(&x->def, "advertiser");
	if (x->advertiser == NULL)
		ctl_fail(error_pick("campaign %s has no definition any more: nothing can be attested",
		                    "la campagne %s n'a plus de définition : rien ne peut être attesté"),
		         x->campaign);
	source = hash_get(&x->def, "source");
	hash_read(x->ctl, key_of(prefix, "advertiser", x->advertiser, key), &x->of_advertiser);
	if (!company_read(&x->of_advertiser.fields, x->advertiser, &x->company))
		ctl_fail(
		    error_pick(
			"company of advertiser %s: expected ids of one company, its own among them",
			"company de l'annonceur %s : identifiants d'une même société attendus, le sien compris"),
		    x->advertiser);
	hash_read(x->ctl, key_of(prefix, "source", source != NULL ? source : "", key), &x->source);
	must_be_there(x, &x->of_advertiser, error_pick("the advertiser", "l'annonceur"), x->advertiser);
	must_be_there(x, &x->source, error_pick("the source", "la source"), source != NULL ? source : "");
	attest_check(x);
	crypto_hash_sha256_init(&x->sum);
	read_stream(x, "oppositions", take_opposition);
	if (x->said_count > 0)
		qsort(x->said, x->said_count, sizeof(*x->said), by_number);
	read_stream(x, "done", take_done);
	read_stream(x, "refused", take_refused);
	/* Last: what ended meanwhile is counted, and told as not on record. */
	hash_read(x->ctl, key_campaign(prefix, x->campaign, "stats", key), &x->stats);
	ctl_progress("", -1);
}
