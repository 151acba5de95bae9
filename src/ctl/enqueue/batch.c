/* batch: list, show, cancel: what was queued as one. */
#include "core/text/shown.h"
#include "ctl/base/french.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/enqueue/batch_note.h"
#include "ctl/query/query.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOOK_MS 50
#define WAIT_MS INT64_C(600000)

/* Of one batch; *ret_cancelling: it is being cancelled. NULL: there is none of that name. */
static json_t *read_batch(struct ctl *ctl, const char *campaign, const char *name, bool *ret_cancelling)
{
	char batches[KEY_SIZE], cancelling[KEY_SIZE];
	struct redis_reply *reply =
	    ask_words(ctl, "HGET", key_campaign(ctl_conf(ctl)->prefix, campaign, "batches", batches), name);
	size_t len;
	const char *text = reply_text(reply, &len);
	json_t *note = text != NULL ? json_loadb(text, len, 0, NULL) : NULL;

	if (text != NULL && !json_is_object(note))
		ctl_fail(error_pick("%s: what stands of batch %s is no JSON object",
		                    "%s : ce qui est noté du lot %s n'est pas un objet JSON"),
		         batches, name);
	reply_free(reply);
	reply = ask_words(ctl, "HEXISTS", key_campaign(ctl->conf.prefix, campaign, "cancelling", cancelling),
	                  name);
	*ret_cancelling = reply_int(reply, 0) == 1;
	reply_free(reply);
	if (note != NULL)
		json_object_set_new(note, "state",
		                    json_string(*ret_cancelling                                 ? "cancelling"
		                                : json_object_get(note, "cancelled_at") != NULL ? "cancelled"
		                                                                                : "queued"));
	return note;
}

/* Its state, for people. */
static const char *state_said(bool fr, const json_t *note)
{
	const char *state = json_string_value(json_object_get(note, "state"));

	if (!fr)
		return state;
	return strcmp(state, "queued") == 0      ? "en file"
	       : strcmp(state, "cancelled") == 0 ? "annulé"
	                                         : "annulation en cours";
}

_Noreturn static void no_such_batch(struct ctl *ctl, const char *campaign, const char *name)
{
	char key[KEY_SIZE];
	struct redis_reply *reply =
	    ask_words(ctl, "HKEYS", key_campaign(ctl->conf.prefix, campaign, "batches", key));
	struct names names = { 0 };

	for (size_t i = 0; i < reply_count(reply); i++) {
		size_t len;
		const char *text = reply_text(reply_at(reply, i), &len);

		names_add(&names, text, len);
	}
	const char *near = names_nearest(&names, name);

	ctl_fail(error_pick("campaign %s has no batch %s%s%s%s", "la campagne %s n'a pas de lot %s%s%s%s"),
	         campaign, name, near != NULL ? error_pick(", did you mean ", ", vouliez-vous dire ") : "",
	         near != NULL ? near : "", near != NULL ? "?" : "");
}

static json_t *must_read(struct ctl *ctl, const char *campaign, const char *name, bool *ret_cancelling)
{
	json_t *note = read_batch(ctl, campaign, name, ret_cancelling);

	if (note == NULL)
		no_such_batch(ctl, campaign, name);
	return note;
}

static const char *text_of(const json_t *note, const char *name)
{
	const char *text = json_string_value(json_object_get(note, name));

	return text != NULL ? text : "";
}

static int64_t count_of(const json_t *note, const char *name)
{
	return json_integer_value(json_object_get(note, name));
}

/* --- list and show -------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
	return strcmp(text_of(*(json_t *const *)a, "at"), text_of(*(json_t *const *)b, "at"));
}

/* All of a campaign, oldest first; heap. */
static json_t *read_all(struct ctl *ctl, const char *campaign)
{
	char key[KEY_SIZE];
	struct redis_reply *names =
	    ask_words(ctl, "HKEYS", key_campaign(ctl_conf(ctl)->prefix, campaign, "batches", key));
	size_t count = 0;
	json_t **list = calloc(reply_count(names) + 1, sizeof(*list)), *all = json_array();

	for (size_t i = 0; list != NULL && i < reply_count(names); i++) {
		bool cancelling;
		json_t *note = read_batch(ctl, campaign, reply_text(reply_at(names, i), NULL), &cancelling);

		if (note != NULL)
			list[count++] = note;
	}
	if (list == NULL)
		ctl_fail(error_pick("out of memory", "mémoire insuffisante"));
	qsort(list, count, sizeof(*list), by_time);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(all, list[i]);
	free(list);
	reply_free(names);
	return all;
}

static int batch_list(struct ctl *ctl, const char *campaign, bool fr)
{
	json_t *all = read_all(ctl, campaign), *note;
	struct columns table;
	size_t i;

	if (ctl->json) {
		ctl_print_json(all);
		return 0;
	}
	if (json_array_size(all) == 0)
		print(lang_pick(fr, "%s: nothing was queued by licetctl enqueue\n",
		                "%s : rien n'a été mis en file par licetctl enqueue\n"),
		      campaign);
	columns_init(&table,
	             lang_pick(fr, "batch|at|by|queued|refused|state", "lot|le|par|en file|refusées|état"));
	json_array_foreach(all, i, note)
	{
		columns_add(&table, text_of(note, "name"));
		columns_add(&table, text_of(note, "at"));
		columns_add(&table, text_of(note, "by"));
		columns_addf(&table, "%" PRId64, count_of(note, "queued"));
		columns_addf(&table, "%" PRId64, count_of(note, "refused"));
		columns_add(&table, state_said(fr, note));
	}
	columns_print(&table, ctl->colour);
	json_decref(all);
	return 0;
}

static void print_cancelled(const json_t *note, bool fr)
{
	int64_t gone = count_of(note, "cancelled"), out = count_of(note, "out");

	if (fr)
		print("%" PRId64 " tâche%s annulée%s", gone, gone > 1 ? "s" : "", gone > 1 ? "s" : "");
	else
		print("%" PRId64 " job%s ended as cancelled", gone, gone == 1 ? "" : "s");
	if (out > 0)
		print(lang_pick(fr, "; %" PRId64 " %s out with senders, and not tried again",
		                " ; %" PRId64 " %s chez les émetteurs, sans nouvel essai"),
		      out, out == 1 ? lang_pick(fr, "is", "est") : lang_pick(fr, "are", "sont"));
	print("\n");
}

static int batch_show(struct ctl *ctl, const char *campaign, const char *name, bool fr)
{
	bool cancelling;
	json_t *note = must_read(ctl, campaign, name, &cancelling);

	if (ctl->json) {
		ctl_print_json(note);
		return 0;
	}
	print(lang_pick(fr, "%s: %s\n", "%s : %s\n"), name, state_said(fr, note));
	print(lang_pick(fr, "  queued by %s, %s\n", "  mis en file par %s, le %s\n"), text_of(note, "by"),
	      text_of(note, "at"));
	print(lang_pick(fr, "  %" PRId64 " lines, %" PRId64 " jobs queued, %" PRId64 " refused\n",
	                "  lignes : %" PRId64 ", tâches en file : %" PRId64 ", lignes refusées : %" PRId64
	                "\n"),
	      count_of(note, "lines"), count_of(note, "queued"), count_of(note, "refused"));
	if (json_object_get(note, "cancelled_at") != NULL) {
		print(lang_pick(fr, "  cancelled by %s, %s: ", "  annulé par %s, le %s : "),
		      text_of(note, "cancelled_by"), text_of(note, "cancelled_at"));
		print_cancelled(note, fr);
	}
	json_decref(note);
	return 0;
}

/* --- cancel ----------------------------------------------------------------------------------- */

/* In one transaction: from here on nothing of the campaign moves, and whatever becomes of us it is gone through
 * with. Who asked first is kept. */
static void ask_for_it(struct ctl *ctl, const char *campaign, const char *name)
{
	char cancelling[KEY_SIZE], cancel[KEY_SIZE], at[CIVIL_INSTANT_SIZE], tag[BATCH_TAG_SIZE];
	const char *prefix = ctl->conf.prefix;
	json_t *request = print_pack("{s:s,s:s,s:s}", "by", who_types(), "at",
	                             civil_format_instant(ctl_now_ms(ctl), at), "tag", batch_tag(name, tag));
	char *text = json_pool_text(request, JSON_COMPACT);

	key_campaign(prefix, campaign, "cancelling", cancelling);
	key_campaign(prefix, campaign, "cancel", cancel);
	reply_free(ask_words(ctl, "MULTI"));
	reply_free(ask_words(ctl, "HSETNX", cancelling, name, text));
	reply_free(ask_words(ctl, "SADD", cancel, "\n"));
	reply_free(ask_words(ctl, "EXEC"));
	json_decref(request);
	free(text);
}

/* A step, where this user may: else licetd does them. */
static bool step(struct ctl *ctl, const char *campaign, bool *may)
{
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall(&a, "licet_batch_cancel", key_campaign(ctl->conf.prefix, campaign, "cancelling", key));
	struct redis_reply *reply = ask_any(ctl, &a);
	bool moved = !reply_is_error(reply) && reply_int(reply_at(reply, 0), 0) == 1;

	*may = !reply_is_error(reply);
	args_done(&a);
	reply_free(reply);
	return moved;
}

static void pause_ms(int ms)
{
	nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000L }, NULL);
}

/* Until it is over. */
static void follow(struct ctl *ctl, const char *campaign, const char *name)
{
	int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS;
	bool may = true, cancelling = true;

	for (int64_t turn = 0; cancelling; turn++) {
		bool moved = may && step(ctl, campaign, &may);

		if (moved && turn % 20 != 0)
			continue;
		json_decref(read_batch(ctl, campaign, name, &cancelling));
		if (cancelling && clock_monotonic_ms() > deadline_ms)
			ctl_fail(
			    error_pick(
				"%s: batch %s is not over yet; licetd ends it as soon as it runs, and until then nothing of the campaign goes out",
				"%s : le lot %s n'est pas encore annulé ; licetd le fera dès qu'il tournera, et d'ici là rien de la campagne ne part"),
			    campaign, name);
		if (cancelling && !moved)
			pause_ms(LOOK_MS);
		ctl_progress(name, turn);
	}
	ctl_progress("", -1);
}

static int batch_cancel(struct ctl *ctl, const char *campaign, const char *name, bool fr)
{
	char ids[KEY_SIZE], tag[BATCH_TAG_SIZE], part[BATCH_TAG_SIZE + 8];
	bool cancelling;
	json_t *note = must_read(ctl, campaign, name, &cancelling);

	if (json_object_get(note, "cancelled_at") != NULL && !cancelling)
		ctl_fail(error_pick("batch %s of %s was cancelled already, %s",
		                    "le lot %s de %s est déjà annulé, %s"),
		         name, campaign, text_of(note, "cancelled_at"));
	json_decref(note);
	snprintf(part, sizeof(part), "batch:%s", batch_tag(name, tag));
	struct redis_reply *there =
	    ask_words(ctl, "EXISTS", key_campaign(ctl->conf.prefix, campaign, part, ids));

	if (!cancelling && reply_int(there, 0) == 0)
		ctl_fail(
		    error_pick(
			"batch %s of %s: the ids of its jobs are kept for 90 days, and are gone: campaign cancel --ids FILE takes them from a file",
			"lot %s de %s : les identifiants de ses tâches, conservés 90 jours, n'y sont plus : campaign cancel --ids FICHIER les prend dans un fichier"),
		    name, campaign);
	reply_free(there);
	if (!cancelling)
		ask_for_it(ctl, campaign, name);
	follow(ctl, campaign, name);
	note = must_read(ctl, campaign, name, &cancelling);
	if (ctl->json) {
		json_object_set_new(note, "campaign", json_string(campaign));
		ctl_print_json(note);
		return 0;
	}
	print(lang_pick(fr, "%s, batch %s: ", "%s, lot %s : "), campaign, name);
	print_cancelled(note, fr);
	json_decref(note);
	return 0;
}

/* --- the command --------------------------------------------------------------------------------- */

static int run_batch(struct ctl *ctl, int argc, char **argv)
{
	ctl_words(ctl, argc, argv, NULL);
	const char *verb = argv[1];
	bool fr = ctl->french;

	find_campaign(ctl, argv[2]);
	ask_campaign(ctl, argv[2]);
	if (strcmp(verb, "list") == 0)
		return batch_list(ctl, argv[2], fr);
	return strcmp(verb, "show") == 0 ? batch_show(ctl, argv[2], argv[3], fr)
	                                 : batch_cancel(ctl, argv[2], argv[3], fr);
}

const struct command ctl_batch_commands[] = {
	{ .name = "batch",
	  .usage = "list CAMPAIGN | show CAMPAIGN NAME | cancel CAMPAIGN NAME",
	  .summary = "list, show and cancel what was queued as one file",
	  .needs_redis = true,
	  .run = run_batch,
	  .has_page = true,
	  .example = "licetctl batch cancel acme.noel contacts.csv",
	  .details =
	      "Each file that enqueue queues is a batch; its name is that of the file, or of --batch. "
	      "cancel ends its jobs that are queued, held, put off or ready, as cancelled. It counts the "
	      "jobs that senders have; these are not tried again.\n" },
	{ 0 },
};
