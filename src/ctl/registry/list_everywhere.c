/* list_everywhere.c - see list_everywhere.h.
 *
 * A process for each space: what ends the load of one, as a lost connection does, ends none of the others. */
#include "ctl/registry/list_everywhere.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/space/everywhere.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void load_there(struct ctl *ctl, const char *prefix, bool prints, const char *name,
                                 const char *path, const struct list_load *how)
{
	struct ctl there;

	ctl_before_end(NULL);
	if (!prints && freopen("/dev/null", "w", stdout) == NULL)
		_exit(1);
	space_session(ctl, prefix, &there);
	there.json = ctl->json;
	int code = list_load(&there, name, path, how);

	fflush(stdout);
	_exit(code);
}

/* For a machine one document is printed, that of the first; errors have a stream of their own. */
static bool loaded(struct ctl *ctl, const struct asked_space *space, bool first, const char *name,
                   const char *path, const struct list_load *how)
{
	int status = 1;

	if (!ctl->json)
		print(lang_pick(how->french, "space %s:\n", "espace %s :\n"), space->name);
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		load_there(ctl, space->prefix, first || !ctl->json, name, path, how);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int list_load_everywhere(struct ctl *ctl, const char *name, const char *path, const struct list_load *how)
{
	struct everywhere e;

	if (strncmp(name, "opposition:", strlen("opposition:")) == 0)
		return list_load(ctl, name, path, how);
	everywhere_open_all(ctl, &e);
	everywhere_say(ctl, &e, how->french);
	if (e.count == 0)
		return list_load(ctl, name, path, how);
	if (strcmp(path, "-") == 0)
		ctl_misuse(
		    ctl,
		    lang_pick(
			how->french, "standard input can be read once, and there are %zu spaces: name a file",
			"l'entrée standard ne peut être lue qu'une fois, et il y a %zu espaces : nommer un fichier"),
		    e.count);
	for (size_t i = 0; i < e.count; i++)
		if (!loaded(ctl, &e.list[i], i == 0, name, path, how))
			snprintf(e.list[i].why, sizeof(e.list[i].why), "%s",
			         lang_pick(how->french, "each said why", "chacun a dit pourquoi"));
	char *what = mem_format(lang_pick(how->french, "list %s was not loaded whole",
	                                  "la liste %s n'a pas été chargée en entier"),
	                        name);

	everywhere_must_answer(ctl, &e, what);
	free(what);
	everywhere_close(&e);
	return 0;
}
