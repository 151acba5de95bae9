/* log_verify.c - is a log whole? See log_verify.h. */
#include "ctl/log/log_verify.h"

#include "core/proof/note.h"
#include "core/time/civil.h"
#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/log/log_key.h"
#include "ctl/log/log_walk.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Whoever brings a key of his own trusts that one: it must be the first, or the one that signed last. */
static void judge_key(struct log_walk *w, const char *key)
{
	struct note_verifier v;
	log_key_read(key, &v);
	if (w->key_count == 0 ||
	    (memcmp(&v, &w->keys[0], sizeof(v)) != 0 && memcmp(&v, &w->keys[w->key_used], sizeof(v)) != 0))
		log_walk_fault(w, "the key of --key is not the one that this log was signed by");
}

static int print_for_machines(const struct log_walk *w)
{
	json_t *faults = json_array(), *keys = json_array();
	char text[NOTE_KEY_TEXT];
	for (size_t i = 0; i < w->fault_count && i < WALK_FAULTS_MAX; i++)
		json_array_append_new(faults, print_json_text(w->faults[i]));
	for (size_t i = 0; i < w->key_count; i++)
		json_array_append_new(keys, print_json_text(note_verifier_text(&w->keys[i], text)));
	ctl_print_json(print_pack("{s:b, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "ok",
	                          w->fault_count == 0, "dir", w->dir, "origin",
	                          w->key_count > 0 ? w->keys[w->key_used].name : "", "prefix", w->prefix,
	                          "lines", (json_int_t)w->edge.size, "sealed", (json_int_t)w->newest,
	                          "checkpoints", (json_int_t)w->seals_done, "erased", (json_int_t)w->erased,
	                          "anchored", (json_int_t)w->anchors_done, "from", ctl_json_time(w->first_ms),
	                          "to", ctl_json_time(w->last_ms), "keys", keys, "faults", faults));
	return w->fault_count == 0 ? 0 : 1;
}

static int print_for_people(const struct log_walk *w, size_t anchors, bool fr)
{
	char from[CIVIL_INSTANT_SIZE], to[CIVIL_INSTANT_SIZE];
	print("%s\n", w->dir);
	if (w->key_count > 0)
		print(lang_pick(fr, "  origin       %s, of the keys %s*\n",
		                "  origine      %s, des clés %s*\n"),
		      w->keys[w->key_used].name, w->prefix);
	print(lang_pick(fr, "  lines        %" PRIu64, "  lignes       %" PRIu64), w->edge.size);
	if (w->first_ms >= 0)
		print(lang_pick(fr, ", from %s to %s", ", du %s au %s"),
		      civil_format_instant(w->first_ms, from), civil_format_instant(w->last_ms, to));
	print(lang_pick(fr, "\n  sealed       %" PRIu64 ", by %zu checkpoint%s\n",
	                "\n  scellées     %" PRIu64 ", par %zu point%s de contrôle\n"),
	      w->newest, w->seals_done, w->seals_done == 1 ? "" : "s");
	if (w->edge.size > w->newest)
		print(lang_pick(fr,
		                "  not yet      %" PRIu64 " lines at the end, which no checkpoint covers\n",
		                "  pas encore   %" PRIu64
		                " lignes à la fin, qu'aucun point de contrôle ne couvre\n"),
		      w->edge.size - w->newest);
	print(lang_pick(fr, "  erased       %" PRIu64, "  effacées     %" PRIu64), w->erased);
	if (w->erased_by_age > 0)
		print(lang_pick(fr, ", %" PRIu64 " of them as they were kept long enough",
		                ", dont %" PRIu64 " au terme de leur conservation"),
		      w->erased_by_age);
	print("\n");
	for (size_t i = 0; i < w->fault_count && i < WALK_FAULTS_MAX; i++) {
		char *fault = core_text(fr, w->faults[i]);
		print(lang_pick(fr, "  FAULT        %s\n", "  DÉFAUT       %s\n"), fault);
		free(fault);
	}
	if (w->fault_count > WALK_FAULTS_MAX)
		print(lang_pick(fr, "  and %zu more\n", "  et %zu autres\n"),
		      w->fault_count - WALK_FAULTS_MAX);
	if (w->fault_count == 0)
		print(lang_pick(fr, "Whole: every line, tile and signature fits%s.\n",
		                "Entier : chaque ligne, tuile et signature concorde%s.\n"),
		      anchors == 0 ? ""
		                   : lang_pick(fr, ", and it extends what was anchored",
		                               ", et il prolonge ce qui a été ancré"));
	else
		print("%s\n", lang_pick(fr, "NOT whole.", "PAS entier."));
	return w->fault_count == 0 ? 0 : 1;
}

int log_verify(struct ctl *ctl, const char *dir, const char *key, const char *const *anchors, size_t count,
               bool french)
{
	struct log_walk *w = mem_zero(sizeof(*w));
	char err[300];
	w->dir = dir;
	if (!log_walk(w, anchors, count, err, sizeof(err)))
		ctl_fail("%s", err);
	if (key != NULL)
		judge_key(w, key);
	/* "checkpoint" itself is one of the anchors of the walk. */
	if (w->anchors_done > 0)
		w->anchors_done--;
	int code = ctl->json ? print_for_machines(w) : print_for_people(w, count, french);
	log_walk_done(w);
	free(w);
	return code;
}
