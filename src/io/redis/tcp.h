/* tcp.h - names and options of TCP; for src/io/redis alone. */
#ifndef LICET_IO_REDIS_TCP_H
#define LICET_IO_REDIS_TCP_H

#include <stdbool.h>
#include <stddef.h>

/* The address of a name, IPv4 first, or of an address itself: the caller's to free.
 * Blocks for a name. Returns NULL with one line in why. */
char *redis_tcp_resolve(const char *host, char *why, size_t why_size);

/* A peer that vanished without a word is noticed even while nothing is asked.
 * A failure only means that it takes longer. */
void redis_tcp_tune(int fd);
/* Is there something to read, now? */
bool redis_tcp_has_input(int fd);

#endif
