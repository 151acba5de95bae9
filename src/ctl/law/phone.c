/* phone: what a number is and where it may be. */
#include "ctl/base/french.h"
#include "ctl/base/words.h"
#include "ctl/law/place_arg.h"

#include <stddef.h>

static int run_phone(struct ctl *ctl, int argc, char **argv)
{
	int count = ctl_words_more(ctl, argc, argv, NULL, 31);
	bool french = ctl->french;
	struct phone phone;
	char text[256];
	const char *hint;
	enum reason reason =
	    ctl_read_phone(ctl, ctl_join_words(count, argv + 1, text, sizeof(text)), &phone, &hint);

	ctl_show_phone(ctl, &phone, reason, hint, french);
	return reason == REASON_ALLOWED ? 0 : 1;
}

const struct command ctl_phone_commands[] = {
	{ .name = "phone",
	  .usage = "NUMBER",
	  .summary = "what a number is, and where it may be",
	  .run = run_phone,
	  .example = "licetctl phone 0692123456",
	  .details =
	      "You may write NUMBER as people do: 06 12 34 56 78, +33 (0)6..., 0033..., with dots. Exit 1, "
	      "with the reason, if the number may not be called. Exit 0 means that it is a person's line "
	      "in a place whose law is known. licetctl explain says whether it may be called now.\n" },
	{ 0 },
};
