/* log.c - key=value lines on standard error, one per event that matters; see log.h. */
#include "io/host/log.h"

#include "core/text/shown.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096

static enum log_level log_limit = LOG_LEVEL_INFO;

static const struct {
	const char *name;
	int priority; /* of syslog */
} levels[] = {
	[LOG_LEVEL_FATAL] = { "fatal", 2 }, [LOG_LEVEL_ERROR] = { "error", 3 },
	[LOG_LEVEL_WARN] = { "warn", 4 },   [LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
};

/* The variable is inherited by everything that is started from a service, so it
 * only counts if it names the very file that standard error is. */
static bool log_is_journal(void)
{
	static int known = -1;

	if (known < 0) {
		const char *stream = getenv("JOURNAL_STREAM");
		unsigned long long device, inode;
		struct stat st;

		known = stream != NULL && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
		        fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
	}
	return known == 1;
}

static int log_prefix(char *line, size_t size, enum log_level level)
{
	if (log_is_journal())
		return snprintf(line, size, "<%d>", levels[level].priority);

	struct timespec now;
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	return snprintf(line, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ ", utc.tm_year + 1900,
	                utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
	                (int)(now.tv_nsec / 1000000));
}

void log_set_level(enum log_level level)
{
	log_limit = level;
}

static void log_line(enum log_level level, const char *event, const char *space, const char *format,
                     va_list ap)
{
	char line[LINE_MAX_BYTES];
	const size_t size = sizeof(line) - 1; /* room for the line's end */

	assert(level <= LOG_LEVEL_DEBUG);
	if (level > log_limit)
		return;
	size_t used = (size_t)log_prefix(line, size, level);
	used += (size_t)snprintf(line + used, size - used, "level=%s event=%s ", levels[level].name, event);
	if (*space != '\0')
		used += (size_t)snprintf(line + used, size - used, "space=%.40s ", space);
	int wanted = vsnprintf(line + used, size - used, format, ap);
	if (wanted > 0)
		used = (size_t)wanted < size - used ? used + (size_t)wanted : size - 1;

	/* What comes from outside must not be able to begin a line of its own, to turn one round, or to carry
	 * a number whole: ids are the owners' to choose. */
	line[used] = '\0';
	shown_hide_numbers(shown_clean(line));
	used = strlen(line);
	while (used > 0 && line[used - 1] == ' ')
		used--;
	line[used++] = '\n';
	/* One write per line: lines of two processes do not mix. Nothing can be
	 * done about a log that cannot be written. */
	if (write(STDERR_FILENO, line, used) < 0)
		return;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_line(level, event, "", format, ap);
	va_end(ap);
}

void log_event_of(enum log_level level, const char *event, const char *space, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_line(level, event, space, format, ap);
	va_end(ap);
}
