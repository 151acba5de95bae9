/* breaker: canary and breaker of a route, and how long it takes. */
#include "ctl/sender/breaker.h"

#include "core/time/civil.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/space/each.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REASON_BYTES 400

/* --- what it is ------------------------------------------------------------------- */

static json_t *json_text(const char *text)
{
	json_t *value = text != NULL && *text != '\0' ? print_json_text(text) : NULL;

	return value != NULL ? value : json_null();
}

static json_t *json_ms(const struct hash *h, const char *name)
{
	int64_t ms = hash_int(h, name);

	return ms > 0 ? ctl_json_time(ms) : json_null();
}

/* The state that the function would take it for. A breaker that is open stays so, also where
 * the route's declaration has none any more. */
static const char *state_of(const struct hash *h, int64_t canary, int64_t pct)
{
	const char *state = hash_get(h, "state");

	if (state != NULL && strcmp(state, "tripped") == 0)
		return "tripped";
	if (canary <= 0 && pct <= 0)
		return "none";
	if (state != NULL && strcmp(state, "flowing") == 0)
		return "flowing";
	return canary > 0 ? "canary" : "flowing";
}

json_t *health_json(struct ctl *ctl, const char *route)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct hash h, declared;
	json_t *object = json_object();

	hash_read(ctl, key_ready(prefix, route, ":health", key), &h);
	hash_read(ctl, key_of(prefix, "route", route, key), &declared);
	int64_t canary = hash_int(&declared, "canary"), pct = hash_int(&declared, "breaker_pct");
	const char *last = hash_get(&h, "last"), *state = state_of(&h, canary, pct);
	json_int_t failed = 0;

	for (const char *at = last != NULL ? last : ""; *at != '\0'; at++)
		failed += *at == '1';
	json_object_set_new(object, "state", print_json_text(state));
	json_object_set_new(object, "since", json_ms(&h, "since"));
	json_object_set_new(object, "why", json_text(hash_get(&h, "why")));
	json_object_set_new(object, "canary", json_integer(canary));
	json_object_set_new(object, "released", json_integer(hash_int(&h, "released")));
	/* Half of them, where a canary is declared and no share is. */
	json_object_set_new(object, "breaker_pct", json_integer(pct > 0 ? pct : canary > 0 ? 50 : 0));
	json_object_set_new(object, "looked", json_integer(last != NULL ? (json_int_t)strlen(last) : 0));
	json_object_set_new(object, "failed", json_integer(failed));
	json_object_set_new(object, "p99_ms",
	                    hash_get(&h, "p99_ms") != NULL ? json_integer(hash_int(&h, "p99_ms"))
	                                                   : json_null());
	json_object_set_new(object, "reset_at", json_ms(&h, "reset_ms"));
	json_object_set_new(object, "reset_by", json_text(hash_get(&h, "reset_by")));
	json_object_set_new(object, "reset_why", json_text(hash_get(&h, "reset_why")));
	if (h.wrong_type)
		json_object_set_new(object, "why",
		                    json_string(error_pick("its health is not a hash",
		                                           "son état n'est pas un hash")));
	hash_done(&h);
	hash_done(&declared);
	return object;
}

/* --- in words ------------------------------------------------------------------------ */

static const char *text_of(const json_t *health, const char *name)
{
	const char *text = json_string_value(json_object_get(health, name));

	return text != NULL ? text : "";
}

static json_int_t int_of(const json_t *health, const char *name)
{
	return json_integer_value(json_object_get(health, name));
}

static char *state_text(const json_t *health, bool french)
{
	const char *state = text_of(health, "state"), *since = text_of(health, "since");
	json_int_t failed = int_of(health, "failed"), looked = int_of(health, "looked");

	if (strcmp(state, "tripped") == 0)
		return mem_format(french ? "coupe-circuit ouvert depuis %s : %s ; rien ne part"
		                         : "breaker open since %s: %s; nothing goes out",
		                  since, text_of(health, "why"));
	if (strcmp(state, "canary") == 0)
		return mem_format(french ? "essai : %" JSON_INTEGER_FORMAT " sur %" JSON_INTEGER_FORMAT
		                           " transmis, %" JSON_INTEGER_FORMAT
		                           " échecs sur %" JSON_INTEGER_FORMAT " issues"
		                         : "canary: %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
		                           " released, %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT
		                           " outcomes failed",
		                  int_of(health, "released"), int_of(health, "canary"), failed, looked);
	if (strcmp(state, "flowing") == 0)
		return mem_format(french ? "les appels passent%s%s, %" JSON_INTEGER_FORMAT
		                           " échecs sur les %" JSON_INTEGER_FORMAT
		                           " derniers (coupe-circuit à %" JSON_INTEGER_FORMAT " sur 100)"
		                         : "flowing%s%s, %" JSON_INTEGER_FORMAT
		                           " of the last %" JSON_INTEGER_FORMAT
		                           " failed (breaker at %" JSON_INTEGER_FORMAT " in 100)",
		                  *since == '\0' ? "" : lang_pick(french, " since ", " depuis "), since,
		                  failed, looked, int_of(health, "breaker_pct"));
	return mem_copy(text_of(health, "why"));
}

char *health_text(const json_t *health, bool french)
{
	char *state = state_text(health, french), age[LANG_AGE_SIZE];

	if (!json_is_integer(json_object_get(health, "p99_ms")))
		return state;
	char *text = mem_format(french ? "%s%s99 appels sur 100 sont rendus en %s"
	                               : "%s%s99 of 100 calls are reported within %s",
	                        state, *state == '\0' ? "" : lang_pick(french, "; ", " ; "),
	                        lang_age(french, int_of(health, "p99_ms"), age));

	free(state);
	return text;
}

/* --- breaker -------------------------------------------------------------------------- */

struct breaking {
	const char *route, *by, *reason;
};

static int show(struct ctl *ctl, void *arg)
{
	const struct breaking *b = arg;
	json_t *health = health_json(ctl, b->route);

	if (ctl->json) {
		json_object_set_new(health, "route", print_json_text(b->route));
		ctl_print_json(health);
		return 0;
	}
	char *text = health_text(health, ctl->french);

	print(lang_pick(ctl->french, "%s: %s\n", "%s : %s\n"), b->route,
	      *text != '\0' ? text
	                    : lang_pick(ctl->french, "neither canary nor breaker is declared",
	                                "ni essai ni coupe-circuit n'est déclaré"));
	if (*text_of(health, "reset_at") != '\0')
		print(lang_pick(ctl->french, "  reset %s by %s: %s\n", "  réarmé le %s par %s : %s\n"),
		      text_of(health, "reset_at"), text_of(health, "reset_by"), text_of(health, "reset_why"));
	free(text);
	json_decref(health);
	return 0;
}

/* The route may send to the same trunk from every space: each has a breaker of its own. */
static int show_all(struct ctl *ctl, struct breaking *b)
{
	struct everywhere e;

	everywhere_open(ctl, true, &e);
	find_route(ctl, &e, b->route);
	everywhere_say(ctl, &e, ctl->french);
	int code =
	    e.count == 0
		? show(ctl, b)
		: each_do(ctl, &e, show, b,
	                  error_pick("how the route fares is not known", "on ignore comment va la route"),
	                  ctl->french);

	everywhere_close(&e);
	return code;
}

/* What it was; "": there was nothing to reset. */
static json_t *reset_there(struct ctl *there, void *arg)
{
	const struct breaking *b = arg;
	char key[KEY_SIZE];
	struct redis_args a;

	args_fcall(&a, "licet_breaker", key_ready(ctl_conf(there)->prefix, b->route, "", key));
	args_add(&a, b->by);
	args_add(&a, b->reason);
	struct redis_reply *reply = ask_call(there, &a);

	args_done(&a);
	if (reply_is_error(reply))
		ask_refused(reply,
		            error_pick("the breaker was not reset", "le coupe-circuit n'a pas été réarmé"));
	const char *was = reply_text(reply, NULL);
	bool done = was != NULL && *was != '\0';
	json_t *said = print_pack("{s:i,s:s}", "reset", (int)done, "was", done ? was : "");

	reply_free(reply);
	return said;
}

/* space: "" where there is one. */
static void tell_reset(const struct ctl *ctl, const char *space, const char *route, const json_t *said)
{
	const char *was = text_of(said, "was");

	if (*space != '\0')
		print("%s  ", space);
	if (*was != '\0')
		print(lang_pick(ctl->french, "%s: was %s, starts again; recorded in licet:errors\n",
		                "%s : était « %s », repart ; consigné dans licet:errors\n"),
		      route, lang_say(ctl->french, was));
	else
		print(lang_pick(ctl->french, "%s: there is nothing to reset\n",
		                "%s : il n'y a rien à réarmer\n"),
		      route);
}

static int reset(struct ctl *ctl, struct breaking *b)
{
	struct everywhere e;
	const char *was = "";

	everywhere_open_all(ctl, &e);
	find_route(ctl, &e, b->route);
	everywhere_say(ctl, &e, ctl->french);
	everywhere_do(ctl, &e, reset_there, b);
	everywhere_must_answer(ctl, &e,
	                       error_pick("the breaker was not reset",
	                                  "le coupe-circuit n'a pas été réarmé"));
	bool done = everywhere_sum(&e, "reset") > 0;

	if (e.here != NULL)
		was = text_of(e.here, "was");
	for (size_t i = 0; i < e.count && *was == '\0'; i++)
		was = text_of(e.list[i].answer, "was");
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b,s:s,s:s,s:s}", "route", b->route, "reset", (int)done,
		                          "was", was, "by", b->by, "reason", b->reason));
	else if (e.here != NULL)
		tell_reset(ctl, "", b->route, e.here);
	for (size_t i = 0; i < e.count && !ctl->json; i++)
		if (e.list[i].answer != NULL)
			tell_reset(ctl, e.list[i].name, b->route, e.list[i].answer);
	everywhere_close(&e);
	return done ? 0 : 1;
}

static int run_breaker(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = NULL, *by = who_types();
	bool wanted = false;
	const struct ctl_option options[] = { { "--reset", NULL, &wanted },
		                              { "--reason", &reason, NULL },
		                              { "--by", &by, NULL },
		                              { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	if (!wanted && reason != NULL)
		ctl_misuse(ctl, error_pick("--reason belongs to --reset", "--reason va avec --reset"));
	if (wanted && (reason == NULL || *reason == '\0' || strlen(reason) > REASON_BYTES))
		ctl_misuse(
		    ctl,
		    error_pick("--reset needs --reason: why it may go on, in 1 to %d bytes",
		               "--reset exige --reason : pourquoi cela peut reprendre, en 1 à %d octets"),
		    REASON_BYTES);
	if (*by == '\0' || strlen(by) > REASON_BYTES)
		ctl_misuse(ctl,
		           error_pick("--by must say who, in 1 to %d bytes",
		                      "--by doit dire qui, en 1 à %d octets"),
		           REASON_BYTES);
	struct breaking b = { argv[1], by, reason };

	return wanted ? reset(ctl, &b) : show_all(ctl, &b);
}

const struct command ctl_breaker_commands[] = {
	{ .name = "breaker",
	  .usage = "ROUTE",
	  .summary = "show the breaker of a route; start the route again",
	  .needs_redis = true,
	  .has_page = true,
	  .run = run_breaker,
	  .example = "licetctl breaker main --reset --reason 'the box was replaced'",
	  .details =
	      "An open breaker stays open until a person resets it. --reset starts the route again, with "
	      "its canary. licet:errors records who did so and why. Exit 1 if there is nothing to reset.\n" },
	{ 0 },
};
