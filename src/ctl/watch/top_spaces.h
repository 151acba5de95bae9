/* top_spaces.h - what top shows of several spaces: each read as one is, and put together. */
#ifndef LICET_CTL_WATCH_TOP_SPACES_H
#define LICET_CTL_WATCH_TOP_SPACES_H

#include "ctl/space/everywhere.h"
#include "ctl/watch/top.h"

struct top_space {
	const char *name;
	struct ctl ctl; /* to ask it with; it outlives its Redis */
	struct top seen;
	char daemon[ID_MAX + 1]; /* an instance whose heart beats there; "": none */
	int64_t retry_ms;        /* it did not answer: not asked again before; of the monotonic clock */
};
struct top_spaces {
	struct top_space *list;
	size_t count;
};

/* Those of e, which must outlive it. */
void top_spaces_open(struct ctl *ctl, const struct everywhere *e, struct top_spaces *ret);
/* These are they now: what was read of one that stays, stays. Those of e must outlive it; before what was e goes,
 * top_spaces_read() must put it together anew. */
void top_spaces_change(struct ctl *ctl, const struct everywhere *e, struct top_spaces *s);
void top_spaces_close(struct top_spaces *s);
/* Read each anew, and put it together into *ret, which is made anew. What does not answer is shown as it was, and
 * named in ret->away. */
void top_spaces_read(struct top_spaces *s, struct top *ret);
/* The command will fail if one does not answer. */
void top_spaces_must_answer(struct ctl *ctl, const struct top_spaces *s);

#endif
