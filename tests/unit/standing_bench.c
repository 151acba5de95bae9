#include "standing_bench.h"

#include "core/number/place.h"
#include "core/time/civil.h"
#include "law.h"
#include "test.h"

#include <string.h>

void bench_sound(struct bench *b, const struct rulebook *rb)
{
	memset(b, 0, sizeof(*b));
	b->rb = rb;
	definition_sound(&b->definition);
	b->refreshed_at = "2026-11-24T06:00:00Z";
	b->gates = (struct gates){ .policy = "", .replicas = "", .unreadable = "" };
	b->route = (struct route_now){ .tripped = "", .room = INT64_MAX, .claimed = -1 };
	b->helds[0] = (struct held_now){ .place = law_place(rb, "metropole"), .count = 10 };
	b->jobs = (struct jobs_now){ .queue = 5, .held = 10, .later_first_ms = TIME_NONE, .blocked = "" };
	b->jobs.helds = b->helds;
	b->jobs.held_count = 1;
	b->in = (struct standing_input){ .gates = &b->gates,
		                         .sit = &b->sit,
		                         .wrong_key = "",
		                         .route = &b->route,
		                         .jobs = &b->jobs,
		                         .views = &b->views,
		                         .pace_slack_ms = 200,
		                         .now_ms = law_instant(BENCH_NOW) };
}

void bench_change(struct bench *b, const char *text)
{
	size_t len = strlen(text) + 1;
	char *word = b->changes + b->changes_len;

	assert_in_range(b->changes_len + len, 0, sizeof(b->changes));
	memcpy(word, text, len);
	b->changes_len += len;
	definition_set(&b->definition, word);
}

void bench_judge(struct bench *b)
{
	static const char *const refreshed = "refreshed_at";
	const char *names[] = { refreshed };
	const struct fields meta = { .names = names,
		                     .values = &b->refreshed_at,
		                     .count = b->refreshed_at != NULL ? 1 : 0 };
	const struct fields halts = { .names = &b->halt_name,
		                      .values = &b->halt_why,
		                      .count = b->halt_name != NULL ? 1 : 0 };
	const struct situation_input in = { .rb = b->rb,
		                            .id = b->definition.id,
		                            .def = &b->definition.def.fields,
		                            .advertiser = &b->definition.advertiser.fields,
		                            .source = &b->definition.source.fields,
		                            .route = &b->definition.route.fields };

	situation_read(&in, b->in.now_ms, &b->sit);
	for (size_t i = 0; i < b->sit.law.list_count; i++)
		if (strcmp(b->sit.law.lists[i].name, "opposition") == 0)
			situation_set_list(&b->sit, i, &meta, b->list_malformed);
	situation_judge_lists(&b->sit, b->in.now_ms);
	situation_set_halts(&b->sit, &halts);
	if (b->no_law)
		b->sit.law.known = false;
	if (b->no_queue)
		b->jobs.queue = 0;
	place_views_init(&b->views, b->rb, b->sit.c.has_window ? &b->sit.c.window : NULL);
}
