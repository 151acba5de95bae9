/* number_facts.c - what Redis knows of some numbers, asked for together: as many commands for
 * five hundred as for one. */
#include "ctl/query/number_facts.h"

#include "core/time/civil.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/members.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>

struct numbers {
	struct ctl *ctl;
	struct campaign_facts *cf;
	struct number_asked *list;
	size_t count;
	bool persons, ids; /* does one of them have one? */
	char consent[KEY_SIZE], attempts[KEY_SIZE], seen[KEY_SIZE], cancel[KEY_SIZE], platform[KEY_SIZE],
	    own[KEY_SIZE];
};

enum what { NUMBER, PERSON, ID };

/* One command on a key with one argument for each of them. */
static void send_all(struct numbers *n, const char *command, const char *key, enum what what,
                     const char *mark)
{
	struct redis_args a;

	args_init(&a);
	args_add(&a, command);
	args_add(&a, key);
	for (size_t i = 0; i < n->count; i++) {
		const struct number_asked *q = &n->list[i];
		const char *text = what == NUMBER ? q->e164 : what == PERSON ? q->person : q->id;

		if (*mark == '\0' && text != NULL)
			args_add(&a, text);
		else
			args_addf(&a, "%s%s", mark, text != NULL ? text : "");
	}
	ask_send(n->ctl, &a);
	args_done(&a);
}

static void send_attempts(struct numbers *n, bool of_person)
{
	struct redis_args a;
	struct attempts_slot at;

	args_init(&a);
	args_add(&a, "HMGET");
	args_add(&a, n->attempts);
	for (size_t i = 0; i < n->count; i++) {
		const char *person = n->list[i].person;

		if (of_person)
			attempts_slot_of_person(person != NULL ? person : "", &at);
		else
			attempts_slot_of_number(n->list[i].e164, &at);
		args_addf(&a, "%s", at.field);
	}
	ask_send(n->ctl, &a);
	args_done(&a);
}

static bool is_packed(const struct numbers *n, size_t list)
{
	return n->cf->sit.list_facts[list].version[0] != '\0';
}

static void send_questions(struct numbers *n)
{
	char key[KEY_SIZE];

	const char **numbers = mem_zero(n->count * sizeof(*numbers));

	for (size_t i = 0; i < n->count; i++)
		numbers[i] = n->list[i].e164;
	for (size_t i = 0; i < n->cf->sit.law.list_count; i++)
		members_send(n->ctl, n->cf->sit.law.lists[i].name, is_packed(n, i), numbers, n->count);
	free(numbers);
	send_all(n, "HMGET", key_global(n->ctl->conf.prefix, "unplaced", key), NUMBER, "");
	send_all(n, "HMGET", n->consent, NUMBER, "");
	send_attempts(n, false);
	send_all(n, "SMISMEMBER", n->seen, NUMBER, "");
	send_all(n, "HMGET", n->own, NUMBER, "");
	if (n->ids) {
		send_all(n, "SMISMEMBER", n->seen, ID, "i:");
		send_all(n, "SMISMEMBER", n->cancel, ID, "");
	}
	if (n->persons) {
		send_attempts(n, true);
		send_all(n, "SMISMEMBER", n->seen, PERSON, "p:");
		send_all(n, "HMGET", n->platform, PERSON, "p:");
		send_all(n, "HMGET", n->own, PERSON, "p:");
	}
}

/* --- answers ------------------------------------------------------------------------- */

static void note_list(const struct campaign_facts *cf, struct number_facts *nf, const char *name)
{
	if (nf->listed_on == NULL)
		nf->listed_on = name;
	else if (strcmp(nf->listed_on, cf->sit.advertiser_list) == 0 && nf->listed_besides == NULL)
		nf->listed_besides = name;
}

static void take_lists(struct numbers *n)
{
	bool malformed = false;

	for (size_t l = 0; l < n->cf->sit.law.list_count; l++) {
		struct redis_reply *reply = ask_next_told(n->ctl);

		if (reply_is_error(reply))
			malformed = n->cf->sit.list_facts[l].malformed = true;
		for (size_t i = 0; i < n->count; i++)
			if (members_on(reply, is_packed(n, l), i, n->list[i].e164))
				note_list(n->cf, &n->list[i].facts, n->cf->sit.law.lists[l].name);
		reply_free(reply);
	}
	if (malformed)
		situation_judge_lists(&n->cf->sit, n->cf->at_ms);
}

static void take_unplaced(struct numbers *n)
{
	struct redis_reply *reply = ask_next(n->ctl);

	for (size_t i = 0; i < n->count; i++)
		n->list[i].facts.unplaced = reply_is_error(reply) || !reply_is_nil(reply_at(reply, i));
	reply_free(reply);
}

static void take_registry(struct numbers *n)
{
	struct redis_reply *reply = ask_next_told(n->ctl);

	for (size_t i = 0; i < n->count; i++) {
		struct number_facts *nf = &n->list[i].facts;
		size_t len = 0;
		const char *text = reply_text(reply_at(reply, i), &len);

		if (reply_is_error(reply))
			nf->registry_unknown = true;
		else if (text != NULL && len > 0) {
			nf->has_registry = registry_parse(text, len, &nf->registry);
			nf->registry_unknown = !nf->has_registry;
		}
	}
	reply_free(reply);
}

static size_t attempts_take(uint8_t ret[ATTEMPTS_BYTES_MAX], const struct redis_reply *bucket,
                            const struct attempts_slot *at, int64_t now_ms)
{
	size_t len = 0, packed_len;
	const char *bytes = reply_text(bucket, &len), *packed;

	if (bytes == NULL || !attempts_find(bytes, len, at->mark, &packed, &packed_len))
		return 0;
	return attempts_unpack(packed, packed_len, (int32_t)(now_ms / DAY_MS), ret);
}

static void take_attempts(struct numbers *n, bool of_person)
{
	struct redis_reply *reply = ask_next(n->ctl);
	struct attempts_slot at;

	for (size_t i = 0; i < n->count; i++) {
		struct number_asked *q = &n->list[i];
		const struct redis_reply *bucket = reply_at(reply, i);

		if (!of_person) {
			attempts_slot_of_number(q->e164, &at);
			q->facts.attempts_len = attempts_take(q->facts.attempts, bucket, &at, n->cf->at_ms);
		} else if (q->person != NULL) {
			attempts_slot_of_person(q->person, &at);
			q->facts.person_attempts_len =
			    attempts_take(q->facts.person_attempts, bucket, &at, n->cf->at_ms);
		}
	}
	reply_free(reply);
}

/* Marks of what was released, or cancellations. */
static void take_marks(struct numbers *n, enum what what, bool cancel)
{
	struct redis_reply *reply = ask_next(n->ctl);

	for (size_t i = 0; i < n->count; i++) {
		struct number_asked *q = &n->list[i];
		const char *text = what == NUMBER ? q->e164 : what == PERSON ? q->person : q->id;
		bool yes = reply_int(reply_at(reply, i), 0) == 1 && text != NULL;

		if (cancel)
			q->facts.cancelled = yes;
		else
			q->facts.marked = q->facts.marked || yes;
	}
	reply_free(reply);
}

/* When the number and the person objected, as the commit function joins it. A number that
 * was put on the list by hand has no date, and nothing lifts that. */
static void judge_opposition(const struct campaign_facts *cf, struct number_asked *q, const char *number,
                             const char *everybody, const char *person)
{
	struct number_facts *nf = &q->facts;
	bool listed = nf->listed_on != NULL && strcmp(nf->listed_on, cf->sit.advertiser_list) == 0;
	bool of_person = q->person != NULL && person != NULL;

	if (q->person != NULL && everybody != NULL)
		nf->listed_on = "opposition";
	else if (of_person && !listed) {
		nf->listed_besides = nf->listed_on;
		nf->listed_on = cf->sit.advertiser_list;
	}
	if ((listed && number != NULL) || (!listed && of_person))
		nf->opposed = mem_format("%s|%s", number != NULL ? number : "", of_person ? person : "");
}

static const char *text_at(const struct redis_reply *reply, size_t i)
{
	return reply != NULL ? reply_text(reply_at(reply, i), NULL) : NULL;
}

static void take_answers(struct numbers *n)
{
	struct redis_reply *everybody = NULL, *person = NULL;

	take_lists(n);
	take_unplaced(n);
	take_registry(n);
	take_attempts(n, false);
	take_marks(n, NUMBER, false);
	struct redis_reply *number = ask_next(n->ctl);

	if (n->ids) {
		take_marks(n, ID, false);
		take_marks(n, ID, true);
	}
	if (n->persons) {
		take_attempts(n, true);
		take_marks(n, PERSON, false);
		everybody = ask_next(n->ctl);
		person = ask_next(n->ctl);
	}
	for (size_t i = 0; i < n->count; i++)
		judge_opposition(n->cf, &n->list[i], text_at(number, i), text_at(everybody, i),
		                 text_at(person, i));
	reply_free(number);
	reply_free(everybody);
	reply_free(person);
}

void numbers_read(struct ctl *ctl, struct campaign_facts *cf, struct number_asked *list, size_t count)
{
	struct numbers n = { .ctl = ctl, .cf = cf, .list = list, .count = count };
	const char *prefix = ctl_conf(ctl)->prefix;

	if (count == 0)
		return;
	for (size_t i = 0; i < count; i++) {
		list[i].facts = (struct number_facts){ .registry = { .withdrawn_ms = TIME_NONE } };
		n.persons = n.persons || list[i].person != NULL;
		n.ids = n.ids || list[i].id != NULL;
	}
	key_of(prefix, "consent", cf->sit.c.advertiser, n.consent);
	key_of(prefix, "attempts", cf->sit.c.advertiser, n.attempts);
	key_seen(prefix, cf->sit.c.id, cf->sit.c.family, n.seen);
	key_campaign(prefix, cf->sit.c.id, "cancel", n.cancel);
	key_dated(prefix, "", n.platform);
	key_dated(prefix, cf->sit.c.advertiser, n.own);
	send_questions(&n);
	take_answers(&n);
}

void number_facts_read(struct ctl *ctl, struct campaign_facts *cf, const char *e164, const char *person,
                       const char *id, struct number_facts *ret)
{
	struct number_asked asked = { .e164 = e164, .person = person, .id = id };

	numbers_read(ctl, cf, &asked, 1);
	*ret = asked.facts;
}

void number_facts_done(struct number_facts *nf)
{
	if (nf->has_registry)
		registry_done(&nf->registry);
	free(nf->opposed);
}
