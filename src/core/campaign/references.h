/* references.h - is what a campaign refers to as the law wants it? See campaign.h. */
#ifndef LICET_CORE_CAMPAIGN_REFERENCES_H
#define LICET_CORE_CAMPAIGN_REFERENCES_H

#include "core/campaign/reading.h"

/* Is what the campaign refers to as the law wants it? */
/* Before the others: they rest on whose company it is. */
void check_company(struct reading *r);
void check_advertiser(struct reading *r);
void check_source(struct reading *r);
void check_sector(struct reading *r);
void check_caller_id(struct reading *r);
void check_opt_out(struct reading *r);
void check_announcement(struct reading *r);

#endif
