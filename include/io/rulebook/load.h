/* load.h - a rulebook from a file.
 *
 * The format is described in conf/rulebooks/fr.conf itself. Strict: an unknown
 * key, an integer out of range, an empty window, an end before its start, an
 * unknown zone, a prefix given twice is an error with file, line and what was
 * expected. */
#ifndef LICET_IO_RULEBOOK_LOAD_H
#define LICET_IO_RULEBOOK_LOAD_H

#include "core/law/rulebook.h"
#include "io/config/conf.h"

/* Load a rulebook. zone_dir holds TZif files ("/usr/share/zoneinfo"). Returns
 * NULL with one line in err ("file:line: what was expected"). */
struct rulebook *rulebook_load(const char *path, const char *zone_dir, char *err, size_t err_size);

/* The one that a configuration names. Where it is not there, err says which key names it, and
 * relative to what. */
struct rulebook *rulebook_of_conf(const struct conf *conf, char *err, size_t err_size);

/* Is zone data in that folder other than what the rulebook was loaded with, or gone? */
bool rulebook_zones_changed(const struct rulebook *rb, const char *zone_dir);

#endif
