/* options.h - every option of the commands of licetctl, in one table.
 *
 * The parser, usage errors, --help, the completion of shells and the pages of the manual are made
 * from it. A command says what an option sets (session.h: struct ctl_option); what it is called,
 * whether a value follows and what it means stands here alone. */
#ifndef LICET_CTL_BASE_OPTIONS_H
#define LICET_CTL_BASE_OPTIONS_H

#include "ctl/base/command.h"
#include "io/config/usage.h"

#include <stdbool.h>
#include <stddef.h>

/* The row at i, or NULL past the end. */
const struct option_help *options_at(size_t i);
/* Does that row belong to the command? form: the first word behind it, such as "put"; NULL: whichever.
 * *ret_needed, which may be NULL, tells whether the command cannot do without it. */
bool options_belong(const struct option_help *row, const char *command, const char *form, bool *ret_needed);
/* The row of an option that the command has in some form, or NULL. name need not end. */
const struct option_help *options_find(const char *command, const char *name, size_t len);
/* May it be given more than once? Its values then stand together, a line break between them. */
bool options_repeat(const struct option_help *row);
/* The options of every command, beside those of target.h. */
extern const struct option_help options_common[];

/* The words of one form, its name included. */
struct usage_words {
	char
	    name[24]; /* that tells it from the others, such as "put"; "": there is no other without a name */
	int min, max; /* how many; INT_MAX: as many as there are */
};

/* The words of one form of a command at a time. Each call moves *at on, which begins as command->usage; false at the
 * end. */
bool options_words(const char **at, struct usage_words *ret);
/* One form of a command at a time: "show C" with its options, in brackets where they may be left
 * out. Each call moves *at on, which begins as command->usage; false at the end. */
bool options_form(const struct command *command, const char **at, char *buf, size_t size);
/* The usage of the form that the word names, or else of all, behind the command's name. */
void options_usage(const struct command *command, const char *word, char *buf, size_t size);
/* Print its example, in lines of at most width columns, behind that indent; a shell reads them as one. */
void options_example(const struct command *command, const char *indent, size_t width);

#endif
