/* tls.c - see tls.h. */
#include "io/redis/tls.h"

#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/host/tls_context.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef LICET_TLS
#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <hiredis/hiredis_ssl.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

struct tls {
	SSL *ssl; /* shared with the context of hiredis */
	char name[256];
};

static bool is_address(const char *name)
{
	unsigned char ignored[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, name, ignored) == 1 || inet_pton(AF_INET6, name, ignored) == 1;
}

/* Whose certificate it must be. */
static bool expect(SSL *ssl, const char *name)
{
	if (is_address(name))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, name) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

struct tls *tls_begin(redisContext *context, const struct redis_tls *want, const char *host, char *why,
                      size_t why_size)
{
	SSL_CTX *ctx = tls_context(want, why, why_size);
	const char *name = want->name != NULL ? want->name : host;

	if (ctx == NULL)
		return NULL;
	struct tls *tls = mem_zero(sizeof(*tls));

	snprintf(tls->name, sizeof(tls->name), "%s", name);
	tls->ssl = SSL_new(ctx);
	SSL_CTX_free(ctx); /* the connection keeps it */
	if (tls->ssl == NULL || !expect(tls->ssl, name)) {
		snprintf(why, why_size, error_pick("TLS: out of memory", "TLS : mémoire insuffisante"));
		tls_end(tls);
		return NULL;
	}
	SSL_up_ref(tls->ssl); /* from here on hiredis frees one of the two */
	if (redisInitiateSSL(context, tls->ssl) != REDIS_OK) {
		SSL_free(tls->ssl);
		if (!tls_refused(tls, why, why_size))
			snprintf(why, why_size, error_pick("TLS: %s", "TLS : %s"),
			         context->errstr[0] != '\0'
			             ? error_said(context->errstr)
			             : error_pick("the handshake failed", "la négociation a échoué"));
		tls_end(tls);
		return NULL;
	}
	return tls;
}

void tls_end(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	free(tls);
}

bool tls_has_input(const struct tls *tls)
{
	return tls != NULL && SSL_pending(tls->ssl) > 0;
}

bool tls_refused(const struct tls *tls, char *why, size_t why_size)
{
	long result = tls != NULL ? SSL_get_verify_result(tls->ssl) : X509_V_OK;

	if (result == X509_V_OK)
		return false;
	snprintf(why, why_size,
	         error_pick("TLS: its certificate is not one for %.200s: %s",
	                    "TLS : son certificat n'est pas établi pour %.200s : OpenSSL dit « %s »"),
	         tls->name, X509_verify_cert_error_string(result));
	return true;
}

#else

struct tls *tls_begin(struct redisContext *context, const struct redis_tls *want, const char *host, char *why,
                      size_t why_size)
{
	(void)context;
	(void)host;
	tls_check(want, why, why_size); /* says that there is none */
	return NULL;
}

void tls_end(struct tls *tls)
{
	(void)tls;
}

bool tls_has_input(const struct tls *tls)
{
	(void)tls;
	return false;
}

bool tls_refused(const struct tls *tls, char *why, size_t why_size)
{
	(void)tls;
	(void)why;
	(void)why_size;
	return false;
}

#endif
