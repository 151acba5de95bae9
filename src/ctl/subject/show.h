/* show.h - what is held about a person, for an access request. */
#ifndef LICET_CTL_SUBJECT_SHOW_H
#define LICET_CTL_SUBJECT_SHOW_H

#include "ctl/subject/subject.h"

/* The data as a letter, instead of text or JSON. */
struct subject_paper {
	bool html, french, full;
};
int subject_show(struct subject *s, const char *out, const struct subject_paper *paper);
/* Packed attempts as dates; the newest is the last. */
json_t *subject_dates(struct ctl *ctl, const char *packed, size_t len, int32_t *ret_newest);

#endif
