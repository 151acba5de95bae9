/* list_everywhere.c - see list_everywhere.h.
 *
 * A process for each space: what ends the load of one, as a lost connection does, ends none of the others. */
#include "ctl/registry/list_everywhere.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/space/others.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void load_there(struct ctl *ctl, const struct other_space *o, const char *name,
                                 const char *path, const struct list_load *how)
{
	struct ctl there;

	/* For a machine one document is printed, that of the space at hand; errors have a stream of their own. */
	if (ctl->json && freopen("/dev/null", "w", stdout) == NULL)
		_exit(1);
	other_session(ctl, o, &there);
	there.json = ctl->json;
	int code = list_load(&there, name, path, how);

	fflush(stdout);
	_exit(code);
}

static bool loaded(struct ctl *ctl, struct other_space *o, const char *name, const char *path,
                   const struct list_load *how)
{
	int status = 1;

	if (!ctl->json)
		print(lang_pick(how->french, "space %s:\n", "espace %s :\n"), o->name);
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		load_there(ctl, o, name, path, how);
	return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int list_load_everywhere(struct ctl *ctl, const char *name, const char *path, const struct list_load *how)
{
	struct other_spaces others = { 0 };

	bool everywhere = strncmp(name, "opposition:", strlen("opposition:")) != 0,
	     once = strcmp(path, "-") == 0;
	if (everywhere && once)
		others_open(ctl, &others);
	if (others.count > 0)
		ctl_misuse(ctl, "standard input can be read once, and there are %zu spaces: name a file",
		           others.count + 1);
	int code = list_load(ctl, name, path, how);

	if (everywhere && !once)
		others_open(ctl, &others);

	for (size_t i = 0; i < others.count; i++) {
		struct other_space *o = &others.list[i];

		if (o->why[0] == '\0' && !loaded(ctl, o, name, path, how))
			snprintf(o->why, sizeof(o->why), "it was not loaded whole");
	}
	char *what = mem_format("list %s is as it was", name);

	others_must_answer(ctl, &others, what);
	free(what);
	others_close(&others);
	return ctl_end(ctl, code);
}
