/* words.h - the command line of one command, read by its usage (command.h) and the table of options (options.h).
 *
 * How many words a command takes, which forms it has and which options belong to each stands there alone: no command
 * counts its words by itself. */
#ifndef LICET_CTL_BASE_WORDS_H
#define LICET_CTL_BASE_WORDS_H

#include "ctl/base/session.h"

#include <stdbool.h>
#include <stdint.h>

/* What an option of the table in options.h sets, for one command. */
struct ctl_option {
	const char *name;   /* "--from" */
	const char **value; /* where the value goes; NULL: a flag */
	bool *flag;         /* set to true, or NULL */
};

/* Take the options out of argv. What is left are the words of a form of the command's usage, from argv[1] on, and as many
 * as it has; returns how many. options, those that the table gives the command, ends with an empty one and may be NULL.
 * A command that needs Redis is connected then, and not before: bad use is told as such where Redis is away, or where there
 * is no configuration. */
int ctl_words(struct ctl *ctl, int argc, char **argv, const struct ctl_option *options);
/* The same, with up to so many words more than the usage has: the command makes sense of them. */
int ctl_words_more(struct ctl *ctl, int argc, char **argv, const struct ctl_option *options, int more);

/* Values of options; name is for the error. */
int64_t ctl_read_time(const struct ctl *ctl, const char *name, const char *text);
int ctl_read_int(const struct ctl *ctl, const char *name, const char *text, int min, int max);

#endif
