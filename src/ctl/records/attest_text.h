/* attest_text.h - an attestation for people, in English or French. */
#ifndef LICET_CTL_RECORDS_ATTEST_TEXT_H
#define LICET_CTL_RECORDS_ATTEST_TEXT_H

#include "ctl/records/attest.h"

/* For people. */
void attest_print(const struct attest *x, const json_t *all, FILE *file);

#endif
