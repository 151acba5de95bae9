/* man: pages made from the tables that --help prints. */
#include "ctl/base/session.h"
#include "io/config/usage.h"
#include "io/host/version.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- roff ---------------------------------------------------------------------------- */

#define SOURCE_WIDTH 70 /* of the lines of a page's source */

/* A character of a word, none of which is a command. Returns its bytes. */
static size_t put_char(char c, bool begins)
{
	const char *before = begins && (c == '.' || c == '\'') ? "\\&" : c == '-' ? "\\" : "";

	return (size_t)printf(c == '\\' ? "\\e" : "%s%c", before, c);
}

/* The words of a text, with blanks for its line breaks, in lines that are short in the source
 * too. *column is where the line is. */
static void put_words(const char *text, size_t len, size_t *column)
{
	const char *end = text + strnlen(text, len);

	while (text < end) {
		size_t word = strcspn(text, " \n"), left = (size_t)(end - text);

		if (word > left)
			word = left;
		if (word > 0 && *column > 0 && *column + 1 + word > SOURCE_WIDTH) {
			putchar('\n');
			*column = 0;
		} else if (word > 0 && *column > 0) {
			*column += put_char(' ', false);
		}
		for (size_t i = 0; i < word; i++)
			*column += put_char(text[i], *column == 0);
		text += word < left ? word + 1 : word;
	}
}

static void end_line(size_t *column)
{
	if (*column > 0)
		putchar('\n');
	*column = 0;
}

static void put_line(const char *text)
{
	size_t column = 0;

	put_words(text, SIZE_MAX, &column);
	end_line(&column);
}

/* A command and what follows it, which is one line of the source: nothing is broken inside of
 * brackets, and what is too long goes on behind a backslash. */
static void put_usage(const char *name, const char *usage)
{
	size_t column = (size_t)printf(".TP\n\\fB%s\\fR", name);
	int depth = 0;

	for (const char *at = usage; *at != '\0'; at++) {
		depth += *at == '[' ? 1 : *at == ']' ? -1 : 0;
		if (at == usage)
			putchar(' ');
		if (*at == ' ' && depth == 0 && column + strcspn(at + 1, "[ ") > SOURCE_WIDTH / 2) {
			fputs("\\\n ", stdout);
			column = 0;
		} else if (*at == ' ' && depth > 0) {
			column += (size_t)printf("\\ ");
		} else {
			column += put_char(*at, false);
		}
	}
	putchar('\n');
}

/* "--name VALUE   what it does": a name and what it is, at least two blanks apart. Returns the
 * length of the name: all of the line if nothing follows. */
static size_t name_len(const char *line, size_t len)
{
	for (size_t i = 0; i + 2 < len; i++)
		if (line[i] == ' ' && line[i + 1] == ' ')
			return i;
	return len;
}

/* Text as people type it for a terminal: paragraphs, and lists of names with what they are, which
 * goes on in the next line below itself. */
static void put_details(const char *text)
{
	size_t column = 0, body = 0; /* where what a name is begins; 0: not in a list */
	bool first = true;

	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		size_t from = strspn(text, " "), name = name_len(text + from, len - from);

		if (body == 0 || from != body || len == 0) {
			bool listed = len > 0 && (from > 0 || name < len);

			if (listed || len == 0 || body > 0)
				end_line(&column);
			if (listed)
				fputs(name < len - from ? ".TP\n\\fB" : ".TP\n", stdout);
			else if (body > 0 || len == 0 || first)
				puts(".PP");
			first = false;
			body = 0;
			if (listed) {
				size_t line = SOURCE_WIDTH; /* a name is in one line */

				for (size_t i = 0; i < name; i++)
					line += put_char(text[from + i], false);
				puts(name < len - from ? "\\fR" : "");
				body = from + name + strspn(text + from + name, " ");
				from = body;
			}
		}
		put_words(text + from, len - from, &column);
	}
	end_line(&column);
}

static void put_head(const char *page, const char *section, const char *summary)
{
	fputs(".TH ", stdout);
	for (const char *at = page; *at != '\0'; at++)
		putchar(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
	printf(" %s " LICET_DATE " \"Licet " LICET_VERSION "\"\n.nh\n.ad l\n.SH NAME\n%s \\- ", section,
	       page);
	put_line(summary);
}

/* --- pages ------------------------------------------------------------------------------ */

#define ZONE_FILES "/usr/share/zoneinfo  the time zones, where zone_dir names no other folder\n"

static void page_licetd(const struct ctl *ctl)
{
	const char *exits = strstr(LICETD_SIGNALS, "Exit: ");

	assert(exits != NULL);
	put_head("licetd", "8", "release voice-message jobs when every rule says yes");
	puts(".SH SYNOPSIS");
	put_line(LICETD_SYNOPSIS);
	puts(".SH DESCRIPTION");
	put_line(LICETD_SUMMARY);
	puts(".SH OPTIONS");
	put_details(LICETD_OPTIONS);
	puts(".SH SIGNALS");
	size_t column = 0;
	put_words(LICETD_SIGNALS, (size_t)(exits - LICETD_SIGNALS), &column);
	end_line(&column);
	puts(".SH EXIT STATUS");
	put_line(exits + strlen("Exit: "));
	puts(".SH ENVIRONMENT");
	put_details(
	    "CREDENTIALS_DIRECTORY   folder with the files redis-password and sentinel-password, as systemd makes it\n"
	    "NOTIFY_SOCKET  systemd hears there of the start, of reloads, and that the loop turns\n"
	    "JOURNAL_STREAM  where it names standard error, lines have a priority and no time\n");
	puts(".SH FILES");
	put_details(TARGET_DEFAULT_FILE "  what is configured: licet.conf(5)\n"
	                                "/etc/licet/rulebooks  the law, by date\n" ZONE_FILES);
	puts(".SH SEE ALSO\n\\fBlicetctl\\fR(1), \\fBlicet.conf\\fR(5)");
}

static void page_licetctl(const struct ctl *ctl)
{
	put_head("licetctl", "1", "look at and steer licetd, and ask what the law says");
	puts(".SH SYNOPSIS\n\\fBlicetctl\\fR [\\fIOPTION\\fR]... \\fICOMMAND\\fR [\\fIARGUMENT\\fR]...\n"
	     ".SH OPTIONS\nEvery command takes");
	put_details(TARGET_OPTIONS "  --json              for machines\n"
	                           "  --help              say more about the command\n");
	puts(".SH COMMANDS");
	for (const struct command_family *f = ctl->families; f->title != NULL; f++) {
		if (f->title[0] != '\0')
			printf(".SS %s\n", f->title);
		for (const struct command *c = f->commands; c->name != NULL; c++) {
			put_usage(c->name, c->usage);
			put_line(c->summary);
			if (c->details != NULL) {
				puts(".RS");
				put_details(c->details);
				puts(".RE");
			}
		}
	}
	puts(".SH EXIT STATUS");
	put_details("0  done\n"
	            "1  refused or failed; many commands say above what it means for them\n"
	            "2  bad use\n");
	puts(".SH ENVIRONMENT");
	put_details("CREDENTIALS_DIRECTORY  folder with the files redis-password and sentinel-password\n"
	            "NO_COLOR  if it is not empty, no colours, on a terminal either\n"
	            "LC_ALL, LC_CTYPE, LANG  whether bars are drawn with characters of UTF-8\n"
	            "SUDO_USER, USER  who did what has to be answered for\n"
	            "LICET_*  what sender tells the commands that it starts\n");
	puts(".SH FILES");
	put_details(TARGET_DEFAULT_FILE "  what is configured: licet.conf(5)\n"
	                                "/etc/licet/rulebooks  the law, by date\n" ZONE_FILES);
	puts(".SH SEE ALSO\n\\fBlicetd\\fR(8), \\fBlicet.conf\\fR(5)");
}

static void page_conf(const struct ctl *ctl)
{
	put_head("licet.conf", "5", "how licetd and licetctl run here");
	puts(".SH DESCRIPTION");
	put_line(
	    "A file in the format of libconfig. A key that is left out has its default; an unknown key, a "
	    "wrong type or a value out of range is an error that names file and line.");
	puts(".SH KEYS");
	for (size_t i = 0; conf_key_at(i) != NULL; i++) {
		const struct conf_key *k = conf_key_at(i);
		size_t column = (size_t)printf(".TP\n\\fB%s\\fR = ", k->name);

		for (const char *at = k->fallback[0] != '\0' ? k->fallback : "\"\""; *at != '\0'; at++)
			put_char(*at, false);
		printf(k->unit[0] != '\0' ? " (%s)\n" : "%s\n", k->unit);
		column = 0;
		put_words(k->text, SIZE_MAX, &column);
		end_line(&column);
	}
	puts(".SH ENVIRONMENT");
	put_details(
	    "CREDENTIALS_DIRECTORY  folder with the files redis-password and sentinel-password, where no key names "
	    "others\n");
	puts(".SH FILES");
	put_details(TARGET_DEFAULT_FILE "  where it is looked for, without --config\n");
	puts(".SH SEE ALSO\n\\fBlicetd\\fR(8), \\fBlicetctl\\fR(1)");
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
