/* Every allocation of a path fails once, one after the other: what comes of it is what is
 * right, an error in words, or the end of the process in words; never a result that differs,
 * and nothing is lost on the way. Each failure has a process of its own.
 *
 * hiredis 0.14 and libconfig 1.5 do not look at what malloc gives them everywhere. Where they
 * fall, and we do not, the process ends, too; how often is said. LICET_MEMORY=all tries every
 * allocation of the long paths; else some of them, by LICET_SEED. */
#include "alloc.h"
#include "chance.h"
#include "core/forecast.h"
#include "core/place.h"
#include "core/window.h"
#include "ctl/heads.h"
#include "ctl/lines.h"
#include "io/clock.h"
#include "io/conf.h"
#include "io/json_pool.h"
#include "io/log.h"
#include "io/mem.h"
#include "io/redis.h"
#include "io/rulebook_load.h"
#include "law.h"
#include "redis_server.h"
#include "situation.h"
#include "test.h"

#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern void __gcov_dump(void) __attribute__((weak));

/* What a path says of its own end. */
enum end { RIGHT, FAILED, WRONG };
typedef enum end path_fn(void *arg);

/* And what it came to. */
enum outcome {
	END_WHOLE = 60, /* nothing failed: the path is shorter than that */
	END_RIGHT,
	END_FAILED,
	END_WRONG,
	END_LEAK,
	END_LIBRARY, /* hiredis or libconfig fell */
	END_CRASH,
	END_STOPPED, /* "out-of-memory", and abort() */
	END_OTHER
};

struct tally {
	int right, failed, stopped, library;
};

/* --- one try --------------------------------------------------------------------------- */

static void on_fall(int number, siginfo_t *info, void *context)
{
	const char *who = alloc_who_fell();

	if (who != NULL && (strstr(who, "libhiredis") != NULL || strstr(who, "libconfig") != NULL))
		_exit(END_LIBRARY);
	if (number == SIGABRT)
		return; /* and it ends as it would */
	fprintf(stderr, "fell in %s\n", who != NULL ? who : "nobody knows what");
	_exit(END_CRASH);
}

static enum outcome child_try(path_fn *path, void *arg, long at, long run)
{
	struct sigaction fall = { .sa_sigaction = on_fall, .sa_flags = SA_SIGINFO };
	long live;

	sigaction(SIGSEGV, &fall, NULL);
	sigaction(SIGBUS, &fall, NULL);
	sigaction(SIGABRT, &fall, NULL); /* an assert() of theirs */
	live = alloc_live();
	alloc_arm(at, run);
	enum end end = path(arg);
	bool failed = alloc_failed();
	alloc_arm(0, 0);
	if (end == WRONG)
		return END_WRONG;
	if (alloc_live() != live) {
		fprintf(stderr, "%ld are left\n", alloc_live() - live);
		return END_LEAK;
	}
	return end == FAILED ? END_FAILED : failed ? END_RIGHT : END_WHOLE;
}

/* What the child said is in said. */
static enum outcome try_once(path_fn *path, void *arg, long at, long run, char *said, size_t size)
{
	int pipes[2], status;
	size_t used = 0;
	ssize_t n;

	fflush(NULL);
	assert_int_equal(pipe(pipes), 0);
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		dup2(pipes[1], STDERR_FILENO);
		close(pipes[0]);
		close(pipes[1]);
		enum outcome outcome = child_try(path, arg, at, run);
		if (__gcov_dump != NULL)
			__gcov_dump();
		_exit((int)outcome);
	}
	close(pipes[1]);
	while (used + 1 < size && (n = read(pipes[0], said + used, size - 1 - used)) > 0)
		used += (size_t)n;
	said[used] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
		return strstr(said, "event=out-of-memory") != NULL ? END_STOPPED : END_CRASH;
	/* The scanner of libconfig. */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 2 && strstr(said, "out of dynamic memory") != NULL)
		return END_STOPPED;
	/* exit(1) with a line: ctl_fail(). */
	if (WIFEXITED(status) && WEXITSTATUS(status) == 1 && strncmp(said, "licetctl: ", 10) == 0)
		return END_FAILED;
	return WIFEXITED(status) && WEXITSTATUS(status) >= END_WHOLE ? (enum outcome)WEXITSTATUS(status)
	                                                             : END_OTHER;
}

/* --- all of them ------------------------------------------------------------------------- */

/* Returns how many allocations the path makes. step: every so many, about. */
static long sweep(const char *label, path_fn *path, void *arg, long step, struct tally *t)
{
	struct chance c;
	char said[8192];
	long at = 1;

	chance_init(&c);
	*t = (struct tally){ 0 };
	assert_int_equal(path(arg), RIGHT); /* and what the C library keeps is there from now on */
	if (getenv("LICET_MEMORY") != NULL)
		step = 1;
	for (;; at += step > 1 ? chance_range(&c, 1, 2 * step - 1) : 1) {
		/* One alone, and as it is when memory is out: all that follow. */
		for (long run = 1; run >= 0; run--) {
			enum outcome outcome = try_once(path, arg, at, run, said, sizeof(said));
			if (outcome == END_WHOLE) {
				print_message("%s: about %ld allocations; %d tries were right, %d failed, %d "
				              "stopped, %d ended in a library\n",
				              label, at, t->right, t->failed, t->stopped, t->library);
				return at;
			}
			t->right += outcome == END_RIGHT;
			t->failed += outcome == END_FAILED;
			t->stopped += outcome == END_STOPPED;
			t->library += outcome == END_LIBRARY;
			if (outcome == END_RIGHT || outcome == END_FAILED || outcome == END_STOPPED ||
			    outcome == END_LIBRARY)
				continue;
			fail_msg("%s: allocation %ld%s: outcome %d\n%s", label, at,
			         run == 0 ? " and all behind it" : "", outcome, said);
		}
	}
}

/* --- jobs and decisions ---------------------------------------------------------------- */

#define CONSENT \
	"{\"product\":\"toys\",\"channel\":\"automated-voice\",\"collected_at\":\"2026-09-01T10:12:00+02:00\"," \
	"\"until\":\"2027-08-31\",\"form\":[\"identity\",\"choice\",\"period\",\"withdrawal\",\"proof\"]," \
	"\"proof\":\"form-v3/88121\"}"
static const char job_text[] =
    "{\"id\":\"crm-123\",\"to\":\"+33612000001\",\"person\":\"p-77\",\"consent\":" CONSENT
    ",\"vars\":{\"name\":\"A\",\"more\":[1,2.5,{\"x\":null}]}}";
static const char record_text[] = "{\"consents\":[" CONSENT "," CONSENT "],\"withdrawn_ms\":1}";

static enum end path_job(void *arg)
{
	struct job job;
	struct fault fault;
	bool good = job_parse(job_text, strlen(job_text), &job, &fault);
	enum end end =
	    good && strcmp(job.id, "crm-123") == 0 && job.consent.mention_count == 5 && job.vars_len == 38
		? RIGHT
		: WRONG; /* "invalid" would be: the job is sound */

	job_done(&job);
	return end;
}

/* The name of a field that has to be decoded is looked for in a faulty job. */
static enum end path_faulty_job(void *arg)
{
	static const char text[] = "{\"id\":\"1\",\"to\":\"0612000001\",\"col\\u006fur\": 1}";
	struct job job;
	struct fault fault;
	enum end end = !job_parse(text, strlen(text), &job, &fault) && fault.reason == REASON_FIELD_UNKNOWN &&
	                       strcmp(fault.field, "colour") == 0 && fault.position == 43
	                   ? RIGHT
	                   : WRONG;

	job_done(&job);
	return end;
}

static enum end path_record(void *arg)
{
	struct registry_record record;

	if (!registry_parse(record_text, strlen(record_text), &record))
		return WRONG;
	enum end end = record.count == 2 && record.withdrawn_ms == 1 ? RIGHT : WRONG;
	registry_done(&record);
	return end;
}

/* A campaign whose faults quote what others wrote, and a decision on it. */
static enum end path_decision(void *arg)
{
	const struct rulebook *rb = arg;
	struct definition d;
	struct place_views *views = mem_zero(sizeof(*views));
	struct job job;
	struct fault fault;
	struct decision dec;
	enum end end = WRONG;

	definition_sound(&d);
	definition_put(&d.def, "couleur préférée", "1");
	definition_read(rb, &d);
	bool told = d.c.fault_count == 1 && strcmp(d.c.faults[0].text, "couleur préférée") == 0;
	d.c.fault_count = 0;
	struct facts facts = { .now_ms = law_instant("2026-11-24T10:00:00+01:00"),
		               .campaign = &d.c,
		               .lists = REASON_ALLOWED,
		               .lists_rule = "",
		               .lists_stale_ms = INT64_MAX,
		               .brake = REASON_ALLOWED,
		               .brake_rule = "",
		               .brake_until_ms = TIME_NONE };
	if (job_parse(job_text, strlen(job_text), &job, &fault)) {
		place_views_init(views, rb, NULL);
		decide(views, &job, &facts, &dec, NULL);
		end = dec.reason == REASON_ALLOWED && told ? RIGHT : WRONG;
	}
	job_done(&job);
	free(views);
	return end;
}

static void test_jobs(void **state)
{
	struct tally t;

	assert_in_range(sweep("a job", path_job, NULL, 1, &t), 20, 1000);
	assert_int_equal(t.failed + t.library, 0);
	assert_int_not_equal(t.stopped, 0);
	assert_in_range(sweep("a faulty job", path_faulty_job, NULL, 1, &t), 5, 1000);
	assert_int_equal(t.failed + t.library, 0);
	assert_in_range(sweep("a record", path_record, NULL, 1, &t), 20, 1000);
	assert_int_equal(t.failed + t.library, 0);
	assert_in_range(sweep("a decision", path_decision, *state, 1, &t), 20, 1000);
	assert_int_equal(t.failed + t.library, 0);
}

/* The pool that licetd has, which takes memory seldom. */
static enum end path_pool(void *arg)
{
	static const char head[] = "{\"id\":\"1\",\"to\":\"2\",\"vars\":{\"x\":\"";
	enum end end = RIGHT;
	char large[1500];
	struct job jobs[100];
	struct fault fault;

	/* What a pool has it keeps: this path is for children only. */
	json_pool_use();
	memset(large, 'x', sizeof(large));
	memcpy(large, head, strlen(head));
	memcpy(large + sizeof(large) - 3, "\"}}", 3);
	for (size_t i = 0; i < COUNT(jobs); i++) {
		bool big = i % 10 == 0;
		if (!job_parse(big ? large : job_text, big ? sizeof(large) : strlen(job_text), &jobs[i],
		               &fault))
			end = WRONG;
	}
	for (size_t i = 0; i < COUNT(jobs); i++)
		job_done(&jobs[i]);
	return end;
}

static void test_pool(void **state)
{
	char said[2000];
	int stopped = 0;

	for (long at = 1;; at++) {
		enum outcome outcome = try_once(path_pool, NULL, at, 1, said, sizeof(said));
		if (outcome == END_LEAK && strstr(said, " are left") != NULL)
			break; /* it went through; the chunks stay with the pool */
		assert_int_equal(outcome, END_STOPPED);
		stopped++;
	}
	assert_in_range(stopped, 10, 1000);
}

/* --- files ------------------------------------------------------------------------------- */

#define PUT(...) fprintf(out, __VA_ARGS__)

static const char *text_of(const char *text)
{
	return text != NULL ? text : "(none)";
}

static void dump_regime(FILE *out, const struct regime *r)
{
	PUT("regime %s %d %d %s %s %s %d %s\n", r->id, r->from_day, r->to_day, r->grade,
	    text_of(r->week_article), text_of(r->holiday_article), r->refusal_days,
	    text_of(r->refusal_article));
	for (size_t d = 0; d < 7; d++)
		for (size_t i = 0; i < r->week.days[d].count; i++)
			PUT(" %zu %d-%d", d, r->week.days[d].ranges[i].start_min,
			    r->week.days[d].ranges[i].end_min);
	for (size_t i = 0; i < r->list_count; i++)
		PUT("\nlist %s %d %d %d %s", r->lists[i].name, r->lists[i].mode, r->lists[i].max_age_days,
		    r->lists[i].prospecting_only, text_of(r->lists[i].article));
	for (size_t i = 0; i < r->sector_count; i++)
		PUT("\nsector %s %d %d %s", r->sectors[i].name, (int)r->sectors[i].status,
		    r->sectors[i].consent_max_age_days, text_of(r->sectors[i].article));
	const struct consent_rule *c = &r->consent;
	PUT("\nconsent %d %s %d %d %d %d %d %s", c->required, text_of(c->channel), c->max_age_days,
	    c->product_match, c->advertiser_match, c->proof_required, c->slot_minutes, text_of(c->article));
	for (size_t i = 0; i < c->mention_count; i++)
		PUT(" %s", c->mentions[i]);
	for (size_t i = 0; i < c->base_count; i++)
		PUT(" b %s", c->bases[i]);
	for (size_t i = 0; i < c->act_count; i++)
		PUT(" a %s", c->acts[i]);
	PUT("\ncap %d %d %s\n", r->cap.attempts, r->cap.days, text_of(r->cap.article));
}

static void dump_territory(FILE *out, const struct territory *t)
{
	PUT("territory %s %d %s\n", t->name, t->covered, text_of(t->article));
	for (size_t i = 0; i < t->zone_count; i++)
		PUT(" zone %s %" PRId64, zone_name(t->zones[i]), zone_date_start_ms(t->zones[i], 20780));
	for (size_t i = 0; i < t->holiday_count; i++) {
		const struct holiday *h = &t->holidays[i];
		PUT("\n holiday %s %d %d-%d %d %d-%d %d %s", h->name, (int)h->kind, h->month, h->day,
		    h->easter_days, h->from_year, h->to_year, h->complete_until, text_of(h->article));
		for (size_t k = 0; k < h->date_count; k++)
			PUT(" %d", h->dates[k]);
	}
	PUT("\n");
}

static void dump_numbering(FILE *out, const struct numbering *n)
{
	PUT("numbering %s %s %s\n", n->international, n->trunk, n->expected);
	for (size_t i = 0; i < n->range_count; i++)
		PUT("range %s %d %d-%d %x %s %s %d\n", n->ranges[i].prefix, (int)n->ranges[i].cls,
		    n->ranges[i].min_digits, n->ranges[i].max_digits, n->ranges[i].territories,
		    text_of(n->ranges[i].hint), text_of(n->ranges[i].article), n->range_tree != NULL);
	for (size_t i = 0; i < n->national_count; i++)
		PUT("national %s %d %d %s %d %x %d\n", n->nationals[i].prefix, n->nationals[i].digits,
		    n->nationals[i].drop, n->nationals[i].put, (int)n->nationals[i].cls, n->nationals[i].also,
		    n->national_tree != NULL);
}

/* All that a rulebook says, as text. */
static char *dump(const struct rulebook *rb)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	PUT("%s %s %s %s %s %s %s %s %s %s %s %s %d %d %d %d %d %d\n", rb->id, rb->version, rb->hash,
	    rb->approved_by, rb->approved_on, rb->source, rb->caller_id_article, rb->opt_out_article,
	    rb->guard_article, rb->announce_article, rb->source_article, rb->location_article,
	    rb->postcode_length, rb->postcode_letters, rb->insee_length, rb->opt_out_within_s, rb->guard_s,
	    rb->guard_margin_s);
	for (size_t i = 0; i < rb->territory_count; i++)
		dump_territory(out, &rb->territories[i]);
	for (size_t i = 0; i < rb->postcode_count; i++)
		PUT("postcode %s %x\n", rb->postcodes[i].prefix, rb->postcodes[i].territories);
	for (size_t i = 0; i < rb->insee_count; i++)
		PUT("insee %s %x\n", rb->insee[i].prefix, rb->insee[i].territories);
	dump_numbering(out, &rb->numbering);
	for (size_t i = 0; i < rb->regime_count; i++)
		dump_regime(out, &rb->regimes[i]);
	for (size_t i = 0; i < rb->caller_id_count; i++)
		PUT("caller id %s %d %s\n", rb->caller_ids[i].prefix, rb->caller_ids[i].doubtful,
		    text_of(rb->caller_ids[i].article));
	for (int i = 0; i < NUMBER_CLASS_COUNT; i++)
		PUT("%d", rb->opt_out_classes[i]);
	for (size_t i = 0; i < rb->location_count; i++)
		PUT(" %s", rb->locations[i]);
	fclose(out);
	return text;
}

static char *whole_law; /* how the file reads when nothing fails */

static enum end path_rulebook(void *arg)
{
	char err[300] = "";
	struct rulebook *rb = rulebook_load(arg, LAW_ZONE_DIR, err, sizeof(err));

	if (rb == NULL)
		return strncmp(err, arg, strlen(arg)) == 0 && strchr(err, '\n') == NULL ? FAILED : WRONG;
	/* The dump is ours, and does not fail. */
	alloc_pause(true);
	char *text = dump(rb);
	bool same = strcmp(text, whole_law) == 0;
	for (size_t i = 0; !same && text[i] != '\0'; i++)
		if (text[i] != whole_law[i]) {
			fprintf(stderr, "%.100s\ninstead of\n%.100s\n", text + i, whole_law + i);
			break;
		}
	free(text);
	alloc_pause(false);
	rulebook_free(rb);
	return same ? RIGHT : WRONG;
}

static void test_rulebook(void **state)
{
	static char path[] = LAW_PATH;
	struct tally t;

	whole_law = dump(*state);
	assert_in_range(sweep("the rulebook", path_rulebook, path, 150, &t), 5000, 1000000);
	assert_int_not_equal(t.stopped, 0);
	free(whole_law);
}

/* As it is where a limit is reached, and not in one place alone: no library falls. */
static enum end path_little_room(void *arg)
{
	const long *room = arg;
	static char path[] = LAW_PATH;
	FILE *f = fopen("/proc/self/statm", "re");
	long pages = 0;

	assert_int_equal(fscanf(f, "%ld", &pages), 1);
	fclose(f);
	if (room[1]) { /* as licetd has it */
		mallopt(M_TRIM_THRESHOLD, 64 << 20);
		mallopt(M_MMAP_THRESHOLD, 16 << 20);
	}
	/* What is free in the heap is used up first, and so are the pages that it asks for anew. */
	rlim_t bytes = (rlim_t)(pages * sysconf(_SC_PAGESIZE));
	void *kept = NULL, **more;
	setrlimit(RLIMIT_AS, &(struct rlimit){ bytes, RLIM_INFINITY });
	alloc_pause(true);
	for (size_t size = 65536; size >= 16; size /= 2)
		while ((more = malloc(size)) != NULL) {
			*more = kept;
			kept = more;
		}
	alloc_pause(false);
	setrlimit(RLIMIT_AS, &(struct rlimit){ bytes + (rlim_t)room[0], RLIM_INFINITY });
	char err[300] = "";
	struct rulebook *rb = rulebook_load(path, LAW_ZONE_DIR, err, sizeof(err));
	setrlimit(RLIMIT_AS, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY });
	while (kept != NULL) {
		more = kept;
		kept = *more;
		free(more);
	}
	if (rb == NULL)
		return strncmp(err, path, strlen(path)) == 0 && strchr(err, '\n') == NULL ? FAILED : WRONG;
	char *text = dump(rb);
	bool same = strcmp(text, whole_law) == 0;
	free(text);
	rulebook_free(rb);
	return same ? RIGHT : WRONG;
}

static void test_little_room(void **state)
{
#ifdef __SANITIZE_ADDRESS__
	skip(); /* it takes more address space than any limit leaves */
#endif
	whole_law = dump(*state);
	for (long daemon = 0; daemon <= 1; daemon++) {
		int failed = 0, right = 0;
		for (long kib = 0; right < 5; kib += 64) {
			long room[2] = { kib * 1024, daemon };
			char said[2000];
			enum outcome outcome = try_once(path_little_room, room, 0, 0, said, sizeof(said));
			assert_in_range(kib, 0, 16384);
			failed += outcome == END_FAILED;
			right += outcome == END_WHOLE;
			if (outcome != END_FAILED && outcome != END_WHOLE && outcome != END_STOPPED)
				fail_msg("%ld KiB: outcome %d\n%s", kib, outcome, said);
		}
		print_message("%d tries failed in words\n", failed);
		assert_in_range(failed, 5, 1000);
	}
	free(whole_law);
}

/* A zone, and the trees of numbers: the core has no mem.h, and says so. */
static char *zone_bytes;
static size_t zone_len;

static enum end path_zone(void *arg)
{
	char err[160] = "";
	struct zone *zone = zone_new("Europe/Paris", zone_bytes, zone_len, err, sizeof(err));

	if (zone == NULL)
		return strcmp(err, "zone Europe/Paris: out of memory") == 0 ? FAILED : WRONG;
	bool right = zone_piece_at(zone, 1795510790).offset_s == 3600;
	zone_free(zone);
	return right ? RIGHT : WRONG;
}

static enum end path_index(void *arg)
{
	struct rulebook *rb = arg;
	struct phone phone;

	if (!rulebook_index(rb))
		return FAILED;
	return phone_normalise(rb, "0612000001", 10, &phone) ? RIGHT : WRONG;
}

static void test_core_tables(void **state)
{
	struct tally t;

	zone_bytes = law_read_file(LAW_ZONE_DIR "/Europe/Paris", &zone_len);
	assert_int_equal(sweep("a zone", path_zone, NULL, 1, &t), 5);
	assert_int_equal(t.failed, 2 * 4);
	free(zone_bytes);
	/* What there was before is freed in between: the balance is not even. */
	char said[2000];
	long at = 1;
	struct rulebook *rb = law_load(LAW_PATH);
	enum outcome outcome;
	while ((outcome = try_once(path_index, rb, at, 1, said, sizeof(said))) != END_WHOLE) {
		assert_in_range(outcome, END_FAILED, END_LEAK);
		assert_int_not_equal(outcome, END_WRONG);
		at++;
	}
	assert_in_range(at, 5, 50);
	/* A rulebook whose index failed is freed as any other. */
	alloc_arm(1, 1);
	assert_false(rulebook_index(rb));
	alloc_arm(0, 0);
	rulebook_free(rb);
}

static enum end path_conf(void *arg)
{
	struct conf conf;
	char err[300] = "";

	conf_init(&conf);
	bool loaded = conf_load(&conf, arg, err, sizeof(err)) == 0;
	enum end end = loaded ? (strcmp(conf.prefix, "licet:") == 0 && conf.redis_timeout_ms == 3000 &&
	                                 conf.batch_max > 0 && strcmp(conf.zone_dir, LAW_ZONE_DIR) == 0
	                             ? RIGHT
	                             : WRONG)
	               : strncmp(err, arg, strlen(arg)) == 0 && strchr(err, '\n') == NULL ? FAILED
	                                                                                  : WRONG;
	conf_done(&conf);
	return end;
}

static void test_conf(void **state)
{
	static char path[] = "conf/licet.conf";
	struct tally t;

	assert_in_range(sweep("the configuration", path_conf, path, 3, &t), 100, 10000);
}

/* --- what will go out ---------------------------------------------------------------------- */

static enum end path_forecast(void *arg)
{
	const struct rulebook *rb = arg;
	struct campaign c = { .guard_s = 600, .start_ms = INT64_MIN, .end_ms = INT64_MAX };
	struct forecast_pace pace = { .interval_ms = 60000 };
	struct forecast_result r;
	int64_t now_ms = law_instant("2026-11-24T09:00:00+01:00"), added = 0;
	struct forecast *f = forecast_new(rb, &c, now_ms);
	enum end end = RIGHT;

	if (f == NULL)
		return FAILED;
	for (int i = 0; i < 60 && end == RIGHT; i++) {
		struct forecast_class class = { .place = law_place(rb, i % 3 == 0   ? "metropole"
			                                               : i % 3 == 1 ? "la-reunion"
			                                                            : "guyane"),
			                        .from_ms = now_ms + i * 3600000,
			                        .until_ms = i % 2 == 0 ? INT64_MAX
			                                               : now_ms + (i + 30) * INT64_C(3600000),
			                        .why = REASON_JOB_EXPIRED,
			                        .any_hour = i % 7 == 0,
			                        .count = 100 };
		end = forecast_add(f, &class) ? RIGHT : FAILED;
		added += 100;
	}
	if (end == RIGHT && !forecast_place(f, law_place(rb, "mayotte")))
		end = FAILED;
	if (end == RIGHT && !forecast_run(f, &pace, &r))
		end = FAILED;
	if (end == RIGHT && (r.total != added || r.released + r.never_count + r.left != added))
		end = WRONG;
	forecast_free(f);
	return end;
}

static void test_forecast(void **state)
{
	struct tally t;

	assert_in_range(sweep("a forecast", path_forecast, *state, 1, &t), 15, 200);
	assert_int_equal(t.stopped, 0);
	assert_int_not_equal(t.failed, 0);
}

/* --- files of lines --------------------------------------------------------------------------- */

static char lines_path[128];

static enum end path_lines(void *arg)
{
	static struct ctl ctl;
	struct lines *l = lines_open(lines_path);
	struct heads heads;
	enum end end = RIGHT;

	lines_start_print(l);
	if (!lines_next(l))
		return WRONG;
	heads_read(&ctl, l, NULL, NULL, &heads);
	l->quotes = true;
	for (int i = 0; i < 3; i++)
		if (!lines_next(l) || l->fault != NULL || !lines_cut(l) || l->cell_count != 3 ||
		    strcmp(l->cells[2], i == 1 ? "Zoé; \"la\"\nbelle" : "Zoé") != 0)
			end = WRONG;
	if (lines_next(l))
		end = WRONG;
	heads_done(&heads);
	lines_close(l);
	return end;
}

static void test_lines(void **state)
{
	struct tally t;
	FILE *out;

	snprintf(lines_path, sizeof(lines_path), "%s/contacts.csv", redis_server_folder());
	out = fopen(lines_path, "w");
	assert_non_null(out);
	fputs(
	    "id;to;prenom\n1;0612000001;Zo\xe9\n2;0612000002;\"Zo\xe9; \"\"la\"\"\nbelle\"\n3;0612000003;Zo\xe9\n",
	    out);
	fclose(out);
	assert_in_range(sweep("lines of a file", path_lines, NULL, 1, &t), 5, 500);
	assert_int_equal(t.library, 0);
}

/* --- Redis --------------------------------------------------------------------------------- */

#define TIMEOUT_MS 5000

static struct redis_target target_here(void)
{
	return (struct redis_target){ .socket = redis_server_socket(), .timeout_ms = TIMEOUT_MS };
}

/* A pipeline whose replies must be those of its commands, or end. */
static enum end path_conn(void *arg)
{
	struct redis_target target = target_here();
	char err[REDIS_WHY] = "";
	struct redis_conn *conn = redis_conn_open(&target, err, sizeof(err));
	struct redis_args a;
	enum end end = RIGHT;
	int sent = 0;

	if (conn == NULL)
		return *err != '\0' ? FAILED : WRONG;
	args_init(&a);
	for (; sent < 12; sent++) {
		args_reset(&a);
		args_add(&a, "EVAL");
		args_add(&a, "return {ARGV[1], {1, 2, {false, 'x'}}, {}}");
		args_add_int(&a, 0);
		args_addf(&a, "answer %d", sent);
		if (!redis_conn_send(conn, &a))
			break;
	}
	args_done(&a);
	for (int i = 0; i < sent; i++) {
		char want[32];
		struct redis_reply *reply = redis_conn_next(conn);
		snprintf(want, sizeof(want), "answer %d", i);
		if (reply == NULL) {
			end = *redis_conn_error(conn) != '\0' ? FAILED : WRONG;
			break;
		}
		if (reply_count(reply) != 3 || strcmp(reply_text(reply_at(reply, 0), NULL), want) != 0 ||
		    reply_int(reply_at(reply_at(reply, 1), 1), 0) != 2)
			end = WRONG;
		reply_free(reply);
	}
	if (end == RIGHT && sent < 12)
		end = *redis_conn_error(conn) != '\0' ? FAILED : WRONG;
	redis_conn_close(conn);
	return end;
}

/* Commands on a link, each again until it was answered: by its own reply, once. */
#define CALLS 12
struct linked {
	struct event_base *base;
	struct redis_link *link;
	struct call {
		struct linked *l;
		int number, asked, told;
		bool done;
	} calls[CALLS];
	bool wrong;
};

static void ask_again(struct linked *l);

static void on_answer(void *arg, const struct redis_reply *reply)
{
	struct call *call = arg;
	struct linked *l = call->l;
	char want[32];
	bool all = true;

	call->told++;
	snprintf(want, sizeof(want), "answer %d", call->number);
	if (call->told != call->asked || call->done)
		l->wrong = true;
	if (reply != NULL) {
		const char *text = reply_text(reply_at(reply, 0), NULL);
		call->done = true;
		if (text == NULL || strcmp(text, want) != 0)
			l->wrong = true;
	}
	for (int i = 0; i < CALLS; i++)
		all = all && l->calls[i].done;
	if (all || l->wrong)
		event_base_loopbreak(l->base);
}

static void ask_again(struct linked *l)
{
	struct redis_args a;

	args_init(&a);
	for (int i = 0; i < CALLS; i++) {
		struct call *call = &l->calls[i];
		if (call->done || call->asked > call->told)
			continue;
		args_reset(&a);
		args_add(&a, "EVAL");
		args_add(&a, "return {ARGV[1], {1, 2, {false, 'x'}}}");
		args_add_int(&a, 0);
		args_addf(&a, "answer %d", call->number);
		call->asked++;
		if (!redis_link_call(l->link, &a, 0, on_answer, call))
			call->asked--;
	}
	args_done(&a);
}

static void on_up(void *arg)
{
	ask_again(arg);
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	ask_again(arg); /* what a full buffer refused while the link stayed up */
}

static enum end path_link(void *arg)
{
	struct redis_target target = target_here();
	struct linked l = { .base = event_base_new() };
	struct redis_link_hooks hooks = { on_up, NULL, &l };
	struct timeval often = { 0, 20000 }, most = { 10, 0 };
	int answered = 0;

	for (int i = 0; i < CALLS; i++)
		l.calls[i] = (struct call){ .l = &l, .number = i };
	l.link = redis_link_new(l.base, NULL, &target, &hooks);
	struct event *again = event_new(l.base, -1, EV_PERSIST, on_late, &l);
	event_add(again, &often);
	event_base_loopexit(l.base, &most);
	event_base_dispatch(l.base);
	redis_link_free(l.link);
	event_free(again);
	event_base_free(l.base);
	for (int i = 0; i < CALLS; i++)
		answered += l.calls[i].done;
	if (l.wrong || answered < CALLS)
		fprintf(stderr, "wrong %d, answered %d\n", l.wrong, answered);
	return l.wrong || answered < CALLS ? WRONG : RIGHT;
}

static void test_redis(void **state)
{
	struct tally t;

	assert_in_range(sweep("a connection", path_conn, NULL, 5, &t), 50, 5000);
	assert_int_not_equal(t.failed, 0);
	assert_int_not_equal(t.stopped, 0);
}

static void test_link(void **state)
{
	struct tally t;

	assert_in_range(sweep("a link", path_link, NULL, 9, &t), 50, 5000);
	assert_int_not_equal(t.right, 0);
	assert_int_not_equal(t.stopped, 0);
}

static int set_up(void **state)
{
	struct rlimit no_core = { 0, 0 };

	setrlimit(RLIMIT_CORE, &no_core);
	alloc_track();
	mem_use();
	log_set_level(LOG_LEVEL_FATAL);
	redis_server_start(NULL);
	return law_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jobs),        cmocka_unit_test(test_pool),
		cmocka_unit_test(test_rulebook),    cmocka_unit_test(test_little_room),
		cmocka_unit_test(test_core_tables), cmocka_unit_test(test_conf),
		cmocka_unit_test(test_forecast),    cmocka_unit_test(test_lines),
		cmocka_unit_test(test_redis),       cmocka_unit_test(test_link),
	};

	return cmocka_run_group_tests(tests, set_up, law_teardown);
}
