/* company_ids.h - under which id what is known of an advertiser is kept.
 *
 * As the definition says it (core/campaign/company.h), which every user of Redis may read who may read of an
 * advertiser at all. */
#ifndef LICET_CTL_QUERY_COMPANY_IDS_H
#define LICET_CTL_QUERY_COMPANY_IDS_H

#include "core/campaign/company.h"
#include "ctl/base/session.h"

/* The ids of its company, the first of which has its consents, attempts and dated oppositions. That id alone where
 * nobody declared it. */
void ask_company(struct ctl *ctl, const char *advertiser, struct company *ret);
/* The first of them, and say on standard error that it is meant where it is another one. Returns ret. */
const char *ask_kept_under(struct ctl *ctl, const char *advertiser, char ret[ID_MAX + 1]);

#endif
