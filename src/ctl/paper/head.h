/* head.h - the beginning of a page: how it is printed, whose it is, what it is. */
#ifndef LICET_CTL_PAPER_HEAD_H
#define LICET_CTL_PAPER_HEAD_H

#include "core/time/zone.h"
#include "ctl/base/session.h"

#include <stdbool.h>
#include <stdio.h>

void head_write(FILE *out, struct ctl *ctl, bool french, const struct zone *zone, const char *title);
/* The newest checkpoint of log_dir; NULL where no log is kept or it cannot be read. Heap. */
char *head_checkpoint(struct ctl *ctl);

#endif
