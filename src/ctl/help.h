/* help.h - what licetctl says about itself on a terminal of 80 by 50. */
#ifndef LICET_CTL_HELP_H
#define LICET_CTL_HELP_H

#include "ctl/base/session.h"

/* A line for each command, by groups. */
void help_all(const struct ctl *ctl);
/* One command: its forms, options, what else there is to know, and an example. */
void help_command(const struct ctl *ctl, const struct command *command);

#endif
