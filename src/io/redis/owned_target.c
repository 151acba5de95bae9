/* owned_target.c - see owned_target.h. */
#include "io/redis/owned_target.h"

#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void target_own(const struct redis_target *target, struct redis_target *ret)
{
	*ret = *target;
	ret->socket = mem_copy(target->socket);
	ret->host = mem_copy(target->host);
	ret->user = mem_copy(target->user);
	ret->password = mem_copy(target->password);
	ret->guide_user = mem_copy(target->guide_user);
	ret->guide_password = mem_copy(target->guide_password);
	ret->master = mem_copy(target->master);
	ret->prefix = mem_copy(target->prefix);
	ret->tls.ca = mem_copy(target->tls.ca);
	ret->tls.cert = mem_copy(target->tls.cert);
	ret->tls.key = mem_copy(target->tls.key);
	ret->tls.name = mem_copy(target->tls.name);
	ret->guides = mem_zero((target->guide_count + 1) * sizeof(char *));
	for (size_t i = 0; i < target->guide_count; i++)
		ret->guides[i] = mem_copy(target->guides[i]);
}

static void forget(const char *password)
{
	if (password != NULL)
		explicit_bzero((char *)password, strlen(password));
	free((char *)password);
}

void target_disown(struct redis_target *target)
{
	free((char *)target->socket);
	free((char *)target->host);
	free((char *)target->user);
	forget(target->password);
	free((char *)target->guide_user);
	forget(target->guide_password);
	free((char *)target->master);
	free((char *)target->prefix);
	free((char *)target->tls.ca);
	free((char *)target->tls.cert);
	free((char *)target->tls.key);
	free((char *)target->tls.name);
	for (size_t i = 0; i < target->guide_count; i++)
		free(target->guides[i]);
	free(target->guides);
	*target = (struct redis_target){ 0 };
}

const char *target_at(const struct redis_target *t, char *buf, size_t size)
{
	if (t->socket != NULL)
		snprintf(buf, size, "%s", t->socket);
	else
		snprintf(buf, size, strchr(t->host, ':') != NULL ? "[%s]:%d" : "%s:%d", t->host, t->port);
	return buf;
}
