/* members.h - is a number on a list? A scrub list that licetctl loaded is packed (packed.h), any other
 * one is a set. */
#ifndef LICET_CTL_QUERY_MEMBERS_H
#define LICET_CTL_QUERY_MEMBERS_H

#include "ctl/query/query.h"

/* Ask which of some numbers, E.164, are on a list: one reply follows, for members_on(). packed: its meta
 * has a version. */
void members_send(struct ctl *ctl, const char *list, bool packed, const char *const *numbers, size_t count);
/* Is the i-th of them, in the reply to it? An error says no: whoever asks looks for errors first. */
bool members_on(const struct redis_reply *reply, bool packed, size_t i, const char *number);

/* Is one number on a list, whichever way it is kept? Returns 1 or 0; or -1 where that could not be read,
 * with a copy of the error, to be freed. error NULL: only a key of a wrong type is -1, see ask_value(). */
int members_has(struct ctl *ctl, const char *list, const char *number, char **error);
/* How many numbers a list has: its own size, or what the meta of a packed one says. COUNT_UNKNOWN where its
 * key has another type. */
int64_t members_count(struct ctl *ctl, const char *list, const struct hash *meta);

#endif
