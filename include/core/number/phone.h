/* phone.h - telephone numbers as people write them, and what they are.
 *
 * The plan is data of the rulebook; this module only walks it. Numbers are
 * personal data: whatever is shown to people goes through phone_mask(). */
#ifndef LICET_CORE_NUMBER_PHONE_H
#define LICET_CORE_NUMBER_PHONE_H

#include "core/law/rulebook.h"
#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PHONE_SIZE 24 /* an E.164 number: plus, 15 digits, NUL, and room */

struct phone {
	char e164[PHONE_SIZE]; /* the one name of the line, where the plan has two */
	enum number_class cls;
	uint32_t territories; /* where it may be, before any address */
};

/* Read a number: spaces (also no-break ones), dots, dashes, slashes, brackets,
 * "(0)", "00", national form. Returns REASON_ALLOWED for a number that may be
 * called, and fills *ret. Otherwise number-malformed, number-class or
 * number-not-covered; *ret->e164 is filled if the number has an E.164 form, else
 * empty, and *ret_hint (may be NULL) points to static text or rulebook text that
 * says what was expected. */
enum reason phone_parse(const struct rulebook *rb, const char *text, size_t len, struct phone *ret,
                        const char **ret_hint);

/* Just the E.164 form, whatever the class: for lists and contact numbers.
 * Short numbers keep their digits without a plus. Returns false if malformed. */
bool phone_normalise(const struct rulebook *rb, const char *text, size_t len, struct phone *ret);

/* Is that text, as people write numbers, this number (E.164)? */
bool phone_is(const struct rulebook *rb, const char *e164, const char *text, size_t len);

/* "+3361234••••": all but the last four digits, and never more than six of a run besides those of the
 * country of an E.164 number; fewer than eight are hidden whole. Whatever stands where a number should may
 * be given: nothing of letters, of control characters and of texts of PHONE_SIZE bytes is shown. Returns buf. */
#define PHONE_MASK_SIZE 48
char *phone_mask(const char *number, char buf[PHONE_MASK_SIZE]);

/* True if the text is strictly "+" and 7 to 15 digits, not starting with 0. */
bool phone_is_e164(const char *text, size_t len);

/* The longest range of the caller-id table that contains the number, or NULL. */
const struct caller_id_range *phone_caller_id_range(const struct rulebook *rb, const char *e164);

#endif
