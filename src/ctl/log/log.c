/* log: keys of the decision log, and whether it is whole. */
#include "ctl/base/french.h"
#include "ctl/base/session.h"
#include "ctl/base/words.h"
#include "ctl/log/log_beside.h"
#include "ctl/log/log_compare.h"
#include "ctl/log/log_keygen.h"
#include "ctl/log/log_prove.h"
#include "ctl/log/log_verify.h"
#include "ctl/paper/paper.h"
#include "ctl/space/each.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"

#include <string.h>

/* The folder that was named, or the configured one. */
static const char *folder_of(struct ctl *ctl, const char *named)
{
	const char *dirs[BESIDE_LOGS_MAX] = { named };
	size_t count = named != NULL ? 1 : beside_configured(ctl, dirs);
	if (count == 0)
		ctl_fail(error_pick(
		    "no folder is named, and log_dir in the configuration is empty: no decision log is kept",
		    "aucun dossier n'est nommé, et log_dir est vide dans la configuration : aucun journal des décisions n'est tenu"));
	return dirs[0];
}

/* What is asked of a log, and of which; of several spaces each has one. */
struct log_question {
	const char *key, *anchor;
	char *const *dirs;
	size_t count; /* 0: none is named */
	bool french;
};

static int verify_there(struct ctl *ctl, void *arg)
{
	struct log_question *q = arg;
	return log_verify(ctl, folder_of(ctl, q->count > 0 ? q->dirs[0] : NULL), q->key, &q->anchor,
	                  q->anchor != NULL, q->french);
}

static int compare_there(struct ctl *ctl, void *arg)
{
	struct log_question *q = arg;
	return log_compare(ctl, q->dirs, q->count, q->french);
}

/* In every space, where the configuration names spaces and neither a folder nor a space was named. */
static int in_each(struct ctl *ctl, each_run *run, struct log_question *q, const char *what)
{
	struct everywhere e = { 0 };
	if (q->count == 0 && ctl_names_spaces(ctl)) {
		if (q->key != NULL || q->anchor != NULL)
			each_must_be_named(ctl); /* which are of one log */
		everywhere_open(ctl, true, &e);
		everywhere_say(ctl, &e, q->french);
	} else if (q->count == 0) {
		everywhere_tell_one(ctl, q->french);
	}
	if (e.count == 0)
		return run(ctl, q);
	int code = each_do(ctl, &e, run, q, what, q->french);
	everywhere_close(&e);
	return code;
}

/* The campaign of one call says in which space its log is, unless that is named. */
static int prove(struct ctl *ctl, struct log_prove *want, const char *dir)
{
	if (dir == NULL && ctl_names_spaces(ctl) && !find_campaign(ctl, want->campaign))
		ctl_fail(
		    error_pick(
			"campaign %s is in no space: --space or --log says in whose log the call stands",
			"la campagne %s n'est dans aucun espace : --space ou --log dit dans quel journal figure l'appel"),
		    want->campaign);
	want->dir = folder_of(ctl, dir);
	return log_prove(ctl, want);
}

static int run_log(struct ctl *ctl, int argc, char **argv)
{
	const char *anchor = NULL, *key = NULL, *dir = NULL, *out = NULL, *origin = NULL;
	const char *format = NULL;
	bool next = false, mac = false, full = false;
	const struct ctl_option options[] = { { "--anchored", &anchor, NULL }, { "--key", &key, NULL },
		                              { "--log", &dir, NULL },         { "-o", &out, NULL },
		                              { "--origin", &origin, NULL },   { "--next", NULL, &next },
		                              { "--mac", NULL, &mac },         { "--format", &format, NULL },
		                              { "--full", NULL, &full },       { NULL, NULL, NULL } };
	int count = ctl_words(ctl, argc, argv, options);
	const char *verb = argv[1];
	bool french = ctl->french;

	if (strcmp(verb, "keygen") == 0)
		return log_keygen(ctl, &(struct log_keygen){ out, origin, next, mac });
	struct log_question q = { key, anchor, argv + 2, (size_t)(count - 1), french };

	if (strcmp(verb, "verify") == 0)
		return in_each(ctl, verify_there, &q,
		               error_pick("whether the log is whole is not known",
		                          "on ignore si le journal est entier"));
	if (strcmp(verb, "compare") == 0)
		return in_each(ctl, compare_there, &q,
		               error_pick("whether log and Redis agree is not known",
		                          "on ignore si le journal et Redis concordent"));
	bool html = strcmp(paper_format(ctl, format, NULL, full), "html") == 0;

	return prove(ctl, &(struct log_prove){ NULL, argv[2], argv[3], out, html, q.french, full }, dir);
}

const struct command ctl_log_commands[] = {
	{ .name = "log",
	  .usage = "keygen | verify [DIR] | compare [DIR]... | prove CAMPAIGN ID",
	  .summary = "keys and checks of the decision log",
	  .may_ask_redis = true,
	  .run = run_log,
	  .has_page = true,
	  .example = "licetctl log keygen -o log.key --origin example.com/licet",
	  .details =
	      "keygen makes the key that signs a log. It prints what others need to verify the log: the "
	      "verifier key of a signed note, and the public key in base64. It needs no configuration.\n"
	      "verify checks every line, tile and checkpoint of the log of log_dir, or of DIR.\n"
	      "compare compares the streams of Redis with the logs of log_dir and log_peers, or of each "
	      "DIR. It names entries that were removed, changed or invented after licetd had read them, and "
	      "entries whose log is missing.\n"
	      "verify and compare exit 1 if anything does not fit. If there are several spaces, they check "
	      "the log of each, and the highest exit code counts.\n"
	      "prove writes the proof of one call as JSON, for somebody who does not have the whole log. "
	      "licetctl verify and licet-verify check it.\n" },
	{ 0 },
};
