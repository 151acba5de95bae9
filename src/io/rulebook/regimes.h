/* regimes.h - see regimes.c. */
#ifndef LICET_IO_RULEBOOK_REGIMES_H
#define LICET_IO_RULEBOOK_REGIMES_H

#include "io/rulebook/fields.h"

/* regimes. */
void rulebook_read_regimes(struct cfg_node root, struct rulebook *rb);

#endif
