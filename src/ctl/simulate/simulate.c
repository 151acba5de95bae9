/* simulate: a campaign rehearsed from its first release to its last, on a copy. */
#include "ctl/simulate/simulate.h"

#include "core/text/cluster_slot.h"
#include "core/time/civil.h"
#include "ctl/base/words.h"
#include "ctl/law/place_arg.h"
#include "ctl/sender/outcome.h"
#include "ctl/simulate/copy.h"
#include "ctl/simulate/drive.h"
#include "ctl/simulate/interrupt.h"
#include "ctl/simulate/simulate_text.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/redis/lua_source.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define SPEED_FAIR 500.0      /* a round trip is ten seconds then */
#define SPEED_MOST 100000.0   /* of licetd */
#define SPEED_AT_ONCE 20.0    /* without a rate as many go as this machine moves */
#define INTERVAL_REAL_MS 50.0 /* a release takes no less of real time */
#define UNTIL_DAYS 400

static struct rehearsal *going_on; /* to be removed, whatever ends us */

void sim_clean_up(void)
{
	struct rehearsal *r = going_on;

	going_on = NULL;
	if (r == NULL)
		return;
	sim_stop(r);
	sim_remove(r);
}

void sim_guard(struct rehearsal *r)
{
	static bool is_known;

	going_on = r;
	if (r == NULL || is_known)
		return;
	is_known = true;
	sim_catch_signals();
	atexit(sim_clean_up);
}

/* --- options ------------------------------------------------------------------------------ */

/* An instant, or a date: the beginning of it where most callees are. */
static int64_t read_at(struct ctl *ctl, const char *name, const char *text)
{
	const struct zone *zone = NULL;
	int32_t day;

	if (!civil_parse_date(text, strlen(text), &day))
		return ctl_read_time(ctl, name, text);
	ctl_place_zones(ctl_rulebook(ctl), TERRITORY_BIT(0), &zone, 1);
	return zone_date_start_ms(zone, day);
}

/* "busy:20%,no-answer:30%"; the rest is answered. */
static void read_mix(struct rehearsal *r, const char *text)
{
	int sum = 0;

	for (const char *at = text; *at != '\0'; at += strspn(at, ",")) {
		size_t len = strcspn(at, ","), name = strcspn(at, ":,");
		char *end = NULL;
		const char *outcome = outcome_find(at, name);
		double pct = name < len ? strtod(at + name + 1, &end) : -1;

		if (outcome == NULL || !(pct >= 0 && pct <= 100) || end == NULL || *end != '%' ||
		    end + 1 != at + len || r->mix_count == SIM_OUTCOMES_MAX)
			ctl_misuse(
			    r->ctl,
			    error_pick(
				"--outcomes must be outcomes with their shares, such as busy:20%%,no-answer:30%%",
				"--outcomes doit donner des issues et leurs parts, comme busy:20%%,no-answer:30%%"));
		sum += (int)(pct * 10);
		r->mix[r->mix_count++] = (struct sim_mix){ outcome, sum };
		at += len;
	}
	if (sum > 1000)
		ctl_misuse(r->ctl, error_pick("--outcomes come to more than 100%%",
		                              "--outcomes dépasse 100 %% au total"));
}

/* Beside licetctl, as in a build folder, or in ../sbin, as it is installed. */
void sim_find_licetd(struct rehearsal *r, char path[PATH_MAX])
{
	static const char *const beside[] = { "licetd", "../sbin/licetd" };
	char own[PATH_MAX - 32];
	ssize_t len = readlink("/proc/self/exe", own, sizeof(own) - 1);

	if (r->licetd == NULL && len > 0) {
		own[len] = '\0';
		*strrchr(own, '/') = '\0';
		for (size_t i = 0; i < 2 && r->licetd == NULL; i++) {
			snprintf(path, PATH_MAX, "%s/%s", own, beside[i]);
			if (access(path, X_OK) == 0)
				r->licetd = path;
		}
	}
	if (r->licetd == NULL)
		ctl_fail(error_pick("licetd is not beside licetctl: say where it is with --licetd",
		                    "licetd n'est pas à côté de licetctl : dire où il est avec --licetd"));
	if (access(r->licetd, X_OK) != 0)
		ctl_fail("%s: %s", r->licetd, strerror(errno));
}

/* Slow enough for the rate, and no slower. */
static double speed_for(const struct campaign *c)
{
	double interval_ms = c->interval_ms > c->route_interval_ms ? c->interval_ms : c->route_interval_ms;

	if (interval_ms <= 0)
		return SPEED_AT_ONCE;
	if (interval_ms / INTERVAL_REAL_MS > SPEED_FAIR)
		return interval_ms / INTERVAL_REAL_MS < SPEED_MOST ? interval_ms / INTERVAL_REAL_MS
		                                                   : SPEED_MOST;
	/* Many to a round trip: a thousand a second is what an idle core still does. */
	return interval_ms < 1 ? 1 : interval_ms < SPEED_FAIR ? interval_ms : SPEED_FAIR;
}

/* --- before anything is written -------------------------------------------------------------- */

/* The library of functions belongs to all prefixes: the licetd of a rehearsal would put its
 * own in the place of one that differs. */
void sim_check_library(struct ctl *ctl)
{
	struct redis_reply *reply = ask_any_words(ctl, "FCALL_RO", "licet_version", "0");
	const char *text = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	const char *hash = text != NULL ? strchr(text, ' ') : NULL;
	bool other = hash != NULL && strcmp(hash + 1, lua_source_hash) != 0;

	reply_free(reply);
	if (other)
		ctl_fail(error_pick(
		    "the functions in Redis are of another build than this licetctl: rehearse with the one "
		    "that belongs to the licetd at work, or on another Redis",
		    "les fonctions dans Redis viennent d'une autre version que ce licetctl : répéter avec celui du licetd en service, ou sur un autre Redis"));
}

void sim_make_prefix(struct rehearsal *r)
{
	uint64_t random = (uint64_t)clock_wall_ms();

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random ^= (uint64_t)getpid() << 32;
	/* One slot of a cluster, and that of the campaign where it has one. */
	size_t len;
	const char *tag = prefix_tag(r->ctl->conf.prefix, &len);
	if (tag != NULL)
		snprintf(r->prefix, sizeof(r->prefix), "licet-sim:{%.*s}:run-%016" PRIx64 ":", (int)len, tag,
		         random);
	else
		snprintf(r->prefix, sizeof(r->prefix), "licet-sim:{run-%016" PRIx64 "}:", random);
}

static void prepare(struct rehearsal *r)
{
	find_campaign(r->ctl, r->campaign);
	ask_campaign(r->ctl, r->campaign);
	r->cf = facts_read(r->ctl, r->campaign, r->at_ms);
	if (r->cf->sit.c.fault_count > 0)
		ctl_fail(error_pick("%s is rejected, nothing of it moves: %s",
		                    "%s est non conforme, rien n'en part : %s"),
		         r->campaign, r->cf->sit.c.faults[0].text);
	if (r->cf->sit.c.status == CAMPAIGN_STOPPED)
		ctl_fail(error_pick("%s is stopped: there is nothing to rehearse",
		                    "%s est arrêtée : il n'y a rien à répéter"),
		         r->campaign);
	sim_check_library(r->ctl);
	if (r->speed <= 0)
		r->speed = speed_for(&r->cf->sit.c);
	sim_make_prefix(r);
}

/* --- the command --------------------------------------------------------------------------------- */

static void rehearse(struct rehearsal *r, bool keep)
{
	sim_guard(r);
	sim_copy(r);
	if (sim_interrupted())
		ctl_fail("interrupted");
	sim_run(r);
	if (keep) {
		sim_guard(NULL);
		ctl_note(error_pick("the copy is kept: licetctl --prefix %s looks at it",
		                    "la copie est conservée : licetctl --prefix %s la montre"),
		         r->prefix);
	} else {
		sim_clean_up();
	}
}

static int run_simulate(struct ctl *ctl, int argc, char **argv)
{
	const char *at = "", *until = NULL, *speed = NULL, *mix = "", *seed = "1", *licetd = NULL;
	bool keep = false;
	const struct ctl_option options[] = { { "--at", &at, NULL },       { "--until", &until, NULL },
		                              { "--speed", &speed, NULL }, { "--outcomes", &mix, NULL },
		                              { "--seed", &seed, NULL },   { "--licetd", &licetd, NULL },
		                              { "--keep", NULL, &keep },   { NULL, NULL, NULL } };
	char path[PATH_MAX];

	ctl_words(ctl, argc, argv, options);
	if (*at == '\0')
		ctl_misuse(ctl, error_pick("--at must say when the rehearsal begins",
		                           "--at doit dire quand la répétition commence"));
	struct rehearsal r = { .ctl = ctl, .campaign = argv[1], .licetd = licetd };

	r.at_ms = read_at(ctl, "--at", at);
	r.until_ms = until != NULL ? read_at(ctl, "--until", until) : r.at_ms + UNTIL_DAYS * DAY_MS;
	if (r.until_ms <= r.at_ms)
		ctl_misuse(ctl, error_pick("--until must be after --at", "--until doit être après --at"));
	if (speed != NULL)
		r.speed = ctl_read_int(ctl, "--speed", speed, 1, (int)SPEED_MOST);
	r.chance = (uint64_t)ctl_read_int(ctl, "--seed", seed, 1, INT_MAX) * UINT64_C(0x9E3779B97F4A7C15);
	read_mix(&r, mix);
	sim_find_licetd(&r, path);
	prepare(&r);
	rehearse(&r, keep);
	sim_print(&r);
	hash_done(&r.stats);
	facts_free(r.cf);
	free(r.hours);
	if (r.log != NULL)
		fclose(r.log);
	return *r.stuck != '\0' ? 1 : 0;
}

const struct command ctl_simulate_commands[] = {
	{ .name = "simulate",
	  .usage = "CAMPAIGN",
	  .summary = "rehearse a campaign on a copy, with a simulated clock",
	  .needs_redis = true,
	  .run = run_simulate,
	  .has_page = true,
	  .example = "licetctl simulate acme.noel --at 2026-12-01 --outcomes busy:20%,no-answer:30%",
	  .details =
	      "It copies the campaign's definition, its waiting jobs, and what is known of their numbers to "
	      "keys that begin with licet-sim:{run-. It only reads real keys. licetd works on the copy, a "
	      "sender takes at once, closed hours are skipped, and lists count as fresh. The copy is "
	      "removed at the end, also on Ctrl-C.\n"
	      "The copy is in the same Redis: mind its memory and its time. Other campaigns are not in it: "
	      "they share no route and use up no cap. A release takes 50 ms of real time at rates up to "
	      "2/m, and 1 ms at 2/s and more. Without a rate jobs go as fast as this machine can. Exit 1 if "
	      "nothing moves any more for another reason than time.\n" },
	{ 0 },
};
