/* others.h - the other spaces of the platform, each with a connection of its own.
 *
 * The hub, licet:{licet}:spaces, names them. What a command does in all of them is done where they answer, and
 * the command fails by name where one does not: a part is never shown as the whole. */
#ifndef LICET_CTL_SPACE_OTHERS_H
#define LICET_CTL_SPACE_OTHERS_H

#include "ctl/base/session.h"
#include "ctl/query/ask.h"
#include "io/redis/keys.h"

struct other_space {
	char name[SPACE_NAME_MAX + 1];
	char state[16]; /* joining, open or closing */
	char prefix[KEY_SIZE];
	struct ctl ctl;           /* to ask it with; it outlives its Redis */
	char why[REDIS_WHY + 64]; /* it did not answer, because; "": it did */
};
struct other_spaces {
	struct other_space *list;
	size_t count;
	bool named;     /* the hub names some space, perhaps only the one at hand */
	bool knows_own; /* and that one is among them */
};

/* The name of the space at hand, which the prefix has as its tag. Returns false where it has none. */
bool space_own(struct ctl *ctl, char ret[SPACE_NAME_MAX + 1]);
/* All but the one at hand, connected where they can be. Without a tag, or a hub, there are none. Ends the process
 * where the hub cannot be read. */
void others_open(struct ctl *ctl, struct other_spaces *ret);
/* The same, but that none is connected. Returns false where the right to the hub is missing, if may_lack: then there
 * are none. */
bool others_name(struct ctl *ctl, bool may_lack, struct other_spaces *ret);
void others_close(struct other_spaces *others);
/* A session with a space of that name, which the hub need not know. */
void other_open(struct ctl *ctl, const char *name, struct other_space *ret);
/* The same with the one at hand, for who tells of it as of the others; without a tag its name is "". */
void other_own(struct ctl *ctl, struct other_space *ret);
void other_close(struct other_space *o);
/* A session with the space of that prefix, which must outlive it, and with the hub; it ends the process as any other
 * does. Give it to ctl_done(). */
void space_session(struct ctl *ctl, const char *prefix, struct ctl *ret);
void hub_session(struct ctl *ctl, struct ctl *ret);
/* One command to the hub; as ask(), but that a missing right (NOPERM) is returned where it may be missing. */
struct redis_reply *hub_ask(struct ctl *ctl, const struct redis_args *a, bool may_lack);

/* How long one space may go without hearing another, unless somebody says otherwise: ms. */
#define SPACE_LIMIT_MS "60000"
/* What licet_peers says in the space of that prefix; an error reply where it cannot. */
struct redis_reply *space_peers(struct ctl *ctl, const char *prefix);
/* Write into the peers of the space of that prefix what it has of another one. Returns Redis' reply. */
struct redis_reply *space_put_peer(struct ctl *ctl, const char *prefix, const char *space, const char *limit);

/* Did it answer? reply is taken; what is no answer is noted in why. */
bool other_took(struct other_space *o, struct redis_reply *reply);

#endif
