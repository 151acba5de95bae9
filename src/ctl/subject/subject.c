/* subject: what is held about a person, shown or erased. */
#include "ctl/subject/subject.h"
#include "ctl/subject/person.h"

#include "ctl/query/campaign_facts.h"
#include "ctl/query/ready_entry.h"
#include "ctl/subject/erase.h"
#include "ctl/subject/key_walk.h"
#include "ctl/subject/match.h"
#include "ctl/subject/show.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run_subject(struct ctl *ctl, int argc, char **argv)
{
	const char *person = NULL, *out = NULL, *advertiser = NULL;
	const struct ctl_option options[] = { { "--person", &person, NULL },
		                              { "--out", &out, NULL },
		                              { "--advertiser", &advertiser, NULL },
		                              { NULL, NULL, NULL } };
	struct subject s;
	int code = 2;

	ctl_words(ctl, argc, argv, options, 2, 2);
	bool show = strcmp(argv[1], "show") == 0;

	if (!show && strcmp(argv[1], "erase") != 0)
		ctl_misuse(ctl, "expected show or erase");
	if (show && advertiser != NULL)
		ctl_misuse(ctl, "--advertiser belongs to erase");
	if (!show && out != NULL)
		ctl_misuse(ctl, "--out belongs to show");
	if (advertiser != NULL)
		ask_id(ctl, "an advertiser", advertiser);
	subject_init(&s, ctl, argv[2], advertiser);
	if (person != NULL)
		subject_add_person(&s, person, strlen(person));
	code = show ? subject_show(&s, out) : subject_erase(&s);
	subject_done(&s);
	return code;
}

static const char usage[] =
    "show NUMBER [--person P] [--out FILE] | erase NUMBER [--person P] [--advertiser A]";
static const char details[] =
    "show lists what is held about the number, however it was written, and about the persons in its jobs\n"
    "and oppositions: every key is read, in small chunks. What people read tells what is held, and no\n"
    "values; --json, and the file of --out (mode 0600), have all of it, for an access request. Exit 1 if\n"
    "there is nothing, or something could not be read.\n"
    "erase takes jobs, variables and person away, and withdraws its consents; it says what is kept, until when\n"
    "and why: oppositions, proofs of consent and of calls, attempts that count. Then the append-only file is\n"
    "rewritten. Exit 1 if a sender has a job of it, or anything else stands in the way: run it again.\n"
    "  --person P       this person, too\n"
    "  --advertiser A   only what is of this advertiser\n";

const struct command ctl_subject_commands[] = {
	{ .name = "subject",
	  .usage = usage,
	  .summary = "what is held about a person, shown or erased",
	  .needs_redis = true,
	  .run = run_subject,
	  .details = details },
	{ 0 },
};
