/* balance.c - see balance.h. */
#include "core/campaign/balance.h"

const char *const balance_terms[BALANCE_TERMS] = {
	"held", "later",   "ready",   "taken",     "unknown", "settling",
	"done", "refused", "invalid", "cancelled", "erased",
};
