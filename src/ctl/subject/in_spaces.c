/* in_spaces.c - see in_spaces.h. */
#include "ctl/subject/in_spaces.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/query/aof_rewrite.h"
#include "ctl/subject/erase.h"
#include "ctl/subject/erase_text.h"
#include "ctl/subject/match.h"
#include "ctl/subject/person.h"
#include "ctl/subject/show.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 10

static void must_be_known(const json_t *list, struct subject *s)
{
	const json_t *person;
	size_t i;

	json_array_foreach(list, i, person)
	{
		const char *text = json_string_value(person);

		if (text != NULL)
			subject_add_person(s, text, strlen(text));
	}
}

static json_t *persons_of(const struct subject *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->persons.count; i++)
		json_array_append_new(list, print_json_text(s->persons.list[i]));
	return list;
}

/* The same subject in another space. */
static void subject_there(struct ctl *there, const struct subject *from, struct subject *ret)
{
	subject_init(ret, there, from->phone.e164, from->advertiser);
	ret->french = from->french;
	for (size_t i = 0; i < from->persons.count; i++)
		subject_add_person(ret, from->persons.list[i], strlen(from->persons.list[i]));
}

/* Ask until each has looked for every person that one of them has found. Returns false if that did not end. */
static bool ask_all(struct subject *s, struct everywhere *e, space_question *question)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		bool again = false;

		everywhere_ask(s->ctl, e, question, s);
		for (size_t i = 0; i < e->count; i++)
			must_be_known(json_object_get(e->list[i].answer, "persons"), s);
		for (size_t i = 0; i < e->count; i++) {
			struct asked_space *space = &e->list[i];

			if (space->answer == NULL ||
			    json_array_size(json_object_get(space->answer, "persons")) >= s->persons.count)
				continue;
			everywhere_forget(space);
			again = true;
		}
		if (!again)
			return true;
	}
	return false;
}

/* --- showing ------------------------------------------------------------------------------------- */

static json_t *show_there(struct ctl *there, void *arg)
{
	struct subject s;

	subject_there(there, arg, &s);
	return subject_document(&s);
}

static void add_limit(struct subject *s, const char *space, const char *text)
{
	char *limit = mem_format(lang_pick(s->french, "space %s: %s", "espace %s : %s"), space, text);

	json_array_append_new(s->limits, print_json_text(limit));
	free(limit);
}

static void add_held(struct subject *s, const struct asked_space *space, json_t *held)
{
	json_t *item, *limit;
	size_t i;

	json_array_foreach(json_object_get(space->answer, "held"), i, item)
	{
		json_object_set_new(item, "space", print_json_text(space->name));
		json_array_append(held, item);
	}
	json_array_foreach(json_object_get(space->answer, "limits"), i, limit)
	{
		add_limit(s, space->name, json_string_value(limit));
	}
}

json_t *subject_show_in_spaces(struct subject *s, struct everywhere *e)
{
	json_t *held = json_array(), *names = json_array();
	bool ended = ask_all(s, e, show_there);

	for (size_t i = 0; i < e->count; i++) {
		const struct asked_space *space = &e->list[i];

		json_array_append_new(names, print_json_text(space->name));
		if (space->answer != NULL)
			add_held(s, space, held);
		else
			add_limit(s, space->name,
			          space->why[0] != '\0' ? space->why : "not asked to the end");
	}
	if (!ended)
		json_array_append_new(s->limits, json_string("persons of the number keep coming"));
	return print_pack("{s:s,s:o,s:o,s:o,s:o,s:I,s:O}", "number", s->phone.e164, "persons", persons_of(s),
	                  "at", ctl_json_time(ctl_now_ms(s->ctl)), "spaces", names, "held", held, "count",
	                  (json_int_t)json_array_size(held), "limits", s->limits);
}

/* --- erasing ------------------------------------------------------------------------------------- */

static json_t *discover_there(struct ctl *there, void *arg)
{
	struct subject s;

	subject_there(there, arg, &s);
	subject_discover(&s);
	return print_pack("{s:o}", "persons", persons_of(&s));
}

static json_t *erase_there(struct ctl *there, void *arg)
{
	struct subject s;

	subject_there(there, arg, &s);
	json_t *all = subject_erase(&s);

	json_object_set_new(all, "persons", persons_of(&s));
	return all;
}

static json_t *server_there(struct ctl *there, void *arg)
{
	char server[AOF_SERVER_SIZE];

	(void)arg;
	aof_server(there, server);
	return print_json_text(server);
}

static json_t *rewrite_there(struct ctl *there, void *arg)
{
	const struct subject *s = arg;
	struct aof_result aof;
	size_t unreached = 0, i;
	const json_t *replica;

	aof_rewrite(there, &aof);
	json_t *replicas = aof_rewrite_replicas(there, s->french);

	json_array_foreach(replicas, i, replica)
	{
		unreached += json_is_false(json_object_get(replica, "rewritten"));
	}
	if ((size_t)aof.replicas > json_array_size(replicas))
		unreached += (size_t)aof.replicas - json_array_size(replicas);
	return print_pack("{s:s,s:b,s:b,s:o,s:I}", "append_only_file", aof_text(aof.state, s->french), "good",
	                  (int)(aof.state == AOF_REWRITTEN || aof.state == AOF_OFF), "off",
	                  (int)(aof.state == AOF_OFF), "replicas", replicas, "unreached",
	                  (json_int_t)unreached);
}

/* One of those that share a server speaks for all. */
static size_t speaker_of(const struct everywhere *servers, size_t i)
{
	const char *server = json_string_value(servers->list[i].answer);

	for (size_t k = 0; server != NULL && *server != '\0' && k < i; k++) {
		const char *other = json_string_value(servers->list[k].answer);

		if (other != NULL && strcmp(other, server) == 0)
			return k;
	}
	return i;
}

static void add_space(const struct everywhere *e, struct everywhere *to, size_t i)
{
	struct asked_space *space = &to->list[to->count++];

	memcpy(space->name, e->list[i].name, sizeof(space->name));
	memcpy(space->prefix, e->list[i].prefix, sizeof(space->prefix));
	if (e->list[i].answer == NULL)
		snprintf(space->why, sizeof(space->why), "%s", e->list[i].why);
}

static struct everywhere same_spaces(const struct everywhere *e)
{
	struct everywhere copy = { .list = mem_zero((e->count + 1) * sizeof(*copy.list)) };

	for (size_t i = 0; i < e->count; i++)
		add_space(e, &copy, i);
	return copy;
}

/* Behind the logs: the request to them had the number, too. Each server once. Returns what became of it, by space. */
static struct everywhere rewrite_all(struct subject *s, const struct everywhere *e)
{
	struct everywhere servers = same_spaces(e), files = same_spaces(e);

	everywhere_ask(s->ctl, &servers, server_there, NULL);
	for (size_t i = 0; i < e->count; i++)
		if (speaker_of(&servers, i) != i && files.list[i].why[0] == '\0')
			files.list[i].answer = json_null(); /* another asks */
	everywhere_ask(s->ctl, &files, rewrite_there, s);
	for (size_t i = 0; i < e->count; i++) {
		const struct asked_space *speaker = &files.list[speaker_of(&servers, i)];

		if (!json_is_null(files.list[i].answer))
			continue;
		files.list[i].answer = json_incref(speaker->answer);
		memcpy(files.list[i].why, speaker->why, sizeof(speaker->why));
	}
	everywhere_close(&servers);
	return files;
}

struct sums {
	json_t *erased;
	bool done, off;
	int64_t replicas; /* that were not rewritten */
};

static void add_sums(const json_t *one, struct sums *sums)
{
	const char *name;
	json_t *value;

	json_object_foreach(json_object_get(one, "erased"), name, value)
	{
		json_object_set_new(sums->erased, name,
		                    json_integer(json_integer_value(json_object_get(sums->erased, name)) +
		                                 json_integer_value(value)));
	}
}

/* What one space says, with what became of its file. */
static json_t *tell_space(struct subject *s, const struct asked_space *space, const struct asked_space *file,
                          struct sums *sums)
{
	json_t *one = print_pack("{s:s}", "space", space->name), *note;
	bool good = json_is_true(json_object_get(space->answer, "done")) &&
	            json_is_true(json_object_get(file->answer, "good"));
	const char *text = json_string_value(json_object_get(file->answer, "append_only_file"));
	size_t i;

	json_object_update(one, space->answer);
	json_array_foreach(json_object_get(one, "notes"), i, note)
	{
		ctl_note(lang_pick(s->french, "space %s: %s", "espace %s : %s"), space->name,
		         json_string_value(note));
	}
	json_object_del(one, "notes");
	json_object_del(one, "persons");
	json_object_set_new(one, "append_only_file", print_json_text(text != NULL ? text : file->why));
	json_object_set(one, "replicas", json_object_get(file->answer, "replicas"));
	add_sums(one, sums);
	json_object_set_new(one, "done", json_boolean(good));
	sums->done = sums->done && good;
	sums->off = sums->off || json_is_true(json_object_get(file->answer, "off"));
	sums->replicas += json_integer_value(json_object_get(file->answer, "unreached"));
	return one;
}

static void end(struct subject *s, json_t *all)
{
	if (!s->ctl->json) {
		subject_say_alone(s);
		erase_print(s, all);
	}
	fflush(stdout);
}

int subject_erase_in_spaces(struct subject *s, struct everywhere *e)
{
	struct sums sums = { .erased = json_object(), .done = true };
	json_t *list = json_array();

	bool known = ask_all(s, e, discover_there);

	for (size_t i = 0; i < e->count; i++)
		everywhere_forget(&e->list[i]);
	known = ask_all(s, e, erase_there) && known;
	struct everywhere files = rewrite_all(s, e);

	for (size_t i = 0; i < e->count; i++) {
		const struct asked_space *space = &e->list[i];

		if (space->answer != NULL)
			json_array_append_new(list, tell_space(s, space, &files.list[i], &sums));
		else
			json_array_append_new(list, print_pack("{s:s,s:s,s:b}", "space", space->name, "why",
			                                       space->why, "done", 0));
		sums.done = sums.done && space->answer != NULL;
	}
	everywhere_must_answer(s->ctl, e, error_pick("nothing was erased", "rien n'a été effacé"));
	if (!known)
		ctl_note("%s", lang_pick(s->french, "persons of the number keep coming: run it again",
		                         "des personnes liées au numéro arrivent encore : relancez"));
	json_t *all =
	    print_pack("{s:s,s:i,s:o,s:o,s:o,s:b}", "number", s->phone.e164, "persons", (int)s->persons.count,
	               "spaces", list, "erased", sums.erased, "not_reached",
	               erase_unreached(s->french, sums.off, sums.replicas), "done", sums.done && known);

	end(s, all);
	if (s->ctl->json)
		ctl_print_json(json_incref(all));
	json_decref(all);
	everywhere_close(&files);
	return sums.done && known ? 0 : 1;
}

int subject_erase_here(struct subject *s)
{
	static const char *const before[] = { "erased", "kept", "logs", "out", "settling" };
	json_t *one = subject_erase(s),
	       *all = print_pack("{s:s,s:i}", "number", s->phone.e164, "persons", (int)s->persons.count),
	       *note;
	struct aof_result aof;
	size_t i;

	/* Behind the logs: the request to them had the number, too. */
	aof_rewrite(s->ctl, &aof);
	ctl_progress("", -1);
	bool done = json_is_true(json_object_get(one, "done")) &&
	            (aof.state == AOF_REWRITTEN || aof.state == AOF_OFF);

	if (subject_space(s) != NULL)
		json_object_set_new(all, "space", print_json_text(subject_space(s)));
	for (i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		json_object_set(all, before[i], json_object_get(one, before[i]));
	json_object_set_new(all, "append_only_file", print_json_text(aof_text(aof.state, s->french)));
	json_object_set_new(all, "not_reached",
	                    erase_unreached(s->french, aof.state == AOF_OFF, aof.replicas));
	json_object_set(all, "unknown_keys", json_object_get(one, "unknown_keys"));
	json_object_set(all, "limits", json_object_get(one, "limits"));
	json_object_set_new(all, "done", json_boolean(done));
	end(s, all);
	json_array_foreach(json_object_get(one, "notes"), i, note)
	{
		ctl_note("%s", json_string_value(note));
	}
	if (s->ctl->json)
		ctl_print_json(json_incref(all));
	json_decref(all);
	json_decref(one);
	return done ? 0 : 1;
}
