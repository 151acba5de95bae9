/* erase_scan.c - which lines are to leave the decision log; see erase_scan.h. */
#include "daemon/proof/erase_scan.h"

#include "core/proof/line.h"
#include "io/host/mem.h"
#include "io/proof/entries.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ID_SIZE 48

void erase_want_done(struct erase_want *want)
{
	for (size_t i = 0; i < want->entry_count; i++)
		free(want->entries[i]);
	for (size_t i = 0; i < want->campaign_count; i++)
		free(want->campaigns[i]);
	free(want->entries);
	free(want->campaigns);
	*want = (struct erase_want){ 0 };
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_among(char *const *list, size_t count, const char *text)
{
	return count > 0 && bsearch(&text, list, count, sizeof(*list), by_text) != NULL;
}

static bool ends_in(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);
	return len >= n && strcmp(text + len - n, end) == 0;
}

/* What a line is of, and where its entry stands. Returns false for what stays whatever its age: oppositions and
 * withdrawals, which must be honoured; law, lists and definitions; what the log says of itself. */
static bool class_of(const char *line, size_t len, char stream[KEY_SIZE], char id[ID_SIZE],
                     enum erase_age *ret, int64_t *ret_ms)
{
	char kind[24], what[24];
	size_t n;
	if (line_text_of(line, len, "kind", kind, sizeof(kind)) < 1)
		return false;
	*ret_ms = line_number(line, len, "at_ms", INT64_MAX);
	*ret = AGE_DONE;
	stream[0] = id[0] = '\0';
	if (strcmp(kind, "settle") == 0)
		return true;
	if (line_text_of(line, len, "stream", stream, KEY_SIZE) < 1 ||
	    line_text_of(line, len, "id", id, ID_SIZE) < 1)
		return false;
	*ret_ms = strtoll(id, NULL, 10);
	if (strcmp(kind, "consent") == 0) {
		const char *record = line_find(line, len, "record", &n);
		*ret = AGE_CONSENT;
		return record != NULL && line_text_of(record, n, "kind", what, sizeof(what)) > 0 &&
		       strcmp(what, "registered") == 0;
	}
	if (ends_in(stream, ":done"))
		return true;
	*ret = ends_in(stream, ":refused") ? AGE_REFUSED : AGE_INVALID;
	return ends_in(stream, ":refused") || ends_in(stream, ":invalid");
}

/* The campaign of "…campaign:<c>:<part>". */
static bool is_of_campaigns(const struct erase_want *want, const char *stream)
{
	char id[KEY_SIZE];
	const char *at = strstr(stream, "campaign:");
	if (!want->some_campaigns)
		return true;
	snprintf(id, sizeof(id), "%s", at != NULL ? at + strlen("campaign:") : "");
	id[strcspn(id, ":")] = '\0';
	return is_among(want->campaigns, want->campaign_count, id);
}

static bool is_of_person(const struct erase_want *want, const char *line, size_t len, const char *stream,
                         const char *id)
{
	char to[sizeof(want->number)], entry[KEY_SIZE + ID_SIZE];
	size_t n;
	const char *record = line_find(line, len, "record", &n);
	if (record == NULL || !is_of_campaigns(want, stream))
		return false;
	snprintf(entry, sizeof(entry), "%s %s", stream, id);
	return (line_text_of(record, n, "to", to, sizeof(to)) > 0 && strcmp(to, want->number) == 0) ||
	       is_among(want->entries, want->entry_count, entry);
}

static bool leaves(const struct erase_want *want, const char *line, size_t len, struct erase_found *found)
{
	char stream[KEY_SIZE], id[ID_SIZE];
	enum erase_age age;
	int64_t ms;
	if (!class_of(line, len, stream, id, &age, &ms))
		return false;
	if (want->number[0] != '\0'
	        ? (age == AGE_REFUSED || age == AGE_INVALID) && is_of_person(want, line, len, stream, id)
	        : ms < want->before_ms[age])
		return true;
	if (ms < found->oldest_ms[age])
		found->oldest_ms[age] = ms;
	return false;
}

/* By age, and the first line of the file is too young for any kind? So are those behind it. */
static bool is_young(const struct erase_want *want, const char *line, size_t len, struct erase_found *found)
{
	int64_t at_ms = line_number(line, len, "at_ms", -1);
	if (want->number[0] != '\0' || at_ms < 0)
		return false;
	for (size_t i = 0; i < AGES; i++)
		if (at_ms < want->before_ms[i])
			return false;
	for (size_t i = 0; i < AGES; i++)
		found->oldest_ms[i] = at_ms;
	return true;
}

bool erase_scan(int folder, uint64_t first, uint64_t end, const struct erase_want *want,
                struct erase_found *ret, char *err, size_t err_size)
{
	struct entries e;
	const char *line;
	size_t len;
	*ret = (struct erase_found){ .end = first };
	for (size_t i = 0; i < AGES; i++)
		ret->oldest_ms[i] = INT64_MAX;
	if (end > first + ENTRIES_PER_FILE)
		end = first + ENTRIES_PER_FILE;
	entries_open(&e, folder, first, 0);
	while (ret->end < end && entries_next(&e, &line, &len)) {
		uint64_t index = ret->end++;
		if (index == first && is_young(want, line, len, ret)) {
			ret->end = end;
			break;
		}
		/* The first line tells whose log it is. One that was erased has no kind. */
		if (index == 0 || !leaves(want, line, len, ret))
			continue;
		ret->indexes = mem_grow(ret->indexes, &ret->capacity, ret->count, sizeof(*ret->indexes));
		ret->indexes[ret->count++] = index;
	}
	bool good = ret->end == end;
	if (!good)
		snprintf(err, err_size, "line %llu cannot be read: %s", (unsigned long long)ret->end,
		         e.error[0] != '\0' ? e.error : "the log ends there");
	entries_close(&e);
	return good;
}
