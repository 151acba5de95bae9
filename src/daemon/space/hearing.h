/* hearing.h - one other space is heard: its oppositions are read as they come, and repeated in ours. */
#ifndef LICET_DAEMON_SPACE_HEARING_H
#define LICET_DAEMON_SPACE_HEARING_H

#include "daemon/daemon.h"

struct hearing;

/* Begin, ten minutes before id, the last one heard of it ("0-0": nothing was). heard() is called whenever something
 * of it was written here. Heap; give it to hearing_free(). */
struct hearing *hearing_new(struct daemon *d, const char *space, const char *id,
                            void (*heard)(struct daemon *d));
void hearing_free(struct hearing *h);
const char *hearing_of(const struct hearing *h);
/* Not hearing it for so long stops this space, in ms: it is asked several times in that time. */
void hearing_limit(struct hearing *h, int64_t limit_ms);
/* Until when, by its own clock, it recorded nothing new, where that is not written here yet; 0: it is. */
int64_t hearing_quiet(const struct hearing *h);
/* The same, to be written now; and: that is written. */
int64_t hearing_take_quiet(struct hearing *h);
void hearing_quiet_written(struct hearing *h);
/* Our own Redis is lost: what was heard may be, too, until it is heard again. */
void hearing_lost(struct hearing *h);
/* Our own Redis may be another one: begin again ten minutes back. */
void hearing_again(struct hearing *h);

#endif
