/* list_everywhere.h - list load in every space of the platform. */
#ifndef LICET_CTL_REGISTRY_LIST_EVERYWHERE_H
#define LICET_CTL_REGISTRY_LIST_EVERYWHERE_H

#include "ctl/registry/list_load.h"

/* As list_load(), in the space at hand and in each other one: every space asks a copy of its own, which has its
 * own date. One that fails keeps the list that it had. An advertiser's own list is in its space alone. */
int list_load_everywhere(struct ctl *ctl, const char *name, const char *path, const struct list_load *how);

#endif
