/* refusal.c - see refusal.h. */
#include "daemon/health/refusal.h"

#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/daemon.h"
#include "daemon/health/gates.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <string.h>

#define REPEAT_MS 60000

/* Inside a function Redis says ERR, and in words (7.0, 8) what it calls by name elsewhere. */
static const char *const in_functions[][2] = {
	{ "ERR The user executing the script can't", "NOPERM" },
	{ "ERR ACL failure in script", "NOPERM" },
	{ "ERR Script attempted to access keys that do not hash to the same slot", "CROSSSLOT" },
	{ "ERR Script attempted to access a non local key in a cluster node", "MOVED" },
};

const char *refusal_name(const struct redis_reply *reply, char buf[REFUSAL_NAME_SIZE])
{
	size_t len;
	const char *text = reply_is_error(reply) ? reply_text(reply, &len) : "";
	size_t word = strcspn(text, " ");
	for (size_t i = 0; i < sizeof(in_functions) / sizeof(in_functions[0]); i++)
		if (strncmp(text, in_functions[i][0], strlen(in_functions[i][0])) == 0) {
			snprintf(buf, REFUSAL_NAME_SIZE, "%s", in_functions[i][1]);
			return buf;
		}
	if (strncmp(text, "ERR ", 4) == 0)
		snprintf(buf, REFUSAL_NAME_SIZE, "%s", text + 4);
	else
		snprintf(buf, REFUSAL_NAME_SIZE, "%.*s", (int)word, text);
	return buf;
}

/* MOVED and ASK name the slot of a key, which differs from key to key: that is one text. */
static size_t telling_length(const char *text)
{
	bool slot = strncmp(text, "MOVED ", 6) == 0 || strncmp(text, "ASK ", 4) == 0;
	return slot ? strcspn(text, " ") : strlen(text);
}

static void tell(struct daemon *d, const char *call, const char *text)
{
	int64_t now_ms = clock_monotonic_ms();
	struct refusal *r = &d->refusals.said[0];
	size_t len = telling_length(text);
	if (len >= sizeof(r->text))
		len = sizeof(r->text) - 1;
	for (size_t i = 0; i < REFUSALS_MAX; i++) {
		struct refusal *one = &d->refusals.said[i];
		if (one->said_ms != 0 && strncmp(one->text, text, len) == 0 && one->text[len] == '\0') {
			r = one;
			break;
		}
		if (one->said_ms < r->said_ms)
			r = one;
	}
	if (r->said_ms != 0 && strncmp(r->text, text, len) == 0 && r->text[len] == '\0') {
		r->more++;
		if (now_ms - r->said_ms < REPEAT_MS)
			return;
	} else {
		*r = (struct refusal){ .more = 1 };
		snprintf(r->text, sizeof(r->text), "%.*s", (int)len, text);
	}
	say_error(d, "redis-refused",
	          "call=\"%s\" error=\"%.200s\" times=%u action=\"nothing changed, trying again\"", call,
	          text, r->more);
	r->said_ms = now_ms;
	r->more = 0;
}

bool refused(struct daemon *d, const struct redis_reply *reply, const char *call)
{
	size_t len;
	if (reply == NULL)
		return true;
	if (!reply_is_error(reply))
		return false;
	if (moving_deny(d, reply) || replicas_deny(d, reply) || writes_deny(d, reply))
		return true;
	const char *text = reply_text(reply, &len);
	if (strstr(text, "unction not found") != NULL)
		turn_want(d, WANT_LIBRARY);
	else
		tell(d, call, text);
	return true;
}
