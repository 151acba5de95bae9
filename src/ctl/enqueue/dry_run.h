/* dry_run.h - what would become of the lines of a file, by the code that forecasts. */
#ifndef LICET_CTL_ENQUEUE_DRY_RUN_H
#define LICET_CTL_ENQUEUE_DRY_RUN_H

#include "ctl/enqueue/enqueue.h"

struct trial *trial_new(struct ctl *ctl, const char *campaign);
void trial_free(struct trial *t);
/* What becomes of the job at hand; said in the report's file, if there is one. */
void trial_add(struct intake *in);
void trial_end(struct intake *in);
void trial_json(const struct trial *t, json_t *object);
void trial_print(const struct trial *t, bool french);

#endif
