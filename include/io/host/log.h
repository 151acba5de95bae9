/* log.h - key=value lines on standard error, one per event that matters.
 *
 * Under systemd (JOURNAL_STREAM set) each line begins with "<n>", else with a
 * UTC time stamp. Callers mask numbers before they get here (phone_mask); what they miss, such as
 * an id that is a number, is hidden here, and no character gets through that could break a line (shown.h). */
#ifndef LICET_IO_HOST_LOG_H
#define LICET_IO_HOST_LOG_H

enum log_level {
	LOG_LEVEL_FATAL,
	LOG_LEVEL_ERROR, /* work was lost or delayed */
	LOG_LEVEL_WARN,  /* survived: says what is done instead */
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

void log_set_level(enum log_level level);
/* event is a short fixed word ("redis-down"); the format gives the key=value
 * pairs. Values with spaces are the caller's to quote. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same of one of several spaces that a process serves: its name follows the event; "": there is one alone. */
void log_event_of(enum log_level level, const char *event, const char *space, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#define log_error(...) log_event(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warn(...) log_event(LOG_LEVEL_WARN, __VA_ARGS__)
#define log_info(...) log_event(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_event(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
