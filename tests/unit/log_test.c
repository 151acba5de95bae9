/* A child writes the lines, since what standard error is decides their form. */
#include "io/host/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum journal { NO_JOURNAL, JOURNAL, OTHER_JOURNAL };

/* Run a function with standard error in a pipe; returns what it wrote. */
static char *written_by(void (*write_lines)(void), enum journal journal)
{
	static char text[65536];
	size_t used = 0;
	ssize_t got;
	int fds[2], status;

	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	if (pid == 0) {
		char stream[64];
		struct stat st;

		dup2(fds[1], STDERR_FILENO);
		fstat(STDERR_FILENO, &st);
		snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)st.st_dev,
		         (unsigned long long)st.st_ino + (journal == OTHER_JOURNAL));
		if (journal == NO_JOURNAL)
			unsetenv("JOURNAL_STREAM");
		else
			setenv("JOURNAL_STREAM", stream, 1);
		write_lines();
		_exit(0);
	}
	close(fds[1]);
	while ((got = read(fds[0], text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	close(fds[0]);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	text[used] = '\0';
	return text;
}

static void one_line(void)
{
	log_warn("redis-down", "link=%s tries=%d", "main", 3);
}

static void every_level(void)
{
	log_set_level(LOG_LEVEL_DEBUG);
	log_event(LOG_LEVEL_FATAL, "a", "x=1");
	log_error("b", "x=2");
	log_warn("c", "x=3");
	log_info("d", "x=4");
	log_debug("e", "x=5");
}

static void two_levels(void)
{
	log_set_level(LOG_LEVEL_WARN);
	log_info("quiet", "x=1");
	log_warn("loud", "x=2");
}

static void hostile_line(void)
{
	log_info("event", "text=%s", "one\ntwo\033[31m\tthree\x7f é");
	log_info("empty", "%s", "");
}

static void long_line(void)
{
	static char text[20000];

	memset(text, 'x', sizeof(text) - 1);
	log_info("long", "text=%s", text);
}

static void a_line_begins_with_the_time(void **state)
{
	const char *text = written_by(one_line, NO_JOURNAL);

	assert_int_equal(strlen(text), strlen("2026-11-24T08:59:50.123Z ") +
	                                   strlen("level=warn event=redis-down link=main tries=3\n"));
	assert_int_equal(text[10], 'T');
	assert_int_equal(text[23], 'Z');
	assert_string_equal(text + 25, "level=warn event=redis-down link=main tries=3\n");
}

static void the_journal_gets_a_priority(void **state)
{
	assert_string_equal(written_by(every_level, JOURNAL), "<2>level=fatal event=a x=1\n"
	                                                      "<3>level=error event=b x=2\n"
	                                                      "<4>level=warn event=c x=3\n"
	                                                      "<6>level=info event=d x=4\n"
	                                                      "<7>level=debug event=e x=5\n");
}

static void an_inherited_journal_is_not_ours(void **state)
{
	assert_int_equal(written_by(one_line, OTHER_JOURNAL)[10], 'T');
}

static void lower_levels_are_left_out(void **state)
{
	assert_string_equal(written_by(two_levels, JOURNAL), "<4>level=warn event=loud x=2\n");
}

static void no_text_can_begin_a_line(void **state)
{
	assert_string_equal(written_by(hostile_line, JOURNAL),
	                    "<6>level=info event=event text=one?two?[31m?three? é\n"
	                    "<6>level=info event=empty\n");
}

static void a_long_line_is_cut(void **state)
{
	const char *text = written_by(long_line, JOURNAL);

	assert_in_range(strlen(text), 4000, 4096);
	assert_int_equal(text[strlen(text) - 1], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_begins_with_the_time),
		cmocka_unit_test(the_journal_gets_a_priority),
		cmocka_unit_test(an_inherited_journal_is_not_ours),
		cmocka_unit_test(lower_levels_are_left_out),
		cmocka_unit_test(no_text_can_begin_a_line),
		cmocka_unit_test(a_long_line_is_cut),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
