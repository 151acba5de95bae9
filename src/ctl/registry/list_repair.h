/* list_repair.h - list mend and list accept: what a person does about a list that holds. */
#ifndef LICET_CTL_REGISTRY_LIST_REPAIR_H
#define LICET_CTL_REGISTRY_LIST_REPAIR_H

#include "ctl/base/session.h"

/* Write the members of a live list that are no E.164 numbers as the numbers that they are; drop: take
 * off those that are none however they are read. Returns the exit status: 1 if some are left. */
int list_mend(struct ctl *ctl, const char *name, bool drop, bool french);
/* Is that the name of a key that list accept takes, as what stands beside the lists: attempts:A, consent:A,
 * oppositions:dated:A, campaign:C:seen? */
bool list_is_kept_key(const char *name);
/* Take a list as it is although it lacks members. Returns the exit status: 1 if it lacks none. */
int list_accept(struct ctl *ctl, const char *name, const char *reason, bool french);

#endif
