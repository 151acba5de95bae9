/* file_rules.h - what somebody says of a file that its columns do not say themselves.
 *
 * Said on the command line, and kept in a profile (profile.h), so that the next file of the same client goes
 * in without it. What stands on the command line comes first and wins. */
#ifndef LICET_CTL_ENQUEUE_FILE_RULES_H
#define LICET_CTL_ENQUEUE_FILE_RULES_H

#include "core/time/spelled.h"
#include "ctl/query/query.h"

struct file_rules {
	struct names map;      /* "to=Téléphone" */
	struct names set;      /* "consent.product=toys" */
	struct names words;    /* "Accord:Oui=ticked-box" */
	struct names ignore;   /* names of columns */
	struct names vars;     /* names of columns; "*": all that are no field */
	struct names to_first; /* names of columns, in order */
	char *zone;            /* NULL: Europe/Paris */
	char *dates;           /* dmy or mdy; NULL: found out */
	char *delimiter;       /* one character, or tab; NULL: found out */
	char *encoding;        /* NULL: found out */
	bool plus, excel_zero;
};

/* Add the items of a value: lines, and within a line items with commas between them. cut false: a line is one item. NULL adds
 * nothing. */
void rules_add(struct names *to, const char *value, bool cut);
/* Is anything said that is for CSV alone? */
bool rules_for_csv(const struct file_rules *r);
/* Bad use unless each item is written as it must be. */
void rules_check(const struct ctl *ctl, const struct file_rules *r);
char rules_separator(const struct file_rules *r); /* 0: found out */
void rules_done(struct file_rules *r);

#endif
