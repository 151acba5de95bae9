/* log_compare.c - what was done to the streams since they were logged; see log_compare.h. */
#include "ctl/log/log_compare.h"

#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/print.h"
#include "ctl/log/log_beside.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int print_for_machines(const struct beside *b, int64_t faults)
{
	json_t *list = json_array(), *counts = json_object(), *logs = json_array();
	for (size_t i = 0; i < b->told; i++)
		json_array_append_new(list,
		                      print_pack("{s:s, s:s, s:s, s:s}", "what",
		                                 beside_name(b->faults[i].what), "where", b->faults[i].where,
		                                 "entry", b->faults[i].id, "why", b->faults[i].why));
	for (int i = 0; i < BESIDE_KINDS; i++)
		json_object_set_new(counts, beside_name((enum beside_what)i),
		                    json_integer((json_int_t)b->counts[i]));
	for (size_t i = 0; i < b->dir_count; i++)
		json_array_append_new(logs,
		                      print_pack("{s:s, s:s}", "dir", b->dirs[i], "head", b->checkpoints[i]));
	ctl_print_json(print_pack("{s:b, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "ok", faults == 0,
	                          "logs", logs, "logged", (json_int_t)b->logged, "same", (json_int_t)b->same,
	                          "retired", (json_int_t)b->retired, "erased", (json_int_t)b->erased,
	                          "waiting", (json_int_t)b->waiting, "older", (json_int_t)b->older, "counts",
	                          counts, "faults", list));
	return faults == 0 ? 0 : 1;
}

static int print_for_people(const struct beside *b, int64_t faults, bool fr)
{
	for (size_t i = 0; i < b->dir_count; i++)
		print("%s: %s\n", b->dirs[i], b->checkpoints[i]);
	print(lang_pick(fr, "  %" PRId64 " entries logged, %" PRId64 " of them in Redis as they were",
	                "  %" PRId64 " entrées au journal, dont %" PRId64 " dans Redis telles quelles"),
	      b->logged, b->same);
	if (b->retired > 0)
		print(lang_pick(fr, ", %" PRId64 " retired by their age",
		                ", %" PRId64 " parties au terme de leur conservation"),
		      b->retired);
	if (b->erased > 0)
		print(lang_pick(fr, ", %" PRId64 " put back or erased, as the log says",
		                ", %" PRId64 " remises en file ou effacées, comme le dit le journal"),
		      b->erased);
	print("\n");
	if (b->waiting > 0)
		print(lang_pick(fr, "  %" PRId64 " in Redis that are not logged yet\n",
		                "  %" PRId64 " dans Redis, pas encore au journal\n"),
		      b->waiting);
	if (b->older > 0)
		print(lang_pick(fr,
		                "  %" PRId64
		                " in Redis that are older than the log, which says nothing of them\n",
		                "  %" PRId64 " dans Redis, antérieures au journal, qui n'en dit rien\n"),
		      b->older);
	for (size_t i = 0; i < b->told; i++) {
		char *why = core_text(fr, b->faults[i].why);
		print(lang_pick(fr, "  %s: %s %s: %s\n", "  %s : %s %s : %s\n"),
		      lang_say(fr, beside_name(b->faults[i].what)), b->faults[i].where, b->faults[i].id, why);
		free(why);
	}
	if (faults > (int64_t)b->told)
		print(lang_pick(fr, "  and %" PRId64 " more\n", "  et %" PRId64 " autres\n"),
		      faults - (int64_t)b->told);
	puts(faults == 0
	         ? lang_pick(fr, "Nothing was removed, changed or invented since it was logged.",
	                     "Rien n'a été retiré, modifié ni inventé depuis l'inscription au journal.")
	         : lang_pick(fr, "The log and Redis differ.", "Le journal et Redis diffèrent."));
	return faults == 0 ? 0 : 1;
}

int log_compare(struct ctl *ctl, char *const *dirs, size_t count, bool french)
{
	struct beside *b = mem_zero(sizeof(*b));
	char err[300];
	b->ctl = ctl;
	if (count > BESIDE_LOGS_MAX)
		ctl_misuse(ctl, error_pick("more than %d logs", "plus de %d journaux"), BESIDE_LOGS_MAX);
	for (size_t i = 0; i < count; i++)
		b->dirs[b->dir_count++] = dirs[i];
	if (count == 0)
		b->dir_count = beside_configured(ctl, b->dirs);
	if (b->dir_count == 0)
		ctl_fail(error_pick(
		    "no folder is named, and log_dir in the configuration is empty: no decision log is kept",
		    "aucun dossier n'est nommé, et log_dir est vide dans la configuration : aucun journal des décisions n'est tenu"));
	int64_t faults = beside_compare(b, err, sizeof(err));
	if (faults < 0)
		ctl_fail("%s", err);
	int code = ctl->json ? print_for_machines(b, faults) : print_for_people(b, faults, french);
	free(b);
	return code;
}
