/* aof_rewrite.h - the append-only file of Redis, written anew so that it holds what is there now and
 * nothing that was there before. */
#ifndef LICET_CTL_QUERY_AOF_REWRITE_H
#define LICET_CTL_QUERY_AOF_REWRITE_H

#include "ctl/query/query.h"

enum aof_state { AOF_REWRITTEN, AOF_OFF, AOF_DENIED, AOF_FAILED, AOF_LATE };
struct aof_result {
	enum aof_state state;
	int64_t replicas;
};

/* What became of it, and what somebody must do. */
const char *aof_text(enum aof_state state, bool french);

/* Begin, and wait until it is done, ten minutes at most. */
void aof_rewrite(struct ctl *ctl, struct aof_result *ret);

/* Which server that is: two spaces may share one. "": it does not tell. */
#define AOF_SERVER_SIZE 48
void aof_server(struct ctl *ctl, char ret[AOF_SERVER_SIZE]);
/* The same for each of its replicas, as far as they can be reached from here by the addresses that it knows them by:
 * [{"replica", "append_only_file", "rewritten"}]. */
json_t *aof_rewrite_replicas(struct ctl *ctl, bool french);

#endif
