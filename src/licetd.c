/* licetd - releases voice-message jobs when every rule says yes. */
#include "core/time/civil.h"
#include "daemon/process.h"
#include "io/config/target.h"
#include "io/config/usage.h"
#include "io/host/json_pool.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/host/notify.h"
#include "io/host/version.h"
#include "io/rulebook/load.h"

#include <getopt.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

struct arguments {
	struct target_options target;
	int64_t simulate_ms;
	double speed;
	bool require_approved, check;
	const char *verdict; /* a path; NULL: none */
	const char *log_dir; /* NULL: the configuration says */
};

/* What getopt_long() gives for an option: those of both programs come first. */
#define OPTION_FIRST 256
#define OPTIONS_MAX 24

static int bad_use(const char *text, const char *what)
{
	fprintf(stderr, "licetd: %s%s\n", text, what);
	return EXIT_USAGE;
}

static void take_simulate(struct arguments *ret)
{
	if (!civil_parse_instant(optarg, strlen(optarg), &ret->simulate_ms))
		exit(bad_use("--simulate: expected an instant such as 2026-11-24T09:59:50+01:00, not ",
		             optarg));
	if (ret->speed == 0)
		ret->speed = 1;
}

static void take_speed(struct arguments *ret)
{
	char *end;

	ret->speed = strtod(optarg, &end);
	if (*end != '\0' || !(ret->speed > 0 && ret->speed <= 100000))
		exit(bad_use("--speed: expected a number above 0 and up to 100000, not ", optarg));
}

/* Output that nobody got is not success: licetd --help > /dev/full. */
_Noreturn static void said(void)
{
	exit(fflush(stdout) == 0 ? 0 : 1);
}

_Noreturn static void say_help(void)
{
	puts(LICETD_SYNOPSIS "\n\n" LICETD_SUMMARY);
	for (const struct option_help *o = usage_target_options; o->name != NULL; o++)
		usage_print_option(stdout, o, usage_column(usage_licetd_options));
	for (const struct option_help *o = usage_licetd_options; o->name != NULL; o++)
		usage_print_option(stdout, o, usage_column(usage_licetd_options));
	fputs("\n" LICETD_SIGNALS, stdout);
	said();
}

/* The tables of usage.h, as getopt_long() wants them. */
static void known_options(struct option known[OPTIONS_MAX])
{
	const struct option_help *const tables[] = { usage_target_options, usage_licetd_options };
	int count = 0;

	memset(known, 0, OPTIONS_MAX * sizeof(*known));
	for (size_t k = 0; k < 2; k++)
		for (const struct option_help *o = tables[k]; o->name != NULL && count + 1 < OPTIONS_MAX;
		     o++, count++) {
			known[count].name = strstr(o->name, "--") + 2;
			known[count].has_arg = o->argument != NULL ? required_argument : no_argument;
			known[count].val = OPTION_FIRST + count;
		}
}

/* name: "--speed", as the tables have it. */
static void take_option(struct arguments *ret, const char *name)
{
	char err[200];
	int taken = target_set(&ret->target, name, optarg, err, sizeof(err));

	if (taken < 0)
		exit(bad_use(err, ""));
	if (taken > 0)
		return;
	if (strcmp(name, "--simulate") == 0)
		take_simulate(ret);
	else if (strcmp(name, "--speed") == 0)
		take_speed(ret);
	else if (strcmp(name, "--require-approved") == 0)
		ret->require_approved = true;
	else if (strcmp(name, "--verdict") == 0)
		ret->verdict = optarg;
	else if (strcmp(name, "--log-dir") == 0)
		ret->log_dir = optarg;
	else if (strcmp(name, "--check") == 0)
		ret->check = true;
	else if (strcmp(name, "--version") == 0)
		puts("licetd " LICET_VERSION);
	else
		say_help();
	if (strcmp(name, "--version") == 0)
		said();
}

/* Ends the program where there is nothing to run with. */
static void read_arguments(int argc, char **argv, struct arguments *ret)
{
	struct option known[OPTIONS_MAX];

	known_options(known);
	opterr = 0; /* one line, and it is ours */
	for (;;) {
		const char *word = argv[optind];
		char name[32];
		int index = -1, option = getopt_long(argc, argv, "+:c:", known, &index);

		if (option == -1)
			break;
		if (index >= 0) {
			snprintf(name, sizeof(name), "--%s", known[index].name);
			word = name;
		} else if (option == 'c') {
			word = "-c";
		}
		if (option == ':')
			exit(bad_use(word, " needs a value"));
		if (option == '?')
			exit(bad_use(optopt >= OPTION_FIRST ? "this takes no value: " : "unknown option: ",
			             word));
		take_option(ret, word);
	}
	if (optind < argc)
		exit(bad_use("unexpected word: ", argv[optind]));
	if (ret->speed > 0 && ret->simulate_ms == TIME_NONE)
		exit(bad_use("--speed needs --simulate", ""));
}

static void say_rulebook(const struct rulebook *rb)
{
	log_info("rulebook", "id=%s version=%s hash=%.16s", rb->id, rb->version, rb->hash);
	if (rb->approved_by[0] == '\0')
		log_warn("rulebook-unsigned", "id=%s action=\"used all the same; a lawyer should sign it\"",
		         rb->id);
}

/* Run with what was read, which is taken over. */
static int run(const struct arguments *args, struct conf *conf, struct rulebook *rb,
               const struct redis_target *target)
{
	const struct process_want want = {
		.with = { &args->target, args->require_approved, args->log_dir, args->verdict },
		.simulate_ms = args->simulate_ms,
		.speed = args->speed,
	};

	log_set_level(conf->log_level);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit of file sizes is an error of the log's, like a full disk */
	say_rulebook(rb);
	return process_run(&want, conf, rb, target);
}

int main(int argc, char **argv)
{
	struct arguments args = { .simulate_ms = TIME_NONE };
	struct conf boot; /* what the connections were made with; lives as long as they do */
	struct conf conf;
	struct rulebook *rb = NULL;
	struct redis_target target;
	char err[300];
	struct target_passwords passwords = { 0 };
	int status = 0;
	bool taken = false;

	read_arguments(argc, argv, &args);
	mem_use();
	json_pool_use();
	/* Batches come and go: what they used is used again, not given back each time. */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_MMAP_THRESHOLD, 16 << 20);
	conf_init(&boot);
	conf_init(&conf);
	if (target_load_conf(&args.target, &boot, err, sizeof(err)) != 0 ||
	    target_load_conf(&args.target, &conf, err, sizeof(err)) != 0 ||
	    (rb = rulebook_of_conf(&conf, err, sizeof(err))) == NULL ||
	    target_of_conf(&boot, &target, &passwords, err, sizeof(err)) != 0) {
		log_event(LOG_LEVEL_FATAL, "configuration", "error=\"%s\"", err);
		status = EXIT_CONFIG;
	} else if (args.speed > 0 && !prefix_is_simulated(conf.prefix)) {
		status = bad_use(
		    "--simulate needs a prefix that begins with licet-sim:, so that it cannot touch real keys; not ",
		    conf.prefix);
	} else if (!args.check) {
		taken = true;
		status = run(&args, &conf, rb, &target);
	}
	target_forget(&passwords);
	if (!taken) {
		rulebook_free(rb);
		conf_done(&conf);
	}
	conf_done(&boot);
	return status;
}
