/* errors.c - see errors.h. */
#include "daemon/base/errors.h"

#include "daemon/base/say.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ERRORS_MAX 16
#define ERROR_REPEAT_MS 60000
#define ERRORS_A_MINUTE 30 /* of whatever kind: thousands of one would push out the others */

struct told_error { /* so that the same is not told at every turn */
	char where[160], error[120];
	int64_t at_ms;
};
struct errors {
	struct told_error list[ERRORS_MAX];
	int64_t from_ms;     /* monotonic: when this minute of them began; 0: none has */
	size_t told, untold; /* in this minute */
};

static void tell(struct daemon *d, const char *where, const char *error);

void errors_open(struct daemon *d)
{
	d->errors = mem_zero(sizeof(*d->errors));
}

void errors_close(struct daemon *d)
{
	free(d->errors);
}

/* Is there room for one more in this minute? How many there was none for is told with the next. */
static bool errors_take(struct daemon *d, int64_t now_ms)
{
	struct errors *e = d->errors;
	char text[64];
	if (e->from_ms == 0 || now_ms - e->from_ms >= ERROR_REPEAT_MS) {
		size_t untold = e->untold;
		e->from_ms = now_ms;
		e->told = e->untold = 0;
		snprintf(text, sizeof(text), "%zu more errors were found, and not told one by one", untold);
		if (untold > 0)
			tell(d, "errors", text);
	}
	if (e->told++ < ERRORS_A_MINUTE)
		return true;
	e->untold++;
	return false;
}

void errors_tell(struct daemon *d, const char *where, const char *error)
{
	struct errors *e = d->errors;
	int64_t now_ms = clock_monotonic_ms();
	size_t k = 0;
	for (size_t i = 0; i < ERRORS_MAX; i++) {
		if (strcmp(e->list[i].where, where) == 0 && strcmp(e->list[i].error, error) == 0 &&
		    e->list[i].at_ms != 0) {
			if (now_ms - e->list[i].at_ms < ERROR_REPEAT_MS)
				return;
			k = i;
			break;
		}
		if (e->list[i].at_ms < e->list[k].at_ms)
			k = i;
	}
	if (!errors_take(d, now_ms))
		return;
	snprintf(e->list[k].where, sizeof(e->list[k].where), "%s", where);
	snprintf(e->list[k].error, sizeof(e->list[k].error), "%s", error);
	e->list[k].at_ms = now_ms;
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
