/* paper_prove.c - see paper_prove.h. */
#include "ctl/paper/paper_prove.h"

#include "core/proof/leaf.h"
#include "core/text/sha256.h"
#include "core/time/civil.h"
#include "ctl/paper/words.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "…_ms" of a record, as an instant; "": none. */
static const char *instant_of(const json_t *record, const char *key, char buf[CIVIL_INSTANT_SIZE])
{
	const char *text = paper_text(record, key);
	return *text != '\0' ? civil_format_instant(strtoll(text, NULL, 10), buf) : "";
}

static void put_call(struct sheet *s, const json_t *record)
{
	char at[CIVIL_INSTANT_SIZE], *to = sheet_masked(s, paper_text(record, "to")),
				     *place = words_place(sheet_french(s), paper_text(record, "place")),
				     *detail = sheet_masked(s, paper_text(record, "detail"));
	sheet_heading(s, "The call", "L'appel");
	sheet_fact(s, "Number", "Numéro", to);
	sheet_fact(s, "Place", "Lieu", place);
	sheet_fact(s, "Attempt", "Tentative", paper_text(record, "attempt"));
	sheet_fact(s, "Released on", "Autorisé le", instant_of(record, "released_ms", at));
	sheet_fact(s, "Taken by the sender on", "Remis à l'émetteur le", instant_of(record, "taken_ms", at));
	sheet_fact(s, "Reported on", "Compte rendu le", instant_of(record, "done_ms", at));
	sheet_fact(s, "Nothing may start after", "Rien ne pouvait commencer après le",
	           instant_of(record, "not_after_ms", at));
	sheet_fact(s, "Sender", "Émetteur", paper_text(record, "sender"));
	sheet_fact(s, "How it ended, as the sender says", "Issue, selon l'émetteur",
	           words_of(sheet_french(s), paper_text(record, "outcome")));
	sheet_fact(s, "What else the sender said", "Précision de l'émetteur", detail);
	sheet_fact(s, "Proof of consent", "Preuve du consentement", paper_text(record, "consent"));
	free(to);
	free(place);
	free(detail);
}

/* The index that stands in a proof's text. */
static const char *index_of(const char *proof, char buf[24])
{
	const char *at = strstr(proof, "\nindex ");
	snprintf(buf, 24, "%.*s", at != NULL ? (int)strcspn(at + 7, "\n") : 0, at != NULL ? at + 7 : "");
	return buf;
}

static const char *role_text(const struct sheet *s, const char *role)
{
	if (strcmp(role, "law") == 0)
		return sheet_say(s, "law in force", "droit en vigueur");
	if (strcmp(role, "list") == 0)
		return sheet_say(s, "opposition list", "liste d'opposition");
	return words_of(sheet_french(s), role);
}

static void put_lines(struct sheet *s, const json_t *entries)
{
	const char *const heads[] = { sheet_say(s, "Line", "Ligne"), sheet_say(s, "What it is", "Nature"),
		                      sheet_say(s, "Hash of its leaf", "Empreinte de sa feuille") };
	const json_t *entry;
	size_t i;
	sheet_heading(s, "The lines of the log", "Les lignes du journal");
	sheet_table(s, 3, heads);
	json_array_foreach(entries, i, entry)
	{
		const char *line = paper_text(entry, "line");
		struct merkle_hash leaf;
		char hex[2 * MERKLE_HASH + 1], index[24];
		leaf_of(line, strlen(line), &leaf);
		sheet_cell(s, index_of(paper_text(entry, "proof"), index));
		sheet_cell(s, role_text(s, paper_text(entry, "role")));
		sheet_cell(s, leaf_hex(&leaf, hex));
	}
}

/* The checkpoint that every proof ends with. */
static char *note_of(const json_t *entries)
{
	const char *proof = paper_text(json_array_get(entries, 0), "proof"), *end = strstr(proof, "\n\n");
	return mem_copy(end != NULL ? end + 2 : "");
}

void paper_prove(const struct sheet_want *want, const json_t *all, FILE *to)
{
	const json_t *entries = json_object_get(all, "entries"), *entry;
	json_t *call = NULL;
	struct sheet_want w = *want;
	char *note = note_of(entries), *job = NULL, hash[SHA256_HEX_SIZE];
	char *text = json_pool_text(all, JSON_COMPACT | JSON_SORT_KEYS);
	size_t i;
	json_array_foreach(entries, i, entry)
	{
		if (strcmp(paper_text(entry, "role"), "call") == 0 && call == NULL)
			call = json_loads(paper_text(entry, "line"), 0, NULL);
	}
	w.title = w.french ? "Preuve d'un appel par le journal des décisions"
	                   : "Proof of a call by the decision log";
	w.checkpoint = note;
	struct sheet *s = sheet_new(&w);
	job = sheet_masked(s, paper_text(all, "job"));
	sheet_text(
	    s,
	    "licetd released this call and recorded it; the lines below stand in its log, whose root was "
	    "signed. The file that licetctl log prove writes has them whole, each with its proof: "
	    "licet-verify checks it without any software of ours.",
	    "licetd a autorisé cet appel et l'a enregistré ; les lignes ci-dessous figurent dans son "
	    "journal, dont la racine a été signée. Le fichier écrit par licetctl log prove les contient "
	    "en entier, chacune avec sa preuve : licet-verify le contrôle sans aucun de nos logiciels.");
	sheet_fact(s, "Campaign", "Campagne", paper_text(all, "campaign"));
	sheet_fact(s, "Job", "Tâche", job);
	put_call(s, json_object_get(call, "record"));
	put_lines(s, entries);
	sheet_heading(s, "What is not proven", "Ce qui n'est pas prouvé");
	sheet_text(s,
	           "What full rights on Redis changed before licetd read it; what the sender said of the "
	           "outcome; by one call alone, that nobody had objected.",
	           "Ce que des droits complets sur Redis ont changé avant la lecture par licetd ; ce que "
	           "l'émetteur a dit de l'issue ; par un seul appel, l'absence d'opposition.");
	sheet_code(s, "SHA-256 of the proof as JSON, its keys sorted",
	           "SHA-256 de la preuve en JSON, clés triées", sha256_hex(text, strlen(text), hash));
	sheet_end(s, to);
	json_decref(call);
	free(text);
	free(note);
	free(job);
}
