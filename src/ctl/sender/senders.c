/* senders: what is out, and whose it is. */
#include "core/text/shown.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/query/ready_entry.h"
#include "ctl/sender/breaker.h"
#include "ctl/space/everywhere.h"
#include "io/host/error_text.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEASES_MAX 2000 /* shown of one route */

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

		for (size_t i = 1; i < reply_count(pairs) && json_array_size(list) < LEASES_MAX; i += 2) {
			const char *text = reply_text(reply_at(pairs, i), &len);
			struct ready_entry e;

			if (!lease_read(text, len, &e))
				continue;
			json_t *object =
			    print_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "sender", e.sender, "campaign",
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

static void print_leases(const struct ctl *ctl, const json_t *route, const char *part, const char *heads,
                         bool french)
{
	const json_t *list = json_object_get(route, part);
	bool leases = strcmp(part, "leases") == 0;
	char age[LANG_AGE_SIZE], left[LANG_AGE_SIZE], id[SHOWN_TEXT];
	struct columns table;

	columns_init(&table, heads);
	for (size_t i = 0; i < json_array_size(list); i++) {
		static const char *const names[] = { "sender", "campaign", "id", "to" };
		const json_t *e = json_array_get(list, i);
		const json_t *left_s = json_object_get(e, "left_s");

		columns_addf(&table, "  %s", json_string_value(json_object_get(e, names[0])));
		for (size_t k = 1; k < 4; k++) {
			const char *text = json_string_value(json_object_get(e, names[k]));

			columns_add(&table, k == 2 && text != NULL ? shown_id(text, id, sizeof(id)) : text);
		}
		columns_add(&table,
		            lang_age(french, json_integer_value(json_object_get(e, "age_s")) * 1000, age));
		if (leases)
			columns_add(&table, json_is_integer(left_s) && json_integer_value(left_s) >= 0
			                        ? lang_age(french, json_integer_value(left_s) * 1000, left)
			                        : lang_pick(french, "over", "passé"));
	}
	if (!leases && json_array_size(list) > 0)
		puts(lang_pick(
		    french, "  unknown: their leases ended, a person must settle them (licetctl settle)",
		    "  issue inconnue : leur bail est passé, quelqu'un doit les régler (licetctl settle)"));
	columns_print(&table, ctl->colour);
	json_int_t count =
	    json_integer_value(json_object_get(route, leases ? "lease_count" : "unknown_count"));

	if (count > (json_int_t)json_array_size(list) && json_array_size(list) >= LEASES_MAX)
		print(french ? "  ... et %" JSON_INTEGER_FORMAT " autres\n"
		             : "  ... and %" JSON_INTEGER_FORMAT " more\n",
		      count - (json_int_t)json_array_size(list));
}

static void print_health(const json_t *route, bool french)
{
	const json_t *health = json_object_get(route, "health");
	char *text = health_text(health, french);

	if (*text != '\0')
		print("  %s\n", text);
	if (strcmp(json_string_value(json_object_get(health, "state")), "tripped") == 0)
		print(french ? "  une fois la cause vue : licetctl breaker %s --reset --reason R\n"
		             : "  when a person has looked: licetctl breaker %s --reset --reason R\n",
		      json_string_value(json_object_get(route, "route")));
	free(text);
}

/* The routes of the space of the session. */
static json_t *read_routes(struct ctl *ctl)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE], ends[KEY_SIZE];
	json_t *list = json_array();
	struct names routes;

	names_read(ctl, key_global(prefix, "routes", key), &routes);
	for (size_t i = 0; i < routes.count; i++) {
		const char *r = routes.list[i];
		json_t *object = json_object();

		json_object_set_new(object, "route", print_json_text(r));
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
	return list;
}

static json_t *routes_there(struct ctl *there, void *arg)
{
	(void)arg;
	return read_routes(there);
}

/* All of them, each with its space. */
static json_t *routes_of_spaces(struct ctl *ctl, struct everywhere *e)
{
	json_t *list = json_array();

	everywhere_ask(ctl, e, routes_there, NULL);
	for (size_t i = 0; i < e->count; i++)
		everywhere_add_rows(list, &e->list[i], e->list[i].answer);
	return list;
}

static void print_route(const struct ctl *ctl, const json_t *r, bool french)
{
	const char *space = json_string_value(json_object_get(r, "space"));

	ctl_title(ctl,
	          lang_pick(french,
	                    "%s%s%s: %" JSON_INTEGER_FORMAT " ready, %" JSON_INTEGER_FORMAT
	                    " with senders, %" JSON_INTEGER_FORMAT " unknown",
	                    "%s%s%s : %" JSON_INTEGER_FORMAT " prêtes, %" JSON_INTEGER_FORMAT
	                    " chez les émetteurs, %" JSON_INTEGER_FORMAT " d'issue inconnue"),
	          space != NULL ? space : "", space != NULL ? "  " : "",
	          json_string_value(json_object_get(r, "route")),
	          json_integer_value(json_object_get(r, "ready")),
	          json_integer_value(json_object_get(r, "lease_count")),
	          json_integer_value(json_object_get(r, "unknown_count")));
	print_health(r, french);
	print_leases(ctl, r, "leases",
	             lang_pick(french, "  sender|campaign|id|number|since|left",
	                       "  émetteur|campagne|id|numéro|depuis|reste"),
	             french);
	print_leases(ctl, r, "unknown",
	             lang_pick(french, "  sender|campaign|id|number|since",
	                       "  émetteur|campagne|id|numéro|depuis"),
	             french);
}

static json_int_t sum_of(const json_t *list, const char *name)
{
	json_int_t sum = 0;
	const json_t *r;
	size_t i;

	json_array_foreach(list, i, r)
	{
		sum += json_integer_value(json_object_get(r, name));
	}
	return sum;
}

/* Who did not answer, and the sum over all. */
static void print_spaces(const struct ctl *ctl, const struct everywhere *e, const json_t *list, bool french)
{
	for (size_t i = 0; i < e->count; i++)
		if (e->list[i].answer == NULL)
			print(lang_pick(french, "\n%s  does not answer: %s\n", "\n%s  ne répond pas : %s\n"),
			      e->list[i].name, e->list[i].why);
	if (e->count > 0)
		ctl_title(ctl,
		          lang_pick(french,
		                    "\n%zu spaces: %" JSON_INTEGER_FORMAT " ready, %" JSON_INTEGER_FORMAT
		                    " with senders, %" JSON_INTEGER_FORMAT " unknown",
		                    "\n%zu espaces : %" JSON_INTEGER_FORMAT " prêtes, %" JSON_INTEGER_FORMAT
		                    " chez les émetteurs, %" JSON_INTEGER_FORMAT " d'issue inconnue"),
		          e->count, sum_of(list, "ready"), sum_of(list, "lease_count"),
		          sum_of(list, "unknown_count"));
}

static int run_senders(struct ctl *ctl, int argc, char **argv)
{
	struct everywhere spaces;

	ctl_words(ctl, argc, argv, NULL);
	bool french = ctl->french;

	everywhere_open(ctl, true, &spaces);
	json_t *list = spaces.count > 0 ? routes_of_spaces(ctl, &spaces) : read_routes(ctl);

	everywhere_say(ctl, &spaces, french);
	everywhere_must_answer(ctl, &spaces,
	                       error_pick("what is out is not known",
	                                  "on ignore quelles tâches sont chez les émetteurs"));
	if (ctl->json)
		ctl_print_json(json_incref(list));
	else if (json_array_size(list) == 0)
		puts(lang_pick(french, "no route was used yet", "aucune route n'a encore servi"));
	for (size_t i = 0; i < json_array_size(list) && !ctl->json; i++) {
		if (i > 0)
			puts("");
		print_route(ctl, json_array_get(list, i), french);
	}
	if (!ctl->json)
		print_spaces(ctl, &spaces, list, french);
	json_decref(list);
	everywhere_close(&spaces);
	return 0;
}

const struct command ctl_sender_commands[] = {
	{ .name = "senders",
	  .usage = "",
	  .summary = "jobs that senders have, unknown jobs, health of routes",
	  .may_ask_redis = true,
	  .run = run_senders,
	  .example = "licetctl senders",
	  .details =
	      "A job is unknown if its lease ended without a report. Nobody dials it again until licetctl "
	      "settle records its outcome. If there are several spaces, senders shows all, unless --space "
	      "names one.\n" },
	{ 0 },
};
