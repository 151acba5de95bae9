/* each.c - see each.h. */
#include "ctl/space/each.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct running {
	each_run *run;
	void *arg;
};

/* All that stands in a file. Heap. */
static char *text_of(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = mem_zero((size_t)size + 1);
	ssize_t n = pread(fd, text, (size_t)size, 0);

	if (n != size)
		ctl_fail(error_pick("what it printed cannot be read", "ce qu'il a écrit ne peut être lu"));
	return text;
}

/* In a process of its own: what is printed goes into a file in memory. */
static json_t *run_there(struct ctl *there, void *arg)
{
	const struct running *r = arg;
	int fd = memfd_create("printed", MFD_CLOEXEC);

	if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
		ctl_fail(error_pick("there is no room for what it prints",
		                    "mémoire insuffisante pour ce qu'il écrit"));
	int code = r->run(there, r->arg);

	fflush(stdout);
	char *text = text_of(fd);
	json_t *said = there->json ? json_loads(text, JSON_ALLOW_NUL, NULL) : json_string(text);

	free(text);
	return print_pack("{s:i,s:o}", "code", code, "said", said != NULL ? said : json_null());
}

static int code_of(const struct asked_space *space)
{
	return space->answer != NULL ? (int)json_integer_value(json_object_get(space->answer, "code")) : 1;
}

static json_t *row(const struct asked_space *space)
{
	json_t *one = print_pack("{s:s}", "space", space->name), *said;

	if (space->answer == NULL) {
		json_object_set_new(one, "why", print_json_text(space->why));
		return one;
	}
	said = json_object_get(space->answer, "said");
	if (json_is_object(said))
		json_object_update(one, said);
	else
		json_object_set(one, "said", said);
	return one;
}

static void print_text(const struct asked_space *space, bool fr)
{
	if (space->answer == NULL) {
		print(lang_pick(fr, "space %s: no answer: %s\n", "espace %s : pas de réponse : %s\n"),
		      space->name, space->why);
		return;
	}
	print(lang_pick(fr, "space %s:\n", "espace %s :\n"), space->name);
	/* Its lines are its own, and what stands in them was looked at when it was printed. */
	print_raw(stdout, json_string_value(json_object_get(space->answer, "said")));
}

int each_do(struct ctl *ctl, struct everywhere *e, each_run *run, void *arg, const char *what, bool french)
{
	struct running r = { run, arg };
	json_t *rows = json_array();
	int worst = 0;

	everywhere_ask(ctl, e, run_there, &r);
	everywhere_must_answer(ctl, e, what);
	for (size_t i = 0; i < e->count; i++) {
		int code = code_of(&e->list[i]);

		worst = code > worst ? code : worst;
		if (ctl->json)
			json_array_append_new(rows, row(&e->list[i]));
		else
			print_text(&e->list[i], french);
	}
	if (ctl->json)
		ctl_print_json(print_pack("{s:b,s:O}", "ok", (int)(worst == 0), "spaces", rows));
	json_decref(rows);
	return worst;
}

void each_must_be_named(struct ctl *ctl)
{
	struct everywhere e;

	everywhere_open(ctl, true, &e);
	char *names = everywhere_names(&e);

	if (e.count > 0)
		ctl_fail(
		    error_pick(
			"this is done in one space, and there are %zu: name one with --space: %s",
			"ceci se fait dans un seul espace, et il y en a %zu : en désigner un avec --space : %s"),
		    e.count, names);
	if (e.lost[0] != '\0')
		ctl_note(
		    error_pick(
			"this is done in the space at hand: which others there are is not known, the hub does not answer: %s",
			"ceci se fait dans l'espace courant : on ignore quels sont les autres, le hub ne répond pas : %s"),
		    e.lost);
	free(names);
	everywhere_close(&e);
}
