/* session.h - what the commands of licetctl share.
 *
 * Whatever cannot go on ends the process with one line on standard error: exit 2
 * for bad use, 1 for everything else. */
#ifndef LICET_CTL_BASE_SESSION_H
#define LICET_CTL_BASE_SESSION_H

#include "core/law/rulebook.h"
#include "ctl/base/command.h"
#include "io/config/conf.h"
#include "io/config/target.h"
#include "io/host/clock.h"
#include "io/redis/redis.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct ctl {
	struct target_options options;
	bool json;                             /* machines read the output */
	bool french;                           /* what people read; errors are too (error_text.h) */
	bool colour;                           /* a person does, on a terminal */
	const struct command *command;         /* that runs */
	const char *form;                      /* the first word behind it, such as "put"; NULL: none */
	const struct command_family *families; /* all commands, for those that print them */
	/* Filled when first asked for, by the functions below. */
	struct conf conf;
	struct rulebook *rulebook;
	struct redis_conn *redis;
	struct target_passwords passwords;
	int64_t now_ms;
	bool has_conf, has_now;
	char refused[600];   /* why Redis did not answer what is needed, for a command that outlives it */
	char will_fail[300]; /* what is said at the end, with exit 1: see ctl_will_fail() */
	char *moved;         /* the prefix that it was moved to: see ctl_move() */
	bool outlives_redis; /* a lost connection ends nothing: see ctl_lost_redis() */
};

void ctl_init(struct ctl *ctl);
void ctl_done(struct ctl *ctl);

/* --- what a command works with; each is fetched once ------------------------- */

const struct conf *ctl_conf(struct ctl *ctl);
const struct rulebook *ctl_rulebook(struct ctl *ctl);
/* Does the configuration mean all spaces that the hub names, and none of them first? Then there is no Redis to ask until
 * one is gone to: ctl_move(). */
bool ctl_means_all(struct ctl *ctl);
/* Does the configuration name spaces, whichever is at hand? Then each has a folder of its own in that of logs. */
bool ctl_names_spaces(struct ctl *ctl);
/* Both, for who wants to tell the error: returns false with one line in err. */
bool ctl_load(struct ctl *ctl, char *err, size_t err_size);
struct redis_conn *ctl_redis(struct ctl *ctl);
/* For commands that have something to say without it: returns false with one line
 * in err if there is none. */
bool ctl_try_redis(struct ctl *ctl, char *err, size_t err_size);
/* For a command that outlives Redis: what it asks of query.h is then answered with NULL, which
 * reads as nothing there. Was the connection lost? Then why, and ctl_try_redis() makes another. */
bool ctl_lost_redis(struct ctl *ctl, char *why, size_t size);
/* For a command that outlives Redis: what it needs was not answered. The connection counts as lost. */
void ctl_give_up_redis(struct ctl *ctl, const char *why);
/* Work in the space of that prefix from now on: with its clock, and a connection of its own. What was read of conf
 * before is gone. */
void ctl_move(struct ctl *ctl, const char *prefix);
/* UTC ms; the simulated clock's, where the prefix has one. */
int64_t ctl_now_ms(struct ctl *ctl);

/* --- ends --------------------------------------------------------------------- */

_Noreturn void ctl_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Bad use of the command that runs: exit 2. */
_Noreturn void ctl_misuse(const struct ctl *ctl, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The command goes on, and ends with this line and exit 1; the first one counts. */
void ctl_will_fail(struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* End now, if it will end so: what was read is not enough for what comes. */
void ctl_must_be_whole(struct ctl *ctl);
/* Say it, where there is something to say: returns the exit code. */
int ctl_end(struct ctl *ctl, int code);
/* Register what ctl_fail() and ctl_misuse() call first, for example to restore the terminal. */
void ctl_before_end(void (*give_back)(void));
/* A line on standard error; the command goes on. */
void ctl_note(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --- output ------------------------------------------------------------------------ */

/* A title above a table. */
void ctl_title(const struct ctl *ctl, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Print and release. */
void ctl_print_json(json_t *value);
/* "2026-11-24T08:59:50Z" as a JSON string; null for an instant that is none. */
json_t *ctl_json_time(int64_t ms);
json_t *ctl_json_date(int32_t day);
const char *ctl_weekday_name(int32_t day);

#endif
