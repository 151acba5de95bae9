/* ready_entry.c - what may go out of a batch, as the commit function takes it: attempts and
 * ready entries. */
#include "daemon/commit/ready_entry.h"

#include "core/proof/mac.h"
#include "daemon/commit/batch.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/msgpack.h"
#include "layout.h"

#include <assert.h>
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

char *released_slot(char *at, const struct batch_job *s)
{
	return put_int(put(put(at, s->dec.phone.e164), "/"), s->dec.slot_ms);
}

/* The longest first line of an entry, its tail aside: ids, a number, a place, a proof, numbers. */
#define HEAD_MAX (2 * JOB_ID_MAX + PLACE_NAME_SIZE + 256 + 4 * ID_MAX + 480 + MAC_TEXT)

/* Room for the entries of what is released. */
static char *scratch_for(struct batch *batch)
{
	struct daemon *d = batch->d;
	size_t size = 1;
	EACH(batch, s, GROUP_RELEASE) size += HEAD_MAX + batch->run->tail_len + s->form.len;
	if (d->scratch_size < size) {
		free(d->scratch);
		d->scratch_size = size;
		d->scratch = mem_zero(d->scratch_size);
	}
	return d->scratch;
}

/* The withdrawal in a registry value that the release knows of; nothing if there is none.
 * licet_take compares it, so that no clock decides which came first. */
static char *put_withdrawal(char *at, const struct batch_job *s)
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
	return mempcpy(at, from, n);
}

/* The tab behind a field of a ready entry: that field, and no other, comes now. */
static const char *field(size_t *n, enum entry_layout which)
{
	assert(*n == (size_t)which);
	(*n)++;
	return "\t";
}

/* The code by which the call is known to be ours. */
static char *put_mac(char *at, const struct batch *batch, const struct batch_job *s)
{
	char attempt[24], released[24];
	*put_int(attempt, s->form.attempt) = '\0';
	*put_int(released, batch->now_ms) = '\0';
	const struct mac_call call = { batch->run->id, s->job.id, s->dec.phone.e164,
		                       attempt,        released,  batch->run->made_by };
	mac_of_call(batch->d->mac_key, &call, at);
	return at + MAC_TEXT - 1;
}

uint64_t ready_token(struct daemon *d)
{
	return ++d->token_count;
}

/* A ready entry: its first line, as layout.def has the fields, and the job. */
static char *add_entry(struct batch *batch, struct redis_args *a, const struct batch_job *s,
                       const char *place, char *text)
{
	struct daemon *d = batch->d;
	size_t n = 0;
	char *at = put(put_int(put(text, d->token_epoch), (int64_t)ready_token(d)), field(&n, ENTRY_TOKEN));
	at = put(put(at, batch->run->id), field(&n, ENTRY_CAMPAIGN));
	at = put(put(at, s->job.id), field(&n, ENTRY_ID));
	at = put(put(at, s->dec.phone.e164), field(&n, ENTRY_TO));
	at = put(put(at, s->job.person != NULL ? s->job.person : ""), field(&n, ENTRY_PERSON));
	at = put(put_int(at, s->form.attempt), field(&n, ENTRY_ATTEMPT));
	at = put(put_int(at, batch->now_ms), field(&n, ENTRY_RELEASED));
	at = put(put_int(at, s->dec.not_after_ms), field(&n, ENTRY_NOT_AFTER));
	at = put(put(at, place), field(&n, ENTRY_PLACE));
	at = put(put(at, batch->run->sit.c.advertiser), field(&n, ENTRY_ADVERTISER));
	at =
	    put(put_int(at, s->job.vars_len > 0 ? (int64_t)s->job.vars_at + 1 : 0), field(&n, ENTRY_VARS_AT));
	at = put(put_int(at, (int64_t)s->job.vars_len), field(&n, ENTRY_VARS_LEN));
	at = put(put_int(at, s->dec.view->date_last), field(&n, ENTRY_DAY));
	at = put(put_int(at, s->dec.close_ms), field(&n, ENTRY_CLOSE));
	at = put(put_int(at, s->dec.cap_count), field(&n, ENTRY_CAP));
	at = put(put(at, s->dec.proof != NULL ? s->dec.proof : ""), field(&n, ENTRY_PROOF));
	if (s->dec.slot_ms != TIME_NONE)
		at = released_slot(at, s);
	at = put(at, field(&n, ENTRY_SLOT));
	/* The tail has the lists and the facts, each with its tab. */
	assert(n == ENTRY_LISTS && ENTRY_FACTS == ENTRY_LISTS + 1 && ENTRY_WITHDRAWN == ENTRY_FACTS + 1);
	at = mempcpy(at, batch->run->tail, batch->run->tail_len);
	n = ENTRY_WITHDRAWN;
	if (batch->facts)
		at = put_withdrawal(at, s);
	at = put(at, field(&n, ENTRY_WITHDRAWN));
	at = put(put_int(at, s->dec.opens_ms), field(&n, ENTRY_OPENS));
	at = put(put(at, batch->run->made_by), field(&n, ENTRY_MADE));
	if (d->mac_key != NULL)
		at = put_mac(at, batch, s);
	at = put(at, field(&n, ENTRY_MAC));
	at = put(put_int(at, batch->run->sit.c.gap_days), field(&n, ENTRY_GAP));
	*at++ = '\n';
	at = mempcpy(at, s->form.json, s->form.len);
	args_add_len(a, text, (size_t)(at - text));
	return at;
}

/* For how many days an attempt is of use. */
static int kept_days(const struct batch *batch, const struct batch_job *s)
{
	int days = batch->run->sit.c.gap_days > 1 ? batch->run->sit.c.gap_days : 1;
	for (size_t i = 0; i < s->dec.view->law.regime_count; i++)
		if (s->dec.view->law.regimes[i]->cap.days > days)
			days = s->dec.view->law.regimes[i]->cap.days;
	return days;
}

static void pack_days(struct pack *p, const uint8_t *value, size_t len)
{
	char packed[ATTEMPTS_BYTES_MAX];
	size_t n = attempts_pack(value, len, packed);
	pack_bytes(p, packed, n);
}

/* The attempts of a number or person with this one. */
static void pack_attempts(struct pack *p, const struct batch *batch, const struct batch_job *s,
                          const uint8_t *value, size_t len)
{
	uint8_t next[ATTEMPTS_BYTES_MAX];
	size_t n = attempts_add(value, len, s->dec.view->date_last, kept_days(batch, s), next);
	pack_days(p, next, n);
}

/* Where the attempts of the numbers and then of the persons of r are kept: fields, then marks. */
static void add_places(struct batch *batch, struct redis_args *a, size_t r, size_t persons)
{
	struct attempts_slot *slots = mem_zero((r + persons + 1) * sizeof(*slots));
	struct pack p = { 0 };
	size_t n = 0;
	EACH(batch, s, GROUP_RELEASE) attempts_slot_of_number(s->dec.phone.e164, &slots[n++]);
	EACH(batch, s, GROUP_RELEASE)
	if (s->job.person != NULL)
		attempts_slot_of_person(s->job.person, &slots[n++]);
	pack_array(&p, 2 * n);
	for (size_t i = 0; i < n; i++)
		pack_bytes(&p, slots[i].field, sizeof(slots[i].field) - 1);
	for (size_t i = 0; i < n; i++)
		pack_bytes(&p, slots[i].mark, ATTEMPTS_MARK);
	args_add_pack(a, &p);
	free(slots);
}

void released_add_history(struct batch *batch, struct redis_args *a, size_t persons)
{
	size_t r = batch_group_count(batch, GROUP_RELEASE);
	struct pack known = { 0 }, new = { 0 };
	add_places(batch, a, r, persons);
	/* Where nobody has a history, one value serves all. */
	pack_array(&known, batch->facts ? r + persons : 0);
	pack_array(&new, batch->facts || r == 0 ? r + persons : 1);
	EACH(batch, s, GROUP_RELEASE)
	{
		pack_attempts(&new, batch, s, s->attempts, s->attempts_len);
		if (!batch->facts)
			break;
		pack_days(&known, s->attempts, s->attempts_len);
	}
	EACH(batch, s, GROUP_RELEASE)
	if (batch->facts && s->job.person != NULL) {
		pack_attempts(&new, batch, s, s->person, s->person_len);
		pack_days(&known, s->person, s->person_len);
	}
	args_add_pack(a, &known);
	args_add_pack(a, &new);
}

void released_add_entries(struct batch *batch, struct redis_args *a)
{
	char place[PLACE_NAME_SIZE], *text = scratch_for(batch);
	uint32_t named = 0;
	EACH(batch, s, GROUP_RELEASE)
	{
		if (s->dec.place != named)
			place_name(batch->d->rb, s->dec.place, place);
		named = s->dec.place;
		text = add_entry(batch, a, s, place, text);
	}
}
