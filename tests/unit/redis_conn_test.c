/* The blocking connection, the replies and the arguments. */
#include "io/host/clock.h"
#include "io/redis/args.h"
#include "io/redis/conn.h"
#include "io/redis/redis.h"
#include "io/redis/reply.h"
#include "redis_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static struct redis_conn *open_conn(int timeout_ms)
{
	struct redis_target target = { .socket = redis_server_socket(), .timeout_ms = timeout_ms };
	char err[256] = "";
	struct redis_conn *conn = redis_conn_open(&target, err, sizeof(err));

	if (conn == NULL)
		fail_msg("%s", err);
	return conn;
}

/* Send words whose reply does not matter. */
#define DO(conn, ...) reply_free(redis_conn_words(conn, __VA_ARGS__, NULL))

static void assert_text(const struct redis_reply *reply, const char *want)
{
	size_t len = 0;
	const char *text = reply_text(reply, &len);

	assert_non_null(text);
	assert_string_equal(text, want);
	assert_int_equal(len, strlen(want));
}

static int need_server(void **state)
{
	if (!redis_server_is_running())
		redis_server_restart();
	return 0;
}

static void replies_are_what_redis_said(void **state)
{
	struct redis_conn *conn = open_conn(5000);
	struct redis_reply *reply;

	reply = redis_conn_words(conn, "SET", "text", "abc", NULL);
	assert_text(reply, "OK");
	assert_int_equal(reply_int(reply, -7), -7);
	reply_free(reply);

	reply = redis_conn_words(conn, "GET", "nothing", NULL);
	assert_true(reply_is_nil(reply));
	assert_null(reply_text(reply, NULL));
	assert_int_equal(reply_count(reply), 0);
	reply_free(reply);

	reply = redis_conn_words(conn, "LPUSH", "text", "x", NULL);
	assert_true(reply_is_error(reply));
	assert_true(reply_error_is(reply, "WRONGTYPE"));
	assert_false(reply_error_is(reply, "WRONG"));
	assert_false(reply_error_is(reply, "ERR"));
	reply_free(reply);

	DO(conn, "HSET", "hash", "a", "1", "b", "two", "value", "a");
	reply = redis_conn_words(conn, "HGETALL", "hash", NULL);
	assert_true(reply_is_array(reply));
	assert_int_equal(reply_count(reply), 6);
	assert_text(reply_field(reply, "b"), "two");
	assert_null(reply_field(reply, "two")); /* a value is no name */
	assert_null(reply_field(reply, "c"));
	assert_null(reply_at(reply, 6));
	reply_free(reply);
	redis_conn_close(conn);
}

static void a_copy_outlives_the_reply(void **state)
{
	struct redis_conn *conn = open_conn(5000);

	DO(conn, "RPUSH", "list", "", "a");
	struct redis_reply *reply = redis_conn_words(
	    conn, "EVAL",
	    "return {{'x', 7, false}, redis.status_reply('OK'), redis.call('LRANGE', 'list', 0, -1), "
	    "'a\\0b', {}}",
	    "0", NULL);
	struct redis_reply *copy = reply_copy(reply);
	size_t len;

	reply_free(reply);
	assert_int_equal(reply_count(copy), 5);
	assert_text(reply_at(reply_at(copy, 0), 0), "x");
	assert_int_equal(reply_int(reply_at(reply_at(copy, 0), 1), -1), 7);
	assert_true(reply_is_nil(reply_at(reply_at(copy, 0), 2)));
	assert_text(reply_at(copy, 1), "OK");
	assert_text(reply_at(reply_at(copy, 2), 0), "");
	assert_text(reply_at(reply_at(copy, 2), 1), "a");
	assert_memory_equal(reply_text(reply_at(copy, 3), &len), "a\0b", 3);
	assert_int_equal(len, 3);
	assert_true(reply_is_array(reply_at(copy, 4)));
	assert_int_equal(reply_count(reply_at(copy, 4)), 0);
	reply_free(copy);
	assert_null(reply_copy(NULL));
	redis_conn_close(conn);
}

static void integers_are_read_strictly(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{ "0", 0 },
		{ "-12", -12 },
		{ "9223372036854775807", INT64_MAX },
		{ "9223372036854775808", -1 },
		{ "", -1 },
		{ "-", -1 },
		{ "+1", -1 },
		{ " 1", -1 },
		{ "1 ", -1 },
		{ "1.5", -1 },
	};
	struct redis_conn *conn = open_conn(5000);

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct redis_reply *reply = redis_conn_words(conn, "ECHO", rows[i].text, NULL);

		if (reply_int(reply, -1) != rows[i].want)
			fail_msg("\"%s\" was misread", rows[i].text);
		reply_free(reply);
	}
	struct redis_reply *reply = redis_conn_words(conn, "STRLEN", "nothing", NULL);
	assert_int_equal(reply_int(reply, -1), 0);
	assert_int_equal(reply_int(NULL, -1), -1);
	reply_free(reply);
	redis_conn_close(conn);
}

static void arguments_keep_their_bytes(void **state)
{
	struct redis_conn *conn = open_conn(5000);
	struct redis_args args;

	args_init(&args);
	for (int round = 0; round < 2; round++) { /* the second one reuses the memory */
		args_reset(&args);
		args_add(&args, "RPUSH");
		args_addf(&args, "bytes:%d", round);
		args_add_len(&args, "a\0b", 3);
		args_add_int(&args, INT64_MIN);
		for (int i = 0; i < 100; i++)
			args_add_int(&args, i);
		struct redis_reply *reply = redis_conn_call(conn, &args);
		assert_int_equal(reply_int(reply, -1), 102);
		reply_free(reply);
	}
	args_done(&args);

	struct redis_reply *reply = redis_conn_words(conn, "LRANGE", "bytes:1", "0", "2", NULL);
	size_t len = 0;
	assert_memory_equal(reply_text(reply_at(reply, 0), &len), "a\0b", 3);
	assert_int_equal(len, 3);
	assert_text(reply_at(reply, 1), "-9223372036854775808");
	assert_text(reply_at(reply, 2), "0");
	reply_free(reply);
	redis_conn_close(conn);
}

static void a_pipeline_is_answered_in_order(void **state)
{
	enum { COUNT = 20000 };
	struct redis_conn *conn = open_conn(20000);
	struct redis_args args;

	args_init(&args);
	for (int i = 0; i < COUNT; i++) {
		args_reset(&args);
		args_add(&args, "ECHO");
		args_add_int(&args, i);
		assert_true(redis_conn_send(conn, &args));
	}
	args_done(&args);
	for (int i = 0; i < COUNT; i++) {
		struct redis_reply *reply = redis_conn_next(conn);

		assert_int_equal(reply_int(reply, -1), i);
		reply_free(reply);
	}
	redis_conn_close(conn);
}

static void a_late_reply_breaks_the_connection(void **state)
{
	struct redis_conn *conn = open_conn(200);
	int64_t start_ms = clock_monotonic_ms();

	redis_server_freeze();
	assert_null(redis_conn_words(conn, "PING", NULL));
	redis_server_thaw();
	assert_in_range(clock_monotonic_ms() - start_ms, 190, 20000);
	assert_string_equal(redis_conn_error(conn), "no reply within 200 ms");
	/* A reply that comes now would be taken for the next command's. */
	assert_null(redis_conn_words(conn, "PING", NULL));
	redis_conn_close(conn);
}

static void a_killed_server_is_told(void **state)
{
	struct redis_conn *conn = open_conn(5000);

	redis_server_kill();
	assert_null(redis_conn_words(conn, "PING", NULL));
	assert_int_not_equal(redis_conn_error(conn)[0], '\0');
	redis_conn_close(conn);
}

static void opening_says_what_is_wrong(void **state)
{
	static const struct {
		const char *label, *user, *password;
		int db;
		const char *want;
	} rows[] = {
		{ "password", "default", "wrong", 0, "AUTH refused: WRONGPASS" },
		{ "user", "nobody", "secret", 0, "AUTH refused: WRONGPASS" },
		{ "none", NULL, NULL, 0, "PING refused: NOAUTH" },
		{ "database", NULL, "secret", 999, "SELECT refused: ERR DB index is out of range" },
		{ "right", NULL, "secret", 1, "" },
	};
	struct redis_conn *admin = open_conn(5000);

	DO(admin, "CONFIG", "SET", "requirepass", "secret");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct redis_target target = { .socket = redis_server_socket(),
			                       .user = rows[i].user,
			                       .password = rows[i].password,
			                       .db = rows[i].db,
			                       .timeout_ms = 5000 };
		char err[256] = "";
		struct redis_conn *conn = redis_conn_open(&target, err, sizeof(err));

		if ((conn != NULL) != (rows[i].want[0] == '\0') || strstr(err, rows[i].want) == NULL)
			fail_msg("%s: %s", rows[i].label, err);
		redis_conn_close(conn);
	}
	redis_conn_close(admin);
	redis_server_kill(); /* the next test gets one without a password */
}

static void opening_fails_where_nobody_is(void **state)
{
	struct redis_target target = { .socket = "/nonexistent/socket", .timeout_ms = 500 };
	char err[256] = "";

	assert_null(redis_conn_open(&target, err, sizeof(err)));
	assert_string_equal(err, "Redis at /nonexistent/socket: No such file or directory");
	target = (struct redis_target){ .host = "127.0.0.1", .port = 9, .timeout_ms = 500 };
	assert_null(redis_conn_open(&target, err, sizeof(err)));
	assert_string_equal(err, "Redis at 127.0.0.1:9: Connection refused");
}

static void a_black_hole_is_left(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char err[256] = "";

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/hole", redis_server_folder());
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	struct redis_target target = { .socket = address.sun_path, .timeout_ms = 100 };

	assert_null(redis_conn_open(&target, err, sizeof(err)));
	assert_non_null(strstr(err, "no reply within 100 ms"));
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup(name, need_server)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(replies_are_what_redis_said),     TEST(a_copy_outlives_the_reply),
		TEST(integers_are_read_strictly),      TEST(arguments_keep_their_bytes),
		TEST(a_pipeline_is_answered_in_order), TEST(a_late_reply_breaks_the_connection),
		TEST(a_killed_server_is_told),         TEST(opening_says_what_is_wrong),
		TEST(opening_fails_where_nobody_is),   TEST(a_black_hole_is_left),
	};

	redis_server_start(NULL);
	return cmocka_run_group_tests_name("redis_conn", tests, NULL, NULL);
}
