/* commands.h - the families of commands, in the order in which help lists them. */
#ifndef LICET_CTL_COMMANDS_H
#define LICET_CTL_COMMANDS_H

#include "ctl/base/command.h"

/* Find a command by its name, or NULL. */
const struct command *command_find(const char *name);

#endif
