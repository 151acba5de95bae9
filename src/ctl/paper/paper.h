/* paper.h - what the sheets and the commands that print them share. */
#ifndef LICET_CTL_PAPER_PAPER_H
#define LICET_CTL_PAPER_PAPER_H

#include "ctl/paper/sheet.h"

/* What --format says: text, html, or one more that the command has (NULL: none). Bad use for anything else, for
 * html together with --json, and for --full without html. Returns the word; format NULL: "text". */
const char *paper_format(const struct ctl *ctl, const char *format, const char *more, bool full);

/* What the decision log says of it, as log_said() has it; NULL: none is kept. */
void paper_log(struct sheet *s, const json_t *said);
/* Which spaces it tells of, by its members "spaces" (all of them) or "space" (one alone); nothing where there is one. */
void paper_spaces(struct sheet *s, const json_t *all);

#endif
