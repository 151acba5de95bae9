#include "io/host/notify.h"

#include "temporary.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[TEMPORARY_SIZE];
static int manager; /* what systemd listens on */
static struct sockaddr_un address = { .sun_family = AF_UNIX };

static int start(void **state)
{
	if (mkdtemp(temporary_name(folder)) == NULL)
		return -1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", folder);
	manager = socket(AF_UNIX, SOCK_DGRAM, 0);
	return bind(manager, (struct sockaddr *)&address, sizeof(address));
}

static int stop(void **state)
{
	close(manager);
	unlink(address.sun_path);
	return rmdir(folder);
}

static const char *heard(void)
{
	static char text[512];
	ssize_t len = recv(manager, text, sizeof(text) - 1, MSG_DONTWAIT);

	text[len > 0 ? len : 0] = '\0';
	return text;
}

static void the_manager_hears_everything(void **state)
{
	int64_t since_us = -1;

	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	notify_ready();
	assert_string_equal(heard(), "READY=1");
	notify_status("%d campaigns", 3);
	assert_string_equal(heard(), "STATUS=3 campaigns");
	notify_stopping();
	assert_string_equal(heard(), "STOPPING=1");
	notify_watchdog();
	assert_string_equal(heard(), "WATCHDOG=1");
	notify_reloading();
	assert_int_equal(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%" SCNd64, &since_us), 1);
	assert_in_range(since_us, 1, INT64_MAX);
}

static void without_a_manager_nothing_happens(void **state)
{
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
	notify_status("%s", "alone");
	assert_string_equal(heard(), "");
}

static void the_watchdog_wants_half_its_time(void **state)
{
	static const struct {
		const char *usec;
		int want_ms;
	} rows[] = { { "30000000", 15000 }, { "1000", 1 }, { NULL, 0 }, { "0", 0 } };

	unsetenv("WATCHDOG_PID");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].usec != NULL)
			setenv("WATCHDOG_USEC", rows[i].usec, 1);
		else
			unsetenv("WATCHDOG_USEC");
		assert_int_equal(notify_watchdog_interval_ms(), rows[i].want_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_manager_hears_everything),
		cmocka_unit_test(without_a_manager_nothing_happens),
		cmocka_unit_test(the_watchdog_wants_half_its_time),
	};

	return cmocka_run_group_tests_name("notify", tests, start, stop);
}
