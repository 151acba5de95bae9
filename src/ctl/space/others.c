/* others.c - see others.h. */
#include "ctl/space/others.h"

#include "core/text/cluster_slot.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/conn.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool space_own(struct ctl *ctl, char ret[SPACE_NAME_MAX + 1])
{
	size_t len;
	const char *tag = prefix_tag(ctl_conf(ctl)->prefix, &len);

	if (tag == NULL || len > SPACE_NAME_MAX)
		return false;
	snprintf(ret, SPACE_NAME_MAX + 1, "%.*s", (int)len, tag);
	return true;
}

/* --- one of them ------------------------------------------------------------------------------ */

static void session_on(struct ctl *ctl, const char *prefix, struct ctl *ret)
{
	ctl_init(ret);
	ret->options = ctl->options;
	ret->options.prefix = prefix;
	ret->options.space = NULL;
	ret->command = ctl->command;
	ret->families = ctl->families;
	ret->outlives_redis = true;
}

static void other_name(struct ctl *ctl, const char *name, struct other_space *ret)
{
	char prefix[KEY_SIZE];

	*ret = (struct other_space){ 0 };
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	snprintf(ret->prefix, sizeof(ret->prefix), "%s",
	         prefix_of_space(ctl_conf(ctl)->prefix, name, prefix));
	session_on(ctl, ret->prefix, &ret->ctl);
}

static void other_connect(struct other_space *o)
{
	(void)ctl_try_redis(&o->ctl, o->why, sizeof(o->why));
}

void other_open(struct ctl *ctl, const char *name, struct other_space *ret)
{
	other_name(ctl, name, ret);
	other_connect(ret);
}

void other_own(struct ctl *ctl, struct other_space *ret)
{
	*ret = (struct other_space){ 0 };
	(void)space_own(ctl, ret->name);
	snprintf(ret->prefix, sizeof(ret->prefix), "%s", ctl_conf(ctl)->prefix);
	session_on(ctl, ret->prefix, &ret->ctl);
	other_connect(ret);
}

void space_session(struct ctl *ctl, const char *prefix, struct ctl *ret)
{
	session_on(ctl, prefix, ret);
	ret->outlives_redis = false;
}

void other_close(struct other_space *o)
{
	ctl_done(&o->ctl);
}

bool other_took(struct other_space *o, struct redis_reply *reply)
{
	char why[REDIS_WHY];

	if (reply == NULL && !ctl_lost_redis(&o->ctl, why, sizeof(why)))
		snprintf(why, sizeof(why), "%s", error_pick("no answer", "pas de réponse"));
	if (reply == NULL)
		snprintf(o->why, sizeof(o->why), "%s", why);
	else if (reply_is_error(reply))
		snprintf(o->why, sizeof(o->why), "%s", reply_text(reply, NULL));
	reply_free(reply);
	return o->why[0] == '\0';
}

struct redis_reply *space_peers(struct ctl *ctl, const char *prefix)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall_ro(&a, "licet_peers", key_global(prefix, "peers", key));
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	return reply;
}

struct redis_reply *space_put_peer(struct ctl *ctl, const char *prefix, const char *space, const char *limit)
{
	char key[KEY_SIZE];

	return ask_any_words(ctl, "HSET", key_global(prefix, "peers", key), space, limit);
}

/* --- the hub ----------------------------------------------------------------------------------- */

void hub_session(struct ctl *ctl, struct ctl *ret)
{
	char prefix[KEY_SIZE];

	/* The prefix is read now, and may be forgotten then. */
	space_session(ctl, key_hub(ctl_conf(ctl)->prefix, "", prefix), ret);
	ctl_conf(ret);
	ret->options.prefix = NULL;
}

struct redis_reply *hub_ask(struct ctl *ctl, const struct redis_args *a, bool may_lack)
{
	struct ctl hub;

	hub_session(ctl, &hub);
	struct redis_reply *reply = may_lack ? ask_permitted(&hub, a) : ask(&hub, a);

	ctl_done(&hub);
	return reply;
}

bool others_name(struct ctl *ctl, bool may_lack, struct other_spaces *ret)
{
	char own[SPACE_NAME_MAX + 1], key[KEY_SIZE];
	struct redis_args a;

	*ret = (struct other_spaces){ 0 };
	if (!space_own(ctl, own))
		return true;
	args_init(&a);
	args_add(&a, "HGETALL");
	args_add(&a, key_hub(ctl->conf.prefix, "spaces", key));
	struct redis_reply *reply = hub_ask(ctl, &a, may_lack);

	args_done(&a);
	if (reply_is_error(reply)) {
		reply_free(reply);
		return false;
	}
	ret->named = reply_count(reply) > 0;
	ret->list = mem_zero((reply_count(reply) / 2 + 1) * sizeof(*ret->list));
	for (size_t i = 0; i + 1 < reply_count(reply); i += 2) {
		const char *name = reply_text(reply_at(reply, i), NULL),
			   *state = reply_text(reply_at(reply, i + 1), NULL);

		if (strcmp(name, own) == 0) {
			ret->knows_own = true;
			continue;
		}
		if (strlen(name) > SPACE_NAME_MAX)
			ctl_fail(error_pick("%s names a space of more than %d bytes",
			                    "%s nomme un espace de plus de %d octets"),
			         key, SPACE_NAME_MAX);
		struct other_space *o = &ret->list[ret->count++];

		other_name(ctl, name, o);
		snprintf(o->state, sizeof(o->state), "%.*s", (int)strcspn(state, " "), state);
	}
	reply_free(reply);
	return true;
}

void others_open(struct ctl *ctl, struct other_spaces *ret)
{
	(void)others_name(ctl, false, ret);
	for (size_t i = 0; i < ret->count; i++)
		other_connect(&ret->list[i]);
}

void others_close(struct other_spaces *others)
{
	for (size_t i = 0; i < others->count; i++)
		other_close(&others->list[i]);
	free(others->list);
	*others = (struct other_spaces){ 0 };
}
