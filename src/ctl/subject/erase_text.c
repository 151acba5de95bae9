/* erase_text.c - see erase_text.h. */
#include "ctl/subject/erase_text.h"

#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/paper/words.h"
#include "ctl/sender/outcome.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

json_t *erase_unreached(bool fr, bool aof_off, int64_t replicas)
{
	json_t *list = json_array();

	if (aof_off)
		json_array_append_new(
		    list,
		    json_string(
			lang_pick(fr,
		                  "the append-only file is off: what Redis last saved to its RDB file has "
		                  "it until it saves again (BGSAVE)",
		                  "le fichier d'ajouts est désactivé : le dernier fichier RDB de Redis la "
		                  "contient jusqu'au prochain (BGSAVE)")));
	json_array_append_new(
	    list,
	    json_string(
		lang_pick(fr, "RDB snapshots and backups of Redis' files, made before",
	                  "les sauvegardes RDB et les copies des fichiers de Redis, faites auparavant")));
	if (replicas > 0)
		json_array_append_new(list, json_sprintf(lang_pick(fr,
		                                                   "the append-only files of %" PRId64
		                                                   " replicas: BGREWRITEAOF on each of them",
		                                                   "les fichiers d'ajouts de %" PRId64
		                                                   " répliques : BGREWRITEAOF sur chacune"),
		                                         replicas));
	json_array_append_new(list,
	                      json_string(
				  lang_pick(fr, "the slow log of Redis (SLOWLOG RESET)",
	                                    "le journal des commandes lentes de Redis (SLOWLOG RESET)")));
	json_array_append_new(
	    list,
	    json_string(lang_pick(fr,
	                          "files that were written from here: exports, archives, receipts, dossiers",
	                          "les fichiers écrits d'ici : exports, archives, reçus, dossiers")));
	json_array_append_new(
	    list,
	    json_string(lang_pick(fr, "what senders and the systems that queued it keep themselves",
	                          "ce que conservent les émetteurs et les systèmes qui l'ont déposée")));
	return list;
}

static void print_kept(const json_t *kept, bool fr)
{
	const json_t *entry;
	size_t i;

	puts(lang_pick(fr, "Kept:", "Conservé :"));
	json_array_foreach(kept, i, entry)
	{
		const json_t *dates = json_object_get(entry, "dates");
		const char *until = json_string_value(json_object_get(entry, "until"));

		print(lang_pick(fr, "  %s: %s (%" JSON_INTEGER_FORMAT ")%s%s: %s\n",
		                "  %s : %s (%" JSON_INTEGER_FORMAT ")%s%s : %s\n"),
		      json_string_value(json_object_get(entry, "key")),
		      json_string_value(json_object_get(entry, "what")),
		      json_integer_value(json_object_get(entry, "count")),
		      until != NULL ? lang_pick(fr, ", until ", ", jusqu'au ") : "",
		      until != NULL ? until : "", json_string_value(json_object_get(entry, "why")));
		for (size_t k = 0; k < json_array_size(dates); k++)
			print(k + 1 == json_array_size(dates) ? "%s%s\n" : "%s%s", k == 0 ? "    " : ", ",
			      json_string_value(json_array_get(dates, k)));
	}
	if (json_array_size(kept) == 0)
		puts(lang_pick(fr, "  nothing", "  rien"));
}

static void print_logs(const json_t *logs, bool fr)
{
	const json_t *log;
	size_t i;

	if (json_array_size(logs) > 0)
		puts(lang_pick(fr, "Decision logs (lines of refused and invalid jobs):",
		               "Journaux des décisions (lignes de tâches refusées ou illisibles) :"));
	json_array_foreach(logs, i, log)
	{
		const json_t *lines = json_object_get(log, "lines");
		const char *why = json_string_value(json_object_get(log, "why"));

		if (json_is_integer(lines))
			print(lang_pick(fr, "  %s: %" JSON_INTEGER_FORMAT " erased\n",
			                "  %s : %" JSON_INTEGER_FORMAT " effacées\n"),
			      json_string_value(json_object_get(log, "instance")), json_integer_value(lines));
		else
			print(lang_pick(fr, "  %s: NO ANSWER: %s\n", "  %s : PAS DE RÉPONSE : %s\n"),
			      json_string_value(json_object_get(log, "instance")),
			      why != NULL ? why : lang_pick(fr, "it took too long", "délai dépassé"));
	}
}

static void print_erased(const json_t *all, bool fr)
{
	const json_t *gone = json_object_get(all, "erased");
	const char *name;
	json_t *value;

	puts(lang_pick(fr, "Erased:", "Effacé :"));
	json_object_foreach((json_t *)gone, name, value)
	{
		print("  %-8s %" JSON_INTEGER_FORMAT "\n", fr ? words_of(true, name) : name,
		      json_integer_value(value));
	}
	if (json_object_size(gone) == 0)
		puts(lang_pick(fr, "  nothing", "  rien"));
	print_kept(json_object_get(all, "kept"), fr);
	print_logs(json_object_get(all, "logs"), fr);
}

static void print_aof(const json_t *all, bool fr)
{
	const json_t *replica;
	size_t i;

	print(lang_pick(fr, "Append-only file: %s\n", "Fichier d'ajouts : %s\n"),
	      json_string_value(json_object_get(all, "append_only_file")));
	json_array_foreach(json_object_get(all, "replicas"), i, replica)
	{
		print(lang_pick(fr, "Append-only file of the replica %s: %s\n",
		                "Fichier d'ajouts de la réplique %s : %s\n"),
		      json_string_value(json_object_get(replica, "replica")),
		      json_string_value(json_object_get(replica, "append_only_file")));
	}
}

static void print_unreached(const json_t *all, bool fr)
{
	const json_t *value;
	size_t i;

	puts(lang_pick(fr, "Not reached from here:", "Hors d'atteinte d'ici :"));
	json_array_foreach(json_object_get(all, "not_reached"), i, value)
	{
		print("  %s\n", json_string_value(value));
	}
}

static void print_unknown(const json_t *all, bool fr)
{
	char shown[SHOWN_SIZE];
	const json_t *value;
	size_t i;

	json_array_foreach(json_object_get(all, "unknown_keys"), i, value)
	{
		const char *key = json_string_value(value);

		print(lang_pick(fr, "A key that is none of ours holds the number: %s\n",
		                "Une clé qui n'est pas des nôtres contient le numéro : %s\n"),
		      outcome_shown(key, strlen(key), shown));
	}
}

void erase_print(const struct subject *s, const json_t *all)
{
	const json_t *spaces = json_object_get(all, "spaces"), *one;
	char mask[PHONE_MASK_SIZE];
	bool fr = s->french;
	size_t i;

	ctl_title(s->ctl, lang_pick(fr, "%s, and %zu person%s%s%s", "%s, et %zu personne%s%s%s"),
	          phone_mask(s->phone.e164, mask), s->persons.count, s->persons.count == 1 ? "" : "s",
	          s->advertiser != NULL ? lang_pick(fr, ", for ", ", pour ") : "",
	          s->advertiser != NULL ? s->advertiser : "");
	json_array_foreach(spaces, i, one)
	{
		const char *why = json_string_value(json_object_get(one, "why"));

		ctl_title(s->ctl, lang_pick(fr, "\nSpace %s", "\nEspace %s"),
		          json_string_value(json_object_get(one, "space")));
		if (why != NULL) {
			print(lang_pick(fr, "NOTHING WAS ERASED, it did not answer: %s\n",
			                "RIEN N'A ÉTÉ EFFACÉ, il n'a pas répondu : %s\n"),
			      why);
			continue;
		}
		print_erased(one, fr);
		print_aof(one, fr);
		print_unknown(one, fr);
	}
	if (spaces == NULL) {
		print_erased(all, fr);
		print_aof(all, fr);
	} else {
		puts("");
	}
	print_unreached(all, fr);
	print_unknown(all, fr);
}
