/* errors.h - what has no campaign to go to, told in licet:errors and in the log. */
#ifndef LICET_DAEMON_BASE_ERRORS_H
#define LICET_DAEMON_BASE_ERRORS_H

#include "daemon/daemon.h"

void errors_open(struct daemon *d); /* before anything is told */
void errors_close(struct daemon *d);
/* The same about the same place is told once a minute, and of all together at most thirty. */
void errors_tell(struct daemon *d, const char *where, const char *error);

#endif
