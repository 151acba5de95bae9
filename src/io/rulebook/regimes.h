/* regimes.h - the regimes of a rulebook: what binds from when to when. */
#ifndef LICET_IO_RULEBOOK_REGIMES_H
#define LICET_IO_RULEBOOK_REGIMES_H

#include "io/rulebook/fields.h"

/* regimes. */
void rulebook_read_regimes(struct cfg_node root, struct rulebook *rb);

#endif
