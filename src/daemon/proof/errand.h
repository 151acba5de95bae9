/* errand.h - the log of a space that another instance leads: this one worked there before, and lines of a person whom
 * licetctl asks to erase may stand in what it wrote.
 *
 * Redis is asked for such requests every few seconds, which also says that this instance is there to be waited for. The
 * log is opened for as long as there is one, and once a day for what was kept long enough; nothing else is written into
 * it, and its lease is nobody's business here. */
#ifndef LICET_DAEMON_PROOF_ERRAND_H
#define LICET_DAEMON_PROOF_ERRAND_H

#include "daemon/daemon.h"

struct errand;

struct errand_want {
	const char *space;
	struct event_base *base;
	const struct conf *conf;           /* of this space; copied */
	const struct redis_target *target; /* its strings outlive this; whose slot is asked for, conf says */
	const struct clock_source *clock;
};

/* NULL: it has no log here. */
struct errand *errand_open(const struct errand_want *want);
/* At each turn of the process, with the rulebook of now; NULL: nothing. */
void errand_turn(struct errand *e, const struct rulebook *rb);
void errand_close(struct errand *e); /* NULL: nothing. Before the space is opened: a log has one writer */

#endif
