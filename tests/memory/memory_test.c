/* Every allocation of a path fails once, one after the other: what comes of it is what is
 * right, an error in words, or the end of the process in words; never a result that differs,
 * and nothing is lost on the way. Each failure has a process of its own.
 *
 * hiredis 0.14 and libconfig 1.5 do not look at what malloc gives them everywhere. Where they
 * fall, and we do not, the process ends, too; how often is said. LICET_MEMORY=all tries every
 * allocation of the long paths; else some of them, by LICET_SEED. */
#include "alloc.h"
#include "core/forecast/forecast.h"
#include "core/law/binding.h"
#include "core/law/window.h"
#include "core/number/place.h"
#include "ctl/enqueue/header_match.h"
#include "ctl/input/csv_reader.h"
#include "dump.h"
#include "io/config/conf.h"
#include "io/host/clock.h"
#include "io/host/json_pool.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/rulebook/load.h"
#include "law.h"
#include "redis_paths.h"
#include "redis_server.h"
#include "scene.h"
#include "sweep.h"
#include "test.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

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
	struct facts facts = scene_facts(law_instant("2026-11-24T10:00:00+01:00"));
	facts.campaign = &d.c;
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

static char *whole_law; /* how the file reads when nothing fails */

static enum end path_rulebook(void *arg)
{
	char err[300] = "";
	struct rulebook *rb = rulebook_load(arg, LAW_ZONE_DIR, err, sizeof(err));

	if (rb == NULL)
		return strncmp(err, arg, strlen(arg)) == 0 && strchr(err, '\n') == NULL ? FAILED : WRONG;
	/* The dump is ours, and does not fail. */
	alloc_pause(true);
	char *text = rulebook_dump(rb);
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

	whole_law = rulebook_dump(*state);
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
	char *text = rulebook_dump(rb);
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
	whole_law = rulebook_dump(*state);
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
		return strcmp(err, "out of memory") == 0 ? FAILED : WRONG;
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
	const struct file_rules rules = { 0 };
	struct heads heads;
	enum end end = RIGHT;

	lines_start_print(l);
	if (!lines_next(l))
		return WRONG;
	heads_read(&ctl, l, &rules, &heads);
	heads_finish(l, &rules, &heads);
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
