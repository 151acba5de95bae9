/* ready_entry.h - what stands in a ready list or a lease; src/lua/00_common.lua makes it. */
#ifndef LICET_CTL_QUERY_READY_ENTRY_H
#define LICET_CTL_QUERY_READY_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts are copies, cut to their room. */
struct ready_entry {
	char token[64], campaign[72], id[136], to[24], person[136], advertiser[72], sender[72];
	int attempt;
	int64_t released_ms, not_after_ms, taken_ms; /* taken_ms and sender: of a lease only */
	int32_t day;
	const char *job; /* into the text it was read from */
	size_t job_len;
};
/* Returns false if it is none. */
bool entry_read(const char *text, size_t len, struct ready_entry *ret);
bool lease_read(const char *text, size_t len, struct ready_entry *ret);

#endif
