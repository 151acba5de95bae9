/* attest_check.h - does what an attestation rests on add up? */
#ifndef LICET_CTL_RECORDS_ATTEST_CHECK_H
#define LICET_CTL_RECORDS_ATTEST_CHECK_H

#include "ctl/records/attest.h"

/* Ends the process, nothing attested, unless the counters balance, as many calls were recorded as are
 * counted, none of the records and of the oppositions was deleted, and those that are missing may have
 * been trimmed by their age. Before the streams are read. */
void attest_check(struct attest *x);

#endif
