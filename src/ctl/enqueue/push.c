/* push.c - see enqueue.h.
 *
 * One transaction is on its way at a time, and the key of the place is watched from one to
 * the next: if somebody else moves it, such as what an interrupted run had sent last, nothing
 * of ours is queued. */
#include "ctl/enqueue/push.h"

#include "core/time/civil.h"
#include "ctl/enqueue/batch_note.h"
#include "ctl/enqueue/enqueue.h"
#include "ctl/enqueue/mended.h"
#include "ctl/enqueue/rejects.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUSH_JOBS 500
#define PUSH_BYTES 1000000
#define PLACE_KEPT_S "7776000" /* 90 days after the last job of it */
#define PLACES_MAX 64

/* --- where it was ------------------------------------------------------------------------- */

struct known_place {
	size_t line;
	const char *print;
};

static int by_line(const void *a, const void *b)
{
	const struct known_place *p = a, *q = b;

	return p->line < q->line ? -1 : p->line > q->line;
}

/* The lines of the file, its breaks in quotes not heeded. */
static struct lines *open_plain(struct intake *in)
{
	struct lines *l = lines_open_as(in->path, in->encoding);

	lines_start_print(l);
	return l;
}

/* The fingerprint of the header and the first line behind it, or of the first job. */
static bool read_beginning(struct intake *in, struct lines *l, char buf[SHA256_HEX_SIZE])
{
	if (!lines_next(l) || (lines_take_separator(l) && !lines_next(l)))
		return false;
	in->mended = rejects_origin(l->text, in->origin);
	if (l->text[strspn(l->text, " ")] != '{')
		lines_next(l);
	lines_print(l, buf);
	return true;
}

/* The last of the known places at which the file is what it was then. */
static size_t match(struct lines *l, const struct known_place *places, size_t count)
{
	char print[SHA256_HEX_SIZE];
	size_t found = 0, at = 0;

	do {
		while (at < count && places[at].line < l->number)
			at++;
		for (; at < count && places[at].line == l->number; at++) {
			lines_print(l, print);
			if (strcmp(print, places[at].print) == 0)
				found = l->number;
		}
	} while (at < count && lines_next(l));
	return found;
}

static size_t find_among(struct intake *in, struct lines *l, const struct hash *known)
{
	struct known_place places[PLACES_MAX];
	size_t count = 0;

	for (size_t i = 0; i < known->fields.count && count < PLACES_MAX; i++)
		places[count++] = (struct known_place){ strtoull(known->fields.values[i], NULL, 10),
			                                known->fields.names[i] };
	if (count == 0)
		return 0;
	qsort(places, count, sizeof(places[0]), by_line);
	size_t found = match(l, places, count);

	if (found == 0)
		ctl_fail(
		    error_pick(
			"%s: a file that begins like this one was queued up to line %zu, but this one differs before: put what is new into a file of its own, or queue all of it with --again",
			"%s: un fichier qui commence comme celui-ci a été mis en file jusqu'à la ligne %zu, mais celui-ci diffère avant : mettre ce qui est nouveau dans un fichier à part, ou tout mettre en file avec --again"),
		    l->name, places[count - 1].line);
	for (size_t i = 0; i < count; i++)
		if (places[i].line == found)
			snprintf(in->place, sizeof(in->place), "%s", places[i].print);
	snprintf(in->line, sizeof(in->line), "%zu", found);
	return found;
}

/* The lines of a file of refused rows: each has its own place. */
static void watch_mended(struct intake *in)
{
	char name[ORIGIN_SIZE + 8];

	snprintf(name, sizeof(name), "%.12s-put", in->origin);
	key_enqueued(in->ctl->conf.prefix, in->campaign, name, in->position_key);
	key_enqueued(in->ctl->conf.prefix, in->campaign, "", in->known_key);
	if (!in->dry_run)
		reply_free(ask_words(in->ctl, "WATCH", in->position_key));
	if (!in->again)
		mended_find(in);
}

void place_find(struct intake *in)
{
	struct lines *l = open_plain(in);
	struct hash known;

	/* Through a pipe, columns are looked at before the first is queued, all the same. */
	in->kept = strcmp(in->path, "-") != 0 && bytes_size(l->bytes) >= 0;
	if (!in->kept && bytes_first(l->bytes) != '{' && bytes_size(l->bytes) < 0) {
		char err[400];

		if (!bytes_keep(l->bytes, err, sizeof(err)))
			ctl_fail("%s", err);
		in->encoding = in->found_encoding = mem_copy(bytes_encoding(l->bytes));
		lines_close(l);
		l = open_plain(in);
	}
	/* The same again, whatever is found out: no second note of it. */
	if (in->kept)
		in->encoding = in->found_encoding = mem_copy(bytes_encoding(l->bytes));
	if (!in->kept || !read_beginning(in, l, in->beginning)) {
		in->kept = false;
		in->lines = l;
		return;
	}
	if (in->mended)
		watch_mended(in);
	else if (!in->dry_run) {
		key_enqueued(in->ctl->conf.prefix, in->campaign, in->beginning, in->position_key);
		key_enqueued(in->ctl->conf.prefix, in->campaign, "", in->known_key);
		reply_free(ask_words(in->ctl, "WATCH", in->position_key));
		hash_read(in->ctl, in->position_key, &known);
		if (known.wrong_type)
			ctl_fail(error_pick("%s is not a hash", "%s n'est pas un hash"), in->position_key);
		if (!in->again)
			in->skip = find_among(in, l, &known);
		hash_done(&known);
	}
	if (!in->mended && in->rejects_path != NULL) {
		snprintf(in->origin, ORIGIN_SIZE, "%.12s", in->beginning);
		mended_find(in);
	}
	lines_close(l);
	in->lines = open_plain(in);
}

/* --- pushing --------------------------------------------------------------------------------- */

static void send(struct intake *in, struct redis_args *a)
{
	ask_send(in->ctl, a);
	args_done(a);
	in->replies++;
}

#define send_words(in, ...) send_list(in, (const char *const[]){ __VA_ARGS__, NULL })
static void send_list(struct intake *in, const char *const *words)
{
	struct redis_args a;

	args_init(&a);
	for (; *words != NULL; words++)
		args_add(&a, *words);
	send(in, &a);
}

_Noreturn static void taken_over(const struct intake *in)
{
	ctl_fail(
	    error_pick(
		"%s: somebody else is queueing this file, or an interrupted run was ending just now: nothing of these lines was queued here; run it again, and it goes on where that one ended",
		"%s: quelqu'un d'autre met ce fichier en file, ou une exécution interrompue vient de finir : aucune de ces lignes n'a été mise en file ici ; recommencer, et la lecture reprendra là où l'autre a fini"),
	    in->lines->name);
}

/* Redis does not undo what else was in a transaction of which one command failed: do not leave
 * a place behind whose jobs were not queued. */
_Noreturn static void not_queued(struct intake *in, const char *why)
{
	struct redis_args a;

	if (in->mended) {
		in->put_sent = in->put_last;
		mended_take(in, "SREM", &a);
		reply_free(ask_any(in->ctl, &a));
		args_done(&a);
	} else if (in->kept) {
		reply_free(ask_any_words(in->ctl, "HDEL", in->position_key, in->place));
		if (in->place_before[0] != '\0')
			reply_free(ask_any_words(in->ctl, "HSET", in->position_key, in->place_before,
			                         in->line_before));
	}
	ctl_fail(error_pick("%s:%zu: Redis takes no more jobs: %s",
	                    "%s:%zu: Redis ne prend plus de tâches : %s"),
	         in->lines->name, in->lines->number, why);
}

static void take_replies(struct intake *in)
{
	char why[200] = "";

	for (; in->replies > 0; in->replies--) {
		struct redis_reply *reply = ask_next_any(in->ctl);

		/* Before EXEC it is one that was not taken into the transaction, which then does nothing. */
		if (reply_is_error(reply))
			ctl_fail(error_pick("%s:%zu: Redis takes no more jobs: %s",
			                    "%s:%zu: Redis ne prend plus de tâches : %s"),
			         in->lines->name, in->lines->number, reply_text(reply, NULL));
		/* Of EXEC, or of HEXISTS behind the WATCH: the place was moved. */
		if (reply_is_nil(reply) || /* of EXEC */
		    (in->kept && in->replies == 1 &&
		     reply_int(reply, 0) != (in->mended ? (int64_t)in->known_count : 1)))
			taken_over(in);
		for (size_t i = 0; i < reply_count(reply); i++)
			if (reply_is_error(reply_at(reply, i)))
				snprintf(why, sizeof(why), "%s", reply_text(reply_at(reply, i), NULL));
		reply_free(reply);
	}
	if (why[0] != '\0')
		not_queued(in, why);
}

void push_start(struct intake *in)
{
	args_reset(&in->push);
	args_add(&in->push, "RPUSH");
	args_add(&in->push, in->queue);
	in->push_bytes = 0;
}

/* The lines that go in mended, in the transaction that is being sent. */
static void send_mended(struct intake *in)
{
	struct redis_args a;

	if (in->again)
		send_words(in, "DEL", in->position_key);
	in->again = false;
	in->put_last = in->put_sent;
	in->known_count += mended_take(in, "SADD", &a);
	send(in, &a);
	send_words(in, "EXPIRE", in->position_key, PLACE_KEPT_S);
	send_words(in, "SADD", in->known_key, strrchr(in->position_key, ':') + 1);
	send_words(in, "EXPIRE", in->known_key, PLACE_KEPT_S);
}

/* The place after the line at hand, in the transaction that is being sent. */
static void send_place(struct intake *in)
{
	char value[sizeof(in->line)], print[SHA256_HEX_SIZE];

	lines_print(in->lines, print);
	snprintf(value, sizeof(value), "%zu", in->lines->number + in->lines->breaks);
	if (in->again)
		send_words(in, "DEL", in->position_key);
	else if (in->place[0] != '\0' && strcmp(in->place, print) != 0)
		send_words(in, "HDEL", in->position_key, in->place);
	in->again = false;
	send_words(in, "HSET", in->position_key, print, value);
	send_words(in, "EXPIRE", in->position_key, PLACE_KEPT_S);
	/* So that the campaign's end finds it. */
	send_words(in, "SADD", in->known_key, strrchr(in->position_key, ':') + 1);
	send_words(in, "EXPIRE", in->known_key, PLACE_KEPT_S);
	memcpy(in->place_before, in->place, sizeof(print));
	memcpy(in->line_before, in->line, sizeof(value));
	memcpy(in->place, print, sizeof(print));
	memcpy(in->line, value, sizeof(value));
}

static void push_send(struct intake *in)
{
	take_replies(in);
	send_words(in, "MULTI");
	if (in->push.count > 2) {
		ask_send(in->ctl, &in->push);
		in->replies++;
	}
	batch_send_note(in, send);
	if (!in->kept)
		send_words(in, "EXEC");
	if (in->kept) {
		if (in->mended)
			send_mended(in);
		else
			send_place(in);
		send_words(in, "EXEC");
		send_words(in, "WATCH", in->position_key);
		if (in->mended)
			send_words(in, "SCARD", in->position_key);
		else
			send_words(in, "HEXISTS", in->position_key, in->place);
	}
	push_start(in);
}

void push_job(struct intake *in)
{
	args_own(&in->push, mem_copy_len(in->text, in->text_len), in->text_len);
	batch_add(in);
	in->push_bytes += in->text_len;
	in->pushed++;
	if (in->mended)
		mended_add(in);
	if (in->push.count >= 2 + PUSH_JOBS || in->push_bytes >= PUSH_BYTES)
		push_send(in);
}

void push_end(struct intake *in)
{
	/* Where nothing was queued nothing is kept: the file may come again with another --map. */
	if (in->push.count > 2 || batch_is_new(in) || (in->kept && in->place[0] != '\0'))
		push_send(in);
	take_replies(in);
	if (in->kept)
		reply_free(ask_words(in->ctl, "UNWATCH"));
}
