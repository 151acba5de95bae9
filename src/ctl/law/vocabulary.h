/* vocabulary.h - words of the contract that the core and the functions check one
 * by one, for those who must choose. NULL-terminated. */
#ifndef LICET_CTL_LAW_VOCABULARY_H
#define LICET_CTL_LAW_VOCABULARY_H

extern const char *const vocabulary_purposes[],
    *const vocabulary_deliveries[], *const vocabulary_announces[], *const vocabulary_statuses[],
								       *const vocabulary_outcomes[];
/* What each outcome means, in the same order. */
extern const char *const vocabulary_outcome_texts[];

#endif
