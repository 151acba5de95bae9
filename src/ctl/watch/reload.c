/* reload: tell licetd to read its files again, and wait for what it says of them.
 *
 * A signal has no answer; the heartbeat has one, and the file of licetd --verdict: how many
 * reloads there were, and what was wrong with the last. So systemctl reload fails where the
 * new files are not used. */
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/reload_verdict.h"
#include "io/redis/conn.h"
#include "io/redis/keys.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_MS 10000
#define LOOK_MS 20

static void copy_text(char *to, size_t size, const struct redis_reply *from)
{
	const char *text = reply_text(from, NULL);

	snprintf(to, size, "%s", text != NULL ? text : "");
}

/* The heartbeat of that daemon. Returns false if there is none. */
static bool read_beat(struct ctl *ctl, struct reload_verdict *ret)
{
	char key[KEY_SIZE];
	struct redis_conn *redis = ctl_redis(ctl);

	key_of(ctl->conf.prefix, "daemon", ctl->conf.instance, key);
	struct redis_reply *reply =
	    redis_conn_words(redis, "HMGET", key, "pid", "reloads", "reload_error", "rulebook", (char *)NULL);

	if (reply_is_error(reply))
		ctl_fail("%s: %s", key, reply_text(reply, NULL));
	ret->pid = reply_int(reply_at(reply, 0), 0);
	ret->reloads = reply_int(reply_at(reply, 1), 0);
	copy_text(ret->error, sizeof(ret->error), reply_at(reply, 2));
	copy_text(ret->rulebook, sizeof(ret->rulebook), reply_at(reply, 3));
	reply_free(reply);
	return ret->pid > 0;
}

static bool read_verdict(struct ctl *ctl, const char *path, struct reload_verdict *ret)
{
	return path != NULL ? reload_verdict_read(path, ret) : read_beat(ctl, ret);
}

static json_t *beats_there(struct ctl *there, void *arg)
{
	struct reload_verdict beat;

	ctl_conf(there);
	return json_boolean(read_beat(there, &beat));
}

/* One that serves several spaces beats in those that it works in: any of them will do. */
static void go_where_it_beats(struct ctl *ctl)
{
	struct everywhere e;

	everywhere_open(ctl, true, &e);
	everywhere_ask(ctl, &e, beats_there, NULL);
	for (size_t i = 0; i < e.count; i++)
		if (json_is_true(e.list[i].answer)) {
			find_go(ctl, e.list[i].name);
			break;
		}
	everywhere_close(&e);
}

static void wait_for_verdict(struct ctl *ctl, const char *path, const struct reload_verdict *before,
                             struct reload_verdict *ret)
{
	const struct timespec pause = { 0, LOOK_MS * 1000000L };
	int64_t end = clock_monotonic_ms() + WAIT_MS;

	for (;;) {
		if (!read_verdict(ctl, path, ret) || ret->pid != before->pid)
			ctl_fail(error_pick("the licetd of the name %s has gone",
			                    "le licetd du nom de %s a disparu"),
			         ctl->conf.instance);
		if (ret->reloads > before->reloads)
			return;
		if (clock_monotonic_ms() > end)
			ctl_fail(
			    error_pick("no verdict within %d s; licetd may still take the files",
			               "aucun verdict en %d s ; licetd peut encore prendre les fichiers"),
			    WAIT_MS / 1000);
		nanosleep(&pause, NULL);
	}
}

static int run_reload(struct ctl *ctl, int argc, char **argv)
{
	const char *pid_text = NULL, *path = NULL;
	const struct ctl_option options[] = { { "--pid", &pid_text, NULL },
		                              { "--verdict", &path, NULL },
		                              { 0 } };
	struct reload_verdict before, after;

	ctl_words(ctl, argc, argv, options);
	long long pid = pid_text != NULL ? ctl_read_int(ctl, "--pid", pid_text, 2, INT32_MAX) : 0;

	if (path == NULL)
		go_where_it_beats(ctl);
	const char *name = ctl_conf(ctl)->instance;

	if (!read_verdict(ctl, path, &before))
		ctl_fail(
		    error_pick(
			"no licetd of the name %s beats in this Redis, or writes its verdict",
			"aucun licetd du nom de %s ne donne signe de vie dans ce Redis, ni n'écrit son verdict"),
		    name);
	if (pid != 0 && pid != before.pid)
		ctl_fail(
		    error_pick(
			"the licetd of the name %s is process %lld, not %lld: give each daemon a name",
			"le licetd du nom de %s est le processus %lld, et non %lld : donner un nom à chacun"),
		    name, (long long)before.pid, pid);
	if (kill((pid_t)before.pid, SIGHUP) != 0)
		ctl_fail(error_pick("process %lld: %s", "processus %lld : %s"), (long long)before.pid,
		         strerror(errno));
	wait_for_verdict(ctl, path, &before, &after);
	if (ctl->json)
		ctl_print_json(print_pack("{s:b, s:s, s:s, s:s}", "ok", after.error[0] == '\0', "error",
		                          after.error, "rulebook", after.rulebook, "instance", name));
	if (after.error[0] != '\0')
		ctl_fail(error_pick("refused, the old files stay in use: %s",
		                    "refusé, les anciens fichiers restent en usage : %s"),
		         after.error);
	if (!ctl->json)
		print(error_pick("%s reloaded: rulebook %s\n", "%s rechargé : recueil %s\n"), name,
		      after.rulebook);
	return 0;
}

const struct command ctl_reload_commands[] = {
	{ .name = "reload",
	  .usage = "",
	  .summary = "make licetd read its files again; print the verdict",
	  .may_ask_redis = true,
	  .run = run_reload,
	  .example = "licetctl reload",
	  .details =
	      "It sends SIGHUP to the licetd of that instance on this machine. Exit 1 if licetd refused the "
	      "files; it keeps the old ones.\n" },
	{ 0 },
};
