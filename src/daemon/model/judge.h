/* judge.h - derives the situation of a campaign (validity, binding law, lists, halts) from its
 * hashes; runs again when one of them, the rulebook or the day changes. */
#ifndef LICET_DAEMON_MODEL_JUDGE_H
#define LICET_DAEMON_MODEL_JUDGE_H

#include "daemon/daemon.h"
#include "io/redis/redis.h"

/* A registered form; NULL: none is known by that name. Stays where it is. */
const struct consent_form *catalog_form(const struct daemon *d, const char *id);
/* What licet_hash said of it. One that nobody registered is not kept. */
void catalog_form_learn(struct daemon *d, const char *id, const struct redis_reply *reply);
void catalog_judge(struct daemon *d, struct run *run,
                   int64_t now_ms);          /* remake what follows from the hashes */
void catalog_judge_forms(struct daemon *d);  /* registered forms, as they were read */
void catalog_judge_routes(struct daemon *d); /* breakers and how long routes take */
void catalog_apply(struct daemon *d);        /* after a reload: judge everything anew */

#endif
