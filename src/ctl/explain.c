/* explain: the daemon's own answer for one number. */
#include "core/civil.h"
#include "core/place.h"
#include "ctl/columns.h"
#include "ctl/facts.h"
#include "io/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRIES 12 /* looks ahead for the next lawful instant */

struct answer {
	struct ctl *ctl;
	const struct rulebook *rb;
	const char *campaign, *written; /* as they were typed */
	struct phone asked;             /* no E.164 form: it is no number */
	int64_t at_ms;
	bool now, french;
	struct campaign_facts *cf;
	struct found_job found;
	const char *used; /* which job was judged: "found", "given" or "none" */
	char *text;       /* of the job that was judged */
	struct job job;
	struct fault fault;
	bool sound;
	struct number_facts nf;
	struct brake brake;
	struct facts facts;
	struct decision dec;
	struct rulings rulings;
	int64_t next_ms;
};

/* --- the job ------------------------------------------------------------------------- */

/* --job may leave out id and to: the number was said already. */
static char *given_job(struct answer *a, const char *text)
{
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	char mask[PHONE_MASK_SIZE];
	struct phone named;

	if (!json_is_object(object)) {
		json_decref(object);
		return mem_copy(text); /* job_parse tells what is wrong with it */
	}
	const char *to = json_string_value(json_object_get(object, "to"));

	if (to != NULL && phone_normalise(a->rb, to, strlen(to), &named) &&
	    strcmp(named.e164, a->asked.e164) != 0)
		ctl_misuse(a->ctl, "--job is for another number than %s", phone_mask(a->asked.e164, mask));
	if (json_object_get(object, "to") == NULL)
		json_object_set_new(object, "to", json_string(a->written));
	if (json_object_get(object, "id") == NULL)
		json_object_set_new(object, "id", json_string("explain"));
	char *made = json_dumps(object, JSON_COMPACT);

	json_decref(object);
	return made != NULL ? made : mem_copy(text);
}

static char *bare_job(const char *id, const char *to)
{
	json_t *object = json_pack("{s:s,s:s}", "id", *id != '\0' ? id : "explain", "to", to);
	char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return text != NULL ? text : mem_copy("{}");
}

static void choose_job(struct answer *a, const char *given)
{
	a->used = "none";
	if (given != NULL) {
		a->used = "given";
		a->text = given_job(a, given);
	} else if (a->found.text != NULL) {
		a->used = "found";
		a->text = mem_copy_len(a->found.text, a->found.len);
	} else {
		a->text = bare_job(a->found.id, a->written);
	}
	a->sound = job_parse(a->text, strlen(a->text), &a->job, &a->fault);
	if (a->sound)
		return;
	/* The other rules are told all the same, for the number alone. */
	struct fault ignored;
	char *bare = bare_job("", a->written);

	job_done(&a->job);
	free(a->text);
	a->text = bare;
	job_parse(a->text, strlen(a->text), &a->job, &ignored);
}

/* --- the decision ----------------------------------------------------------------------- */

/* The attempt that a released job was counted as is its own. */
static size_t without_own(uint8_t *value, size_t len, int32_t day)
{
	for (size_t i = len; i >= 2; i -= 2)
		if ((value[i - 2] << 8 | value[i - 1]) == (day & 0xffff)) {
			memmove(value + i - 2, value + i, len - i);
			return len - 2;
		}
	return len;
}

static bool is_out(const char *where)
{
	return strcmp(where, "ready") == 0 || strcmp(where, "taken") == 0 || strcmp(where, "unknown") == 0 ||
	       strcmp(where, "done") == 0;
}

static void read_facts(struct answer *a)
{
	bool has_job = strcmp(a->used, "none") != 0 || a->found.id[0] != '\0';
	bool own = has_job && (strcmp(a->used, "given") != 0 || strcmp(a->found.id, a->job.id) == 0);

	number_facts_read(a->ctl, a->cf, a->asked.e164, a->job.person, has_job ? a->job.id : NULL, &a->nf);
	if (own && (is_out(a->found.where) || a->found.attempt > 1))
		a->nf.marked = false;
	if (own && a->found.own_day != INT32_MIN) {
		a->nf.attempts_len = without_own(a->nf.attempts, a->nf.attempts_len, a->found.own_day);
		a->nf.person_attempts_len =
		    without_own(a->nf.person_attempts, a->nf.person_attempts_len, a->found.own_day);
	}
}

static void fill_facts(struct answer *a)
{
	a->facts = (struct facts){
		.now_ms = a->at_ms,
		.campaign = &a->cf->c,
		.halt_scope = a->cf->halt_scope,
		.lists = a->cf->lists,
		.lists_rule = a->cf->lists_rule,
		.lists_stale_ms = a->cf->lists_stale_ms,
		.brake = a->brake.reason,
		.brake_rule = a->brake.rule,
		.brake_until_ms = a->brake.until_ms,
		.duplicate = a->nf.marked,
		.cancelled = a->nf.cancelled,
		.listed_on = a->nf.listed_on,
		.registry_unknown = a->nf.registry_unknown,
		.registry = a->nf.has_registry ? &a->nf.registry : NULL,
		.attempts = a->nf.attempts,
		.person_attempts = a->nf.person_attempts,
		.attempts_len = a->nf.attempts_len,
		.person_attempts_len = a->nf.person_attempts_len,
	};
}

/* The first instant at which every rule says yes, if nothing but time passes;
 * TIME_NONE if time alone will not do. */
static int64_t next_lawful(const struct answer *a)
{
	struct place_views *views = mem_zero(sizeof(*views));
	struct facts facts = a->facts;
	int64_t ret_ms = TIME_NONE;
	struct decision dec;

	place_views_init(views, a->rb, a->cf->views.own);
	facts.lists_stale_ms = INT64_MAX; /* lists are refreshed meanwhile */
	for (int i = 0; i < TRIES && ret_ms == TIME_NONE; i++) {
		if (i > 0)
			facts.brake = REASON_ALLOWED;
		decide(views, &a->job, &facts, &dec, NULL);
		if (dec.reason == REASON_ALLOWED)
			ret_ms = facts.now_ms;
		else if (reason_verdict(dec.reason) == VERDICT_HOLD && dec.until_ms != TIME_NONE &&
		         dec.until_ms > facts.now_ms)
			facts.now_ms = dec.until_ms;
		else
			break;
	}
	free(views);
	return ret_ms;
}

static void decide_all(struct answer *a)
{
	read_facts(a);
	/* What is ready already needs no room and no rate. */
	bool released = is_out(a->found.where);

	brake_read(a->ctl, a->cf, a->now, &a->brake);
	if (released && (a->brake.reason == REASON_ROUTE_FULL || a->brake.reason == REASON_RATE_LIMIT))
		a->brake = (struct brake){ .reason = REASON_ALLOWED, .rule = "", .until_ms = TIME_NONE };
	fill_facts(a);
	decide(&a->cf->views, &a->job, &a->facts, &a->dec, &a->rulings);
	a->next_ms = a->sound ? next_lawful(a) : TIME_NONE;
	if (!a->sound) {
		a->dec.reason = a->fault.reason;
		a->dec.rule = a->fault.field;
		a->dec.hint = a->fault.hint;
		a->dec.until_ms = TIME_NONE;
	}
}

/* --- output ------------------------------------------------------------------------------ */

static const char *meaning(const struct answer *a, enum reason reason)
{
	return a->french ? reason_text_fr(reason) : reason_text(reason);
}

static json_t *json_ruling(const struct answer *a, const struct ruling *r)
{
	json_t *object = json_object();

	json_object_set_new(object, "rule", json_string(r->name));
	json_object_set_new(object, "verdict", json_string(verdict_name(reason_verdict(r->reason))));
	json_object_set_new(object, "reason", json_string(reason_name(r->reason)));
	json_object_set_new(object, "detail", json_string(r->rule));
	json_object_set_new(object, "article", json_string(r->article));
	json_object_set_new(object, "until", ctl_json_time(r->until_ms));
	json_object_set_new(object, "text", json_string(meaning(a, r->reason)));
	return object;
}

/* The first rule of all: can it be read as a job? */
static struct ruling job_ruling(const struct answer *a)
{
	return (struct ruling){ "job", a->sound ? REASON_ALLOWED : a->fault.reason,
		                a->sound ? "" : a->fault.field, "", TIME_NONE };
}

static const char *masked_number(const struct answer *a, char mask[PHONE_MASK_SIZE])
{
	return phone_mask(a->dec.phone.e164[0] != '\0' ? a->dec.phone.e164 : a->written, mask);
}

static json_t *json_rulebook(const struct rulebook *rb)
{
	return json_pack("{s:s,s:s,s:s,s:s}", "id", rb->id, "version", rb->version, "hash", rb->hash,
	                 "approved_by", rb->approved_by);
}

static void json_answer(const struct answer *a)
{
	const struct decision *dec = &a->dec;
	char mask[PHONE_MASK_SIZE], name[PLACE_NAME_SIZE];
	uint32_t place = dec->place != 0 ? dec->place : dec->phone.territories;
	json_t *object = json_object(), *rules = json_array();
	struct ruling job = job_ruling(a);

	json_object_set_new(object, "verdict", json_string(verdict_name(reason_verdict(dec->reason))));
	json_object_set_new(object, "reason", json_string(reason_name(dec->reason)));
	json_object_set_new(object, "until", ctl_json_time(dec->until_ms));
	json_object_set_new(object, "job", json_string(a->found.where));
	json_object_set_new(object, "job_id",
	                    a->found.id[0] != '\0' ? json_string(a->found.id) : json_null());
	json_object_set_new(object, "job_detail", json_string(a->found.detail));
	json_object_set_new(object, "judged", json_string(a->used));
	json_object_set_new(object, "search_gave_up", json_boolean(a->found.gave_up));
	json_object_set_new(object, "to", json_string(masked_number(a, mask)));
	json_object_set_new(object, "campaign", json_string(a->campaign));
	json_object_set_new(object, "place", json_string(place_name(a->rb, place, name)));
	json_object_set_new(object, "zones", ctl_json_zones(a->rb, place));
	json_object_set_new(object, "next_lawful", ctl_json_time(a->next_ms));
	json_object_set_new(object, "not_after",
	                    ctl_json_time(dec->reason == REASON_ALLOWED ? dec->not_after_ms : TIME_NONE));
	json_object_set_new(object, "rule", json_string(dec->rule));
	json_object_set_new(object, "hint", json_string(dec->hint));
	json_object_set_new(object, "text", json_string(meaning(a, dec->reason)));
	json_object_set_new(object, "rulebook", json_rulebook(a->rb));
	json_object_set_new(object, "at", ctl_json_time(a->at_ms));
	json_array_append_new(rules, json_ruling(a, &job));
	for (size_t i = 0; i < a->rulings.count; i++)
		json_array_append_new(rules, json_ruling(a, &a->rulings.list[i]));
	json_object_set_new(object, "rules", rules);
	ctl_print_json(object);
}

static const struct zone *first_zone(const struct answer *a)
{
	const struct zone *zones[8];
	uint32_t place = a->dec.place != 0 ? a->dec.place : a->dec.phone.territories;

	return ctl_place_zones(a->rb, place, zones, 8) > 0 ? zones[0] : NULL;
}

/* "Mon 28 Dec 2026 10:00 Europe/Paris, 2026-12-28T09:00:00Z" */
static void print_instant(const struct answer *a, int64_t ms)
{
	char local[LOCAL_SIZE], utc[CIVIL_INSTANT_SIZE];
	const struct zone *zone = first_zone(a);

	if (zone != NULL)
		printf("%s %s, ", local_text(zone, ms, local), zone_name(zone));
	fputs(civil_format_instant(ms, utc), stdout);
}

static void add_ruling(struct columns *table, const struct answer *a, const struct ruling *r)
{
	static const char *const marks[] = {
		[VERDICT_RELEASE] = "✓", [VERDICT_INVALID] = "✗", [VERDICT_REFUSE] = "✗", [VERDICT_HOLD] = "…"
	};
	char utc[CIVIL_INSTANT_SIZE];
	bool yes = r->reason == REASON_ALLOWED;

	columns_addf(table, "%s %s", marks[reason_verdict(r->reason)], r->name);
	columns_add(table, yes ? "" : verdict_name(reason_verdict(r->reason)));
	columns_add(table, yes ? "" : reason_name(r->reason));
	columns_add(table, r->rule);
	columns_add(table, r->until_ms == TIME_NONE ? "" : civil_format_instant(r->until_ms, utc));
	columns_add(table, r->article);
}

static void print_job(const struct answer *a)
{
	const struct found_job *f = &a->found;
	bool fr = a->french;

	if (strcmp(f->where, "none") == 0) {
		fputs(fr ? "tâche : aucune pour ce numéro" : "job: none for this number", stdout);
	} else {
		printf("%s %s", fr ? "tâche :" : "job:", f->where);
		if (f->id[0] != '\0')
			printf(", id %s", f->id);
		if (f->detail[0] != '\0')
			printf(" (%s)", f->detail);
	}
	if (f->gave_up)
		printf(fr ? "; recherche arrêtée après %d entrées" : "; the search gave up after %d entries",
		       FIND_MAX);
	if (strcmp(a->used, "given") == 0)
		fputs(fr ? "; jugé : celle de --job" : "; judged: the one of --job", stdout);
	else if (strcmp(a->used, "none") == 0)
		fputs(fr ? "; jugé sur le seul registre" : "; judged by the registry alone", stdout);
	puts("");
}

static void print_sentence(const struct answer *a)
{
	static const char *const english[] = { [VERDICT_RELEASE] = "Yes, now",
		                               [VERDICT_INVALID] = "Never: no sound job",
		                               [VERDICT_REFUSE] = "No",
		                               [VERDICT_HOLD] = "Not now" };
	static const char *const french[] = { [VERDICT_RELEASE] = "Oui, maintenant ",
		                              [VERDICT_INVALID] = "Jamais, tâche incorrecte ",
		                              [VERDICT_REFUSE] = "Non ",
		                              [VERDICT_HOLD] = "Pas maintenant " };
	const struct decision *dec = &a->dec;
	enum verdict verdict = reason_verdict(dec->reason);
	bool fr = a->french;

	printf("\n%s%s: %s, %s", a->ctl->colour ? "\033[1m" : "", (fr ? french : english)[verdict],
	       reason_name(dec->reason), meaning(a, dec->reason));
	if (dec->rule[0] != '\0')
		printf(" (%s)", dec->rule);
	if (dec->hint[0] != '\0')
		printf(fr ? " ; %s" : "; %s", dec->hint);
	if (dec->until_ms != TIME_NONE) {
		fputs(fr ? " ; jusqu'à " : "; until ", stdout);
		print_instant(a, dec->until_ms);
	}
	if (verdict == VERDICT_RELEASE) {
		fputs(fr ? " ; aucun appel à partir de " : "; no call may start from ", stdout);
		print_instant(a, dec->not_after_ms);
	}
	if (verdict == VERDICT_HOLD && a->next_ms != TIME_NONE && a->next_ms != dec->until_ms) {
		fputs(fr ? " ; premier instant licite " : "; next lawful instant ", stdout);
		print_instant(a, a->next_ms);
	}
	puts(a->ctl->colour ? ".\033[0m" : ".");
}

static void print_answer(const struct answer *a)
{
	char mask[PHONE_MASK_SIZE], name[PLACE_NAME_SIZE];
	uint32_t place = a->dec.place != 0 ? a->dec.place : a->dec.phone.territories;
	struct ruling job = job_ruling(a);
	struct columns table;

	printf("%s  %s  %s\n", a->campaign, masked_number(a, mask), place_name(a->rb, place, name));
	fputs(a->french ? "le " : "at ", stdout);
	print_instant(a, a->at_ms);
	printf("\n%s %s %s%s\n", a->french ? "règles :" : "rulebook", a->rb->id, a->rb->version,
	       a->rb->approved_by[0] != '\0' ? ""
	       : a->french                   ? " (non signées)"
	                                     : " (unsigned)");
	print_job(a);
	puts("");
	columns_init(&table, a->french ? "règle|verdict|raison|détail|jusqu'à|article"
	                               : "rule|verdict|reason|detail|until|article");
	add_ruling(&table, a, &job);
	for (size_t i = 0; i < a->rulings.count; i++)
		add_ruling(&table, a, &a->rulings.list[i]);
	columns_print(&table, a->ctl->colour);
	print_sentence(a);
}

static int run_explain(struct ctl *ctl, int argc, char **argv)
{
	const char *at = NULL, *given = NULL, *lang = "en";
	const struct ctl_option options[] = { { "--at", &at, NULL },
		                              { "--job", &given, NULL },
		                              { "--lang", &lang, NULL },
		                              { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options, 2, 2);
	bool french = strcmp(lang, "fr") == 0;

	if (!french && strcmp(lang, "en") != 0)
		ctl_misuse(ctl, "--lang must be en or fr");
	struct answer *a = mem_zero(sizeof(*a));

	a->ctl = ctl;
	a->french = french;
	a->campaign = argv[1];
	a->written = argv[2];
	a->at_ms = at != NULL ? ctl_read_time(ctl, "--at", at) : 0;
	a->rb = ctl_rulebook(ctl);
	ask_campaign(ctl, a->campaign);
	a->now = at == NULL;
	if (a->now)
		a->at_ms = ctl_now_ms(ctl);
	a->cf = facts_read(ctl, a->campaign, a->at_ms);
	phone_normalise(a->rb, a->written, strlen(a->written), &a->asked);
	job_find(ctl, a->campaign, a->asked.e164, &a->found);
	choose_job(a, given);
	decide_all(a);
	if (ctl->json)
		json_answer(a);
	else
		print_answer(a);
	enum verdict verdict = reason_verdict(a->dec.reason);

	number_facts_done(&a->nf);
	job_done(&a->job);
	found_done(&a->found);
	facts_free(a->cf);
	free(a->text);
	free(a);
	return verdict == VERDICT_REFUSE || verdict == VERDICT_INVALID ? 1 : 0;
}

const struct command ctl_explain_commands[] = {
	{ .name = "explain",
	  .usage = "CAMPAIGN NUMBER [--at T] [--job JSON] [--lang en|fr]",
	  .summary = "why a number is, or is not, called: every rule, as licetd judges it",
	  .needs_redis = true,
	  .run = run_explain,
	  .details =
	      "The number's job is looked for where it may be, and its consent and address are used.\n"
	      "Exit 1 where it is refused, 0 where it may go or waits.\n"
	      "  --at T      as if it were that instant, RFC 3339; lists and attempts are those of now\n"
	      "  --job JSON  judge this job instead; id and to may be left out\n" },
	{ 0 },
};
