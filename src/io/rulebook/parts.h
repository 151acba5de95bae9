/* parts.h - the parts of the rulebook loader, for load.c.
 *
 * Each part reads its share of the open file into the rulebook; what is wrong is
 * recorded with the file (cfg_fail), and everything after it is harmless. */
#ifndef LICET_IO_RULEBOOK_PARTS_H
#define LICET_IO_RULEBOOK_PARTS_H

#include "core/law/rulebook.h"
#include "io/config/cfg.h"

#include <stdbool.h>
#include <stdint.h>

#endif
