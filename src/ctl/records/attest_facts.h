/* attest_facts.h - what an attestation rests on. */
#ifndef LICET_CTL_RECORDS_ATTEST_FACTS_H
#define LICET_CTL_RECORDS_ATTEST_FACTS_H

#include "ctl/records/attest.h"

/* Read and judge. */
void attest_read(struct attest *x);

#endif
