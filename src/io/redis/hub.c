/* hub.c - see hub.h. */
#include "io/redis/hub.h"

#include "core/text/cluster_slot.h"
#include "io/host/clock.h"
#include "io/host/error_text.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/guide_search.h"
#include "io/redis/keys.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MS 2000
#define NAMES_MAX 1000 /* a hub that names more is no hub */

struct hub {
	struct redis_link *link;
	struct redis_target target;
	struct hub_hooks hooks;
	char key[KEY_SIZE];
	bool asked;
	int64_t asked_ms; /* monotonic; 0: ask now */
	char said[200];   /* what was told last of a name that is none */
};

static void say_no_name(struct hub *h, const char *name)
{
	char text[sizeof(h->said)];

	snprintf(text, sizeof(text), "%.60s", name);
	if (strcmp(text, h->said) == 0)
		return;
	memcpy(h->said, text, sizeof(h->said));
	log_warn("hub-name",
	         "key=%s field=\"%s\" expected=\"a space: 1 to %d small letters, digits and dashes\"", h->key,
	         text, SPACE_NAME_MAX);
}

static void on_names(void *arg, const struct redis_reply *reply)
{
	struct hub *h = arg;
	char why[300], *names[NAMES_MAX];
	size_t count = 0;

	h->asked = false;
	if (reply == NULL) /* what became of the link is told besides */
		return;
	if (reply_is_error(reply)) {
		snprintf(why, sizeof(why),
		         error_pick("%.60s cannot be read: %.200s", "%.60s ne peut être lue : %.200s"),
		         h->key, reply_text(reply, NULL));
		h->hooks.unknown(h->hooks.arg, why);
		return;
	}
	/* A name, and how that space stands. */
	for (size_t i = 0; i < reply_count(reply) && count < NAMES_MAX; i += 2) {
		const char *name = reply_text(reply_at(reply, i), NULL);

		if (name != NULL && space_name_is_valid(name))
			names[count++] = (char *)name;
		else
			say_no_name(h, name != NULL ? name : "");
	}
	if (count == 0) {
		snprintf(why, sizeof(why),
		         error_pick("%.200s names no space", "%.200s ne nomme aucun espace"), h->key);
		h->hooks.unknown(h->hooks.arg, why);
		return;
	}
	h->hooks.named(h->hooks.arg, names, count);
}

static void ask(struct hub *h)
{
	struct redis_args a;

	if (h->asked || !redis_link_is_up(h->link))
		return;
	h->asked_ms = clock_monotonic_ms();
	args_init(&a);
	args_add(&a, "HGETALL");
	args_add(&a, h->key);
	h->asked = redis_link_call(h->link, &a, 0, on_names, h);
	args_done(&a);
}

static void on_up(void *arg)
{
	ask(arg);
}

static void on_down(void *arg, const char *why)
{
	struct hub *h = arg;
	char text[300];

	h->asked = false;
	snprintf(text, sizeof(text),
	         error_pick("no Redis to ask for %.60s: %.200s", "aucun Redis à qui demander %.60s : %.200s"),
	         h->key, why);
	h->hooks.unknown(h->hooks.arg, text);
}

void hub_turn(struct hub *h)
{
	if (h != NULL && clock_monotonic_ms() - h->asked_ms >= LOOK_MS)
		ask(h);
}

bool hub_call(struct hub *h, const struct redis_args *a, redis_cb *cb, void *arg)
{
	return redis_link_is_up(h->link) && redis_link_call(h->link, a, 0, cb, arg);
}

struct hub *hub_open(struct event_base *base, const struct redis_target *target, const char *prefix,
                     const struct hub_hooks *hooks)
{
	struct hub *h = mem_zero(sizeof(*h));
	const struct redis_link_hooks link_hooks = { on_up, on_down, h, &guide_finder };

	h->hooks = *hooks;
	h->target = *target;
	if (h->target.prefix != NULL)
		h->target.prefix = prefix;
	key_hub(prefix, "spaces", h->key);
	h->link = redis_link_new(base, "hub", &h->target, &link_hooks);
	return h;
}

void hub_close(struct hub *h)
{
	if (h == NULL)
		return;
	redis_link_free(h->link);
	free(h);
}
