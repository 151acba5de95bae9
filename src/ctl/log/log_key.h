/* log_key.h - a verifier key as somebody names it. */
#ifndef LICET_CTL_LOG_LOG_KEY_H
#define LICET_CTL_LOG_LOG_KEY_H

#include "core/proof/note.h"

/* The key itself, or a file with it; ends where it is neither. */
void log_key_read(const char *text, struct note_verifier *ret);

#endif
