/* ask.c - questions to Redis; see ask.h. */
#include "ctl/query/ask.h"

#include "ctl/base/print.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/conn.h"
#include "io/redis/lua_source.h"
#include "io/redis/reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what was asked ------------------------------------------------------------------ */

/* "XRANGE licet:oppositions", of what is on its way, the oldest first: an error reply does not say it. */
static struct {
	char **list;
	size_t count, capacity, first;
} asked;

static char *name_of(const struct redis_args *a)
{
	bool is_call = strncmp(a->argv[0], "FCALL", 5) == 0 && a->count > 1;
	bool has_key = strcmp(a->argv[0], "SCAN") != 0;
	size_t key = is_call ? 3 : has_key ? 1 : a->count;

	if (a->count > 2 && (strcmp(a->argv[0], "XINFO") == 0 || strcmp(a->argv[0], "XGROUP") == 0))
		return mem_format("%s %s %s", a->argv[0], a->argv[1], a->argv[2]);
	char *key_text = a->count > key ? mem_copy_len(a->argv[key], a->lens[key]) : mem_copy("");
	char *name = is_call ? mem_format("%s %s %s", a->argv[0], a->argv[1], key_text)
	                     : mem_format("%s%s%s", a->argv[0], *key_text != '\0' ? " " : "", key_text);

	free(key_text);
	return name;
}

static void asked_add(const struct redis_args *a)
{
	if (asked.first == asked.count)
		asked.first = asked.count = 0;
	asked.list = mem_grow(asked.list, &asked.capacity, asked.count, sizeof(char *));
	asked.list[asked.count++] = name_of(a);
}

static char *asked_take(void)
{
	return asked.first < asked.count ? asked.list[asked.first++]
	                                 : mem_copy(error_pick("a command", "une commande"));
}

/* --- what is not answered ---------------------------------------------------------------- */

/* A command of that name changes nothing: it may be asked again. */
static bool only_reads(const char *name)
{
	static const char *const words[] = {
		"CLIENT",     "CLUSTER",     "CONFIG GET", "DISCARD",       "EXISTS", "FCALL_RO",  "GET",
		"GETRANGE",   "HEXISTS",     "HGET",       "HGETALL",       "HKEYS",  "HLEN",      "HMGET",
		"HSCAN",      "HSTRLEN",     "INFO",       "LINDEX",        "LLEN",   "LRANGE",    "MEMORY",
		"MULTI",      "OBJECT",      "PING",       "SCAN",          "SCARD",  "SISMEMBER", "SMEMBERS",
		"SMISMEMBER", "SRANDMEMBER", "SSCAN",      "STRLEN",        "TIME",   "TYPE",      "UNWATCH",
		"WATCH",      "XINFO",       "XLEN",       "XRANGE",        "XREAD",  "XREVRANGE", "ZCARD",
		"ZCOUNT",     "ZMSCORE",     "ZRANGE",     "ZRANGEBYSCORE", "ZSCAN",  "ZSCORE",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t len = strlen(words[i]);

		if (strncmp(name, words[i], len) == 0 && (name[len] == ' ' || name[len] == '\0'))
			return true;
	}
	return false;
}

/* name: of what was on its way; taken over. */
static void lost(const struct ctl *ctl, char *name)
{
	if (!ctl->outlives_redis && only_reads(name))
		ctl_fail(error_pick("Redis: %s", "Redis : %s"), redis_conn_error(ctl->redis));
	if (!ctl->outlives_redis)
		ctl_fail(error_pick("Redis: %s; whether %s was done is not known",
		                    "Redis : %s ; on ignore si %s a été exécuté"),
		         redis_conn_error(ctl->redis), name);
	free(name);
}

static const char *user_of(struct ctl *ctl)
{
	const char *user = ctl_conf(ctl)->redis_user;

	return *user != '\0' ? user : "default";
}

/* A function runs with the rights of its caller, and tells in other words that one is missing. */
static bool is_right_missing(const struct redis_reply *reply)
{
	const char *error = reply_is_error(reply) ? reply_text(reply, NULL) : "";

	return reply_error_is(reply, "NOPERM") || strstr(error, "ACL failure in script") != NULL ||
	       strstr(error, "can't run this command") != NULL;
}

/* One sentence: what was not told, and by which right it would be. */
static void unanswered(struct ctl *ctl, const char *name, const struct redis_reply *reply, char *ret,
                       size_t size)
{
	if (is_right_missing(reply))
		snprintf(
		    ret, size,
		    error_pick(
			"the user %s of Redis has no right to %s, which this command needs (NOPERM; "
			"conf/redis-users.acl has what each role may)",
			"l'utilisateur %s de Redis n'a pas droit à %s, que cette commande exige (NOPERM ; "
			"conf/redis-users.acl dit ce que chaque rôle peut)"),
		    user_of(ctl), name);
	else
		snprintf(ret, size,
		         error_pick("Redis did not answer %s: %s", "Redis n'a pas répondu à %s : %s"), name,
		         reply_text(reply, NULL));
}

char *ask_why(struct ctl *ctl, const char *command, const char *key, const struct redis_reply *reply,
              char *buf, size_t size)
{
	char *name = mem_format("%s %s", command, key);

	unanswered(ctl, name, reply, buf, size);
	free(name);
	return buf;
}

void ask_fail(struct ctl *ctl, const char *command, const char *key, const struct redis_reply *reply)
{
	char why[600];

	ctl_fail("%s", ask_why(ctl, command, key, reply, why, sizeof(why)));
}

static void end_unanswered(struct ctl *ctl, const char *name, const struct redis_reply *reply)
{
	char why[600];

	unanswered(ctl, name, reply, why, sizeof(why));
	if (!ctl->outlives_redis)
		ctl_fail("%s", why);
	ctl_give_up_redis(ctl, why);
}

/* Ends for an error reply; one of a wrong type is kept for the end where may_be_wrong. */
static struct redis_reply *checked(struct ctl *ctl, char *name, struct redis_reply *reply, bool may_be_wrong)
{
	if (reply_is_error(reply)) {
		if (may_be_wrong && reply_error_is(reply, "WRONGTYPE"))
			ctl_will_fail(
			    ctl,
			    error_pick(
				"%s met a key of the wrong type: what is shown is not all",
				"%s a trouvé une clé d'un mauvais type : ce qui est montré n'est pas complet"),
			    name);
		else
			end_unanswered(ctl, name, reply);
	}
	free(name);
	return reply;
}

/* --- one question -------------------------------------------------------------------------- */

struct redis_reply *ask_any(struct ctl *ctl, const struct redis_args *a)
{
	struct redis_reply *reply = redis_conn_call(ctl_redis(ctl), a);

	if (reply == NULL)
		lost(ctl, name_of(a));
	return reply;
}

struct redis_reply *ask_value(struct ctl *ctl, const struct redis_args *a)
{
	return checked(ctl, name_of(a), ask_any(ctl, a), true);
}

struct redis_reply *ask_permitted(struct ctl *ctl, const struct redis_args *a)
{
	struct redis_reply *reply = ask_any(ctl, a);

	return reply_error_is(reply, "NOPERM") ? reply : checked(ctl, name_of(a), reply, true);
}

struct redis_reply *ask(struct ctl *ctl, const struct redis_args *a)
{
	return checked(ctl, name_of(a), ask_any(ctl, a), false);
}

static void add_list(struct redis_args *a, const char *const *words)
{
	args_init(a);
	for (; *words != NULL; words++)
		args_add(a, *words);
}

typedef struct redis_reply *asking(struct ctl *ctl, const struct redis_args *a);

static struct redis_reply *by_list(struct ctl *ctl, asking *how, const char *const *words)
{
	struct redis_args a;

	add_list(&a, words);
	struct redis_reply *reply = how(ctl, &a);

	args_done(&a);
	return reply;
}

struct redis_reply *ask_list(struct ctl *ctl, const char *const *words)
{
	return by_list(ctl, ask, words);
}

struct redis_reply *ask_value_list(struct ctl *ctl, const char *const *words)
{
	return by_list(ctl, ask_value, words);
}

struct redis_reply *ask_permitted_list(struct ctl *ctl, const char *const *words)
{
	return by_list(ctl, ask_permitted, words);
}

struct redis_reply *ask_any_list(struct ctl *ctl, const char *const *words)
{
	return by_list(ctl, ask_any, words);
}

/* --- several -------------------------------------------------------------------------------- */

void ask_send(struct ctl *ctl, const struct redis_args *a)
{
	if (!redis_conn_send(ctl_redis(ctl), a))
		lost(ctl, asked.first < asked.count ? mem_copy(asked.list[asked.first]) : name_of(a));
	else
		asked_add(a);
}

void ask_send_list(struct ctl *ctl, const char *const *words)
{
	struct redis_args a;

	add_list(&a, words);
	ask_send(ctl, &a);
	args_done(&a);
}

static struct redis_reply *next_reply(struct ctl *ctl)
{
	struct redis_reply *reply = redis_conn_next(ctl_redis(ctl));

	if (reply == NULL)
		lost(ctl, mem_copy(asked.first < asked.count ? asked.list[asked.first]
		                                             : error_pick("a command", "une commande")));
	return reply;
}

struct redis_reply *ask_next(struct ctl *ctl)
{
	struct redis_reply *reply = next_reply(ctl);

	return checked(ctl, asked_take(), reply, true);
}

struct redis_reply *ask_next_permitted(struct ctl *ctl)
{
	struct redis_reply *reply = next_reply(ctl);

	if (!reply_error_is(reply, "NOPERM"))
		return checked(ctl, asked_take(), reply, true);
	free(asked_take());
	return reply;
}

struct redis_reply *ask_next_told(struct ctl *ctl)
{
	struct redis_reply *reply = next_reply(ctl);

	if (!reply_error_is(reply, "WRONGTYPE"))
		return checked(ctl, asked_take(), reply, true);
	free(asked_take());
	return reply;
}

struct redis_reply *ask_next_any(struct ctl *ctl)
{
	struct redis_reply *reply = next_reply(ctl);

	free(asked_take());
	return reply;
}

/* --- functions ------------------------------------------------------------------------ */

static bool is_absent_function(const struct redis_reply *reply)
{
	return reply_is_error(reply) && strstr(reply_text(reply, NULL), "unction not found") != NULL;
}

struct redis_reply *ask_call(struct ctl *ctl, const struct redis_args *a)
{
	struct redis_reply *reply = ask_any(ctl, a);

	if (is_right_missing(reply))
		end_unanswered(ctl, name_of(a), reply);
	if (!is_absent_function(reply))
		return reply;
	reply_free(reply);
	/* Without REPLACE: a library that is there belongs to a daemon of another version. */
	const char *words[] = { "FUNCTION", "LOAD", lua_source };
	struct redis_args load;

	args_init(&load);
	for (size_t i = 0; i < 3; i++)
		args_add(&load, words[i]);
	struct redis_reply *loaded = ask_any(ctl, &load);

	if (reply_is_error(loaded) && strstr(reply_text(loaded, NULL), "already exists") == NULL)
		ctl_fail(error_pick("the library cannot be loaded: %s",
		                    "la bibliothèque ne peut être chargée : %s"),
		         reply_text(loaded, NULL));
	reply_free(loaded);
	args_done(&load);
	reply = ask_any(ctl, a);
	if (is_absent_function(reply))
		ctl_fail(
		    error_pick(
			"the library in Redis is of another version and has no %s: restart licetd",
			"la bibliothèque de Redis est d'une autre version et n'a pas %s : redémarrer licetd"),
		    a->argv[1]);
	return reply;
}

const char *ask_error(const struct redis_reply *reply)
{
	if (!reply_is_error(reply))
		return NULL;
	const char *text = reply_text(reply, NULL), *rest = text;

	while (*rest >= 'A' && *rest <= 'Z')
		rest++;
	return *rest == ' ' ? rest + 1 : text;
}

void ask_refused(struct redis_reply *reply, const char *format, ...)
{
	char what[200], why[600];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	snprintf(why, sizeof(why), "%s", ask_error(reply));
	reply_free(reply);
	ctl_fail(error_pick("%s: %s", "%s : %s"), what, why);
}
