/* writer.c - the thread that writes the decision log; see writer.h. */
#include "daemon/proof/writer.h"

#include "core/proof/line.h"
#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/proof/entries.h"
#include "io/proof/store.h"
#include "io/redis/keys.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define RETRY_MS 1000
#define FUTURE_MS 600000 /* how far a line may be ahead of the clock */

struct batch_of_lines {
	struct batch_of_lines *next;
	char *lines;
	size_t len;
	uint64_t number;
	bool turn_key;     /* no lines: sign with the next key from here on */
	writer_work *work; /* no lines: something else that is done with the store; NULL: nothing */
	void *arg;
};

struct writer {
	struct writer_want want;
	struct event *told;
	int fd; /* eventfd: the state changed */
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t wake;
	struct batch_of_lines *first, **end;
	size_t backlog;
	bool ending;
	struct writer_state state;
	/* the thread's own */
	struct store *store;
	int64_t sealed_at_ms; /* monotonic */
};

/* --- the folder ----------------------------------------------------------------------------- */

/* Is the log one of these keys, and was it written in the past? Lines tell, whatever their folder is called. */
static bool fits(struct writer *w, char *err, size_t err_size)
{
	int folder = open(w->want.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct entries e;
	const char *line;
	size_t len;
	char prefix[80];
	bool good = true;
	uint64_t size = store_size(w->store);
	entries_open(&e, folder, 0, 0);
	if (size > 0 && entries_next(&e, &line, &len) &&
	    line_text_of(line, len, "prefix", prefix, sizeof(prefix)) >= 0 &&
	    strcmp(prefix, w->want.prefix) != 0) {
		snprintf(err, err_size, "%s is the log of the keys %s*, not of %s*", w->want.dir, prefix,
		         w->want.prefix);
		good = false;
	}
	entries_close(&e);
	entries_open(&e, folder, size > 0 ? size - 1 : 0, 0);
	if (good && size > 0 && entries_next(&e, &line, &len)) {
		int64_t ahead_ms = line_number(line, len, "at_ms", 0) - clock_wall_ms();
		good = ahead_ms < FUTURE_MS || prefix_is_simulated(w->want.prefix);
		if (!good)
			snprintf(err, err_size,
			         "%s: its last line is %" PRId64
			         " s ahead of this clock: the clock or the log is wrong",
			         w->want.dir, ahead_ms / 1000);
	}
	entries_close(&e);
	close(folder);
	return good;
}

/* Returns false with one line in err; *ret_lasting: trying again mends nothing. */
static bool open_store(struct writer *w, bool *ret_lasting, char *err, size_t err_size)
{
	uint64_t mended = 0;
	w->store =
	    store_open(w->want.dir, w->want.keys, w->want.key_count, &mended, ret_lasting, err, err_size);
	if (w->store == NULL)
		return false;
	if (!fits(w, err, err_size)) {
		store_close(w->store);
		w->store = NULL;
		*ret_lasting = true;
		return false;
	}
	if (mended > 0)
		log_event_of(LOG_LEVEL_WARN, "log-mended", w->want.space,
		             "dir=\"%s\" bytes=%" PRIu64
		             " action=\"a torn line at its end was cut off; it is read again\"",
		             w->want.dir, mended);
	w->sealed_at_ms = clock_monotonic_ms();
	return true;
}

/* --- the thread's work ---------------------------------------------------------------------------- */

static void tell(struct writer *w)
{
	uint64_t one = 1;
	if (write(w->fd, &one, sizeof(one)) < 0)
		return; /* it is full: the loop is told already */
}

/* Under the lock. */
static void note_store(struct writer *w)
{
	w->state.open = w->store != NULL;
	if (w->store == NULL)
		return;
	w->state.size = store_size(w->store);
	w->state.sealed = store_sealed(w->store);
	w->state.key = *store_key(w->store);
	w->state.why[0] = '\0';
}

static void drop(struct writer *w, struct batch_of_lines *b)
{
	while (b != NULL) {
		struct batch_of_lines *next = b->next;
		w->backlog -= b->len;
		free(b->lines);
		free(b);
		b = next;
	}
}

static void fail(struct writer *w, struct batch_of_lines *batches, const char *why)
{
	store_close(w->store);
	w->store = NULL;
	pthread_mutex_lock(&w->lock);
	drop(w, batches);
	drop(w, w->first);
	w->first = NULL;
	w->end = &w->first;
	if (strcmp(w->state.why, why) != 0)
		log_event_of(LOG_LEVEL_ERROR, "log-unwritable", w->want.space,
		             "error=\"%s\" action=\"nothing is released until it can be written\"", why);
	snprintf(w->state.why, sizeof(w->state.why), "%s", why);
	w->state.open = false;
	pthread_mutex_unlock(&w->lock);
	tell(w);
}

static bool append(struct writer *w, const struct batch_of_lines *b, char *err, size_t err_size)
{
	const char *at = b->lines, *end = b->lines + b->len;
	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		if (!store_append(w->store, at, (size_t)(lf - at), err, err_size))
			return false;
		at = lf + 1;
	}
	return true;
}

static bool seal(struct writer *w, char *err, size_t err_size)
{
	if (!store_seal(w->store, err, err_size))
		return false;
	w->sealed_at_ms = clock_monotonic_ms();
	pthread_mutex_lock(&w->lock);
	w->state.sealed_ms = clock_wall_ms();
	pthread_mutex_unlock(&w->lock);
	return true;
}

/* From here on the next key signs, whose name stands in a sealed line. */
static bool turn_key(struct writer *w, char *err, size_t err_size)
{
	if (!seal(w, err, err_size))
		return false;
	store_sign_with(w->store, &w->want.keys[w->want.key_count - 1]);
	return true;
}

/* Erasing, which touches only what is sealed. */
static bool do_work(struct writer *w, const struct batch_of_lines *b, char *err, size_t err_size)
{
	return (store_size(w->store) == store_sealed(w->store) || seal(w, err, err_size)) &&
	       b->work(b->arg, w->store, err, err_size);
}

static bool write_batches(struct writer *w, const struct batch_of_lines *first, char *err, size_t err_size)
{
	bool good = true;
	for (const struct batch_of_lines *b = first; good && b != NULL; b = b->next)
		good = b->turn_key       ? turn_key(w, err, err_size)
		       : b->work != NULL ? do_work(w, b, err, err_size)
		                         : append(w, b, err, err_size);
	return good && store_sync(w->store, err, err_size);
}

static bool seal_is_due(const struct writer *w)
{
	return w->store != NULL && store_size(w->store) > store_sealed(w->store) &&
	       (w->ending || clock_monotonic_ms() - w->sealed_at_ms >= w->want.seal_s * INT64_C(1000));
}

static void wait_some(struct writer *w)
{
	struct timespec until;
	int64_t ms = w->store == NULL ? RETRY_MS : w->want.seal_s * INT64_C(1000);
	if (w->store != NULL && store_size(w->store) > store_sealed(w->store))
		ms = w->sealed_at_ms + ms - clock_monotonic_ms();
	if (ms < 1)
		return;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(&w->wake, &w->lock, &until);
}

/* Try the folder again; with the lock held, and left meanwhile. */
static void reopen(struct writer *w)
{
	char err[300];
	bool lasting;
	pthread_mutex_unlock(&w->lock);
	bool good = open_store(w, &lasting, err, sizeof(err));
	if (good)
		log_event_of(LOG_LEVEL_INFO, "log-open", w->want.space, "dir=\"%s\" size=%" PRIu64,
		             w->want.dir, store_size(w->store));
	pthread_mutex_lock(&w->lock);
	if (good) {
		/* Given before: it is given again. */
		drop(w, w->first);
		w->first = NULL;
		w->end = &w->first;
		w->state.opened++;
		note_store(w);
	} else {
		snprintf(w->state.why, sizeof(w->state.why), "%s", err);
	}
	tell(w);
}

static void *run(void *arg)
{
	struct writer *w = arg;
	char err[300];
	pthread_mutex_lock(&w->lock);
	for (;;) {
		if (w->first == NULL && !w->ending && !seal_is_due(w))
			wait_some(w);
		if (w->store == NULL && !w->ending)
			reopen(w);
		if (w->store == NULL && w->ending)
			break;
		if (w->store == NULL) {
			wait_some(w);
			continue;
		}
		struct batch_of_lines *batches = w->first;
		w->first = NULL;
		w->end = &w->first;
		bool last = w->ending && batches == NULL;
		pthread_mutex_unlock(&w->lock);
		bool good = (batches == NULL || write_batches(w, batches, err, sizeof(err))) &&
		            (!seal_is_due(w) || seal(w, err, sizeof(err)));
		if (!good)
			fail(w, batches, err);
		pthread_mutex_lock(&w->lock);
		if (good && batches != NULL)
			for (struct batch_of_lines *b = batches; b != NULL; b = b->next)
				w->state.done = b->number > w->state.done ? b->number : w->state.done;
		if (good)
			drop(w, batches);
		note_store(w);
		tell(w);
		if (last)
			break;
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* --- the loop's side ---------------------------------------------------------------------------------- */

static void on_told(evutil_socket_t fd, short what, void *arg)
{
	struct writer *w = arg;
	uint64_t ignored;
	if (read(fd, &ignored, sizeof(ignored)) == sizeof(ignored))
		w->want.on_change(w->want.arg);
}

/* All that it has; no thread runs. */
static void release(struct writer *w)
{
	store_close(w->store);
	drop(w, w->first);
	event_free(w->told);
	close(w->fd);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	explicit_bzero(&w->want, sizeof(w->want));
	free(w);
}

struct writer *writer_open(struct event_base *base, const struct writer_want *want, char *err,
                           size_t err_size)
{
	struct writer *w = mem_zero(sizeof(*w));
	pthread_condattr_t attr;
	sigset_t all, before;
	bool lasting = false;
	w->want = *want;
	w->end = &w->first;
	if (!open_store(w, &lasting, err, err_size) && lasting) {
		free(w);
		return NULL;
	}
	if (w->store == NULL) {
		log_event_of(LOG_LEVEL_ERROR, "log-unwritable", w->want.space,
		             "error=\"%s\" action=\"nothing is released until it can be written\"", err);
		snprintf(w->state.why, sizeof(w->state.why), "%s", err);
	}
	w->state.opened = w->store != NULL;
	note_store(w);
	w->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	w->told = event_new(base, w->fd, EV_READ | EV_PERSIST, on_told, w);
	event_add(w->told, NULL);
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->wake, &attr);
	pthread_condattr_destroy(&attr);
	/* Signals are the loop's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&w->thread, NULL, run, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed != 0) {
		snprintf(err, err_size, "no thread to write it: %s", strerror(failed));
		release(w);
		return NULL;
	}
	return w;
}

void writer_close(struct writer *w)
{
	if (w == NULL)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	release(w);
}

static void put(struct writer *w, const struct batch_of_lines *what)
{
	struct batch_of_lines *b = mem_alloc(sizeof(*b));
	*b = *what;
	pthread_mutex_lock(&w->lock);
	*w->end = b;
	w->end = &b->next;
	w->backlog += b->len;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
}

void writer_put(struct writer *w, char *lines, size_t len, uint64_t number)
{
	put(w, &(struct batch_of_lines){ .lines = lines, .len = len, .number = number });
}

void writer_turn_key(struct writer *w)
{
	put(w, &(struct batch_of_lines){ .turn_key = true });
}

void writer_call(struct writer *w, writer_work *work, void *arg, uint64_t number)
{
	put(w, &(struct batch_of_lines){ .work = work, .arg = arg, .number = number });
}

size_t writer_backlog(struct writer *w)
{
	pthread_mutex_lock(&w->lock);
	size_t backlog = w->backlog;
	pthread_mutex_unlock(&w->lock);
	return backlog;
}

void writer_state(struct writer *w, struct writer_state *ret)
{
	pthread_mutex_lock(&w->lock);
	*ret = w->state;
	pthread_mutex_unlock(&w->lock);
}
