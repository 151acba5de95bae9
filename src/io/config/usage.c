/* usage.c - the options of both programs; see usage.h. */
#include "io/config/usage.h"

#include "io/config/target.h"

#include <string.h>

#define WIDTH 80
#define COLUMN_MAX 24

const struct option_help usage_target_options[] = {
	{ "-c, --config", "FILE", "the configuration; else LICET_CONF names it, else " TARGET_DEFAULT_FILE },
	{ "--socket", "PATH", "Unix socket of Redis" },
	{ "--redis", "HOST:PORT", "Redis by TCP" },
	{ "--rulebook", "FILE", "the law, instead of the rulebook that the configuration names" },
	{ "--prefix", "P", "what every key name begins with" },
	{ "--space", "S", "that space of a platform: its name as the tag of the prefix, licet:{S}:" },
	{ "--instance", "NAME", "name of the daemon; two on one Redis need two names" },
	{ NULL, NULL, NULL },
};

const struct option_help usage_licetd_options[] = {
	{ "--simulate", "T",
	  "run on a simulated clock that starts at T (RFC 3339 with its offset); only on a prefix that "
	  "begins with licet-sim:" },
	{ "--speed", "N", "simulated seconds per second (1)" },
	{ "--require-approved", NULL, "hold everything while nobody has signed the rulebook" },
	{ "--log-dir", "DIR", "keep the decision log there, whatever log_dir says; \"\": none" },
	{ "--verdict", "FILE", "write there what became of a reload, for licetctl reload" },
	{ "--check", NULL, "read the configuration and the rulebook, and stop" },
	{ "--version", NULL, "print the version" },
	{ "--help", NULL, "print this" },
	{ NULL, NULL, NULL },
};

static size_t head_len(const struct option_help *o)
{
	return 2 + strlen(o->name) + (o->argument != NULL ? 1 + strlen(o->argument) : 0);
}

size_t usage_column(const struct option_help *rows)
{
	size_t column = 4;

	for (; rows->name != NULL; rows++)
		if (head_len(rows) + 2 > column && head_len(rows) + 2 <= COLUMN_MAX)
			column = head_len(rows) + 2;
	return column;
}

void usage_print_option(FILE *file, const struct option_help *o, size_t column)
{
	size_t at = head_len(o);

	fprintf(file, "  %s%s%s", o->name, o->argument != NULL ? " " : "",
	        o->argument != NULL ? o->argument : "");
	if (at + 2 > column) {
		fputc('\n', file);
		at = 0;
	}
	fprintf(file, "%*s", (int)(column - at), "");
	at = column;
	for (const char *word = o->help; *word != '\0';) {
		size_t len = strcspn(word, " ");

		if (at > column && at + 1 + len > WIDTH) {
			fprintf(file, "\n%*s", (int)column, "");
			at = column;
		} else if (at > column) {
			fputc(' ', file);
			at++;
		}
		fprintf(file, "%.*s", (int)len, word);
		at += len;
		word += len + (word[len] == ' ');
	}
	fputc('\n', file);
}
