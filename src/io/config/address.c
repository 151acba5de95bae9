/* address.c - where something listens, as people write it; see address.h. */
#include "io/config/address.h"

#include "io/host/mem.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

bool address_split(const char *text, char **ret_host, int *ret_port)
{
	const char *colon = strrchr(text, ':'), *end;
	char *rest;

	if (colon == NULL || colon[1] < '0' || colon[1] > '9')
		return false;
	long port = strtol(colon + 1, &rest, 10);
	if (*rest != '\0' || port < 1 || port > 65535)
		return false;
	end = colon;
	if (*text == '[') {
		if (end[-1] != ']')
			return false;
		text++;
		end--;
	} else if (memchr(text, ':', (size_t)(end - text)) != NULL) {
		return false; /* an IPv6 address without brackets: which colon is it? */
	}
	if (end <= text)
		return false;
	if (ret_host != NULL) {
		free(*ret_host);
		*ret_host = mem_copy_len(text, (size_t)(end - text));
		*ret_port = (int)port;
	}
	return true;
}

bool address_is_literal(const char *host)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}
