/* regime_diff.c - what a change of law changes; see regime_diff.h. */
#include "ctl/law/regime_diff.h"

#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/law/law_text.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

struct diff {
	bool french;
	char last[CIVIL_DATE_SIZE], first[CIVIL_DATE_SIZE]; /* day of the old law, day of the new */
	json_t *list, *same;                                /* what differs, and fields that do not */
};

static const struct regime *in_force(const struct rulebook *rb, int32_t day)
{
	for (size_t i = 0; i < rb->regime_count; i++)
		if (rb->regimes[i].from_day <= day && day < rb->regimes[i].to_day)
			return &rb->regimes[i];
	return NULL;
}

struct law_step law_step_at(const struct rulebook *rb, int32_t day)
{
	struct law_step step = { .day = day, .before = in_force(rb, day - 1), .after = in_force(rb, day) };

	step.binds_before_count = rulebook_regimes_on(rb, day - 1, step.binds_before);
	step.binds_on_count = rulebook_regimes_on(rb, day, step.binds_on);
	return step;
}

/* The beginning of a sentence. */
static const char *say(const struct diff *d, const char *english, const char *french)
{
	return lang_pick(d->french, english, french);
}

/* --- one difference ------------------------------------------------------------------ */

/* before and after as they stand in the rulebook, and as a person reads them. */
static void differ_shown(struct diff *d, const char *field, const char *subject, const char *const values[2],
                         const char *const shown[2])
{
	const char *none = lang_pick(d->french, "nothing", "rien");

	if (values[0] == values[1] ||
	    (values[0] != NULL && values[1] != NULL && strcmp(values[0], values[1]) == 0))
		return;
	const char *before = shown[0] != NULL ? shown[0] : none, *after = shown[1] != NULL ? shown[1] : none;
	const char *end = *after != '\0' && after[strlen(after) - 1] == '.' ? "" : ".";
	char *text = mem_format(d->french ? "%s : jusqu'au %s, %s ; à partir du %s, %s%s"
	                                  : "%s: until %s, %s; from %s on, %s%s",
	                        subject, d->last, before, d->first, after, end);

	json_array_append_new(d->list, print_pack("{s:s, s:s?, s:s?, s:s}", "field", field, "before",
	                                          values[0], "after", values[1], "text", text));
	free(text);
}

/* subject is the beginning of a sentence, in the language asked for: "The hours are". */
static void differ(struct diff *d, const char *field, const char *subject, const char *before,
                   const char *after)
{
	const char *const values[] = { before, after };
	const char *const shown[] = { before != NULL ? lang_say(d->french, before) : NULL,
		                      after != NULL ? lang_say(d->french, after) : NULL };

	differ_shown(d, field, subject, values, shown);
}

/* The same with a name in the field and the subject: "lists.%s.mode", "List %s". */
static void differ_named(struct diff *d, const char *field, const char *subject, const char *name,
                         const char *before, const char *after)
{
	size_t n = strcspn(field, "*");
	char *whole = mem_format("%.*s%s%s", (int)n, field, name, field + n + 1);
	const char *start = subject;
	char *said =
	    mem_format("%.*s%s%s", (int)strcspn(start, "*"), start, name, start + strcspn(start, "*") + 1);

	differ(d, whole, said, before, after);
	free(said);
	free(whole);
}

static void differ_int(struct diff *d, const char *field, const char *subject, int before, int after)
{
	char *a = before != 0 ? mem_format("%d", before) : NULL;
	char *b = after != 0 ? mem_format("%d", after) : NULL;

	differ(d, field, subject, a, b);
	free(a);
	free(b);
}

static void differ_bool(struct diff *d, const char *field, const char *subject, bool before, bool after)
{
	differ(d, field, subject, before ? "yes" : "no", after ? "yes" : "no");
}

/* --- the parts of a regime --------------------------------------------------------------- */

static void differ_hours(struct diff *d, const struct regime *a, const struct regime *b)
{
	char *values[] = { law_week_text(&a->week, false), law_week_text(&b->week, false) };
	char *shown[] = { law_week_text(&a->week, d->french), law_week_text(&b->week, d->french) };

	differ_shown(d, "hours", say(d, "The hours are", "Les horaires sont"), (const char *const *)values,
	             (const char *const *)shown);
	differ(d, "hours_article", say(d, "The hours rest on", "Les horaires reposent sur"), a->week_article,
	       b->week_article);
	differ(d, "holiday_article",
	       say(d, "The closing on holidays rests on", "La fermeture les jours fériés repose sur"),
	       a->holiday_article, b->holiday_article);
	for (size_t i = 0; i < 2; i++) {
		free(values[i]);
		free(shown[i]);
	}
}

static const struct list_rule *list_named(const struct regime *r, const char *name)
{
	for (size_t i = 0; i < r->list_count; i++)
		if (strcmp(r->lists[i].name, name) == 0)
			return &r->lists[i];
	return NULL;
}

static void differ_list(struct diff *d, const char *name, const struct list_rule *a,
                        const struct list_rule *b)
{
	char *age_a = a != NULL && a->max_age_days > 0 ? mem_format("%d", a->max_age_days) : NULL;
	char *age_b = b != NULL && b->max_age_days > 0 ? mem_format("%d", b->max_age_days) : NULL;

	differ_named(d, "lists.*.mode", say(d, "List * is", "La liste * est"), name,
	             a != NULL ? law_mode_name(a->mode) : "unused",
	             b != NULL ? law_mode_name(b->mode) : "unused");
	differ_named(d, "lists.*.max_age_days",
	             say(d, "List * may be that many days old", "Âge maximal de la liste *, en jours"), name,
	             age_a, age_b);
	differ_named(d, "lists.*.article", say(d, "List * rests on", "La liste * repose sur"), name,
	             a != NULL ? a->article : NULL, b != NULL ? b->article : NULL);
	free(age_a);
	free(age_b);
}

static void differ_lists(struct diff *d, const struct regime *a, const struct regime *b)
{
	for (size_t i = 0; i < a->list_count; i++)
		differ_list(d, a->lists[i].name, &a->lists[i], list_named(b, a->lists[i].name));
	for (size_t i = 0; i < b->list_count; i++)
		if (list_named(a, b->lists[i].name) == NULL)
			differ_list(d, b->lists[i].name, NULL, &b->lists[i]);
}

static char *words_text(char *const *words, size_t count)
{
	char *text = NULL;

	for (size_t i = 0; i < count; i++) {
		char *more = mem_format("%s%s%s", text != NULL ? text : "", i > 0 ? ", " : "", words[i]);

		free(text);
		text = more;
	}
	return text;
}

static void differ_consent(struct diff *d, const struct consent_rule *a, const struct consent_rule *b)
{
	const struct {
		const char *field, *text;
		char *const *before, *const *after;
		size_t before_count, after_count;
	} lists[] = {
		{ "consent.mentions", say(d, "Its form shows", "Son formulaire indique"), a->mentions,
		  b->mentions, a->mention_count, b->mention_count },
		{ "consent.bases", say(d, "It answers", "Il répond à"), a->bases, b->bases, a->base_count,
		  b->base_count },
		{ "consent.acts", say(d, "It is given by", "Il est donné par"), a->acts, b->acts,
		  a->act_count, b->act_count },
	};

	differ_bool(d, "consent.required", say(d, "A consent is needed", "Un consentement est exigé"),
	            a->required, b->required);
	differ(d, "consent.channel",
	       say(d, "A consent is for the channel", "Le consentement vaut pour le canal"), a->channel,
	       b->channel);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		char *before = words_text(lists[i].before, lists[i].before_count),
		     *after = words_text(lists[i].after, lists[i].after_count);

		differ(d, lists[i].field, lists[i].text, before, after);
		free(before);
		free(after);
	}
	differ_int(d, "consent.slot_minutes",
	           say(d, "A precise time that was asked for lasts that many minutes",
	               "Un horaire précis demandé dure, en minutes"),
	           a->slot_minutes, b->slot_minutes);
	differ_int(d, "consent.max_age_days",
	           say(d, "It lasts at most that many days", "Sa durée maximale, en jours"), a->max_age_days,
	           b->max_age_days);
	differ_bool(d, "consent.product_match",
	            say(d, "It must name the product", "Il doit nommer le produit"), a->product_match,
	            b->product_match);
	differ_bool(d, "consent.advertiser_match",
	            say(d, "It must name the advertiser", "Il doit nommer l'annonceur"), a->advertiser_match,
	            b->advertiser_match);
	differ_bool(d, "consent.proof_required", say(d, "A proof is needed", "Une preuve est exigée"),
	            a->proof_required, b->proof_required);
	differ(d, "consent.article", say(d, "The consent rests on", "Le consentement repose sur"), a->article,
	       b->article);
}

/* Sectors that change alike are told together. */
static void differ_sectors(struct diff *d, const struct regime *a, const struct regime *b, bool articles)
{
	struct row {
		const char *name, *before, *after;
	} *rows = mem_zero((a->sector_count + b->sector_count + 1) * sizeof(*rows));
	size_t count = 0;

	for (size_t i = 0; i < a->sector_count + b->sector_count; i++) {
		const struct sector_rule *s =
		    i < a->sector_count ? &a->sectors[i] : &b->sectors[i - a->sector_count];
		const struct sector_rule *x = NULL, *y = NULL;

		for (size_t k = 0; k < a->sector_count; k++)
			x = strcmp(a->sectors[k].name, s->name) == 0 ? &a->sectors[k] : x;
		for (size_t k = 0; k < b->sector_count; k++)
			y = strcmp(b->sectors[k].name, s->name) == 0 ? &b->sectors[k] : y;
		if (i >= a->sector_count && x != NULL)
			continue;
		rows[count++] = (struct row){ s->name,
			                      x == NULL  ? NULL
			                      : articles ? x->article
			                                 : law_sector_name(x),
			                      y == NULL  ? NULL
			                      : articles ? y->article
			                                 : law_sector_name(y) };
	}
	for (size_t i = 0; i < count; i++) {
		char *names = mem_copy(rows[i].name != NULL ? rows[i].name : "");

		for (size_t k = i + 1; k < count && rows[i].name != NULL; k++) {
			const char *u[] = { rows[i].before, rows[i].after },
				   *v[] = { rows[k].before, rows[k].after };
			bool same = rows[k].name != NULL;

			for (size_t w = 0; w < 2; w++)
				same = same && (u[w] == v[w] ||
				                (u[w] != NULL && v[w] != NULL && strcmp(u[w], v[w]) == 0));
			if (!same)
				continue;
			char *more = mem_format("%s, %s", names, rows[k].name);

			free(names);
			names = more;
			rows[k].name = NULL;
		}
		if (rows[i].name != NULL)
			differ_named(d, articles ? "sectors.*.article" : "sectors.*.status",
			             articles ? say(d, "Sectors * rest on", "Les secteurs * reposent sur")
			                      : say(d, "Sectors * are", "Les secteurs * sont"),
			             names, rows[i].before, rows[i].after);
		free(names);
	}
	free(rows);
}

/* --- holidays: they have years of their own ------------------------------------------------ */

enum holiday_change { STAYS, BEGINS, ENDS, UNKNOWN_FROM_NOW };

static enum holiday_change holiday_change(const struct holiday *h, int32_t day)
{
	int year = civil_from_days(day).year, eve = civil_from_days(day - 1).year;
	bool then = h->from_year <= year && year <= h->to_year;
	bool before = h->from_year <= eve && eve <= h->to_year;

	if (then != before)
		return then ? BEGINS : ENDS;
	return h->kind == HOLIDAY_LISTED && then && h->complete_until == day - 1 ? UNKNOWN_FROM_NOW : STAYS;
}

/* A holiday that changes in several territories is told once, for all of them. */
static void differ_holidays(struct diff *d, const struct rulebook *rb, int32_t day)
{
	for (size_t t = 0; t < rb->territory_count; t++)
		for (size_t i = 0; i < rb->territories[t].holiday_count; i++) {
			const struct holiday *h = &rb->territories[t].holidays[i];
			enum holiday_change change = holiday_change(h, day);
			uint32_t place = 0;
			char name[PLACE_NAME_SIZE];

			for (size_t u = 0; u < rb->territory_count && change != STAYS; u++)
				for (size_t k = 0; k < rb->territories[u].holiday_count; k++)
					if (strcmp(rb->territories[u].holidays[k].name, h->name) == 0 &&
					    holiday_change(&rb->territories[u].holidays[k], day) == change)
						place |= TERRITORY_BIT(u);
			/* The first of them tells it. */
			if (change == STAYS || (place & (TERRITORY_BIT(t) - 1)) != 0)
				continue;
			char *where = mem_format("%s, %s", h->name, place_name(rb, place, name));
			char *field =
			    mem_format("holidays.%s%s", h->name, change == UNKNOWN_FROM_NOW ? ".known" : "");
			char *subject =
			    mem_format("%s (%s)",
			               change == UNKNOWN_FROM_NOW
			                   ? say(d, "The dates are known (else the place is held)",
			                         "Les dates sont connues (sinon le lieu attend)")
			                   : say(d, "A holiday is kept", "Un jour férié est observé"),
			               where);

			differ_bool(d, field, subject, change != BEGINS, change == BEGINS);
			free(subject);
			free(field);
			free(where);
		}
}

/* The parts of which nothing but an article differs. */
static json_t *same_parts(const json_t *differences)
{
	static const char *const parts[] = { "hours", "holidays", "lists",  "consent",
		                             "cap",   "refusal",  "sectors" };
	json_t *same = json_array();

	for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++) {
		bool differs = false;

		for (size_t i = 0; i < json_array_size(differences); i++) {
			const char *field =
			    json_string_value(json_object_get(json_array_get(differences, i), "field"));
			size_t len = strlen(parts[p]);

			differs |= strncmp(field, parts[p], len) == 0 &&
			           (field[len] == '\0' || field[len] == '.') &&
			           strstr(field, "article") == NULL;
		}
		if (!differs)
			json_array_append_new(same, print_json_text(parts[p]));
	}
	return same;
}

json_t *law_differences(const struct rulebook *rb, const struct law_step *step, bool french,
                        json_t **ret_same)
{
	struct diff d = { .french = french, .list = json_array() };
	const struct regime *a = step->before, *b = step->after;

	civil_format_date(step->day - 1, d.last);
	civil_format_date(step->day, d.first);
	if (a != b && a != NULL && b != NULL) {
		differ(&d, "grade", say(&d, "How the text was read", "Comment le texte a été lu"), a->grade,
		       b->grade);
		differ_hours(&d, a, b);
		differ_lists(&d, a, b);
		differ_consent(&d, &a->consent, &b->consent);
		differ_int(&d, "cap.attempts",
		           say(&d, "Attempts that a person may get", "Tentatives permises par personne"),
		           a->cap.attempts, b->cap.attempts);
		differ_int(&d, "cap.days",
		           say(&d, "They are counted over that many days",
		               "Elles sont comptées sur tant de jours"),
		           a->cap.days, b->cap.days);
		differ(&d, "cap.article", say(&d, "The cap rests on", "Le plafond repose sur"),
		       a->cap.article, b->cap.article);
		differ_int(&d, "refusal.days",
		           say(&d, "Days of silence after a refusal", "Jours de silence après un refus"),
		           a->refusal_days, b->refusal_days);
		differ(&d, "refusal.article",
		       say(&d, "The silence after a refusal rests on",
		           "Le silence après un refus repose sur"),
		       a->refusal_article, b->refusal_article);
		differ_sectors(&d, a, b, false);
		differ_sectors(&d, a, b, true);
	} else if (a != b) {
		differ(&d, "law",
		       say(&d, "The law is known (else everything is held)",
		           "Le droit est connu (sinon tout attend)"),
		       a != NULL ? "yes" : "no", b != NULL ? "yes" : "no");
	}
	differ_holidays(&d, rb, step->day);
	*ret_same = same_parts(d.list);
	return d.list;
}

int32_t law_next_change(const struct rulebook *rb, int32_t after)
{
	int32_t next = INT32_MAX;

	for (size_t i = 0; i < rb->regime_count; i++) {
		const int32_t days[] = { rb->regimes[i].from_day, rb->regimes[i].to_day };

		for (size_t k = 0; k < 2; k++)
			if (days[k] > after && days[k] < next)
				next = days[k];
	}
	return next;
}
