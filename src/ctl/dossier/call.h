/* call.h - one call: when, by whom, with what result, and on what it rested. */
#ifndef LICET_CTL_DOSSIER_CALL_H
#define LICET_CTL_DOSSIER_CALL_H

#include "ctl/dossier/dossier.h"

/* One call, from what a done or settle stream says of it. */
void dossier_add_call(struct dossier *d, const char *campaign, const struct redis_reply *fields);
void dossier_add_start(struct dossier *d, const struct dossier_start *start);
void dossier_add_reported(struct dossier *d, const struct redis_reply *event, const struct ready_entry *e);

#endif
