/* tcp.c - names and options of TCP; see tcp.h. */
#include "io/redis/tcp.h"

#include "io/host/error_text.h"

#include "io/host/mem.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>

#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define KEEPALIVE_PROBES 3

char *redis_tcp_resolve(const char *host, char *why, size_t why_size)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
	char address[NI_MAXHOST];
	int code = getaddrinfo(host, NULL, &hints, &found);

	if (code != 0) {
		hints.ai_family = AF_INET6;
		code = getaddrinfo(host, NULL, &hints, &found);
	}
	if (code == 0) {
		code = getnameinfo(found->ai_addr, found->ai_addrlen, address, sizeof(address), NULL, 0,
		                   NI_NUMERICHOST);
		freeaddrinfo(found);
	}
	if (code == 0)
		return mem_copy(address);
	snprintf(why, why_size, "%s: %s", host, error_said(gai_strerror(code)));
	return NULL;
}

bool redis_tcp_has_input(int fd)
{
	struct pollfd one = { .fd = fd, .events = POLLIN };

	return poll(&one, 1, 0) > 0 && (one.revents & POLLIN) != 0;
}

void redis_tcp_tune(int fd)
{
	static const struct {
		int level, option, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S },
		{ IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S },
		{ IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_PROBES },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		setsockopt(fd, options[i].level, options[i].option, &options[i].value,
		           sizeof(options[i].value));
}
