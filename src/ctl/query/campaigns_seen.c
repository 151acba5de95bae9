/* campaigns_seen.c - see campaigns_seen.h. */
#include "ctl/query/campaigns_seen.h"

#include "ctl/base/print.h"
#include "ctl/query/ask.h"
#include "io/host/error_text.h"
#include "io/redis/reply.h"

#include <stdlib.h>

#define CHUNK 1000 /* that are asked about at once */

size_t campaigns_seen(struct ctl *ctl, struct names *ret)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	size_t kept = 0;

	names_read(ctl, key_global(prefix, "campaigns", key), ret);
	size_t all = ret->count;

	for (size_t at = 0; at < all; at += CHUNK) {
		size_t end = at + CHUNK < all ? at + CHUNK : all;

		for (size_t i = at; i < end; i++)
			ask_send_words(ctl, "HGET", key_campaign(prefix, ret->list[i], "state", key),
			               "state");
		for (size_t i = at; i < end; i++) {
			struct redis_reply *reply = ask_next_permitted(ctl);

			if (reply_error_is(reply, "NOPERM"))
				free(ret->list[i]);
			else
				ret->list[kept++] = ret->list[i];
			reply_free(reply);
		}
	}
	ret->count = kept;
	return all - kept;
}

void campaigns_tell_others(size_t others)
{
	if (others == 1)
		ctl_note(
		    "%s",
		    error_pick(
			"1 campaign of others is not shown: this user of Redis may not read it",
			"1 campagne d'un autre n'est pas montrée : cet utilisateur de Redis ne peut la lire"));
	else if (others > 1)
		ctl_note(
		    error_pick(
			"%zu campaigns of others are not shown: this user of Redis may not read them",
			"%zu campagnes d'autres ne sont pas montrées : cet utilisateur de Redis ne peut les lire"),
		    others);
}
