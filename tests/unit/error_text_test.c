/* The errors of loaders, in the language that was chosen. */
#include "io/host/error_text.h"
#include "test.h"
#include "tongue.h"

#include <errno.h>
#include <string.h>

static int in_english(void **state)
{
	error_in_french(false);
	return 0;
}

static void test_english_is_the_default(void **state)
{
	char near[ERROR_NEAR_SIZE];

	assert_string_equal(error_pick("one", "un"), "one");
	assert_string_equal(error_system(ENOENT), strerror(ENOENT));
	assert_string_equal(error_said("cut short"), "cut short");
	assert_string_equal(error_near("spaces", near), "; did you mean spaces?");
	assert_string_equal(error_near(NULL, near), "");
}

static void test_french_where_it_was_chosen(void **state)
{
	char near[ERROR_NEAR_SIZE];

	error_in_french(true);
	assert_string_equal(error_pick("one", "un"), "un");
	assert_string_equal(error_near("spaces", near), " ; vouliez-vous dire spaces ?");
	assert_string_equal(error_near(NULL, near), "");
	assert_string_equal(error_said("nobody wrote this"), "nobody wrote this");
	/* What a library passes on of the system. */
	assert_string_equal(error_said("Connection refused"), "connexion refusée");
}

static void test_each_text_of_others(void **state)
{
	const char *english, *french, *other;
	size_t count = 0;

	error_in_french(true);
	for (; error_pair(count, &english, &french); count++) {
		assert_string_equal(error_said(english), french);
		tongue_same_place(english, 0, english, french);
		for (size_t i = 0; i < count && error_pair(i, &other, &french); i++)
			assert_string_not_equal(other, english);
	}
	assert_true(count > 20);
}

/* What may go wrong with a file, a folder, a disk or a server. */
static void test_each_answer_of_the_system(void **state)
{
	static const int numbers[] = { EPERM,  ENOENT,       EIO,    EACCES, EISDIR,    ENOTDIR,
		                       EMFILE, ENFILE,       ENOMEM, ENOSPC, EROFS,     ENAMETOOLONG,
		                       ELOOP,  ECONNREFUSED, EEXIST, EINVAL, ETIMEDOUT, ECONNRESET,
		                       EPIPE,  EHOSTUNREACH, EDQUOT, EILSEQ };

	error_in_french(true);
	for (size_t i = 0; i < COUNT(numbers); i++) {
		tongue_same_place("errno", 0, strerror(numbers[i]), error_system(numbers[i]));
		assert_string_equal(error_said(strerror(numbers[i])), error_system(numbers[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_english_is_the_default),
		cmocka_unit_test_teardown(test_french_where_it_was_chosen, in_english),
		cmocka_unit_test_teardown(test_each_text_of_others, in_english),
		cmocka_unit_test_teardown(test_each_answer_of_the_system, in_english),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
