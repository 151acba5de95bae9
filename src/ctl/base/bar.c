/* bar.c - a bar of text, in eighths of a character; see bar.h. */
#include "ctl/base/bar.h"

#include "ctl/forecast/forecast.h"

#include <stdlib.h>
#include <string.h>

static bool is_utf8(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value != NULL && *value != '\0')
			return strstr(value, "UTF-8") != NULL || strstr(value, "utf8") != NULL;
	}
	return false;
}

char *bar_text(const struct ctl *ctl, int64_t n, int64_t most, int width, char buf[BAR_SIZE])
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	bool blocks = ctl->colour && is_utf8();
	int parts = blocks ? 8 : 1;
	int64_t length = most > 0 ? (n * width * parts + most / 2) / most : 0;
	char *at = buf;

	if (n > 0 && length == 0)
		length = 1; /* a few are not none */
	for (int64_t i = 0; i < length / parts && at < buf + BAR_SIZE - 8; i++)
		at = stpcpy(at, blocks ? "█" : "#");
	stpcpy(at, blocks ? eighths[length % parts] : "");
	return buf;
}

char *spark_text(const struct ctl *ctl, const int64_t *counts, size_t count, char buf[BAR_SIZE])
{
	static const char *const levels[2][8] = { { "_", ".", ":", "-", "=", "+", "*", "#" },
		                                  { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" } };
	bool blocks = ctl->colour && is_utf8();
	int64_t most = 1;
	char *at = buf;

	*at = '\0';
	for (size_t i = 0; i < count; i++)
		most = counts[i] > most ? counts[i] : most;
	for (size_t i = 0; i < count && at < buf + BAR_SIZE - 8; i++)
		at = stpcpy(at, counts[i] <= 0 ? " " : levels[blocks][(counts[i] * 8 - 1) / most]);
	return buf;
}
