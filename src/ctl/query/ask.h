/* ask.h - questions to Redis, and what becomes of those that it does not answer.
 *
 * Nothing may be taken for none: a lost connection and an error reply end the process with one line (exit 1)
 * that says what was asked, and which right is missing for whom. Unless said otherwise, or the command
 * outlives Redis (session.h). A reply is the caller's to give to reply_free(). */
#ifndef LICET_CTL_QUERY_ASK_H
#define LICET_CTL_QUERY_ASK_H

#include "ctl/base/session.h"

struct redis_reply *ask(struct ctl *ctl, const struct redis_args *a);
/* The same from words: C strings, one argument each. */
#define ask_words(ctl, ...) ask_list(ctl, (const char *const[]){ __VA_ARGS__, NULL })
struct redis_reply *ask_list(struct ctl *ctl, const char *const *words);
/* The same; but a key of a wrong type is returned as the error, which has no elements and no text of a
 * value: the process ends with exit 1 and says so when it has shown the rest. */
struct redis_reply *ask_value(struct ctl *ctl, const struct redis_args *a);
#define ask_value_words(ctl, ...) ask_value_list(ctl, (const char *const[]){ __VA_ARGS__, NULL })
struct redis_reply *ask_value_list(struct ctl *ctl, const char *const *words);
/* As ask_value(); but an error that is a missing right is returned, for who can do without and says so. */
struct redis_reply *ask_permitted(struct ctl *ctl, const struct redis_args *a);
#define ask_permitted_words(ctl, ...) ask_permitted_list(ctl, (const char *const[]){ __VA_ARGS__, NULL })
struct redis_reply *ask_permitted_list(struct ctl *ctl, const char *const *words);
/* The same; any error reply is returned: for who tells it itself. */
struct redis_reply *ask_any(struct ctl *ctl, const struct redis_args *a);
#define ask_any_words(ctl, ...) ask_any_list(ctl, (const char *const[]){ __VA_ARGS__, NULL })
struct redis_reply *ask_any_list(struct ctl *ctl, const char *const *words);

/* Pipelining: send several, then take as many replies. ask_next() is as ask_value(), ask_next_any()
 * as ask_any(). */
void ask_send(struct ctl *ctl, const struct redis_args *a);
#define ask_send_words(ctl, ...) ask_send_list(ctl, (const char *const[]){ __VA_ARGS__, NULL })
void ask_send_list(struct ctl *ctl, const char *const *words);
struct redis_reply *ask_next(struct ctl *ctl);
struct redis_reply *ask_next_any(struct ctl *ctl);
/* As ask_next(), but that a right is missing is a reply. */
struct redis_reply *ask_next_permitted(struct ctl *ctl);
/* As ask_next(), for who tells a key of a wrong type itself. */
struct redis_reply *ask_next_told(struct ctl *ctl);

/* Call a function of the library. Where no library is in Redis, ours is loaded first, so that an
 * opposition can be recorded while no daemon runs. An error reply is returned, but for a missing right. */
struct redis_reply *ask_call(struct ctl *ctl, const struct redis_args *a);
/* End with why that command on that key was not answered: the reply is the error. */
_Noreturn void ask_fail(struct ctl *ctl, const char *command, const char *key,
                        const struct redis_reply *reply);
/* The same as a text. Returns buf. */
char *ask_why(struct ctl *ctl, const char *command, const char *key, const struct redis_reply *reply,
              char *buf, size_t size);
/* The reply's text if it is an error, with the word before it taken off; else NULL. */
const char *ask_error(const struct redis_reply *reply);
/* End with what was refused and the error reply, which is freed. */
_Noreturn void ask_refused(struct redis_reply *reply, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
