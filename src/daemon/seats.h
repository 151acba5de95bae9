/* seats.h - opening and closing the spaces of the process. */
#ifndef LICET_DAEMON_SEATS_H
#define LICET_DAEMON_SEATS_H

#include "daemon/served.h"

#include <stdbool.h>
#include <stddef.h>

/* What a space is opened with besides; borrowed. */
struct seats_with {
	const struct redis_target *target;
	const struct clock_source *clock;
	struct ears *ears;
	/* Its host: arg will be its seat. */
	const struct space_host *host;
	struct process *process;
};

/* These are the spaces to serve, and no others: others end in good order. */
void seats_want(struct served *s, char *const *names, size_t count, const struct seats_with *with);
/* Open what is wanted and is not open, and close what has ended. Returns false if nothing is left to do for this
 * process: a space that is the only one could not be opened, or has ended. *ret_status is then its exit status. */
bool seats_turn(struct served *s, const struct seats_with *with, int *ret_status);
/* All are open that are wanted, and Redis was tried by each. */
bool seats_tried(const struct served *s);
/* End all, in good order; true when nothing is left open. */
bool seats_stop(struct served *s);
/* At once, whatever is under way. */
void seats_close(struct served *s);

#endif
