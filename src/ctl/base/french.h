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

#include "ctl/base/session.h"

#include <stdbool.h>

/* The value of --lang: true for fr. Bad use unless it is en or fr. NULL: as LC_ALL, LC_MESSAGES or LANG say; what
 * machines read is English unless they ask otherwise. */
bool lang_read(const struct ctl *ctl, const char *text);

/* The same before the command reads its options, for errors that come earlier: what --lang or the locale says, wherever
 * it stands. Nothing is bad use here. */
bool lang_expected(int argc, char **argv);

/* One of the two. */
const char *lang_pick(bool french, const char *english, const char *in_french)
    __attribute__((format_arg(2), format_arg(3)));

/* A code as a person reads it in French; itself if the table has none, or French is not wanted. */
const char *lang_say(bool french, const char *code);

/* The table, for its tests: false behind its end. */
bool lang_pair(size_t i, const char **ret_code, const char **ret_french);

#endif
