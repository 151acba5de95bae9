/* law_text.h - regimes, hours and lists of a rulebook in words and as JSON. */
#ifndef LICET_CTL_LAW_LAW_TEXT_H
#define LICET_CTL_LAW_LAW_TEXT_H

#include "core/decide/decide.h"

#include <jansson.h>
#include <stdbool.h>

/* "mon-fri 10:00-13:00,14:00-20:00; sat 10:00-12:00", as week_parse() reads it; with
 * French days "lun-ven …". Heap; empty hours give "". */
char *law_week_text(const struct week *week, bool french);

/* "unused", "required", "if-present"; "allowed", "banned", "unapproved". */
const char *law_mode_name(enum list_mode mode);
const char *law_sector_name(const struct sector_rule *rule);
/* How the text of a regime was read; grade: "primary" or "secondary". */
const char *law_grade(bool french, const char *grade);

/* The article behind a reason on a day; rule: the list it is about; e164: the number where it is about
 * that. "": it is a rule of ours. */
const char *law_article(const struct rulebook *rb, enum reason reason, const char *rule, const char *e164,
                        int32_t day);

/* What a regime is, and the law of some days: regimes and lists. */
json_t *law_json_regime(const struct regime *regime);
json_t *law_json(const struct law *law);
/* Only what dates it: id, from, to (null: no end) and grade, of each. */
json_t *law_json_dates(const struct regime *const *regimes, size_t count);

#endif
