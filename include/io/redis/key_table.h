/* key_table.h - every key of Licet, for people: what licet-redis(7) says of it. keys.h makes the
 * names; a test holds both against a Redis in which everything has happened. */
#ifndef LICET_IO_REDIS_KEY_TABLE_H
#define LICET_IO_REDIS_KEY_TABLE_H

#include <stddef.h>

enum key_owner { KEY_OF_OPS, KEY_OF_MARKETING, KEY_OF_SENDERS, KEY_OF_LICETD, KEY_INTERNAL, KEY_OWNERS };

struct key_help {
	const char *name; /* "licet:campaign:<c>:def" */
	const char *type; /* "hash", "list", "set", "sorted set", "stream", "string" */
	enum key_owner owner;
	const char *text; /* one or two sentences */
};

/* The row at i, or NULL past the end. */
const struct key_help *key_help_at(size_t i);

#endif
