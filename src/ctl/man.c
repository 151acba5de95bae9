/* man: the parts of the manual that tables of the program hold, as scdoc reads them. src/man/gen
 * puts them into the pages. */
#include "core/text/reason.h"
#include "ctl/base/options.h"
#include "ctl/base/session.h"
#include "ctl/base/words.h"
#include "ctl/law/vocabulary.h"
#include "io/host/error_text.h"
#include "io/redis/key_table.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* --- scdoc ------------------------------------------------------------------------------ */

/* Plain text: no character of it is a mark, and none begins a line as one. */
static void put_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len && text[i] != '\0'; i++) {
		if (strchr("\\*_<>[]#|-`+:", text[i]) != NULL)
			putchar('\\');
		putchar(text[i]);
	}
}

static void put_all(const char *text)
{
	put_text(text, SIZE_MAX);
}

static void put_bold(const char *text)
{
	putchar('*');
	put_all(text);
	putchar('*');
}

/* "-c, --config" and "FILE". */
static void put_option(const struct option_help *o)
{
	put_bold(o->name);
	if (o->argument != NULL) {
		putchar(' ');
		put_all(o->argument);
	}
	fputs("\n\t", stdout);
	put_all(o->help);
	fputs("\n\n", stdout);
}

/* Paragraphs; what begins with blanks is a block of its own. */
static void put_details(const char *text)
{
	bool literal = false;

	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if ((*text == ' ') != literal) {
			puts(literal ? "```\n" : "```");
			literal = !literal;
		}
		if (literal) {
			printf("%.*s\n", (int)len, text);
		} else {
			put_text(text, len);
			fputs("\n\n", stdout);
		}
	}
	if (literal)
		puts("```\n");
}

/* --- parts -------------------------------------------------------------------------------- */

/* As an item of a list, which takes fewer lines. */
static void put_item(const struct option_help *o)
{
	fputs("- ", stdout);
	put_bold(o->name);
	if (o->argument != NULL) {
		putchar(' ');
		put_all(o->argument);
	}
	fputs(": ", stdout);
	put_all(o->help);
	putchar('\n');
}

static void put_command(const struct command *c)
{
	const char *at = c->usage;
	char form[1000];

	for (bool first = true; options_form(c, &at, form, sizeof(form)); first = false) {
		if (!first)
			puts("++"); /* at the end of the line before */
		fputs("*licetctl ", stdout);
		put_all(c->name);
		fputs("* ", stdout);
		put_all(form);
	}
	fputs("\n\n", stdout);
	putchar(toupper(c->summary[0]));
	put_all(c->summary + 1);
	puts(c->needs_redis || c->may_ask_redis ? ".\n" : ". It needs no Redis.\n");
	size_t told = 0;

	for (size_t i = 0; options_at(i) != NULL; i++)
		if (options_belong(options_at(i), c->name, NULL, NULL)) {
			put_item(options_at(i));
			told++;
		}
	if (told > 0)
		putchar('\n');
	if (c->details != NULL)
		put_details(c->details);
	puts("```");
	options_example(c, "", 66);
	puts("```\n");
}

static void part_commands(const struct ctl *ctl)
{
	for (const struct command_family *f = ctl->families; f->title != NULL; f++) {
		bool titled = f->title[0] == '\0';

		for (const struct command *c = f->commands; c->name != NULL; c++) {
			if (c->is_internal)
				continue;
			if (!titled)
				printf("# %s\n\n", f->title);
			titled = true;
			printf("## %s\n\n", c->name);
			if (c->has_page)
				printf("%c%s: see *licetctl-%s*(1).\n\n", toupper(c->summary[0]),
				       c->summary + 1, c->name);
			else
				put_command(c);
		}
	}
}

static void part_options(const struct ctl *ctl)
{
	for (const struct option_help *o = usage_target_options; o->name != NULL; o++)
		put_option(o);
	for (const struct option_help *o = options_common; o->name != NULL; o++)
		put_option(o);
}

static void part_licetd(const struct ctl *ctl)
{
	for (const struct option_help *o = usage_target_options; o->name != NULL; o++)
		put_option(o);
	for (const struct option_help *o = usage_licetd_options; o->name != NULL; o++)
		put_option(o);
}

static void part_reasons(const struct ctl *ctl)
{
	static const struct {
		enum verdict verdict;
		const char *head;
	} classes[] = { { VERDICT_RELEASE, "It goes out" },
		        { VERDICT_HOLD, "It waits" },
		        { VERDICT_REFUSE, "It is refused, for good" },
		        { VERDICT_INVALID, "It could never be placed" } };

	for (size_t k = 0; k < sizeof(classes) / sizeof(classes[0]); k++) {
		printf("## %s\n\n", classes[k].head);
		for (int i = 0; i < REASON_COUNT; i++)
			if (reason_verdict((enum reason)i) == classes[k].verdict) {
				put_bold(reason_name((enum reason)i));
				fputs("\n\t", stdout);
				put_all(reason_text((enum reason)i));
				fputs("\n\n", stdout);
			}
	}
}

static void part_outcomes(const struct ctl *ctl)
{
	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++) {
		put_bold(vocabulary_outcomes[i]);
		fputs("\n\t", stdout);
		put_all(vocabulary_outcome_texts[i]);
		fputs("\n\n", stdout);
	}
}

static void part_configuration(const struct ctl *ctl)
{
	for (size_t i = 0; conf_key_at(i) != NULL; i++) {
		const struct conf_key *k = conf_key_at(i);

		put_bold(k->name);
		fputs(" = ", stdout);
		put_all(k->fallback[0] != '\0' ? k->fallback : "\"\"");
		if (k->unit[0] != '\0') {
			fputs(" (", stdout);
			put_all(k->unit);
			fputs(")", stdout);
		}
		fputs("\n\t", stdout);
		put_all(k->text);
		fputs("\n\n", stdout);
	}
}

static void part_keys(const struct ctl *ctl)
{
	static const char *const owners[] = { [KEY_OF_OPS] = "Written by operations and compliance",
		                              [KEY_OF_MARKETING] = "Written by marketing systems",
		                              [KEY_OF_SENDERS] = "Written by senders, through the functions",
		                              [KEY_OF_LICETD] = "Written by licetd and its functions",
		                              [KEY_INTERNAL] = "Internal: to look at, never to write" };

	for (int owner = 0; owner < KEY_OWNERS; owner++) {
		printf("## %s\n\n", owners[owner]);
		for (size_t i = 0; key_help_at(i) != NULL; i++) {
			const struct key_help *k = key_help_at(i);

			if ((int)k->owner != owner)
				continue;
			put_bold(k->name);
			printf(" (%s)\n\t", k->type);
			put_all(k->text);
			fputs("\n\n", stdout);
		}
	}
}

static int run_man(struct ctl *ctl, int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(const struct ctl *ctl);
	} parts[] = {
		{ "commands", part_commands }, { "options", part_options },
		{ "licetd", part_licetd },     { "reasons", part_reasons },
		{ "outcomes", part_outcomes }, { "configuration", part_configuration },
		{ "keys", part_keys },
	};

	ctl_words(ctl, argc, argv, NULL);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(argv[1], parts[i].name) == 0) {
			parts[i].print(ctl);
			return 0;
		}
	for (const struct command_family *f = ctl->families;
	     strcmp(argv[1], "command") == 0 && f->title != NULL; f++)
		for (const struct command *c = f->commands; c->name != NULL; c++)
			if (argv[2] != NULL && strcmp(argv[2], c->name) == 0) {
				put_command(c);
				return 0;
			}
	ctl_misuse(ctl, error_pick("no part %s", "aucune partie %s"), argv[1]);
}

const struct command ctl_man_commands[] = {
	{ .name = "man",
	  .usage = "commands|options|licetd|reasons|outcomes|configuration|keys | command NAME",
	  .summary = "a part of the manual, as scdoc reads it",
	  .run = run_man,
	  .example = "licetctl man reasons",
	  .is_internal = true },
	{ 0 },
};
