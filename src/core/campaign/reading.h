/* reading.h - the steps of reading a campaign, for campaign.c and references.c alone. */
#ifndef LICET_CORE_CAMPAIGN_READING_H
#define LICET_CORE_CAMPAIGN_READING_H

#include "core/campaign/campaign.h"
#include "core/campaign/company.h"

/* Everything that reading needs, so that the steps have few parameters. */
struct reading {
	const struct rulebook *rb;
	const struct campaign_options *options;
	const struct fields *def, *advertiser, *source, *route;
	int32_t date;
	struct campaign *c;
	struct company company; /* of its advertiser */
};

/* Add a fault: one line of UTF-8, whatever the definition contains. */
void reading_fault(struct campaign *c, enum campaign_fault fault, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A field that must be there and not be empty; else a fault, and NULL. */
const char *reading_must(struct reading *r, const char *name);
/* One of some words. Returns its position, or -1 after adding a fault. */
int reading_word(struct reading *r, const char *name, const char *v, const char *const *words, size_t count);
/* A whole number from min to max; the fallback if it is absent, or after adding a fault. */
int reading_int(struct reading *r, const struct fields *f, const char *name, long min, long max,
                int fallback);
/* True if a list of words (spaces or commas between) has this one. */
bool reading_has(const char *list, const char *word);

#endif
