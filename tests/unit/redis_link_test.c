/* The link against a real server: what is told, how often, and when. */
#include "io/host/clock.h"
#include "io/host/log.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/redis.h"
#include "io/redis/reply.h"
#include "redis_server.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#define DEADLINE_MS 20000

/* What one link was told. */
struct world {
	struct event_base *base;
	struct redis_link *link;
	int ups, downs;
	char why[256];
	int replies, nulls, nulls_at_down;
	char text[64]; /* of the last reply */
	bool restart_on_reply, free_on_reply, free_on_null, free_on_down, call_on_null;
	bool called_while_down;
};

static void on_up(void *arg)
{
	((struct world *)arg)->ups++;
}

/* What is pending is answered inside: it must not find the link again. */
static void free_link(struct world *w)
{
	struct redis_link *link = w->link;

	w->link = NULL;
	redis_link_free(link);
}

static void on_down(void *arg, const char *why)
{
	struct world *w = arg;

	w->downs++;
	w->nulls_at_down = w->nulls;
	snprintf(w->why, sizeof(w->why), "%s", why);
	if (w->free_on_down)
		free_link(w);
}

static bool call(struct world *w, const char *words, int extra_ms);

static void on_reply(void *arg, const struct redis_reply *reply)
{
	struct world *w = arg;
	const char *text = reply_text(reply, NULL);

	if (reply == NULL)
		w->nulls++;
	else
		w->replies++;
	if (text != NULL)
		snprintf(w->text, sizeof(w->text), "%s", text);
	if (reply != NULL && w->restart_on_reply) {
		w->restart_on_reply = false;
		redis_link_restart(w->link, "LOADING");
	}
	if (reply == NULL && w->call_on_null)
		w->called_while_down |= call(w, "PING", 0);
	if (w->link != NULL && ((reply != NULL && w->free_on_reply) || (reply == NULL && w->free_on_null)))
		free_link(w);
}

/* Send a command of words separated by single spaces. */
static bool call(struct world *w, const char *words, int extra_ms)
{
	struct redis_args args;
	char copy[256], *rest = copy, *word;

	args_init(&args);
	snprintf(copy, sizeof(copy), "%s", words);
	while ((word = strsep(&rest, " ")) != NULL)
		args_add(&args, word);
	bool sent = redis_link_call(w->link, &args, extra_ms, on_reply, w);
	args_done(&args);
	return sent;
}

static void on_overdue(evutil_socket_t fd, short what, void *arg)
{
	*(bool *)arg = true;
}

/* Run the loop until a counter reaches a value. */
static void wait_for(struct world *w, const int *counter, int value, const char *what)
{
	struct timeval tv = { DEADLINE_MS / 1000, 0 };
	bool overdue = false;
	struct event *timer = evtimer_new(w->base, on_overdue, &overdue);

	event_add(timer, &tv);
	while (*counter < value && !overdue)
		event_base_loop(w->base, EVLOOP_ONCE);
	event_free(timer);
	if (overdue)
		fail_msg("waited in vain for %s", what);
}

static void open_target(struct world *w, const struct redis_target *target)
{
	struct redis_link_hooks hooks = { .on_up = on_up, .on_down = on_down, .arg = w };

	w->base = event_base_new();
	w->link = redis_link_new(w->base, "test", target, &hooks);
	assert_non_null(w->link);
	assert_int_equal(w->ups + w->downs, 0); /* nothing is told before it returns */
}

static void open_link(struct world *w, int timeout_ms)
{
	struct redis_target target = { .socket = redis_server_socket(), .timeout_ms = timeout_ms };

	open_target(w, &target);
}

static void close_link(struct world *w)
{
	redis_link_free(w->link);
	event_base_free(w->base);
}

static int need_server(void **state)
{
	if (!redis_server_is_running())
		redis_server_restart();
	return 0;
}

static void answers_commands_in_order(void **state)
{
	struct world w = { 0 };

	open_link(&w, 5000);
	assert_false(redis_link_is_up(w.link));
	assert_false(call(&w, "PING", 0));
	wait_for(&w, &w.ups, 1, "up");
	assert_true(redis_link_is_up(w.link));
	assert_int_equal(redis_link_pending(w.link), 0);
	assert_true(call(&w, "SET a 1", 0));
	assert_true(call(&w, "GET a", 0));
	assert_int_equal(redis_link_pending(w.link), 2);
	wait_for(&w, &w.replies, 2, "replies");
	assert_string_equal(w.text, "1");
	assert_int_equal(redis_link_pending(w.link), 0);
	close_link(&w);
	assert_int_equal(w.nulls, 0);
	assert_int_equal(w.downs, 0);
}

static void an_error_is_a_reply(void **state)
{
	struct world w = { 0 };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	assert_true(call(&w, "NOSUCH", 0));
	wait_for(&w, &w.replies, 1, "the error");
	assert_memory_equal(w.text, "ERR unknown command", strlen("ERR unknown command"));
	assert_true(redis_link_is_up(w.link));
	close_link(&w);
}

static void a_killed_server_gives_null_to_all_and_comes_back(void **state)
{
	struct world w = { .call_on_null = true };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	redis_server_freeze(); /* so that nothing is answered before it dies */
	for (int i = 0; i < 100; i++)
		assert_true(call(&w, "PING", 0));
	redis_server_kill();
	wait_for(&w, &w.downs, 1, "down");
	assert_int_equal(w.nulls, 100);
	assert_int_equal(w.nulls_at_down, 100);
	assert_int_equal(w.replies, 0);
	assert_false(w.called_while_down);
	assert_int_equal(redis_link_pending(w.link), 0);

	redis_server_restart();
	wait_for(&w, &w.ups, 2, "up again");
	assert_true(call(&w, "PING", 0));
	wait_for(&w, &w.replies, 1, "a reply");
	close_link(&w);
	assert_int_equal(w.nulls, 100);
}

static void an_idle_link_notices_a_killed_server(void **state)
{
	struct world w = { 0 };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	redis_server_kill();
	wait_for(&w, &w.downs, 1, "down");
	assert_string_equal(w.why, "Server closed the connection");
	close_link(&w);
}

static void an_overdue_reply_drops_the_connection(void **state)
{
	struct world w = { 0 };

	open_link(&w, 200);
	wait_for(&w, &w.ups, 1, "up");
	redis_server_freeze();
	int64_t start_ms = clock_monotonic_ms();
	assert_true(call(&w, "PING", 0));
	assert_true(call(&w, "PING", 0));
	wait_for(&w, &w.downs, 1, "down");
	assert_in_range(clock_monotonic_ms() - start_ms, 190, DEADLINE_MS);
	assert_string_equal(w.why, "no reply within the deadline");
	assert_int_equal(w.nulls, 2);
	redis_server_thaw();
	wait_for(&w, &w.ups, 2, "up again");
	close_link(&w);
	assert_int_equal(w.nulls + w.replies, 2);
}

static void a_blocking_command_has_time_of_its_own(void **state)
{
	struct world w = { 0 };

	open_link(&w, 250);
	wait_for(&w, &w.ups, 1, "up");
	/* The one behind it cannot be answered sooner. */
	assert_true(call(&w, "DEBUG SLEEP 0.6", 10000));
	assert_true(call(&w, "PING", 0));
	wait_for(&w, &w.replies, 2, "both replies");
	assert_int_equal(w.downs, 0);

	/* A short deadline counts although the timer was set for a long one. */
	assert_true(call(&w, "DEBUG SLEEP 0", 600000));
	wait_for(&w, &w.replies, 3, "the reply");
	assert_true(call(&w, "DEBUG SLEEP 1", 0));
	wait_for(&w, &w.downs, 1, "down");
	assert_int_equal(w.nulls, 1);
	close_link(&w);
}

static void an_absent_server_is_waited_for(void **state)
{
	struct world w = { 0 };

	redis_server_kill();
	unlink(redis_server_socket());
	open_link(&w, 5000);
	wait_for(&w, &w.downs, 3, "refused attempts");
	assert_string_equal(w.why, "No such file or directory");
	assert_int_equal(w.ups, 0);
	redis_server_restart();
	wait_for(&w, &w.ups, 1, "up");
	close_link(&w);
}

static void a_refused_port_is_tried_again(void **state)
{
	struct world w = { 0 };
	/* Nobody listens on the discard port of the loopback here. */
	struct redis_target target = { .host = "localhost", .port = 9, .timeout_ms = 5000 };

	open_target(&w, &target);
	wait_for(&w, &w.downs, 3, "refused attempts");
	assert_string_equal(w.why, "Connection refused");
	close_link(&w);
}

static void a_name_that_nobody_knows_is_told(void **state)
{
	struct world w = { 0 };
	struct redis_target target = { .host = "no such host", .port = 9, .timeout_ms = 5000 };

	open_target(&w, &target);
	wait_for(&w, &w.downs, 2, "refused attempts");
	assert_memory_equal(w.why, "no such host: ", strlen("no such host: "));
	close_link(&w);
}

static void a_black_hole_is_left(void **state)
{
	struct world w = { 0 };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/hole", redis_server_folder());
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 16), 0);
	struct redis_target target = { .socket = address.sun_path, .timeout_ms = 100 };

	open_target(&w, &target);
	wait_for(&w, &w.downs, 2, "two attempts given up");
	assert_string_equal(w.why, "no answer to the handshake");
	assert_int_equal(w.ups, 0);
	close_link(&w);
	close(fd);
}

static void a_wrong_password_is_refused_and_tried_again(void **state)
{
	struct world admin = { 0 }, w = { 0 };

	open_link(&admin, 5000);
	wait_for(&admin, &admin.ups, 1, "up");
	assert_true(call(&admin, "ACL SETUSER licet on >right ~* +@all", 0));
	wait_for(&admin, &admin.replies, 1, "the user");

	struct redis_target target = { .socket = redis_server_socket(),
		                       .user = "licet",
		                       .password = "wrong",
		                       .db = 3,
		                       .timeout_ms = 5000 };

	open_target(&w, &target);
	wait_for(&w, &w.downs, 2, "two refusals");
	assert_memory_equal(w.why, "refused: WRONGPASS", strlen("refused: WRONGPASS"));
	assert_int_equal(w.ups, 0);
	assert_true(call(&admin, "ACL SETUSER licet >wrong", 0));
	wait_for(&admin, &admin.replies, 2, "the new password");
	wait_for(&w, &w.ups, 1, "up");
	assert_true(call(&w, "SET there 1", 0));
	wait_for(&w, &w.replies, 1, "the reply");
	close_link(&w);

	assert_true(call(&admin, "SELECT 3", 0));
	assert_true(call(&admin, "GET there", 0));
	wait_for(&admin, &admin.replies, 4, "the key in the other database");
	assert_string_equal(admin.text, "1");
	close_link(&admin);
}

static void a_missing_password_is_refused(void **state)
{
	struct world admin = { 0 }, w = { 0 };

	open_link(&admin, 5000);
	wait_for(&admin, &admin.ups, 1, "up");
	assert_true(call(&admin, "CONFIG SET requirepass secret", 0));
	wait_for(&admin, &admin.replies, 1, "the setting");
	open_link(&w, 5000);
	wait_for(&w, &w.downs, 1, "the refusal");
	assert_memory_equal(w.why, "refused: NOAUTH", strlen("refused: NOAUTH"));
	close_link(&w);
	close_link(&admin);
	redis_server_kill(); /* the next test gets one without a password */
}

static void freeing_answers_what_is_pending(void **state)
{
	struct world w = { 0 };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	for (int i = 0; i < 5; i++)
		assert_true(call(&w, "PING", 0));
	close_link(&w);
	assert_int_equal(w.nulls, 5);
	assert_int_equal(w.downs, 0);
}

static void freeing_before_connecting_is_quiet(void **state)
{
	struct world w = { 0 };

	open_link(&w, 5000);
	close_link(&w);
	assert_int_equal(w.ups + w.downs + w.nulls, 0);
}

static void freeing_inside_a_reply(void **state)
{
	struct world w = { .free_on_reply = true };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	for (int i = 0; i < 5; i++)
		assert_true(call(&w, "PING", 0));
	wait_for(&w, &w.replies, 1, "the reply that frees");
	assert_null(w.link);
	assert_int_equal(w.nulls, 4);
	assert_int_equal(w.downs, 0);
	event_base_free(w.base);
}

static void freeing_inside_a_loss(void **state)
{
	struct world w = { .free_on_null = true };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	redis_server_freeze();
	for (int i = 0; i < 5; i++)
		assert_true(call(&w, "PING", 0));
	redis_server_kill();
	wait_for(&w, &w.nulls, 5, "the loss");
	assert_null(w.link);
	assert_int_equal(w.nulls, 5);
	assert_int_equal(w.downs, 0);
	event_base_free(w.base);
}

static void freeing_inside_on_down(void **state)
{
	struct world w = { .free_on_down = true };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	redis_server_kill();
	wait_for(&w, &w.downs, 1, "down");
	assert_null(w.link);
	event_base_free(w.base);
}

static void restarting_inside_a_reply(void **state)
{
	struct world w = { .restart_on_reply = true };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	for (int i = 0; i < 5; i++)
		assert_true(call(&w, "PING", 0));
	wait_for(&w, &w.replies, 1, "the reply that restarts");
	assert_false(redis_link_is_up(w.link));
	wait_for(&w, &w.ups, 2, "up again");
	assert_int_equal(w.downs, 1);
	assert_string_equal(w.why, "LOADING");
	assert_int_equal(w.nulls, 4);
	assert_int_equal(w.nulls_at_down, 4);
	close_link(&w);
}

/* No caller has to know the words: whoever asked gets NULL, as for any loss. */
static void a_replica_that_refuses_a_write_is_left(void **state)
{
	struct world w = { 0 };

	open_link(&w, 5000);
	wait_for(&w, &w.ups, 1, "up");
	assert_true(call(&w, "REPLICAOF 127.0.0.1 1", 0));
	wait_for(&w, &w.replies, 1, "the demotion");
	assert_true(call(&w, "GET a", 0));
	assert_true(call(&w, "SET a 2", 0));
	assert_true(call(&w, "SET a 3", 0));
	wait_for(&w, &w.downs, 1, "down");
	assert_int_equal(w.replies, 2);
	assert_int_equal(w.nulls, 2);
	assert_ptr_equal(strstr(w.why, "READONLY"), w.why);
	wait_for(&w, &w.ups, 2, "up again");
	assert_true(call(&w, "REPLICAOF NO ONE", 0));
	assert_true(call(&w, "SET a 4", 0));
	wait_for(&w, &w.replies, 4, "a master again");
	assert_string_equal(w.text, "OK");
	close_link(&w);
}

static void a_reply_that_waits_is_not_overdue(void **state)
{
	struct world w = { 0 };

	open_link(&w, 200);
	wait_for(&w, &w.ups, 1, "up");
	assert_true(call(&w, "SETRANGE waiting 100000 x", 0)); /* several reads long */
	wait_for(&w, &w.replies, 1, "the key");
	assert_true(call(&w, "GET waiting", 0));
	event_base_loop(w.base, EVLOOP_ONCE | EVLOOP_NONBLOCK); /* it is sent */
	for (int64_t end_ms = clock_monotonic_ms() + 400; clock_monotonic_ms() < end_ms;)
		; /* this process is what is slow */
	wait_for(&w, &w.replies, 2, "the reply");
	assert_int_equal(w.downs, 0);
	close_link(&w);
}

static void large_replies_arrive_whole(void **state)
{
	struct world w = { 0 };

	open_link(&w, 10000);
	wait_for(&w, &w.ups, 1, "up");
	assert_true(call(&w, "SETRANGE big 3000000 x", 0));
	for (int i = 0; i < 10; i++)
		assert_true(call(&w, "GET big", 0));
	wait_for(&w, &w.replies, 11, "the replies");
	assert_int_equal(w.downs, 0);
	close_link(&w);
}

#define TEST(name) cmocka_unit_test_setup(name, need_server)

int main(void)
{
	static const char *const options[] = { "--enable-debug-command", "yes", NULL };
	const struct CMUnitTest tests[] = {
		TEST(answers_commands_in_order),
		TEST(an_error_is_a_reply),
		TEST(a_killed_server_gives_null_to_all_and_comes_back),
		TEST(an_idle_link_notices_a_killed_server),
		TEST(an_overdue_reply_drops_the_connection),
		TEST(a_blocking_command_has_time_of_its_own),
		TEST(an_absent_server_is_waited_for),
		TEST(a_refused_port_is_tried_again),
		TEST(a_name_that_nobody_knows_is_told),
		TEST(a_black_hole_is_left),
		TEST(a_wrong_password_is_refused_and_tried_again),
		TEST(a_missing_password_is_refused),
		TEST(freeing_answers_what_is_pending),
		TEST(freeing_before_connecting_is_quiet),
		TEST(freeing_inside_a_reply),
		TEST(freeing_inside_a_loss),
		TEST(freeing_inside_on_down),
		TEST(restarting_inside_a_reply),
		TEST(a_replica_that_refuses_a_write_is_left),
		TEST(a_reply_that_waits_is_not_overdue),
		TEST(large_replies_arrive_whole),
	};

	redis_server_start(options);
	log_set_level(LOG_LEVEL_FATAL);
	return cmocka_run_group_tests_name("redis_link", tests, NULL, NULL);
}
