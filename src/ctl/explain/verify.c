/* verify: is a receipt what it says? Its facts are judged again, by the same function
 * and the same rulebook, and the answer is compared with the one it holds. */
#include "core/text/control.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/base/session.h"
#include "ctl/base/words.h"
#include "ctl/explain/case.h"
#include "ctl/explain/case_json.h"
#include "ctl/explain/receipt.h"
#include "ctl/log/log_judge.h"
#include "ctl/log/log_prove.h"
#include "io/host/error_text.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/rulebook/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIFFERENCES_MAX 50

struct checking {
	struct ctl *ctl;
	const char *path;
	bool french;
	const struct rulebook *rb;
	json_t *receipt;
	json_t *differences; /* of {at, receipt, again} */
};

/* --- reading -------------------------------------------------------------------------- */

/* Ends the process. What is quoted from the file may hold anything. */
_Noreturn __attribute__((format(printf, 2, 3))) static void refuse(const struct checking *c,
                                                                   const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = control_hide(mem_vformat(format, ap));
	va_end(ap);
	if (!c->ctl->json)
		ctl_fail("%s: %s", c->path, text);
	ctl_print_json(print_pack("{s:b, s:s}", "confirmed", 0, "error", text));
	fflush(stdout);
	exit(1);
}

static char *read_file(const struct checking *c, size_t *ret_len)
{
	FILE *file = strcmp(c->path, "-") == 0 ? stdin : fopen(c->path, "re");
	char *text = mem_zero(RECEIPT_BYTES_MAX + 1);

	if (file == NULL)
		refuse(c, "%s", error_system(errno));
	*ret_len = fread(text, 1, RECEIPT_BYTES_MAX + 1, file);
	int error = ferror(file) ? errno : 0;
	if (file != stdin)
		fclose(file);
	if (error != 0)
		refuse(c, "%s", error_system(error));
	if (*ret_len > RECEIPT_BYTES_MAX)
		refuse(c, error_pick("no receipt: larger than %d bytes", "pas un reçu : plus de %d octets"),
		       RECEIPT_BYTES_MAX);
	return text;
}

static const char *text_of(const struct checking *c, const json_t *object, const char *way, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	if (text == NULL)
		refuse(c,
		       error_pick("no receipt: %s%s: expected a text",
		                  "pas un reçu : %s%s : un texte est attendu"),
		       way, key);
	return text;
}

/* Returns false for the proof of a call, which is another matter. */
static bool read_receipt(struct checking *c)
{
	json_error_t error;
	size_t len;
	char *text = read_file(c, &len);

	c->receipt = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (c->receipt == NULL) /* not jansson's own words: they quote the text */
		refuse(c,
		       error_pick("line %d, column %d: no receipt: expected JSON",
		                  "ligne %d, colonne %d : pas un reçu : du JSON est attendu"),
		       error.line, error.column);
	if (!json_is_object(c->receipt))
		refuse(c, error_pick("no receipt: expected an object", "pas un reçu : un objet est attendu"));
	const char *proof = json_string_value(json_object_get(c->receipt, "proof"));
	if (proof != NULL && strcmp(proof, LOG_PROOF_FORMAT) == 0)
		return false;
	if (json_object_get(c->receipt, "receipt") == NULL && json_object_get(c->receipt, "facts") != NULL)
		refuse(
		    c,
		    error_pick(
			"no receipt: numbers are masked in it; explain --receipt FILE writes one",
			"pas un reçu : les numéros y sont masqués ; explain --receipt FICHIER en écrit un"));
	const char *format = text_of(c, c->receipt, "", "receipt");

	if (strcmp(format, RECEIPT_FORMAT) != 0)
		refuse(c,
		       error_pick("no receipt: receipt: expected %s, not %.40s",
		                  "pas un reçu : receipt : %s est attendu, et non %.40s"),
		       RECEIPT_FORMAT, format);
	return true;
}

/* --- comparing --------------------------------------------------------------------------- */

static void differ(struct checking *c, const char *at, const json_t *said, const json_t *again)
{
	if (json_array_size(c->differences) == DIFFERENCES_MAX)
		return;
	json_t *entry = print_pack("{s:s}", "at", at);

	json_object_set(entry, "receipt", said != NULL ? (json_t *)said : json_null());
	json_object_set(entry, "again", again != NULL ? (json_t *)again : json_null());
	json_array_append_new(c->differences, entry);
}

/* Words for people, which a later version may say better, and what seals it. */
static bool is_words(const char *key)
{
	static const char *const words[] = {
		"text", "hint", "exceptions", "personal_data", "receipt", "hash"
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i], key) == 0)
			return true;
	return false;
}

/* Everything that the receipt says must come out again, and nothing be left out. */
static void compare(struct checking *c, const char *way, const json_t *said, const json_t *again)
{
	const char *key;
	json_t *inner;
	size_t i;

	if (json_is_object(said) && json_is_object(again)) {
		json_object_foreach((json_t *)said, key, inner)
		{
			char *deeper =
			    control_hide(mem_format("%s%s%.60s", way, *way != '\0' ? "." : "", key));

			if (!is_words(key))
				compare(c, deeper, inner, json_object_get(again, key));
			free(deeper);
		}
		/* A later version may look at more. */
		json_object_foreach((json_t *)again, key, inner)
		{
			char *deeper = mem_format("%s%s%s", way, *way != '\0' ? "." : "", key);

			if (json_object_get(said, key) == NULL && !is_words(key) &&
			    strstr(way, ".inputs") == NULL)
				differ(c, deeper, NULL, inner);
			free(deeper);
		}
	} else if (json_is_array(said) && json_is_array(again) &&
	           json_array_size(said) == json_array_size(again)) {
		json_array_foreach(said, i, inner)
		{
			const json_t *other = json_array_get(again, i);
			const char *rule = json_string_value(json_object_get(other, "rule"));
			char *deeper =
			    rule != NULL ? mem_format("%s.%s", way, rule) : mem_format("%s[%zu]", way, i);

			compare(c, deeper, inner, other);
			free(deeper);
		}
	} else if (said == NULL || again == NULL || !json_equal((json_t *)said, (json_t *)again)) {
		differ(c, way, said, again);
	}
}

static bool check_hash(struct checking *c)
{
	char *hash = receipt_hash(c->receipt);
	json_t *should = print_json_text(hash);
	bool same = strcmp(text_of(c, c->receipt, "", "hash"), hash) == 0;

	if (!same)
		differ(c, "hash", json_object_get(c->receipt, "hash"), should);
	json_decref(should);
	free(hash);
	return same;
}

/* Another law may well say something else: that would prove nothing. */
static void check_rulebook(const struct checking *c, bool hash_is_right)
{
	const json_t *named = json_object_get(c->receipt, "rulebook");
	const char *hash = text_of(c, named, "rulebook.", "hash");
	const char *tzdata = json_string_value(json_object_get(named, "tzdata"));

	/* Receipts of earlier versions name the file alone, without its zones. */
	if (strcmp(hash, c->rb->hash) != 0 && (tzdata != NULL || strcmp(hash, c->rb->file_hash) != 0))
		refuse(
		    c,
		    error_pick(
			"judged by another rulebook: %.40s %.40s, time zones %.31s, SHA-256 %.64s; the one here is %s %s, time zones %s, SHA-256 %s (--rulebook FILE names another)%s",
			"jugé selon d'autres règles : %.40s %.40s, fuseaux %.31s, SHA-256 %.64s ; celles d'ici sont %s %s, fuseaux %s, SHA-256 %s (--rulebook FICHIER en nomme d'autres)%s"),
		    text_of(c, named, "rulebook.", "id"), text_of(c, named, "rulebook.", "version"),
		    tzdata != NULL && *tzdata != '\0' ? tzdata : error_pick("unknown", "inconnus"), hash,
		    c->rb->id, c->rb->version,
		    *c->rb->tzdata != '\0' ? c->rb->tzdata : error_pick("unknown", "inconnus"), c->rb->hash,
		    hash_is_right ? ""
				  : error_pick("; the receipt was changed, too: its hash is not right",
		                               " ; le reçu a aussi été modifié : son empreinte est fausse"));
}

static void judge_again(struct checking *c)
{
	struct case_file from;
	char err[320];

	if (!case_of_json(json_object_get(c->receipt, "facts"), &from, err, sizeof(err)))
		refuse(c, error_pick("no receipt: %s", "pas un reçu : %s"), err);
	struct judgement *j = case_judge(c->rb, &from);
	bool french = strcmp(text_of(c, c->receipt, "", "lang"), "fr") == 0;
	json_t *again = answer_json(j, french, true);
	static const char *const needed[] = { "verdict", "reason", "rule", "until", "rules" };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (json_object_get(c->receipt, needed[i]) == NULL)
			refuse(c,
			       error_pick("no receipt: %s: expected it to be there",
			                  "pas un reçu : %s : manque"),
			       needed[i]);
	compare(c, "", c->receipt, again);
	json_decref(again);
	judgement_free(j);
	case_done(&from);
}

/* --- saying it ------------------------------------------------------------------------------ */

static const char *member(const struct checking *c, const char *key)
{
	const char *text = json_string_value(json_object_get(c->receipt, key));

	return text != NULL ? text : "";
}

static void print_differences(const struct checking *c)
{
	const json_t *value;
	size_t i;

	print(c->french ? "%s : non confirmé.\n" : "%s: not confirmed.\n", c->path);
	json_array_foreach(c->differences, i, value)
	{
		char *said =
		    json_pool_text(json_object_get(value, "receipt"), JSON_COMPACT | JSON_ENCODE_ANY);
		char *again = json_pool_text(json_object_get(value, "again"), JSON_COMPACT | JSON_ENCODE_ANY);
		const char *at = json_string_value(json_object_get(value, "at"));

		/* The number may be in the facts. */
		if (strncmp(at, "facts", 5) == 0)
			print(c->french ? "  %s : ce n'est pas ce qui a été lu\n"
			                : "  %s: not what was read\n",
			      at);
		else
			print(c->french ? "  %s : le reçu dit %s, rejugé : %s\n"
			                : "  %s: the receipt says %s, judged again it is %s\n",
			      at, said != NULL ? said : "?", again != NULL ? again : "?");
		free(said);
		free(again);
	}
}

static void say(struct checking *c)
{
	bool confirmed = json_array_size(c->differences) == 0;
	const json_t *until = json_object_get(c->receipt, "until");

	if (c->ctl->json) {
		for (size_t i = 0; i < json_array_size(c->differences); i++) {
			json_t *entry = json_array_get(c->differences, i);

			if (strncmp(json_string_value(json_object_get(entry, "at")), "facts", 5) == 0) {
				json_object_del(entry, "receipt");
				json_object_del(entry, "again");
			}
		}
		ctl_print_json(print_pack("{s:b, s:s, s:s, s:s, s:s, s:O}", "confirmed", (int)confirmed,
		                          "verdict", member(c, "verdict"), "reason", member(c, "reason"),
		                          "at", member(c, "at"), "hash", member(c, "hash"), "differences",
		                          c->differences));
	} else if (!confirmed) {
		print_differences(c);
	} else {
		print(c->french
		          ? "Confirmé : le %s, %s %s pour %s était « %s » (%s%s%s) selon les règles %s %s.\n"
		          : "Confirmed: at %s, %s %s to %s was \"%s\" (%s%s%s) by rulebook %s %s.\n",
		      member(c, "at"), lang_pick(c->french, "campaign", "campagne"), member(c, "campaign"),
		      member(c, "to"), lang_say(c->french, member(c, "verdict")), member(c, "reason"),
		      json_is_string(until) ? lang_pick(c->french, ", until ", ", jusqu'au ") : "",
		      json_is_string(until) ? json_string_value(until) : "", c->rb->id, c->rb->version);
	}
}

static int run_verify(struct ctl *ctl, int argc, char **argv)
{
	const char *key = NULL;
	const struct ctl_option options[] = { { "--key", &key, NULL }, { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	struct checking c = { .ctl = ctl, .path = argv[1], .french = ctl->french };

	if (!read_receipt(&c)) {
		int code = log_judge(ctl, c.receipt, key);
		json_decref(c.receipt);
		return code;
	}
	c.rb = ctl_rulebook(ctl);
	c.differences = json_array();
	check_rulebook(&c, check_hash(&c));
	judge_again(&c);
	say(&c);
	int code = json_array_size(c.differences) == 0 ? 0 : 1;

	json_decref(c.differences);
	json_decref(c.receipt);
	return code;
}

const struct command ctl_verify_commands[] = {
	{ .name = "verify",
	  .usage = "RECEIPT.json",
	  .summary = "judge the facts of a receipt again, and compare",
	  .run = run_verify,
	  .example = "licetctl verify receipt.json",
	  .details =
	      "A receipt is a file that explain --receipt wrote. Exit 0 if its hash is right, and if the "
	      "same rulebook gives the same answer for the same facts. Else exit 1, and the differences are "
	      "printed: see licet-evidence(7). verify also judges the proof of a call that log prove wrote.\n" },
	{ 0 },
};
