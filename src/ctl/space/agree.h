/* agree.h - do the spaces agree on what only one of them, or all of them, may have?
 *
 * An advertiser and a SIREN are in one space, as the hub has it. A number that objected to the whole platform is on
 * the list of every space. What disagrees is found, and can be mended. */
#ifndef LICET_CTL_SPACE_AGREE_H
#define LICET_CTL_SPACE_AGREE_H

#include "ctl/base/session.h"

/* A space that answers. */
struct compared_space {
	const char *name, *prefix;
	struct ctl *ctl;  /* to ask it with */
	json_t *findings; /* what is wrong there, as texts; the caller's */
	json_t *lacking;  /* of agree_members(), its own */
};

/* Where spaces and hub have advertisers and SIRENs otherwise. repair: claim what nobody has claimed. */
void agree_directory(struct ctl *ctl, struct compared_space *all, size_t count, bool repair);
/* All members of the platform's opposition list, in bounded pages: which one of them has and another lacks. repair: add
 * them, without a date, and tell licet:errors of that space that "by" did. */
void agree_members(struct compared_space *all, size_t count, bool repair, const char *by);

#endif
