/* letter.h - dates, numbers and articles as a letter writes them, in English or French. All texts are heap. */
#ifndef LICET_CTL_PAPER_LETTER_H
#define LICET_CTL_PAPER_LETTER_H

#include "core/time/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "mardi 24 novembre 2026 à 10 h 30", "Tuesday 24 November 2026 at 10:30"; zone NULL: UTC. */
char *letter_when(bool french, const struct zone *zone, int64_t ms);
/* "1er mai 2027", "1 May 2027"; with_day: the day of the week before it. */
char *letter_date(bool french, int32_t day, bool with_day);
/* "12 345" with narrow spaces, "12,345". */
char *letter_number(bool french, int64_t n);
/* "article L. 223-1, al. 1 à 3, du code de la consommation"; in English as it stands. */
char *letter_article(bool french, const char *article);
/* The same for a table: "L223-1 al. 1 à 3, R223-1 C. conso. ; L34-5 CPCE". */
char *letter_article_short(bool french, const char *article);
/* "552 100 554"; what is no SIREN stands as it is. */
char *letter_siren(const char *siren);
/* What people call a zone: "Paris", "La Réunion". */
char *letter_zone(const struct zone *zone);

#endif
