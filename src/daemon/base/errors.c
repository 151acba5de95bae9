/* errors.c - see errors.h. */
#include "daemon/base/errors.h"

#include "io/host/log.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"

#include <stdio.h>
#include <string.h>

#define ERROR_REPEAT_MS 60000

void errors_tell(struct daemon *d, const char *where, const char *error)
{
	char key[KEY_SIZE];
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
	snprintf(d->errors[k].where, sizeof(d->errors[k].where), "%s", where);
	snprintf(d->errors[k].error, sizeof(d->errors[k].error), "%s", error);
	d->errors[k].at_ms = now_ms;
	log_error("error", "where=%s error=\"%s\"", where, error);
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
