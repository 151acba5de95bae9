/* space_add.c - see space_add.h.
 *
 * A snapshot, then the log: where the stream of an open space ends is noted before its list is copied, and the new
 * space hears that stream from there. */
#include "ctl/space/space_add.h"

#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "ctl/space/others.h"
#include "io/host/clock.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "5000"
#define HEARD_WAIT_MS 15000 /* for the licetd of each space to hear the new one */
#define LOOK_MS 100

/* --- the hub ------------------------------------------------------------------------------------- */

static void hub_set(struct ctl *ctl, const char *name, const char *state)
{
	char key[KEY_SIZE];
	struct redis_args a;
	const char *words[] = { "HSET", key_hub(ctl->conf.prefix, "spaces", key), name, state };

	args_init(&a);
	for (size_t i = 0; i < 4; i++)
		args_add(&a, words[i]);
	reply_free(hub_ask(ctl, &a, false));
	args_done(&a);
}

static void check_name(const struct ctl *ctl, const char *name)
{
	if (!space_name_is_valid(name))
		ctl_misuse(
		    ctl,
		    error_pick(
			"%s cannot be a space: expected 1 to %d small letters, digits and dashes, not licet",
			"%s ne peut être un espace : 1 à %d minuscules, chiffres et tirets attendus, sauf licet"),
		    name, SPACE_NAME_MAX);
}

/* --- what is copied --------------------------------------------------------------------------------- */

/* One page of a set or a hash onto the same key of the new space. */
static void put_page(struct other_space *to, const char *command, const char *key,
                     const struct redis_reply *page)
{
	struct redis_args a;

	if (reply_count(page) == 0)
		return;
	args_init(&a);
	args_add(&a, command);
	args_add(&a, key);
	for (size_t i = 0; i < reply_count(page); i++) {
		size_t len;
		const char *text = reply_text(reply_at(page, i), &len);

		args_add_len(&a, text, len);
	}
	if (!other_took(to, ask_any(&to->ctl, &a)))
		ctl_fail(error_pick("space %s: %s cannot be written: %s",
		                    "espace %s : %s ne peut être écrit : %s"),
		         to->name, key, to->why);
	args_done(&a);
}

static void copy(struct ctl *from, const char *prefix, struct other_space *to, const char *name,
                 const char *scan, const char *put)
{
	char source[KEY_SIZE], target[KEY_SIZE], cursor[CURSOR_SIZE] = "0";
	int64_t done = 0;

	key_global(prefix, name, source);
	key_global(to->prefix, name, target);
	do {
		struct redis_reply *reply = ask_any_words(from, scan, source, cursor, "COUNT", PAGE);

		if (reply == NULL || reply_is_error(reply))
			ctl_fail(error_pick("%s cannot be read: %s", "%s est illisible : %s"), source,
			         reply != NULL ? reply_text(reply, NULL)
			                       : error_pick("no answer", "pas de réponse"));
		snprintf(cursor, sizeof(cursor), "%s", reply_text(reply_at(reply, 0), NULL));
		put_page(to, put, target, reply_at(reply, 1));
		done += (int64_t)reply_count(reply_at(reply, 1));
		ctl_progress(name, done);
		reply_free(reply);
	} while (strcmp(cursor, "0") != 0);
	ctl_progress("", -1);
}

/* Where the new space begins to hear that one: nothing is known of when. */
static void put_heard(struct other_space *to, const char *space, const char *id)
{
	char key[KEY_SIZE], *value = mem_format("0 %s ?", id);

	key_global(to->prefix, "heard", key);
	if (!other_took(to, ask_any_words(&to->ctl, "HSET", key, space, value)))
		ctl_fail(error_pick("space %s: %s cannot be written: %s",
		                    "espace %s : %s ne peut être écrit : %s"),
		         to->name, key, to->why);
	free(value);
}

/* The last id of what a space recorded; "0-0": nothing. */
static void last_id(struct ctl *ctl, const char *prefix, char ret[48])
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_any_words(ctl, "XREVRANGE", key_global(prefix, "oppositions", key), "+", "-", "COUNT", "1");
	const char *id = reply_text(reply_at(reply_at(reply, 0), 0), NULL);

	if (reply == NULL || reply_is_error(reply))
		ctl_fail(error_pick("%s cannot be read: %s", "%s est illisible : %s"), key,
		         reply != NULL ? reply_text(reply, NULL) : error_pick("no answer", "pas de réponse"));
	snprintf(ret, 48, "%s", id != NULL ? id : "0-0");
	reply_free(reply);
}

/* --- who hears whom ---------------------------------------------------------------------------------- */

static void put_peer(struct ctl *ctl, const char *prefix, const char *space)
{
	char key[KEY_SIZE];
	struct redis_reply *put = space_put_peer(ctl, prefix, space, SPACE_LIMIT_MS);

	key_global(prefix, "peers", key);
	if (put == NULL || reply_is_error(put))
		ctl_fail(error_pick("%s cannot be written: %s", "%s ne peut être écrit : %s"), key,
		         put != NULL ? reply_text(put, NULL) : error_pick("no answer", "pas de réponse"));
	reply_free(put);
	reply_free(ask_any_words(ctl, "HDEL", key, "*"));
}

static bool hears_all(struct ctl *ctl, const char *prefix)
{
	struct redis_reply *reply = space_peers(ctl, prefix);
	const char *why = reply_text(reply_at(reply, 0), NULL);
	bool heard = why != NULL && *why == '\0';

	reply_free(reply);
	return heard;
}

/* Their licetd hear each other within a moment, where each has one. Says who does not. */
static void wait_for_hearing(struct ctl *ctl, const char *own, struct other_spaces *others)
{
	int64_t until_ms = clock_monotonic_ms() + HEARD_WAIT_MS;
	bool own_hears = false;

	for (size_t i = 0; i <= others->count;) {
		bool hears;

		if (i == others->count)
			hears = own_hears = own_hears || hears_all(ctl, ctl->conf.prefix);
		else
			hears = hears_all(&others->list[i].ctl, others->list[i].prefix);
		if (hears) {
			i++;
			continue;
		}
		if (clock_monotonic_ms() > until_ms)
			ctl_fail(
			    error_pick(
				"space %s does not hear all others: does its licetd run? Add the new one again when it does",
				"l'espace %s n'entend pas tous les autres : son licetd tourne-t-il ? Ajouter de nouveau quand c'est le cas"),
			    i == others->count ? own : others->list[i].name);
		poll(NULL, 0, LOOK_MS);
	}
}

/* --- all of it ------------------------------------------------------------------------------------------ */

/* May it be filled? It must have nothing of its own, unless that came from an attempt before. */
static void must_be_new(struct other_space *o)
{
	char list[KEY_SIZE], dated[KEY_SIZE];

	if (strcmp(o->state, "joining") == 0)
		return;
	key_of(o->prefix, "list", "opposition", list);
	key_dated(o->prefix, "", dated);
	struct redis_reply *reply = ask_any_words(&o->ctl, "EXISTS", list, dated);
	int64_t n = reply_int(reply, 0);

	if (!other_took(o, reply))
		ctl_fail(error_pick("space %s does not answer: %s", "l'espace %s ne répond pas : %s"),
		         o->name, o->why);
	if (n > 0)
		ctl_fail(
		    error_pick(
			"space %s has objections of its own already: %s. Only an empty space can be added; enter this "
			"one first, in a hub that names none yet",
			"l'espace %s a déjà des oppositions : %s. Seul un espace vide peut être ajouté ; inscrire celui-ci en premier, dans un hub qui n'en nomme encore aucun"),
		    o->name, list);
}

/* The new one among the others, or a session with it. */
static struct other_space *the_new_one(struct ctl *ctl, struct other_spaces *others, const char *name)
{
	for (size_t i = 0; i < others->count; i++)
		if (strcmp(others->list[i].name, name) == 0)
			return &others->list[i];
	struct other_space *o = &others->list[others->count++]; /* there is room for one more */

	other_open(ctl, name, o);
	return o;
}

static int say(struct ctl *ctl, const char *name, const char *state)
{
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s}", "space", name, "state", state));
	else
		print(
		    error_pick(
			"%s: open; load its lists, and put its advertisers there: licetctl list load, advertiser put\n",
			"%s : ouvert ; y charger ses listes et y mettre ses annonceurs : licetctl list load, advertiser put\n"),
		    name);
	return 0;
}

int space_add(struct ctl *ctl, const char *name)
{
	char own[SPACE_NAME_MAX + 1], id[48];
	struct other_spaces others;

	check_name(ctl, name);
	if (!space_own(ctl, own))
		ctl_fail(
		    error_pick(
			"the prefix %s has no tag: give it one first, such as licet:{a}:, and this one the first space",
			"le préfixe %s n'a pas d'étiquette : lui en donner une d'abord, comme licet:{a}:"),
		    ctl_conf(ctl)->prefix);
	others_open(ctl, &others);
	if (others.named && !others.knows_own)
		ctl_fail(
		    error_pick(
			"the hub does not name %s, the space of this prefix: use the prefix of one that it names",
			"le hub ne nomme pas %s, l'espace de ce préfixe : prendre le préfixe d'un espace qu'il nomme"),
		    own);
	if (!others.named)
		hub_set(ctl, own, "open");
	if (strcmp(own, name) == 0) {
		others_close(&others);
		return say(ctl, name, "open");
	}
	struct other_space *o = the_new_one(ctl, &others, name);

	for (size_t i = 0; i < others.count; i++)
		if (others.list[i].why[0] != '\0')
			ctl_fail(error_pick("space %s does not answer: %s", "l'espace %s ne répond pas : %s"),
			         others.list[i].name, others.list[i].why);
	if (strcmp(o->state, "open") != 0) {
		must_be_new(o);
		hub_set(ctl, name, "joining");
		last_id(ctl, ctl->conf.prefix, id);
		copy(ctl, ctl->conf.prefix, o, "list:opposition", "SSCAN", "SADD");
		copy(ctl, ctl->conf.prefix, o, "oppositions:dated", "HSCAN", "HSET");
		copy(ctl, ctl->conf.prefix, o, "oppositions:undone", "HSCAN", "HSET");
		put_heard(o, own, id);
	}
	for (size_t i = 0; i < others.count; i++) {
		struct other_space *each = &others.list[i];

		if (each != o) {
			put_peer(&each->ctl, each->prefix, name);
			put_peer(&o->ctl, o->prefix, each->name);
		}
	}
	put_peer(&o->ctl, o->prefix, own);
	put_peer(ctl, ctl->conf.prefix, name);
	wait_for_hearing(ctl, own, &others);
	hub_set(ctl, name, "open");
	others_close(&others);
	return say(ctl, name, "open");
}
