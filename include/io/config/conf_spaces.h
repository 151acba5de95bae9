/* conf_spaces.h - a configuration that names several spaces, and that of one of them. */
#ifndef LICET_IO_CONFIG_CONF_SPACES_H
#define LICET_IO_CONFIG_CONF_SPACES_H

#include "io/config/conf.h"

#include <stdbool.h>

/* What cannot be among the spaces of a file, or goes not together with its prefix. Returns 0, or -1 with one line in
 * err that names the place and what was expected. */
int conf_check_spaces(const struct conf *conf, char *err, size_t err_size);
/* After all that wins over the file: where spaces are named and the prefix has no tag, it becomes that of their hub
 * ("licet:{licet}:"). One that has a tag now is that of one space alone: none is named any more, and the decision log
 * is that of this one. */
void conf_settle_spaces(struct conf *conf);

/* Are all spaces meant that the hub names? */
bool conf_means_all_spaces(const struct conf *conf);
/* Make it that of one of the spaces, a valid name: its prefix, of which the head stays; and of each folder of a
 * decision log what that space has in it. */
void conf_enter_space(struct conf *conf, const char *space);

/* Give the prefix the tag of that space, in place of the one that it has: "licet:" becomes "licet:{a}:". */
void conf_tag_prefix(struct conf *conf, const char *space);

#endif
