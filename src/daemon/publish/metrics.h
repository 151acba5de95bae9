/* metrics.h - /metrics for Prometheus and /healthz for who watches. What the daemon knows is
 * told as it is; what only Redis knows is asked when somebody asks us, in few calls and at most
 * once a second.
 *
 * The text is made here, because Debian has no C library for that format. */
#ifndef LICET_DAEMON_PUBLISH_METRICS_H
#define LICET_DAEMON_PUBLISH_METRICS_H

#include "daemon/served.h"
#include "io/host/http.h"

struct metrics *metrics_open(const struct served *served);
void metrics_close(struct metrics *m);
/* Answer, now or when Redis has. */
void metrics_answer(struct metrics *m, struct web_request *request);
void metrics_health(struct metrics *m, struct web_request *request);

#endif
