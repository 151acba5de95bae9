/* reports.h - outcomes on their way to Redis. A report stays in the list until Redis has
 * answered it, and, where wait_replicas is asked for, so many replicas have it. One that was on
 * its way when the connection was lost is sent again: where the first was heard, the answer is
 * "late", and nothing changes. */
#ifndef LICET_CTL_SENDER_REPORTS_H
#define LICET_CTL_SENDER_REPORTS_H

#include "ctl/sender/bridge.h"

/* Report what became of a job; sent as soon as Redis can be reached. here_only: to the one that
 * it was taken from, or never, as another may have handed it over to somebody who dials. */
void report_add(struct bridge *b, const struct bridge_job *job, const struct outcome *outcome,
                bool here_only);
/* Send what was not answered. */
void reports_send(struct bridge *b);
/* The same on a new connection, which may be to a Redis that has not got what the last one
 * answered. */
void reports_send_again(struct bridge *b);
/* Say what could not be reported, as commands for a person, and forget it. Returns how
 * many there were. */
size_t reports_give_up(struct bridge *b);

#endif
