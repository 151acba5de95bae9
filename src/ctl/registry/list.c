/* list: load, show and check opposition lists. */
#include "core/campaign/situation.h"
#include "core/decide/decide.h"
#include "core/law/binding.h"
#include "core/text/nearest.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/input/number_lines.h"
#include "ctl/query/query.h"
#include "ctl/registry/list_repair.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SADD_MAX 1000
#define PIPELINE_MAX 8         /* batches on their way */
#define LEFTOVER_TTL_S "86400" /* of a load that was killed */

struct load {
	struct ctl *ctl;
	const char *name, *source;
	bool live; /* added to, never replaced */
	bool force, skip_bad;
	int every_h; /* the next one is expected within so many hours; 0: not said */
	char key[KEY_SIZE], meta[KEY_SIZE], aside[KEY_SIZE], old[KEY_SIZE];
	struct line_reports bad;
	struct number_lines numbers;
	struct redis_args batch; /* the SADD that is being filled */
	int64_t read, added, before, count;
	int pending;
};

static void meta_error(struct load *l, const char *text)
{
	reply_free(ask_words(l->ctl, "HSET", l->meta, "last_error", text));
}

/* --- reading ------------------------------------------------------------------------ */

static void take_added(struct load *l)
{
	struct redis_reply *reply = ask_next(l->ctl);

	ctl_must_be_whole(l->ctl);
	l->added += reply_int(reply, 0);
	l->pending--;
	reply_free(reply);
}

static void batch_start(struct load *l)
{
	args_reset(&l->batch);
	args_add(&l->batch, "SADD");
	args_add(&l->batch, l->live ? l->key : l->aside);
}

static void batch_send(struct load *l)
{
	if (l->batch.count == 2)
		return;
	ask_send(l->ctl, &l->batch);
	l->pending++;
	batch_start(l);
	while (l->pending >= PIPELINE_MAX)
		take_added(l);
	ctl_progress(l->name, l->read);
}

static void take_number(void *arg, const char *e164)
{
	struct load *l = arg;

	l->read++;
	args_addf(&l->batch, "%s", e164);
	if (l->batch.count == 2 + SADD_MAX)
		batch_send(l);
}

static void read_lines(struct load *l, struct lines *lines)
{
	l->numbers = (struct number_lines){
		.ctl = l->ctl, .lines = lines, .bad = &l->bad, .take = take_number, .arg = l
	};
	args_init(&l->batch);
	batch_start(l);
	number_lines_read(&l->numbers);
	batch_send(l);
	while (l->pending > 0)
		take_added(l);
	ctl_progress("", -1);
	number_lines_tell(&l->numbers);
	reports_end(&l->bad);
	args_done(&l->batch);
}

/* --- ends --------------------------------------------------------------------------------- */

static int report(struct load *l, const char *why)
{
	const struct ctl *ctl = l->ctl;

	if (ctl->json) {
		json_t *all = print_pack("{s:s,s:b,s:I,s:I,s:I,s:I,s:s,s:O}", "list", l->name, "loaded",
		                         (int)(why == NULL), "count", (json_int_t)l->count, "before",
		                         (json_int_t)l->before, "added", (json_int_t)l->added, "bad",
		                         (json_int_t)l->bad.count, "error", why != NULL ? why : "", "lines",
		                         l->bad.list);

		if (number_lines_columns(&l->numbers) > 1)
			json_object_set_new(all, "columns", number_lines_json(&l->numbers));
		ctl_print_json(all);
	} else if (why != NULL) {
		ctl_note("list %s: %s", l->name, why);
	} else {
		print("%s: %" PRId64 " numbers, %" PRId64 " before%s", l->name, l->count, l->before,
		      l->live ? "; this list is only added to" : "");
		if (l->bad.count > 0)
			print("; %zu bad line%s skipped", l->bad.count, l->bad.count == 1 ? "" : "s");
		puts("");
	}
	json_decref(l->bad.list);
	number_lines_done(&l->numbers);
	return why == NULL ? 0 : 1;
}

static int refuse(struct load *l, const char *why)
{
	if (!l->live)
		reply_free(ask_words(l->ctl, "UNLINK", l->aside));
	meta_error(l, why);
	return report(l, why);
}

/* A page of an error, an empty export, another column: what it is not is a list. */
static const char no_number[] =
    "there is no number in the file: nothing was changed, its date neither (--force)";

static void add_meta(struct load *l)
{
	char at[CIVIL_INSTANT_SIZE], next[CIVIL_INSTANT_SIZE] = "", count[24];
	int64_t now_ms = ctl_now_ms(l->ctl);

	snprintf(count, sizeof(count), "%" PRId64, l->count);
	if (l->every_h > 0)
		civil_format_instant(now_ms + l->every_h * INT64_C(3600000), next);
	reply_free(ask_words(l->ctl, "HSET", l->meta, "refreshed_at", civil_format_instant(now_ms, at),
	                     "source", l->source, "count", count, "last_error", "", "expected_by", next));
}

/* The new one takes the old one's place in one step; the old one is freed behind it. */
static int swap(struct load *l)
{
	reply_free(ask_words(l->ctl, "WATCH", l->key));
	bool had = ask_count(l->ctl, "EXISTS", l->key) == 1;

	reply_free(ask_words(l->ctl, "MULTI"));
	if (had) {
		reply_free(ask_words(l->ctl, "RENAME", l->key, l->old));
		reply_free(ask_words(l->ctl, "EXPIRE", l->old, LEFTOVER_TTL_S));
	}
	if (l->count > 0) {
		reply_free(ask_words(l->ctl, "PERSIST", l->aside));
		reply_free(ask_words(l->ctl, "RENAME", l->aside, l->key));
	}
	add_meta(l);
	struct redis_reply *reply = ask_words(l->ctl, "EXEC");

	if (reply_is_nil(reply)) {
		reply_free(reply);
		return refuse(l, "the list changed meanwhile");
	}
	for (size_t i = 0; i < reply_count(reply); i++)
		if (reply_is_error(reply_at(reply, i)))
			ctl_fail("list %s: %s", l->name, reply_text(reply_at(reply, i), NULL));
	reply_free(reply);
	if (had)
		reply_free(ask_words(l->ctl, "UNLINK", l->old));
	return report(l, NULL);
}

static int end_scrub(struct load *l)
{
	char why[160];
	int pct = ctl_conf(l->ctl)->list_shrink_pct;

	l->count = ask_count(l->ctl, "SCARD", l->aside);
	if (l->read == 0 && !l->force)
		return refuse(l, no_number);
	if (l->bad.count > 0 && !l->skip_bad) {
		snprintf(why, sizeof(why),
		         "%zu bad line%s: nothing was changed (--skip-bad loads the others)", l->bad.count,
		         l->bad.count == 1 ? "" : "s");
		return refuse(l, why);
	}
	int64_t lost = l->before - l->count;

	if (lost > 0 && lost * 100 > l->before * pct && !l->force) {
		snprintf(why, sizeof(why),
		         "it would shrink from %" PRId64 " to %" PRId64
		         " numbers, more than %d %%: nothing was changed (--force)",
		         l->before, l->count, pct);
		return refuse(l, why);
	}
	return swap(l);
}

/* Whoever objected is on the list already: a bad line elsewhere does not wait for it. */
static int end_live(struct load *l)
{
	char why[120];

	l->count = ask_count(l->ctl, "SCARD", l->key);
	if (l->read == 0 && !l->force)
		return refuse(l, no_number);
	if (l->bad.count > 0 && !l->skip_bad) {
		snprintf(why, sizeof(why),
		         "%zu bad line%s: the other numbers were added, the date of the list was not",
		         l->bad.count, l->bad.count == 1 ? "" : "s");
		return refuse(l, why);
	}
	add_meta(l);
	return report(l, NULL);
}

static bool is_live(const char *name)
{
	return strcmp(name, "opposition") == 0 || strncmp(name, "opposition:", 11) == 0;
}

/* Names of lists are ids; behind "opposition:" stands an advertiser's. */
static void check_name(const struct ctl *ctl, const char *name)
{
	ask_id(ctl, "a list", strncmp(name, "opposition:", 11) == 0 ? name + 11 : name);
}

static const struct law_list *law_of(struct ctl *ctl, const char *name, struct law *law)
{
	const struct conf *conf = ctl_conf(ctl);
	int32_t first, last;

	law_dates(ctl_rulebook(ctl), ctl_now_ms(ctl), &first, &last);
	law_read(ctl_rulebook(ctl), first, last, (const char *const *)conf->list_overrides.words,
	         conf->list_overrides.count, law);
	for (size_t i = 0; i < law->list_count; i++)
		if (strcmp(law->lists[i].name, name) == 0)
			return &law->lists[i];
	return NULL;
}

/* The list that was meant by a name that no rule asks; NULL: none is close. */
static const char *nearest_list(const struct law *law, const char *name)
{
	const char *names[LAW_LISTS_MAX + 1] = { "opposition" };
	size_t count = 1;

	for (size_t i = 0; i < law->list_count; i++)
		names[count++] = law->lists[i].name;
	return nearest_name(name, strlen(name), names, count);
}

/* That a number is not on a list that nobody knows says nothing. */
static void must_be_known(struct ctl *ctl, const char *name)
{
	const char *prefix = ctl_conf(ctl)->prefix, *near;
	char key[KEY_SIZE];
	struct law law;

	if (strncmp(name, "opposition:", 11) == 0)
		ask_advertiser(ctl, name + 11);
	if (is_live(name) || law_of(ctl, name, &law) != NULL ||
	    ask_count(ctl, "EXISTS", key_of(prefix, "list", name, key)) == 1 ||
	    ask_count(ctl, "EXISTS", key_of(prefix, "list-meta", name, key)) == 1)
		return;
	near = nearest_list(&law, name);
	ctl_fail("list %s is unknown%s%s%s", name, near != NULL ? ", did you mean " : "",
	         near != NULL ? near : "", near != NULL ? "?" : "");
}

/* Who loads a list believes that it protects those on it. */
static void must_protect(struct ctl *ctl, const char *name)
{
	struct law law;

	if (strncmp(name, "opposition:", 11) == 0)
		ask_advertiser(ctl, name + 11);
	if (is_live(name) || law_of(ctl, name, &law) != NULL)
		return;
	const char *near = nearest_list(&law, name);

	ctl_fail(
	    "list %s: no rule asks this list today: it protects nobody, and nothing was loaded (%s%s%s--force)",
	    name, near != NULL ? "did you mean " : "", near != NULL ? near : "", near != NULL ? "? " : "");
}

static int list_load(struct ctl *ctl, const char *name, const char *path, struct load *l)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char part[KEY_SIZE];

	ctl_now_ms(ctl); /* the list is as old as this; and no question to ask within MULTI */
	l->ctl = ctl;
	l->name = name;
	l->live = is_live(name);
	if (!l->force)
		must_protect(ctl, name);
	if (ctl->json)
		l->bad.list = json_array();
	key_of(prefix, "list", name, l->key);
	key_of(prefix, "list-meta", name, l->meta);
	snprintf(part, sizeof(part), "%s:loading-%ld", name, (long)getpid());
	key_of(prefix, "list", part, l->aside);
	snprintf(part, sizeof(part), "%s:old-%ld", name, (long)getpid());
	key_of(prefix, "list", part, l->old);
	struct redis_reply *type = ask_words(ctl, "TYPE", l->key);
	const char *is = reply_text(type, NULL);

	if (strcmp(is, "none") != 0 && strcmp(is, "set") != 0)
		ctl_fail("list %s: its key is a %s, expected a set", name, is);
	reply_free(type);
	if (strcmp(path, "-") != 0 && access(path, R_OK) != 0) {
		/* At night nobody reads what we print: licetd says it too. */
		char why[160];

		snprintf(why, sizeof(why), "%.100s: %s", path, strerror(errno));
		meta_error(l, why);
		ctl_fail("%s", why);
	}
	struct lines *lines = lines_open(path);

	if (l->source == NULL)
		l->source = lines->name;
	l->before = ask_count(ctl, "SCARD", l->key);
	if (!l->live) {
		/* Made before the first number, so that a killed load leaves nothing for ever. */
		reply_free(ask_words(ctl, "UNLINK", l->aside));
		reply_free(ask_words(ctl, "SADD", l->aside, ""));
		reply_free(ask_words(ctl, "EXPIRE", l->aside, LEFTOVER_TTL_S));
	}
	read_lines(l, lines);
	if (!l->live)
		reply_free(ask_words(ctl, "SREM", l->aside, ""));
	int code = l->live ? end_live(l) : end_scrub(l);

	lines_close(lines);
	return code;
}

/* --- show and check ------------------------------------------------------------------------------ */

static const char *standing(const struct law_list *list, const struct hash *meta, int64_t now_ms)
{
	struct law one = { .known = true, .list_count = 1 };
	const char *rule;
	int64_t stale_ms;

	if (list == NULL)
		return "not used today";
	one.lists[0] = *list;
	struct list_fact fact = list_fact_read(list->name, &meta->fields, meta->wrong_type);
	enum reason reason = lists_state(&one, &fact, now_ms, &rule, &stale_ms);

	return reason != REASON_ALLOWED ? reason_name(reason) : fact.has_meta ? "ok" : "not used";
}

static void show_text(struct ctl *ctl, const char *name, const struct law_list *list, const struct hash *meta,
                      int64_t count)
{
	const char *at = hash_get(meta, "refreshed_at");
	char age[AGE_SIZE];
	int64_t ms;
	struct columns table;

	ctl_title(ctl, "%s", name);
	columns_init(&table, "|");
	columns_add(&table, "  state");
	columns_add(&table, standing(list, meta, ctl_now_ms(ctl)));
	columns_add(&table, "  numbers");
	columns_addf(&table, "%" PRId64, count);
	for (size_t i = 0; i < meta->fields.count; i++) {
		if (meta->fields.values[i][0] == '\0')
			continue;
		columns_addf(&table, "  %s", meta->fields.names[i]);
		columns_add(&table, meta->fields.values[i]);
	}
	if (at != NULL && civil_parse_instant(at, strlen(at), &ms)) {
		columns_add(&table, "  age");
		columns_add(&table, age_text(ctl_now_ms(ctl) - ms, age));
	}
	columns_add(&table, "  rule");
	if (list == NULL)
		columns_add(&table, is_live(name) ? "live: added to, never replaced" : "none today");
	else if (list->max_age_days > 0)
		columns_addf(&table, "%s, %d days at most; %s",
		             list->mode == LIST_REQUIRED ? "required" : "if-present", list->max_age_days,
		             list->article);
	else
		columns_addf(&table, "%s; %s", list->mode == LIST_REQUIRED ? "required" : "if-present",
		             list->article);
	columns_print(&table, false);
}

static void show_json(struct ctl *ctl, const char *name, const struct law_list *list, const struct hash *meta,
                      int64_t count)
{
	static const char *const modes[] = {
		[LIST_UNUSED] = "unused", [LIST_REQUIRED] = "required", [LIST_IF_PRESENT] = "if-present"
	};
	const char *at = hash_get(meta, "refreshed_at");
	json_t *object = json_object(), *fields = json_object();
	int64_t ms;

	json_object_set_new(object, "name", print_json_text(name));
	json_object_set_new(object, "state", print_json_text(standing(list, meta, ctl_now_ms(ctl))));
	json_object_set_new(object, "count", json_integer(count));
	json_object_set_new(object, "mode", print_json_text(list != NULL ? modes[list->mode] : "unused"));
	json_object_set_new(object, "max_age_days",
	                    list != NULL && list->max_age_days > 0 ? json_integer(list->max_age_days)
	                                                           : json_null());
	json_object_set_new(object, "article", print_json_text(list != NULL ? list->article : ""));
	for (size_t i = 0; i < meta->fields.count; i++)
		json_object_set_new(fields, meta->fields.names[i], print_json_text(meta->fields.values[i]));
	json_object_set_new(object, "age_s",
	                    at != NULL && civil_parse_instant(at, strlen(at), &ms)
	                        ? json_integer((ctl_now_ms(ctl) - ms) / 1000)
	                        : json_null());
	json_object_set_new(object, "meta", fields);
	ctl_print_json(object);
}

static int list_show(struct ctl *ctl, const char *name)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct hash meta;
	struct law law;
	const struct law_list *list = law_of(ctl, name, &law);

	hash_read(ctl, key_of(prefix, "list-meta", name, key), &meta);
	bool exists = ask_count(ctl, "EXISTS", key_of(prefix, "list", name, key)) == 1;

	if (!exists && meta.fields.count == 0 && list == NULL)
		ctl_fail("list %s: no rule names it and nothing is there", name);
	int64_t count = ask_count(ctl, "SCARD", key);

	if (ctl->json)
		show_json(ctl, name, list, &meta, count);
	else
		show_text(ctl, name, list, &meta, count);
	hash_done(&meta);
	return 0;
}

static int list_check(struct ctl *ctl, const char *name, const char *number)
{
	char key[KEY_SIZE], mask[PHONE_MASK_SIZE];
	struct phone phone;

	ask_number(ctl, number, &phone);
	must_be_known(ctl, name);
	key_of(ctl_conf(ctl)->prefix, "list", name, key);
	struct redis_reply *reply = ask_words(ctl, "SISMEMBER", key, phone.e164);
	bool on = reply_int(reply, 0) == 1;

	reply_free(reply);
	phone_mask(phone.e164, mask);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:b}", "list", name, "to", mask, "on", (int)on));
	else
		print("%s is %son %s\n", mask, on ? "" : "not ", name);
	return on ? 0 : 1;
}

static int run_list(struct ctl *ctl, int argc, char **argv)
{
	struct load load = { 0 };
	const char *every = NULL, *reason = NULL;
	bool drop = false;
	const struct ctl_option options[] = { { "--source", &load.source, NULL },
		                              { "--every", &every, NULL },
		                              { "--force", NULL, &load.force },
		                              { "--skip-bad", NULL, &load.skip_bad },
		                              { "--reason", &reason, NULL },
		                              { "--drop", NULL, &drop },
		                              { NULL, NULL, NULL } };
	int count = ctl_words(ctl, argc, argv, options, 2, 3);
	const char *verb = argv[1], *name = argv[2];
	bool two = strcmp(verb, "load") == 0 || strcmp(verb, "check") == 0;

	bool mend = strcmp(verb, "mend") == 0, accept = strcmp(verb, "accept") == 0;

	if (!two && !mend && !accept && strcmp(verb, "show") != 0)
		ctl_misuse(ctl, "list has no %s", verb);
	if (count != (two ? 3 : 2))
		ctl_misuse(ctl, two ? "an argument is missing" : "too many arguments");
	check_name(ctl, name);
	if (every != NULL)
		load.every_h = ctl_read_int(ctl, "--every", every, 1, 24 * 366);
	if (accept && (reason == NULL || *reason == '\0'))
		ctl_misuse(ctl, "accept needs --reason: why may the members that are missing be missing?");
	if (mend && !is_live(name))
		ctl_misuse(ctl, "%s is loaded whole: mend its file, and load it", name);
	if (mend || accept)
		return mend ? list_mend(ctl, name, drop) : list_accept(ctl, name, reason);
	if (strcmp(verb, "load") == 0)
		return list_load(ctl, name, argv[3], &load);
	return two ? list_check(ctl, name, argv[3]) : list_show(ctl, name);
}

const struct command ctl_list_commands[] = {
	{ .name = "list",
	  .usage =
	      "load NAME FILE|- [--source S] [--every HOURS] [--force] [--skip-bad] | show NAME | check NAME NUMBER | mend NAME [--drop] | accept NAME --reason R",
	  .summary = "load an opposition list, look at it, ask whether a number is on it",
	  .needs_redis = true,
	  .run = run_list,
	  .details =
	      "FILE has numbers as people write them, in any columns: all of them are taken, and said where it is\n"
	      "more than one column. A header is skipped. Each line is used or told; a file without a number,\n"
	      "a list that no rule asks today and one of an advertiser that nobody declared are refused.\n"
	      "A scrub list is read aside and swapped in whole, or not at all. opposition and\n"
	      "opposition:ADVERTISER are only added to. check exits 0 if the number is on the list, 1 if not.\n"
	      "  --source S   where it comes from; the file's name if it is not said\n"
	      "  --every H    the next one is expected within H hours: licetd says list-late after that\n"
	      "  --force      even if it shrinks by more than list_shrink_pct, is empty, or no rule asks it\n"
	      "  --skip-bad   load the good lines of a file with bad ones\n"
	      "mend writes the members of opposition or opposition:ADVERTISER that are no E.164 numbers\n"
	      "(list-malformed) as the numbers that they are; --drop takes off those that are none.\n"
	      "accept takes a list as it is that lacks members (list-missing): they were deleted, or taken\n"
	      "off otherwise than by oppose --undo. You are named with the reason in licet:errors.\n"
	      "  --reason R   why\n" },
	{ 0 },
};
