/* schema: what a job, a consent and a line of follow look like, as JSON Schema (2020-12), for who writes or reads
 * them in another language. core/job/job.c reads what these say; a test holds both beside each other. */
#include "core/job/job.h"
#include "core/text/reason.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/base/words.h"
#include "ctl/sender/outcome.h"

#include <string.h>

#define INSTANT \
	"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
#define DATE "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
#define TEXT "^[^\\u0000-\\u001f\\u007f]*$" /* no control characters */
#define CODE "^[-0-9A-Za-z .\\u0080-\\uffff]*$"
#define DRAFT "https://json-schema.org/draft/2020-12/schema"

/* A text of so many bytes. JSON Schema counts characters, of which there are never more. */
static json_t *text(int min, int max, const char *pattern, const char *says)
{
	return print_pack("{s:s,s:i,s:i,s:s,s:s}", "type", "string", "minLength", min, "maxLength", max,
	                  "pattern", pattern, "description", says);
}

static json_t *matching(const char *pattern, const char *says)
{
	return print_pack("{s:s,s:s,s:s}", "type", "string", "pattern", pattern, "description", says);
}

/* One text, or a list of them. */
static json_t *one_or_many(const char *says)
{
	json_t *all = json_array();

	json_array_append_new(all, print_pack("{s:s}", "type", "string"));
	json_array_append_new(all,
	                      print_pack("{s:s,s:i,s:o}", "type", "array", "maxItems", CONSENT_MENTIONS_MAX,
	                                 "items", print_pack("{s:s}", "type", "string")));
	return print_pack("{s:o,s:s}", "anyOf", all, "description", says);
}

static json_t *instant_or_date(const char *says)
{
	json_t *all = json_array();

	json_array_append_new(all, print_pack("{s:s,s:s}", "type", "string", "pattern", INSTANT));
	json_array_append_new(all, print_pack("{s:s,s:s}", "type", "string", "pattern", DATE));
	return print_pack("{s:o,s:s}", "anyOf", all, "description", says);
}

static json_t *object(const char *title, json_t *properties, json_t *required, bool more)
{
	return print_pack("{s:s,s:s,s:s,s:o,s:o,s:b}", "$schema", DRAFT, "title", title, "type", "object",
	                  "properties", properties, "required", required, "additionalProperties", (int)more);
}

static json_t *consent(void)
{
	json_t *p = json_object();

	json_object_set_new(p, "product", text(1, 64, TEXT, "what the person agreed to hear about"));
	json_object_set_new(p, "channel", text(1, 64, TEXT, "automated-voice, or as the rulebook names it"));
	json_object_set_new(p, "collected_at",
	                    instant_or_date("when, with its offset; a date alone is no time"));
	json_object_set_new(p, "until", instant_or_date("a date ends at 00:00 of that day, callee's time"));
	json_object_set_new(p, "form",
	                    one_or_many("the mentions that the form had, or the id of a registered one"));
	json_object_set_new(p, "proof", text(1, 256, TEXT, "where the proof is kept"));
	json_object_set_new(p, "advertiser", text(9, 14, TEXT, "SIREN of whom it was given to"));
	json_object_set_new(p, "via", text(1, 32, TEXT, "by which way it was given"));
	json_object_set_new(p, "act", text(1, 64, TEXT, "the clear act, such as ticked-box"));
	json_object_set_new(p, "bases", one_or_many("the laws that it answers, such as L223-1"));
	json_object_set_new(p, "slot", matching(INSTANT, "the precise time that the person asked for"));
	return object("A consent", p, json_array(), false);
}

static json_t *job(void)
{
	json_t *p = json_object(), *required = json_array(), *inner = consent();

	json_object_del(inner, "$schema");
	json_object_set_new(p, "id",
	                    text(1, JOB_ID_MAX, TEXT, "the owner's; a second job of one id is a duplicate"));
	json_object_set_new(p, "to",
	                    print_pack("{s:s,s:s}", "type", "string", "description",
	                               "a telephone number as people write it"));
	json_object_set_new(p, "person", text(1, JOB_ID_MAX, TEXT, "whoever it is, under any number"));
	json_object_set_new(p, "postcode", text(1, 32, CODE, "narrows the place"));
	json_object_set_new(p, "insee", text(1, 32, CODE, "narrows the place"));
	json_object_set_new(p, "not_before", matching(INSTANT, "an instant with its offset"));
	json_object_set_new(p, "not_after", matching(INSTANT, "an instant with its offset"));
	json_object_set_new(p, "consent", inner);
	json_object_set_new(p, "vars",
	                    print_pack("{s:s,s:s}", "type", "object", "description",
	                               "goes to the sender untouched"));
	json_array_append_new(required, json_string("id"));
	json_array_append_new(required, json_string("to"));
	return object("A job, 8192 bytes at most", p, required, false);
}

static json_t *one_of(const char *says, const char *const *names)
{
	json_t *list = json_array();

	for (; *names != NULL; names++)
		json_array_append_new(list, json_string(*names));
	return print_pack("{s:o,s:s}", "enum", list, "description", says);
}

static json_t *outcome(void)
{
	static const char *const streams[] = { "done", "refused", "invalid", "oppositions", NULL };
#define EXIT_NAME(status, name, more) name,
	static const char *const exits[] = { OUTCOME_EXITS(EXIT_NAME) NULL };
#undef EXIT_NAME
	static const char *const needed[] = { "event_id", "stream", "entry", "at" };
	json_t *p = json_object(), *required = json_array(), *reasons = json_array(),
	       *outcomes = json_array();

	for (size_t r = REASON_ALLOWED + 1; r < REASON_COUNT; r++)
		json_array_append_new(reasons, json_string(reason_name((enum reason)r)));
	for (size_t i = 0; exits[i] != NULL && exits[i + 1] != NULL; i++) /* the last one is there twice */
		json_array_append_new(outcomes, json_string(exits[i]));
	json_object_set_new(p, "event_id",
	                    matching("^(done|refused|invalid|oppositions):",
	                             "the same where a line comes twice"));
	json_object_set_new(p, "stream", one_of("what it is", streams));
	json_object_set_new(p, "campaign", print_pack("{s:s}", "type", "string"));
	json_object_set_new(p, "entry", matching("^[0-9]+-[0-9]+$", "its place in the stream"));
	json_object_set_new(p, "at", matching(INSTANT, "when it was written"));
	json_object_set_new(p, "id", print_pack("{s:s,s:s}", "type", "string", "description", "of the job"));
	json_object_set_new(p, "to", print_pack("{s:s,s:s}", "type", "string", "description", "E.164"));
	json_object_set_new(p, "outcome",
	                    print_pack("{s:o,s:s}", "enum", outcomes, "description", "of a call"));
	/* Of an objection the reason is somebody's own words. */
	json_object_set_new(
	    p, "reason",
	    print_pack("{s:s,s:s,s:o}", "type", "string", "description",
	               "of refused and invalid one of the examples; of an objection, words of "
	               "whoever noted it",
	               "examples", reasons));
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		json_array_append_new(required, json_string(needed[i]));
	return object("A line of licetctl follow", p, required, true);
}

static int run_schema(struct ctl *ctl, int argc, char **argv)
{
	ctl_words(ctl, argc, argv, NULL);
	if (strcmp(argv[1], "job") == 0)
		ctl_print_json(job());
	else if (strcmp(argv[1], "consent") == 0)
		ctl_print_json(consent());
	else
		ctl_print_json(outcome());
	return 0;
}

const struct command ctl_schema_commands[] = {
	{ .name = "schema",
	  .usage = "job | consent | outcome",
	  .summary = "print the JSON Schema of a job, a consent or an outcome",
	  .run = run_schema,
	  .example = "licetctl schema job",
	  .details = "outcome describes a line of follow.\n" },
	{ 0 },
};
