/* status_change.c - pause, resume, stop and cancel; see status_change.h. */
#include "ctl/campaign/status_change.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "ctl/campaign/stop_export.h"
#include "ctl/input/id_lines.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/job_find.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 3000 /* for licetd, which needs a tenth of a second */
#define POLL_MS 15
#define CANCEL_MAX 100

/* --- what is seen ------------------------------------------------------------------- */

/* Is there a licetd? Each one tells its rulebook, in real time, and has a heartbeat. */
static bool daemon_answers(struct ctl *ctl)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE], instance[128];
	struct hash present;
	bool found = false;

	hash_read(ctl, key_global(prefix, "rulebooks", key), &present);
	for (size_t i = 0; i < present.fields.count && !found; i++) {
		const char *name = present.fields.names[i], *colon = strrchr(name, ':');

		snprintf(instance, sizeof(instance), "%.*s",
		         (int)(colon != NULL ? colon - name : (long)strlen(name)), name);
		found = ask_count(ctl, "EXISTS", key_of(prefix, "daemon", instance, key)) > 0;
	}
	hash_done(&present);
	return found;
}

/* How far a campaign is. */
struct sight {
	char status[16]; /* that licetd has read */
	char because[32], rule[64], until[32];
	bool waits;                    /* state is waiting */
	int64_t ready, taken, waiting; /* waiting: queue, held and later */
	int64_t ended;                 /* campaign-ended, ever */
};

static void copy(char *to, size_t size, const struct hash *h, const char *name)
{
	const char *text = hash_get(h, name);

	snprintf(to, size, "%s", text != NULL ? text : "");
}

static void look(struct ctl *ctl, const char *id, struct sight *ret)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct hash state, stats;

	/* Counters before the queue: what moves in between is counted twice, never missed. */
	hash_read(ctl, key_campaign(prefix, id, "state", key), &state);
	hash_read(ctl, key_campaign(prefix, id, "stats", key), &stats);
	*ret = (struct sight){ .ready = hash_int(&stats, "ready"),
		               .taken = hash_int(&stats, "taken"),
		               .waiting = hash_int(&stats, "held") + hash_int(&stats, "later"),
		               .ended = hash_int(&stats, "refused.campaign-ended") };
	copy(ret->status, sizeof(ret->status), &state, "status");
	copy(ret->because, sizeof(ret->because), &state, "because");
	copy(ret->rule, sizeof(ret->rule), &state, "rule");
	copy(ret->until, sizeof(ret->until), &state, "until");
	const char *text = hash_get(&state, "state");

	ret->waits = text != NULL && (strcmp(text, "waiting") == 0 || strcmp(text, "rejected") == 0);
	hash_done(&state);
	hash_done(&stats);
	ret->waiting += ask_count(ctl, "LLEN", key_campaign(prefix, id, "queue", key));
}

static void poll_pause(void)
{
	const struct timespec pause = { 0, POLL_MS * 1000000L };

	nanosleep(&pause, NULL);
}

/* Write the status, and wait until licetd has acted on it: nothing of a campaign that does not
 * run is ready, nothing of one that is stopped waits. Returns whether it did in time. */
static bool status_write(struct ctl *ctl, const char *id, const char *status, bool *ret_daemon,
                         struct sight *ret)
{
	char key[KEY_SIZE];
	bool runs = strcmp(status, "running") == 0, stops = strcmp(status, "stopped") == 0;
	int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS;

	reply_free(
	    ask_words(ctl, "HSET", key_campaign(ctl_conf(ctl)->prefix, id, "def", key), "status", status));
	*ret_daemon = daemon_answers(ctl);
	for (;;) {
		look(ctl, id, ret);
		bool acted = strcmp(ret->status, status) == 0 && (runs || ret->ready == 0) &&
		             (!stops || ret->waiting == 0);

		if (acted || !*ret_daemon)
			return acted && *ret_daemon;
		if (clock_monotonic_ms() >= deadline_ms)
			break;
		poll_pause();
	}
	*ret_daemon = daemon_answers(ctl);
	return false;
}

static void note_daemon(bool acted, bool daemon)
{
	if (!daemon)
		ctl_note(error_pick("no licetd answers: it will be acted upon when one runs",
		                    "aucun licetd ne répond : cela sera suivi d'effet quand l'un tournera"));
	else if (!acted)
		ctl_note(error_pick("licetd runs but has not acted within %d s: see licetctl status",
		                    "licetd tourne mais n'a pas agi en %d s : voir licetctl status"),
		         WAIT_MS / 1000);
}

/* A definition that changed for senders: until nothing is ready of the old one. What state says
 * of it is the fingerprint of what ready jobs were made of. */
void campaign_changed(struct ctl *ctl, const char *id, const char *before, struct still_out *ret)
{
	int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS;
	struct sight now;
	char key[KEY_SIZE];

	ret->daemon = daemon_answers(ctl);
	for (ret->acted = before == NULL; ret->daemon && !ret->acted; poll_pause()) {
		struct redis_reply *reply =
		    ask_value_words(ctl, "HGET", key_campaign(ctl->conf.prefix, id, "state", key),
		                    "definition");
		const char *text = reply_text(reply, NULL);

		ret->acted = text != NULL && strcmp(text, before) != 0;
		reply_free(reply);
		if (clock_monotonic_ms() >= deadline_ms)
			break;
	}
	look(ctl, id, &now);
	ret->ready = now.ready;
	ret->taken = now.taken;
}

void campaign_print_out(struct ctl *ctl, const char *id, const struct still_out *out)
{
	if (!ctl->json && out->ready + out->taken > 0) {
		print(lang_pick(ctl->french, "%s: %" PRId64 " ready%s, %" PRId64 " taken%s\n",
		                "%s : %" PRId64 " prêtes%s, %" PRId64 " prises%s\n"),
		      id, out->ready,
		      out->ready == 0 || out->acted
		          ? ""
		          : lang_pick(ctl->french, " as the definition was", " selon l'ancienne définition"),
		      out->taken,
		      out->taken == 0 ? ""
		                      : lang_pick(ctl->french, " (senders have them: calls may be ringing)",
		                                  " (des émetteurs les ont : des appels sonnent peut-être)"));
	}
	note_daemon(out->acted, out->daemon);
}

/* Ends unless the campaign is defined. */
static void must_be_defined(struct ctl *ctl, const char *id)
{
	char key[KEY_SIZE];

	ask_campaign(ctl, id);
	if (ask_count(ctl, "EXISTS", key_campaign(ctl_conf(ctl)->prefix, id, "def", key)) == 0)
		ctl_fail(error_pick("campaign %s has no definition", "la campagne %s n'a pas de définition"),
		         id);
}

/* --- pause, resume, stop ---------------------------------------------------------------- */

/* What stands after "paused; ". */
static void print_out(const struct sight *now, bool runs, bool daemon)
{
	print("%" PRId64 " ready", now->ready);
	if (!runs && now->ready > 0)
		fputs(
		    daemon
			? error_pick(
			      " (no sender gets them any more; licetd has not taken them all back yet)",
			      " (aucun émetteur ne les reçoit plus ; licetd ne les a pas encore toutes reprises)")
			: error_pick(" (no sender gets them any more)",
		                     " (aucun émetteur ne les reçoit plus)"),
		    stdout);
	print(error_pick(", %" PRId64 " taken", ", %" PRId64 " prises"), now->taken);
	if (!runs && now->taken > 0)
		fputs(error_pick(" (senders have them: calls may be ringing)",
		                 " (des émetteurs les ont : des appels sonnent peut-être)"),
		      stdout);
}

static int print_status(struct ctl *ctl, const char *id, const char *status, const struct sight *now,
                        bool acted, bool daemon)
{
	bool runs = strcmp(status, "running") == 0;

	if (ctl->json) {
		ctl_print_json(print_pack("{s:s,s:s,s:I,s:I,s:I,s:b,s:b,s:s,s:s}", "id", id, "status", status,
		                          "ready", (json_int_t)now->ready, "taken", (json_int_t)now->taken,
		                          "waiting", (json_int_t)now->waiting, "acted", (int)acted, "daemon",
		                          (int)daemon, "because", runs ? now->because : "", "until",
		                          runs ? now->until : ""));
		return 0;
	}
	print(lang_pick(ctl->french, "%s: %s; ", "%s : %s ; "), id, lang_say(ctl->french, status));
	print_out(now, runs, daemon);
	if (now->waiting > 0)
		print(lang_pick(ctl->french, ", %" PRId64 " waiting", ", %" PRId64 " en attente"),
		      now->waiting);
	putchar('\n');
	if (acted && runs && now->waits)
		print(lang_pick(ctl->french, "%s: nothing is going out: %s%s%s%s%s%s\n",
		                "%s : rien ne part : %s%s%s%s%s%s\n"),
		      id, now->because, now->rule[0] != '\0' ? " (" : "", now->rule,
		      now->rule[0] != '\0' ? ")" : "",
		      now->until[0] == '\0' ? "" : lang_pick(ctl->french, ", until ", ", jusqu'à "),
		      now->until);
	return 0;
}

int campaign_status(struct ctl *ctl, const char *id, const char *status)
{
	struct sight now;
	bool daemon;

	must_be_defined(ctl, id);
	bool acted = status_write(ctl, id, status, &daemon, &now);

	print_status(ctl, id, status, &now, acted, daemon);
	note_daemon(acted, daemon);
	return 0;
}

int campaign_stop(struct ctl *ctl, const char *id, const char *export)
{
	struct sight before, now;
	bool daemon;
	int64_t exported = 0;

	must_be_defined(ctl, id);
	if (export != NULL) {
		outfile_check(export);
		/* Paused, so that what is ready comes back and is written too. */
		bool paused = status_write(ctl, id, "paused", &daemon, &now);

		if (!paused)
			ctl_fail(
			    error_pick(
				"campaign %s is paused, but %s: nothing was exported and nothing has ended",
				"la campagne %s est en pause, mais %s : rien n'a été exporté et rien n'a pris fin"),
			    id,
			    daemon ? error_pick("licetd has not taken back what is ready",
			                        "licetd n'a pas repris ce qui est prêt")
				   : error_pick("no licetd answers", "aucun licetd ne répond"));
		exported = export_and_stop(ctl, id, export);
	}
	look(ctl, id, &before);
	bool acted = status_write(ctl, id, "stopped", &daemon, &now);
	int64_t ended = now.ended - before.ended;

	if (ctl->json) {
		ctl_print_json(print_pack("{s:s,s:s,s:I,s:I,s:I,s:I,s:o,s:b,s:b}", "id", id, "status",
		                          "stopped", "ready", (json_int_t)now.ready, "taken",
		                          (json_int_t)now.taken, "waiting", (json_int_t)now.waiting, "ended",
		                          (json_int_t)ended, "exported",
		                          export != NULL ? json_integer((json_int_t)exported) : json_null(),
		                          "acted", (int)acted, "daemon", (int)daemon));
	} else {
		print(lang_pick(ctl->french, "%s: stopped; ", "%s : arrêtée ; "), id);
		print_out(&now, false, daemon);
		putchar('\n');
		if (export != NULL)
			print(lang_pick(ctl->french, "%s: %" PRId64 " jobs written to %s\n",
			                "%s : %" PRId64 " tâches écrites dans %s\n"),
			      id, exported, export);
		if (now.waiting > 0)
			print(lang_pick(ctl->french, "%s: %" PRId64 " jobs wait still and are being ended\n",
			                "%s : %" PRId64 " tâches attendent encore et prennent fin\n"),
			      id, now.waiting);
		if (ended > 0)
			print(
			    lang_pick(
				ctl->french,
				"%s: %" PRId64 " ended as campaign-ended (licetctl requeue %s --reason "
				"campaign-ended brings them back)\n",
				"%s : %" PRId64
				" ont pris fin (licetctl requeue %s --reason campaign-ended les remet en file)\n"),
			    id, ended, id);
	}
	note_daemon(acted, daemon);
	return 0;
}

/* --- cancel ------------------------------------------------------------------------------- */

struct cancelled {
	const char *id;
	char was[16], now[16], detail[96];
	bool unseen; /* not found where this user may look, and jobs are elsewhere too */
};

static void keep(const struct found_job *found, char to[16], char *detail, size_t size)
{
	snprintf(to, 16, "%s", found->where);
	if (detail != NULL)
		snprintf(detail, size, "%s", found->detail);
}

static bool is(const char *where, const char *name)
{
	return strcmp(where, name) == 0;
}

/* Where it was, before it is cancelled. */
static void cancel_find(struct ctl *ctl, const char *campaign, struct cancelled *c)
{
	struct found_job found;

	job_find_id(ctl, campaign, c->id, false, &found);
	keep(&found, c->was, c->detail, sizeof(c->detail));
	keep(&found, c->now, NULL, 0);
	c->unseen = found.unseen && is(c->now, "none");
	found_done(&found);
}

/* Where it is, now that no sender gets it any more. What was met meanwhile may have moved; what
 * is ready still is taken back by licetd. */
static void cancel_follow(struct ctl *ctl, const char *campaign, struct cancelled *c, bool daemon)
{
	int64_t deadline_ms = clock_monotonic_ms() + WAIT_MS;
	struct found_job found;

	if (is(c->was, "done") || is(c->was, "refused"))
		return;
	for (;;) {
		job_find_id(ctl, campaign, c->id, !is(c->was, "none"), &found);
		bool ready = is(found.where, "ready");

		if (!is(found.where, "none")) {
			if (is(c->was, "none"))
				keep(&found, c->was, NULL, 0);
			keep(&found, c->now, c->detail, sizeof(c->detail));
		} else if (is(c->now, "ready")) {
			/* It was taken back, most likely. */
			found_done(&found);
			job_find_id(ctl, campaign, c->id, false, &found);
			keep(&found, c->now, c->detail, sizeof(c->detail));
			ready = is(c->now, "ready"); /* it was being moved when we looked */
		}
		found_done(&found);
		if (!ready || !daemon || clock_monotonic_ms() >= deadline_ms)
			return;
		poll_pause();
	}
}

/* Will it never go out, nor is it out? */
static bool is_cancelled(const struct cancelled *c)
{
	return is(c->now, "queue") || is(c->now, "held") || is(c->now, "later") || is(c->now, "ready") ||
	       (is(c->now, "refused") && !is(c->was, "refused")) ||
	       (is(c->was, "refused") && is(c->detail, "cancelled"));
}

static void print_cancelled(const struct cancelled *c)
{
	print("%s: ", c->id);
	if (is(c->now, "ready"))
		puts(error_pick("cancelled; ready, but no sender gets it any more",
		                "annulée ; prête, mais aucun émetteur ne la reçoit plus"));
	else if (is(c->was, "refused") && is(c->detail, "cancelled"))
		puts(error_pick("was cancelled before", "déjà annulée"));
	else if (is(c->now, "refused") && !is(c->was, "refused"))
		print(error_pick("cancelled; it was %s\n", "annulée ; elle était à l'état %s\n"), c->was);
	else if (is_cancelled(c))
		print(error_pick(
			  "cancelled; %s%s%s: it ends when it is met, and never goes out\n",
			  "annulée ; %s%s%s : elle prend fin à sa prochaine lecture, et ne part jamais\n"),
		      c->now, c->detail[0] != '\0' ? " " : "", c->detail);
	else if (is(c->now, "taken"))
		print(
		    error_pick(
			"NOT cancelled: it is out, %s has it and the call may be ringing; it is not tried again\n",
			"NON annulée : elle est dehors, %s l'a et l'appel sonne peut-être ; elle n'est pas retentée\n"),
		    c->detail[0] != '\0' ? c->detail : error_pick("a sender", "un émetteur"));
	else if (is(c->now, "unknown"))
		puts(error_pick(
		    "NOT cancelled: it was out, and nobody said what became of it (licetctl settle)",
		    "NON annulée : elle était dehors, et nul n'a dit ce qu'elle est devenue (licetctl settle)"));
	else if (is(c->now, "none") && c->unseen)
		puts(error_pick(
		    "cancelled; whether it is ready or out, this user may not see: a sender may have it already",
		    "annulée ; cet utilisateur ne peut voir si elle est prête ou dehors : un émetteur l'a peut-être déjà"));
	else if (is(c->now, "none"))
		puts(error_pick("no such job; should it come, it is refused",
		                "aucune tâche de ce nom ; si elle arrive, elle est refusée"));
	else
		print(error_pick("NOT cancelled: it is over already, %s%s%s\n",
		                 "NON annulée : elle est déjà terminée, %s%s%s\n"),
		      c->now, c->detail[0] != '\0' ? ", " : "", c->detail);
}

static json_t *json_cancelled(const struct cancelled *c)
{
	return print_pack("{s:s,s:s,s:s,s:s,s:b,s:b}", "id", c->id, "was", c->was, "now", c->now, "detail",
	                  c->detail, "cancelled", (int)is_cancelled(c), "out", (int)is(c->now, "taken"));
}

#define IDS_AT_ONCE 1000

int campaign_cancel_file(struct ctl *ctl, const char *id, const char *path)
{
	char key[KEY_SIZE];
	struct id_lines ids;
	struct redis_args a;

	ask_campaign(ctl, id);
	id_lines_read(path, NULL, &ids);
	key_campaign(ctl_conf(ctl)->prefix, id, "cancel", key);
	for (size_t from = 0; from < ids.count; from += IDS_AT_ONCE) {
		args_init(&a);
		args_add(&a, "SADD");
		args_add(&a, key);
		for (size_t i = from; i < ids.count && i < from + IDS_AT_ONCE; i++)
			args_add(&a, ids.list[i].id);
		reply_free(ask(ctl, &a));
		args_done(&a);
	}
	bool daemon = daemon_answers(ctl);

	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b,s:I}", "campaign", id, "daemon", (int)daemon, "ids",
		                          (json_int_t)ids.count));
	else
		print(
		    lang_pick(
			ctl->french,
			"%s: %zu id%s cancelled: a ready job ends now, one that waits when it is met, one that is out is not "
			"tried again\n",
			"%s : %zu identifiant%s annulé : une tâche prête prend fin maintenant, une tâche en attente à sa prochaine lecture, une tâche dehors n'est pas retentée\n"),
		    id, ids.count, ids.count == 1 ? "" : "s");
	note_daemon(true, daemon);
	id_lines_done(&ids);
	return 0;
}

int campaign_cancel(struct ctl *ctl, const char *id, int count, char **ids)
{
	char key[KEY_SIZE];
	struct redis_args a;
	int code = 0;

	if (count == 0)
		ctl_misuse(ctl, error_pick("which jobs? their ids are missing",
		                           "quelles tâches ? leurs identifiants manquent"));
	if (count > CANCEL_MAX)
		ctl_misuse(ctl, error_pick("at most %d ids at once", "%d identifiants au plus à la fois"),
		           CANCEL_MAX);
	for (int i = 0; i < count; i++)
		if (strlen(ids[i]) < 1 || strlen(ids[i]) > JOB_ID_MAX)
			ctl_misuse(ctl,
			           error_pick("an id has 1 to %d bytes", "un identifiant a de 1 à %d octets"),
			           JOB_ID_MAX);
	ask_campaign(ctl, id);
	struct cancelled *list = mem_zero((size_t)count * sizeof(*list));

	args_init(&a);
	args_add(&a, "SADD");
	args_add(&a, key_campaign(ctl_conf(ctl)->prefix, id, "cancel", key));
	for (int i = 0; i < count; i++) {
		list[i].id = ids[i];
		args_add(&a, ids[i]);
		cancel_find(ctl, id, &list[i]);
	}
	reply_free(ask(ctl, &a));
	args_done(&a);
	bool daemon = daemon_answers(ctl);
	json_t *all = json_array();

	for (int i = 0; i < count; i++) {
		cancel_follow(ctl, id, &list[i], daemon);
		code = is_cancelled(&list[i]) ? code : 1;
		json_array_append_new(all, json_cancelled(&list[i]));
		if (!ctl->json)
			print_cancelled(&list[i]);
	}
	if (ctl->json)
		ctl_print_json(
		    print_pack("{s:s,s:b,s:o}", "campaign", id, "daemon", (int)daemon, "jobs", all));
	else
		json_decref(all);
	note_daemon(true, daemon);
	free(list);
	return code;
}
