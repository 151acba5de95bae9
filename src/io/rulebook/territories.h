/* territories.h - the territories of a rulebook: zones, holidays, postcodes and communes. */
#ifndef LICET_IO_RULEBOOK_TERRITORIES_H
#define LICET_IO_RULEBOOK_TERRITORIES_H

#include "io/rulebook/fields.h"

/* territories and holiday_sets; reads the zone files. */
void rulebook_read_territories(struct cfg_node root, struct rulebook *rb, const char *zone_dir);
/* addresses: postcode and INSEE prefixes. */
void rulebook_read_addresses(struct cfg_node root, struct rulebook *rb);

#endif
