/* tls.h - TLS to Redis, where hiredis has it; for src/io/redis alone.
 *
 * hiredis makes no look at the name in a certificate, so that is done here: whoever answers must show one that
 * the CA signed for the name, or the address, that was asked for. TLS 1.2 and later. Debian 12 has hiredis
 * without TLS: there tls_check() of tls_context.h says so, and stunnel does it, see licet-operations(7). */
#ifndef LICET_IO_REDIS_TLS_H
#define LICET_IO_REDIS_TLS_H

#include "io/redis/redis.h"

struct redisContext;

/* Of one connection. It may outlive the connection's context, to tell why that was lost. */
struct tls;

/* Begin on a connection to host that stands, or is being made; host is an address or a name. Returns NULL with one
 * line in why. Give it to tls_end(). */
struct tls *tls_begin(struct redisContext *context, const struct redis_tls *want, const char *host, char *why,
                      size_t why_size);
void tls_end(struct tls *tls); /* NULL is allowed */
/* Was something read and decrypted that nobody has taken? A socket does not tell. NULL: no. */
bool tls_has_input(const struct tls *tls);
/* Was the other side not who it should be? One line in why then. NULL: no. */
bool tls_refused(const struct tls *tls, char *why, size_t why_size);

#endif
