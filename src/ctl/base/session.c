/* session.c - what the commands of licetctl share; see session.h. */
#include "ctl/base/session.h"

#include "core/job/job.h"
#include "core/text/shown.h"
#include "core/time/civil.h"
#include "ctl/base/options.h"
#include "ctl/base/print.h"
#include "io/config/conf_spaces.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/conn.h"
#include "io/redis/keys.h"
#include "io/redis/reply.h"
#include "io/rulebook/load.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- ends ---------------------------------------------------------------------- */

static void (*before_end)(void);

void ctl_before_end(void (*give_back)(void))
{
	before_end = give_back;
}

/* A number that somebody gave in the place of something else is not shown whole. */
static void say(const char *format, va_list ap)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (file != NULL)
		print_vto(file, format, ap);
	bool whole = file != NULL && fclose(file) == 0 && text != NULL;
	if (whole)
		shown_hide_numbers(text);
	fflush(stdout);
	fputs("licetctl: ", stderr);
	fputs(whole ? text : error_pick("out of memory", "mémoire insuffisante"), stderr);
	free(text);
}

/* The last line of a process, without its end. */
static void say_last(const char *format, va_list ap)
{
	if (before_end != NULL)
		before_end();
	say(format, ap);
}

void ctl_fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_last(format, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(1);
}

void ctl_misuse(const struct ctl *ctl, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say_last(format, ap);
	va_end(ap);
	if (ctl->command != NULL) {
		char usage[2000];

		options_usage(ctl->command, ctl->form, usage, sizeof(usage));
		print_to(stderr, error_pick("; usage: licetctl %s%s%s\n", " ; usage : licetctl %s%s%s\n"),
		         ctl->command->name, usage[0] != '\0' ? " " : "", usage);
	} else {
		fputs(error_pick("; licetctl --help lists the commands\n",
		                 " ; licetctl --help énumère les commandes\n"),
		      stderr);
	}
	exit(2);
}

void ctl_note(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	say(format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

void ctl_will_fail(struct ctl *ctl, const char *format, ...)
{
	va_list ap;

	if (ctl->will_fail[0] != '\0')
		return;
	va_start(ap, format);
	vsnprintf(ctl->will_fail, sizeof(ctl->will_fail), format, ap);
	va_end(ap);
}

void ctl_must_be_whole(struct ctl *ctl)
{
	if (ctl->will_fail[0] != '\0')
		ctl_fail("%s", ctl->will_fail);
}

int ctl_end(struct ctl *ctl, int code)
{
	if (ctl->will_fail[0] == '\0')
		return code;
	ctl_note("%s", ctl->will_fail);
	return code != 0 ? code : 1;
}

/* --- what a command works with ---------------------------------------------------- */

void ctl_init(struct ctl *ctl)
{
	const char *no_color = getenv("NO_COLOR");

	*ctl = (struct ctl){ 0 };
	conf_init(&ctl->conf);
	ctl->colour = isatty(STDOUT_FILENO) && (no_color == NULL || *no_color == '\0');
}

void ctl_done(struct ctl *ctl)
{
	redis_conn_close(ctl->redis);
	target_forget(&ctl->passwords);
	rulebook_free(ctl->rulebook);
	conf_done(&ctl->conf);
	free(ctl->moved);
	ctl->moved = NULL;
}

static bool load_conf(struct ctl *ctl, char *err, size_t err_size)
{
	if (ctl->has_conf)
		return true;
	ctl->has_conf = target_load_conf(&ctl->options, &ctl->conf, err, err_size) == 0;
	/* Of several spaces a command begins with the first; one that asks all finds them by their hub. */
	if (ctl->has_conf && ctl->conf.spaces.count > 0 && !conf_means_all_spaces(&ctl->conf))
		conf_enter_space(&ctl->conf, ctl->conf.spaces.words[0]);
	return ctl->has_conf;
}

bool ctl_load(struct ctl *ctl, char *err, size_t err_size)
{
	if (!load_conf(ctl, err, err_size))
		return false;
	if (ctl->rulebook == NULL)
		ctl->rulebook = rulebook_of_conf(&ctl->conf, err, err_size);
	return ctl->rulebook != NULL;
}

const struct conf *ctl_conf(struct ctl *ctl)
{
	char err[512];

	if (!load_conf(ctl, err, sizeof(err)))
		ctl_fail("%s", err);
	return &ctl->conf;
}

const struct rulebook *ctl_rulebook(struct ctl *ctl)
{
	char err[512];

	if (!ctl_load(ctl, err, sizeof(err)))
		ctl_fail("%s", err);
	return ctl->rulebook;
}

bool ctl_names_spaces(struct ctl *ctl)
{
	struct target_options file = ctl->options;
	struct conf conf;
	char err[512];

	/* A prefix that wins over the file is that of one space. */
	file.prefix = file.space = NULL;
	conf_init(&conf);
	bool names = target_load_conf(&file, &conf, err, sizeof(err)) == 0 && conf.spaces.count > 0;

	conf_done(&conf);
	return names;
}

bool ctl_means_all(struct ctl *ctl)
{
	return conf_means_all_spaces(ctl_conf(ctl));
}

bool ctl_try_redis(struct ctl *ctl, char *err, size_t err_size)
{
	struct redis_target target;

	if (ctl->redis != NULL)
		return true;
	if (ctl_means_all(ctl)) {
		snprintf(
		    err, err_size,
		    error_pick(
			"spaces is \"*\", all that the hub names: say which one, with --space",
			"spaces vaut « * », tous ceux que le hub nomme : préciser lequel, avec --space"));
		return false;
	}
	if (target_of_conf(ctl_conf(ctl), &target, &ctl->passwords, err, err_size) != 0)
		return false;
	ctl->redis = redis_conn_open(&target, err, err_size);
	if (ctl->redis == NULL)
		target_forget(&ctl->passwords);
	return ctl->redis != NULL;
}

struct redis_conn *ctl_redis(struct ctl *ctl)
{
	char err[REDIS_WHY + 64];

	if (!ctl_try_redis(ctl, err, sizeof(err)))
		ctl_fail("%s", err);
	return ctl->redis;
}

bool ctl_lost_redis(struct ctl *ctl, char *why, size_t size)
{
	if (ctl->redis == NULL || (redis_conn_error(ctl->redis)[0] == '\0' && ctl->refused[0] == '\0'))
		return false;
	snprintf(why, size, "%s", ctl->refused[0] != '\0' ? ctl->refused : redis_conn_error(ctl->redis));
	ctl->refused[0] = '\0';
	redis_conn_close(ctl->redis);
	target_forget(&ctl->passwords);
	ctl->redis = NULL;
	return true;
}

void ctl_move(struct ctl *ctl, const char *prefix)
{
	char *moved = mem_copy(prefix); /* it may be of what is forgotten now */

	redis_conn_close(ctl->redis);
	target_forget(&ctl->passwords);
	conf_done(&ctl->conf);
	conf_init(&ctl->conf);
	ctl->redis = NULL;
	free(ctl->moved);
	ctl->moved = moved;
	ctl->options.prefix = moved;
	ctl->options.space = NULL;
	ctl->has_conf = ctl->has_now = false;
	ctl_redis(ctl);
}

void ctl_give_up_redis(struct ctl *ctl, const char *why)
{
	if (ctl->refused[0] == '\0')
		snprintf(ctl->refused, sizeof(ctl->refused), "%s", why);
}

/* The clock that licetd --simulate publishes. Returns false if there is none. */
static bool read_simulated_clock(struct ctl *ctl, struct clock_source *ret)
{
	char key[KEY_SIZE], err[256];

	if (!prefix_is_simulated(ctl_conf(ctl)->prefix))
		return false;
	if (!ctl_try_redis(ctl, err, sizeof(err))) {
		ctl_note(error_pick("%s: the simulated clock is unknown, the wall clock is used",
		                    "%s : l'horloge simulée est inconnue, l'heure réelle est prise"),
		         err);
		return false;
	}
	key_global(ctl->conf.prefix, "clock", key);
	struct redis_reply *reply =
	    redis_conn_words(ctl->redis, "HMGET", key, "sim_base_ms", "real_base_ms", "speed", (char *)NULL);
	if (ctl->outlives_redis && (reply == NULL || reply_is_error(reply))) {
		if (reply != NULL) /* perhaps of a cluster that is down */
			ctl_give_up_redis(ctl, reply_text(reply, NULL));
		reply_free(reply);
		return false;
	}
	if (reply == NULL || reply_is_error(reply))
		ctl_fail(error_pick("the simulated clock could not be read: %s",
		                    "l'horloge simulée n'a pu être lue : %s"),
		         reply != NULL ? reply_text(reply, NULL) : redis_conn_error(ctl->redis));
	const char *speed = reply_text(reply_at(reply, 2), NULL);

	ret->sim_base_ms = reply_int(reply_at(reply, 0), TIME_NONE);
	ret->real_base_ms = reply_int(reply_at(reply, 1), TIME_NONE);
	ret->speed = speed != NULL ? strtod(speed, NULL) : 0;
	ret->simulated = speed != NULL && ret->sim_base_ms != TIME_NONE && ret->real_base_ms != TIME_NONE;
	reply_free(reply);
	return ret->simulated;
}

int64_t ctl_now_ms(struct ctl *ctl)
{
	if (!ctl->has_now) {
		struct clock_source clock = { 0 };

		if (!read_simulated_clock(ctl, &clock))
			clock.simulated = false;
		ctl->now_ms = clock_now_ms(&clock);
		ctl->has_now = true;
	}
	return ctl->now_ms;
}

/* --- output ------------------------------------------------------------------------------ */

void ctl_print_json(json_t *value)
{
	print_json(stdout, value, JSON_INDENT(2));
	fputc('\n', stdout);
	json_decref(value);
}

json_t *ctl_json_time(int64_t ms)
{
	char text[CIVIL_INSTANT_SIZE];

	return ms == TIME_NONE || ms == INT64_MAX ? json_null()
	                                          : print_json_text(civil_format_instant(ms, text));
}

json_t *ctl_json_date(int32_t day)
{
	char text[CIVIL_DATE_SIZE];

	return day == INT32_MIN || day == INT32_MAX ? json_null()
	                                            : print_json_text(civil_format_date(day, text));
}

void ctl_title(const struct ctl *ctl, const char *format, ...)
{
	va_list ap;

	if (ctl->colour)
		fputs("\033[1m", stdout);
	va_start(ap, format);
	print_vto(stdout, format, ap);
	va_end(ap);
	puts(ctl->colour ? "\033[0m" : "");
}

const char *ctl_weekday_name(int32_t day)
{
	static const char *const names[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
		                             "Friday", "Saturday", "Sunday" };

	return names[civil_weekday(day)];
}
