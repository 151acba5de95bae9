/* space: the spaces of the platform: which there are, one more, whether they agree, and to go on without one. */
#include "core/time/civil.h"
#include "ctl/base/operator.h"
#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/space/agree.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "ctl/space/others.h"
#include "ctl/space/space_add.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- how a space stands -------------------------------------------------------------------- */

/* What one space tells of itself and of the others. */
struct view {
	char name[SPACE_NAME_MAX + 1], state[16];
	struct ctl *ctl; /* to ask it with */
	const char *prefix;
	char why[400];             /* what is not as it should be; "": nothing */
	int64_t oppositions;       /* numbers on the platform's list; COUNT_UNKNOWN */
	struct redis_reply *peers; /* NULL: it did not answer */
	json_t *findings;          /* of check: what it has that it should not, or lacks */
};

static int64_t count_of(struct ctl *ctl, const char *prefix)
{
	char key[KEY_SIZE];
	struct redis_reply *reply = ask_any_words(ctl, "SCARD", key_of(prefix, "list", "opposition", key));
	int64_t n = reply_int(reply, COUNT_UNKNOWN);

	reply_free(reply);
	return n;
}

static void judge(struct view *v)
{
	const char *code = reply_text(reply_at(v->peers, 0), NULL),
		   *which = reply_text(reply_at(v->peers, 1), NULL);

	if (v->peers == NULL || code == NULL || which == NULL)
		snprintf(v->why, sizeof(v->why),
		         error_pick("it does not say whom it hears", "il ne dit pas qui il entend"));
	else if (strcmp(code, "unknown") == 0)
		snprintf(v->why, sizeof(v->why),
		         error_pick("it does not know the others", "il ne connaît pas les autres"));
	else if (strcmp(code, "unreadable") == 0)
		snprintf(v->why, sizeof(v->why), error_pick("%s cannot be read", "%s est illisible"), which);
	else if (*code != '\0')
		snprintf(v->why, sizeof(v->why), error_pick("it has not heard %s", "il n'a pas entendu %s"),
		         which);
}

static void look(struct view *v)
{
	v->oppositions = count_of(v->ctl, v->prefix);
	v->peers = space_peers(v->ctl, v->prefix);
	if (reply_is_error(v->peers)) {
		snprintf(v->why, sizeof(v->why), "%s", reply_text(v->peers, NULL));
		reply_free(v->peers);
		v->peers = NULL;
		return;
	}
	judge(v);
}

/* Does it count on that one being heard? */
static bool knows(const struct view *v, const char *name)
{
	for (size_t i = 3; i < reply_count(v->peers); i += 4)
		if (strcmp(reply_text(reply_at(v->peers, i), NULL), name) == 0)
			return true;
	return false;
}

/* By whom, and when; "": nobody. Heap. */
static char *forgone_by(struct ctl *ctl, const char *prefix, const char *name)
{
	char key[KEY_SIZE];
	struct redis_reply *reply = ask_any_words(ctl, "HGET", key_global(prefix, "peers", key), name);
	const char *text = reply_is_error(reply) ? NULL : reply_text(reply, NULL);
	char *by = mem_copy(text != NULL && strncmp(text, "0 ", 2) == 0 ? text + 2 : "");

	reply_free(reply);
	return by;
}

static void look_at(struct other_space *o, const char *state, struct view *ret)
{
	snprintf(ret->name, sizeof(ret->name), "%s", o->name);
	snprintf(ret->state, sizeof(ret->state), "%s", state);
	ret->ctl = &o->ctl;
	ret->prefix = o->prefix;
	ret->oppositions = COUNT_UNKNOWN;
	if (o->why[0] == '\0')
		look(ret);
	else
		snprintf(ret->why, sizeof(ret->why),
		         error_pick("it does not answer: %.300s", "il ne répond pas : %.300s"), o->why);
}

/* All of them, the one at hand first, which may be away as any other. Returns how many. */
static size_t look_at_all(struct other_space *own, struct other_spaces *others, struct view **ret)
{
	struct view *all = mem_zero((others->count + 1) * sizeof(*all));
	size_t n = 0;

	if (others->knows_own || !others->named)
		look_at(own, others->named ? "open" : "alone", &all[n++]);
	for (size_t i = 0; i < others->count; i++)
		look_at(&others->list[i], others->list[i].state, &all[n++]);
	*ret = all;
	return n;
}

/* What two of them do not say of each other. */
static void compare(struct view *all, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n && all[i].why[0] == '\0'; k++) {
			const char *name = all[k].name;

			if (i == k || strcmp(all[k].state, "open") != 0 || knows(&all[i], name))
				continue;
			char *by = forgone_by(all[i].ctl, all[i].prefix, name);

			if (*by != '\0')
				snprintf(all[i].why, sizeof(all[i].why),
				         error_pick("it goes on without %s: %s", "il continue sans %s : %s"),
				         name, by);
			else
				snprintf(all[i].why, sizeof(all[i].why),
				         error_pick("%s is not among its peers",
				                    "%s n'est pas parmi ses pairs"),
				         name);
			free(by);
		}
	const struct view *first = NULL; /* that could be counted */

	for (size_t i = 0; i < n; i++)
		if (first == NULL && all[i].oppositions != COUNT_UNKNOWN)
			first = &all[i];
		else if (first != NULL && all[i].why[0] == '\0' && all[i].oppositions != first->oppositions)
			snprintf(all[i].why, sizeof(all[i].why),
			         "%" PRId64 " numbers are on its list of the platform, %" PRId64
			         " on that of %s",
			         all[i].oppositions, first->oppositions, first->name);
}

/* --- what spaces have that they should not, or lack ------------------------------------------------- */

struct checking {
	bool check, members, repair; /* check: list shows how they stand, and no more */
	const char *by;
};

/* Of those that answer. Returns how many things are wrong. */
static size_t agree(struct ctl *ctl, struct view *all, size_t n, const struct checking *how)
{
	struct compared_space *spaces = mem_zero((n + 1) * sizeof(*spaces));
	size_t count = 0, wrong = 0;

	for (size_t i = 0; i < n; i++) {
		if (all[i].ctl->redis == NULL)
			continue;
		spaces[count++] = (struct compared_space){ .name = all[i].name,
			                                   .prefix = all[i].prefix,
			                                   .ctl = all[i].ctl,
			                                   .findings = all[i].findings };
	}
	agree_directory(ctl, spaces, count, how->repair);
	if (how->members || how->repair)
		agree_members(spaces, count, how->repair, how->by);
	for (size_t i = 0; i < n; i++)
		wrong += json_array_size(all[i].findings);
	free(spaces);
	return wrong;
}

static json_t *view_json(const struct view *v, bool check)
{
	json_t *one = print_pack("{s:s,s:s,s:I,s:s}", "space", v->name, "state", v->state, "oppositions",
	                         (json_int_t)v->oppositions, "why", v->why);

	if (check)
		json_object_set(one, "findings", v->findings);
	return one;
}

static void print_views(const struct ctl *ctl, const struct view *all, size_t n)
{
	char count[COUNT_SIZE];
	struct columns table;
	json_t *finding;
	size_t k;

	columns_init(&table, error_pick("space|state|>oppositions|", "espace|état|>oppositions|"));
	for (size_t i = 0; i < n; i++) {
		columns_add(&table, all[i].name);
		columns_add(&table, all[i].state);
		columns_add(&table, count_text(all[i].oppositions, count));
		columns_add(&table, all[i].why);
	}
	columns_print(&table, ctl->colour);
	for (size_t i = 0; i < n; i++)
		json_array_foreach(all[i].findings, k, finding)
		{
			print("%s: %s\n", all[i].name, json_string_value(finding));
		}
}

static int show(struct ctl *ctl, const struct checking *how)
{
	struct other_spaces others;
	struct other_space own;
	struct view *all;
	size_t wrong = 0;

	others_open(ctl, &others);
	other_own(ctl, &own);
	size_t n = look_at_all(&own, &others, &all);

	for (size_t i = 0; i < n; i++)
		all[i].findings = json_array();
	if (how->check && others.named)
		wrong = agree(ctl, all, n, how);
	if (how->repair)
		for (size_t i = 0; i < n; i++)
			if (all[i].ctl->redis != NULL)
				all[i].oppositions = count_of(all[i].ctl, all[i].prefix);
	compare(all, n);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++) {
		wrong += all[i].why[0] != '\0';
		json_array_append_new(list, view_json(&all[i], how->check && others.named));
	}
	if (ctl->json) {
		ctl_print_json(json_incref(list));
	} else {
		print_views(ctl, all, n);
		if (how->check && wrong == 0)
			puts(error_pick("all of them know and hear each other",
			                "tous se connaissent et s'entendent"));
	}
	for (size_t i = 0; i < n; i++) {
		json_decref(all[i].findings);
		reply_free(all[i].peers);
	}
	json_decref(list);
	free(all);
	other_close(&own);
	others_close(&others);
	return wrong > 0 ? 1 : 0;
}

/* --- to go on without one ---------------------------------------------------------------------- */

static void tell_errors(struct ctl *ctl, const char *prefix, const char *name, const char *what,
                        const char *by, const char *reason)
{
	char key[KEY_SIZE], text[700], where[KEY_SIZE];

	snprintf(where, sizeof(where), "%speers", prefix);
	snprintf(text, sizeof(text), "space %s is %s by %s: %s", name, what, by, reason);
	reply_free(ask_any_words(ctl, "XADD", key_global(prefix, "errors", key), "MAXLEN", "~", "10000", "*",
	                         "where", where, "error", text));
}

static bool put_limit(struct ctl *ctl, const char *prefix, const char *name, const char *limit)
{
	struct redis_reply *reply = space_put_peer(ctl, prefix, name, limit);
	bool done = reply != NULL && !reply_is_error(reply);

	reply_free(reply);
	return done;
}

struct forgoing {
	const char *name, *limit, *what, *by, *reason;
};

static json_t *forgo_there(struct ctl *there, void *arg)
{
	const struct forgoing *f = arg;
	const char *prefix = ctl_conf(there)->prefix;

	if (!put_limit(there, prefix, f->name, f->limit))
		ctl_fail(error_pick("its peers could not be written", "ses pairs n'ont pu être écrits"));
	tell_errors(there, prefix, f->name, f->what, f->by, f->reason);
	return json_true();
}

static int forgo(struct ctl *ctl, const char *name, const char *by, const char *reason, bool undo)
{
	char own[SPACE_NAME_MAX + 1], limit[200], at[CIVIL_INSTANT_SIZE];
	struct forgoing f = { name, limit, undo ? "counted on again" : "forgone", by, reason };
	struct everywhere e;
	bool known = false;

	if (!space_own(ctl, own))
		ctl_fail(error_pick("the prefix %s has no tag: there is one space",
		                    "le préfixe %s n'a pas d'étiquette : il y a un seul espace"),
		         ctl_conf(ctl)->prefix);
	if (*reason == '\0')
		ctl_misuse(ctl, error_pick("--reason must say why", "--reason doit dire pourquoi"));
	everywhere_open_all(ctl, &e);
	if (e.lost[0] != '\0' || e.lacking)
		ctl_fail(error_pick("which spaces there are is not known, the hub does not answer: %s",
		                    "on ignore quels sont les espaces, le hub ne répond pas : %s"),
		         e.lacking
		             ? error_pick("this user has no right to it", "cet utilisateur n'y a pas droit")
		             : e.lost);
	/* The one that is away is not asked. */
	for (size_t i = 0; i < e.count; i++)
		if (strcmp(e.list[i].name, name) == 0) {
			known = true;
			e.list[i].answer = json_true();
		}
	if (!known)
		ctl_fail(
		    error_pick("no space is called %s (licetctl space list shows those that there are)",
		               "aucun espace ne s'appelle %s (licetctl space list montre ceux qui existent)"),
		    name);
	snprintf(limit, sizeof(limit), "0 %.100s %s", by, civil_format_instant(ctl_now_ms(ctl), at));
	if (undo)
		snprintf(limit, sizeof(limit), SPACE_LIMIT_MS);
	everywhere_ask(ctl, &e, forgo_there, &f);
	everywhere_must_answer(ctl, &e,
	                       undo
	                           ? error_pick("it is not counted on", "on ne compte pas de nouveau sur lui")
	                           : error_pick("it is not forgone", "on continue de l'attendre"));
	if (ctl->json)
		ctl_print_json(print_pack("{s:s,s:b,s:s,s:s}", "space", name, "forgone", (int)!undo, "by", by,
		                          "reason", reason));
	else
		print(error_pick("%s: the others %s\n", "%s : les autres %s\n"), name,
		      undo ? error_pick("wait for it again", "l'attendent de nouveau")
		           : error_pick("go on without hearing it", "continuent sans l'entendre"));
	everywhere_close(&e);
	return 0;
}

/* --- the command ---------------------------------------------------------------------------------- */

static int run_space(struct ctl *ctl, int argc, char **argv)
{
	const char *reason = "", *by = who_types();
	struct checking how = { 0 };
	bool undo = false;
	const struct ctl_option options[] = {
		{ "--reason", &reason, NULL },     { "--by", &by, NULL },
		{ "--undo", NULL, &undo },         { "--members", NULL, &how.members },
		{ "--repair", NULL, &how.repair }, { NULL, NULL, NULL }
	};
	ctl_words(ctl, argc, argv, options);
	char own[SPACE_NAME_MAX + 1];

	find_first(ctl);
	if (strcmp(argv[1], "list") == 0 || strcmp(argv[1], "check") == 0) {
		if (!space_own(ctl, own))
			ctl_fail(error_pick("the prefix %s has no tag: there is one space",
			                    "le préfixe %s n'a pas d'étiquette : il y a un seul espace"),
			         ctl_conf(ctl)->prefix);
		how.check = strcmp(argv[1], "check") == 0;
		how.by = by;
		return show(ctl, &how);
	}
	if (strcmp(argv[1], "add") == 0)
		return space_add(ctl, argv[2]);
	return forgo(ctl, argv[2], by, reason, undo);
}

const struct command ctl_space_commands[] = {
	{ .name = "space",
	  .usage = "list | check | add NAME | forgo NAME",
	  .summary = "add, check and give up spaces",
	  .needs_redis = true,
	  .run = run_space,
	  .has_page = true,
	  .example = "licetctl space add travel --space retail",
	  .details =
	      "A space is the tag in the prefix, such as licet:{retail}:. The hub is the keys that all spaces share.\n"
	      "add creates a space, copies the platform's opposition list into it, and makes all spaces exchange "
	      "objections. If the hub names no space yet, add enters the current one first.\n"
	      "list and check report for each space whether it knows and hears the others: exit 1 if one does not. "
	      "check also reports where spaces and hub disagree about advertisers and SIRENs.\n"
	      "forgo lets all other spaces hand jobs over without hearing this one.\n" },
	{ 0 },
};
