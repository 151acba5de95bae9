/* keys.h - the one place in C that makes key names (src/lua/00_common.lua is the
 * other half, for the functions). */
#ifndef LICET_IO_REDIS_KEYS_H
#define LICET_IO_REDIS_KEYS_H

#include "core/text/cluster_slot.h" /* SPACE_NAME_MAX */

#include <stdbool.h>

#define KEY_SIZE 1024

/* All of them fill buf and return it. prefix is conf.prefix ("licet:"). */

/* licet:<name>: campaigns, halt, errors, stats, routes, numbering, clock, oppositions,
 * rulebooks */
char *key_global(const char *prefix, const char *name, char buf[KEY_SIZE]);
/* licet:campaign:<c>:<part>: def queue cancel later refused invalid done stats state seen pace */
char *key_campaign(const char *prefix, const char *campaign, const char *part, char buf[KEY_SIZE]);
char *key_held(const char *prefix, const char *campaign, const char *place, char buf[KEY_SIZE]);
/* How far a file was queued, by the fingerprint of its beginning; "": the set of those that are
 * known. */
char *key_enqueued(const char *prefix, const char *campaign, const char *beginning, char buf[KEY_SIZE]);
/* When numbers and persons objected; advertiser "": to everybody. */
char *key_dated(const char *prefix, const char *advertiser, char buf[KEY_SIZE]);
/* The marks of a campaign, or of its family if it has one (family may be ""). */
char *key_seen(const char *prefix, const char *campaign, const char *family, char buf[KEY_SIZE]);
/* licet:<kind>:<id>: advertiser source route form list list-meta consent attempts slots place
 * daemon */
char *key_of(const char *prefix, const char *kind, const char *id, char buf[KEY_SIZE]);
char *key_ready(const char *prefix, const char *route, const char *part,
                char buf[KEY_SIZE]); /* part "" or ":lease" … */
char *key_settle(const char *prefix, const char *route, char buf[KEY_SIZE]);

/* The prefix of another space of the same platform: "licet:{a}:" and "b" give "licet:{b}:". prefix has a tag. */
char *prefix_of_space(const char *prefix, const char *space, char buf[KEY_SIZE]);
/* What all spaces share, licet:{licet}:<name>: spaces advertisers sirens. prefix is that of one of them, and has a
 * tag. */
char *key_hub(const char *prefix, const char *name, char buf[KEY_SIZE]);

/* A prefix on which a simulated clock may run. */
bool prefix_is_simulated(const char *prefix);

#endif
