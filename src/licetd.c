/* licetd - releases voice-message jobs when every rule says yes. */
#include "core/time/civil.h"
#include "daemon/loop.h"
#include "io/config/target.h"
#include "io/config/usage.h"
#include "io/host/json_pool.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/host/notify.h"
#include "io/host/version.h"
#include "io/rulebook/load.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

static const char usage[] = LICETD_SYNOPSIS "\n\n" LICETD_SUMMARY "\n" LICETD_OPTIONS "\n" LICETD_SIGNALS;

struct arguments {
	struct target_options target;
	int64_t simulate_ms;
	double speed;
	bool require_approved, check;
	const char *verdict; /* a path; NULL: none */
};

static int bad_use(const char *text, const char *what)
{
	fprintf(stderr, "licetd: %s%s\n", text, what);
	return EXIT_USAGE;
}

/* Returns 0 to go on, or an exit status plus one. */
static int read_arguments(int argc, char **argv, struct arguments *ret)
{
	char err[200], *end;
	for (int i = 1; i < argc;) {
		int known = target_option(&ret->target, argc, argv, &i, err, sizeof(err));
		if (known < 0)
			return bad_use(err, "") + 1;
		if (known > 0)
			continue;
		const char *name = argv[i++];
		if (strcmp(name, "--help") == 0) {
			fputs(usage, stdout);
			return 1;
		}
		if (strcmp(name, "--version") == 0) {
			puts("licetd " LICET_VERSION);
			return 1;
		}
		if (strcmp(name, "--require-approved") == 0) {
			ret->require_approved = true;
		} else if (strcmp(name, "--check") == 0) {
			ret->check = true;
		} else if (strcmp(name, "--verdict") == 0 && i < argc) {
			ret->verdict = argv[i++];
		} else if (strcmp(name, "--simulate") == 0 && i < argc) {
			if (!civil_parse_instant(argv[i], strlen(argv[i]), &ret->simulate_ms))
				return bad_use(
					   "--simulate: expected an instant such as 2026-11-24T09:59:50+01:00, not ",
					   argv[i]) +
				       1;
			if (ret->speed == 0)
				ret->speed = 1;
			i++;
		} else if (strcmp(name, "--speed") == 0 && i < argc) {
			ret->speed = strtod(argv[i], &end);
			if (*end != '\0' || !(ret->speed > 0 && ret->speed <= 100000))
				return bad_use("--speed: expected a number above 0 and up to 100000, not ",
				               argv[i]) +
				       1;
			i++;
		} else {
			return bad_use("unknown option or missing value: ", name) + 1;
		}
	}
	if (ret->speed > 0 && ret->simulate_ms == TIME_NONE)
		return bad_use("--speed needs --simulate", "") + 1;
	return 0;
}

static void say_rulebook(const struct rulebook *rb)
{
	log_info("rulebook", "id=%s version=%s hash=%.16s", rb->id, rb->version, rb->hash);
	if (rb->approved_by[0] == '\0')
		log_warn("rulebook-unsigned", "id=%s action=\"used all the same; a lawyer should sign it\"",
		         rb->id);
}

int main(int argc, char **argv)
{
	struct arguments args = { .simulate_ms = TIME_NONE };
	struct conf boot; /* what the connections were made with; lives as long as they do */
	struct redis_target target;
	char err[300];
	struct target_passwords passwords = { 0 };
	int status = read_arguments(argc, argv, &args);
	if (status != 0)
		return status - 1;
	mem_use();
	json_pool_use();
	/* Batches come and go: what they used is used again, not given back each time. */
	mallopt(M_TRIM_THRESHOLD, 64 << 20);
	mallopt(M_MMAP_THRESHOLD, 16 << 20);
	struct daemon *d = mem_zero(sizeof(*d));
	conf_init(&boot);
	conf_init(&d->conf);
	d->options = &args.target;
	d->speed = args.speed;
	d->verdict_path = args.verdict;
	d->sim_base_ms = args.simulate_ms;
	if (target_load_conf(&args.target, &boot, err, sizeof(err)) != 0 ||
	    target_load_conf(&args.target, &d->conf, err, sizeof(err)) != 0 ||
	    (d->rb = rulebook_load(d->conf.rulebook_path, d->conf.zone_dir, err, sizeof(err))) == NULL ||
	    target_of_conf(&boot, &target, &passwords, err, sizeof(err)) != 0) {
		log_event(LOG_LEVEL_FATAL, "configuration", "error=\"%s\"", err);
		status = EXIT_CONFIG;
	} else if (args.speed > 0 && !prefix_is_simulated(d->conf.prefix)) {
		status = bad_use(
		    "--simulate needs a prefix that begins with licet-sim:, so that it cannot touch real keys; not ",
		    d->conf.prefix);
	} else if (!args.check) {
		if (args.require_approved)
			d->conf.require_approved = true;
		d->require_approved = args.require_approved;
		log_set_level(d->conf.log_level);
		signal(SIGPIPE, SIG_IGN);
		say_rulebook(d->rb);
		status = daemon_run(d, &target);
	}
	target_forget(&passwords);
	rulebook_free(d->rb);
	conf_done(&d->conf);
	conf_done(&boot);
	free(d->scratch);
	free(d);
	return status;
}
