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

#include "core/time/zone.h"
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

/* "Mon 28 Dec 2026 10:00", "lun. 28 déc. 2026 10:00": in a zone. */
#define LANG_LOCAL_SIZE 48
char *lang_local(bool french, const struct zone *zone, int64_t ms, char buf[LANG_LOCAL_SIZE]);

/* How long ago: "3 min", "2 h", "5 days"; "3 min", "2 h", "5 jours". */
#define LANG_AGE_SIZE 32
char *lang_age(bool french, int64_t ms, char buf[LANG_AGE_SIZE]);

#endif
