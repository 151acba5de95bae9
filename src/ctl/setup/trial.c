/* trial.c - a first campaign tried on a simulated clock; see trial.h. */
#include "ctl/setup/trial.h"

#include "core/law/binding.h"
#include "core/number/phone.h"
#include "core/time/civil.h"
#include "ctl/simulate/drive.h"
#include "ctl/simulate/interrupt.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FIRST_NUMBER "06 00 00 00 01"
#define ROOM_MS (30 * INT64_C(60000)) /* what is open is used if it stays so for that long */
#define CONSENT_AGE_MS (30 * INT64_C(86400000))
#define WAIT_MS 20000 /* for the first release */

/* Now, where the numbers may be called for a while still; else the next opening. */
static int64_t lawful_instant(struct ctl *ctl, int64_t now_ms)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	struct place_views views;
	struct phone phone;

	if (phone_parse(rb, FIRST_NUMBER, strlen(FIRST_NUMBER), &phone, NULL) != REASON_ALLOWED)
		ctl_fail(
		    error_pick(
			"rulebook %s covers no number such as %s: a trial has nobody to call",
			"le recueil %s ne couvre aucun numéro comme %s : un essai n'a personne à appeler"),
		    rb->id, FIRST_NUMBER);
	place_views_init(&views, rb, NULL);
	const struct place_view *v = place_view_at(&views, phone.territories, now_ms);

	if (v->open && v->close_ms - now_ms > ROOM_MS)
		return now_ms;
	if (v->next_open_ms == TIME_NONE)
		ctl_fail(error_pick("rulebook %s knows no lawful minute to come",
		                    "le recueil %s ne connaît aucune minute permise à venir"),
		         rb->id);
	return v->next_open_ms;
}

void trial_prepare(struct ctl *ctl, struct rehearsal *r, char path[PATH_MAX])
{
	*r = (struct rehearsal){ .ctl = ctl, .speed = 1 };
	r->at_ms = lawful_instant(ctl, ctl_now_ms(ctl));
	ctl_redis(ctl);
	sim_find_licetd(r, path);
	sim_check_library(ctl);
	sim_make_prefix(r);
	free(ctl->conf.prefix);
	ctl->conf.prefix = mem_copy(r->prefix);
}

char *trial_job(const struct rehearsal *r, const struct first_campaign *f, int i, char buf[TRIAL_JOB_SIZE])
{
	char at[CIVIL_INSTANT_SIZE], until[CIVIL_INSTANT_SIZE];

	civil_format_instant(r->at_ms - CONSENT_AGE_MS, at);
	civil_format_instant(r->at_ms + CONSENT_AGE_MS, until);
	snprintf(
	    buf, TRIAL_JOB_SIZE,
	    "{\"id\":\"%d\",\"to\":\"06 00 00 00 0%d\",\"consent\":{\"product\":\"%.64s\","
	    "\"channel\":\"automated-voice\",\"collected_at\":\"%s\",\"until\":\"%.10s\","
	    "\"form\":[\"identity\",\"choice\",\"period\",\"withdrawal\",\"proof\"],\"proof\":\"trial/%d\"}}",
	    i, i, f->product, at, until, i);
	return buf;
}

static int64_t ready_jobs(struct rehearsal *r, const struct first_campaign *f)
{
	char key[KEY_SIZE];

	hash_done(&r->stats);
	hash_read(r->ctl, key_campaign(r->prefix, f->id, "stats", key), &r->stats);
	return hash_int(&r->stats, "ready");
}

_Noreturn static void say_why(struct rehearsal *r, const struct first_campaign *f)
{
	char key[KEY_SIZE];
	struct hash state;

	hash_read(r->ctl, key_campaign(r->prefix, f->id, "state", key), &state);
	const char *because = hash_get(&state, "because"), *faults = hash_get(&state, "faults");

	for (size_t i = 0; i < r->stats.fields.count; i++)
		if (strncmp(r->stats.fields.names[i], "refused.", strlen("refused.")) == 0 ||
		    strncmp(r->stats.fields.names[i], "invalid.", strlen("invalid.")) == 0)
			ctl_fail(error_pick("nothing was released: %s %s", "rien n'a été transmis : %s %s"),
			         r->stats.fields.values[i], r->stats.fields.names[i]);
	ctl_fail(error_pick("nothing was released: %s %s", "rien n'a été transmis : %s %s"),
	         because != NULL ? because
	                         : error_pick("licetd told no state", "licetd n'a publié aucun état"),
	         faults != NULL ? faults : "");
}

struct redis_reply *trial_first_job(struct rehearsal *r, const struct first_campaign *f)
{
	const struct timespec pause = { 0, 5000000 };
	int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS;
	char key[KEY_SIZE];
	struct redis_args a;

	r->campaign = f->id;
	r->cf = facts_read(r->ctl, f->id, r->at_ms);
	sim_start(r, r->at_ms);
	while (ready_jobs(r, f) < TRIAL_JOBS) {
		if (sim_interrupted() || clock_monotonic_ms() > deadline_ms ||
		    hash_int(&r->stats, "refused") > 0)
			say_why(r, f);
		nanosleep(&pause, NULL);
	}
	args_fcall(&a, "licet_take", key_ready(r->prefix, "main", "", key));
	args_add(&a, "init");
	args_add(&a, "1");
	struct redis_reply *jobs = ask(r->ctl, &a);

	args_done(&a);
	if (reply_count(jobs) != 1)
		say_why(r, f);
	return jobs;
}
