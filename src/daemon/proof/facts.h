/* facts.h - what the decisions of the log rest on, as licetd came to use it: definitions, lists, halts and the law.
 * A line is added when one of them has changed since it was logged, and for all of them when this daemon begins
 * to write: the log explains itself without Redis. */
#ifndef LICET_DAEMON_PROOF_FACTS_H
#define LICET_DAEMON_PROOF_FACTS_H

#include "daemon/proof/tail_state.h"

/* What changed. */
void facts_log(struct daemon *d);
/* All of it is to be logged again. */
void facts_forget(struct daemon *d);
/* event: "start", "stop" or "takeover". */
void facts_log_daemon(struct daemon *d, const char *event);
/* The key after this one: it signs from here on. */
void facts_log_key(struct daemon *d);

#endif
