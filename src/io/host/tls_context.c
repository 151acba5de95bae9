/* tls_context.c - see tls_context.h. */
#include "io/host/tls_context.h"

#include "io/host/error_text.h"

#include <stdio.h>

#ifdef LICET_TLS
#include <openssl/err.h>
#include <openssl/ssl.h>

/* What OpenSSL said last, without its numbers. Returns buf. */
static const char *last_error(char *buf, size_t size)
{
	unsigned long code = ERR_peek_last_error();
	const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;

	snprintf(buf, size, "%s",
	         text != NULL ? text : error_pick("no reason was given", "aucune raison donnée"));
	ERR_clear_error();
	return buf;
}

/* The CA, and the certificate of our own where one is asked for. */
static bool load(SSL_CTX *ctx, const struct redis_tls *want, char *err, size_t err_size)
{
	char why[160];
	bool own = want->cert != NULL;

	ERR_clear_error();
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (want->ca != NULL ? SSL_CTX_load_verify_locations(ctx, want->ca, NULL) != 1
	                     : SSL_CTX_set_default_verify_paths(ctx) != 1) {
		snprintf(err, err_size,
		         error_pick("redis_tls_ca: %.200s: %s", "redis_tls_ca : %.200s : OpenSSL dit « %s »"),
		         want->ca != NULL ? want->ca : error_pick("the system's", "celles du système"),
		         last_error(why, sizeof(why)));
		return false;
	}
	if (own && SSL_CTX_use_certificate_chain_file(ctx, want->cert) != 1) {
		snprintf(err, err_size,
		         error_pick("redis_tls_cert: %.200s: %s",
		                    "redis_tls_cert : %.200s : OpenSSL dit « %s »"),
		         want->cert, last_error(why, sizeof(why)));
		return false;
	}
	if (own && (SSL_CTX_use_PrivateKey_file(ctx, want->key, SSL_FILETYPE_PEM) != 1 ||
	            SSL_CTX_check_private_key(ctx) != 1)) {
		snprintf(err, err_size,
		         error_pick("redis_tls_key: %.200s: %s",
		                    "redis_tls_key : %.200s : OpenSSL dit « %s »"),
		         want->key, last_error(why, sizeof(why)));
		return false;
	}
	return true;
}

SSL_CTX *tls_context(const struct redis_tls *want, char *err, size_t err_size)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (ctx == NULL) {
		snprintf(err, err_size, error_pick("out of memory", "mémoire insuffisante"));
	} else if (!load(ctx, want, err, err_size)) {
		SSL_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

bool tls_check(const struct redis_tls *want, char *err, size_t err_size)
{
	SSL_CTX *ctx = tls_context(want, err, err_size);

	SSL_CTX_free(ctx);
	return ctx != NULL;
}

#else

bool tls_check(const struct redis_tls *want, char *err, size_t err_size)
{
	(void)want;
	snprintf(
	    err, err_size,
	    error_pick(
		"redis_tls: the hiredis that this was built with has no TLS (Debian 13's has): stunnel does it, see licet-operations(7)",
		"redis_tls : le hiredis de cette version n'a pas TLS (celui de Debian 13 l'a) : stunnel y supplée, voir licet-operations(7)"));
	return false;
}

#endif
