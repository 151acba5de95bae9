/* refusal.h - what Redis refuses, told as it is.
 *
 * An error reply is not an answer: MOVED is not "a hash of another type", BUSY is not "no
 * campaigns". Whoever gets a reply asks here first; the error is logged once a minute for each
 * text, by its own words, and names what stands still. */
#ifndef LICET_DAEMON_HEALTH_REFUSAL_H
#define LICET_DAEMON_HEALTH_REFUSAL_H

#include <stdbool.h>
#include <stdint.h>

struct daemon;
struct redis_reply;

#define REFUSAL_NAME_SIZE 48
#define REFUSALS_MAX 16

/* Errors that were logged lately. */
struct refusals {
	struct refusal {
		char text[160];
		int64_t said_ms; /* monotonic; 0: none */
		unsigned more;   /* how often it came since */
	} said[REFUSALS_MAX];
};

/* The name of an error: its first word (MOVED, NOPERM, BUSY, CROSSSLOT); of one that begins with
 * ERR the text behind that, cut. Fills buf and returns it; "" for a reply that is no error. */
const char *refusal_name(const struct redis_reply *reply, char buf[REFUSAL_NAME_SIZE]);

/* Was the command refused, or its reply lost with the connection (NULL)? Then nothing may be
 * concluded from the reply. Whatever the error asks for is done: a library that has gone is
 * looked for, missing replicas are noted, all else is logged, with call as the command. WRONGTYPE is an
 * error of a key, not a refusal: where it is possible, the caller looks for it first, and says
 * which key it is. */
bool refused(struct daemon *d, const struct redis_reply *reply, const char *call);

#endif
