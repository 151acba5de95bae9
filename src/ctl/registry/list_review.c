/* list_review.c - see list_review.h. The rulebook says after how many days an opposition is looked at again; nothing
 * lifts one by that: whoever is called again against his word is called unlawfully, however long ago he gave it. */
#include "ctl/registry/list_review.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/query/query.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define YEARS 200

struct review {
	int64_t now_ms, due_ms; /* noted before that: due */
	int64_t dated, due;
	int64_t years[YEARS]; /* due, by the year in which they were noted, from 1970 on */
};

/* "event_ms received_ms c": when it was noted counts. A person's has no number, and counts like one. */
static void count_one(struct review *r, const char *text)
{
	const char *received = strchr(text, ' ');
	int64_t noted_ms = received != NULL ? strtoll(received + 1, NULL, 10) : 0;
	struct civil date = civil_from_days((int32_t)(noted_ms / DAY_MS));

	r->dated++;
	if (noted_ms <= 0 || noted_ms >= r->due_ms)
		return;
	r->due++;
	if (date.year >= 1970 && date.year < 1970 + YEARS)
		r->years[date.year - 1970]++;
}

static void count_all(struct ctl *ctl, const char *advertiser, struct review *r)
{
	char key[KEY_SIZE], cursor[CURSOR_SIZE] = "0";

	key_dated(ctl_conf(ctl)->prefix, advertiser, key);
	do {
		struct redis_reply *reply = ask_page(ctl, key, cursor);
		const struct redis_reply *pairs = reply_at(reply, 1);

		if (reply_is_error(reply))
			ask_fail(ctl, "HSCAN", key, reply);
		for (size_t i = 1; i < reply_count(pairs); i += 2) {
			const char *text = reply_text(reply_at(pairs, i), NULL);

			if (text != NULL)
				count_one(r, text);
		}
		reply_free(reply);
		ctl_progress(advertiser, r->dated);
	} while (strcmp(cursor, "0") != 0);
	ctl_progress("", -1);
}

static void say_text(const struct ctl *ctl, const char *name, const struct rulebook *rb,
                     const struct review *r, int64_t members, bool fr)
{
	struct columns table;

	print(lang_pick(fr,
	                "%s: %" PRId64 " of %" PRId64
	                " were noted more than %d days ago and are due for review (%s)\n",
	                "%s : %" PRId64 " sur %" PRId64
	                " ont été notées il y a plus de %d jours et sont à revoir (%s)\n"),
	      name, r->due, members, rb->review_days, rb->proof_article);
	if (members > r->dated)
		print(lang_pick(fr, "  %" PRId64 " have no date: nobody knows how old they are\n",
		                "  %" PRId64 " n'ont pas de date : nul ne connaît leur ancienneté\n"),
		      members - r->dated);
	columns_init(&table, lang_pick(fr, "noted in|due", "notées en|à revoir"));
	for (int i = 0; i < YEARS; i++)
		if (r->years[i] > 0) {
			columns_addf(&table, "%d", 1970 + i);
			columns_addf(&table, "%" PRId64, r->years[i]);
		}
	columns_print(&table, ctl->colour);
	puts(lang_pick(
	    fr, "None is lifted by that: oppose --undo does, by a named person and with a reason.",
	    "Aucune n'est levée pour autant : oppose --undo le fait, par une personne nommée et avec un motif."));
}

int list_review(struct ctl *ctl, const char *name, bool french)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	struct review r = { .now_ms = ctl_now_ms(ctl) };
	bool own = strncmp(name, "opposition:", 11) == 0;
	char key[KEY_SIZE];

	if (!own && strcmp(name, "opposition") != 0)
		ctl_fail(
		    lang_pick(
			french,
			"%s is loaded whole, and its own date counts: opposition and opposition:ADVERTISER are reviewed",
			"%s est chargée en entier, et sa propre date compte : ce sont opposition et opposition:ANNONCEUR qui sont revues"),
		    name);
	if (rb->review_days == 0)
		ctl_fail(
		    lang_pick(
			french,
			"rulebook %s does not say after how many days oppositions are looked at again (retention.review_days)",
			"le recueil %s ne dit pas après combien de jours les oppositions sont à revoir (retention.review_days)"),
		    rb->id);
	if (own)
		ask_advertiser(ctl, name + 11);
	r.due_ms = r.now_ms - rb->review_days * DAY_MS;
	count_all(ctl, own ? name + 11 : "", &r);
	int64_t members = ask_count(ctl, "SCARD", key_of(ctl_conf(ctl)->prefix, "list", name, key));

	members = members > r.dated ? members : r.dated;
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:i,s:I,s:I,s:I,s:o}", "list", name, "review_days",
		                          rb->review_days, "due", (json_int_t)r.due, "dated",
		                          (json_int_t)r.dated, "members", (json_int_t)members, "noted_before",
		                          ctl_json_time(r.due_ms)));
	else
		say_text(ctl, name, rb, &r, members, french);
	return 0;
}
