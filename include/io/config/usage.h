/* usage.h - the options that licetd and licetctl have, as tables: the parsers, --help, the
 * completion and the pages of the manual are made from them. */
#ifndef LICET_IO_CONFIG_USAGE_H
#define LICET_IO_CONFIG_USAGE_H

#include <stddef.h>
#include <stdio.h>

#define LICETD_SYNOPSIS "licetd [OPTION]..."
#define LICETD_SUMMARY \
	"Pulls queued voice-message jobs from Redis and releases the lawful ones. Runs in\n" \
	"the foreground, as any user, and writes no file but the decision log and where\n" \
	"--verdict names one.\n"
#define LICETD_SIGNALS \
	"SIGTERM drains and stops, SIGHUP reloads. Exit: 0 stopped, 1 cannot run, 2 bad\n" \
	"use, 78 bad configuration.\n"

struct option_help {
	const char *name;     /* "--prefix"; NULL ends a table */
	const char *argument; /* what the value is, "FILE"; NULL: a flag */
	const char *help;     /* a phrase, lower case */
};

/* Both programs have these; target.h reads them. */
extern const struct option_help usage_target_options[];
/* licetd has these besides. */
extern const struct option_help usage_licetd_options[];

/* Print a row for a terminal of 80 columns: name and argument, then the help from column on. */
void usage_print_option(FILE *file, const struct option_help *o, size_t column);
/* Where the help of all rows begins best, so that no name runs into it: 4 to 24. */
size_t usage_column(const struct option_help *rows);

#endif
