/* status_spaces.h - what several spaces say of themselves, as one status. */
#ifndef LICET_CTL_WATCH_STATUS_SPACES_H
#define LICET_CTL_WATCH_STATUS_SPACES_H

#include "ctl/space/everywhere.h"

/* Of their answers: the same members as of one space, each row with its "space"; "spaces" says who answered, and what each
 * says of its Redis; "totals" are sums over all campaigns. */
json_t *status_of_spaces(const struct everywhere *e);

#endif
