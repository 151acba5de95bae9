/* enqueue: jobs of a file onto a campaign's queue, each looked at before it is pushed. */
#include "ctl/enqueue/enqueue.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "ctl/base/report_file.h"
#include "ctl/base/words.h"
#include "ctl/enqueue/batch_note.h"
#include "ctl/enqueue/column_choice.h"
#include "ctl/enqueue/dry_run.h"
#include "ctl/enqueue/profile.h"
#include "ctl/enqueue/push.h"
#include "ctl/enqueue/rejects.h"
#include "ctl/enqueue/take_row.h"
#include "ctl/forecast/estimate.h"
#include "ctl/forecast/forecast.h"
#include "ctl/query/window_places.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"
#include "io/rulebook/zones.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PROGRESS_LINES 10000

/* --- the file ------------------------------------------------------------------------------ */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* How this file was read, once nobody has to be asked any more. */
static void save_profile(struct intake *in)
{
	char *path;

	path = profile_save(in->ctl, in->profile, &in->rules);
	ctl_note(error_pick("how this file is read is kept in %s",
	                    "la façon de lire ce fichier est conservée dans %s"),
	         path);
	free(path);
}

/* The first line: what is it a file of? */
static void read_first(struct intake *in)
{
	struct lines *l = in->lines;

	/* A job begins with a brace, a header never does. */
	in->csv = !ends_with(in->path, ".jsonl") &&
	          (ends_with(in->path, ".csv") || l->text[strspn(l->text, " ")] != '{');
	if (!in->csv) {
		if (rules_for_csv(&in->rules))
			ctl_misuse(
			    in->ctl,
			    error_pick(
				"--map, --set, --vars and what else says how columns are read are for CSV",
				"--map, --set, --vars et ce qui dit comment lire des colonnes ne valent que pour du CSV"));
		return;
	}
	size_t len;
	const char *raw = lines_raw(l, &len);

	in->head = mem_copy_len(raw, len);
	heads_read(in->ctl, l, &in->rules, &in->heads);
	in->origin_column = in->heads.count;
	for (size_t i = 0; i < in->heads.count; i++)
		if (in->heads.list[i].kind == HEAD_LINE)
			in->origin_column = i;
	/* Else nobody could tell which of its lines were queued before. */
	if (in->origin_column < in->heads.count && !in->mended)
		ctl_fail(
		    error_pick(
			"%s:1: a file of refused rows is queued from a file, and with its column %s and what follows it as they were written",
			"%s:1: un fichier de lignes refusées se lit depuis un fichier, avec sa colonne %s et ce qui la suit tels qu'ils furent écrits"),
		    l->name, REJECT_LINE);
	columns_choose(in);
	heads_finish(l, &in->rules, &in->heads);
	if (in->profile != NULL)
		save_profile(in);
	if (!in->heads.has_id)
		ctl_note(
		    error_pick(
			"%s:1: no column is the id of a contact: ids are made of the file's beginning and the line",
			"%s:1: aucune colonne n'est l'identifiant d'un contact : les identifiants sont faits du début du fichier et de la ligne"),
		    l->name);
}

static void show_progress(const struct intake *in)
{
	ctl_progress_of(in->campaign, in->pushed + (int64_t)in->bad.count, bytes_at(in->lines->bytes),
	                bytes_size(in->lines->bytes), in->start_ms);
}

static void take_line(struct intake *in)
{
	row_take(in);
	if (in->lines->number % PROGRESS_LINES == 0)
		show_progress(in);
}

/* The first line in which something stands. Returns false if there is none. */
static bool next_head(struct lines *l)
{
	bool there = lines_next(l) && (!lines_take_separator(l) || lines_next(l));

	while (there && l->fault == NULL && l->text[strspn(l->text, " \t,;|\"")] == '\0')
		there = lines_next(l);
	return there;
}

/* What was queued before; looked at again where refused rows are to be written, since those of a run that was
 * interrupted are nowhere else. */
static void pass_over(struct intake *in)
{
	struct lines *l = in->lines;
	bool job = !in->csv;

	in->reviewing = true;
	if (job && in->skip == 0) {
		in->reviewing = false;
		take_line(in);
	} else if (job && in->rejects_path != NULL) {
		take_line(in);
	}
	while (l->number + l->breaks < in->skip && lines_next(l))
		if (in->rejects_path != NULL)
			take_line(in);
	in->reviewing = false;
}

static void read_all(struct intake *in)
{
	struct lines *l = in->lines;

	if (next_head(l)) {
		read_first(in);
		l->quotes = in->csv && in->rejects_path != NULL;
		pass_over(in);
		l->quotes = in->csv;
		while (lines_next(l))
			take_line(in);
	} else if (!ends_with(in->path, ".jsonl")) {
		ctl_note(error_pick("%s: it is empty", "%s: il est vide"), l->name);
	}
	if (in->trial != NULL)
		trial_end(in);
	else if (!in->dry_run)
		push_end(in);
	ctl_progress("", -1);
	reports_end(&in->bad);
}

/* --- what is said at the end --------------------------------------------------------------- */

static void say_json(struct intake *in, json_t *never)
{
	json_t *all = json_object(), *reasons = json_object();

	for (size_t i = 0; i < in->bad.reason_count; i++)
		json_object_set_new(reasons, in->bad.reasons[i].reason,
		                    json_integer((json_int_t)in->bad.reasons[i].count));
	json_object_set_new(all, "campaign", print_json_text(in->campaign));
	json_object_set_new(all, "batch", in->pushed > 0 ? print_json_text(in->batch_name) : json_null());
	json_object_set_new(all, "pushed", json_integer(in->pushed));
	json_object_set_new(all, "refused", json_integer((json_int_t)in->bad.count));
	json_object_set_new(all, "rules", reports_kinds(&in->bad));
	if (in->rejects_path != NULL)
		json_object_set_new(all, "rejects", json_integer((json_int_t)in->rejects_rows));
	json_object_set_new(all, "mended_before", json_integer((json_int_t)in->again_count));
	json_object_set_new(all, "blank", json_integer((json_int_t)in->blank));
	json_object_set_new(all, "dry_run", json_boolean(in->dry_run));
	json_object_set_new(all, "queued_before", json_integer((json_int_t)in->skip));
	json_object_set_new(all, "reasons", reasons);
	json_object_set_new(all, "vars", heads_named(&in->heads, HEAD_VAR));
	json_object_set_new(all, "left_out", heads_named(&in->heads, HEAD_LEFT_OUT));
	if (json_array_size(never) > 0)
		json_object_set(all, "window_never", never);
	if (in->dry_run)
		json_object_set_new(all, "judged", json_boolean(in->trial != NULL));
	if (in->trial != NULL)
		trial_json(in->trial, all);
	json_object_set_new(all, "lines", in->bad.list);
	ctl_print_json(all);
}

/* Of French: none of nothing. */
static const char *plural(int64_t n)
{
	return n > 1 ? "s" : "";
}

/* Which rule refused how many, where the reasons do not tell. */
static void say_kinds(const struct line_reports *bad, bool fr)
{
	if (bad->kind_count > 0)
		puts(lang_pick(fr, "  of these:", "  dont :"));
	for (size_t i = 0; i < bad->kind_count; i++) {
		char *rule = reports_rule(fr, bad->kinds[i].rule);

		print("    %zu %s%s%s\n", bad->kinds[i].count, bad->kinds[i].reason,
		      *rule != '\0' ? ", " : "", rule);
		free(rule);
	}
}

static void say_rejects(const struct intake *in)
{
	if (in->rejects_rows > 0)
		print(lang_pick(in->french, "  %zu row%s to mend in %s\n",
		                "  %zu ligne%s à corriger dans %s\n"),
		      in->rejects_rows, in->rejects_rows == 1 ? "" : "s", in->rejects_path);
}

static void say_text(const struct intake *in)
{
	bool fr = in->french;

	if (in->skip > 0 && in->pushed == 0 && in->bad.count == 0) {
		print(lang_pick(fr,
		                "%s: already queued, all %zu line%s of it; --again queues them once more\n",
		                "%s : déjà en file, pour ses %zu ligne%s ; --again remet tout en file\n"),
		      in->campaign, in->skip, in->skip == 1 ? "" : "s");
		say_rejects(in);
		return;
	}
	if (in->skip > 0)
		print(lang_pick(fr, "%s: the first %zu line%s queued before\n",
		                "%s : les %zu premières ligne%s en file\n"),
		      in->campaign, in->skip,
		      in->skip == 1 ? lang_pick(fr, " was", " était déjà")
		                    : lang_pick(fr, "s were", "s étaient déjà"));
	if (fr)
		print("%s : %" PRId64 " tâche%s %s, %zu ligne%s refusée%s\n", in->campaign, in->pushed,
		      plural(in->pushed), in->dry_run ? "à mettre en file" : "en file", in->bad.count,
		      plural((int64_t)in->bad.count), plural((int64_t)in->bad.count));
	else
		print("%s: %" PRId64 " job%s %s, %zu line%s refused\n", in->campaign, in->pushed,
		      in->pushed == 1 ? "" : "s", in->dry_run ? "would be queued" : "queued", in->bad.count,
		      in->bad.count == 1 ? "" : "s");
	for (size_t i = 0; i < in->bad.reason_count; i++)
		print("  %zu %s\n", in->bad.reasons[i].count, in->bad.reasons[i].reason);
	say_kinds(&in->bad, in->french);
	if (in->again_count > 0)
		print(lang_pick(fr, "  %zu line%s queued before\n", "  %zu ligne%s en file\n"),
		      in->again_count,
		      in->again_count == 1 ? lang_pick(fr, " was", " était déjà")
		                           : lang_pick(fr, "s were", "s étaient déjà"));
	if (in->pushed > 0 && in->batch_name != NULL)
		print(lang_pick(fr, "  batch %s\n", "  lot %s\n"), in->batch_name);
	say_rejects(in);
	if (in->blank > 0)
		print(lang_pick(fr, "  %zu blank line%s passed over\n", "  %zu ligne%s sans rien\n"),
		      in->blank, in->blank == 1 ? "" : "s");
	if (in->trial != NULL)
		trial_print(in->trial, fr);
}

/* --- the command --------------------------------------------------------------------------- */

/* A report is written over what is there: not over the file itself. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat s, t;

	return stat(a, &s) == 0 && stat(b, &t) == 0 && s.st_dev == t.st_dev && s.st_ino == t.st_ino;
}

/* Where its jobs are, counted while they are queued, if it has hours of its own and they may be read. */
static struct window_places *places_of(struct ctl *ctl, const char *campaign)
{
	char key[KEY_SIZE], err[100];
	struct week window;
	struct redis_reply *hours =
	    ask_any_words(ctl, "HGET", key_campaign(ctl->conf.prefix, campaign, "def", key), "window");
	size_t len;
	const char *text = reply_text(hours, &len);
	bool has = text != NULL && week_parse(text, len, &window, err, sizeof(err));

	reply_free(hours);
	return has ? window_places_new(ctl, &window) : NULL;
}

/* Who may write its place and who may ask for it. */
static void begin(struct intake *in)
{
	struct ctl *ctl = in->ctl;
	char campaigns[KEY_SIZE];
	struct redis_reply *listed =
	    ask_words(ctl, "SISMEMBER", key_global(ctl->conf.prefix, "campaigns", campaigns), in->campaign);

	if (reply_int(listed, 0) != 1)
		ctl_fail(error_pick("campaign %s is not in %s: licetd would not see its queue",
		                    "la campagne %s n'est pas dans %s : licetd ne verrait pas sa file"),
		         in->campaign, campaigns);
	reply_free(listed);
	key_campaign(ctl->conf.prefix, in->campaign, "queue", in->queue);
	in->start_ms = clock_monotonic_ms();
	push_start(in);
	place_find(in);
	in->lines->separator = rules_separator(&in->rules);
	batch_begin(in);
	if (!in->dry_run) {
		in->places = places_of(ctl, in->campaign);
		return;
	}
	if (outlook_may_judge(ctl, in->campaign))
		in->trial = trial_new(ctl, in->campaign);
	else
		ctl_note(
		    error_pick(
			"%s: lists, consents and attempts may not be read by this user: only the form of each line is looked at",
			"%s : cet utilisateur ne peut lire ni listes, ni consentements, ni tentatives : seule la forme de chaque ligne est regardée"),
		    in->campaign);
}

static int finish(struct intake *in)
{
	bool clean = in->bad.count == 0;
	json_t *never = in->places != NULL ? window_places_never(in->places) : json_array();

	if (in->rejects != NULL)
		in->rejects_rows = rejects_close(in->rejects);
	if (in->bad.file != NULL)
		rows_close(in->bad.file);
	if (in->ctl->json)
		say_json(in, never);
	else
		say_text(in);
	if (in->pushed > 0 && !in->dry_run)
		outlook_warn(in->ctl, in->campaign);
	window_never_tell(in->campaign, never);
	json_decref(never);
	window_places_free(in->places);
	trial_free(in->trial);
	heads_done(&in->heads);
	rules_done(&in->rules);
	zone_free((struct zone *)(uintptr_t)in->zone);
	args_done(&in->push);
	batch_done(in);
	lines_close(in->lines);
	free(in->found_encoding);
	free(in->head);
	free(in->put);
	free(in->text);
	free(in);
	return clean ? 0 : 1;
}

/* --- what is said of the file ---------------------------------------------------------------- */

/* What the options say, as texts: lists have a line break between their items. */
struct said {
	const char *map, *set, *words, *ignore, *vars, *to_first, *zone, *dates, *delimiter, *encoding,
	    *profile;
	bool save;
};

static void read_rules(struct intake *in, const struct said *said)
{
	struct file_rules *r = &in->rules;
	char why[200];

	rules_add(&r->map, said->map, true);
	rules_add(&r->set, said->set, false);
	rules_add(&r->words, said->words, false);
	rules_add(&r->ignore, said->ignore, true);
	rules_add(&r->vars, said->vars, true);
	rules_add(&r->to_first, said->to_first, true);
	r->zone = mem_copy(said->zone);
	r->dates = mem_copy(said->dates);
	r->delimiter = mem_copy(said->delimiter);
	r->encoding = mem_copy(said->encoding);
	rules_check(in->ctl, r);
	if (said->profile != NULL) {
		profile_load(in->ctl, said->profile, !said->save, r);
		rules_check(in->ctl, r);
	}
	in->zone = zones_load(ctl_conf(in->ctl)->zone_dir, r->zone != NULL ? r->zone : "Europe/Paris", why,
	                      sizeof(why));
	if (in->zone == NULL)
		ctl_misuse(in->ctl, "--zone: %s", why);
	in->encoding = r->encoding;
}

/* --save-profile may have the name behind it, in the place of --profile. Returns how many words are left. */
static int take_profile_name(int count, char **argv, const char *behind, struct said *said)
{
	for (int i = 1; said->save && count == 3 && i <= count; i++)
		if (argv[i] == behind) {
			said->profile = behind;
			for (; i < count; i++)
				argv[i] = argv[i + 1];
			return count - 1;
		}
	return count;
}

/* The word behind an option; NULL: none. */
static const char *word_behind(int argc, char **argv, const char *option)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], option) == 0)
			return argv[i + 1];
	return NULL;
}

static int run_enqueue(struct ctl *ctl, int argc, char **argv)
{
	const char *report = NULL, *behind = word_behind(argc, argv, "--save-profile");
	struct said said = { 0 };
	struct intake *in = mem_zero(sizeof(*in));
	const struct ctl_option options[] = { { "--dry-run", NULL, &in->dry_run },
		                              { "--map", &said.map, NULL },
		                              { "--set", &said.set, NULL },
		                              { "--word", &said.words, NULL },
		                              { "--ignore", &said.ignore, NULL },
		                              { "--to-first", &said.to_first, NULL },
		                              { "--plus", NULL, &in->rules.plus },
		                              { "--zone", &said.zone, NULL },
		                              { "--dates", &said.dates, NULL },
		                              { "--vars", &said.vars, NULL },
		                              { "--delimiter", &said.delimiter, NULL },
		                              { "--encoding", &said.encoding, NULL },
		                              { "--excel-zero", NULL, &in->rules.excel_zero },
		                              { "--profile", &said.profile, NULL },
		                              { "--save-profile", NULL, &said.save },
		                              { "--again", NULL, &in->again },
		                              { "--batch", &in->batch, NULL },
		                              { "--report", &report, NULL },
		                              { "--rejects", &in->rejects_path, NULL },
		                              { NULL, NULL, NULL } };
	int words = take_profile_name(ctl_words_more(ctl, argc, argv, options, 1), argv, behind, &said);

	in->french = ctl->french;
	if (words > 2)
		ctl_misuse(ctl, error_pick("too many arguments", "trop d'arguments"));
	if (said.save && said.profile == NULL)
		ctl_misuse(ctl, error_pick("--save-profile needs a name: --profile NAME",
		                           "--save-profile exige un nom : --profile NOM"));
	if (report != NULL && strcmp(report, "-") == 0 && ctl->json)
		ctl_misuse(ctl,
		           error_pick("--report - and --json would both write to standard output",
		                      "--report - et --json écriraient tous deux sur la sortie standard"));
	if (report != NULL && is_same_file(report, argv[2]))
		ctl_misuse(ctl,
		           error_pick("--report is the file itself", "--report est le fichier lui-même"));
	if (in->rejects_path != NULL && is_same_file(in->rejects_path, argv[2]))
		ctl_misuse(ctl,
		           error_pick("--rejects is the file itself", "--rejects est le fichier lui-même"));
	if (in->rejects_path != NULL)
		outfile_check(in->rejects_path);
	find_campaign(ctl, argv[1]);
	ask_campaign(ctl, argv[1]);
	in->ctl = ctl;
	in->rb = ctl_rulebook(ctl);
	in->campaign = argv[1];
	in->path = argv[2];
	in->profile = said.save ? said.profile : NULL;
	read_rules(in, &said);
	begin(in);
	if (ctl->json)
		in->bad.list = json_array();
	if (report != NULL)
		in->bad.file = rows_open(report, report_columns);
	read_all(in);
	return finish(in);
}

const struct command ctl_enqueue_commands[] = {
	{ .name = "enqueue",
	  .usage = "CAMPAIGN FILE.csv|FILE.xlsx|FILE.jsonl|-",
	  .summary = "check a file line by line, and queue its jobs",
	  .needs_redis = true,
	  .run = run_enqueue,
	  .has_page = true,
	  .example = "licetctl enqueue acme.noel contacts.csv --dry-run",
	  .details =
	      "Good lines are queued, the others are refused with the field and the reason. Exit 1 if a line was "
	      "refused.\n" },
	{ 0 },
};
