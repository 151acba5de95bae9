/* commands.h - the families of commands, in the order in which help lists them. */
#ifndef LICET_CTL_COMMANDS_H
#define LICET_CTL_COMMANDS_H

#include "ctl/base/command.h"

extern const struct command_family command_families[];

/* Find a command by its name, or NULL. */
const struct command *command_find(const char *name);

#endif
