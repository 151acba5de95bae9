/* statements.h - what the person said: consents, withdrawals, oppositions; on which lists the
 * number is; and which attempts are on record. */
#ifndef LICET_CTL_DOSSIER_STATEMENTS_H
#define LICET_CTL_DOSSIER_STATEMENTS_H

#include "ctl/dossier/dossier.h"

/* Consents, oppositions, lists, attempts on record. */
void dossier_read_said(struct dossier *d);

#endif
