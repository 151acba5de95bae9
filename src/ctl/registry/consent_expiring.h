/* consent_expiring.h - how many consents lapse soon, of what waits and of the registry. */
#ifndef LICET_CTL_REGISTRY_CONSENT_EXPIRING_H
#define LICET_CTL_REGISTRY_CONSENT_EXPIRING_H

#include "ctl/base/session.h"

/* Of a campaign: by form and by the day on which they lapse, within so many days. Returns the exit code. */
int consent_expiring(struct ctl *ctl, const char *campaign, int days);

#endif
