/* company.h - the ids under which one company calls.
 *
 * Two brands of a company are two advertisers with one SIREN. Whoever objected to one objected to the company, and
 * four calls are four calls whichever of them placed them. So each hash licet:advertiser:<a> of such a company has
 * the same field, company: its ids, a blank between, the first of which its consents, its attempts and its dated
 * oppositions are kept under. An advertiser without that field is a company of one id. */
#ifndef LICET_CORE_CAMPAIGN_COMPANY_H
#define LICET_CORE_CAMPAIGN_COMPANY_H

#include "core/text/fields.h"

#include <stdbool.h>
#include <stddef.h>

#define COMPANY_OTHERS_MAX 8 /* ids besides the first; licet_alias has the same bound */

struct company {
	size_t count;
	char ids[1 + COMPANY_OTHERS_MAX][ID_MAX + 1];
	bool joining; /* what stood under one of them is not all with the first yet: nothing may go */
};

/* Read it of the hash of the advertiser of that id. Returns false, and that id alone, where the field is none: an id in
 * it is no id or stands there twice, they are too many, or this one is not among them. */
bool company_read(const struct fields *advertiser, const char *id, struct company *ret);
bool company_has(const struct company *company, const char *id);

#endif
