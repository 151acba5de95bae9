/* streams.h - which campaigns and advertisers there are, and what their streams say of the number. */
#ifndef LICET_CTL_DOSSIER_STREAMS_H
#define LICET_CTL_DOSSIER_STREAMS_H

#include "ctl/dossier/dossier.h"

typedef void dossier_take(struct dossier *d, const char *owner, const struct redis_reply *entry);

/* Every campaign and advertiser of which a key is left, listed or not. */
void dossier_discover(struct dossier *d);
/* The calls, refusals and faults of every campaign. */
void dossier_read_campaigns(struct dossier *d);
/* A stream from its beginning, in chunks; take is called for each entry. Returns how
 * many there were; -1, with a limit noted, if it cannot be read. */
int64_t dossier_walk(struct dossier *d, const char *key, const char *owner, dossier_take *take);
/* Is that the number's? People write numbers in many ways. */
bool dossier_is_number(const struct dossier *d, const char *text, size_t len);

#endif
