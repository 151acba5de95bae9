/* list_repair.c - see list_repair.h; the functions are src/lua/71_members.lua and 06_lists.lua. */
#include "ctl/registry/list_repair.h"

#include "ctl/base/french.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/keys.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PAGE_MAX 500 /* as licet_mend takes */

struct mending {
	struct ctl *ctl;
	const char *key;
	bool drop;
	int64_t looked, mended, dropped, left;
};

/* Those of a page that were not found sound. */
static void mend_some(struct mending *m, const struct redis_reply *members, size_t from)
{
	struct redis_args a;

	args_fcall(&a, "licet_mend", m->key);
	args_add(&a, m->drop ? "drop" : "");
	for (size_t i = from; i < reply_count(members) && i < from + PAGE_MAX; i++) {
		size_t len;
		const char *text = reply_text(reply_at(members, i), &len);

		args_add_len(&a, text, len);
	}
	struct redis_reply *reply = ask_call(m->ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply,
		            error_pick("the list was not mended further, after %" PRId64 " member%s",
		                       "la liste n'a pas été corrigée plus avant, après %" PRId64
		                       " membre%s"),
		            m->looked, m->looked > 1 || (m->looked == 0 && !error_is_french()) ? "s" : "");
	m->mended += reply_int(reply_at(reply, 0), 0);
	m->dropped += reply_int(reply_at(reply, 1), 0);
	m->left += reply_int(reply_at(reply, 2), 0);
	reply_free(reply);
}

static void mend_all(struct mending *m)
{
	char cursor[CURSOR_SIZE] = "0";

	do {
		struct redis_reply *page = ask_words(m->ctl, "SSCAN", m->key, cursor, "COUNT", "500");
		const struct redis_reply *members = reply_at(page, 1);
		const char *next = reply_text(reply_at(page, 0), NULL);

		snprintf(cursor, sizeof(cursor), "%s", next != NULL ? next : "0");
		for (size_t from = 0; from < reply_count(members); from += PAGE_MAX)
			mend_some(m, members, from);
		m->looked += (int64_t)reply_count(members);
		ctl_progress(error_pick("members", "membres"), m->looked);
		reply_free(page);
	} while (strcmp(cursor, "0") != 0);
	ctl_progress("", -1);
}

int list_mend(struct ctl *ctl, const char *name, bool drop, bool french)
{
	char key[KEY_SIZE];
	struct mending m = { .ctl = ctl, .drop = drop };

	m.key = key_of(ctl_conf(ctl)->prefix, "list", name, key);
	mend_all(&m);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:I,s:I,s:I}", "list", name, "mended", (json_int_t)m.mended,
		                          "dropped", (json_int_t)m.dropped, "left", (json_int_t)m.left));
	else
		print(lang_pick(french,
		                "%s: %" PRId64 " members written as E.164 numbers, %" PRId64
		                " taken off, %" PRId64 " left that are no number%s\n",
		                "%s : %" PRId64 " membres réécrits en numéros E.164, %" PRId64
		                " retirés, %" PRId64 " laissés qui ne sont pas des numéros%s\n"),
		      name, m.mended, m.dropped, m.left,
		      m.left == 0 ? ""
		                  : lang_pick(french, ": --drop takes them off, which protects nobody less",
		                              " : --drop les retire, sans moins protéger personne"));
	return m.left > 0 ? 1 : 0;
}

bool list_is_kept_key(const char *name)
{
	static const char *const heads[] = { "attempts:", "consent:", "oppositions:dated",
		                             "campaign:", "family:" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strncmp(name, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

int list_accept(struct ctl *ctl, const char *name, const char *reason, bool french)
{
	char key[KEY_SIZE];
	const char *by = who_types(), *prefix = ctl_conf(ctl)->prefix;
	bool kept = list_is_kept_key(name);
	struct redis_args a;

	args_fcall(&a, "licet_accept",
	           kept ? key_global(prefix, "kept", key) : key_of(prefix, "list-meta", name, key));
	args_add(&a, by);
	args_add(&a, reason);
	if (kept)
		args_add(&a, name);
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply,
		            lang_pick(french, "list %s was not accepted", "la liste %s n'a pas été acceptée"),
		            name);
	int64_t lost = reply_int(reply, 0);

	reply_free(reply);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:I,s:s,s:s}", "list", name, "accepted", (json_int_t)lost,
		                          "by", by, "reason", reason));
	else if (lost > 0 && kept)
		print(lang_pick(french, "%s: accepted as it is; recorded in licet:errors\n",
		                "%s : acceptée telle quelle ; inscrit dans licet:errors\n"),
		      name);
	else if (lost > 0)
		print(lang_pick(french,
		                "%s: accepted without %" PRId64 " members; recorded in licet:errors\n",
		                "%s : acceptée sans %" PRId64 " membres ; inscrit dans licet:errors\n"),
		      name, lost);
	else
		print(lang_pick(french, "%s: lacks no members; nothing was changed\n",
		                "%s : il n'y manque aucun membre ; rien n'a été changé\n"),
		      name);
	return lost > 0 ? 0 : 1;
}
