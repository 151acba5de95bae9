/* waiting_model.h - what waits in Redis, as the model of core/forecast.h wants it: each job judged
 * by decide(), as the daemon judges it, and counted by place and by the times it has. */
#ifndef LICET_CTL_FORECAST_WAITING_MODEL_H
#define LICET_CTL_FORECAST_WAITING_MODEL_H

#include "ctl/forecast/forecast.h"

/* Read everything that waits. given_ms: the rate that was asked for, 0: none. Heap. */
struct outlook *outlook_read(struct ctl *ctl, const char *campaign, double given_ms);
void outlook_free(struct outlook *o);
/* waiting_model.c, for estimate.c: an outlook without jobs; its rate; run the model. */
struct outlook *outlook_begin(struct ctl *ctl, const char *campaign);
void outlook_find_pace(struct ctl *ctl, struct outlook *o, double given_ms, bool alone);
void outlook_run(struct outlook *o);
struct sorting *sorting_new(struct ctl *ctl, struct outlook *o);
void sorting_free(struct sorting *s);
/* Second ones among all that were asked are duplicates. */
void sorting_fate(struct sorting *s, const struct waiting_job *j, struct fate *ret);

#endif
