/* conf_spaces.c - see conf_spaces.h. */
#include "io/config/conf_spaces.h"

#include "core/text/cluster_slot.h"
#include "io/config/cfg.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUB "licet"

bool conf_means_all_spaces(const struct conf *conf)
{
	return conf->spaces.count > 0 && strcmp(conf->spaces.words[0], "*") == 0;
}

/* What is wrong with the name at that place, or NULL. */
static const char *problem_with(const struct conf_words *spaces, size_t i)
{
	if (strcmp(spaces->words[i], "*") == 0 && spaces->count > 1)
		return error_pick("means all spaces, and stands alone",
		                  "signifie tous les espaces, et doit être seul");
	for (size_t k = 0; k < i; k++)
		if (strcmp(spaces->words[k], spaces->words[i]) == 0)
			return error_pick("stands there twice", "y est deux fois");
	return NULL;
}

int conf_check_spaces(const struct conf *conf, char *err, size_t err_size)
{
	const struct conf_words *spaces = &conf->spaces;
	const char *place = conf->spaces_place != NULL ? conf->spaces_place : "spaces";

	for (size_t i = 0; i < spaces->count; i++) {
		const char *problem = problem_with(spaces, i);

		if (problem == NULL)
			continue;
		snprintf(err, err_size, error_pick("%s: spaces: %s %s", "%s: spaces : %s %s"), place,
		         spaces->words[i], problem);
		return -1;
	}
	if (spaces->count == 0 || strpbrk(conf->prefix, "{}") == NULL)
		return 0;
	snprintf(
	    err, err_size,
	    error_pick(
		"%s: spaces and a prefix with a tag exclude each other: leave prefix out, which is then licet:{<space>}: for each, or give it no tag, not %s",
		"%s: spaces et un prefix avec étiquette s'excluent : omettre prefix, qui est alors licet:{<espace>}: pour chacun, ou ne pas lui donner d'étiquette, et non %s"),
	    place, conf->prefix);
	return -1;
}

static void forget_names(struct conf *conf)
{
	cfg_strings_free(conf->spaces.words, conf->spaces.count);
	conf->spaces = (struct conf_words){ 0 };
}

/* The folder of a space within one of logs. */
static void enter_folder(char **folder, const char *space)
{
	char *inner = mem_format("%s/%s", *folder, space);

	free(*folder);
	*folder = inner;
}

static void enter_logs(struct conf *conf, const char *space)
{
	if (*conf->log_dir != '\0')
		enter_folder(&conf->log_dir, space);
	for (size_t i = 0; i < conf->log_peers.count; i++)
		enter_folder(&conf->log_peers.words[i], space);
}

void conf_tag_prefix(struct conf *conf, const char *space)
{
	size_t len;
	const char *tag = prefix_tag(conf->prefix, &len);
	char *prefix = tag != NULL
	                   ? mem_format("%.*s%s%s", (int)(tag - conf->prefix), conf->prefix, space, tag + len)
	                   : mem_format("%s{%s}:", conf->prefix, space);

	free(conf->prefix);
	conf->prefix = prefix;
}

void conf_settle_spaces(struct conf *conf)
{
	size_t len;
	const char *tag = prefix_tag(conf->prefix, &len);

	if (conf->spaces.count == 0)
		return;
	if (tag != NULL) {
		char name[SPACE_NAME_MAX + 2];

		snprintf(name, sizeof(name), "%.*s", (int)len, tag);
		if (space_name_is_valid(name))
			enter_logs(conf, name);
		forget_names(conf);
		return;
	}
	conf_tag_prefix(conf, HUB);
}

void conf_enter_space(struct conf *conf, const char *space)
{
	conf_tag_prefix(conf, space);
	enter_logs(conf, space);
	forget_names(conf);
}
