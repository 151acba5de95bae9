#include "law.h"
#include "core/law/week.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "io/rulebook/load.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* libconfig 1.5 loses the text of the token at which a syntax error struck. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\n";
}

const char *law_path(void)
{
	const char *other = getenv("LICET_LAW");
	return other != NULL ? other : LAW_PATH;
}

struct rulebook *law_load(const char *path)
{
	char err[512] = "";
	struct rulebook *rb =
	    rulebook_load(strcmp(path, LAW_PATH) == 0 ? law_path() : path, LAW_ZONE_DIR, err, sizeof(err));

	assert_string_equal(err, "");
	assert_non_null(rb);
	return rb;
}

int law_setup(void **state)
{
	*state = law_load(LAW_PATH);
	return 0;
}

int law_teardown(void **state)
{
	rulebook_free(*state);
	return 0;
}

uint32_t law_place(const struct rulebook *rb, const char *name)
{
	uint32_t place = 0;

	if (!place_parse(rb, name, strlen(name), &place))
		fail_msg("no place is named %s", name);
	return place;
}

int64_t law_instant(const char *text)
{
	int64_t ms = 0;

	if (!civil_parse_instant(text, strlen(text), &ms))
		fail_msg("no instant: %s", text);
	return ms;
}

int32_t law_date(const char *text)
{
	int32_t days = 0;

	if (!civil_parse_date(text, strlen(text), &days))
		fail_msg("no date: %s", text);
	return days;
}

struct zone *law_zone(const char *name)
{
	char path[200], err[160] = "";
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", LAW_ZONE_DIR, name);
	char *bytes = law_read_file(path, &len);
	struct zone *zone = zone_new(name, bytes, len, err, sizeof(err));

	free(bytes);
	if (zone == NULL)
		fail_msg("%s: %s", path, err);
	return zone;
}

char *law_read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(1 << 20);

	if (file == NULL || bytes == NULL)
		fail_msg("%s cannot be read", path);
	*ret_len = fread(bytes, 1, (1 << 20) - 1, file);
	bytes[*ret_len] = '\0';
	fclose(file);
	return bytes;
}

struct week law_week(const char *text)
{
	struct week week;
	char err[200] = "";

	week_parse(text, strlen(text), &week, err, sizeof(err));
	assert_string_equal(err, "");
	return week;
}
