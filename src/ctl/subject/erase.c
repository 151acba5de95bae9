/* erase.c - a person goes.
 *
 * First the consents are withdrawn: from then on nothing goes out on them, whatever happens to this
 * command. Then everything is read, and what may go is taken away, each in one step with what is
 * counted; and read again until nothing was found any more, since jobs move meanwhile. What the last
 * reading met is what is kept, and is told. */
#include "ctl/subject/erase.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/paper/words.h"
#include "ctl/subject/erase_logs.h"
#include "ctl/subject/person.h"

#include "core/job/job.h"
#include "core/time/civil.h"
#include "ctl/query/aof_rewrite.h"
#include "ctl/query/stream_pages.h"
#include "ctl/sender/outcome.h"
#include "ctl/subject/key_walk.h"
#include "ctl/subject/show.h"
#include "ctl/subject/subject.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PASSES_MAX 20
#define SETTLE_MAX "500"
#define ATTEMPTS_DAYS 31
#define PAST_DAYS 3

struct erasing {
	struct subject *s;
	json_t *gone;                   /* kind -> how many */
	json_t *kept;                   /* key -> {what, count, until, why}; of this reading */
	json_t *entries;                /* of streams, for the decision logs: see erase_logs_note() */
	json_t *other;                  /* keys that are none of ours; of this reading */
	int64_t removed, out, settling; /* of this reading */
};

/* --- what stays -------------------------------------------------------------------------- */

static void keep(struct erasing *x, const struct subject_hit *hit, const char *what, int64_t until_ms,
                 const char *why)
{
	json_t *entry = json_object_get(x->kept, hit->key);
	const char *known = json_string_value(json_object_get(entry, "until"));
	char until[CIVIL_INSTANT_SIZE] = "";

	if (entry == NULL) {
		entry = print_pack("{s:s,s:i,s:n,s:s}", "what", what, "count", 0, "until", "why", why);
		json_object_set_new(x->kept, hit->key, entry);
	}
	json_object_set_new(entry, "count",
	                    json_integer(json_integer_value(json_object_get(entry, "count")) + 1));
	if (until_ms != TIME_NONE)
		civil_format_instant(until_ms, until);
	if (*until != '\0' && (known == NULL || strcmp(until, known) > 0))
		json_object_set_new(entry, "until", print_json_text(until));
}

static void keep_consent(struct erasing *x, const struct subject_hit *hit)
{
	json_t *record = json_loadb(hit->value, hit->len, 0, NULL), *consent;
	const struct rulebook *rb = ctl_rulebook(x->s->ctl);
	int64_t until_ms = TIME_NONE, at_ms;
	bool proves = false;
	char why[200];
	size_t i;

	json_array_foreach(json_object_get(record, "consents"), i, consent)
	{
		const char *at = json_string_value(json_object_get(consent, "collected_at"));

		if (at == NULL || !civil_parse_instant(at, strlen(at), &at_ms))
			continue;
		proves = true;
		if (rb->proof_days > 0 && at_ms + rb->proof_days * DAY_MS > until_ms)
			until_ms = at_ms + rb->proof_days * DAY_MS;
	}
	if (rb->proof_days > 0)
		snprintf(
		    why, sizeof(why),
		    lang_pick(x->s->french,
		              "the proof is due for %d days (%.100s); it allows no call any more",
		              "la preuve est due pendant %d jours (%.100s) ; elle ne permet plus d'appel"),
		    rb->proof_days, rb->proof_article);
	else
		snprintf(why, sizeof(why), "%s",
		         lang_pick(x->s->french, "proofs are kept for ever; it allows no call any more",
		                   "les preuves sont conservées sans limite ; elle ne permet plus d'appel"));
	if (proves)
		keep(x, hit,
		     lang_pick(x->s->french, "proof of consent, withdrawn", "preuve de consentement, retiré"),
		     until_ms, why);
	else
		keep(x, hit, lang_pick(x->s->french, "withdrawal", "retrait"), TIME_NONE,
		     lang_pick(x->s->french, "so that no consent from before brings a call",
		               "afin qu'aucun consentement antérieur n'amène d'appel"));
	json_decref(record);
}

static void keep_attempts(struct erasing *x, const struct subject_hit *hit)
{
	int32_t newest = 0;
	json_t *dates = subject_dates(x->s->ctl, hit->value, hit->len, &newest);

	/* Those of a person are of the same calls. */
	bool own = strcmp(hit->id, x->s->phone.e164) == 0;

	if (own || json_object_get(x->kept, hit->key) == NULL)
		keep(x, hit, lang_pick(x->s->french, "attempts", "tentatives"),
		     (int64_t)(newest + ATTEMPTS_DAYS) * DAY_MS,
		     lang_pick(x->s->french, "they count for the cap (D223-9)",
		               "elles comptent pour le plafond (D223-9)"));
	if (own)
		json_object_set(json_object_get(x->kept, hit->key), "dates", dates);
	json_decref(dates);
}

static void keep_call(struct erasing *x, const struct subject_hit *hit)
{
	int days = x->s->ctl->conf.keep_done_days;
	int64_t at_ms = stream_entry_ms(hit->entry);

	keep(
	    x, hit, lang_pick(x->s->french, "calls on record", "appels enregistrés"),
	    days > 0 ? at_ms + days * DAY_MS : TIME_NONE,
	    lang_pick(
		x->s->french,
		"each call is accounted for: number, times, outcome, proof; no person, no variables",
		"chaque appel doit être justifié : numéro, heures, issue, preuve ; ni personne, ni variables"));
}

static void keep_other(struct erasing *x, const struct subject_hit *hit)
{
	char key[KEY_SIZE];

	switch (hit->kind) {
	case SUBJECT_DONE:
		keep_call(x, hit);
		break;
	case SUBJECT_OPPOSITION:
		keep(x, hit, lang_pick(x->s->french, "oppositions on record", "oppositions enregistrées"),
		     TIME_NONE,
		     lang_pick(x->s->french, "an opposition is kept, so that it is honoured",
		               "une opposition est conservée pour être respectée"));
		break;
	case SUBJECT_DATED:
		keep(
		    x, hit, "opposition", TIME_NONE,
		    lang_pick(
			x->s->french, "when the number or the person objected: it is honoured by both",
			"la date de l'opposition du numéro ou de la personne : elle vaut pour l'un et l'autre"));
		break;
	case SUBJECT_LIST:
		keep(x, hit, lang_pick(x->s->french, "on the list", "sur la liste"), TIME_NONE,
		     lang_pick(x->s->french, "an opposition is kept, so that it is honoured",
		               "une opposition est conservée pour être respectée"));
		break;
	case SUBJECT_PAST:
		keep(x, hit, lang_pick(x->s->french, "number of a token", "numéro d'un jeton"),
		     (strtoll(hit->part, NULL, 10) + PAST_DAYS) * DAY_MS,
		     lang_pick(x->s->french, "so that an opposition reported late is recorded",
		               "afin qu'une opposition rapportée tard soit enregistrée"));
		break;
	case SUBJECT_OUT:
	case SUBJECT_RECALL:
		keep(x, hit, lang_pick(x->s->french, "with a sender", "chez un émetteur"), TIME_NONE,
		     lang_pick(x->s->french, "a sender has a job of it", "un émetteur en détient une tâche"));
		break;
	case SUBJECT_OTHER:
		if (strcmp(hit->key, key_global(x->s->ctl->conf.prefix, "log:erase", key)) == 0) {
			keep(x, hit,
			     lang_pick(x->s->french, "asked of the decision logs",
			               "demandé aux journaux des décisions"),
			     TIME_NONE,
			     lang_pick(x->s->french, "until every licetd that keeps one has answered",
			               "jusqu'à la réponse de chaque licetd qui en tient un"));
			break;
		}
		json_array_append_new(x->other, print_json_text(hit->key));
		break;
	default:
		break;
	}
}

/* --- what goes ------------------------------------------------------------------------------ */

static struct redis_reply *erase_call(struct erasing *x, struct redis_args *a)
{
	struct redis_reply *reply = ask_call(x->s->ctl, a);

	args_done(a);
	return reply;
}

/* Returns how many went. Something of a wrong type stands in the way: it is told at the end. */
static int erase_hit(struct erasing *x, const struct subject_hit *hit)
{
	bool by_id = *hit->id != '\0' && hit->kind != SUBJECT_CONSENT && hit->kind != SUBJECT_ATTEMPTS;
	struct redis_args a;

	args_fcall(&a, "licet_erase", hit->key);
	args_add(&a, x->s->phone.e164);
	if (by_id)
		args_add(&a, hit->id);
	else if (hit->kind == SUBJECT_ATTEMPTS)
		for (size_t i = 0; i < x->s->persons.count; i++)
			args_add(&a, x->s->persons.list[i]);
	else if (hit->kind != SUBJECT_CONSENT)
		args_add_len(&a, hit->value, hit->len);
	if (hit->kind == SUBJECT_QUEUE || hit->kind == SUBJECT_HELD || hit->kind == SUBJECT_READY)
		args_add(&a, hit->near_tail ? "-1" : "1");
	struct redis_reply *reply = erase_call(x, &a);
	int64_t n = reply_int(reply, 0);

	if (reply_is_error(reply))
		json_array_append_new(x->s->limits, print_json_text(ask_error(reply)));
	reply_free(reply);
	const char *name = subject_kind_names[hit->kind];

	if (n > 0 && hit->kind != SUBJECT_CONSENT && hit->kind != SUBJECT_ATTEMPTS &&
	    hit->kind != SUBJECT_PAST)
		json_object_set_new(x->gone, name,
		                    json_integer(json_integer_value(json_object_get(x->gone, name)) + n));
	x->removed += n;
	return (int)n;
}

/* Does it tell the person as well? Number, advertiser and campaign stay. */
static bool past_has_person(const struct subject_hit *hit)
{
	return hit->len > 0 && hit->value[hit->len - 1] != '\t' && memchr(hit->value, '\t', hit->len) != NULL;
}

static int take_erased(void *arg, const struct subject_hit *hit)
{
	struct erasing *x = arg;

	subject_note(x->s, hit);
	switch (hit->kind) {
	case SUBJECT_QUEUE:
	case SUBJECT_HELD:
	case SUBJECT_LATER:
	case SUBJECT_READY:
	case SUBJECT_UNKNOWN:
	case SUBJECT_SEEN:
	case SUBJECT_SLOT:
	case SUBJECT_ERROR:
		return erase_hit(x, hit);
	case SUBJECT_REFUSED:
	case SUBJECT_INVALID:
		if (erase_hit(x, hit) == 0)
			return 0;
		erase_logs_note(x->s, hit, x->entries);
		return 1;
	case SUBJECT_SETTLE:
		x->settling++;
		return 0;
	case SUBJECT_LEASE:
		x->out++;
		return 0;
	case SUBJECT_RECALL:
		if (x->out == 0)
			return erase_hit(x, hit);
		break;
	case SUBJECT_PAST:
		if (past_has_person(hit))
			(void)erase_hit(x, hit);
		break;
	case SUBJECT_CONSENT:
		(void)erase_hit(x, hit);
		keep_consent(x, hit);
		return 0;
	case SUBJECT_ATTEMPTS:
		(void)erase_hit(x, hit);
		keep_attempts(x, hit);
		return 0;
	default:
		break;
	}
	keep_other(x, hit);
	return 0;
}

/* What was reported, or taken back, and not moved yet: as the daemon does it. */
static void settle_routes(struct erasing *x)
{
	struct ctl *ctl = x->s->ctl;
	char key[KEY_SIZE], first[80];
	struct names routes;

	names_read(ctl, key_global(ctl->conf.prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count; i++) {
		int64_t n;

		snprintf(first, sizeof(first), "-");
		do {
			struct redis_args a;

			args_fcall(&a, "licet_settle", key_settle(ctl->conf.prefix, routes.list[i], key));
			args_add_int(&a, ctl_now_ms(ctl));
			args_add(&a, first);
			args_add(&a, SETTLE_MAX);
			struct redis_reply *reply = erase_call(x, &a);

			n = reply_int(reply_at(reply, 0), 0);
			snprintf(first, sizeof(first), "(%s",
			         n > 0 ? reply_text(reply_at(reply, 1), NULL) : "");
			reply_free(reply);
		} while (n == strtoll(SETTLE_MAX, NULL, 10));
	}
	names_done(&routes);
}

/* From now on an old consent brings no call, not even one that a job brings again. */
static void withdraw_consents(struct erasing *x)
{
	const char *id;
	json_t *ignored;
	char key[KEY_SIZE];

	json_object_foreach(x->s->advertisers, id, ignored)
	{
		if (x->s->advertiser != NULL && !company_has(&x->s->company, id))
			continue;
		if (!id_is_valid(id, strlen(id)))
			continue;
		struct subject_hit hit = { .kind = SUBJECT_CONSENT, .id = "" };

		hit.key = key_of(x->s->ctl->conf.prefix, "consent", id, key);
		(void)erase_hit(x, &hit);
	}
}

/* Read and erase until there is nothing more. Returns false if it did not end. */
static bool erase_all(struct erasing *x)
{
	size_t persons, advertisers;

	subject_discover(x->s);
	/* Who is named has the consent withdrawn, even if nothing is left there that tells of one. */
	if (x->s->advertiser != NULL)
		json_object_set_new(x->s->advertisers, x->s->advertiser, json_null());
	for (int i = 0; i < PASSES_MAX; i++) {
		x->removed = x->out = x->settling = 0;
		json_object_clear(x->kept);
		json_array_clear(x->other);
		persons = x->s->persons.count;
		advertisers = json_object_size(x->s->advertisers);
		withdraw_consents(x);
		settle_routes(x);
		subject_walk(x->s, take_erased, x);
		/* Whoever comes to be known meanwhile is looked for, too. */
		if (x->removed == 0 && x->settling == 0 && persons == x->s->persons.count &&
		    advertisers == json_object_size(x->s->advertisers))
			return true;
	}
	return false;
}

/* --- telling ----------------------------------------------------------------------------------- */

static json_t *kept_list(const struct erasing *x)
{
	json_t *list = json_array(), *entry;
	const char *key;

	json_object_foreach(x->kept, key, entry)
	{
		json_object_set_new(entry, "key", print_json_text(key));
		json_array_append(list, entry);
	}
	return list;
}

static void note(json_t *notes, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void note(json_t *notes, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = mem_vformat(format, ap);

	va_end(ap);
	json_array_append_new(notes, print_json_text(text));
	free(text);
}

/* What a person has to know, as lines of their own. */
static void note_what_is_left(const struct erasing *x, bool ended, bool logs_done, json_t *notes)
{
	const json_t *value;
	size_t i;

	json_array_foreach(x->s->limits, i, value)
	{
		note(notes, "%s", json_string_value(value));
	}
	if (x->out > 0)
		note(
		    notes,
		    lang_pick(x->s->french,
		              "%" PRId64
		              " jobs of it are with a sender and cannot be erased: run it again when their "
		              "leases are over",
		              "%" PRId64
		              " tâches sont chez un émetteur et ne peuvent être effacées : relancez à la fin "
		              "de leur délai"),
		    x->out);
	if (x->settling > 0)
		note(notes,
		     lang_pick(x->s->french,
		               "%" PRId64 " reports about it could not be settled: see licet:errors",
		               "%" PRId64 " comptes rendus n'ont pu être rangés : voir licet:errors"),
		     x->settling);
	if (!logs_done)
		note(
		    notes, "%s",
		    lang_pick(
			x->s->french,
			"a decision log did not answer; its licetd erases the lines when it runs again",
			"un journal des décisions n'a pas répondu ; son licetd effacera les lignes dès qu'il fonctionnera"));
	if (!ended && x->settling == 0)
		note(notes, "%s",
		     lang_pick(x->s->french, "jobs of it keep coming: whoever queues them must stop first",
		               "des tâches arrivent encore : qui les dépose doit d'abord cesser"));
}

static json_t *everything(struct erasing *x, json_t *logs)
{
	return print_pack("{s:O,s:o,s:o,s:I,s:I,s:O,s:O}", "erased", x->gone, "kept", kept_list(x), "logs",
	                  logs, "out", (json_int_t)x->out, "settling", (json_int_t)x->settling,
	                  "unknown_keys", x->other, "limits", x->s->limits);
}

json_t *subject_erase(struct subject *s)
{
	struct erasing x = { .s = s,
		             .gone = json_object(),
		             .kept = json_object(),
		             .entries = json_object(),
		             .other = json_array() };
	bool logs_done;

	(void)ctl_conf(s->ctl);
	bool ended = erase_all(&x);
	json_t *logs = erase_logs_ask(s, x.entries, &logs_done);
	json_t *all = everything(&x, logs), *notes = json_array();
	bool done = ended && x.out == 0 && json_array_size(s->limits) == 0 && json_array_size(x.other) == 0 &&
	            logs_done;

	ctl_progress("", -1);
	note_what_is_left(&x, ended, logs_done, notes);
	json_object_set_new(all, "notes", notes);
	json_object_set_new(all, "done", json_boolean(done));
	json_decref(x.gone);
	json_decref(x.kept);
	json_decref(x.entries);
	json_decref(x.other);
	return all;
}
