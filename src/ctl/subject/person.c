/* person.c - see person.h. */
#include "ctl/subject/person.h"

#include "core/job/job.h"
#include "ctl/base/print.h"
#include "ctl/query/company_ids.h"
#include "ctl/query/query.h"
#include "ctl/query/ready_entry.h"
#include "ctl/subject/key_walk.h"
#include "ctl/subject/match.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>

void subject_init(struct subject *s, struct ctl *ctl, const char *number, const char *advertiser)
{
	*s = (struct subject){ .ctl = ctl,
		               .rb = ctl_rulebook(ctl),
		               .advertiser = advertiser,
		               .advertisers = json_object(),
		               .campaigns = json_object(),
		               .ids = json_object(),
		               .limits = json_array() };
	ask_number(ctl, number, &s->phone);
}

void subject_done(struct subject *s)
{
	names_done(&s->persons);
	json_decref(s->advertisers);
	json_decref(s->campaigns);
	json_decref(s->ids);
	json_decref(s->limits);
}

void subject_add_person(struct subject *s, const char *person, size_t len)
{
	if (len == 0 || subject_is_person(s, person, len))
		return;
	names_add(&s->persons, person, len);
}

/* --- what is found on the way --------------------------------------------------------- */

static void add_id(struct subject *s, const char *campaign, const char *id)
{
	char key[KEY_SIZE];

	subject_marks_of(s, campaign, key);
	if (json_object_get(s->ids, key) == NULL)
		json_object_set_new(s->ids, key, json_object());
	json_object_set_new(json_object_get(s->ids, key), id, json_null());
}

static void note_job(struct subject *s, const struct subject_hit *hit, const char *text, size_t len)
{
	struct stored_job stored = hit->kind == SUBJECT_HELD || hit->kind == SUBJECT_LATER
	                               ? stored_job_read(text, len)
	                               : (struct stored_job){ text, len, 1 };
	char *person;

	if (subject_owns_job(s, stored.json, stored.len, &person) && person != NULL)
		subject_add_person(s, person, strlen(person));
	free(person);
	if (!hit->tried)
		return;
	struct job job;
	struct fault fault;

	job_parse(stored.json, stored.len, &job, &fault);
	if (job.id != NULL)
		add_id(s, hit->name, job.id);
	job_done(&job);
}

static void note_entry(struct subject *s, const char *text, size_t len, bool lease)
{
	struct ready_entry e;

	if (text == NULL || !(lease ? lease_read(text, len, &e) : entry_read(text, len, &e)))
		return;
	subject_add_person(s, e.person, strlen(e.person));
	json_object_set_new(s->advertisers, e.advertiser, json_null());
	add_id(s, e.campaign, e.id);
}

static void note_past(struct subject *s, const struct subject_hit *hit)
{
	char *text = mem_copy_len(hit->value, hit->len), *rest = text;

	(void)strsep(&rest, "\t");
	const char *advertiser = strsep(&rest, "\t");

	(void)strsep(&rest, "\t");
	if (rest != NULL)
		subject_add_person(s, rest, strlen(rest));
	if (advertiser != NULL)
		json_object_set_new(s->advertisers, advertiser, json_null());
	free(text);
}

static void note_stream(struct subject *s, const struct subject_hit *hit)
{
	const struct redis_reply *fields = reply_at(hit->entry, 1);
	size_t len = 0;
	const char *text;

	switch (hit->kind) {
	case SUBJECT_SETTLE:
		text = reply_text(reply_field(fields, "entry"), &len);
		note_entry(s, text, len, false);
		break;
	case SUBJECT_OPPOSITION:
		text = reply_text(reply_field(fields, "person"), &len);
		if (text != NULL)
			subject_add_person(s, text, len);
		break;
	case SUBJECT_DONE:
		text = reply_text(reply_field(fields, "id"), NULL);
		if (text != NULL)
			add_id(s, hit->name, text);
		break;
	default:
		text = reply_text(reply_field(fields, "job"), &len);
		if (text != NULL)
			note_job(s, hit, text, len);
	}
}

void subject_note(struct subject *s, const struct subject_hit *hit)
{
	switch (hit->kind) {
	case SUBJECT_QUEUE:
	case SUBJECT_HELD:
	case SUBJECT_LATER:
		note_job(s, hit, hit->value, hit->len);
		break;
	case SUBJECT_READY:
	case SUBJECT_LEASE:
	case SUBJECT_UNKNOWN:
		note_entry(s, hit->value, hit->len, hit->kind != SUBJECT_READY);
		return;
	case SUBJECT_PAST:
		note_past(s, hit);
		return;
	case SUBJECT_CONSENT:
	case SUBJECT_ATTEMPTS:
	case SUBJECT_SLOT:
		json_object_set_new(s->advertisers, hit->name, json_null());
		return;
	default:
		if (hit->entry != NULL)
			note_stream(s, hit);
	}
	if (strncmp(hit->key + strlen(s->ctl->conf.prefix), "campaign:", 9) == 0)
		json_object_set_new(s->advertisers, subject_advertiser_of(s, hit->name), json_null());
}

static int take_note(void *arg, const struct subject_hit *hit)
{
	subject_note(arg, hit);
	return 0;
}

void subject_discover(struct subject *s)
{
	if (s->advertiser != NULL) {
		ask_company(s->ctl, s->advertiser, &s->company);
		s->advertiser = s->company.ids[0];
	}
	subject_walk(s, take_note, s);
	/* A person that was not found here is looked for by nobody later. */
	if (json_array_size(s->limits) > 0)
		ctl_will_fail(s->ctl, "%s", json_string_value(json_array_get(s->limits, 0)));
}

const char *subject_space(const struct subject *s)
{
	return s->spaces != NULL && s->spaces->alone[0] != '\0' ? s->spaces->alone : NULL;
}

void subject_say_alone(const struct subject *s)
{
	char *text = s->spaces != NULL ? everywhere_alone(s->spaces, s->french) : NULL;

	if (text != NULL)
		print("%s\n", text);
	free(text);
}
