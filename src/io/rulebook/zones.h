/* zones.h - the zone data that a rulebook rests on: read, named and compared. */
#ifndef LICET_IO_RULEBOOK_ZONES_H
#define LICET_IO_RULEBOOK_ZONES_H

#include "core/law/rulebook.h"

#include <stdbool.h>
#include <stddef.h>

/* Build the zone of that name. Returns NULL with one line in why. */
struct zone *zones_load(const char *zone_dir, const char *name, char *why, size_t why_size);

/* Fill in hash and tzdata, once file_hash and the territories are there. Returns false with one line in why where the
 * version of the data cannot be read; it may be absent. */
bool zones_hash(struct rulebook *rb, const char *zone_dir, char *why, size_t why_size);

/* Is zone data in that folder other than what the rulebook was loaded with, gone, or unreadable? */
bool zones_changed(const struct rulebook *rb, const char *zone_dir);

#endif
