/* error_text.h - the language of one-line errors: what the readers of files and the connections to Redis say.
 *
 * A sentence stands in both languages where it is said, so nobody rewords one and leaves the other behind, and the
 * compiler holds the arguments against both. The place (file, line, key, value) is the same in both. English, unless
 * licetctl chose French for who reads it; licetd never does. Like a locale, the choice is one for the process. */
#ifndef LICET_IO_HOST_ERROR_TEXT_H
#define LICET_IO_HOST_ERROR_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define ERROR_NEAR_SIZE 160 /* of a suggestion */

/* Choose French, or English again. */
void error_in_french(bool french);

bool error_is_french(void);

/* The one of the two that was chosen. */
const char *error_pick(const char *english, const char *french) __attribute__((format_arg(1), format_arg(2)));
/* What an errno means. A literal, or text of strerror(). */
const char *error_system(int number);
/* A text that the core or a library wrote in English, in the language chosen; itself where it is unknown. */
const char *error_said(const char *english);
/* "; did you mean NEAR?", or "" where near is NULL. Returns buf, of ERROR_NEAR_SIZE. */
const char *error_near(const char *near, char *buf);

/* The table of error_said(), for its tests: false behind its end. */
bool error_pair(size_t i, const char **ret_english, const char **ret_french);

#endif
