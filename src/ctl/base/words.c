/* words.c - the command line of one command; see words.h. */
#include "ctl/base/words.h"

#include "core/text/nearest.h"
#include "core/time/civil.h"
#include "ctl/base/options.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- options --------------------------------------------------------------------------- */

#define OPTIONS_MAX 40

_Noreturn static void unknown_option(const struct ctl *ctl, const char *word, size_t len)
{
	const char *names[OPTIONS_MAX + 8];
	size_t count = 0;

	for (size_t i = 0; options_at(i) != NULL && count < OPTIONS_MAX; i++)
		if (options_belong(options_at(i), ctl->command->name, NULL, NULL))
			names[count++] = options_at(i)->name;
	for (const struct option_help *o = options_common; o->name != NULL; o++)
		names[count++] = strstr(o->name, "--");
	for (const struct option_help *o = usage_target_options; o->name != NULL; o++)
		names[count++] = strstr(o->name, "--");
	const char *near = nearest_name(word, len, names, count);

	if (near != NULL)
		ctl_misuse(ctl,
		           error_pick("unknown option %.*s, did you mean %s?",
		                      "option inconnue %.*s, vouliez-vous dire %s ?"),
		           (int)len, word, near);
	ctl_misuse(ctl, error_pick("unknown option %.*s", "option inconnue %.*s"), (int)len, word);
}

/* What the command does with an option of the table. */
static const struct ctl_option *setter(const struct ctl_option *options, const char *name)
{
	while (options != NULL && options->name != NULL && strcmp(options->name, name) != 0)
		options++;
	return options != NULL && options->name != NULL ? options : NULL;
}

/* Returns how many words of argv the option took. */
static int take_option(const struct ctl *ctl, const struct ctl_option *options, int left, char **argv,
                       const struct option_help **ret_row)
{
	const char *word = argv[0];
	size_t len = strcspn(word, "=");
	const struct option_help *row = options_find(ctl->command->name, word, len);

	if (row == NULL)
		unknown_option(ctl, word, len);
	const struct ctl_option *set = setter(options, row->name);

	assert(set != NULL && (row->argument == NULL) == (set->value == NULL));
	*ret_row = row;
	if (set->value == NULL) {
		if (word[len] == '=')
			ctl_misuse(ctl, error_pick("%s takes no value", "%s ne prend pas de valeur"),
			           row->name);
		*set->flag = true;
		return 1;
	}
	bool here = word[len] == '=';

	if (!here && left < 2)
		ctl_misuse(ctl, error_pick("%s needs a value", "%s exige une valeur"), row->name);
	const char *value = here ? word + len + 1 : argv[1];

	/* What is repeated lives as long as the words of argv do. */
	*set->value =
	    *set->value != NULL && options_repeat(row) ? mem_format("%s\n%s", *set->value, value) : value;
	return here ? 1 : 2;
}

/* An option of another form of the command, such as --force of "put" behind "show". */
static void check_form(const struct ctl *ctl, const struct option_help *row, const char *word)
{
	char forms[200] = "";
	const char *name = ctl->command->name;
	const char *at = ctl->command->usage;
	char form[1000];

	for (size_t i = 0; options_at(i) != NULL; i++)
		if (strcmp(options_at(i)->name, row->name) == 0 &&
		    options_belong(options_at(i), name, word, NULL))
			return;
	while (options_form(ctl->command, &at, form, sizeof(form))) {
		form[strcspn(form, " ")] = '\0';
		for (size_t i = 0; options_at(i) != NULL; i++)
			if (strcmp(options_at(i)->name, row->name) == 0 &&
			    options_belong(options_at(i), name, form, NULL))
				snprintf(forms + strlen(forms), sizeof(forms) - strlen(forms), "%s%.24s",
				         forms[0] != '\0' ? error_pick(" and ", " et ") : "", form);
	}
	ctl_misuse(ctl, error_pick("%s belongs to %s", "%s va avec %s"), row->name, forms);
}

/* --- words ----------------------------------------------------------------------------- */

#define FORMS_MAX 16

_Noreturn static void unknown_form(struct ctl *ctl, const char *word)
{
	struct usage_words form;
	const char *names[FORMS_MAX];
	char kept[FORMS_MAX][sizeof(form.name)];
	size_t count = 0;

	for (const char *at = ctl->command->usage; count < FORMS_MAX && options_words(&at, &form); count++) {
		memcpy(kept[count], form.name, sizeof(form.name));
		names[count] = kept[count];
	}
	const char *near = nearest_name(word, strlen(word), names, count);

	ctl->form = NULL;
	if (near != NULL)
		ctl_misuse(ctl,
		           error_pick("%s has no %s, did you mean %s?",
		                      "%s n'a pas de %s, vouliez-vous dire %s ?"),
		           ctl->command->name, word, near);
	ctl_misuse(ctl, error_pick("%s has no %s", "%s n'a pas de %s"), ctl->command->name, word);
}

/* Which form is it, by its first word? That of the only one, or of the one without a name, is whatever is given. */
static struct usage_words find_form(struct ctl *ctl, int count, char **argv)
{
	struct usage_words form, other = { .min = -1 };

	for (const char *at = ctl->command->usage; options_words(&at, &form);) {
		if (form.name[0] == '\0')
			other = form;
		else if (count > 0 && strcmp(form.name, argv[1]) == 0)
			return form;
	}
	if (other.min >= 0)
		return other;
	if (count == 0)
		ctl_misuse(ctl, error_pick("an argument is missing", "il manque un argument"));
	unknown_form(ctl, argv[1]);
}

static void check_count(struct ctl *ctl, int count, const struct usage_words *form, int more)
{
	int missing = form->min - count;

	if (missing == 1)
		ctl_misuse(ctl, error_pick("an argument is missing", "il manque un argument"));
	if (missing > 1)
		ctl_misuse(ctl, error_pick("arguments are missing", "il manque des arguments"));
	if (form->max < INT_MAX && count > form->max + more)
		ctl_misuse(ctl, error_pick("too many arguments", "trop d'arguments"));
}

int ctl_words_more(struct ctl *ctl, int argc, char **argv, const struct ctl_option *options, int more)
{
	const struct option_help *used[OPTIONS_MAX];
	int count = 0, used_count = 0;
	bool only_words = false;

	for (int i = 1; i < argc;) {
		if (!only_words && strcmp(argv[i], "--") == 0) {
			only_words = true;
			i++;
		} else if (!only_words && argv[i][0] == '-' && argv[i][1] != '\0') {
			i += take_option(ctl, options, argc - i, argv + i, &used[used_count]);
			used_count += used_count + 1 < OPTIONS_MAX;
		} else {
			argv[1 + count++] = argv[i++];
		}
	}
	struct usage_words form = find_form(ctl, count, argv);

	ctl->form = count > 0 ? argv[1] : NULL;
	check_count(ctl, count, &form, more);
	for (int i = 0; i < used_count; i++)
		check_form(ctl, used[i], count > 0 ? argv[1] : "");
	/* Where all spaces are meant, the command finds the one that it needs. */
	if (ctl->command->needs_redis && !ctl_means_all(ctl))
		ctl_redis(ctl);
	return count;
}

int ctl_words(struct ctl *ctl, int argc, char **argv, const struct ctl_option *options)
{
	return ctl_words_more(ctl, argc, argv, options, 0);
}

/* --- values of options ----------------------------------------------------------------- */

int64_t ctl_read_time(const struct ctl *ctl, const char *name, const char *text)
{
	int64_t ms;

	if (!civil_parse_instant(text, strlen(text), &ms))
		ctl_misuse(
		    ctl,
		    error_pick("%s must be an instant with its offset, such as 2026-11-24T09:59:50+01:00",
		               "%s doit être un instant avec son décalage, comme 2026-11-24T09:59:50+01:00"),
		    name);
	return ms;
}

int ctl_read_int(const struct ctl *ctl, const char *name, const char *text, int min, int max)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value < min || value > max)
		ctl_misuse(ctl,
		           error_pick("%s must be a number from %d to %d",
		                      "%s doit être un nombre de %d à %d"),
		           name, min, max);
	return (int)value;
}
