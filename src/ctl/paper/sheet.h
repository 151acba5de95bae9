/* sheet.h - a letter or a statement on paper, as one self-contained HTML file: A4, letterhead, page numbers, the table
 * of what was quoted, a place to sign, the checkpoint of the decision log.
 *
 * A renderer says what stands in it, in order; whatever it passes is text: it is cleaned and escaped here, and
 * nowhere else. Instants (2026-11-24T09:30:00Z) become the date as a letter writes it, with the instant small
 * beside; dates that stand alone as well. Each sentence is passed in both languages. */
#ifndef LICET_CTL_PAPER_SHEET_H
#define LICET_CTL_PAPER_SHEET_H

#include "core/time/zone.h"
#include "ctl/base/session.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct sheet;

struct sheet_want {
	struct ctl *ctl;
	bool french, full;       /* full: whole numbers */
	const struct zone *zone; /* of the times; NULL: UTC */
	const char *title;       /* heap or not, copied */
	bool with_log;           /* the checkpoint belongs to it, where a log is kept */
	bool without_signature;  /* nobody answers for it by name */
	const char *checkpoint;  /* this one instead of the newest; NULL */
};
struct sheet *sheet_new(const struct sheet_want *want);
/* Write it, and release it. */
void sheet_end(struct sheet *s, FILE *to);

bool sheet_french(const struct sheet *s);
/* One of the two. */
const char *sheet_say(const struct sheet *s, const char *english, const char *french);

/* --- what stands in it ------------------------------------------------------------------ */

void sheet_heading(struct sheet *s, const char *english, const char *french);
/* Sentences: formats with the same conversions in both. */
void sheet_text(struct sheet *s, const char *english, const char *french, ...)
    __attribute__((format(printf, 2, 4))) __attribute__((format(printf, 3, 4)));
/* In a box: what nobody may overlook. */
void sheet_warning(struct sheet *s, const char *english, const char *french, ...)
    __attribute__((format(printf, 2, 4))) __attribute__((format(printf, 3, 4)));
/* A line of a list. */
void sheet_item(struct sheet *s, const char *text);
/* A fact: a label and its value; NULL and "" are a dash. */
void sheet_fact(struct sheet *s, const char *english, const char *french, const char *value);
void sheet_count(struct sheet *s, const char *english, const char *french, int64_t n);
/* A hash, a key, a name of ours: as it stands, in the type of a machine. */
void sheet_code(struct sheet *s, const char *english, const char *french, const char *value);
/* A table: its heads, then cells one after the other, as many a row as there are heads. */
void sheet_table(struct sheet *s, size_t count, const char *const *heads);
void sheet_cell(struct sheet *s, const char *text);
void sheet_cell_count(struct sheet *s, int64_t n);
/* A picture, as SVG that is sound: whoever made it has escaped its texts. */
void sheet_picture(struct sheet *s, const char *svg);
/* A rule of law that was quoted, and for what: they stand in a table at the end. Several may be parted by "; ". */
void sheet_quote(struct sheet *s, const char *articles, const char *for_what);
/* Articles as a sentence has them; heap. */
char *sheet_articles(const struct sheet *s, const char *articles);

/* A member of an object as text: "" where it is none. Borrowed. */
const char *paper_text(const json_t *object, const char *key);
int64_t paper_int(const json_t *object, const char *key);
/* Numbers of people in a text of others are masked, unless they are wanted whole; heap. */
char *sheet_masked(const struct sheet *s, const char *text);

#endif
