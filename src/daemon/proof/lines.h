/* lines.h - what stands in the decision log, line by line. */
#ifndef LICET_DAEMON_PROOF_LINES_H
#define LICET_DAEMON_PROOF_LINES_H

#include "core/proof/line.h"
#include "core/text/fields.h"
#include "daemon/daemon.h"
#include "io/redis/redis.h"

/* Lines are put behind each other into out, each with its line feed. */

/* An entry of a stream. kind NULL: its own fields tell (an opposition, a consent, a refusal that was put back or erased). mac_key
 * and campaign: of a record of a call, which is one or unproven. */
struct lines_entry {
	const char *kind, *stream, *id, *campaign;
	const struct redis_reply *fields; /* flat */
};
void lines_entry(struct line *out, const struct daemon *d, const struct lines_entry *e);
/* Anything else: fields besides kind, at_ms and salt, at most LINES_MORE_MAX. */
#define LINES_MORE_MAX 24
void lines_add(struct line *out, const struct daemon *d, const char *kind, const struct line_field *more,
               size_t count);
/* A hash as an object; h NULL, or of another type: {}. */
void lines_hash(struct line *out, const struct known_hash *h);
/* No memory is left: the process ends, as anywhere in licetd. */
void lines_must_be_whole(const struct line *out);

#endif
