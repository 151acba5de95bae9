/* top_sample.h - see top.h. */
#ifndef LICET_CTL_WATCH_TOP_SAMPLE_H
#define LICET_CTL_WATCH_TOP_SAMPLE_H

#include "ctl/watch/top.h"

/* Read it anew; the first time t is { 0 }. Where the connection is lost, and ctl outlives that,
 * only t->away changes, and the next time another one is made. */
void top_read(struct ctl *ctl, struct top *t);
void top_done(struct top *t);
/* Add its counters and its rate; hours are read apart. */
void top_add_counts(struct top_campaign *all, const struct top_campaign *c);
json_t *top_json(const struct top *t);

#endif
