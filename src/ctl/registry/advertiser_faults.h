/* advertiser_faults.h - what is wrong with an advertiser by itself, whatever its campaigns are. */
#ifndef LICET_CTL_REGISTRY_ADVERTISER_FAULTS_H
#define LICET_CTL_REGISTRY_ADVERTISER_FAULTS_H

#include "core/text/fields.h"
#include "ctl/base/session.h"

/* Its fields, and each of its caller ids as that of a campaign today: [{"fault", "text"}], both as campaign show has
 * them; an empty array where it is sound. */
json_t *advertiser_faults(struct ctl *ctl, const char *id, const struct fields *declared);

#endif
