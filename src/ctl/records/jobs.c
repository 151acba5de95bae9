/* refused, invalid, done: what became of jobs. */
#include "core/text/shown.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/law/place_arg.h"
#include "ctl/paper/words.h"
#include "ctl/query/query.h"
#include "ctl/query/stream_pages.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 50
#define SHOWN_MAX 100000
#define CHUNK 500
#define LOOKED_MAX 200000 /* entries read for one answer */

/* --- a stream, newest first --------------------------------------------------------- */

struct tail {
	struct redis_reply **chunks;
	size_t chunk_count, chunk_capacity;
	const struct redis_reply **entries; /* newest first */
	size_t count, capacity, looked;
};

static bool has_value(const struct redis_reply *entry, const char *name, const char *value)
{
	const char *have = reply_text(reply_field(reply_at(entry, 1), name), NULL);

	return value == NULL || (have != NULL && strcmp(have, value) == 0);
}

static void tail_read(struct ctl *ctl, const char *key, const char *reason, size_t wanted, struct tail *ret)
{
	char last[64] = "+", count_text[24];

	*ret = (struct tail){ 0 };
	snprintf(count_text, sizeof(count_text), "%d", CHUNK);
	while (ret->count < wanted && ret->looked < LOOKED_MAX) {
		struct redis_reply *reply = ask_words(ctl, "XREVRANGE", key, last, "-", "COUNT", count_text);
		size_t n = reply_count(reply);

		ret->chunks = mem_grow(ret->chunks, &ret->chunk_capacity, ret->chunk_count,
		                       sizeof(struct redis_reply *));
		ret->chunks[ret->chunk_count++] = reply;
		for (size_t i = 0; i < n && ret->count < wanted; i++) {
			const struct redis_reply *entry = reply_at(reply, i);

			if (!has_value(entry, "reason", reason))
				continue;
			ret->entries =
			    mem_grow(ret->entries, &ret->capacity, ret->count, sizeof(struct redis_reply *));
			ret->entries[ret->count++] = entry;
		}
		ret->looked += n;
		if (n < CHUNK)
			return;
		snprintf(last, sizeof(last), "(%s", reply_text(reply_at(reply_at(reply, n - 1), 0), NULL));
	}
}

static void tail_done(struct tail *t)
{
	for (size_t i = 0; i < t->chunk_count; i++)
		reply_free(t->chunks[i]);
	free(t->chunks);
	free(t->entries);
}

/* Texts in which whoever wrote the job, or the sender, may have put a number. */
static bool is_free_text(const char *name)
{
	return strcmp(name, "detail") == 0 || strcmp(name, "hint") == 0 || strcmp(name, "field") == 0;
}

/* A value as people read it in French; NULL: it stands as it is. Heap. */
static char *meaning(const char *name, const char *value)
{
	if (strcmp(name, "place") == 0)
		return words_place(true, value);
	if (strcmp(name, "hint") == 0)
		return core_text(true, value);
	const char *said = strcmp(name, "rule") == 0 ? lang_say(true, value) : words_of(true, value);

	return said != value ? mem_copy(said) : NULL;
}

/* A name that begins with = is told in French. */
static void add_field(struct columns *table, const struct redis_reply *entry, const char *name)
{
	bool told = *name == '=';

	name += told;
	const char *text = reply_text(reply_field(reply_at(entry, 1), name), NULL);
	char mask[PHONE_MASK_SIZE], instant[CIVIL_INSTANT_SIZE], shown[2 * SHOWN_TEXT];
	char *meant = told && text != NULL ? meaning(name, text) : NULL;

	if (text == NULL || *text == '\0')
		columns_add(table, "");
	else if (strcmp(name, "to") == 0)
		columns_add(table, phone_mask(text, mask));
	else if (strcmp(name, "done_ms") == 0)
		columns_add(table, civil_format_instant(strtoll(text, NULL, 10), instant));
	else if (strcmp(name, "id") == 0)
		columns_add(table, shown_id(text, shown, sizeof(shown)));
	else if (is_free_text(name))
		columns_add(table, shown_masked(meant != NULL ? meant : text,
		                                strlen(meant != NULL ? meant : text), shown, sizeof(shown)));
	else if (meant != NULL)
		columns_add(table, meant);
	else
		columns_add(table, text);
	free(meant);
}

/* When it was: in French by the clock of the first place of the law, where the law can be read. */
static void add_time(struct columns *table, const struct zone *zone, int64_t ms)
{
	char at[LANG_LOCAL_SIZE];

	columns_add(table, zone != NULL ? lang_local(true, zone, ms, at) : civil_format_instant(ms, at));
}

static const struct zone *zone_of_law(struct ctl *ctl)
{
	const struct zone *zone = NULL;
	char err[256];

	if (ctl_load(ctl, err, sizeof(err)))
		ctl_place_zones(ctl->rulebook, TERRITORY_BIT(0), &zone, 1);
	return zone;
}

/* What is shown of an entry, in English and in French. */
struct shown_fields {
	const char *part, *heads[2], *const *names[2];
};

static int show_stream(struct ctl *ctl, int argc, char **argv, const struct shown_fields *fields)
{
	const char *reason = NULL, *last = NULL, *part = fields->part;
	bool has_reason = strcmp(part, "done") != 0;
	const struct ctl_option options[] = { { "--last", &last, NULL },
		                              { has_reason ? "--reason" : NULL, &reason, NULL },
		                              { NULL, NULL, NULL } };
	char key[KEY_SIZE];
	enum reason code;
	struct tail tail;

	ctl_words(ctl, argc, argv, options);
	bool french = ctl->french;
	size_t wanted = last != NULL ? (size_t)ctl_read_int(ctl, "--last", last, 1, SHOWN_MAX) : SHOWN;

	if (reason != NULL && !reason_find(reason, strlen(reason), &code))
		ctl_misuse(ctl,
		           error_pick("%s is not a reason (licetctl reasons lists them)",
		                      "%s n'est pas un motif (licetctl reasons les énumère)"),
		           reason);
	find_campaign(ctl, argv[1]);
	ask_campaign(ctl, argv[1]);
	tail_read(ctl, key_campaign(ctl->conf.prefix, argv[1], part, key), reason, wanted, &tail);
	if (ctl->json) {
		json_t *list = json_array();

		for (size_t i = tail.count; i-- > 0;)
			json_array_append_new(list, stream_entry_json(tail.entries[i]));
		ctl_print_json(list);
	} else {
		static const char *const less[2][9] = {
			{ "sender", "route", "attempt", "rule", "byte", "place", NULL },
			{ "émetteur", "route", "essai", "règle", "code", "octet", "lieu", NULL },
		};
		const char *const *names = fields->names[french];
		const struct zone *zone = french ? zone_of_law(ctl) : NULL;
		struct columns table;
		char heads[120];

		snprintf(heads, sizeof(heads), fields->heads[french], zone != NULL ? zone_name(zone) : "UTC");
		columns_init(&table, heads);
		for (size_t i = tail.count; i-- > 0;) {
			add_time(&table, zone, stream_entry_ms(tail.entries[i]));
			for (size_t k = 0; names[k] != NULL; k++)
				add_field(&table, tail.entries[i], names[k]);
		}
		if (tail.count == 0)
			print(french ? "%s : néant%s\n" : "%s: none%s\n", argv[1],
			      reason == NULL ? "" : lang_pick(french, " for that reason", " pour ce motif"));
		columns_make_room(&table, less[french]);
		columns_print(&table, ctl->colour);
	}
	if (tail.count < wanted && tail.looked >= LOOKED_MAX)
		ctl_note(error_pick("only the newest %d entries were looked at",
		                    "seules les %d entrées les plus récentes ont été regardées"),
		         LOOKED_MAX);
	tail_done(&tail);
	return 0;
}

static int run_refused(struct ctl *ctl, int argc, char **argv)
{
	static const char *const english[] = { "id", "to", "reason", "rule", "hint", NULL },
				 *const french[] = {
					 "id", "to", "=reason", "reason", "=rule", "=hint", NULL
				 };
	const struct shown_fields fields = { "refused",
		                             { "at|id|number|reason|rule|hint",
		                               "quand (%s)|id|numéro|motif|code|règle|indication" },
		                             { english, french } };

	return show_stream(ctl, argc, argv, &fields);
}

static int run_invalid(struct ctl *ctl, int argc, char **argv)
{
	static const char *const english[] = { "id", "to", "reason", "field", "position", "hint", NULL },
				 *const french[] = { "id",    "to",       "=reason", "reason",
		                                     "field", "position", "=hint",   NULL };
	const struct shown_fields fields = { "invalid",
		                             { "at|id|number|reason|field|byte|hint",
		                               "quand (%s)|id|numéro|motif|code|champ|octet|indication" },
		                             { english, french } };

	return show_stream(ctl, argc, argv, &fields);
}

static int run_done(struct ctl *ctl, int argc, char **argv)
{
	static const char *const english[] = { "id",     "to",    "outcome", "attempt", "route",
		                               "sender", "place", "detail",  NULL },
				 *const french[] = { "id",     "to",     "=outcome", "attempt", "route",
		                                     "sender", "=place", "detail",   NULL };
	const struct shown_fields fields = {
		"done",
		{ "at|id|number|outcome|attempt|route|sender|place|detail",
		  "quand (%s)|id|numéro|issue|essai|route|émetteur|lieu|précision" },
		{ english, french }
	};

	return show_stream(ctl, argc, argv, &fields);
}

const struct command ctl_job_commands[] = {
	{ .name = "refused",
	  .usage = "CAMPAIGN",
	  .summary = "jobs that must not go out, and why",
	  .needs_redis = true,
	  .run = run_refused,
	  .example = "licetctl refused acme.noel --reason consent-missing",
	  .details = "The newest job comes last.\n" },
	{ .name = "invalid",
	  .usage = "CAMPAIGN",
	  .summary = "jobs that can never be placed, with field and byte",
	  .needs_redis = true,
	  .run = run_invalid,
	  .example = "licetctl invalid acme.noel --last 10",
	  .details = "The newest job comes last.\n" },
	{ .name = "done",
	  .usage = "CAMPAIGN",
	  .summary = "calls and their outcomes",
	  .needs_redis = true,
	  .run = run_done,
	  .example = "licetctl done acme.noel --last 10",
	  .details = "The newest call comes last.\n" },
	{ 0 },
};
