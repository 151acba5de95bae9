/* interrupt.h - Ctrl-C ends a rehearsal, and its copy is removed. */
#ifndef LICET_CTL_SIMULATE_INTERRUPT_H
#define LICET_CTL_SIMULATE_INTERRUPT_H

#include <stdbool.h>

/* From now on INT, TERM and HUP are only noted. */
void sim_catch_signals(void);
/* Did one of them come? */
bool sim_interrupted(void);

#endif
