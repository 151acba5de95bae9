/* lists.h - what is known of the members of the lists that campaigns ask. */
#ifndef LICET_DAEMON_MODEL_LISTS_H
#define LICET_DAEMON_MODEL_LISTS_H

#include "daemon/daemon.h"

struct known_list *list_find(const struct daemon *d, const char *name); /* NULL: not known */
bool list_is_lost(const struct daemon *d, const char *name);            /* it lacks members */
bool list_is_malformed(const struct daemon *d, const char *name);

#endif
