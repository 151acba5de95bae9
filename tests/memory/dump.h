/* dump.h - all that a rulebook says, as text: two that say the same are the same. */
#ifndef LICET_TESTS_DUMP_H
#define LICET_TESTS_DUMP_H

#include "core/law/rulebook.h"

/* Free it. */
char *rulebook_dump(const struct rulebook *rb);

#endif
