/* init: eight questions, and a first campaign is there; with --sim in a space of its own, down to the first
 * job that a sender has.
 *
 * An answer is judged as licetd judges it, before the next question: what it would reject is asked again. Each
 * command of redis-cli that an answer stands for is printed, so that the second campaign needs no init. */
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/query/taken_job.h"
#include "ctl/setup/first_campaign.h"
#include "ctl/setup/trial.h"
#include "ctl/simulate/drive.h"
#include "ctl/space/each.h"
#include "io/host/error_text.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER_SIZE 200

static const struct question {
	const char *asks, *french;
	const char *example; /* sound, by the law of France */
	bool is_default;     /* outside of a trial too: else somebody has to say it */
} questions[ANSWERS] = {
	[ADVERTISER] = { "Who has people called? The name that the message says",
	                 "Qui fait appeler ? Le nom que dit le message", "Acme", false },
	[SIREN] = { "Its SIREN, nine digits", "Son SIREN, neuf chiffres", "552100554", false },
	[CALLER_ID] = { "The number to show, one that its operator allows",
	                "Le numéro à afficher, un de ceux que son opérateur permet", "+33162001234", false },
	[SOURCE] = { "Where the contacts come from; you approve it",
	             "D'où viennent les contacts ; vous l'approuvez", "acme.example web form", false },
	[LIST] = { "Who keeps the platform's opposition list",
	           "Qui tient la liste d'opposition de la plateforme", "crm", true },
	[OFFER] = { "Sector and product, as people consented to it",
	            "Secteur et produit, selon le consentement donné", "retail toys", true },
	[MESSAGE] = { "The message that senders play, and its seconds",
	              "Le message que jouent les émetteurs, et sa durée en secondes", "noel-2026.wav 25",
	              true },
	[CONTACT] = { "The number to object at, at no extra cost", "Le numéro pour s'opposer, sans surcoût",
	              "+33805123456", false },
};

struct setup {
	struct ctl *ctl;
	bool sim, asks; /* somebody sits there */
	char typed[ANSWERS][ANSWER_SIZE];
	struct first_campaign first;
	struct rehearsal trial;
	char path[PATH_MAX];
	json_t *commands;
};

/* --- questions -------------------------------------------------------------------------- */

static const char *asked(const struct question *q)
{
	return error_pick(q->asks, q->french);
}

/* A line, without its end. Returns false at the end of the input. */
static bool read_line(char *buf, size_t size)
{
	if (fgets(buf, (int)size, stdin) == NULL)
		return false;
	size_t len = strcspn(buf, "\r\n");

	if (buf[len] == '\0' && len + 1 == size)
		ctl_fail(error_pick("an answer has %zu bytes at most", "une réponse a %zu octets au plus"),
		         size - 2);
	buf[len] = '\0';
	return true;
}

/* Judge the campaign, now that this answer is in it: all others are sound. Somebody who sits there is told each
 * fault, and asked again; else the first one ends it. */
static bool is_sound(struct setup *s, enum answer i, int64_t now_ms)
{
	struct campaign c;

	first_read(s->ctl, &s->first, now_ms, &c);
	if (c.fault_count > 0 && (!s->asks || feof(stdin)))
		ctl_fail(error_pick("question %d: %s: %s", "question %d : %s : %s"), (int)i + 1,
		         campaign_fault_name(c.faults[0].fault), c.faults[0].text);
	for (size_t k = 0; k < c.fault_count; k++)
		ctl_note("%s: %s", campaign_fault_name(c.faults[k].fault), c.faults[k].text);
	return c.fault_count == 0;
}

static void ask_one(struct setup *s, enum answer i, int64_t now_ms)
{
	const struct question *q = &questions[i];
	bool has_default = s->sim || q->is_default;

	for (;;) {
		if (s->asks) {
			print_to(stderr, "%d. %s\n   %s%s%s ", (int)i + 1, asked(q),
			         has_default ? "[" : error_pick("such as ", "par exemple "), q->example,
			         has_default ? "]:" : error_pick(":", " :"));
			fflush(stderr);
		}
		if (!read_line(s->typed[i], ANSWER_SIZE))
			s->typed[i][0] = '\0';
		if (s->typed[i][0] == '\0' && has_default)
			snprintf(s->typed[i], ANSWER_SIZE, "%s", q->example);
		if (s->typed[i][0] == '\0') {
			if (!s->asks || feof(stdin))
				ctl_fail(error_pick("no answer to question %d: %s, such as %s",
				                    "pas de réponse à la question %d : %s, par exemple %s"),
				         (int)i + 1, asked(q), q->example);
			continue;
		}
		s->first.answers[i] = s->typed[i];
		if (is_sound(s, i, now_ms))
			return;
	}
}

static void ask_all(struct setup *s, int64_t now_ms)
{
	for (int i = 0; i < ANSWERS; i++)
		s->first.answers[i] = questions[i].example;
	struct campaign c;

	first_read(s->ctl, &s->first, now_ms, &c);
	if (c.fault_count > 0)
		ctl_fail(error_pick("init knows the law of France alone, and the rulebook is %s",
		                    "init ne connaît que le droit français, et le recueil est %s"),
		         ctl_rulebook(s->ctl)->id);
	for (int i = 0; i < ANSWERS; i++)
		ask_one(s, (enum answer)i, now_ms);
}

/* --- keys --------------------------------------------------------------------------------- */

/* A word as a shell reads it. */
static void put_word(FILE *file, const char *word)
{
	bool plain =
	    *word != '\0' &&
	    word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/+-")] ==
		'\0';

	if (plain) {
		print_to(file, " %s", word);
		return;
	}
	print_to(file, " '");
	for (; *word != '\0'; word += strcspn(word, "'")) {
		if (*word == '\'') {
			print_to(file, "'\\''");
			word++;
		}
		char part[1024];

		snprintf(part, sizeof(part), "%.*s", (int)strcspn(word, "'"), word);
		print_to(file, "%s", part);
	}
	print_to(file, "'");
}

/* Do it, and show what it was. */
static void run_command(struct setup *s, const char *const *words)
{
	json_t *list = json_array();

	if (!s->ctl->json)
		print("redis-cli");
	for (const char *const *word = words; *word != NULL; word++) {
		json_array_append_new(list, print_json_text(*word));
		if (!s->ctl->json)
			put_word(stdout, *word);
	}
	if (!s->ctl->json)
		print("\n");
	json_array_append_new(s->commands, list);
	reply_free(ask_list(s->ctl, words));
}

/* Nothing of somebody else's is written over. */
static void must_be_new(struct setup *s)
{
	const struct {
		const char *what, *kind, *id;
	} parts[] = { { "advertiser", "advertiser", s->first.advertiser },
		      { "source", "source", s->first.source } };
	char key[KEY_SIZE];

	for (size_t i = 0; i < 2; i++)
		if (ask_count(s->ctl, "EXISTS",
		              key_of(ctl_conf(s->ctl)->prefix, parts[i].kind, parts[i].id, key)) != 0)
			ctl_fail(
			    error_pick(
				"%s %s is declared already: licetctl campaign put defines the next campaign",
				"%s %s existe déjà : licetctl campaign put définit la campagne suivante"),
			    parts[i].what, parts[i].id);
	if (ask_count(s->ctl, "EXISTS", key_campaign(s->ctl->conf.prefix, s->first.id, "def", key)) != 0)
		ctl_fail(error_pick("campaign %s is there already", "la campagne %s existe déjà"),
		         s->first.id);
}

static void write_keys(struct setup *s)
{
	const char *words[FIRST_WORDS];

	for (size_t i = 0; first_command(s->ctl, &s->first, i, words); i++)
		run_command(s, words);
}

/* --- the trial ----------------------------------------------------------------------------- */

static void push_jobs(struct setup *s)
{
	char key[KEY_SIZE], job[TRIAL_JOB_SIZE];

	key_campaign(s->ctl->conf.prefix, s->first.id, "queue", key);
	for (int i = 1; i <= TRIAL_JOBS; i++)
		run_command(s, (const char *const[]){ "RPUSH", key, trial_job(&s->trial, &s->first, i, job),
		                                      NULL });
}

static json_t *try_it(struct setup *s, bool keep)
{
	char at[CIVIL_INSTANT_SIZE], end[CIVIL_INSTANT_SIZE], mask[PHONE_MASK_SIZE];

	push_jobs(s);
	struct redis_reply *jobs = trial_first_job(&s->trial, &s->first);
	json_t *job = taken_json(reply_at(jobs, 0));

	json_object_set_new(job, "to",
	                    print_json_text(phone_mask(taken_text(reply_at(jobs, 0), "to"), mask)));
	civil_format_instant(s->trial.at_ms, at);
	if (!s->ctl->json) {
		print("redis-cli FCALL licet_take 1 %sready:main init 1\n\n", s->trial.prefix);
		print(error_pick(
			  "The clock of licetd was set to %s, when these numbers may be called.\n"
			  "It released %d jobs, and a sender has the first one:\n"
			  "  id %s, to %s, from %s, plays %s\n"
			  "  nothing may start after %s\n",
			  "L'horloge de licetd a été mise au %s, quand ces numéros peuvent être appelés.\n"
			  "Il a transmis %d tâches, et un émetteur a la première :\n"
			  "  id %s, vers %s, de %s, message %s\n"
			  "  rien ne peut commencer après %s\n"),
		      at, TRIAL_JOBS, taken_text(reply_at(jobs, 0), "id"), mask,
		      taken_text(reply_at(jobs, 0), "caller_id"), taken_text(reply_at(jobs, 0), "message"),
		      civil_format_instant(strtoll(taken_text(reply_at(jobs, 0), "not_after_ms"), NULL, 10),
		                           end));
	}
	reply_free(jobs);
	facts_free(s->trial.cf);
	hash_done(&s->trial.stats);
	if (keep) {
		ctl_note(error_pick("the space is kept: licetctl --prefix %s looks at it",
		                    "l'espace est conservé : licetctl --prefix %s le montre"),
		         s->trial.prefix);
		sim_stop(&s->trial);
		sim_guard(NULL);
	} else if (!s->ctl->json) {
		fputs(
		    error_pick(
			"\nThe space was removed again; --keep leaves it. Without --sim, init asks the same for a real "
			"campaign.\n",
			"\nL'espace a été supprimé ; --keep le laisse. Sans --sim, init pose les mêmes questions pour une "
			"vraie campagne.\n"),
		    stdout);
	}
	return job;
}

/* --- the command ------------------------------------------------------------------------------ */

static void say_next(const struct setup *s)
{
	print(
	    error_pick(
		"\n%s is sound and paused. attempts_before none says that nobody was called for %s before. If somebody was:\n"
		"licetctl attempts import %s FILE, and set it to imported. Then:\n",
		"\n%s est conforme et en pause. attempts_before none dit que nul n'a été appelé pour %s auparavant. Sinon :\n"
		"licetctl attempts import %s FICHIER, et le mettre à imported. Ensuite :\n"),
	    s->first.id, s->first.advertiser, s->first.advertiser);
	print("  licetctl enqueue %s contacts.csv --dry-run\n"
	      "  licetctl enqueue %s contacts.csv\n"
	      "  licetctl campaign resume %s\n",
	      s->first.id, s->first.id, s->first.id);
}

static int run_init(struct ctl *ctl, int argc, char **argv)
{
	static struct setup s;
	bool keep = false;
	const struct ctl_option options[] = { { "--sim", NULL, &s.sim },
		                              { "--keep", NULL, &keep },
		                              { NULL, NULL, NULL } };
	json_t *job = NULL;

	ctl_words(ctl, argc, argv, options);
	if (keep && !s.sim)
		ctl_misuse(ctl, error_pick("--keep belongs to --sim", "--keep va avec --sim"));
	s.ctl = ctl;
	s.asks = isatty(STDIN_FILENO);
	s.commands = json_array();
	s.first.runs = s.sim;
	if (!s.sim)
		each_must_be_named(ctl);
	ctl_redis(ctl);
	if (s.sim)
		trial_prepare(ctl, &s.trial, s.path);
	ask_all(&s, s.sim ? s.trial.at_ms : ctl_now_ms(ctl));
	if (s.sim)
		sim_guard(&s.trial);
	must_be_new(&s);
	write_keys(&s);
	if (s.sim)
		job = try_it(&s, keep);
	else if (!ctl->json)
		say_next(&s);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:o,s:o}", "campaign", s.first.id, "prefix",
		                          ctl->conf.prefix, "commands", s.commands, "taken",
		                          job != NULL ? job : json_null()));
	else
		json_decref(s.commands);
	if (!ctl->json)
		json_decref(job);
	sim_clean_up();
	return 0;
}

const struct command ctl_init_commands[] = {
	{ .name = "init",
	  .usage = "",
	  .summary = "set up a first campaign with eight questions",
	  .may_ask_redis = true,
	  .run = run_init,
	  .has_page = true,
	  .example = "licetctl init --sim",
	  .details =
	      "init asks for the advertiser, its SIREN, the number to show, the source of the contacts, the "
	      "keeper of the opposition list, the offer, the message and the number to object at. It judges "
	      "each answer as licetd does. Then it writes the keys, and prints the redis-cli command for "
	      "each. The campaign is paused. init overwrites nothing. If the input is not a terminal, each "
	      "answer is a line.\n"
	      "With --sim every question has a default, and all happens under licet-sim: keys, with the "
	      "clock of licetd at a lawful hour. init pushes three made-up jobs, takes one, and shows it.\n" },
	{ 0 },
};
