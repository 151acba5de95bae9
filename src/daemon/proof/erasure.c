/* erasure.c - lines that leave the decision log; see erasure.h. */
#include "daemon/proof/erasure.h"

#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/health/refusal.h"
#include "daemon/proof/erase_scan.h"
#include "daemon/proof/lines.h"
#include "io/host/mem.h"
#include "io/proof/entries.h"
#include "io/proof/store.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RETRY_MS 60000
#define PACE_MS 2000  /* between two files that are looked at for their age */
#define MARGIN_DAYS 1 /* Redis lets go first: what it still has stands in the log */

struct file_age {
	int64_t looked_ms; /* by the daemon's clock; 0: not yet */
	int64_t oldest_ms[AGES];
};

struct erasure {
	enum { FREE, ASKING, SCANNING, ERASING, ANSWERING, ANSWER_SENT } step;
	int64_t requests; /* that Redis has, as far as is known */
	unsigned opened;  /* the writer's: of another one nothing comes any more */
	uint64_t waits;   /* the batch that ends this step */
	bool of_person;
	char id[40], by[ID_MAX + 24];
	uint64_t first; /* of the file that is looked at */
	int64_t lines;  /* erased for this request; -1: it failed */
	struct file_age *files;
	size_t file_count, file_capacity;
	int64_t next_ms,
	    retry_ms; /* monotonic: the next file by age; the next request after one that failed */
	/* the thread's, while it works */
	struct erase_want want;
	struct erase_found found;
	uint64_t sealed;
	char error[300];
};

/* --- the thread's part ---------------------------------------------------------------------------- */

static bool scan_work(void *arg, struct store *store, char *err, size_t err_size)
{
	struct erasure *e = arg;
	e->error[0] = '\0';
	e->sealed = store_sealed(store);
	/* A line that cannot be read is no reason to stop writing. */
	if (!erase_scan(store_folder(store), e->first, e->sealed, &e->want, &e->found, e->error,
	                sizeof(e->error)))
		e->found.count = 0;
	return true;
}

static bool erase_work(void *arg, struct store *store, char *err, size_t err_size)
{
	struct erasure *e = arg;
	return store_erase(store, e->found.indexes, e->found.count, err, err_size);
}

/* --- one file after the other ------------------------------------------------------------------------ */

static void end(struct erasure *e)
{
	erase_want_done(&e->want);
	free(e->found.indexes);
	e->found = (struct erase_found){ 0 };
	e->step = FREE;
}

static void call(struct tail *t, struct erasure *e, writer_work *work)
{
	e->opened = t->state.opened;
	e->waits = ++t->batch_number;
	writer_call(t->writer, work, e, e->waits);
}

static void scan(struct tail *t, struct erasure *e)
{
	free(e->found.indexes);
	e->found = (struct erase_found){ 0 };
	e->step = SCANNING;
	call(t, e, scan_work);
}

/* The entry that names them, and then themselves. */
static void put_entry(struct daemon *d, struct erasure *e)
{
	struct tail *t = d->tail;
	struct line out = { 0 }, ranges = { 0 };
	char range[64];
	for (size_t i = 0, n; i < e->found.count; i += n) {
		for (n = 1; i + n < e->found.count && e->found.indexes[i + n] == e->found.indexes[i] + n;)
			n++;
		int len = snprintf(range, sizeof(range), "%s[%" PRIu64 ",%" PRIu64 "]", i > 0 ? "," : "[",
		                   e->found.indexes[i], e->found.indexes[i + n - 1]);
		line_raw(&ranges, range, (size_t)len);
	}
	line_raw(&ranges, "]", 1);
	const struct line_field fields[] = {
		line_text("by", e->by),
		line_text("ground", e->of_person ? "subject" : "retention"),
		line_json("lines", &ranges),
	};
	lines_add(&out, d, "erase", fields, 3);
	lines_must_be_whole(&out);
	writer_put(t->writer, out.bytes, out.len, ++t->batch_number);
	line_done(&ranges);
	e->step = ERASING;
	call(t, e, erase_work);
}

static void note_age(const struct daemon *d, struct erasure *e)
{
	struct file_age *f = &e->files[e->first / ENTRIES_PER_FILE];
	f->looked_ms = turn_now(d);
	memcpy(f->oldest_ms, e->found.oldest_ms, sizeof(f->oldest_ms));
	/* What still comes into it is younger than now. */
	for (size_t i = 0; i < AGES && e->found.end < e->first + ENTRIES_PER_FILE; i++)
		if (f->oldest_ms[i] > f->looked_ms)
			f->oldest_ms[i] = f->looked_ms;
}

static void end_file(struct daemon *d, struct erasure *e)
{
	e->lines += (int64_t)e->found.count;
	if (!e->of_person) {
		note_age(d, e);
		if (e->found.count > 0)
			say_info(d, "log-erased", "ground=retention first=%" PRIu64 " lines=%zu", e->first,
			         e->found.count);
		end(e);
	} else if (e->found.end >= e->first + ENTRIES_PER_FILE && e->found.end < e->sealed) {
		e->first += ENTRIES_PER_FILE;
		scan(d->tail, e);
	} else {
		say_info(d, "log-erased", "ground=subject request=%s lines=%" PRId64, e->id, e->lines);
		e->step = ANSWERING;
	}
}

static void fail(struct daemon *d, struct erasure *e)
{
	say_error(d, "log-erasure", "error=\"%s\" action=\"nothing of that file is erased\"", e->error);
	e->retry_ms = clock_monotonic_ms() + RETRY_MS;
	e->lines = -1;
	if (e->of_person) {
		e->step = ANSWERING;
	} else {
		e->files[e->first / ENTRIES_PER_FILE].looked_ms = turn_now(d);
		end(e);
	}
}

/* What the writer was asked for is done, or lost. */
static void go_on(struct daemon *d, struct erasure *e)
{
	const struct tail *t = d->tail;
	if (!t->state.open || t->state.opened != e->opened)
		end(e);
	else if (t->state.done < e->waits)
		return;
	else if (e->step == ERASING)
		end_file(d, e);
	else if (e->error[0] != '\0')
		fail(d, e);
	else if (e->found.count > 0)
		put_entry(d, e);
	else
		end_file(d, e);
}

/* --- a person ------------------------------------------------------------------------------------------ */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_text(char ***list, size_t *count, size_t *capacity, char *text)
{
	*list = mem_grow(*list, capacity, *count, sizeof(**list));
	(*list)[(*count)++] = text;
}

/* Returns false if it is none. */
static bool read_request(struct erasure *e, const char *text)
{
	json_t *all = json_loads(text, 0, NULL), *campaigns = json_object_get(all, "campaigns"), *ids, *id;
	const char *number = json_string_value(json_object_get(all, "number")),
		   *by = json_string_value(json_object_get(all, "by")), *stream;
	size_t i, entries = 0, some = 0;
	e->want = (struct erase_want){ .some_campaigns = json_is_array(campaigns) };
	for (i = 0; i < AGES; i++)
		e->want.before_ms[i] = INT64_MIN;
	snprintf(e->want.number, sizeof(e->want.number), "%s", number != NULL ? number : "");
	snprintf(e->by, sizeof(e->by), "%s", by != NULL ? by : "");
	json_object_foreach(json_object_get(all, "entries"), stream, ids)
	{
		json_array_foreach(ids, i, id)
		{
			add_text(&e->want.entries, &e->want.entry_count, &entries,
			         mem_format("%s %s", stream,
			                    json_is_string(id) ? json_string_value(id) : ""));
		}
	}
	json_array_foreach(campaigns, i, id)
	{
		if (json_is_string(id))
			add_text(&e->want.campaigns, &e->want.campaign_count, &some,
			         mem_copy(json_string_value(id)));
	}
	json_decref(all);
	if (e->want.entry_count > 0)
		qsort(e->want.entries, e->want.entry_count, sizeof(char *), by_text);
	if (e->want.campaign_count > 0)
		qsort(e->want.campaigns, e->want.campaign_count, sizeof(char *), by_text);
	return e->want.number[0] == '+' && *e->by != '\0';
}

static void on_request(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct erasure *e = d->tail->erasure;
	const char *id = reply_text(reply_at(reply, 0), NULL), *text = reply_text(reply_at(reply, 1), NULL);
	e->step = FREE;
	if (refused(d, reply, "licet_log_next"))
		return;
	e->requests = 0; /* until the next asking */
	if (id == NULL || text == NULL)
		return;
	snprintf(e->id, sizeof(e->id), "%s", id);
	e->of_person = true;
	e->lines = 0;
	e->first = 0;
	if (!read_request(e, text)) {
		snprintf(e->error, sizeof(e->error), "the request %s cannot be read", e->id);
		fail(d, e);
	} else if (d->tail->state.size == 0) {
		e->step = ANSWERING; /* no log yet */
	} else {
		scan(d->tail, e);
	}
}

static void ask(struct daemon *d, struct erasure *e)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_fcall(&a, "licet_log_next", key_global(d->conf.prefix, "log", key));
	args_add(&a, d->conf.instance);
	if (redis_link_call(d->link, &a, 0, on_request, d))
		e->step = ASKING;
	args_done(&a);
}

static void on_answered(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct erasure *e = d->tail->erasure;
	if (refused(d, reply, "licet_log_erased")) {
		e->step = ANSWERING; /* again */
		return;
	}
	end(e);
	e->requests = 1; /* perhaps: it is asked at once */
}

static void answer(struct daemon *d, struct erasure *e)
{
	char key[KEY_SIZE];
	struct redis_args a;
	if (!redis_link_is_up(d->link) || !d->library_ok)
		return;
	args_fcall(&a, "licet_log_erased", key_global(d->conf.prefix, "log", key));
	args_add(&a, d->conf.instance);
	args_add(&a, e->id);
	args_add_int(&a, e->lines);
	if (redis_link_call(d->link, &a, 0, on_answered, d))
		e->step = ANSWER_SENT;
	args_done(&a);
}

/* --- by age ---------------------------------------------------------------------------------------------- */

static void set_ages(const struct daemon *d, int64_t before_ms[AGES])
{
	const int days[AGES] = { [AGE_DONE] = d->conf.keep_done_days,
		                 [AGE_REFUSED] = d->conf.keep_refused_days,
		                 [AGE_INVALID] = d->conf.keep_invalid_days,
		                 [AGE_CONSENT] = d->rb->proof_days };
	for (size_t i = 0; i < AGES; i++)
		before_ms[i] = days[i] > 0 ? turn_now(d) - (days[i] + MARGIN_DAYS) * DAY_MS : INT64_MIN;
}

static bool is_due(const struct file_age *f, const int64_t before_ms[AGES], int64_t now_ms)
{
	bool due = f->looked_ms == 0;
	/* A file is written anew once a day at most. */
	for (size_t i = 0; i < AGES && now_ms - f->looked_ms >= DAY_MS; i++)
		due = due || f->oldest_ms[i] < before_ms[i];
	return due;
}

static size_t files_of(const struct daemon *d)
{
	return (size_t)((d->tail->state.sealed + ENTRIES_PER_FILE - 1) / ENTRIES_PER_FILE);
}

bool erasure_ages_are_due(const struct daemon *d)
{
	const struct erasure *e = d->tail->erasure;
	int64_t before_ms[AGES];
	bool due = !d->tail->state.open || e->file_count < files_of(d);
	set_ages(d, before_ms);
	for (size_t i = 0; i < e->file_count && !due; i++)
		due = is_due(&e->files[i], before_ms, turn_now(d));
	return due;
}

/* A file that may have what was kept long enough. */
static void look_at_ages(struct daemon *d, struct erasure *e)
{
	size_t count = files_of(d);
	int64_t before_ms[AGES];
	while (e->file_count < count) {
		e->files = mem_grow(e->files, &e->file_capacity, e->file_count, sizeof(*e->files));
		e->files[e->file_count++] = (struct file_age){ 0 };
	}
	set_ages(d, before_ms);
	for (size_t i = 0; i < count; i++) {
		if (!is_due(&e->files[i], before_ms, turn_now(d)))
			continue;
		e->of_person = false;
		e->lines = 0;
		e->first = (uint64_t)i * ENTRIES_PER_FILE;
		memcpy(e->want.before_ms, before_ms, sizeof(before_ms));
		snprintf(e->by, sizeof(e->by), "licetd %s", d->conf.instance);
		scan(d->tail, e);
		return;
	}
}

/* --- turns -------------------------------------------------------------------------------------------------- */

struct erasure *erasure_new(void)
{
	return mem_zero(sizeof(struct erasure));
}

void erasure_free(struct erasure *e)
{
	if (e == NULL)
		return;
	end(e);
	free(e->files);
	free(e);
}

void erasure_asked(struct daemon *d, int64_t count)
{
	d->tail->erasure->requests = count;
	if (count > 0)
		erasure_turn(d);
}

bool erasure_is_idle(const struct daemon *d)
{
	return d->tail->erasure->step == FREE && d->tail->erasure->requests == 0;
}

void erasure_turn(struct daemon *d)
{
	struct erasure *e = d->tail->erasure;
	int64_t now_ms = clock_monotonic_ms();
	if (e->step == SCANNING || e->step == ERASING)
		go_on(d, e);
	if (e->step == ANSWERING)
		answer(d, e);
	if (e->step != FREE || !d->tail->state.open || d->draining)
		return;
	if (e->requests > 0 && now_ms >= e->retry_ms && redis_link_is_up(d->link) && d->library_ok) {
		ask(d, e);
	} else if (now_ms >= e->next_ms && d->rb != NULL) {
		e->next_ms = now_ms + PACE_MS;
		look_at_ages(d, e);
	}
}
