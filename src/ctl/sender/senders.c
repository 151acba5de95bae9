/* halt and unhalt; take, report, settle and senders: what is out, and whose it is. */
#include "core/time/civil.h"
#include "ctl/base/table.h"
#include "ctl/query/query.h"
#include "ctl/query/ready_entry.h"
#include "ctl/query/taken_job.h"
#include "ctl/records/attest.h"
#include "ctl/sender/breaker.h"
#include "ctl/sender/outcome.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEASES_MAX 2000 /* shown of one route */
#define TAKE_MAX 500
#define PAST_DAYS 3 /* licet_done knows for so long whom a token called */

/* --- halt ------------------------------------------------------------------------- */

static void check_scope(const struct ctl *ctl, const char *scope)
{
	static const char *const kinds[] = { "advertiser:", "source:", "route:" };

	if (strcmp(scope, "all") == 0)
		return;
	for (size_t i = 0; i < 3; i++) {
		size_t len = strlen(kinds[i]);

		if (strncmp(scope, kinds[i], len) == 0 && id_is_valid(scope + len, strlen(scope + len)))
			return;
	}
	ctl_misuse(ctl, "%s is no scope: expected all, advertiser:A, source:S or route:R", scope);
}

static int run_halt(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL;
	const struct ctl_option options[] = { { "--reason", &reason, NULL }, { NULL, NULL, NULL } };
	char key[KEY_SIZE];

	ctl_words(ctl, argc, argv, options, 1, 1);
	check_scope(ctl, argv[1]);
	if (reason == NULL || *reason == '\0')
		ctl_misuse(ctl, "--reason must say why");
	reply_free(ask_words(ctl, "HSET", key_global(ctl_conf(ctl)->prefix, "halt", key), argv[1], reason));
	if (ctl->json)
		ctl_print_json(json_pack("{s:s,s:b,s:s}", "scope", argv[1], "halted", 1, "reason", reason));
	else
		printf("%s: halted; nothing of it is released or handed over\n", argv[1]);
	return 0;
}

static int run_unhalt(struct ctl *ctl, int argc, char **argv)
{
	char key[KEY_SIZE];

	ctl_words(ctl, argc, argv, NULL, 1, 1);
	check_scope(ctl, argv[1]);
	struct redis_reply *reply =
	    ask_words(ctl, "HDEL", key_global(ctl_conf(ctl)->prefix, "halt", key), argv[1]);
	bool was = reply_int(reply, 0) == 1;

	reply_free(reply);
	if (ctl->json)
		ctl_print_json(
		    json_pack("{s:s,s:b,s:b}", "scope", argv[1], "halted", 0, "was_halted", (int)was));
	else
		printf("%s: %s\n", argv[1], was ? "goes on" : "was not halted");
	return was ? 0 : 1;
}

/* --- take -------------------------------------------------------------------------- */

static void print_taken(const struct ctl *ctl, const struct redis_reply *jobs)
{
	static const char *const names[] = { "token",     "campaign", "id",      "to",
		                             "caller_id", "message",  "attempt", NULL };
	char mask[PHONE_MASK_SIZE], at[CIVIL_INSTANT_SIZE];
	struct columns table;

	columns_init(&table, "token|campaign|id|number|caller id|message|attempt|not after");
	for (size_t i = 0; i < reply_count(jobs); i++) {
		for (size_t k = 0; names[k] != NULL; k++) {
			const char *text = reply_text(reply_field(reply_at(jobs, i), names[k]), NULL);

			columns_add(&table, text != NULL && strcmp(names[k], "to") == 0
			                        ? phone_mask(text, mask)
			                        : text);
		}
		columns_add(&table,
		            civil_format_instant(reply_int(reply_field(reply_at(jobs, i), "not_after_ms"), 0),
		                                 at));
	}
	columns_print(&table, ctl->colour);
	if (reply_count(jobs) == 0)
		puts("no job is ready");
}

static int run_take(struct ctl *ctl, int argc, char **argv)
{
	const char *sender = "licetctl", *count = "1";
	const struct ctl_option options[] = { { "--sender", &sender, NULL },
		                              { "--count", &count, NULL },
		                              { NULL, NULL, NULL } };
	char key[KEY_SIZE];
	struct redis_args a;

	ctl_words(ctl, argc, argv, options, 1, 1);
	ask_route(ctl, argv[1]);
	ask_sender_name(ctl, "--sender", sender);
	int wanted = ctl_read_int(ctl, "--count", count, 1, TAKE_MAX);

	ask_function(&a, "licet_take", key_ready(ctl_conf(ctl)->prefix, argv[1], "", key));
	args_add(&a, sender);
	args_add_int(&a, wanted);
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, "nothing was taken");
	if (ctl->json) {
		json_t *list = json_array();

		for (size_t i = 0; i < reply_count(reply); i++)
			json_array_append_new(list, taken_json(reply_at(reply, i)));
		ctl_print_json(list);
	} else {
		print_taken(ctl, reply);
	}
	reply_free(reply);
	return 0;
}

/* --- report -------------------------------------------------------------------------- */

static void check_outcome(const struct ctl *ctl, const char *outcome)
{
	if (outcome_find(outcome, strlen(outcome)) != NULL)
		return;
	const char *near = outcome_nearest(outcome, strlen(outcome));

	if (near != NULL)
		ctl_misuse(ctl, "%s is no outcome, did you mean %s?", outcome, near);
	ctl_misuse(ctl, "%s is no outcome (licetctl vocabulary lists them)", outcome);
}

/* The route on which a token was handed out, also where its lease is over or it was
 * reported in the last days; "main" if it was out on none. */
static void route_of_token(struct ctl *ctl, const char *token, char buf[ID_MAX + 1])
{
	const char *prefix = ctl_conf(ctl)->prefix;
	int64_t today = ctl_now_ms(ctl) / 86400000;
	char key[KEY_SIZE], part[32];
	struct names routes;
	bool found = false;

	snprintf(buf, ID_MAX + 1, "main");
	names_read(ctl, key_global(prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count && !found; i++)
		for (int k = 0; k < 2 + PAST_DAYS && !found; k++) {
			if (k < 2)
				snprintf(part, sizeof(part), "%s", k == 0 ? ":lease" : ":unknown");
			else
				snprintf(part, sizeof(part), ":past:%" PRId64, today - (k - 2));
			struct redis_reply *reply =
			    ask_any_words(ctl, "HEXISTS", key_ready(prefix, routes.list[i], part, key),
			                  token);

			found = reply_int(reply, 0) == 1;
			if (found)
				snprintf(buf, ID_MAX + 1, "%s", routes.list[i]);
			reply_free(reply);
		}
	names_done(&routes);
}

static int run_report(struct ctl *ctl, int argc, char **argv)
{
	const char *route = NULL, *detail = NULL, *lang = NULL, *out = NULL;
	const struct ctl_option options[] = { { "--route", &route, NULL },
		                              { "--detail", &detail, NULL },
		                              { "--lang", &lang, NULL },
		                              { "--out", &out, NULL },
		                              { NULL, NULL, NULL } };
	char key[KEY_SIZE], found[ID_MAX + 1];
	struct redis_args a;

	if (ctl_words(ctl, argc, argv, options, 1, 2) == 1) {
		if (route != NULL || detail != NULL)
			ctl_misuse(ctl, "an outcome is missing");
		if (!ask_is_campaign(ctl, argv[1]))
			ctl_misuse(ctl, "%s is no campaign, and of a job its outcome is missing", argv[1]);
		return attest_run(ctl, argv[1], lang != NULL ? lang : "en", out);
	}
	if (lang != NULL || out != NULL)
		ctl_misuse(ctl, "--lang and --out belong to the report of a campaign");
	check_outcome(ctl, argv[2]);
	if (route != NULL)
		ask_id(ctl, "a route", route);
	else
		route_of_token(ctl, argv[1], found);
	ask_function(&a, "licet_done",
	             key_ready(ctl_conf(ctl)->prefix, route != NULL ? route : found, "", key));
	args_add(&a, argv[1]);
	args_add(&a, argv[2]);
	args_add(&a, detail != NULL ? detail : "");
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, "the report was refused");
	const char *said = reply_text(reply, NULL);
	bool late = said != NULL && strcmp(said, "late") == 0;

	if (ctl->json)
		ctl_print_json(json_pack("{s:s,s:s,s:s}", "token", argv[1], "outcome", argv[2], "reply",
		                         late ? "late" : "OK"));
	else
		puts(late ? "late: its lease is over; only an opposition was recorded, if the outcome is one"
		          : "OK");
	reply_free(reply);
	return late ? 1 : 0;
}

/* --- settle ----------------------------------------------------------------------------- */

/* Find an unknown job. Returns false if none is of that id. */
static bool find_unknown(struct ctl *ctl, const char *route, const char *campaign, const char *id,
                         struct ready_entry *ret)
{
	char key[KEY_SIZE], cursor[32] = "0";
	bool found = false;

	key_ready(ctl_conf(ctl)->prefix, route, ":unknown", key);
	do {
		struct redis_reply *reply = ask_words(ctl, "HSCAN", key, cursor, "COUNT", "500");
		const struct redis_reply *pairs = reply_at(reply, 1);
		size_t len;

		snprintf(cursor, sizeof(cursor), "%s", reply_text(reply_at(reply, 0), NULL));
		for (size_t i = 1; i < reply_count(pairs) && !found; i += 2) {
			const char *text = reply_text(reply_at(pairs, i), &len);

			found = lease_read(text, len, ret) && strcmp(ret->campaign, campaign) == 0 &&
			        strcmp(ret->id, id) == 0;
		}
		reply_free(reply);
	} while (!found && strcmp(cursor, "0") != 0);
	return found;
}

static bool settle_on(struct ctl *ctl, const char *route, const char *token, const char *outcome,
                      const char *reason, bool *ret_opposed)
{
	char key[KEY_SIZE];
	struct redis_args a;

	ask_function(&a, "licet_resolve", key_ready(ctl_conf(ctl)->prefix, route, "", key));
	args_add(&a, token);
	args_add(&a, outcome);
	args_addf(&a, "settled by hand: %s", reason);
	struct redis_reply *reply = ask_call(ctl, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply, "it was not settled");
	bool settled = !reply_is_nil(reply);

	*ret_opposed = reply_int(reply_at(reply, 2), 0) == 1;
	reply_free(reply);
	return settled;
}

static int run_settle(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL;
	const struct ctl_option options[] = { { "--reason", &reason, NULL }, { NULL, NULL, NULL } };
	char key[KEY_SIZE], mask[PHONE_MASK_SIZE];
	struct names routes;
	struct ready_entry e;
	bool found = false, opposed = false;

	ctl_words(ctl, argc, argv, options, 3, 3);
	check_outcome(ctl, argv[3]);
	if (reason == NULL || *reason == '\0' || strlen(reason) > 400)
		ctl_misuse(ctl, "--reason must say how you know, in 1 to 400 bytes");
	ask_campaign(ctl, argv[1]);
	names_read(ctl, key_global(ctl->conf.prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count && !found; i++)
		found = find_unknown(ctl, routes.list[i], argv[1], argv[2], &e) &&
		        settle_on(ctl, routes.list[i], e.token, argv[3], reason, &opposed);
	names_done(&routes);
	if (!found)
		ctl_fail("campaign %s has no unknown job %s", argv[1], argv[2]);
	phone_mask(e.to, mask);
	if (ctl->json)
		ctl_print_json(json_pack("{s:s,s:s,s:s,s:s,s:b}", "campaign", argv[1], "id", argv[2], "to",
		                         mask, "outcome", argv[3], "opposed", (int)opposed));
	else
		printf("%s %s, %s: settled as %s%s\n", argv[1], argv[2], mask, argv[3],
		       opposed ? "; opposed" : "");
	return 0;
}

/* --- senders ------------------------------------------------------------------------------ */

/* The leases or the unknown jobs of a route. ends: the set of their ends, or NULL. */
static json_t *json_leases(struct ctl *ctl, const char *key, const char *ends)
{
	json_t *list = json_array();
	char cursor[CURSOR_SIZE] = "0", mask[PHONE_MASK_SIZE];
	int64_t now_ms = ctl_now_ms(ctl);

	do {
		struct redis_reply *reply = ask_page(ctl, key, cursor);
		const struct redis_reply *pairs = reply_at(reply, 1);
		size_t len;

		for (size_t i = 1; i < reply_count(pairs); i += 2) {
			const char *text = reply_text(reply_at(pairs, i), &len);
			struct ready_entry e;

			if (!lease_read(text, len, &e))
				continue;
			json_t *object =
			    json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "sender", e.sender, "campaign",
			              e.campaign, "id", e.id, "to", phone_mask(e.to, mask), "token", e.token,
			              "attempt", (json_int_t)e.attempt, "age_s",
			              (json_int_t)((now_ms - e.taken_ms) / 1000));

			if (object == NULL)
				continue;
			json_object_set_new(object, "taken_at", ctl_json_time(e.taken_ms));
			if (ends != NULL) {
				struct redis_reply *score = ask_words(ctl, "ZSCORE", ends, e.token);
				const char *end = reply_text(score, NULL);

				json_object_set_new(object, "left_s",
				                    end != NULL
				                        ? json_integer(((int64_t)strtod(end, NULL) - now_ms) /
				                                       1000)
				                        : json_null());
				reply_free(score);
			}
			json_array_append_new(list, object);
		}
		reply_free(reply);
	} while (strcmp(cursor, "0") != 0 && json_array_size(list) < LEASES_MAX);
	return list;
}

static void print_leases(const struct ctl *ctl, const json_t *route, const char *part, const char *heads)
{
	const json_t *list = json_object_get(route, part);
	bool leases = strcmp(part, "leases") == 0;
	char age[AGE_SIZE], left[AGE_SIZE];
	struct columns table;

	columns_init(&table, heads);
	for (size_t i = 0; i < json_array_size(list); i++) {
		static const char *const names[] = { "sender", "campaign", "id", "to" };
		const json_t *e = json_array_get(list, i);
		const json_t *left_s = json_object_get(e, "left_s");

		columns_addf(&table, "  %s", json_string_value(json_object_get(e, names[0])));
		for (size_t k = 1; k < 4; k++)
			columns_add(&table, json_string_value(json_object_get(e, names[k])));
		columns_add(&table, age_text(json_integer_value(json_object_get(e, "age_s")) * 1000, age));
		if (leases)
			columns_add(&table, json_is_integer(left_s) && json_integer_value(left_s) >= 0
			                        ? age_text(json_integer_value(left_s) * 1000, left)
			                        : "over");
	}
	if (!leases && json_array_size(list) > 0)
		puts("  unknown: their leases ended, a person must settle them (licetctl settle)");
	columns_print(&table, ctl->colour);
	json_int_t count =
	    json_integer_value(json_object_get(route, leases ? "lease_count" : "unknown_count"));

	if (count > (json_int_t)json_array_size(list) && json_array_size(list) >= LEASES_MAX)
		printf("  ... and %" JSON_INTEGER_FORMAT " more\n",
		       count - (json_int_t)json_array_size(list));
}

static void print_health(const json_t *route)
{
	const json_t *health = json_object_get(route, "health");
	char *text = health_text(health);

	if (*text != '\0')
		printf("  %s\n", text);
	if (strcmp(json_string_value(json_object_get(health, "state")), "tripped") == 0)
		printf("  when a person has looked: licetctl breaker %s --reset --reason R\n",
		       json_string_value(json_object_get(route, "route")));
	free(text);
}

static int run_senders(struct ctl *ctl, int argc, char **argv)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE], ends[KEY_SIZE];
	json_t *list = json_array();
	struct names routes;

	ctl_words(ctl, argc, argv, NULL, 0, 0);
	names_read(ctl, key_global(prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count; i++) {
		const char *r = routes.list[i];
		json_t *object = json_object();

		json_object_set_new(object, "route", json_string(r));
		json_object_set_new(object, "ready",
		                    json_integer(ask_count(ctl, "LLEN", key_ready(prefix, r, "", key))));
		json_object_set_new(object, "lease_count",
		                    json_integer(
					ask_count(ctl, "HLEN", key_ready(prefix, r, ":lease", key))));
		json_object_set_new(object, "unknown_count",
		                    json_integer(
					ask_count(ctl, "HLEN", key_ready(prefix, r, ":unknown", key))));
		json_object_set_new(object, "leases",
		                    json_leases(ctl, key_ready(prefix, r, ":lease", key),
		                                key_ready(prefix, r, ":lapse", ends)));
		json_object_set_new(object, "unknown",
		                    json_leases(ctl, key_ready(prefix, r, ":unknown", key), NULL));
		json_object_set_new(object, "health", health_json(ctl, r));
		json_array_append_new(list, object);
	}
	names_done(&routes);
	if (ctl->json) {
		ctl_print_json(list);
		return 0;
	}
	if (json_array_size(list) == 0)
		puts("no route was used yet");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *r = json_array_get(list, i);

		ctl_title(ctl,
		          "%s%s: %" JSON_INTEGER_FORMAT " ready, %" JSON_INTEGER_FORMAT
		          " with senders, %" JSON_INTEGER_FORMAT " unknown",
		          i > 0 ? "\n" : "", json_string_value(json_object_get(r, "route")),
		          json_integer_value(json_object_get(r, "ready")),
		          json_integer_value(json_object_get(r, "lease_count")),
		          json_integer_value(json_object_get(r, "unknown_count")));
		print_health(r);
		print_leases(ctl, r, "leases", "  sender|campaign|id|number|since|left");
		print_leases(ctl, r, "unknown", "  sender|campaign|id|number|since");
	}
	json_decref(list);
	return 0;
}

const struct command ctl_sender_commands[] = {
	{ .name = "senders",
	  .usage = "",
	  .summary = "who has which jobs, for how long still, which are unknown, and how routes fare",
	  .needs_redis = true,
	  .run = run_senders },
	{ .name = "take",
	  .usage = "ROUTE [--sender S] [--count N]",
	  .summary = "take ready jobs, as a sender does; whoever takes them must call and report",
	  .needs_redis = true,
	  .run = run_take,
	  .details = "Numbers are whole with --json only.\n"
	             "  --sender S   who takes them; licetctl if it is not said\n"
	             "  --count N    1 to 500; 1 if it is not said\n" },
	{ .name = "report",
	  .usage = "TOKEN OUTCOME [--route R] [--detail D] | CAMPAIGN [--lang en|fr] [--out FILE]",
	  .summary = "what became of a job that was taken; or, of a campaign, the attestation for its client",
	  .needs_redis = true,
	  .run = run_report,
	  .details =
	      "Exit 1 if the lease was over (late); an opposition is recorded all the same.\n"
	      "licetctl vocabulary lists the outcomes. Without --route every route in use is asked\n"
	      "for the token.\n"
	      "Of a campaign: jobs and outcomes, refusals with their articles, calls against the hours of\n"
	      "their places, oppositions, proofs of consent, the rulebook and the hash of the data. No\n"
	      "number of anybody called. Exit 1 if a call was outside lawful hours or came after an\n"
	      "opposition.\n" },
	{ .name = "settle",
	  .usage = "CAMPAIGN ID OUTCOME --reason R",
	  .summary = "say what became of a job whose lease was over",
	  .needs_redis = true,
	  .run = run_settle,
	  .details = "Only for a job that is unknown: taken, and not reported while its lease lasted. It is\n"
	             "recorded as done with that outcome and your reason. not-placed gives the attempt\n"
	             "back; opted-out, refused and never-again record the opposition.\n" },
	{ .name = "halt",
	  .usage = "SCOPE --reason R",
	  .summary = "stop all, advertiser:A, source:S or route:R at once",
	  .needs_redis = true,
	  .run = run_halt },
	{ .name = "unhalt",
	  .usage = "SCOPE",
	  .summary = "let it go on",
	  .needs_redis = true,
	  .run = run_unhalt },
	{ 0 },
};
