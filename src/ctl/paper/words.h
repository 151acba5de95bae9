/* words.h - what the codes of records, definitions and counters are called in a sentence. */
#ifndef LICET_CTL_PAPER_WORDS_H
#define LICET_CTL_PAPER_WORDS_H

#include <stdbool.h>

/* The words for a code: "prospecting" is "prospection commerciale"; a code that has none stands as it is. Borrowed. */
const char *words_of(bool french, const char *code);
/* A territory, or a place, in French; NULL: it is none. Borrowed. */
const char *words_territory(const char *name);
/* A place by the names of its territories; heap. */
char *words_place(bool french, const char *place);
/* Codes with spaces or commas between, each by its words; heap. */
char *words_list(bool french, const char *codes);

#endif
