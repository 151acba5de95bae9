/* reasons and vocabulary: the words that jobs, campaigns and reports are made of. */
#include "ctl/law/vocabulary.h"

#include "core/campaign/campaign.h"
#include "core/decide/decide.h"
#include "core/law/binding.h"
#include "core/text/reason.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/base/table.h"
#include "ctl/base/words.h"
#include "io/host/error_text.h"

#include <stdio.h>
#include <string.h>

/* --- reasons ------------------------------------------------------------------- */

static void json_reasons(bool french)
{
	json_t *list = json_array();

	for (int r = 0; r < REASON_COUNT; r++) {
		json_t *object = json_object();

		json_object_set_new(object, "code", print_json_text(reason_name(r)));
		json_object_set_new(object, "class", print_json_text(verdict_name(reason_verdict(r))));
		json_object_set_new(object, "meaning",
		                    print_json_text(french ? reason_text_fr(r) : reason_text(r)));
		json_array_append_new(list, object);
	}
	ctl_print_json(list);
}

static void markdown_reasons(bool french)
{
	puts("| code | class | meaning |\n|---|---|---|");
	for (int r = 0; r < REASON_COUNT; r++)
		print("| `%s` | %s | %s |\n", reason_name(r), verdict_name(reason_verdict(r)),
		      french ? reason_text_fr(r) : reason_text(r));
}

static void print_reasons(const struct ctl *ctl, bool french)
{
	struct columns table;

	columns_init(&table, "code|class|meaning");
	for (int r = 0; r < REASON_COUNT; r++) {
		columns_add(&table, reason_name(r));
		columns_add(&table, verdict_name(reason_verdict(r)));
		columns_add(&table, french ? reason_text_fr(r) : reason_text(r));
	}
	columns_print(&table, ctl->colour);
}

static int run_reasons(struct ctl *ctl, int argc, char **argv)
{
	bool markdown = false;
	const struct ctl_option options[] = { { "--markdown", NULL, &markdown }, { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	bool french = ctl->french;

	if (ctl->json)
		json_reasons(french);
	else if (markdown)
		markdown_reasons(french);
	else
		print_reasons(ctl, french);
	return 0;
}

/* --- vocabulary ------------------------------------------------------------------ */

const char *const vocabulary_purposes[] = { "prospecting", "service", NULL };
const char *const vocabulary_deliveries[] = { "call", "voicemail", "both", NULL };
const char *const vocabulary_announces[] = { "identity", "commercial", "opt-out", "ai", NULL };
const char *const vocabulary_statuses[] = { "running", "paused", "stopped", NULL };
const char *const vocabulary_outcomes[] = { "answered", "voicemail",   "busy",       "no-answer",
	                                    "failed",   "submitted",   "not-placed", "opted-out",
	                                    "refused",  "never-again", NULL };

const char *const vocabulary_outcome_texts[] = {
	"somebody answered",
	"a machine answered",
	"the line was busy; may be tried again (retry of the campaign)",
	"nobody answered; may be tried again",
	"it went wrong, or nobody knows; may be tried again",
	"it was given to somebody who never says what became of it",
	"no call was made: the attempt is given back",
	"the person opted out: opposed to the advertiser",
	"the person said no: opposed to the advertiser",
	"the person wants no such call from anybody: opposed to everybody",
	NULL,
};

/* The law of today: the sectors, mentions, channels and lists of its regimes. */
static void read_law(struct ctl *ctl, struct law *ret)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const struct conf *conf = ctl_conf(ctl);
	int32_t first, last;

	law_dates(rb, ctl_now_ms(ctl), &first, &last);
	law_read(rb, first, last, (const char *const *)conf->list_overrides.words, conf->list_overrides.count,
	         ret);
}

static json_t *json_words(const char *const *words)
{
	json_t *list = json_array();

	for (; *words != NULL; words++)
		json_array_append_new(list, print_json_text(*words));
	return list;
}

static bool has_word(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (strcmp(json_string_value(json_array_get(list, i)), word) == 0)
			return true;
	return false;
}

static void add_word(json_t *list, const char *word)
{
	if (!has_word(list, word))
		json_array_append_new(list, print_json_text(word));
}

static const char *const sector_states[] = { "allowed", "banned", "unapproved" };
static const char *const list_modes[] = {
	[LIST_UNUSED] = "unused", [LIST_REQUIRED] = "required", [LIST_IF_PRESENT] = "if-present"
};

static json_t *json_sectors(const struct law *law)
{
	json_t *sectors = json_object();

	/* Around a change of law several regimes bind: the strictest word counts. */
	for (size_t r = 0; r < law->regime_count; r++)
		for (size_t i = 0; i < law->regimes[r]->sector_count; i++) {
			const struct sector_rule *s = &law->regimes[r]->sectors[i];
			const char *said = json_string_value(json_object_get(sectors, s->name));

			if (said == NULL || strcmp(said, "allowed") == 0 || s->status == SECTOR_BANNED)
				json_object_set_new(sectors, s->name,
				                    print_json_text(sector_states[s->status]));
		}
	return sectors;
}

static json_t *json_of_territories(const struct rulebook *rb)
{
	json_t *territories = json_object();

	for (size_t i = 0; i < rb->territory_count; i++)
		json_object_set_new(territories, rb->territories[i].name,
		                    print_json_text(rb->territories[i].covered ? "covered" : "not-covered"));
	return territories;
}

static json_t *json_lists(const struct law *law)
{
	json_t *lists = json_object();

	for (size_t i = 0; i < law->list_count; i++)
		json_object_set_new(lists, law->lists[i].name,
		                    print_json_text(list_modes[law->lists[i].mode]));
	return lists;
}

/* Lists of words, and objects of words with a state. */
static json_t *vocabulary(struct ctl *ctl)
{
	json_t *all = json_object(), *classes = json_array(), *channels = json_array(),
	       *mentions = json_array();
	json_t *faults = json_array();
	struct law law;

	read_law(ctl, &law);
	for (int c = 0; c < NUMBER_CLASS_COUNT; c++)
		json_array_append_new(classes, print_json_text(number_class_name(c)));
	for (int f = 0; f < CAMPAIGN_FAULT_COUNT; f++)
		json_array_append_new(faults, print_json_text(campaign_fault_name(f)));
	for (size_t r = 0; r < law.regime_count; r++) {
		const struct consent_rule *consent = &law.regimes[r]->consent;

		if (consent->channel != NULL && consent->channel[0] != '\0')
			add_word(channels, consent->channel);
		for (size_t i = 0; i < consent->mention_count; i++)
			add_word(mentions, consent->mentions[i]);
	}
	json_object_set_new(all, "territories", json_of_territories(ctl_rulebook(ctl)));
	json_object_set_new(all, "sectors", json_sectors(&law));
	json_object_set_new(all, "number_classes", classes);
	json_object_set_new(all, "definition_fields", json_words(campaign_def_fields));
	json_object_set_new(all, "purposes", json_words(vocabulary_purposes));
	json_object_set_new(all, "deliveries", json_words(vocabulary_deliveries));
	json_object_set_new(all, "announces", json_words(vocabulary_announces));
	json_object_set_new(all, "statuses", json_words(vocabulary_statuses));
	json_object_set_new(all, "faults", faults);
	json_object_set_new(all, "channels", channels);
	json_object_set_new(all, "consent_form", mentions);
	json_object_set_new(all, "outcomes", json_words(vocabulary_outcomes));
	json_object_set_new(all, "lists", json_lists(&law));
	return all;
}

static const char *title_of(const char *key)
{
	static const struct {
		const char *key, *title, *french;
	} titles[] = {
		{ "territories", "Territories (a place is one, or several joined by +)",
		  "Territoires (un lieu en est un, ou plusieurs joints par +)" },
		{ "sectors", "Sectors of a campaign, as the law of today sees them",
		  "Secteurs d'une campagne, selon le droit de ce jour" },
		{ "number_classes", "Classes of numbers", "Catégories de numéros" },
		{ "definition_fields", "Fields of a campaign", "Champs d'une campagne" },
		{ "purposes", "purpose", "purpose : la finalité" },
		{ "deliveries", "delivery", "delivery : le mode de remise" },
		{ "announces", "announces: what the recording says",
		  "announces : ce que dit l'enregistrement" },
		{ "statuses", "status", "status : l'état" },
		{ "faults", "Faults of a campaign", "Défauts d'une campagne" },
		{ "channels", "channel of a consent", "channel d'un consentement : le canal" },
		{ "consent_form", "form of a consent: what it showed",
		  "form d'un consentement : les mentions présentées" },
		{ "outcomes", "Outcomes that a sender reports", "Issues que rapporte un émetteur" },
		{ "lists", "Lists in use today", "Listes en usage aujourd'hui" },
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		if (strcmp(titles[i].key, key) == 0)
			return error_pick(titles[i].title, titles[i].french);
	return key;
}

static void print_vocabulary(const struct ctl *ctl, json_t *all)
{
	const char *key, *name;
	json_t *words, *state;

	json_object_foreach(all, key, words)
	{
		struct columns table;

		ctl_title(ctl, "%s", title_of(key));
		if (json_is_object(words)) {
			columns_init(&table, "|");
			json_object_foreach(words, name, state)
			{
				columns_addf(&table, "  %s", name);
				columns_add(&table, json_string_value(state));
			}
			columns_print(&table, false);
		} else {
			for (size_t i = 0; i < json_array_size(words); i++)
				print("%s%s", i == 0 ? "  " : " ",
				      json_string_value(json_array_get(words, i)));
			puts("");
		}
		puts("");
	}
}

static int run_vocabulary(struct ctl *ctl, int argc, char **argv)
{
	ctl_words(ctl, argc, argv, NULL);
	json_t *all = vocabulary(ctl);

	if (ctl->json) {
		ctl_print_json(all);
	} else {
		print_vocabulary(ctl, all);
		json_decref(all);
	}
	return 0;
}

const struct command ctl_word_commands[] = {
	{ .name = "reasons",
	  .usage = "",
	  .summary = "every reason code, its class and its meaning",
	  .run = run_reasons,
	  .example = "licetctl reasons --lang fr",
	  .details =
	      "Reason codes are in streams, counters, states and logs, and in the output of explain.\n" },
	{ .name = "vocabulary",
	  .usage = "",
	  .summary = "the words for campaigns, consents and reports",
	  .run = run_vocabulary,
	  .example = "licetctl vocabulary",
	  .details = "Sectors, lists and mentions are those of today's law.\n" },
	{ 0 },
};
