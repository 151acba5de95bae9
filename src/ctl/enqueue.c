/* enqueue: jobs of a file onto a campaign's queue, each looked at before it is pushed. */
#include "core/civil.h"
#include "core/job.h"
#include "core/nearest.h"
#include "core/place.h"
#include "ctl/ask.h"
#include "ctl/forecast.h"
#include "ctl/lines.h"
#include "io/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PUSH_JOBS 500
#define PUSH_BYTES 1000000
#define PIPELINE_MAX 8 /* pushes on their way */

static const char *const job_columns[] = { "id",    "to",         "person",   "postcode",
	                                   "insee", "not_before", "not_after" };
static const char *const consent_columns[] = { "product", "channel", "collected_at", "until",
	                                       "form",    "proof",   "act",          "advertiser",
	                                       "via",     "bases",   "slot" };
#define JOB_COLUMNS (sizeof(job_columns) / sizeof(job_columns[0]))
#define CONSENT_COLUMNS (sizeof(consent_columns) / sizeof(consent_columns[0]))
static const char consent_prefix[] = "consent.";

struct intake {
	struct ctl *ctl;
	const struct rulebook *rb;
	const char *campaign;
	char key[KEY_SIZE];
	struct lines *lines;
	struct line_reports bad;
	bool dry_run, csv;
	char *heads[CELLS_MAX]; /* of the columns; CSV only */
	size_t head_count;
	struct redis_args push;
	size_t push_bytes;
	int pending;
	int64_t pushed;
};

/* --- pushing ------------------------------------------------------------------------ */

static void take_pushed(struct intake *in)
{
	struct redis_reply *reply = ask_next(in->ctl);

	if (reply_is_error(reply))
		ctl_fail("%s:%zu: Redis takes no more jobs: %s", in->lines->name, in->lines->number,
		         reply_text(reply, NULL));
	reply_free(reply);
	in->pending--;
}

static void push_start(struct intake *in)
{
	args_reset(&in->push);
	args_add(&in->push, "RPUSH");
	args_add(&in->push, in->key);
	in->push_bytes = 0;
}

static void push_send(struct intake *in)
{
	if (in->push.count == 2)
		return;
	ask_send(in->ctl, &in->push);
	in->pending++;
	push_start(in);
	while (in->pending >= PIPELINE_MAX)
		take_pushed(in);
	ctl_progress(in->campaign, in->pushed);
}

/* --- looking at one ------------------------------------------------------------------- */

static bool address_is_known(struct intake *in, const struct job *job)
{
	uint32_t place;

	if (job->postcode != NULL &&
	    !place_of_postcode(in->rb, job->postcode, strlen(job->postcode), &place)) {
		report_line(&in->bad, in->lines, "postcode", reason_name(REASON_FIELD_MALFORMED), NULL,
		            "expected a postcode of a territory in the rulebook");
		return false;
	}
	if (job->insee != NULL && !place_of_insee(in->rb, job->insee, strlen(job->insee), &place)) {
		report_line(&in->bad, in->lines, "insee", reason_name(REASON_FIELD_MALFORMED), NULL,
		            "expected the INSEE code of a commune in the rulebook");
		return false;
	}
	return true;
}

static bool is_sound(struct intake *in, const char *text, size_t len)
{
	const char *hint = NULL;
	struct phone phone;
	struct fault fault;
	struct job job;
	bool sound = job_parse(text, len, &job, &fault);

	if (!sound) {
		report_line(&in->bad, in->lines, fault.field, reason_name(fault.reason), job.to, fault.hint);
		job_done(&job);
		return false;
	}
	enum reason reason = phone_parse(in->rb, job.to, job.to_len, &phone, &hint);

	sound = reason == REASON_ALLOWED;
	if (!sound)
		report_line(&in->bad, in->lines, "to", reason_name(reason), job.to, hint != NULL ? hint : "");
	sound = sound && address_is_known(in, &job);
	job_done(&job);
	return sound;
}

static void push_job(struct intake *in, const char *text, size_t len)
{
	if (!is_sound(in, text, len))
		return;
	in->pushed++;
	if (in->dry_run)
		return;
	args_own(&in->push, mem_copy_len(text, len), len);
	in->push_bytes += len;
	if (in->push.count >= 2 + PUSH_JOBS || in->push_bytes >= PUSH_BYTES)
		push_send(in);
}

/* --- CSV --------------------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* A column that looks like a slip of the pen is told: its cells go to vars. */
static void check_head(struct intake *in, const char *head)
{
	const char *file = in->lines->name, *near;
	bool of_consent = strncmp(head, consent_prefix, strlen(consent_prefix)) == 0;

	if (of_consent) {
		head += strlen(consent_prefix);
		if (is_one_of(head, consent_columns, CONSENT_COLUMNS))
			return;
		near = nearest_name(head, strlen(head), consent_columns, CONSENT_COLUMNS);
		if (near != NULL)
			ctl_fail("%s:1: column consent.%.40s is unknown, did you mean consent.%s?", file,
			         head, near);
		ctl_fail("%s:1: column consent.%.40s is unknown", file, head);
	}
	if (*head == '\0')
		ctl_fail("%s:1: a column without a name", file);
	near = is_one_of(head, job_columns, JOB_COLUMNS)
	           ? NULL
	           : nearest_name(head, strlen(head), job_columns, JOB_COLUMNS);
	if (near != NULL)
		ctl_note("%s:1: column %.40s goes to vars; did you mean %s?", file, head, near);
}

static void read_heads(struct intake *in)
{
	struct lines *l = in->lines;
	bool has_id = false, has_to = false;

	if (!lines_cut(l))
		ctl_fail("%s:1: %s", l->name, l->fault);
	in->head_count = l->cell_count;
	for (size_t i = 0; i < l->cell_count; i++) {
		for (size_t k = 0; k < i; k++)
			if (strcmp(in->heads[k], l->cells[i]) == 0)
				ctl_fail("%s:1: column %.40s is there twice", l->name, l->cells[i]);
		in->heads[i] = mem_copy(l->cells[i]);
		check_head(in, in->heads[i]);
		has_id = has_id || strcmp(in->heads[i], "id") == 0;
		has_to = has_to || strcmp(in->heads[i], "to") == 0;
	}
	if (!has_id || !has_to)
		ctl_fail("%s:1: the header has no column %s", l->name, has_id ? "to" : "id");
}

static void set_in(json_t *object, const char *part, const char *name, json_t *value)
{
	json_t *inner = json_object_get(object, part);

	if (inner == NULL) {
		inner = json_object();
		json_object_set_new(object, part, inner);
	}
	json_object_set_new(inner, name, value);
}

/* An empty cell is an absent field. Returns false if a cell is no UTF-8. */
static bool job_of_line(const struct intake *in, json_t *object)
{
	for (size_t i = 0; i < in->head_count; i++) {
		const char *head = in->heads[i], *cell = in->lines->cells[i];
		json_t *checked = json_string(cell);

		if (checked == NULL)
			return false;
		if (*cell == '\0')
			;
		else if (is_one_of(head, job_columns, JOB_COLUMNS))
			json_object_set(object, head, checked);
		else if (strncmp(head, consent_prefix, strlen(consent_prefix)) == 0)
			set_in(object, "consent", head + strlen(consent_prefix),
			       cell_value(in->rb, head + strlen(consent_prefix), cell));
		else
			set_in(object, "vars", head, json_incref(checked));
		json_decref(checked);
	}
	return true;
}

static void csv_line(struct intake *in)
{
	struct lines *l = in->lines;

	if (!lines_cut(l)) {
		report_line(&in->bad, l, "", reason_name(REASON_FIELD_MALFORMED), NULL, l->fault);
		return;
	}
	if (l->cell_count != in->head_count) {
		char hint[80];

		snprintf(hint, sizeof(hint), "%zu cells, the header has %zu", l->cell_count, in->head_count);
		report_line(&in->bad, l, "", reason_name(REASON_FIELD_MALFORMED), NULL, hint);
		return;
	}
	json_t *object = json_object();
	char *text = job_of_line(in, object) ? json_dumps(object, JSON_COMPACT) : NULL;

	if (text != NULL)
		push_job(in, text, strlen(text));
	else
		report_line(&in->bad, l, "", reason_name(REASON_FIELD_MALFORMED), NULL,
		            "a cell that is no UTF-8");
	free(text);
	json_decref(object);
}

/* --- the command --------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static void read_all(struct intake *in, const char *path)
{
	struct lines *l = in->lines;

	while (lines_next(l)) {
		if (l->number == 1) {
			/* A job begins with a brace, a header never does. */
			in->csv = !ends_with(path, ".jsonl") &&
			          (ends_with(path, ".csv") || l->text[strspn(l->text, " ")] != '{');
			if (in->csv) {
				read_heads(in);
				continue;
			}
		}
		if (l->text[strspn(l->text, " \t")] == '\0' && l->fault == NULL)
			continue;
		if (in->csv)
			csv_line(in);
		else if (l->fault != NULL)
			report_line(&in->bad, l, "", reason_name(REASON_JSON_MALFORMED), NULL, l->fault);
		else
			push_job(in, l->text, l->len);
	}
	if (!in->dry_run)
		push_send(in);
	while (in->pending > 0)
		take_pushed(in);
	ctl_progress("", -1);
	reports_end(&in->bad);
}

static int run_enqueue(struct ctl *ctl, int argc, char **argv)
{
	bool dry_run = false;
	const struct ctl_option options[] = { { "--dry-run", NULL, &dry_run }, { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options, 2, 2);
	ask_campaign(ctl, argv[1]);
	struct intake *in = mem_zero(sizeof(*in));
	char campaigns[KEY_SIZE];

	in->ctl = ctl;
	in->rb = ctl_rulebook(ctl);
	in->campaign = argv[1];
	in->dry_run = dry_run;
	struct redis_reply *listed =
	    ask_words(ctl, "SISMEMBER", key_global(ctl->conf.prefix, "campaigns", campaigns), argv[1]);

	if (reply_int(listed, 0) != 1)
		ctl_fail("campaign %s is not in %s: licetd would not see its queue", argv[1], campaigns);
	reply_free(listed);
	if (ctl->json)
		in->bad.list = json_array();
	in->lines = lines_open(argv[2]);
	key_campaign(ctl->conf.prefix, argv[1], "queue", in->key);
	push_start(in);
	read_all(in, argv[2]);
	bool clean = in->bad.count == 0;

	if (ctl->json)
		ctl_print_json(json_pack("{s:s,s:I,s:I,s:b,s:o}", "campaign", in->campaign, "pushed",
		                         (json_int_t)in->pushed, "refused", (json_int_t)in->bad.count,
		                         "dry_run", (int)dry_run, "lines", in->bad.list));
	else
		printf("%s: %" PRId64 " job%s %s, %zu line%s refused\n", in->campaign, in->pushed,
		       in->pushed == 1 ? "" : "s", dry_run ? "would be queued" : "queued", in->bad.count,
		       in->bad.count == 1 ? "" : "s");
	if (in->pushed > 0 && !dry_run)
		outlook_warn(ctl, in->campaign);
	for (size_t i = 0; i < in->head_count; i++)
		free(in->heads[i]);
	args_done(&in->push);
	lines_close(in->lines);
	free(in);
	return clean ? 0 : 1;
}

const struct command ctl_enqueue_commands[] = {
	{ .name = "enqueue",
	  .usage = "CAMPAIGN FILE.csv|FILE.jsonl|- [--dry-run]",
	  .summary = "queue the jobs of a file, each looked at first",
	  .needs_redis = true,
	  .run = run_enqueue,
	  .details =
	      "CSV has a header with id and to, and if wanted person, postcode, insee, not_before, not_after,\n"
	      "consent.product and the other fields of a consent; further columns go to vars as text.\n"
	      "JSON lines have one job each. Refused lines are told with the field and the reason, the others\n"
	      "are queued; exit 1 if one was refused.\n"
	      "  --dry-run   look at all of them, queue none\n" },
	{ 0 },
};
