/* log: keys of the decision log, and whether it is whole. */
#include "ctl/base/french.h"
#include "ctl/base/session.h"
#include "ctl/log/log_beside.h"
#include "ctl/log/log_compare.h"
#include "ctl/log/log_keygen.h"
#include "ctl/log/log_prove.h"
#include "ctl/log/log_verify.h"
#include "ctl/paper/paper.h"

#include <string.h>

/* The folder that was named, or the configured one. */
static const char *folder_of(struct ctl *ctl, const char *named)
{
	const char *dir = named != NULL ? named : ctl_conf(ctl)->log_dir;
	if (*dir == '\0')
		ctl_fail(
		    "no folder is named, and log_dir in the configuration is empty: no decision log is kept");
	return dir;
}

static void need_words(const struct ctl *ctl, int count, int min, int max)
{
	if (count < min)
		ctl_misuse(ctl, "arguments are missing");
	if (count > max)
		ctl_misuse(ctl, "too many arguments");
}

static int run_log(struct ctl *ctl, int argc, char **argv)
{
	const char *anchor = NULL, *key = NULL, *dir = NULL, *out = NULL, *origin = NULL;
	const char *format = NULL, *lang = NULL;
	bool next = false, mac = false, full = false;
	const struct ctl_option options[] = { { "--anchored", &anchor, NULL },
		                              { "--key", &key, NULL },
		                              { "--log", &dir, NULL },
		                              { "-o", &out, NULL },
		                              { "--origin", &origin, NULL },
		                              { "--next", NULL, &next },
		                              { "--mac", NULL, &mac },
		                              { "--format", &format, NULL },
		                              { "--lang", &lang, NULL },
		                              { "--full", NULL, &full },
		                              { NULL, NULL, NULL } };
	int count = ctl_words(ctl, argc, argv, options, 1, BESIDE_LOGS_MAX + 1);
	const char *verb = argv[1];

	if (strcmp(verb, "keygen") == 0) {
		need_words(ctl, count, 1, 1);
		return log_keygen(ctl, &(struct log_keygen){ out, origin, next, mac });
	}
	if (strcmp(verb, "verify") == 0) {
		need_words(ctl, count, 1, 2);
		return log_verify(ctl, folder_of(ctl, count == 2 ? argv[2] : NULL), key, &anchor,
		                  anchor != NULL, lang_read(ctl, lang));
	}
	if (strcmp(verb, "compare") == 0)
		return log_compare(ctl, argv + 2, (size_t)(count - 1), lang_read(ctl, lang));
	if (strcmp(verb, "prove") == 0) {
		need_words(ctl, count, 3, 3);
		bool html = strcmp(paper_format(ctl, format, NULL, full), "html") == 0;
		const struct log_prove want = { folder_of(ctl, dir),  argv[2], argv[3], out, html,
			                        lang_read(ctl, lang), full };
		return log_prove(ctl, &want);
	}
	ctl_misuse(ctl, "log has no %s: keygen, verify, compare or prove", verb);
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
	      "keygen makes the key that signs a log, and prints what others verify it with: the verifier key "
	      "of a signed note, and the public key alone in base64. It needs no configuration.\n"
	      "verify reads a log, log_dir if no DIR is named, and checks every line, tile and checkpoint. Exit 1 "
	      "if anything does not fit.\n"
	      "compare holds the streams of Redis beside the logs, those of log_dir and log_peers if no DIR is "
	      "named: what was removed, changed or invented after licetd had read it is named, and so is what an "
	      "instance wrote whose log is not at hand. Exit 1 then.\n"
	      "prove gives one call to somebody who has not the whole log, as JSON: its line and those that it "
	      "rests on, each with its proof (C2SP tlog-proof) and the newest checkpoint. licetctl verify and "
	      "licet-verify check it.\n" },
	{ 0 },
};
