/* attest_days.h - what happened to the jobs of a campaign day by day, as far as that is kept. */
#ifndef LICET_CTL_RECORDS_ATTEST_DAYS_H
#define LICET_CTL_RECORDS_ATTEST_DAYS_H

#include "ctl/records/attest.h"

/* {zone, days: [{date, released, refused, answered, opposed}], sums, totals, why}: totals are the counters; why
 * says, in sentences, what the days do not have of them or have beside them; it is empty where both agree. */
json_t *attest_days(struct attest *x);

#endif
