/* core_text.h - what the core says of a job or a campaign, enqueue of a row and list load of a list, in French.
 *
 * The core writes English: its texts stand in receipts, records, licet:campaign:<c>:state and licet:list-meta:<l>, which must read the
 * same whoever looks. Most have names and numbers in them, so what a person reads in French is found by the
 * sentence around these. */
#ifndef LICET_CTL_BASE_CORE_TEXT_H
#define LICET_CTL_BASE_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A hint, a detail or a fault's text, in the language asked for; one that is unknown stands as it is. Heap. */
char *core_text(bool french, const char *text);
/* All faults of a campaign, "code: text; code: text". Heap. */
char *core_faults(bool french, const char *faults);

/* The table, for its tests: false behind its end. */
bool core_text_pair(size_t i, const char **ret_english, const char **ret_french);

#endif
