/* licetctl - the command beside licetd. Finds the command, takes the options that
 * all of them have, and leaves the rest to src/ctl.
 *
 * The parser is ours, because getopt_long() names no nearest option, and knows one
 * list of options, while each command has its own. */
#include "core/text/nearest.h"
#include "ctl/base/command.h"
#include "ctl/base/french.h"
#include "ctl/base/options.h"
#include "ctl/base/session.h"
#include "ctl/commands.h"
#include "ctl/help.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/host/version.h"

#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn static void unknown_command(const struct ctl *ctl, const char *name)
{
	const char *names[128];
	size_t count = 0;

	for (const struct command_family *f = command_families; f->title != NULL; f++)
		for (const struct command *c = f->commands; c->name != NULL && count < 127; c++)
			if (!c->is_internal)
				names[count++] = c->name;
	names[count++] = "help";
	const char *near = nearest_name(name, strlen(name), names, count);

	if (near != NULL)
		ctl_misuse(ctl,
		           error_pick("unknown command %s, did you mean %s?",
		                      "commande inconnue %s, vouliez-vous dire %s ?"),
		           name, near);
	ctl_misuse(ctl, error_pick("unknown command %s", "commande inconnue %s"), name);
}

/* --lang, which lang_is_french() has read already: returns how many words it is, 0 if it is another one. */
static int take_lang(const struct ctl *ctl, int left, char **argv)
{
	bool here = strncmp(argv[0], "--lang=", strlen("--lang=")) == 0;
	const char *value = here ? argv[0] + strlen("--lang=") : left > 1 ? argv[1] : NULL;

	if (!here && strcmp(argv[0], "--lang") != 0)
		return 0;
	if (value == NULL)
		ctl_misuse(ctl, error_pick("--lang needs a value", "--lang exige une valeur"));
	if (strcmp(value, "en") != 0 && strcmp(value, "fr") != 0)
		ctl_misuse(ctl, error_pick("--lang must be en or fr", "--lang doit être en ou fr"));
	return here ? 1 : 2;
}

/* Take the options of every command out of argv, wherever they stand before "--".
 * Returns how many words are left. */
static int take_common(struct ctl *ctl, int argc, char **argv, bool *ret_help)
{
	int count = 1;
	char err[256];

	for (int i = 1; i < argc;) {
		if (strcmp(argv[i], "--") == 0) {
			while (i < argc)
				argv[count++] = argv[i++];
			break;
		}
		switch (target_option(&ctl->options, argc, argv, &i, err, sizeof(err))) {
		case 1:
			continue;
		case -1:
			ctl_misuse(ctl, "%s", err);
		default:
			break;
		}
		int lang = take_lang(ctl, argc - i, argv + i);

		if (lang > 0) {
			i += lang;
			continue;
		}
		if (strcmp(argv[i], "--json") == 0)
			ctl->json = true;
		else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			*ret_help = true;
		else
			argv[count++] = argv[i];
		i++;
	}
	return count;
}

static int run(struct ctl *ctl, int argc, char **argv)
{
	bool help = false;

	ctl->french = lang_is_french(argc, argv);
	error_in_french(ctl->french);
	argc = take_common(ctl, argc, argv, &help);
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("licetctl " LICET_VERSION);
		return 0;
	}
	if (argc > 1 && strcmp(argv[1], "help") == 0) {
		help = true;
		argc--;
		argv++;
	}
	if (argc < 2) {
		if (!help)
			ctl_misuse(ctl, error_pick("a command is missing", "il manque une commande"));
		help_all(ctl);
		return 0;
	}
	const struct command *command = command_find(argv[1]);

	if (command == NULL)
		unknown_command(ctl, argv[1]);
	if (help) {
		help_command(ctl, command);
		return 0;
	}
	ctl->command = command;
	ctl->form = argc > 2 ? argv[2] : NULL;
	return command->run(ctl, argc - 1, argv + 1);
}

/* Was the other end of our output closed, as by head? */
static bool is_closed_pipe(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

int main(int argc, char **argv)
{
	struct ctl ctl;

	mem_use();
	json_pool_use();
	setlocale(LC_CTYPE, "C.UTF-8"); /* text is UTF-8 here, whatever the environment says */
	signal(SIGPIPE, SIG_IGN);       /* hiredis writes to sockets that are gone */
	ctl_init(&ctl);
	ctl.families = command_families;
	int code = ctl_end(&ctl, run(&ctl, argc, argv));

	ctl_done(&ctl);
	/* Output that nobody got is not success: licetctl ... > /dev/full. Who closes a pipe has read enough. */
	if ((fflush(stdout) != 0 || ferror(stdout)) && !is_closed_pipe())
		code = code != 0 ? code : 1;
	return code;
}
