/* show.h - what is held about a person, for an access request. */
#ifndef LICET_CTL_SUBJECT_SHOW_H
#define LICET_CTL_SUBJECT_SHOW_H

#include "ctl/subject/subject.h"

/* The data as a letter, instead of text or JSON. */
struct subject_paper {
	bool html, french, full;
};
/* all: what several spaces have, as subject_document() gives it, with a member "space" in each that is held; NULL: it
 * is read here. Returns the exit code. */
int subject_show(struct subject *s, json_t *all, const char *out, const struct subject_paper *paper);
/* Everything as one document: {number, persons, at, held, count, limits}. The persons that are found are then in s. */
json_t *subject_document(struct subject *s);
/* Packed attempts as dates; the newest is the last. */
json_t *subject_dates(struct ctl *ctl, const char *packed, size_t len, int32_t *ret_newest);

#endif
