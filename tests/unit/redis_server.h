/* redis_server.h - a redis-server of a test's own.
 *
 * It listens on a Unix socket in a fresh folder and on no port, and leaves
 * nothing behind at exit. REDIS names another server program. Everything here fails the process if it cannot be
 * done: a test without its server has no result. */
#ifndef LICET_TESTS_REDIS_SERVER_H
#define LICET_TESTS_REDIS_SERVER_H

#include <stdbool.h>

/* Start a server and wait until it answers. options is a NULL-terminated list of
 * words for its command line, or NULL. One server per process. */
void redis_server_start(const char *const *options);
/* Start it again in the same folder, with the same options. */
void redis_server_restart(void);
/* Only make the folder and the name of the socket; nobody listens. */
void redis_server_prepare(const char *const *options);

void redis_server_kill(void);   /* kill -9, and wait until it is gone */
void redis_server_freeze(void); /* it keeps its connections and answers nothing */
void redis_server_thaw(void);
bool redis_server_is_running(void);

const char *redis_server_socket(void);
const char *redis_server_folder(void);

#endif
