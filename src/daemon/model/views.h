/* views.h - what places look like to campaigns: views of 64 KiB, one for all that have the same hours. */
#ifndef LICET_DAEMON_MODEL_VIEWS_H
#define LICET_DAEMON_MODEL_VIEWS_H

#include "daemon/daemon.h"

/* The views for these hours (NULL: none but the law's). Give them back, as often as they were taken. */
struct place_views *views_take(struct daemon *d, const struct week *own);
void views_give(struct daemon *d, struct place_views *views); /* NULL: none, nothing happens */
void views_renew(struct daemon *d); /* after a reload: all are of another rulebook */

#endif
