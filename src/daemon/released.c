/* released.c - what may go out of a batch, as the commit function takes it: numbers, marks,
 * ready entries, attempts. */
#include "daemon/batch.h"
#include "io/mem.h"

#include <stdlib.h>
#include <string.h>

/* Text made for one call, in one block that is used again by the next. */
static char *put(char *at, const char *text)
{
	return stpcpy(at, text);
}

static char *put_int(char *at, int64_t value)
{
	char digits[24];
	size_t n = 0;
	uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	if (value < 0)
		*at++ = '-';
	do
		digits[n++] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	while (n > 0)
		*at++ = digits[--n];
	return at;
}

char *released_slot(char *at, const struct slot *s)
{
	return put_int(put(put(at, s->dec.phone.e164), "/"), s->dec.slot_ms);
}

/* The longest first line of an entry, its tail aside: ids, a number, a place, a proof,
 * numbers; the mark of an id, and where attempts are kept. */
#define HEAD_MAX \
	(3 * JOB_ID_MAX + PLACE_NAME_SIZE + 256 + 4 * ID_MAX + 416 + 2 * sizeof(struct attempts_slot))

/* Room for the entries, marks and fields of what is released. */
static char *scratch_for(struct item *item)
{
	struct daemon *d = item->d;
	size_t size = 1;
	EACH(item, s, GROUP_RELEASE) size += HEAD_MAX + item->run->tail_len + s->form.len;
	if (d->scratch_size < size) {
		free(d->scratch);
		d->scratch_size = size;
		d->scratch = mem_zero(d->scratch_size);
	}
	return d->scratch;
}

/* The withdrawal in a registry value that the release knows of; nothing if there is none.
 * licet_take compares it, so that no clock decides which came first. */
static char *put_withdrawal(char *at, const struct slot *s)
{
	static const char name[] = "\"withdrawn_received_ms\":";
	const char *end = s->registry != NULL ? s->registry + s->registry_len : NULL,
		   *from = end != NULL ? memmem(s->registry, s->registry_len, name, sizeof(name) - 1) : NULL;
	if (from == NULL)
		return at;
	size_t n = 0;
	from += sizeof(name) - 1;
	while (from + n < end && n < 20 && from[n] >= '0' && from[n] <= '9')
		n++;
	if (n == 0)
		return at;
	return put(mempcpy(at, from, n), "\t");
}

/* A ready entry: its first line, as 00_common.lua names the fields, and the job. */
static char *add_entry(struct item *item, struct redis_args *a, const struct slot *s, const char *place,
                       char *text)
{
	struct daemon *d = item->d;
	const int64_t numbers[] = { s->form.attempt, item->now_ms, s->dec.not_after_ms };
	char *at = put(put_int(put(text, d->token_epoch), (int64_t)++d->token_count), "\t");
	at = put(put(at, item->run->id), "\t");
	at = put(put(at, s->job.id), "\t");
	at = put(put(at, s->dec.phone.e164), "\t");
	at = put(put(at, s->job.person != NULL ? s->job.person : ""), "\t");
	for (size_t i = 0; i < 3; i++)
		at = put(put_int(at, numbers[i]), "\t");
	at = put(put(at, place), "\t");
	at = put(put(at, item->run->c.advertiser), "\t");
	at = put(put_int(at, s->job.vars_len > 0 ? (int64_t)s->job.vars_at + 1 : 0), "\t");
	at = put(put_int(at, (int64_t)s->job.vars_len), "\t");
	at = put(put_int(at, s->dec.view->date_last), "\t");
	at = put(put_int(at, s->dec.close_ms), "\t");
	at = put(put_int(at, s->dec.cap_count), "\t");
	at = put(put(at, s->dec.proof != NULL ? s->dec.proof : ""), "\t");
	if (s->dec.slot_ms != TIME_NONE)
		at = released_slot(at, s);
	at = put(at, "\t");
	at = mempcpy(at, item->run->tail, item->run->tail_len);
	if (item->facts)
		at = put_withdrawal(at, s);
	*at++ = '\n';
	at = mempcpy(at, s->form.json, s->form.len);
	args_add_len(a, text, (size_t)(at - text));
	return at;
}

static char *add_mark(struct redis_args *a, const char *kind, const char *id, char *text)
{
	char *at = put(put(text, kind), id);
	args_add_len(a, text, (size_t)(at - text));
	return at;
}

static int cap_days(const struct slot *s)
{
	int days = 1;
	for (size_t i = 0; i < s->dec.view->law.regime_count; i++)
		if (s->dec.view->law.regimes[i]->cap.days > days)
			days = s->dec.view->law.regimes[i]->cap.days;
	return days;
}

static void add_copy(struct redis_args *a, const char *bytes, size_t len)
{
	args_own(a, mem_copy_len(bytes, len), len);
}

static void add_packed(struct redis_args *a, const uint8_t *value, size_t len)
{
	char packed[ATTEMPTS_BYTES_MAX];
	size_t n = attempts_pack(value, len, packed);
	add_copy(a, packed, n);
}

/* The attempts of a number or person with this one. */
static void add_attempts(struct redis_args *a, const struct slot *s, const uint8_t *value, size_t len)
{
	uint8_t next[ATTEMPTS_BYTES_MAX];
	size_t n = attempts_add(value, len, s->dec.view->date_last, cap_days(s), next);
	add_packed(a, next, n);
}

/* Where the attempts of the numbers and then of the persons of r are kept, what they are
 * and what they become. */
static void add_history(struct item *item, struct redis_args *a, char *text)
{
	struct attempts_slot *slots = mem_zero((2 * item->n + 1) * sizeof(*slots));
	size_t n = 0;
	EACH(item, s, GROUP_RELEASE) attempts_slot_of_number(s->dec.phone.e164, &slots[n++]);
	EACH(item, s, GROUP_RELEASE)
	if (s->job.person != NULL)
		attempts_slot_of_person(s->job.person, &slots[n++]);
	for (size_t i = 0; i < n; i++, text += sizeof(slots->field)) {
		memcpy(text, slots[i].field, sizeof(slots->field));
		args_add_len(a, text, sizeof(slots->field) - 1);
	}
	for (size_t i = 0; i < n; i++)
		memcpy(text + i * ATTEMPTS_MARK, slots[i].mark, ATTEMPTS_MARK);
	args_add_len(a, text, n * ATTEMPTS_MARK);
	free(slots);
	if (item->facts) {
		EACH(item, s, GROUP_RELEASE) add_packed(a, s->attempts, s->attempts_len);
		EACH(item, s, GROUP_RELEASE)
		if (s->job.person != NULL)
			add_packed(a, s->person, s->person_len);
	}
	EACH(item, s, GROUP_RELEASE)
	{
		add_attempts(a, s, s->attempts, s->attempts_len);
		if (!item->facts)
			return; /* nobody has a history: one value serves all */
	}
	EACH(item, s, GROUP_RELEASE)
	if (s->job.person != NULL)
		add_attempts(a, s, s->person, s->person_len);
}

void released_add(struct item *item, struct redis_args *a, bool persons)
{
	char place[PLACE_NAME_SIZE], *text = scratch_for(item);
	uint32_t named = 0;
	EACH(item, s, GROUP_RELEASE) args_add(a, s->dec.phone.e164);
	EACH(item, s, GROUP_RELEASE) text = add_mark(a, "i:", s->job.id, text);
	EACH(item, s, GROUP_RELEASE)
	{
		if (persons && s->job.person != NULL)
			text = add_mark(a, "p:", s->job.person, text);
		else if (persons)
			args_add(a, "");
	}
	EACH(item, s, GROUP_RELEASE)
	{
		if (s->dec.place != named)
			place_name(item->d->rb, s->dec.place, place);
		named = s->dec.place;
		text = add_entry(item, a, s, place, text);
	}
	add_history(item, a, text);
}
