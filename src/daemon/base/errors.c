/* errors.c - see errors.h. */
#include "daemon/base/errors.h"

#include "daemon/base/say.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"

#include <stdio.h>
#include <string.h>

#define ERROR_REPEAT_MS 60000
#define ERRORS_A_MINUTE 30 /* of whatever kind: thousands of one would push out the others */

static void tell(struct daemon *d, const char *where, const char *error);

/* Is there room for one more in this minute? How many there was none for is told with the next. */
static bool errors_take(struct daemon *d, int64_t now_ms)
{
	char text[64];
	if (d->errors_from_ms == 0 || now_ms - d->errors_from_ms >= ERROR_REPEAT_MS) {
		size_t untold = d->errors_untold;
		d->errors_from_ms = now_ms;
		d->errors_told = d->errors_untold = 0;
		snprintf(text, sizeof(text), "%zu more errors were found, and not told one by one", untold);
		if (untold > 0)
			tell(d, "errors", text);
	}
	if (d->errors_told++ < ERRORS_A_MINUTE)
		return true;
	d->errors_untold++;
	return false;
}

void errors_tell(struct daemon *d, const char *where, const char *error)
{
	int64_t now_ms = clock_monotonic_ms();
	size_t k = 0;
	for (size_t i = 0; i < STATE_ERRORS_MAX; i++) {
		if (strcmp(d->errors[i].where, where) == 0 && strcmp(d->errors[i].error, error) == 0 &&
		    d->errors[i].at_ms != 0) {
			if (now_ms - d->errors[i].at_ms < ERROR_REPEAT_MS)
				return;
			k = i;
			break;
		}
		if (d->errors[i].at_ms < d->errors[k].at_ms)
			k = i;
	}
	if (!errors_take(d, now_ms))
		return;
	snprintf(d->errors[k].where, sizeof(d->errors[k].where), "%s", where);
	snprintf(d->errors[k].error, sizeof(d->errors[k].error), "%s", error);
	d->errors[k].at_ms = now_ms;
	tell(d, where, error);
}

static void tell(struct daemon *d, const char *where, const char *error)
{
	char key[KEY_SIZE];
	say_error(d, "error", "where=%s error=\"%s\"", where, error);
	struct redis_args a;
	args_init(&a);
	args_add(&a, "XADD");
	args_add(&a, key_global(d->conf.prefix, "errors", key));
	args_add(&a, "MAXLEN");
	args_add(&a, "~");
	args_add(&a, "10000");
	args_add(&a, "*");
	args_add(&a, "where");
	args_add(&a, where);
	args_add(&a, "error");
	args_add(&a, error);
	args_add(&a, "instance");
	args_add(&a, d->conf.instance);
	redis_link_call(d->link, &a, 0, NULL, NULL);
	args_done(&a);
}
