/* ready_entry.c - what stands in a ready list or a lease; see ready_entry.h. */
#include "ctl/query/ready_entry.h"

#include "layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS ENTRY_WITHDRAWN /* those that are always there */

struct piece {
	const char *at;
	size_t len;
};

static void copy(char *buf, size_t size, struct piece p)
{
	snprintf(buf, size, "%.*s", (int)(p.len < size ? p.len : size - 1), p.at);
}

bool entry_read(const char *text, size_t len, struct ready_entry *ret)
{
	const char *line_end = memchr(text, '\n', len), *at = text;
	struct piece p[FIELDS];

	if (line_end == NULL)
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		const char *tab = memchr(at, '\t', (size_t)(line_end - at));

		if (tab == NULL)
			return false;
		p[i] = (struct piece){ at, (size_t)(tab - at) };
		at = tab + 1;
	}
	*ret = (struct ready_entry){ .job = line_end + 1, .job_len = len - (size_t)(line_end + 1 - text) };
	copy(ret->token, sizeof(ret->token), p[ENTRY_TOKEN]);
	copy(ret->campaign, sizeof(ret->campaign), p[ENTRY_CAMPAIGN]);
	copy(ret->id, sizeof(ret->id), p[ENTRY_ID]);
	copy(ret->to, sizeof(ret->to), p[ENTRY_TO]);
	copy(ret->person, sizeof(ret->person), p[ENTRY_PERSON]);
	copy(ret->advertiser, sizeof(ret->advertiser), p[ENTRY_ADVERTISER]);
	ret->attempt = atoi(p[ENTRY_ATTEMPT].at);
	ret->released_ms = strtoll(p[ENTRY_RELEASED].at, NULL, 10);
	ret->not_after_ms = strtoll(p[ENTRY_NOT_AFTER].at, NULL, 10);
	ret->day = (int32_t)strtol(p[ENTRY_DAY].at, NULL, 10);
	return true;
}

/* When it was taken, a tab, who took it, a tab, the entry. */
bool lease_read(const char *text, size_t len, struct ready_entry *ret)
{
	const char *one = memchr(text, '\t', len);
	const char *two = one != NULL ? memchr(one + 1, '\t', len - (size_t)(one + 1 - text)) : NULL;

	if (two == NULL || !entry_read(two + 1, len - (size_t)(two + 1 - text), ret))
		return false;
	ret->taken_ms = strtoll(text, NULL, 10);
	copy(ret->sender, sizeof(ret->sender), (struct piece){ one + 1, (size_t)(two - one - 1) });
	return true;
}
