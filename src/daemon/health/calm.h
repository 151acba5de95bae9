/* calm.h - many spaces in one process, of which most do nothing most of the time: who has been still for a while asks
 * its Redis more seldom.
 *
 * A push is settled within a second all the same, and a list that lost members is noticed within one: while a space
 * is calm, the watch has its live lists too. The only space of a process is never calm. */
#ifndef LICET_DAEMON_HEALTH_CALM_H
#define LICET_DAEMON_HEALTH_CALM_H

#include "daemon/daemon.h"

#include <stdbool.h>
#include <stdint.h>

/* At each tick: is it? blind: changes would go unseen. */
void calm_turn(struct daemon *d, bool blind);
/* Something changed, or may have: it is not for the next five seconds. */
void calm_stir(struct daemon *d);
/* How often to do what is otherwise done every ms. */
int64_t calm_every(const struct daemon *d, int64_t ms, int64_t calm_ms);

#endif
