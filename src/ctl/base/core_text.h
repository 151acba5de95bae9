/* core_text.h - what is kept in English of a job, a campaign, a row, a list, a log or Redis, in French.
 *
 * The core writes English, and so do list load, the checks of the decision log and licetd of its Redis: these texts
 * stand in receipts, records, attestations, licet:campaign:<c>:state and licet:list-meta:<l>, which must read the same
 * whoever looks. Most have names and numbers in them, so what a person reads in French is found by the sentence
 * around these. */
#ifndef LICET_CTL_BASE_CORE_TEXT_H
#define LICET_CTL_BASE_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* A hint, a detail or a fault's text, in the language asked for; one that is unknown stands as it is. Heap. */
char *core_text(bool french, const char *text);
/* Each of several, "text; text". Heap. */
char *core_texts(bool french, const char *texts);
/* All faults of a campaign, "code: text; code: text". Heap. */
char *core_faults(bool french, const char *faults);

/* The table, for its tests: false behind its end. */
bool core_text_pair(size_t i, const char **ret_english, const char **ret_french);

#endif
