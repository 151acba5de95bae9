/* consent_like.h - names of columns that read as if people had agreed, or objected, in them. */
#ifndef LICET_CTL_ENQUEUE_CONSENT_LIKE_H
#define LICET_CTL_ENQUEUE_CONSENT_LIKE_H

#include <stdbool.h>

enum consent_like {
	CONSENT_UNLIKE,
	CONSENT_IF_ANSWERS, /* it does where yes and no stand below: "Offres partenaires" */
	CONSENT_LIKE,       /* it does: "Accord", "Opt-in", "Ne pas appeler" */
};
enum consent_like consent_like(const char *column);

/* Is that a yes or a no, in French or English, as people, spreadsheets and exports write it? */
bool consent_is_answer(const char *cell);
/* Is it one of those that say yes? */
bool consent_is_yes(const char *cell);

#endif
