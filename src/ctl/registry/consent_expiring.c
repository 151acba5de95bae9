/* consent_expiring.c - see consent_expiring.h. Each consent is judged as licetd judges it: one that is unfit already
 * lapses no more. Of a number's consents in the registry the one that lasts longest counts. */
#include "ctl/registry/consent_expiring.h"

#include "core/campaign/campaign.h"
#include "core/consent/consent.h"
#include "core/consent/form.h"
#include "core/text/shown.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/waiting_jobs.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORM_NAME 72
#define FORMS_MAX 64

/* So many of a form lapse on a day. */
struct lapse {
	char form[FORM_NAME]; /* "": the mentions stand in the consent itself */
	int32_t day;
	int64_t waiting, registry;
};

struct expiring {
	struct ctl *ctl;
	struct campaign_facts *cf;
	const struct rulebook *rb;
	const struct zone *zone; /* of the days that are told: that of the first territory */
	int64_t now_ms, until_ms;
	struct lapse *list;
	size_t count, capacity;
	int64_t waiting, registry, unfit,
	    unread; /* looked at; of the registry: fit for no call, not readable */
	struct {
		char id[FORM_NAME];
		struct consent_form form;
	} * forms;
	size_t form_count;
};

/* --- one consent ------------------------------------------------------------------------------ */

static const struct consent_form *form_of(struct expiring *x, const char *id)
{
	char key[KEY_SIZE];
	struct hash hash;

	for (size_t i = 0; i < x->form_count; i++)
		if (strcmp(x->forms[i].id, id) == 0)
			return &x->forms[i].form;
	if (!id_is_valid(id, strlen(id)) || x->form_count == FORMS_MAX)
		return NULL;
	hash_read(x->ctl, key_of(ctl_conf(x->ctl)->prefix, "form", id, key), &hash);
	snprintf(x->forms[x->form_count].id, FORM_NAME, "%s", id);
	form_read(&hash.fields, &x->forms[x->form_count].form);
	hash_done(&hash);
	return &x->forms[x->form_count++].form;
}

/* When it ends; TIME_NONE: it allows no call. */
static int64_t end_of(struct expiring *x, struct consent *c, uint32_t place)
{
	const struct regime *regimes[REGIME_MAX];
	int32_t second, today = zone_local_date(x->zone, x->now_ms, &second);
	size_t n = rulebook_regimes_on(x->rb, today, regimes);
	int64_t end_ms = INT64_MAX;

	if (c->form_id != NULL)
		c->form = form_of(x, c->form_id);
	for (size_t i = 0; i < n; i++) {
		const char *rule;
		int64_t one_ms;

		if (consent_judge(&regimes[i]->consent, c, &x->cf->sit.c, x->rb, place, x->now_ms, &rule,
		                  &one_ms) != REASON_ALLOWED)
			return TIME_NONE;
		end_ms = one_ms < end_ms ? one_ms : end_ms;
	}
	return end_ms;
}

static struct lapse *lapse_of(struct expiring *x, const char *form, int64_t end_ms)
{
	int32_t second, day = zone_local_date(x->zone, end_ms, &second);
	char name[FORM_NAME];

	snprintf(name, sizeof(name), "%.64s", form != NULL ? form : "");
	for (size_t i = 0; i < x->count; i++)
		if (x->list[i].day == day && strcmp(x->list[i].form, name) == 0)
			return &x->list[i];
	x->list = mem_grow(x->list, &x->capacity, x->count, sizeof(*x->list));
	struct lapse *l = &x->list[x->count++];

	*l = (struct lapse){ .day = day };
	memcpy(l->form, name, sizeof(name));
	return l;
}

static bool is_soon(const struct expiring *x, int64_t end_ms)
{
	return end_ms != TIME_NONE && end_ms < x->until_ms;
}

/* --- what waits --------------------------------------------------------------------------------- */

static void count_waiting(struct expiring *x)
{
	struct waiting *w = waiting_open(x->ctl, x->cf);
	struct waiting_job *jobs;
	size_t count;

	while ((jobs = waiting_next(w, &count)) != NULL)
		for (size_t i = 0; i < count; i++) {
			struct waiting_job *j = &jobs[i];

			if (!j->sound)
				continue;
			x->waiting++;
			if (!j->job.has_consent || j->phone.territories == 0)
				continue;
			int64_t end_ms = end_of(x, &j->job.consent, j->phone.territories);

			if (is_soon(x, end_ms))
				lapse_of(x, j->job.consent.form_id, end_ms)->waiting++;
		}
	waiting_close(w);
}

/* --- the registry ------------------------------------------------------------------------------- */

static void count_record(struct expiring *x, const char *number, const char *text, size_t len)
{
	struct registry_record record;
	struct phone phone;
	const char *hint, *form = NULL;
	int64_t latest_ms = TIME_NONE;

	x->registry++;
	if (!registry_parse(text, len, &record)) {
		x->unread++;
		return;
	}
	bool callable = phone_parse(x->rb, number, strlen(number), &phone, &hint) == REASON_ALLOWED;

	for (size_t i = 0; callable && i < record.count; i++) {
		struct consent *c = &record.consents[i];
		int64_t end_ms = record.withdrawn_ms != TIME_NONE && c->collected_ms <= record.withdrawn_ms
		                     ? TIME_NONE
		                     : end_of(x, c, phone.territories);

		if (end_ms != TIME_NONE && (latest_ms == TIME_NONE || end_ms > latest_ms)) {
			latest_ms = end_ms;
			form = c->form_id;
		}
	}
	x->unfit += latest_ms == TIME_NONE;
	if (is_soon(x, latest_ms))
		lapse_of(x, form, latest_ms)->registry++;
	registry_done(&record);
}

static void count_registry(struct expiring *x)
{
	char key[KEY_SIZE], cursor[CURSOR_SIZE] = "0";

	key_of(ctl_conf(x->ctl)->prefix, "consent", x->cf->sit.c.advertiser, key);
	do {
		struct redis_reply *reply = ask_page(x->ctl, key, cursor);
		const struct redis_reply *pairs;

		if (reply_is_error(reply))
			ask_fail(x->ctl, "HSCAN", key, reply);
		pairs = reply_at(reply, 1);
		for (size_t i = 0; i + 1 < reply_count(pairs); i += 2) {
			size_t len;
			const char *number = reply_text(reply_at(pairs, i), NULL),
				   *text = reply_text(reply_at(pairs, i + 1), &len);

			if (number != NULL && text != NULL)
				count_record(x, number, text, len);
		}
		reply_free(reply);
		ctl_progress(x->cf->sit.c.advertiser, x->registry);
	} while (strcmp(cursor, "0") != 0);
	ctl_progress("", -1);
}

/* --- what is said --------------------------------------------------------------------------------- */

static int by_form_and_day(const void *a, const void *b)
{
	const struct lapse *p = a, *q = b;
	int form = strcmp(p->form, q->form);

	return form != 0 ? form : (p->day > q->day) - (p->day < q->day);
}

static void say_json(const struct expiring *x, const char *campaign, int days)
{
	json_t *all = json_array();

	for (size_t i = 0; i < x->count; i++)
		json_array_append_new(all,
		                      print_pack("{s:o,s:o,s:I,s:I}", "form",
		                                 x->list[i].form[0] != '\0' ? print_json_text(x->list[i].form)
		                                                            : json_null(),
		                                 "day", ctl_json_date(x->list[i].day), "waiting",
		                                 (json_int_t)x->list[i].waiting, "registry",
		                                 (json_int_t)x->list[i].registry));
	ctl_print_json(print_pack("{s:s,s:s,s:i,s:I,s:I,s:I,s:I,s:o}", "campaign", campaign, "advertiser",
	                          x->cf->sit.c.advertiser, "days", days, "waiting", (json_int_t)x->waiting,
	                          "registry", (json_int_t)x->registry, "unfit", (json_int_t)x->unfit,
	                          "unreadable", (json_int_t)x->unread, "lapse", all));
}

static void say_text(const struct expiring *x, const char *campaign, int days)
{
	struct columns table;
	int64_t waiting = 0, registry = 0;
	char date[CIVIL_DATE_SIZE];

	columns_init(&table, error_pick("form|lapses on|waiting|registry",
	                                "formulaire|expire le|en attente|registre"));
	for (size_t i = 0; i < x->count; i++) {
		columns_add(&table, x->list[i].form[0] != '\0'
		                        ? x->list[i].form
		                        : error_pick("(not registered)", "(non enregistré)"));
		columns_add(&table, civil_format_date(x->list[i].day, date));
		columns_addf(&table, "%" PRId64, x->list[i].waiting);
		columns_addf(&table, "%" PRId64, x->list[i].registry);
		waiting += x->list[i].waiting;
		registry += x->list[i].registry;
	}
	print(error_pick("%s: within %d days the consents of %" PRId64 " of %" PRId64
	                 " jobs that wait lapse, and %" PRId64 " of %" PRId64 " in the registry of %s\n",
	                 "%s : d'ici %d jours expirent les consentements de %" PRId64
	                 " tâches en attente sur %" PRId64 ", et %" PRId64 " sur %" PRId64
	                 " au registre de %s\n"),
	      campaign, days, waiting, x->waiting, registry, x->registry, x->cf->sit.c.advertiser);
	columns_print(&table, x->ctl->colour);
	if (x->unfit > 0)
		print(error_pick("%" PRId64 " numbers of the registry have none that allows a call today\n",
		                 "%" PRId64
		                 " numéros du registre n'en ont aucun qui permette un appel aujourd'hui\n"),
		      x->unfit);
	if (x->unread > 0)
		print(error_pick("%" PRId64 " records of the registry are not readable\n",
		                 "%" PRId64 " enregistrements du registre sont illisibles\n"),
		      x->unread);
}

int consent_expiring(struct ctl *ctl, const char *campaign, int days)
{
	struct expiring x = { .ctl = ctl, .rb = ctl_rulebook(ctl), .now_ms = ctl_now_ms(ctl) };

	x.until_ms = x.now_ms + days * DAY_MS;
	x.zone = x.rb->territories[0].zones[0];
	x.cf = facts_read(ctl, campaign, x.now_ms);
	x.forms = mem_zero(FORMS_MAX * sizeof(*x.forms));
	count_waiting(&x);
	count_registry(&x);
	if (x.count > 0)
		qsort(x.list, x.count, sizeof(*x.list), by_form_and_day);
	if (ctl->json)
		say_json(&x, campaign, days);
	else
		say_text(&x, campaign, days);
	facts_free(x.cf);
	free(x.list);
	free(x.forms);
	return 0;
}
