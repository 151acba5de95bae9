/* numbers.h - the numbering plan of a rulebook: prefixes, classes, opt-out and caller-id ranges. */
#ifndef LICET_IO_RULEBOOK_NUMBERS_H
#define LICET_IO_RULEBOOK_NUMBERS_H

#include "io/rulebook/fields.h"

/* numbering, caller_id and opt_out. */
void rulebook_read_numbers(struct cfg_node root, struct rulebook *rb);

#endif
