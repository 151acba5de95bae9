/* unplaced.c - see unplaced.h. */
#include "ctl/registry/unplaced.h"

#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/reply.h"

#include <string.h>

/* Does a person have to place it? What a sender or a marketing system reported has tabs: licetd puts that
 * on its list by itself. */
static bool needs_person(const char *lines)
{
	while (lines != NULL && *lines != '\0') {
		size_t len = strcspn(lines, "\n");

		if (memchr(lines, '\t', len) == NULL)
			return true;
		lines += len + (lines[len] == '\n');
	}
	return false;
}

static bool is_waiting(struct ctl *ctl, const char *e164)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_words(ctl, "HMGET", key_global(ctl_conf(ctl)->prefix, "unplaced", key), e164);
	bool waits = needs_person(reply_text(reply_at(reply, 0), NULL));

	reply_free(reply);
	return waits;
}

static bool end_here(struct ctl *ctl, const char *e164, const char *by, const char *reason, bool dismiss)
{
	char key[KEY_SIZE];
	struct redis_args a;

	/* Who may add to a list may not always end what waits; mostly nothing does. */
	if (!is_waiting(ctl, e164))
		return false;
	args_fcall(&a, "licet_place", key_global(ctl_conf(ctl)->prefix, "unplaced", key));
	args_add(&a, e164);
	args_add(&a, by);
	args_add(&a, reason);
	args_add(&a, dismiss ? "dismissed" : "placed");
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(
		    reply,
		    error_pick(
			"the objection that waits to be placed was left as it is",
			"l'opposition qui attend d'être rattachée à un annonceur a été laissée telle quelle"));
	bool had = reply_int(reply, 0) == 1;

	reply_free(reply);
	return had;
}

struct ending {
	const char *e164, *by, *reason;
	bool dismiss;
};

static json_t *end_there(struct ctl *there, void *arg)
{
	const struct ending *end = arg;

	return print_pack("{s:i}", "had",
	                  (int)end_here(there, end->e164, end->by, end->reason, end->dismiss));
}

bool unplaced_end_everywhere(struct ctl *ctl, struct everywhere *e, const char *e164, const char *by,
                             const char *reason, bool dismiss)
{
	struct ending end = { .e164 = e164, .by = by, .reason = reason, .dismiss = dismiss };

	everywhere_do(ctl, e, end_there, &end);
	return everywhere_sum(e, "had") > 0;
}
