/* campaign: put, show, list, purge; status_change.c has pause, resume, stop and cancel. */
#include "core/campaign/balance.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/campaign/campaign_hashes.h"
#include "ctl/campaign/campaign_list.h"
#include "ctl/campaign/status_change.h"
#include "ctl/enqueue/batch_note.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/typed_fields.h"
#include "ctl/query/window_places.h"
#include "ctl/records/export.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *json_fields(const struct hash *h)
{
	json_t *object = json_object();

	for (size_t i = 0; i < h->fields.count; i++)
		json_object_set_new(object, h->fields.names[i], print_json_text(h->fields.values[i]));
	return object;
}

static json_t *json_faults(const struct campaign *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->fault_count; i++)
		json_array_append_new(list, print_pack("{s:s,s:s}", "fault",
		                                       campaign_fault_name(c->faults[i].fault), "text",
		                                       c->faults[i].text));
	return list;
}

static void print_faults(const struct campaign *c)
{
	for (size_t i = 0; i < c->fault_count; i++)
		print("  %s: %s\n", campaign_fault_name(c->faults[i].fault), c->faults[i].text);
}

static void json_add_warning(json_t *object, const struct campaign *c)
{
	if (c->warning[0] != '\0')
		json_object_set_new(object, "warning", print_json_text(c->warning));
}

static void print_warning(const struct campaign *c)
{
	if (c->warning[0] != '\0')
		print(error_pick("  warning: %s\n", "  avertissement : %s\n"), c->warning);
}

/* --- put -------------------------------------------------------------------------- */

/* What is stored and, over it, what was typed. An empty value takes a field away. */
static void overlay(struct hash *def, int count, char **words)
{
	size_t room = def->fields.count + (size_t)count / 2 + 1;
	const char **names = mem_zero(room * sizeof(char *)), **values = mem_zero(room * sizeof(char *));
	size_t *value_lens = mem_zero(room * sizeof(size_t)), n = 0;
	struct fields over = { .names = names, .values = values };

	for (size_t i = 0; i < def->fields.count; i++) {
		size_t len;

		names[n] = reply_text(reply_at(def->reply, 2 * i), &len);
		values[n] = reply_text(reply_at(def->reply, 2 * i + 1), &value_lens[n]);
		if (strlen(names[n]) == len)
			n++;
		else /* a zero byte: it can neither be said here nor taken away */
			fields_check(&over, names[n], len, values[n], value_lens[n]);
	}
	for (int w = 0; w + 1 < count; w += 2) {
		size_t i = 0;

		while (i < n && strcmp(names[i], words[w]) != 0)
			i++;
		names[i] = words[w];
		values[i] = words[w + 1];
		value_lens[i] = strlen(values[i]);
		n += i == n;
	}
	for (size_t i = 0; i < n; i++) {
		if (value_lens[i] == 0)
			continue;
		fields_check(&over, names[i], strlen(names[i]), values[i], value_lens[i]);
		names[over.count] = names[i];
		values[over.count++] = values[i];
	}
	free(value_lens);
	free(def->fields.names);
	free(def->fields.values);
	def->fields = over;
}

static void store(struct ctl *ctl, const char *id, int count, char **words)
{
	char def[KEY_SIZE], campaigns[KEY_SIZE];
	struct redis_args set, drop;

	key_campaign(ctl->conf.prefix, id, "def", def);
	key_global(ctl->conf.prefix, "campaigns", campaigns);
	typed_fields(def, count, words, &set, &drop);
	reply_free(ask_words(ctl, "MULTI"));
	if (set.count > 2)
		reply_free(ask(ctl, &set));
	if (drop.count > 2)
		reply_free(ask(ctl, &drop));
	reply_free(ask_words(ctl, "SADD", campaigns, id));
	struct redis_reply *reply = ask_words(ctl, "EXEC");

	for (size_t i = 0; i < reply_count(reply); i++)
		if (reply_is_error(reply_at(reply, i)))
			ctl_fail(error_pick("Redis refused the definition of %s: %s",
			                    "Redis a refusé la définition de %s : %s"),
			         id, reply_text(reply_at(reply, i), NULL));
	reply_free(reply);
	args_done(&set);
	args_done(&drop);
}

/* Does what is typed change anything that a sender would see? */
static bool is_seen(const struct hash *def, int count, char **words)
{
	for (int w = 0; w + 1 < count; w += 2) {
		const char *old = hash_get(def, words[w]);

		if (!campaign_field_is_unseen(words[w]) && strcmp(old != NULL ? old : "", words[w + 1]) != 0)
			return true;
	}
	return false;
}

/* out: NULL where nothing can be out. */
static void json_put(const struct campaign_facts *cf, const char *id, bool stored,
                     const struct still_out *out, json_t *never)
{
	json_t *said =
	    print_pack("{s:s,s:b,s:o}", "id", id, "stored", (int)stored, "faults", json_faults(&cf->sit.c));

	json_add_warning(said, &cf->sit.c);
	if (out != NULL)
		json_object_update_new(said, print_pack("{s:I,s:I,s:b,s:b}", "ready", (json_int_t)out->ready,
		                                        "taken", (json_int_t)out->taken, "acted",
		                                        (int)out->acted, "daemon", (int)out->daemon));
	if (json_array_size(never) > 0)
		json_object_set(said, "window_never", never);
	ctl_print_json(said);
}

static int campaign_put(struct ctl *ctl, const char *id, int count, char **words, bool force)
{
	char key[KEY_SIZE];
	struct hash def;

	ask_id(ctl, error_pick("a campaign", "campagne"), id);
	if (count == 0 || count % 2 != 0)
		ctl_misuse(ctl, error_pick("fields and values come in pairs",
		                           "champs et valeurs vont par paires"));
	hash_read(ctl, key_campaign(ctl_conf(ctl)->prefix, id, "def", key), &def);
	if (def.wrong_type)
		ctl_fail(error_pick("campaign %s: its definition is not a hash",
		                    "campagne %s : sa définition n'est pas un hash"),
		         id);
	bool existed = def.fields.count > 0, seen = is_seen(&def, count, words);
	struct hash state, stats;

	overlay(&def, count, words);
	struct campaign_facts *cf = facts_read_def(ctl, id, &def, ctl_now_ms(ctl));
	bool sound = cf->sit.c.fault_count == 0, stored = sound || force;

	hash_read(ctl, key_campaign(ctl->conf.prefix, id, "state", key), &state);
	const char *before = hash_get(&state, "definition");

	struct still_out out = { 0 };

	if (stored)
		store(ctl, id, count, words);
	if (stored && existed)
		campaign_changed(ctl, id, seen ? before : NULL, &out);
	hash_read(ctl, key_campaign(ctl->conf.prefix, id, "stats", key), &stats);
	json_t *never = window_never(ctl, cf->sit.c.has_window ? &cf->sit.c.window : NULL, &stats);

	if (ctl->json)
		json_put(cf, id, stored, stored && existed ? &out : NULL, never);
	else if (sound) {
		print(lang_pick(ctl->french, "%s: stored, sound\n", "%s : enregistrée, conforme\n"), id);
		print_warning(&cf->sit.c);
	} else {
		print(lang_pick(ctl->french, "%s: %s, %zu fault%s; none of its jobs moves\n",
		                "%s : %s, %zu défaut%s ; aucune de ses tâches ne part\n"),
		      id,
		      stored ? lang_pick(ctl->french, "stored", "enregistrée")
		             : lang_pick(ctl->french, "not stored", "non enregistrée"),
		      cf->sit.c.fault_count, cf->sit.c.fault_count == 1 ? "" : "s");
		print_faults(&cf->sit.c);
	}
	if (stored && existed)
		campaign_print_out(ctl, id, &out);
	if (stored)
		window_never_tell(id, never);
	json_decref(never);
	hash_done(&stats);
	hash_done(&state);
	facts_free(cf);
	return stored ? 0 : 1;
}

/* --- show and list ---------------------------------------------------------------------- */

static void json_show(const char *id, const struct campaign_facts *cf, const struct campaign_hashes *s)
{
	json_t *object = json_object(), *counters = json_object();

	json_object_set_new(object, "id", print_json_text(id));
	json_object_set_new(object, "definition", json_fields(&cf->def));
	json_object_set_new(object, "faults", json_faults(&cf->sit.c));
	json_add_warning(object, &cf->sit.c);
	json_object_set_new(object, "state", json_fields(&s->state));
	json_object_set_new(object, "queue", json_integer(s->queue));
	for (size_t i = 0; i < s->stats.fields.count; i++)
		json_object_set_new(counters, s->stats.fields.names[i],
		                    json_integer(hash_int(&s->stats, s->stats.fields.names[i])));
	json_object_set_new(object, "counters", counters);
	json_object_set_new(object, "balance",
	                    print_pack("{s:I,s:I,s:b}", "intake", (json_int_t)s->intake, "sum",
	                               (json_int_t)s->sum, "holds", (int)(s->intake == s->sum)));
	ctl_print_json(object);
}

static void print_hash(const struct hash *h)
{
	struct columns table;

	columns_init(&table, "|");
	for (size_t i = 0; i < h->fields.count; i++) {
		if (h->fields.values[i][0] == '\0')
			continue;
		columns_addf(&table, "  %s", h->fields.names[i]);
		columns_add(&table, h->fields.values[i]);
	}
	columns_print(&table, false);
}

static int campaign_show(struct ctl *ctl, const char *id)
{
	struct campaign_hashes s;
	char count[COUNT_SIZE];

	ask_campaign(ctl, id);
	struct campaign_facts *cf = facts_read(ctl, id, ctl_now_ms(ctl));

	campaign_hashes_read(ctl, id, &s);
	if (ctl->json) {
		json_show(id, cf, &s);
	} else {
		ctl_title(ctl, "%s", id);
		print_hash(&cf->def);
		if (cf->sit.c.fault_count > 0)
			ctl_title(ctl, lang_pick(ctl->french, "\nFaults: none of its jobs moves",
			                         "\nDéfauts : aucune de ses tâches ne part"));
		print_faults(&cf->sit.c);
		print_warning(&cf->sit.c);
		ctl_title(ctl, lang_pick(ctl->french, "\nState%s", "\nÉtat%s"),
		          s.state.fields.count > 0 ? ""
		                                   : lang_pick(ctl->french, ": licetd has not seen it yet",
		                                               " : licetd ne l'a pas encore vue"));
		print_hash(&s.state);
		ctl_title(ctl, lang_pick(ctl->french, "\nJobs", "\nTâches"));
		print(lang_pick(ctl->french, "  queue %s\n", "  file %s\n"), count_text(s.queue, count));
		print_hash(&s.stats);
		print(lang_pick(ctl->french,
		                "  balance: intake %" PRId64 " %s %" PRId64 ", the sum of where they are\n",
		                "  bilan : %" PRId64 " reçues %s %" PRId64
		                ", la somme de ce qui est en place\n"),
		      s.intake, s.intake == s.sum ? "=" : lang_pick(ctl->french, "IS NOT", "N'EST PAS"),
		      s.sum);
	}
	campaign_hashes_done(&s);
	facts_free(cf);
	return 0;
}

/* --- purge -------------------------------------------------------------------------------------- */

/* Ends unless nothing of the campaign is out. */
static void must_be_over(struct ctl *ctl, const char *id)
{
	char key[KEY_SIZE], status[41];
	struct campaign_hashes s;

	struct redis_reply *reply =
	    ask_words(ctl, "HGET", key_campaign(ctl->conf.prefix, id, "def", key), "status");
	const char *text = reply_text(reply, NULL);

	snprintf(status, sizeof(status), "%s", text != NULL ? text : "stopped");
	reply_free(reply);
	if (strcmp(status, "stopped") != 0)
		ctl_fail(error_pick("campaign %s is %s: stop it first",
		                    "la campagne %s est à l'état %s : l'arrêter d'abord"),
		         id, status);
	campaign_hashes_read(ctl, id, &s);
	ctl_must_be_whole(ctl);
	if (s.queue > 0)
		ctl_fail(error_pick("campaign %s has %" PRId64 " jobs in its queue",
		                    "la campagne %s a %" PRId64 " tâches dans sa file"),
		         id, s.queue);
	for (size_t i = 0; i < BALANCE_OPEN; i++)
		if (hash_int(&s.stats, balance_terms[i]) != 0)
			ctl_fail(error_pick("campaign %s has %" PRId64 " jobs %s",
			                    "la campagne %s a %" PRId64 " tâches à l'état %s"),
			         id, hash_int(&s.stats, balance_terms[i]), balance_terms[i]);
	campaign_hashes_done(&s);
	const char *waits = archive_waits(ctl, id);

	if (waits != NULL)
		ctl_fail(
		    error_pick(
			"campaign %s: not all of %s is archived: licetctl export %s --archive --out FILE",
			"campagne %s : tout %s n'est pas archivé : licetctl export %s --archive --out FICHIER"),
		    id, waits, id);
}

/* The places in files that were queued: the same files may come again. */
static void add_enqueued(struct ctl *ctl, const char *id, struct redis_args *unlink)
{
	char key[KEY_SIZE], known[KEY_SIZE];
	struct names names;

	names_read(ctl, key_enqueued(ctl->conf.prefix, id, "", known), &names);
	for (size_t i = 0; i < names.count; i++)
		args_addf(unlink, "%s", key_enqueued(ctl->conf.prefix, id, names.list[i], key));
	args_addf(unlink, "%s", known);
	names_done(&names);
}

/* They go lawfully: nobody is to be told that they are gone. */
static void forget_kept(struct ctl *ctl, const char *id)
{
	static const char *const parts[] = { "seen", "stats", "refused", "invalid" };
	char key[KEY_SIZE];
	struct redis_args a;

	args_init(&a);
	args_add(&a, "HDEL");
	args_add(&a, key_global(ctl->conf.prefix, "kept", key));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		args_addf(&a, "campaign:%s:%s", id, parts[i]);
	reply_free(ask(ctl, &a));
	args_done(&a);
}

/* The ids of its batches. */
static void add_batches(struct ctl *ctl, const char *id, struct redis_args *unlink)
{
	char key[KEY_SIZE], tag[BATCH_TAG_SIZE], part[BATCH_TAG_SIZE + 16];
	struct redis_reply *names =
	    ask_words(ctl, "HKEYS", key_campaign(ctl->conf.prefix, id, "batches", key));

	for (size_t i = 0; i < reply_count(names); i++) {
		const char *name = reply_text(reply_at(names, i), NULL);

		for (int gone = 0; name != NULL && gone < 2; gone++) {
			snprintf(part, sizeof(part), "batch:%s%s", batch_tag(name, tag), gone ? ":gone" : "");
			args_addf(unlink, "%s", key_campaign(ctl->conf.prefix, id, part, key));
		}
	}
	reply_free(names);
}

static int campaign_purge(struct ctl *ctl, const char *id)
{
	static const char *const parts[] = { "def",     "queue",   "cancel",  "later",     "refused",
		                             "invalid", "done",    "seen",    "pace",      "heads",
		                             "hours",   "counted", "batches", "cancelling" };
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE], def[KEY_SIZE], stats[KEY_SIZE], queue[KEY_SIZE];
	struct redis_args unlink;

	ask_campaign(ctl, id);
	/* What changes meanwhile makes EXEC do nothing. */
	reply_free(ask_words(ctl, "WATCH", key_campaign(prefix, id, "def", def),
	                     key_campaign(prefix, id, "stats", stats),
	                     key_campaign(prefix, id, "queue", queue)));
	must_be_over(ctl, id);
	args_init(&unlink);
	args_add(&unlink, "UNLINK");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		args_addf(&unlink, "%s", key_campaign(prefix, id, parts[i], key));
	struct hash counted;

	hash_read(ctl, stats, &counted);
	for (size_t i = 0; i < counted.fields.count; i++)
		if (strncmp(counted.fields.names[i], "held.", 5) == 0)
			args_addf(&unlink, "%s", key_held(prefix, id, counted.fields.names[i] + 5, key));
	hash_done(&counted);
	add_enqueued(ctl, id, &unlink);
	add_batches(ctl, id, &unlink);
	args_addf(&unlink, "%s", stats);
	args_addf(&unlink, "%s", key_campaign(prefix, id, "state", key));
	reply_free(ask_words(ctl, "MULTI"));
	reply_free(ask_words(ctl, "SREM", key_global(prefix, "campaigns", key), id));
	reply_free(ask(ctl, &unlink));
	forget_kept(ctl, id);
	struct redis_reply *reply = ask_words(ctl, "EXEC");

	if (reply_is_nil(reply))
		ctl_fail(error_pick("campaign %s changed meanwhile: nothing was removed",
		                    "la campagne %s a changé entre-temps : rien n'a été supprimé"),
		         id);
	int64_t removed = reply_int(reply_at(reply, 1), 0);

	reply_free(reply);
	args_done(&unlink);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:I}", "id", id, "keys", (json_int_t)removed));
	else
		print(lang_pick(ctl->french, "%s: purged, %" PRId64 " keys removed\n",
		                "%s : purgée, %" PRId64 " clés supprimées\n"),
		      id, removed);
	return 0;
}

/* To the space that has it; a new one to that of its advertiser. */
static void go_where_it_belongs(struct ctl *ctl, const char *id, int count, char **words)
{
	if (find_campaign_or_none(ctl, id))
		return;
	for (int w = 0; w + 1 < count; w += 2)
		if (strcmp(words[w], "advertiser") == 0)
			(void)find_advertiser(ctl, words[w + 1]);
}

static int run_campaign(struct ctl *ctl, int argc, char **argv)
{
	bool force = false, end = false;
	const char *export = NULL, *ids = NULL;
	const struct ctl_option options[] = { { "--force", NULL, &force },
		                              { "--end", NULL, &end },
		                              { "--export", &export, NULL },
		                              { "--ids", &ids, NULL },
		                              { NULL, NULL, NULL } };
	int count = ctl_words(ctl, argc, argv, options);
	const char *verb = argv[1], *id = argv[2];

	if (end && export != NULL)
		ctl_misuse(ctl, error_pick("either --end or --export", "soit --end, soit --export"));

	if (strcmp(verb, "list") == 0)
		return campaign_list(ctl);
	if (strcmp(verb, "put") == 0) {
		go_where_it_belongs(ctl, id, count - 2, argv + 3);
		return campaign_put(ctl, id, count - 2, argv + 3, force);
	}
	find_campaign(ctl, id);
	if (ids != NULL && count > 2)
		ctl_misuse(ctl, error_pick("either --ids or ids", "soit --ids, soit des identifiants"));
	if (ids != NULL)
		return campaign_cancel_file(ctl, id, ids);
	if (strcmp(verb, "cancel") == 0)
		return campaign_cancel(ctl, id, count - 2, argv + 3);
	if (strcmp(verb, "show") == 0)
		return campaign_show(ctl, id);
	if (strcmp(verb, "pause") == 0)
		return campaign_status(ctl, id, "paused");
	if (strcmp(verb, "resume") == 0)
		return campaign_status(ctl, id, "running");
	if (strcmp(verb, "stop") == 0)
		return campaign_stop(ctl, id, export);
	return campaign_purge(ctl, id);
}

const struct command ctl_campaign_commands[] = {
	{ .name = "campaign",
	  .usage =
	      "list | show C | put C FIELD VALUE... | pause C | resume C | stop C | cancel C [ID...] | purge C",
	  .summary = "define, show, pause, resume, stop, cancel, purge",
	  .needs_redis = true,
	  .run = run_campaign,
	  .has_page = true,
	  .example = "licetctl campaign put acme.noel rate 300/h",
	  .details =
	      "put changes only the named fields; an empty value removes a field. A definition with faults "
	      "is not stored (exit 1).\n"
	      "put, pause, resume and stop wait until licetd has acted, and print how many jobs are still "
	      "out: senders have them, and their calls may be ringing.\n"
	      "stop ends every waiting job, as campaign-ended; requeue C --reason campaign-ended brings "
	      "them back. With --export they end only when all of them are in the file. If it is "
	      "interrupted before that, the campaign is paused and no job has ended.\n"
	      "cancel prints where each job was; exit 1 if one is out, over, or not there. purge removes a "
	      "stopped campaign that has no job out, and its records of calls.\n" },
	{ 0 },
};
