/* campaign_hashes.h - what licetd says of a campaign, as its keys have it. */
#ifndef LICET_CTL_CAMPAIGN_CAMPAIGN_HASHES_H
#define LICET_CTL_CAMPAIGN_CAMPAIGN_HASHES_H

#include "ctl/query/query.h"

struct campaign_hashes {
	struct hash state, stats;
	int64_t queue, intake, sum; /* sum: of where its jobs are, and always the intake */
};

/* Read them; give them to campaign_hashes_done(). */
void campaign_hashes_read(struct ctl *ctl, const char *id, struct campaign_hashes *ret);
void campaign_hashes_done(struct campaign_hashes *h);

#endif
