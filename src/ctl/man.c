/* man: pages made from the tables that --help prints. */
#include "ctl/base/session.h"
#include "io/config/usage.h"
#include "io/host/version.h"

#include <stdio.h>
#include <string.h>

/* --- roff ---------------------------------------------------------------------------- */

/* Text as roff: no character of it is a command. */
static void put_text(const char *text, size_t len)
{
	for (size_t i = 0; i < len && text[i] != '\0'; i++) {
		bool begins = i == 0 || text[i - 1] == '\n';

		if (begins && (text[i] == '.' || text[i] == '\''))
			fputs("\\&", stdout);
		if (text[i] == '\\')
			fputs("\\e", stdout);
		else if (text[i] == '-')
			fputs("\\-", stdout);
		else
			putchar(text[i]);
	}
}

static void put_line(const char *text)
{
	put_text(text, strlen(text));
	putchar('\n');
}

static void put_head(const char *page, const char *section, const char *summary)
{
	printf(".TH %s %s \"\" \"Licet " LICET_VERSION "\"\n.SH NAME\n%s \\- ", page, section, page);
	put_line(summary);
}

/* A paragraph whose lines are as they are. */
static void put_block(const char *text)
{
	puts(".PP\n.nf");
	put_text(text, strlen(text));
	puts(".fi");
}

/* Lines such as "  --name VALUE   what it does", some of which go on in the next line. */
static void put_options(const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n"), from = strspn(text, " "), name = from;

		if (from > 2) {
			put_text(text + from, len - from);
		} else {
			while (name < len && strncmp(text + name, "  ", 2) != 0)
				name++;
			fputs(".TP\n\\fB", stdout);
			put_text(text + from, name - from);
			puts("\\fR");
			name += strspn(text + name, " ");
			put_text(text + name, len - name);
		}
		putchar('\n');
		text += len + (text[len] == '\n');
	}
}

/* --- pages ------------------------------------------------------------------------------ */

static void page_licetd(const struct ctl *ctl)
{
	put_head("licetd", "8", "release voice-message jobs when every rule says yes");
	puts(".SH SYNOPSIS");
	put_line(LICETD_SYNOPSIS);
	puts(".SH DESCRIPTION");
	put_line(LICETD_SUMMARY);
	puts(".SH OPTIONS");
	put_options(LICETD_OPTIONS);
	puts(".SH SIGNALS AND EXIT STATUS");
	put_line(LICETD_SIGNALS);
	puts(".SH FILES\n.TP\n\\fI" TARGET_DEFAULT_FILE "\\fR\nwhat is configured: \\fBlicet.conf\\fR(5)\n"
	     ".TP\n\\fI/etc/licet/rulebooks\\fR\nthe law, by date\n"
	     ".SH SEE ALSO\n\\fBlicetctl\\fR(1), \\fBlicet.conf\\fR(5)");
}

static void page_licetctl(const struct ctl *ctl)
{
	put_head("licetctl", "1", "look at and steer licetd, and ask what the law says");
	puts(".SH SYNOPSIS\n\\fBlicetctl\\fR [\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIARGUMENT\\fR]...\n"
	     ".SH OPTIONS\nEvery command takes");
	put_options(TARGET_OPTIONS "  --json              for machines\n");
	puts(".SH COMMANDS");
	for (const struct command_family *f = ctl->families; f->title != NULL; f++) {
		printf(".SS %s\n", f->title);
		for (const struct command *c = f->commands; c->name != NULL; c++) {
			printf(".TP\n\\fB%s\\fR ", c->name);
			put_line(c->usage);
			put_line(c->summary);
			if (c->details != NULL) {
				puts(".RS");
				put_block(c->details);
				puts(".RE");
			}
		}
	}
	puts(".SH EXIT STATUS\n0 done, 1 refused or failed, 2 bad use.\n"
	     ".SH SEE ALSO\n\\fBlicetd\\fR(8), \\fBlicet.conf\\fR(5)");
}

static void page_conf(const struct ctl *ctl)
{
	put_head("licet.conf", "5", "how licetd and licetctl run here");
	puts(".SH DESCRIPTION\nA file in the format of libconfig. A key that is left out has its default; an "
	     "unknown key, a wrong type or a value out of range is an error that names file and line.\n"
	     ".SH KEYS");
	for (size_t i = 0; conf_key_at(i) != NULL; i++) {
		const struct conf_key *k = conf_key_at(i);

		printf(".TP\n\\fB%s\\fR = ", k->name);
		put_text(k->fallback[0] != '\0' ? k->fallback : "\"\"", SIZE_MAX);
		if (k->unit[0] != '\0') {
			fputs(" (", stdout);
			put_text(k->unit, SIZE_MAX);
			putchar(')');
		}
		putchar('\n');
		put_line(k->text);
	}
	puts(".SH FILES\n\\fI" TARGET_DEFAULT_FILE "\\fR\n"
	     ".SH SEE ALSO\n\\fBlicetd\\fR(8), \\fBlicetctl\\fR(1)");
}

static int run_man(struct ctl *ctl, int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(const struct ctl *ctl);
	} pages[] = { { "licetd", page_licetd }, { "licetctl", page_licetctl }, { "licet.conf", page_conf } };

	ctl_words(ctl, argc, argv, NULL, 1, 1);
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(argv[1], pages[i].name) == 0) {
			pages[i].print(ctl);
			return 0;
		}
	ctl_misuse(ctl, "no page %s", argv[1]);
}

const struct command ctl_man_commands[] = {
	{ "man", "licetd|licetctl|licet.conf", "print a manual page", false, run_man, NULL },
	{ 0 },
};
