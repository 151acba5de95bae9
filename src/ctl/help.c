/* help.c - what licetctl says about itself; see help.h. */
#include "ctl/help.h"

#include "ctl/base/options.h"
#include "ctl/base/wrap.h"

#include <stdio.h>
#include <string.h>

#define GROUP_WIDTH 10
#define NAME_WIDTH 13

static void put_title(const struct ctl *ctl, const char *title, int width)
{
	printf("%s%-*s%s", ctl->colour ? "\033[1m" : "", width, title, ctl->colour ? "\033[0m" : "");
}

void help_all(const struct ctl *ctl)
{
	const char *title = "";

	puts("licetctl [OPTION]... COMMAND [ARGUMENT]...   Exit: 0 done, 1 refused, 2 bad use");
	for (const struct command_family *f = ctl->families; f->title != NULL; f++) {
		if (f->title[0] != '\0')
			title = f->title;
		for (const struct command *c = f->commands; c->name != NULL; c++) {
			if (c->is_internal)
				continue;
			put_title(ctl, title, GROUP_WIDTH);
			printf("%-*s %s\n", NAME_WIDTH - 1, c->name, c->summary);
			title = "";
		}
	}
	puts("licetctl help COMMAND has its options and an example; man licetctl has it all.\n"
	     "Every command takes -c FILE, --socket PATH, --redis HOST:PORT, --rulebook FILE,\n"
	     "--prefix P, --space S, --instance NAME, --lang en|fr, --json, --help.");
}

/* Paragraphs are filled; lines that begin with blanks stand as they are. */
static void put_details(const char *text)
{
	bool literal = false;

	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		char line[2000];

		len = strcspn(text, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)len, text);
		if (line[0] != ' ' || !literal)
			putchar('\n');
		literal = line[0] == ' ';
		if (literal)
			puts(line);
		else
			wrap_text(line);
	}
}

void help_command(const struct ctl *ctl, const struct command *command)
{
	const char *at = command->usage;
	char form[1000];
	size_t column = 0;

	while (options_form(command, &at, form, sizeof(form))) {
		printf("licetctl %s", command->name);
		wrap_print(form, strlen("licetctl ") + strlen(command->name), 4);
	}
	printf("\n%c%s%s.\n", command->summary[0] - 'a' + 'A', command->summary + 1,
	       command->needs_redis || command->may_ask_redis ? "" : " (needs no Redis)");
	for (size_t i = 0; options_at(i) != NULL; i++)
		if (options_belong(options_at(i), command->name, NULL, NULL)) {
			struct option_help row[2] = { *options_at(i), { NULL, NULL, NULL } };

			column = usage_column(row) > column ? usage_column(row) : column;
		}
	for (size_t i = 0, told = 0; options_at(i) != NULL; i++)
		if (options_belong(options_at(i), command->name, NULL, NULL)) {
			if (told++ == 0)
				putchar('\n');
			usage_print_option(stdout, options_at(i), column);
		}
	if (command->details != NULL)
		put_details(command->details);
	puts("\nExample");
	options_example(command, "  ", 78);
	puts("\nEvery command takes");
	for (const struct option_help *o = usage_target_options; o->name != NULL; o++)
		usage_print_option(stdout, o, usage_column(usage_target_options));
	for (const struct option_help *o = options_common; o->name != NULL; o++)
		usage_print_option(stdout, o, usage_column(usage_target_options));
}
