/* week.h - the hours of a week as text and as ranges. */
#ifndef LICET_CORE_LAW_WEEK_H
#define LICET_CORE_LAW_WEEK_H

#include "core/law/window.h"

/* What is wrong with a text: what was expected, a literal of week.c, and at which character, from 1 on. */
struct week_fault {
	const char *expected;
	size_t at;
};

/* Read "mon-fri 10:30-12:00,17:00-19:30; sat 10:00-12:00". Ranges of a day must
 * be in order and not overlap, an end must be after its start, "24:00" is the
 * end of the day. Returns false with the fault. */
bool week_read(const char *text, size_t len, struct week *ret, struct week_fault *ret_fault);
/* The same. Returns false with one line in err: what was expected, and
 * where. */
bool week_parse(const char *text, size_t len, struct week *ret, char *err, size_t err_size);

#endif
