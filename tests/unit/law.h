/* law.h - the shipped rulebook, for tests. */
#ifndef LICET_TEST_LAW_H
#define LICET_TEST_LAW_H

#include "core/law/rulebook.h"
#include "core/time/zone.h"

#include <stddef.h>
#include <stdint.h>

#define LAW_PATH "conf/rulebooks/fr.conf"
#define LAW_ZONE_DIR "/usr/share/zoneinfo"

/* Fails the test if it does not load. Free with rulebook_free(). */
/* The law of France, or the one in which a value is wrong that `make mutants` names (LICET_LAW). */
const char *law_path(void);
struct rulebook *law_load(const char *path);

/* For cmocka: *state is the rulebook of France. */
int law_setup(void **state);
int law_teardown(void **state);

uint32_t law_place(const struct rulebook *rb, const char *name);
int64_t law_instant(const char *text);
int32_t law_date(const char *text);
struct week law_week(const char *text);

/* A zone of LAW_ZONE_DIR, which must load. Give it to zone_free(). */
struct zone *law_zone(const char *name);

/* A whole file; free it. */
char *law_read_file(const char *path, size_t *ret_len);

#endif
