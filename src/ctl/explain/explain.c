/* explain: the daemon's own answer for one number, and its receipt. What it depends on
 * is fetched here; case.c judges it, receipt.c and explain_text.c say it. */

#include "core/law/binding.h"
#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/explain/case.h"
#include "ctl/explain/explain_text.h"
#include "ctl/explain/receipt.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/paper.h"
#include "ctl/paper/paper_explain.h"
#include "ctl/query/campaign_facts.h"
#include "ctl/query/job_find.h"
#include "ctl/query/number_facts.h"
#include "ctl/query/standing_now.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct asking {
	struct ctl *ctl;
	const struct rulebook *rb;
	const char *campaign, *written; /* as they were typed */
	struct phone asked;             /* no E.164 form: it is no number */
	int64_t at_ms;
	bool now;
	struct campaign_facts *cf;
	struct found_job found;
	struct case_file *c;
};

/* --- the job ------------------------------------------------------------------------- */

/* --job may leave out id and to: the number was said already. */
static char *given_job(struct asking *a, const char *text)
{
	json_t *object = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	char mask[PHONE_MASK_SIZE];
	struct phone named;

	if (!json_is_object(object)) {
		json_decref(object);
		return mem_copy(text); /* job_parse tells what is wrong with it */
	}
	const char *to = json_string_value(json_object_get(object, "to"));

	if (to != NULL && phone_normalise(a->rb, to, strlen(to), &named) &&
	    strcmp(named.e164, a->asked.e164) != 0) {
		json_decref(object);
		ctl_misuse(a->ctl,
		           error_pick("--job is for another number than %s",
		                      "--job vise un autre numéro que %s"),
		           phone_mask(a->asked.e164, mask));
	}
	if (json_object_get(object, "to") == NULL)
		json_object_set_new(object, "to", print_json_text(a->written));
	if (json_object_get(object, "id") == NULL)
		json_object_set_new(object, "id", json_string("explain"));
	char *made = json_pool_text(object, JSON_COMPACT);

	json_decref(object);
	return made != NULL ? made : mem_copy(text);
}

static void choose_job(struct asking *a, const char *given)
{
	struct case_file *c = a->c;
	const struct found_job *f = &a->found;

	c->judged = mem_copy(given != NULL ? "given" : f->text != NULL ? "found" : "none");
	c->job = given != NULL     ? given_job(a, given)
	         : f->text != NULL ? mem_copy_len(f->text, f->len)
	                           : case_bare_job(f->id, a->written);
	c->job_where = mem_copy(f->where);
	c->job_id = f->id[0] != '\0' ? mem_copy(f->id) : NULL;
	c->job_detail = mem_copy(f->detail);
	c->search_gave_up = f->gave_up;
}

/* --- what is known of the number -------------------------------------------------------- */

static bool is_out(const char *where)
{
	return strcmp(where, "ready") == 0 || strcmp(where, "taken") == 0 || strcmp(where, "unknown") == 0 ||
	       strcmp(where, "done") == 0;
}

static void days_copy(struct case_days *ret, const uint8_t *bytes, size_t len)
{
	memcpy(ret->bytes, bytes, len);
	ret->len = len;
}

static void keep_number(struct case_file *c, const struct number_facts *nf)
{
	c->listed_on = mem_copy(nf->listed_on);
	c->listed_besides = mem_copy(nf->listed_besides);
	c->opposed = mem_copy(nf->opposed);
	c->registry_unknown = nf->registry_unknown;
	c->unplaced = nf->unplaced;
	c->registry = nf->has_registry ? json_pool_text(nf->registry.root, JSON_COMPACT) : NULL;
	days_copy(&c->attempts, nf->attempts, nf->attempts_len);
	days_copy(&c->person_attempts, nf->person_attempts, nf->person_attempts_len);
	c->marked = nf->marked;
	c->cancelled = nf->cancelled;
}

static void keep_form(struct asking *a, const struct consent *consent)
{
	struct case_forms *forms = &a->c->forms;
	const char *id = consent->form_id;
	char key[KEY_SIZE];
	struct hash hash;

	if (id == NULL || !id_is_valid(id, strlen(id)) || forms->count == CASE_FORMS_MAX)
		return;
	for (size_t i = 0; i < forms->count; i++)
		if (strcmp(forms->list[i].id, id) == 0)
			return;
	hash_read(a->ctl, key_of(a->ctl->conf.prefix, "form", id, key), &hash);
	forms->list[forms->count].id = mem_copy(id);
	fields_copy(&forms->list[forms->count++].hash, &hash.fields);
	hash_done(&hash);
}

/* Was the precise time of a consent used already? A job that is out uses it itself. */
static void keep_slot(struct asking *a, const struct consent *consent)
{
	char key[KEY_SIZE], mark[64];

	if (consent->slot_ms == TIME_NONE || is_out(a->found.where))
		return;
	snprintf(mark, sizeof(mark), "%s/%" PRId64, a->asked.e164, consent->slot_ms);
	struct redis_reply *reply =
	    ask_value_words(a->ctl, "SISMEMBER",
	                    key_of(a->ctl->conf.prefix, "slots", a->cf->sit.c.advertiser, key), mark);

	a->c->slot_used = a->c->slot_used || reply_int(reply, 0) == 1;
	reply_free(reply);
}

/* What the consents refer to. */
static void keep_consents(struct asking *a, const struct job *job, const struct number_facts *nf)
{
	if (job->has_consent) {
		keep_form(a, &job->consent);
		keep_slot(a, &job->consent);
	}
	for (size_t i = 0; nf->has_registry && i < nf->registry.count; i++) {
		keep_form(a, &nf->registry.consents[i]);
		if (!job->has_consent)
			keep_slot(a, &nf->registry.consents[i]);
	}
}

static void read_number(struct asking *a)
{
	struct number_facts nf;
	struct fault ignored;
	struct job job;
	/* A job that cannot be read has no id and no person that would count. */
	bool sound = job_parse(a->c->job, strlen(a->c->job), &job, &ignored);
	const char *id = sound ? job.id : "explain";
	bool has_job = strcmp(a->c->judged, "none") != 0 || a->found.id[0] != '\0';
	bool own = has_job && (strcmp(a->c->judged, "given") != 0 || strcmp(a->found.id, id) == 0);

	number_facts_read(a->ctl, a->cf, a->asked.e164, sound ? job.person : NULL, has_job ? id : NULL, &nf);
	if (own && (is_out(a->found.where) || a->found.attempt > 1))
		nf.marked = false;
	if (own && a->found.own_day != INT32_MIN) {
		/* The attempt that a released job was counted as is its own. */
		nf.attempts_len = attempts_remove(nf.attempts, nf.attempts_len, a->found.own_day);
		nf.person_attempts_len =
		    attempts_remove(nf.person_attempts, nf.person_attempts_len, a->found.own_day);
	}
	keep_number(a->c, &nf);
	keep_consents(a, &job, &nf);
	a->c->attempt = own ? a->found.attempt : 1;
	number_facts_done(&nf);
	job_done(&job);
}

/* --- what is known of the campaign --------------------------------------------------------- */

/* Faults that were found elsewhere than in the campaign's own hashes come last. */
static void keep_faults(struct asking *a)
{
	const struct conf *conf = ctl_conf(a->ctl);
	struct campaign_options options = { .caller_id_doubtful = conf->caller_id_doubtful,
		                            .route_p99_ms = a->cf->health.p99_ms,
		                            .care_gap_days = conf->care_gap_days };
	struct campaign *alone = mem_zero(sizeof(*alone));
	const struct campaign_facts *cf = a->cf;
	int32_t first, last;

	law_dates(a->rb, a->at_ms, &first, &last);
	campaign_read(a->rb, &options, a->campaign, &cf->def.fields, &cf->advertiser.fields,
	              &cf->source.fields, &cf->route.fields, first, alone);
	for (size_t i = alone->fault_count; i < cf->sit.c.fault_count; i++) {
		size_t n = a->c->faults_beside.count++;

		a->c->faults_beside.list[n].fault = cf->sit.c.faults[i].fault;
		a->c->faults_beside.list[n].text = mem_copy(cf->sit.c.faults[i].text);
	}
	free(alone);
}

static void keep_campaign(struct asking *a)
{
	const struct conf *conf = ctl_conf(a->ctl);
	const struct campaign_facts *cf = a->cf;
	struct case_file *c = a->c;

	c->at_ms = a->at_ms;
	c->campaign = mem_copy(a->campaign);
	c->number = mem_copy(a->written);
	c->caller_id_doubtful = conf->caller_id_doubtful;
	c->require_approved = conf->require_approved;
	c->list_overrides.list = mem_zero((conf->list_overrides.count + 1) * sizeof(char *));
	for (size_t i = 0; i < conf->list_overrides.count; i++)
		c->list_overrides.list[c->list_overrides.count++] = mem_copy(conf->list_overrides.words[i]);
	c->route_p99_ms = cf->health.p99_ms;
	c->care_gap_days = conf->care_gap_days;
	fields_copy(&c->def, &cf->def.fields);
	fields_copy(&c->advertiser, &cf->advertiser.fields);
	fields_copy(&c->source, &cf->source.fields);
	fields_copy(&c->route, &cf->route.fields);
	c->halt_scope = mem_copy(cf->sit.halt_scope);
	c->halt_why = mem_copy(cf->sit.halt_why);
	keep_faults(a);
}

/* After the number's facts: a list of a wrong type is found with them. */
static void keep_lists(struct asking *a)
{
	const struct campaign_facts *cf = a->cf;

	for (size_t i = 0; i < cf->sit.law.list_count; i++)
		a->c->lists.list[a->c->lists.count++] = (struct case_list){
			.name = mem_copy(cf->sit.law.lists[i].name),
			.refreshed_at = mem_copy(hash_get(&cf->metas[i], "refreshed_at")),
			.malformed = cf->sit.list_facts[i].malformed,
			.lost = cf->sit.list_facts[i].lost,
		};
}

static void keep_brake(struct asking *a)
{
	struct standing_now n;
	struct brake brake = { .budget = 1 };
	struct case_file *c = a->c;

	standing_now_read(a->ctl, a->cf, a->now, &n);
	c->gate = standing_gate(&n.in, (const char **)&c->gate_rule);
	c->gate_rule = c->gate != REASON_ALLOWED ? mem_copy(c->gate_rule) : NULL;
	if (n.in.route == NULL)
		return;
	standing_brake(&n.in, &brake);
	/* What is ready already needs no room and no rate. */
	if (brake.budget > 0 || (is_out(a->found.where) &&
	                         (brake.reason == REASON_ROUTE_FULL || brake.reason == REASON_RATE_LIMIT)))
		return;
	c->brake = brake.reason;
	c->brake_rule = mem_copy(brake.rule);
	c->brake_until_ms = brake.until_ms;
}

static void fetch(struct asking *a, const char *given)
{
	a->cf = facts_read(a->ctl, a->campaign, a->at_ms);
	phone_normalise(a->rb, a->written, strlen(a->written), &a->asked);
	job_find(a->ctl, a->campaign, a->asked.e164, &a->found);
	if (a->found.hidden)
		ctl_note(error_pick(
		    "this user of Redis may not see what is ready, nor what senders have",
		    "cet utilisateur de Redis ne peut voir ni ce qui est prêt, ni ce que les émetteurs détiennent"));
	if (a->found.unseen && strcmp(a->found.where, "none") == 0)
		a->found.where = "unseen";
	keep_campaign(a);
	choose_job(a, given);
	read_number(a);
	keep_lists(a);
	keep_brake(a);
	found_done(&a->found);
	facts_free(a->cf);
}

/* --- the command -------------------------------------------------------------------------------- */

/* Create the file with O_EXCL and mode 0600: receipts are evidence and personal data. Returns the
 * hash of what was written; heap. */
static char *write_receipt(const struct judgement *j, bool french, const char *path)
{
	json_t *receipt = answer_json(j, french, true);

	receipt_seal(receipt, french);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (file == NULL)
		ctl_fail("%s: %s", path, error_system(errno));
	print_json(file, receipt, JSON_INDENT(2));
	fputc('\n', file);
	if (ferror(file) || fclose(file) != 0) {
		int why = errno;

		unlink(path);
		ctl_fail("%s: %s", path, error_system(why));
	}
	char *hash = mem_copy(json_string_value(json_object_get(receipt, "hash")));

	json_decref(receipt);
	return hash;
}

static void print_sheet(struct ctl *ctl, const struct judgement *j, bool french, bool full)
{
	const struct zone *zones[8] = { NULL };
	json_t *answer = answer_json(j, french, false);
	const char *whole = j->dec.phone.e164[0] != '\0' ? j->dec.phone.e164 : j->from->number;

	(void)ctl_place_zones(j->rb, judgement_place(j), zones, 8);
	if (full)
		json_object_set_new(answer, "to", print_json_text(whole));
	paper_explain(&(struct sheet_want){ .ctl = ctl, .french = french, .full = full, .zone = zones[0] },
	              answer, stdout);
	json_decref(answer);
}

static void say(struct ctl *ctl, const struct judgement *j, bool french, const char *receipt)
{
	char *hash = receipt != NULL ? write_receipt(j, french, receipt) : NULL;

	if (ctl->json) {
		json_t *answer = answer_json(j, french, false);

		if (receipt != NULL) {
			json_object_set_new(answer, "receipt_file", print_json_text(receipt));
			json_object_set_new(answer, "receipt_hash", print_json_text(hash));
		}
		ctl_print_json(answer);
	} else {
		explain_print(ctl, j, french);
		if (receipt != NULL)
			print(french ? "Reçu : %s (données personnelles), SHA-256 %s\n"
			             : "Receipt: %s (personal data), SHA-256 %s\n",
			      receipt, hash);
	}
	free(hash);
}

static int run_explain(struct ctl *ctl, int argc, char **argv)
{
	const char *at = NULL, *given = NULL, *receipt = NULL, *format = NULL;
	bool full = false;
	const struct ctl_option options[] = { { "--at", &at, NULL },           { "--job", &given, NULL },
		                              { "--receipt", &receipt, NULL }, { "--format", &format, NULL },
		                              { "--full", NULL, &full },       { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	bool french = ctl->french;
	bool html = strcmp(paper_format(ctl, format, NULL, full), "html") == 0;
	struct case_file c;

	if (html && receipt != NULL)
		ctl_misuse(ctl, error_pick("--receipt and --format html: one at a time",
		                           "--receipt et --format html : l'un ou l'autre"));
	struct asking a = { .ctl = ctl, .campaign = argv[1], .written = argv[2], .now = at == NULL, .c = &c };

	if (!a.now)
		a.at_ms = ctl_read_time(ctl, "--at", at);
	a.rb = ctl_rulebook(ctl);
	find_campaign(ctl, a.campaign);
	ask_campaign(ctl, a.campaign);
	if (a.now)
		a.at_ms = ctl_now_ms(ctl);
	case_init(&c);
	fetch(&a, given);
	struct judgement *j = case_judge(a.rb, &c);
	enum verdict verdict = reason_verdict(j->dec.reason);

	if (html)
		print_sheet(ctl, j, french, full);
	else
		say(ctl, j, french, receipt);
	judgement_free(j);
	case_done(&c);
	return verdict == VERDICT_REFUSE || verdict == VERDICT_INVALID ? 1 : 0;
}

const struct command ctl_explain_commands[] = {
	{ .name = "explain",
	  .usage = "CAMPAIGN NUMBER",
	  .summary = "why a number is called or not: every rule",
	  .needs_redis = true,
	  .run = run_explain,
	  .has_page = true,
	  .example = "licetctl explain acme.noel '06 12 34 56 78' --receipt receipt.json",
	  .details = "It looks for the number's job, and uses its consent and address. Exit 1 if the job is "
	             "refused, 0 if it may go or waits.\n" },
	{ 0 },
};
