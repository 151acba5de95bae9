/* agree.c - see agree.h. */
#include "ctl/space/agree.h"

#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "ctl/space/others.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE "1000"
#define ADD_MAX 500         /* numbers in one command */
#define LACKING_MAX 1000000 /* that are kept of one space */
#define LOOK_AGAIN_MS 1000  /* what was on its way from one to another has come by then */

static void find(struct compared_space *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void find(struct compared_space *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = mem_vformat(format, ap);

	va_end(ap);
	json_array_append_new(s->findings, print_json_text(text));
	free(text);
}

/* --- advertisers and SIRENs ---------------------------------------------------------------------- */

/* What one place has: advertiser -> space (in the hub) or null, and SIREN -> advertiser. */
struct directory {
	json_t *advertisers, *sirens;
};

static void put_pairs(json_t *to, const struct redis_reply *reply)
{
	for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
		const char *name = reply_text(reply_at(reply, i), NULL),
			   *value = reply_text(reply_at(reply, i + 1), NULL);
		char *first = mem_copy_len(value, strcspn(value, " "));

		json_object_set_new(to, name, print_json_text(first));
		free(first);
	}
}

static void read_hub(struct ctl *ctl, const char *name, json_t *to)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_init(&a);
	args_add(&a, "HGETALL");
	args_add(&a, key_hub(ctl_conf(ctl)->prefix, name, key));
	struct redis_reply *reply = hub_ask(ctl, &a, false);

	put_pairs(to, reply);
	reply_free(reply);
	args_done(&a);
}

static void read_space(struct compared_space *s, struct directory *d)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_any_words(s->ctl, "SMEMBERS", key_global(s->prefix, "advertisers", key));

	for (size_t i = 0; i < reply_count(reply); i++)
		json_object_set_new(d->advertisers, reply_text(reply_at(reply, i), NULL), json_null());
	if (reply == NULL || reply_is_error(reply))
		find(s, error_pick("its advertisers cannot be read", "ses annonceurs sont illisibles"));
	reply_free(reply);
	reply = ask_any_words(s->ctl, "HGETALL", key_global(s->prefix, "sirens", key));
	if (reply == NULL || reply_is_error(reply))
		find(s, error_pick("its SIRENs cannot be read", "ses SIREN sont illisibles"));
	else
		put_pairs(d->sirens, reply);
	reply_free(reply);
}

/* Its SIREN there; "": it has none yet. */
static const char *siren_of(const struct directory *d, const char *advertiser)
{
	const char *siren;
	json_t *whose;

	json_object_foreach(d->sirens, siren, whose)
	{
		if (strcmp(json_string_value(whose), advertiser) == 0)
			return siren;
	}
	return "";
}

static void claim(struct ctl *ctl, struct compared_space *s, const struct directory *d,
                  const char *advertiser)
{
	char key[KEY_SIZE];
	struct redis_args a;
	struct ctl hub;

	args_fcall(&a, "licet_claim", key_hub(ctl_conf(ctl)->prefix, "advertisers", key));
	args_add(&a, advertiser);
	args_add(&a, s->name);
	args_add(&a, siren_of(d, advertiser));
	hub_session(ctl, &hub);
	struct redis_reply *reply = ask_call(&hub, &a);

	if (reply_is_error(reply))
		find(s,
		     error_pick("advertiser %s cannot be claimed: %s",
		                "l'annonceur %s ne peut être inscrit : %s"),
		     advertiser, ask_error(reply));
	reply_free(reply);
	args_done(&a);
	ctl_done(&hub);
}

/* What the spaces before it have too. */
static void find_twice(struct compared_space *all, const struct directory *dirs, size_t i, const char *what,
                       const char *name, bool siren)
{
	for (size_t k = 0; k < i; k++)
		if (json_object_get(siren ? dirs[k].sirens : dirs[k].advertisers, name) != NULL)
			find(&all[i],
			     error_pick("%s %s is in space %s too", "%s %s est aussi dans l'espace %s"), what,
			     name, all[k].name);
}

static void compare_one(struct ctl *ctl, struct compared_space *all, const struct directory *dirs, size_t i,
                        const struct directory *hub, bool repair)
{
	struct compared_space *s = &all[i];
	const char *name;
	json_t *whose;

	json_object_foreach(dirs[i].advertisers, name, whose)
	{
		const char *space = json_string_value(json_object_get(hub->advertisers, name));

		find_twice(all, dirs, i, "advertiser", name, false);
		if (space == NULL && repair)
			claim(ctl, s, &dirs[i], name);
		else if (space == NULL)
			find(s,
			     error_pick(
				 "advertiser %s is not in the hub; space check --repair enters it",
				 "l'annonceur %s n'est pas dans le hub ; space check --repair l'y inscrit"),
			     name);
		else if (strcmp(space, s->name) != 0)
			find(s,
			     error_pick("advertiser %s is in space %s, says the hub",
			                "l'annonceur %s est dans l'espace %s selon le hub"),
			     name, space);
	}
	json_object_foreach(dirs[i].sirens, name, whose)
	{
		const char *owner = json_string_value(json_object_get(hub->sirens, name));

		find_twice(all, dirs, i, "SIREN", name, true);
		if (owner != NULL && strcmp(owner, json_string_value(whose)) != 0)
			find(s,
			     error_pick("SIREN %s is that of advertiser %s, says the hub, and of %s here",
			                "le SIREN %s est celui de l'annonceur %s selon le hub, et de %s ici"),
			     name, owner, json_string_value(whose));
	}
}

void agree_directory(struct ctl *ctl, struct compared_space *all, size_t count, bool repair)
{
	struct directory hub = { json_object(), json_object() };
	struct directory *dirs = mem_zero((count + 1) * sizeof(*dirs));

	read_hub(ctl, "advertisers", hub.advertisers);
	read_hub(ctl, "sirens", hub.sirens);
	for (size_t i = 0; i < count; i++) {
		dirs[i] = (struct directory){ json_object(), json_object() };
		read_space(&all[i], &dirs[i]);
	}
	for (size_t i = 0; i < count; i++)
		compare_one(ctl, all, dirs, i, &hub, repair);
	for (size_t i = 0; i < count; i++) {
		json_decref(dirs[i].advertisers);
		json_decref(dirs[i].sirens);
	}
	json_decref(hub.advertisers);
	json_decref(hub.sirens);
	free(dirs);
}

/* --- members ------------------------------------------------------------------------------------- */

static char *list_of(const struct compared_space *s, char key[KEY_SIZE])
{
	return key_of(s->prefix, "list", "opposition", key);
}

/* Which of a page another space lacks; from: who has them. */
static void ask_other(struct compared_space *s, const struct redis_reply *page, size_t from)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_init(&a);
	args_add(&a, "SMISMEMBER");
	args_add(&a, list_of(s, key));
	for (size_t i = 0; i < reply_count(page); i++)
		args_add(&a, reply_text(reply_at(page, i), NULL));
	struct redis_reply *reply = ask_any(s->ctl, &a);

	args_done(&a);
	for (size_t i = 0; i < reply_count(reply); i++)
		if (reply_int(reply_at(reply, i), 1) == 0 && json_object_size(s->lacking) < LACKING_MAX)
			json_object_set_new(s->lacking, reply_text(reply_at(page, i), NULL),
			                    json_integer((json_int_t)from));
	if (!reply_is_array(reply))
		find(s, error_pick("its opposition list cannot be asked",
		                   "sa liste d'opposition ne peut être interrogée"));
	reply_free(reply);
}

static void walk(struct compared_space *all, size_t count, size_t from, int64_t *done)
{
	char key[KEY_SIZE], cursor[CURSOR_SIZE] = "0";
	struct compared_space *s = &all[from];

	do {
		struct redis_reply *reply =
		    ask_any_words(s->ctl, "SSCAN", list_of(s, key), cursor, "COUNT", PAGE);
		const struct redis_reply *page = reply_at(reply, 1);
		const char *next = reply_text(reply_at(reply, 0), NULL);

		if (next == NULL)
			find(s, error_pick("its opposition list cannot be read",
			                   "sa liste d'opposition est illisible"));
		snprintf(cursor, sizeof(cursor), "%s", next != NULL ? next : "0");
		for (size_t k = 0; k < count && reply_count(page) > 0; k++)
			if (k != from)
				ask_other(&all[k], page, from);
		*done += (int64_t)reply_count(page);
		ctl_progress("members", *done);
		reply_free(reply);
	} while (strcmp(cursor, "0") != 0);
}

static int64_t field_ms(struct compared_space *s, const char *name, const char *number)
{
	char key[KEY_SIZE];
	struct redis_reply *reply = ask_any_words(s->ctl, "HGET", key_global(s->prefix, name, key), number);
	const char *text = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	int64_t last = -1;

	/* "event received how", again and again; of an undo a time alone. */
	for (int word = 0; text != NULL && *text != '\0'; word++) {
		size_t len = strcspn(text, " ");
		int64_t ms = strtoll(text, NULL, 10);

		if ((word % 3 == 1 || text[len] == '\0') && *text >= '0' && *text <= '9' && ms > last)
			last = ms;
		text += len + (text[len] == ' ');
	}
	reply_free(reply);
	return last;
}

static bool is_member(struct compared_space *s, const char *number)
{
	char key[KEY_SIZE];
	struct redis_reply *reply = ask_any_words(s->ctl, "SISMEMBER", list_of(s, key), number);
	bool on = reply_int(reply, 0) == 1;

	reply_free(reply);
	return on;
}

/* Was it taken back in one of them after the other one received it? Then that one has yet to hear of it. */
static bool is_undone(struct compared_space *all, size_t count, struct compared_space *from,
                      const char *number)
{
	int64_t received = field_ms(from, "oppositions:dated", number), undone = -1;

	for (size_t i = 0; i < count && received >= 0; i++) {
		int64_t ms = field_ms(&all[i], "oppositions:undone", number);

		undone = ms > undone ? ms : undone;
	}
	return received >= 0 && received <= undone;
}

/* Does it lack the number still? */
static bool lacks_it(struct compared_space *all, size_t count, struct compared_space *s,
                     struct compared_space *from, const char *number)
{
	return !is_member(s, number) && is_member(from, number) && !is_undone(all, count, from, number);
}

static void add_all(struct compared_space *s, const json_t *numbers, const char *by)
{
	char key[KEY_SIZE];
	int64_t added = 0;

	for (size_t at = 0; at < json_array_size(numbers); at += ADD_MAX) {
		struct redis_args a;

		args_init(&a);
		args_add(&a, "SADD");
		args_add(&a, list_of(s, key));
		for (size_t i = at; i < at + ADD_MAX && i < json_array_size(numbers); i++)
			args_add(&a, json_string_value(json_array_get(numbers, i)));
		struct redis_reply *reply = ask_any(s->ctl, &a);

		if (reply == NULL || reply_is_error(reply))
			find(s,
			     error_pick("numbers cannot be added: %s",
			                "des numéros ne peuvent être ajoutés : %s"),
			     reply != NULL ? reply_text(reply, NULL)
			                   : error_pick("no answer", "pas de réponse"));
		added += reply_int(reply, 0);
		reply_free(reply);
		args_done(&a);
	}
	char *text = mem_format("%" PRId64 " numbers that the platform's list of another space has are added "
	                        "without a date by %s",
	                        added, by);

	reply_free(ask_any_words(s->ctl, "XADD", key_global(s->prefix, "errors", key), "MAXLEN", "~", "10000",
	                         "*", "where", "list:opposition", "error", text));
	free(text);
	if ((size_t)added < json_array_size(numbers))
		find(s,
		     error_pick("%zu numbers that others have are lacking still",
		                "il manque encore %zu numéros que d'autres ont"),
		     json_array_size(numbers) - (size_t)added);
	else
		ctl_note(error_pick("space %s: %" PRId64 " numbers added",
		                    "espace %s : %" PRId64 " numéros ajoutés"),
		         s->name, added);
}

/* What it lacked a moment ago, looked at again. */
static void judge(struct compared_space *all, size_t count, struct compared_space *s, bool repair,
                  const char *by)
{
	json_t *numbers = json_array(), *from;
	const char *number;

	json_object_foreach(s->lacking, number, from)
	{
		if (lacks_it(all, count, s, &all[json_integer_value(from)], number))
			json_array_append_new(numbers, print_json_text(number));
	}
	if (json_array_size(numbers) > 0 && repair)
		add_all(s, numbers, by);
	else if (json_array_size(numbers) > 0)
		find(s,
		     error_pick(
			 "it lacks %zu numbers that others have; space check --repair adds them",
			 "il lui manque %zu numéros que d'autres ont ; space check --repair les ajoute"),
		     json_array_size(numbers));
	json_decref(numbers);
}

void agree_members(struct compared_space *all, size_t count, bool repair, const char *by)
{
	int64_t done = 0;
	bool lacks = false;

	for (size_t i = 0; i < count; i++)
		all[i].lacking = json_object();
	for (size_t i = 0; i < count; i++)
		walk(all, count, i, &done);
	for (size_t i = 0; i < count; i++)
		lacks = lacks || json_object_size(all[i].lacking) > 0;
	if (lacks)
		poll(NULL, 0, LOOK_AGAIN_MS);
	for (size_t i = 0; i < count; i++)
		judge(all, count, &all[i], repair, by);
	ctl_progress("", -1);
	for (size_t i = 0; i < count; i++)
		json_decref(all[i].lacking);
}
