/* simulate_text.h - what became of a rehearsal. */
#ifndef LICET_CTL_SIMULATE_SIMULATE_TEXT_H
#define LICET_CTL_SIMULATE_SIMULATE_TEXT_H

#include "ctl/simulate/simulate.h"

void sim_print(struct rehearsal *r);

#endif
