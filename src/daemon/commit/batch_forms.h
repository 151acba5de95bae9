/* batch_forms.h - the registered forms that the consents of a batch name. */
#ifndef LICET_DAEMON_COMMIT_BATCH_FORMS_H
#define LICET_DAEMON_COMMIT_BATCH_FORMS_H

#include "daemon/commit/batch.h"

/* Find them. Returns false if some have not been asked for yet. */
bool batch_forms(struct batch *batch);
/* Ask Redis for these, each once in a batch; then comes an answer, with false where Redis gave none. Returns
 * false if nothing could be sent. */
bool batch_forms_ask(struct batch *batch, void (*then)(struct batch *batch, bool answered));

#endif
