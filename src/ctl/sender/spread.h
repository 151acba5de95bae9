/* spread.h - who wants no call from anybody is noted in every space before it is reported.
 *
 * The space that the job came from records it with the report, and the others hear of it within milliseconds. Noted
 * there first, it is final everywhere once the report is answered. One that does not answer does not hold it up for
 * long. */
#ifndef LICET_CTL_SENDER_SPREAD_H
#define LICET_CTL_SENDER_SPREAD_H

#include "ctl/sender/bridge.h"

struct spread;

/* Begin to tell the others. NULL where there are none. */
struct spread *spread_begin(struct bridge *from, const struct bridge_job *job);
/* Has each of them answered, or was waited for long enough? NULL: yes. */
bool spread_is_over(const struct spread *s);
/* The report is gone, or nobody asks any more. NULL: nothing. */
void spread_leave(struct spread *s);
/* Send what that space has not been told; and all of it again, on a new connection. */
void spread_send(struct bridge *b);
void spread_send_again(struct bridge *b);
/* Forget what is left, and say so. */
void spread_give_up(struct bridge *b);

#endif
