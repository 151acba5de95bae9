/* window_places.h - the places in which a campaign's own window never meets the lawful hours. */
#ifndef LICET_CTL_CAMPAIGN_WINDOW_PLACES_H
#define LICET_CTL_CAMPAIGN_WINDOW_PLACES_H

#include "ctl/query/campaign_facts.h"

/* Those in which jobs of it are held, from its counters: [{"place", "jobs"}]. */
json_t *window_never(struct ctl *ctl, const struct campaign_facts *cf, const struct hash *stats);
/* One line for each. */
void window_never_tell(const char *id, const json_t *places);

#endif
