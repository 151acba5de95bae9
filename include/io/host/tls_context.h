/* tls_context.h - the files that TLS needs: the CA, and our own certificate and key. OpenSSL reads them, where this was
 * built with TLS. */
#ifndef LICET_IO_HOST_TLS_CONTEXT_H
#define LICET_IO_HOST_TLS_CONTEXT_H

#include "io/redis/redis.h"

/* Do they serve? Returns false with one line in err, which names the key of licet.conf. */
bool tls_check(const struct redis_tls *want, char *err, size_t err_size);
/* OpenSSL's context for them, TLS 1.2 and later, which believes nobody whom that CA did not sign. NULL, with one line in
 * err, where they do not serve. Give it to SSL_CTX_free(). Where this was built without TLS there is none. */
struct ssl_ctx_st *tls_context(const struct redis_tls *want, char *err, size_t err_size);

#endif
