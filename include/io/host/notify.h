/* notify.h - telling systemd how the daemon is. Without systemd these do
 * nothing. */
#ifndef LICET_IO_HOST_NOTIFY_H
#define LICET_IO_HOST_NOTIFY_H

/* Configuration valid, Redis answers, functions are loaded. Also ends a reload. */
void notify_ready(void);
/* One line that systemctl status shows. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Newer managers wait for READY=1 after this, and hang without its time stamp. */
void notify_reloading(void);
void notify_stopping(void);
/* The loop made progress. */
void notify_watchdog(void);
/* How often to say so: half of what the unit asks for; 0 if it asks for nothing. */
int notify_watchdog_interval_ms(void);

#endif
