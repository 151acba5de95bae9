/* french.h - the French beside the English of what commands print.
 *
 * A sentence stands in both languages where it is said: nobody rewords one and leaves the other behind, and
 * the compiler holds the arguments against both. Codes (states, verdicts, classes, fields) are the same in
 * both languages for the programs that count on them; what a person reads for one stands in one table, by the
 * code. So do the few texts that the core gives as they are kept in receipts and records.
 *
 * Ours, because gettext answers in French only where a French locale is installed, and
 * --lang fr is for every machine. */
#ifndef LICET_CTL_BASE_FRENCH_H
#define LICET_CTL_BASE_FRENCH_H

#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>

/* Is French asked for? By --lang, wherever it stands before "--"; without it, as LC_ALL, LC_MESSAGES or LANG say. What
 * machines read is English unless they ask otherwise. Nothing is bad use here: errors of the command line come later,
 * in that language. */
bool lang_is_french(int argc, char **argv);

/* One of the two. */
const char *lang_pick(bool french, const char *english, const char *in_french)
    __attribute__((format_arg(2), format_arg(3)));

/* What a reason means. */
const char *lang_reason(bool french, enum reason reason);

/* A code as a person reads it in French; itself if the table has none, or French is not wanted. */
const char *lang_say(bool french, const char *code);

/* The table, for its tests: false behind its end. */
bool lang_pair(size_t i, const char **ret_code, const char **ret_french);

#endif
