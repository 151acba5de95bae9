/* french.h - the French beside the English of what commands print.
 *
 * The code is written in English; what a text says in French stands in one table, by
 * its English. Codes that other programs count on (reasons, fields) are the same in
 * both languages, their meaning is translated.
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

/* A word or sentence in French, or itself if the table has none or French is not
 * wanted. */
const char *lang_say(bool french, const char *english);

/* One of the two, where both stand beside each other: nothing can go without its French. */
const char *lang_pick(bool french, const char *english, const char *in_french);

/* The table, for its tests. A text that is a format has the same conversions in both. */
bool lang_pair(size_t i, const char **ret_english, const char **ret_french);

#endif
