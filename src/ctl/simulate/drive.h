/* drive.h - licetd on a simulated clock, and a sender beside it. While something may go out, the
 * clock runs at a speed at which a round trip is short against the rate. Closed hours are not
 * waited for: licetd is ended and started again just before the next thing that can happen, as if
 * nobody had needed it meanwhile. */
#ifndef LICET_CTL_SIMULATE_DRIVE_H
#define LICET_CTL_SIMULATE_DRIVE_H

#include "ctl/simulate/simulate.h"

/* Until nothing waits, the campaign ended, r->until_ms, or something stands
 * in its way that time does not lift. */
void sim_run(struct rehearsal *r);
/* Start licetd on r->prefix at r->speed, with its clock at that instant; ends if it does not come up. Its lists
 * count as fresh: those of r->cf. */
void sim_start(struct rehearsal *r, int64_t at_ms);
/* End licetd, if it runs. */
void sim_stop(struct rehearsal *r);

#endif
