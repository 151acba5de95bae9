/* web_server.h - what licetd serves: /metrics, /healthz and the page for people, where metrics_port and
 * web_socket say. It only reads. */
#ifndef LICET_DAEMON_PUBLISH_WEB_SERVER_H
#define LICET_DAEMON_PUBLISH_WEB_SERVER_H

#include "daemon/served.h"

struct web_server;
/* NULL: none is wanted, or it can listen nowhere, which is logged. */
struct web_server *web_server_open(struct served *s);
/* At each tick: as many spaces as are served have connections of their own. */
void web_server_turn(struct web_server *s); /* NULL: nothing */
void web_server_close(struct web_server *s);

#endif
