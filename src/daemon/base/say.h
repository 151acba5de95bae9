/* say.h - what one space has to say: lines of the log, its line of status, the names of its connections. Where a
 * process serves several spaces, each says which one it is. */
#ifndef LICET_DAEMON_BASE_SAY_H
#define LICET_DAEMON_BASE_SAY_H

#include "daemon/daemon.h"
#include "io/host/log.h"

#define say_fatal(d, event, ...) log_event_of(LOG_LEVEL_FATAL, event, (d)->space, __VA_ARGS__)
#define say_error(d, event, ...) log_event_of(LOG_LEVEL_ERROR, event, (d)->space, __VA_ARGS__)
#define say_warn(d, event, ...) log_event_of(LOG_LEVEL_WARN, event, (d)->space, __VA_ARGS__)
#define say_info(d, event, ...) log_event_of(LOG_LEVEL_INFO, event, (d)->space, __VA_ARGS__)

/* How it is, in one line, for who watches the service. */
void say_status(struct daemon *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What a connection of it is called in the log: "work", or "a/work". Returns buf. */
#define SAY_LINK_SIZE 64
const char *say_link(const struct daemon *d, const char *name, char buf[SAY_LINK_SIZE]);

#endif
