/* file_rules.c - see file_rules.h. */
#include "ctl/enqueue/file_rules.h"

#include "io/host/error_text.h"

#include <stdlib.h>
#include <string.h>

void rules_add(struct names *to, const char *value, bool cut)
{
	while (value != NULL && *value != '\0') {
		size_t len = strcspn(value, cut ? ",\n" : "\n");

		if (len > 0)
			names_add(to, value, len);
		value += len + (value[len] != '\0');
	}
}

bool rules_for_csv(const struct file_rules *r)
{
	return r->map.count > 0 || r->set.count > 0 || r->words.count > 0 || r->ignore.count > 0 ||
	       r->vars.count > 0 || r->to_first.count > 0 || r->zone != NULL || r->dates != NULL || r->plus ||
	       r->excel_zero;
}

/* Does each have the sign somewhere behind its first character? */
static bool all_have(const struct names *names, const char *sign)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *found = strstr(names->list[i], sign);

		if (found == NULL || found == names->list[i])
			return false;
	}
	return true;
}

void rules_check(const struct ctl *ctl, const struct file_rules *r)
{
	if (!all_have(&r->map, "="))
		ctl_misuse(ctl, error_pick("--map must be FIELD=COLUMN, and more of them with commas",
		                           "--map doit être CHAMP=COLONNE, séparés par des virgules"));
	if (!all_have(&r->set, "="))
		ctl_misuse(ctl, error_pick("--set must be FIELD=VALUE, such as consent.product=toys",
		                           "--set doit être CHAMP=VALEUR, comme consent.product=jouets"));
	for (size_t i = 0; i < r->words.count; i++) {
		const char *item = r->words.list[i], *colon = strchr(item, ':');

		if (colon == NULL || colon == item || strchr(colon, '=') == NULL)
			ctl_misuse(
			    ctl,
			    error_pick(
				"--word must be COLUMN:WORD=VALUE, such as consent.act:Oui=ticked-box",
				"--word doit être COLONNE:MOT=VALEUR, comme consent.act:Oui=ticked-box"));
	}
	if (r->dates != NULL && strcmp(r->dates, "dmy") != 0 && strcmp(r->dates, "mdy") != 0)
		ctl_misuse(ctl,
		           error_pick("--dates must be dmy (the day first) or mdy (the month first)",
		                      "--dates doit être dmy (le jour d'abord) ou mdy (le mois d'abord)"));
	if (r->delimiter != NULL && strcmp(r->delimiter, "tab") != 0 &&
	    (strlen(r->delimiter) != 1 || strchr(",;|\t", *r->delimiter) == NULL))
		ctl_misuse(ctl, error_pick("--delimiter must be , ; | or tab",
		                           "--delimiter doit être , ; | ou tab"));
}

char rules_separator(const struct file_rules *r)
{
	if (r->delimiter == NULL)
		return '\0';
	return strcmp(r->delimiter, "tab") == 0 ? '\t' : *r->delimiter;
}

void rules_done(struct file_rules *r)
{
	names_done(&r->map);
	names_done(&r->set);
	names_done(&r->words);
	names_done(&r->ignore);
	names_done(&r->vars);
	names_done(&r->to_first);
	free(r->zone);
	free(r->dates);
	free(r->delimiter);
	free(r->encoding);
	*r = (struct file_rules){ 0 };
}
