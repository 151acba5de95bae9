/* case_json.h - a case as JSON and back, by one table. */
#ifndef LICET_CTL_EXPLAIN_CASE_JSON_H
#define LICET_CTL_EXPLAIN_CASE_JSON_H

#include "ctl/explain/case.h"

/* Every fact by its name. Texts that are not UTF-8, and those that begin with "hex:",
 * are written as "hex:" and hexadecimal digits. */
json_t *case_to_json(const struct case_file *c);
/* The same back. Returns false with one line in err: the way to what is wrong, and
 * what was expected. *ret is then empty. */
bool case_of_json(const json_t *facts, struct case_file *ret, char *err, size_t err_size);

#endif
