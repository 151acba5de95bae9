/* address.h - where something listens, as people write it: host:port, with an IPv6
 * address in brackets. */
#ifndef LICET_IO_CONFIG_ADDRESS_H
#define LICET_IO_CONFIG_ADDRESS_H

#include <stdbool.h>

/* Split "host:port" or "[::1]:port". Returns false if it is neither; else, unless
 * ret_host is NULL, *ret_host is freed and replaced, and *ret_port is set. */
bool address_split(const char *text, char **ret_host, int *ret_port);

/* Is it an IPv4 or IPv6 address, and no name that would have to be looked up? */
bool address_is_literal(const char *host);

#endif
