/* args.c - a command for Redis, argument by argument; see args.h. */
#include "io/redis/args.h"

#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/handshake.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void args_init(struct redis_args *a)
{
	*a = (struct redis_args){ 0 };
}

void args_reset(struct redis_args *a)
{
	for (size_t i = 0; i < a->owned_count; i++)
		free(a->owned[i]);
	a->owned_count = 0;
	a->count = 0;
}

void args_done(struct redis_args *a)
{
	args_reset(a);
	free(a->argv);
	free(a->lens);
	free(a->owned);
	args_init(a);
}

void args_add(struct redis_args *a, const char *text)
{
	args_add_len(a, text, strlen(text));
}

void args_add_len(struct redis_args *a, const char *bytes, size_t len)
{
	size_t capacity = a->capacity;

	a->argv = mem_grow(a->argv, &capacity, a->count, sizeof(*a->argv));
	a->lens = mem_grow(a->lens, &a->capacity, a->count, sizeof(*a->lens));
	a->argv[a->count] = bytes;
	a->lens[a->count++] = len;
}

void args_own(struct redis_args *a, char *bytes, size_t len)
{
	a->owned = mem_grow(a->owned, &a->owned_capacity, a->owned_count, sizeof(*a->owned));
	a->owned[a->owned_count++] = bytes;
	args_add_len(a, bytes, len);
}

static void args_own_text(struct redis_args *a, char *text)
{
	args_own(a, text, strlen(text));
}

void args_add_int(struct redis_args *a, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	args_own_text(a, mem_copy(text));
}

void args_addf(struct redis_args *a, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	args_own_text(a, mem_vformat(format, ap));
	va_end(ap);
}

bool redis_handshake_step(const struct redis_target *target, int step, struct redis_args *a)
{
	args_reset(a);
	if (target->password != NULL && step-- == 0) {
		args_add(a, "AUTH");
		if (target->user != NULL)
			args_add(a, target->user);
		args_add(a, target->password);
	} else if (target->db != 0 && step-- == 0) {
		args_add(a, "SELECT");
		args_add_int(a, target->db);
	} else if (step == 0) {
		args_add(a, "PING");
	} else if (step == 1 && target->guide_count > 0) {
		args_add(a, "HELLO");
	} else if (step == 2 && target->prefix != NULL) {
		args_add(a, REDIS_HANDSHAKE_SLOT);
		args_addf(a, "%s-", target->prefix);
	}
	return a->count > 0;
}

/* A user without that right, or a slot on the move: it is the master all the same. */
static bool answers_for_slot(const struct redis_reply *reply)
{
	return reply_error_is(reply, "NOPERM") || reply_error_is(reply, "ASK") ||
	       reply_error_is(reply, "TRYAGAIN");
}

bool redis_handshake_accepts(const char *command, const struct redis_reply *reply, char *why, size_t size)
{
	const char *role = reply_text(reply_field(reply, "role"), NULL);

	if (strcmp(command, REDIS_HANDSHAKE_SLOT) == 0 && answers_for_slot(reply))
		return true;
	if (reply_is_error(reply))
		snprintf(why, size, error_pick("refused: %s", "refusé : %s"), reply_text(reply, NULL));
	else if (reply_is_array(reply) && (role == NULL || strcmp(role, "master") != 0))
		snprintf(why, size,
		         error_pick("a %s is there, where the master should be",
		                    "%s s'y trouve, là où le maître est attendu"),
		         role != NULL ? role : error_pick("server without a role", "un serveur sans rôle"));
	else
		return true;
	return false;
}

static void begin_fcall(struct redis_args *a, const char *call, const char *function, const char *key)
{
	args_init(a);
	args_add(a, call);
	args_add(a, function);
	args_add(a, "1");
	args_addf(a, "%s", key);
}

void args_fcall(struct redis_args *a, const char *function, const char *key)
{
	begin_fcall(a, "FCALL", function, key);
}

void args_fcall_ro(struct redis_args *a, const char *function, const char *key)
{
	begin_fcall(a, "FCALL_RO", function, key);
}
