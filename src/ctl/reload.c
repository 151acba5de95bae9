/* reload: tell licetd to read its files again, and wait for what it says of them.
 *
 * A signal has no answer; the heartbeat has one: how many reloads there were, and what was
 * wrong with the last. systemctl reload fails where the new files are not used. */
#include "ctl/ask.h"
#include "ctl/ctl.h"
#include "io/keys.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MS 10000
#define LOOK_MS 20

struct beat {
	int64_t pid, reloads;
	char error[512], rulebook[160];
};

static void copy_text(char *to, size_t size, const struct redis_reply *from)
{
	const char *text = reply_text(from, NULL);

	snprintf(to, size, "%s", text != NULL ? text : "");
}

/* Returns false if there is no heartbeat. */
static bool read_beat(struct ctl *ctl, const char *key, struct beat *ret)
{
	struct redis_reply *reply = redis_conn_words(ctl->redis, "HMGET", key, "pid", "reloads",
	                                             "reload_error", "rulebook", (char *)NULL);

	if (reply_is_error(reply))
		ctl_fail("%s: %s", key, reply_text(reply, NULL));
	ret->pid = reply_int(reply_at(reply, 0), 0);
	ret->reloads = reply_int(reply_at(reply, 1), 0);
	copy_text(ret->error, sizeof(ret->error), reply_at(reply, 2));
	copy_text(ret->rulebook, sizeof(ret->rulebook), reply_at(reply, 3));
	reply_free(reply);
	return ret->pid > 0;
}

static int run_reload(struct ctl *ctl, int argc, char **argv)
{
	const char *pid_text = NULL;
	const struct ctl_option options[] = { { "--pid", &pid_text, NULL }, { 0 } };
	struct beat before, after;
	char key[KEY_SIZE];

	ctl_words(ctl, argc, argv, options, 0, 0);
	int64_t pid = pid_text != NULL ? ctl_read_int(ctl, "--pid", pid_text, 2, INT32_MAX) : 0;

	key_of(ctl->conf.prefix, "daemon", ctl->conf.instance, key);
	if (!read_beat(ctl, key, &before))
		ctl_fail("no licetd of the name %s beats in this Redis", ctl->conf.instance);
	if (pid != 0 && pid != before.pid)
		ctl_fail("the licetd of the name %s is process %lld, not %lld: give each daemon a name",
		         ctl->conf.instance, (long long)before.pid, (long long)pid);
	if (kill((pid_t)before.pid, SIGHUP) != 0)
		ctl_fail("process %lld: %s", (long long)before.pid, strerror(errno));
	for (int64_t end = clock_monotonic_ms() + WAIT_MS;;) {
		const struct timespec pause = { 0, LOOK_MS * 1000000L };

		if (!read_beat(ctl, key, &after) || after.pid != before.pid)
			ctl_fail("the licetd of the name %s has gone", ctl->conf.instance);
		if (after.reloads > before.reloads)
			break;
		if (clock_monotonic_ms() > end)
			ctl_fail("no verdict within %d s; licetd may still take the files", WAIT_MS / 1000);
		nanosleep(&pause, NULL);
	}
	if (ctl->json)
		ctl_print_json(json_pack("{s:b, s:s, s:s, s:s}", "ok", after.error[0] == '\0', "error",
		                         after.error, "rulebook", after.rulebook, "instance",
		                         ctl->conf.instance));
	if (after.error[0] != '\0')
		ctl_fail("refused, the old files stay in use: %s", after.error);
	if (!ctl->json)
		printf("%s reloaded: rulebook %s\n", ctl->conf.instance, after.rulebook);
	return 0;
}

const struct command ctl_reload_commands[] = {
	{ "reload", "[--pid PID]",
	  "let licetd read configuration and rulebook again, and wait for its verdict", true, run_reload,
	  "Sends SIGHUP to the licetd of that name on this machine. Exit 1 if the files were refused:\n"
	  "licetd then goes on with the old ones. --pid: only if the daemon is that process.\n" },
	{ 0 },
};
