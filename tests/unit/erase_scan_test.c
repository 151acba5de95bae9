/* Which lines leave a decision log: of a person, of an entry, and by age; and which never do. */
#include "daemon/proof/erase_scan.h"
#include "temporary.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[TEMPORARY_SIZE];

static int make_folder(void **state)
{
	char path[TEMPORARY_SIZE + 32];
	if (mkdtemp(temporary_name(dir)) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/entries", dir);
	return mkdir(path, 0700);
}

static int remove_folder(void **state)
{
	char path[TEMPORARY_SIZE + 64];
	snprintf(path, sizeof(path), "%s/entries/000000000000.jsonl", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/entries", dir);
	rmdir(path);
	return rmdir(dir);
}

#define AT "{\"at_ms\":%d000000,"
static const char *const kept_lines[] = {
	AT "\"kind\":\"daemon\"}",
	AT
	"\"id\":\"1000000-0\",\"kind\":\"call\",\"record\":{\"to\":\"+33600000001\"},\"stream\":\"p:campaign:a.x:done\"}",
	AT
	"\"id\":\"2000000-0\",\"kind\":\"refusal\",\"record\":{\"to\":\"+33600000001\"},\"stream\":\"p:campaign:a.x:refused\"}",
	AT
	"\"id\":\"3000000-0\",\"kind\":\"refusal\",\"record\":{\"job\":\"?\"},\"stream\":\"p:campaign:b.y:invalid\"}",
	AT
	"\"id\":\"4000000-0\",\"kind\":\"opposition\",\"record\":{\"number\":\"+33600000001\"},\"stream\":\"p:oppositions\"}",
	AT
	"\"id\":\"5000000-0\",\"kind\":\"consent\",\"record\":{\"kind\":\"registered\"},\"stream\":\"p:log:events\"}",
	AT
	"\"id\":\"6000000-0\",\"kind\":\"consent\",\"record\":{\"kind\":\"withdrawn\"},\"stream\":\"p:oppositions\"}",
	AT "\"kind\":\"settle\"}",
	"{\"erased\":\"%064d\"}",
	AT
	"\"id\":\"9000000-0\",\"kind\":\"refusal\",\"record\":{\"to\":\"+33600000001\"},\"stream\":\"p:campaign:b.y:refused\"}",
};

static void must_leave(const char *label, struct erase_want want, const char *indexes)
{
	struct erase_found found;
	char err[200], got[64] = "";
	int folder = open(dir, O_RDONLY | O_DIRECTORY);
	if (!erase_scan(folder, 0, COUNT(kept_lines), &want, &found, err, sizeof(err)))
		fail_msg("%s: %s", label, err);
	for (size_t i = 0; i < found.count; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%d", i > 0 ? " " : "",
		         (int)found.indexes[i]);
	free(found.indexes);
	same_text(label, got, indexes);
	assert_int_equal(found.end, COUNT(kept_lines));
	close(folder);
}

static void which_lines_leave(void **state)
{
	char path[TEMPORARY_SIZE + 64], *entries[] = { (char *)"p:campaign:b.y:invalid 3000000-0" },
					*campaigns[] = { (char *)"b.y" }, err[200];
	struct erase_want none = { .before_ms = { INT64_MIN, INT64_MIN, INT64_MIN, INT64_MIN } },
			  person = { .number = "+33600000001" };
	struct erase_found found;
	snprintf(path, sizeof(path), "%s/entries/000000000000.jsonl", dir);
	FILE *file = fopen(path, "w");
	for (int i = 0; i < (int)COUNT(kept_lines); i++) {
		char line[300];
		snprintf(line, sizeof(line), kept_lines[i], i);
		fprintf(file, "%s\n", line);
	}
	fclose(file);
	must_leave("nothing is old", none, "");
	must_leave("a person: refusals alone", person, "2 9");
	person.entries = entries;
	person.entry_count = 1;
	must_leave("an entry by its id", person, "2 3 9");
	person.some_campaigns = true;
	must_leave("of no campaign", person, "");
	person.campaigns = campaigns;
	person.campaign_count = 1;
	must_leave("of one campaign", person, "3 9");
	none.before_ms[AGE_DONE] = 1000000;
	must_leave("not before its time", none, "");
	none.before_ms[AGE_DONE] = 1000001;
	must_leave("a call", none, "1");
	none.before_ms[AGE_DONE] = INT64_MAX;
	must_leave("calls, and what was settled", none, "1 7");
	none.before_ms[AGE_REFUSED] = none.before_ms[AGE_INVALID] = none.before_ms[AGE_CONSENT] = INT64_MAX;
	must_leave("all that may ever go", none, "1 2 3 5 7 9");
	/* A log that ends too early is an error, not fewer lines. */
	int folder = open(dir, O_RDONLY | O_DIRECTORY);
	assert_false(erase_scan(folder, 0, COUNT(kept_lines) + 1, &none, &found, err, sizeof(err)));
	assert_non_null(strstr(err, "line 10 cannot be read"));
	free(found.indexes);
	close(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(which_lines_leave),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
