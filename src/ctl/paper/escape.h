/* escape.h - text as it may stand in a page: no character of it is markup, none moves what stands around it. */
#ifndef LICET_CTL_PAPER_ESCAPE_H
#define LICET_CTL_PAPER_ESCAPE_H

#include "core/time/zone.h"

#include <stdbool.h>
#include <stdio.h>

/* As it stands. */
void escape_plain(FILE *out, const char *text);
/* The same with its line feeds. */
void escape_lines(FILE *out, const char *text);
/* With instants and dates as a letter writes them. zone NULL: UTC. */
void escape_text(FILE *out, const char *text, bool french, const struct zone *zone);
/* Within a string of a style sheet. */
void escape_style(FILE *out, const char *text);

#endif
