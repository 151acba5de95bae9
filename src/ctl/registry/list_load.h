/* list_load.h - list load: a file of numbers becomes an opposition list.
 *
 * A scrub list is packed (core/number/packed.h), written aside and swapped in whole, or not at all. A live
 * list, opposition and opposition:ADVERTISER, stays a set that is only added to. */
#ifndef LICET_CTL_REGISTRY_LIST_LOAD_H
#define LICET_CTL_REGISTRY_LIST_LOAD_H

#include "ctl/base/session.h"

struct list_load {
	const char *source; /* where it comes from; NULL: the file's name */
	bool force;         /* even if it shrinks, or is empty */
	bool skip_bad;      /* the good lines of a file with bad ones */
	bool french;
	int every_h; /* the next one is expected within so many hours; 0: not said */
};

bool list_is_live(const char *name);
/* Load it from a file, "-": standard input. Returns the exit status: 1 if nothing was changed, or only in
 * part; what is wrong is printed, and stands in the list's meta. */
int list_load(struct ctl *ctl, const char *name, const char *path, const struct list_load *how);

#endif
