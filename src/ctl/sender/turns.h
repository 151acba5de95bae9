/* turns.h - jobs of a route are taken while commands are free, from each space in its turn.
 *
 * A turn is as many jobs as leave as many for each of the spaces that had something when they were last asked. */
#ifndef LICET_CTL_SENDER_TURNS_H
#define LICET_CTL_SENDER_TURNS_H

#include "ctl/sender/bridge.h"

/* Send what is to be reported, and take what there is room for; or end, when all is done that must be. */
void turns_go(struct bridges *all);
/* Was it answered that our slot has another master now? */
bool turns_elsewhere(const char *why);

#endif
