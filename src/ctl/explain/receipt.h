/* receipt.h - an answer as JSON, with everything it depends on.
 *
 * explain --json prints it with numbers masked; a receipt is the same with the number,
 * and with a hash: SHA-256, in hexadecimal, of the JSON without its member "hash",
 * keys sorted, no spaces, UTF-8. The hash shows that a receipt was changed, not who
 * wrote it; verify judges its facts again. */
#ifndef LICET_CTL_EXPLAIN_RECEIPT_H
#define LICET_CTL_EXPLAIN_RECEIPT_H

#include "ctl/explain/case.h"

#define RECEIPT_FORMAT "licet-receipt-1"
#define RECEIPT_BYTES_MAX (4 * 1024 * 1024)

/* The answer. Numbers are masked unless whole. */
json_t *answer_json(const struct judgement *j, bool french, bool whole);
/* Said once: what Licet never makes use of. */
const char *answer_exceptions(bool french);

/* Sign an answer that is whole, so that it is a receipt. */
void receipt_seal(json_t *answer, bool french);
/* The hash that it should have; heap. */
char *receipt_hash(const json_t *receipt);

#endif
