/* query.h - questions to Redis, for the commands that need one.
 *
 * A lost connection or an error reply ends the process with one line (exit 1),
 * unless said otherwise, or the command outlives Redis (session.h). A reply is the caller's to give to reply_free(). */
#ifndef LICET_CTL_QUERY_QUERY_H
#define LICET_CTL_QUERY_QUERY_H

#include "core/campaign/campaign.h"
#include "core/number/phone.h"
#include "ctl/base/french_time.h"
#include "ctl/base/session.h"
#include "ctl/query/ask.h"
#include "io/redis/keys.h"

/* --- values -------------------------------------------------------------------- */

/* A hash as it is in Redis; an absent one has no fields. */
struct hash {
	struct redis_reply *reply; /* owns the texts */
	struct fields fields;
	bool wrong_type; /* the key is there and no hash */
};
void hash_read(struct ctl *ctl, const char *key, struct hash *ret);
/* From the reply of an HGETALL, which it takes over. */
void hash_take(struct hash *ret, struct redis_reply *reply);
const char *hash_get(const struct hash *h, const char *name); /* NULL if absent */
int64_t hash_int(const struct hash *h, const char *name);     /* 0 if absent */
void hash_done(struct hash *h);

/* A page of a hash, {cursor, {name, value, …}}, as ask_any() gives it. Moves the cursor on; it is
 * "0" at the beginning, and again after the last page. */
#define CURSOR_SIZE 32
struct redis_reply *ask_page(struct ctl *ctl, const char *key, char cursor[CURSOR_SIZE]);
/* Ask how a campaign stands: three replies follow, its state, its counters, the length of its
 * queue. */
void ask_send_standing(struct ctl *ctl, const char *id);

/* The length or size that a command on one key tells; COUNT_UNKNOWN, which count_text() shows as a question
 * mark, where the key is of a wrong type (see ask_value()). */
#define COUNT_UNKNOWN (-1)
int64_t ask_count(struct ctl *ctl, const char *command, const char *key);

#define COUNT_SIZE 24
char *count_text(int64_t count, char buf[COUNT_SIZE]);

/* When a rate lets the next job go, UTC ms, as licet_commit keeps it; 0: at once, or not known. */
double ask_pace(struct ctl *ctl, const char *key);

/* A set of ids, sorted. */
struct names {
	char **list;
	size_t count, capacity;
};
void names_read(struct ctl *ctl, const char *key, struct names *ret);
void names_add(struct names *names, const char *text, size_t len);      /* at the end, as a copy */
const char *names_nearest(const struct names *names, const char *word); /* NULL: none is close */
void names_done(struct names *names);

/* --- arguments -------------------------------------------------------------------- */

/* Bad use unless the text is an id. */
void ask_id(const struct ctl *ctl, const char *what, const char *text);
/* Is that campaign listed or defined? */
bool ask_is_campaign(struct ctl *ctl, const char *id);
/* Ends unless it is. */
void ask_campaign(struct ctl *ctl, const char *id);
/* Ends unless that advertiser was declared, or has something on record from when it was. */
void ask_advertiser(struct ctl *ctl, const char *id);
/* Ends unless that route was declared or is in use; main always is. Passes where we may
 * not ask. */
void ask_route(struct ctl *ctl, const char *id);
/* Bad use unless licet_take would take it as the name of a sender. */
void ask_sender_name(const struct ctl *ctl, const char *option, const char *name);
/* The E.164 form of a number as people write it; ends if it has none. Masked in errors. */
void ask_number(struct ctl *ctl, const char *text, struct phone *ret);
/* The instant as we write it; bad use if it is none. */
char *ask_instant(const struct ctl *ctl, const char *name, const char *text, char buf[24]);

/* --- output ------------------------------------------------------------------------- */

/* How far a long operation is, on a terminal only; count < 0 wipes it away. */
void ctl_progress(const char *what, int64_t count);
/* The same with the rate since start_ms, of the monotonic clock, and with the time left, where
 * the size of all is known: at of size bytes are done. */
void ctl_progress_of(const char *what, int64_t count, int64_t at, int64_t size, int64_t start_ms);

#endif
