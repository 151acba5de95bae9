/* subject: what is held about a person, shown or erased. */
#include "ctl/subject/subject.h"
#include "ctl/subject/person.h"

#include "ctl/base/french.h"
#include "ctl/base/private_file.h"
#include "ctl/base/words.h"
#include "ctl/paper/paper.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/ready_entry.h"
#include "ctl/subject/in_spaces.h"
#include "ctl/subject/key_walk.h"
#include "ctl/subject/match.h"
#include "ctl/subject/show.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_subject(struct ctl *ctl, int argc, char **argv)
{
	const char *person = NULL, *out = NULL, *advertiser = NULL, *format = NULL;
	bool full = false;
	const struct ctl_option options[] = { { "--person", &person, NULL },
		                              { "--out", &out, NULL },
		                              { "--advertiser", &advertiser, NULL },
		                              { "--format", &format, NULL },
		                              { "--full", NULL, &full },
		                              { NULL, NULL, NULL } };
	struct everywhere spaces;
	struct subject s;
	int code;

	ctl_words(ctl, argc, argv, options);
	bool show = strcmp(argv[1], "show") == 0;

	struct subject_paper paper = { .html = strcmp(paper_format(ctl, format, NULL, full), "html") == 0,
		                       .french = ctl->french,
		                       .full = full };

	if (advertiser != NULL)
		ask_id(ctl, error_pick("an advertiser", "annonceur"), advertiser);
	subject_init(&s, ctl, argv[2], advertiser);
	s.french = paper.french;
	if (person != NULL)
		subject_add_person(&s, person, strlen(person));
	everywhere_open(ctl, false, &spaces);
	everywhere_look(ctl, &spaces);
	s.spaces = &spaces;
	if (!show) {
		code = spaces.count > 0 ? subject_erase_in_spaces(&s, &spaces) : subject_erase_here(&s);
	} else {
		if (out != NULL)
			outfile_check(out); /* before the long work */
		json_t *all = spaces.count > 0 ? subject_show_in_spaces(&s, &spaces) : NULL;

		code = subject_show(&s, all, out, &paper);
		json_decref(all);
	}
	subject_done(&s);
	everywhere_close(&spaces);
	return code;
}

const struct command ctl_subject_commands[] = {
	{ .name = "subject",
	  .usage = "show NUMBER | erase NUMBER",
	  .summary = "show or erase what is held about a person",
	  .needs_redis = true,
	  .run = run_subject,
	  .has_page = true,
	  .example = "licetctl subject show '06 12 34 56 78' --out person.json",
	  .details =
	      "show lists what is held about the number, however it was written, and about the persons in "
	      "its jobs and oppositions. It reads every key, in small chunks. On the terminal it names what "
	      "is held, without values; --json, --format html --full, and the file of --out (mode 0600) "
	      "have all values, for an access request. Exit 1 if there is nothing, or if something could "
	      "not be read.\n"
	      "erase removes jobs, variables and the person, and withdraws consents. It prints what is "
	      "kept, until when and why: oppositions, proofs of consent and of calls, attempts that count. "
	      "Each licetd with a decision log then erases the lines in its own files, and the append-only "
	      "file is rewritten. Exit 1 if a sender has a job of the number, a log did not answer, or "
	      "anything else failed: run it again.\n"
	      "Both ask every space, unless --space names one.\n" },
	{ 0 },
};
