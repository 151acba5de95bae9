/* everywhere.c - see everywhere.h. */
#include "ctl/space/everywhere.h"

#include "core/text/cluster_slot.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define AT_ONCE 16 /* processes */

/* --- which there are ----------------------------------------------------------------------------- */

/* Does the command line name the space? */
static bool is_named(struct ctl *ctl)
{
	struct target_options file = ctl->options;
	struct conf conf;
	char err[512];
	size_t len;

	if (ctl->options.space != NULL)
		return true;
	if (ctl->options.prefix == NULL || prefix_tag(ctl->options.prefix, &len) == NULL)
		return false;
	file.prefix = NULL;
	conf_init(&conf);
	bool same = target_load_conf(&file, &conf, err, sizeof(err)) == 0 &&
	            strcmp(conf.prefix, ctl->options.prefix) == 0;

	conf_done(&conf);
	return !same;
}

/* Are there others than that one, or may there be? Nothing ends here: who names one space needs no hub. */
static bool may_have_others(struct ctl *ctl, const char *own)
{
	char key[KEY_SIZE];
	struct ctl hub;

	hub_session(ctl, &hub);
	hub.outlives_redis = true;
	bool may = true;

	if (ctl_try_redis(&hub, key, sizeof(key))) {
		struct redis_reply *reply =
		    ask_any_words(&hub, "HGETALL", key_hub(ctl_conf(ctl)->prefix, "spaces", key));

		const char *first = reply_text(reply_at(reply, 0), NULL);

		if (reply_is_array(reply))
			may = reply_count(reply) > 2 || (first != NULL && strcmp(first, own) != 0);
		else if (reply_error_is(reply, "NOPERM"))
			may = false; /* who has one space alone knows that */
		reply_free(reply);
	}
	ctl_done(&hub);
	return may;
}

/* Can the hub be asked? It is of a slot of its own, and its master may be away while those of spaces are there. */
static bool hub_answers(struct ctl *ctl, char *why, size_t size)
{
	struct ctl hub;

	hub_session(ctl, &hub);
	hub.outlives_redis = true;
	bool there = ctl_try_redis(&hub, why, size);

	ctl_done(&hub);
	return there;
}

static void add(struct everywhere *e, const char *name, const char *prefix)
{
	struct asked_space *space = &e->list[e->count++];

	snprintf(space->name, sizeof(space->name), "%s", name);
	snprintf(space->prefix, sizeof(space->prefix), "%s", prefix);
}

/* With own: the one at hand, which the prefix names. */
static void open_all(struct ctl *ctl, const char *own, bool may_lack, struct everywhere *ret)
{
	struct other_spaces others;
	bool all = ctl_means_all(ctl);

	if (!hub_answers(ctl, ret->lost, sizeof(ret->lost))) {
		if (may_lack && !all)
			return;
		ctl_fail(error_pick("which spaces there are is not known, the hub does not answer: %s",
		                    "on ignore quels sont les espaces, le hub ne répond pas : %s"),
		         ret->lost);
	}
	ret->lost[0] = '\0';
	/* Without the hub nobody knows which one is meant. */
	ret->lacking = !others_name(ctl, may_lack && !all, &others);
	if (all && others.count == 0)
		ctl_fail(error_pick(
		    "spaces is \"*\", and the hub names none (licetctl space add): name one with --space",
		    "spaces vaut « * », et le hub n'en nomme aucun (licetctl space add) : en désigner un avec --space"));
	if (all && others.count == 1) {
		ctl_move(ctl, others.list[0].prefix);
	} else if (others.count > 0) {
		ret->list = mem_zero((others.count + 1) * sizeof(*ret->list));
		if (!all)
			add(ret, own, ctl->conf.prefix);
		for (size_t i = 0; i < others.count; i++)
			add(ret, others.list[i].name, others.list[i].prefix);
	}
	others_close(&others);
}

void everywhere_open(struct ctl *ctl, bool may_lack, struct everywhere *ret)
{
	char own[SPACE_NAME_MAX + 1];

	*ret = (struct everywhere){ 0 };
	if (!space_own(ctl, own))
		return;
	if (is_named(ctl))
		snprintf(ret->named, sizeof(ret->named), "%s", own);
	else
		open_all(ctl, own, may_lack, ret);
}

void everywhere_open_all(struct ctl *ctl, struct everywhere *ret)
{
	char own[SPACE_NAME_MAX + 1];

	*ret = (struct everywhere){ 0 };
	if (space_own(ctl, own))
		open_all(ctl, own, true, ret);
}

static bool is_among(const struct everywhere *e, const char *name)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->list[i].name, name) == 0)
			return true;
	return false;
}

static void add_named(struct ctl *ctl, const char *own, const struct redis_reply *names,
                      struct everywhere *ret)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char other[KEY_SIZE];

	ret->list = mem_zero((reply_count(names) / 2 + 1) * sizeof(*ret->list));
	if (!ctl_means_all(ctl))
		add(ret, own, prefix);
	for (size_t i = 0; i + 1 < reply_count(names); i += 2) {
		const char *name = reply_text(reply_at(names, i), NULL);

		if (name != NULL && space_name_is_valid(name) && !is_among(ret, name))
			add(ret, name, prefix_of_space(prefix, name, other));
	}
}

bool everywhere_changed(struct ctl *ctl, const struct everywhere *was, struct everywhere *ret)
{
	char key[KEY_SIZE], why[REDIS_WHY], own[SPACE_NAME_MAX + 1];
	struct redis_reply *names = NULL;
	struct ctl hub;

	*ret = (struct everywhere){ 0 };
	if (was->named[0] != '\0' || was->lacking || !space_own(ctl, own))
		return false;
	hub_session(ctl, &hub);
	hub.outlives_redis = true;
	if (ctl_try_redis(&hub, why, sizeof(why)))
		names = ask_any_words(&hub, "HGETALL", key_hub(ctl->conf.prefix, "spaces", key));
	if (reply_is_array(names) && reply_count(names) > 0)
		add_named(ctl, own, names, ret);
	reply_free(names);
	ctl_done(&hub);
	bool changed = ret->count > 0 && (ret->count != was->count && ret->count + was->count != 1);

	for (size_t i = 0; i < ret->count && was->count > 0; i++)
		changed = changed || !is_among(was, ret->list[i].name);
	if (!changed)
		everywhere_close(ret);
	return changed;
}

void everywhere_look(struct ctl *ctl, struct everywhere *e)
{
	if (e->named[0] != '\0' && e->alone[0] == '\0' && may_have_others(ctl, e->named))
		memcpy(e->alone, e->named, sizeof(e->alone));
}

void everywhere_close(struct everywhere *e)
{
	for (size_t i = 0; i < e->count; i++)
		json_decref(e->list[i].answer);
	json_decref(e->here);
	free(e->list);
	*e = (struct everywhere){ 0 };
}

/* --- asking -------------------------------------------------------------------------------------- */

/* A process that answers: its answer, and what it says on standard error, are read when it has ended. */
struct asker {
	pid_t pid;
	int answer, said; /* files in memory */
};

static _Noreturn void answer_there(struct ctl *ctl, const struct asked_space *space, const struct asker *a,
                                   space_question *question, void *arg)
{
	struct ctl there;
	FILE *to = fdopen(a->answer, "w");

	ctl_before_end(NULL);
	if (to == NULL || dup2(a->said, STDERR_FILENO) < 0 || freopen("/dev/null", "w", stdout) == NULL)
		_exit(1);
	space_session(ctl, space->prefix, &there);
	there.json = ctl->json;
	json_t *answer = question(&there, arg);

	print_json(to,
	           print_pack("{s:o,s:s}", "answer", answer != NULL ? answer : json_null(), "will_fail",
	                      there.will_fail),
	           JSON_COMPACT);
	_exit(fflush(to) == 0 && fflush(stderr) == 0 ? 0 : 1);
}

static void start(struct ctl *ctl, const struct asked_space *space, space_question *question, void *arg,
                  struct asker *ret)
{
	*ret = (struct asker){ .answer = memfd_create("answer", MFD_CLOEXEC),
		               .said = memfd_create("said", MFD_CLOEXEC) };
	if (ret->answer < 0 || ret->said < 0)
		ctl_fail(error_pick("there is no room to ask every space",
		                    "mémoire insuffisante pour interroger chaque espace"));
	fflush(stdout);
	fflush(stderr);
	ret->pid = fork();
	if (ret->pid < 0)
		ctl_fail(error_pick("no process could be made to ask space %s",
		                    "aucun processus n'a pu être créé pour interroger l'espace %s"),
		         space->name);
	if (ret->pid == 0)
		answer_there(ctl, space, ret, question, arg);
}

/* All of a file in memory, which is closed. Heap. */
static char *take_all(int fd, size_t *ret_len)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = mem_zero((size_t)size + 1);
	size_t len = 0;

	for (ssize_t n;
	     len < (size_t)size && (n = pread(fd, text + len, (size_t)size - len, (off_t)len)) > 0;)
		len += (size_t)n;
	close(fd);
	*ret_len = len;
	return text;
}

static const char *bare(const char *line)
{
	static const char head[] = "licetctl: ";

	return strncmp(line, head, strlen(head)) == 0 ? line + strlen(head) : line;
}

/* What it said: the last line is why it failed, if it did; the others are said with its name. */
static void tell(struct asked_space *space, char *said, bool failed)
{
	char *rest = said, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		if (*line == '\0')
			continue;
		if (failed && (rest == NULL || rest[strspn(rest, "\n")] == '\0'))
			snprintf(space->why, sizeof(space->why), "%s", bare(line));
		else
			ctl_note(error_pick("space %s: %s", "espace %s : %s"), space->name, bare(line));
	}
	if (failed && space->why[0] == '\0')
		snprintf(space->why, sizeof(space->why), "%s",
		         error_pick("its answer broke off", "sa réponse s'est interrompue"));
}

/* Returns false where there is none. */
static bool finish(struct ctl *ctl, struct asked_space *space, struct asker *a)
{
	size_t len;
	int status = 1;
	pid_t ended = waitpid(a->pid, &status, 0);
	char *text = take_all(a->answer, &len);
	json_t *all = json_loadb(text, len, JSON_ALLOW_NUL, NULL);
	bool failed = ended != a->pid || status != 0 || all == NULL;

	free(text);
	text = take_all(a->said, &len);
	tell(space, text, failed);
	free(text);
	if (!failed) {
		const char *will_fail = json_string_value(json_object_get(all, "will_fail"));

		space->answer = json_incref(json_object_get(all, "answer"));
		if (*will_fail != '\0')
			ctl_will_fail(ctl, error_pick("space %s: %s", "espace %s : %s"), space->name,
			              will_fail);
	}
	json_decref(all);
	return !failed;
}

size_t everywhere_ask(struct ctl *ctl, struct everywhere *e, space_question *question, void *arg)
{
	struct asker *askers = mem_zero((e->count + 1) * sizeof(*askers));
	size_t silent = 0, begun = 0;

	for (size_t i = 0; i < e->count; i++) {
		for (; begun < e->count && begun < i + AT_ONCE; begun++)
			if (e->list[begun].answer == NULL && e->list[begun].why[0] == '\0')
				start(ctl, &e->list[begun], question, arg, &askers[begun]);
		if (askers[i].pid > 0)
			silent += !finish(ctl, &e->list[i], &askers[i]);
		ctl_progress(error_pick("spaces", "espaces"), (int64_t)i + 1);
	}
	ctl_progress("", -1);
	free(askers);
	return silent;
}

void everywhere_add_rows(json_t *to, const struct asked_space *space, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		json_t *own = print_pack("{s:s}", "space", space->name);

		json_object_update(own, (json_t *)row);
		json_array_append_new(to, own);
	}
}

void everywhere_do(struct ctl *ctl, struct everywhere *e, space_question *question, void *arg)
{
	for (size_t i = 0; i < e->count; i++)
		everywhere_forget(&e->list[i]);
	json_decref(e->here);
	e->here = e->count == 0 ? question(ctl, arg) : NULL;
	everywhere_ask(ctl, e, question, arg);
}

int64_t everywhere_sum(const struct everywhere *e, const char *name)
{
	int64_t sum = json_integer_value(json_object_get(e->here, name));

	for (size_t i = 0; i < e->count; i++)
		sum += json_integer_value(json_object_get(e->list[i].answer, name));
	return sum;
}

json_t *everywhere_json(const struct everywhere *e)
{
	json_t *list = json_array();

	for (size_t i = 0; i < e->count; i++)
		json_array_append_new(list, print_pack("{s:s,s:b}", "space", e->list[i].name, "answered",
		                                       (int)(e->list[i].why[0] == '\0')));
	return list;
}

void everywhere_forget(struct asked_space *space)
{
	json_decref(space->answer);
	space->answer = NULL;
}

/* The names of all, or of those that did not answer. Heap. */
static char *join_names(const struct everywhere *e, bool silent)
{
	char *names = mem_copy("");

	for (size_t i = 0; i < e->count; i++)
		if (!silent || e->list[i].why[0] != '\0')
			names =
			    mem_join(names, mem_format("%s%s", *names != '\0' ? ", " : "", e->list[i].name));
	return names;
}

char *everywhere_names(const struct everywhere *e)
{
	return join_names(e, false);
}

void everywhere_must_answer(struct ctl *ctl, const struct everywhere *e, const char *what)
{
	const char *why = NULL;
	size_t lacking = 0;

	for (size_t i = 0; i < e->count; i++)
		if (e->list[i].why[0] != '\0') {
			why = e->list[i].why;
			lacking++;
		}
	if (lacking == 0)
		return;
	char *names = join_names(e, true);

	ctl_will_fail(ctl,
	              lacking == 1 ? error_pick("%s in space %s: %s", "%s dans l'espace %s : %s")
	                           : error_pick("%s in spaces %s: %s", "%s dans les espaces %s : %s"),
	              what, names, why);
	free(names);
}

char *everywhere_alone(const struct everywhere *e, bool french)
{
	if (e->alone[0] == '\0')
		return NULL;
	return mem_format(lang_pick(french, "space %s alone: what the others have is not in it",
	                            "espace %s seul : ce que les autres détiennent n'y figure pas"),
	                  e->alone);
}

char *everywhere_asked(const struct everywhere *e, bool french)
{
	if (e->count == 0)
		return NULL;
	return mem_join(mem_copy(lang_pick(french, "All spaces of the platform were asked: ",
	                                   "Tous les espaces de la plateforme ont été interrogés : ")),
	                everywhere_names(e));
}

void everywhere_say(struct ctl *ctl, struct everywhere *e, bool french)
{
	everywhere_look(ctl, e);
	char *text = everywhere_alone(e, french), own[SPACE_NAME_MAX + 1];

	if (text != NULL)
		ctl_note("%s", text);
	else if (e->lost[0] != '\0')
		ctl_will_fail(
		    ctl,
		    lang_pick(french,
		              "which other spaces there are is not known, the hub does not answer: %s",
		              "on ignore quels sont les autres espaces, le hub ne répond pas : %s"),
		    e->lost);
	else if (e->lacking && space_own(ctl, own))
		ctl_note(
		    lang_pick(french, "space %s alone: this user of Redis may not ask which others there are",
		              "espace %s seul : cet utilisateur de Redis ne peut demander quels sont les "
		              "autres"),
		    own);
	free(text);
}

void everywhere_tell_one(struct ctl *ctl, bool french)
{
	struct everywhere e;

	if (ctl_means_all(ctl))
		return; /* one is asked for, anyway */
	everywhere_open(ctl, true, &e);
	if (e.count > 0)
		ctl_note(lang_pick(french, "of %zu spaces, this is space %s: --space names another",
		                   "parmi %zu espaces, voici l'espace %s : --space en désigne un autre"),
		         e.count, e.list[0].name);
	everywhere_close(&e);
}
