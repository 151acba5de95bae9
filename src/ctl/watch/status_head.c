/* status_head.c - see status_head.h. */
#include "ctl/watch/status_head.h"

#include "ctl/base/core_text.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/print.h"
#include "ctl/base/width.h"
#include "io/host/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void status_say(const struct fit *fit, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	char *text = mem_vformat(format, ap);

	va_end(ap);
	char *shown = text_shown(text, fit->width > 0 ? fit->width : SIZE_MAX);

	print("%s\n", shown);
	free(shown);
	free(text);
}

struct head {
	const struct fit *fit;
	const json_t *spaces, *daemons;
	bool count_only;
	size_t lines;
};

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

/* A line that is ours; it takes the text. */
static void line(struct head *h, char *text)
{
	h->lines++;
	if (!h->count_only)
		status_say(h->fit, "%s", text);
	free(text);
}

static bool answers(const json_t *space)
{
	return json_is_true(json_object_get(space, "answered"));
}

/* "a, b"; or that it is all of them. Takes the names. */
static char *where(const struct head *h, json_t *names)
{
	size_t all = 0, i;
	char *text = mem_copy("");
	const json_t *space;

	json_array_foreach(h->spaces, i, space)
	{
		all += answers(space);
	}
	for (i = 0; i < json_array_size(names); i++) {
		char *more = mem_format("%s%s%s", text, i > 0 ? ", " : "",
		                        json_string_value(json_array_get(names, i)));

		free(text);
		text = more;
	}
	if (json_array_size(names) == all && all == json_array_size(h->spaces)) {
		free(text);
		text = mem_copy(lang_pick(h->fit->french, "all spaces", "tous les espaces"));
	}
	json_decref(names);
	return text;
}

/* --- licetd ---------------------------------------------------------------------------------------- */

static bool is_same(const json_t *a, const json_t *b)
{
	return strcmp(text_of(a, "instance"), text_of(b, "instance")) == 0 &&
	       strcmp(text_of(a, "version"), text_of(b, "version")) == 0 &&
	       strcmp(text_of(a, "rulebook"), text_of(b, "rulebook")) == 0;
}

static void one_daemon(struct head *h, const json_t *d)
{
	bool fr = h->fit->french;
	json_t *names = json_array();
	json_int_t age_s = 0;
	const json_t *other;
	char age[LANG_AGE_SIZE];
	size_t i;

	json_array_foreach(h->daemons, i, other)
	{
		if (!is_same(d, other))
			continue;
		if (json_integer_value(json_object_get(other, "age_s")) > age_s)
			age_s = json_integer_value(json_object_get(other, "age_s"));
		json_array_append_new(names, print_json_text(text_of(other, "space")));
	}
	char *in = where(h, names);

	line(h, mem_format(lang_pick(fr, "licetd  %s in %s, version %s, heartbeat %s ago, rulebook %s%s",
	                             "licetd  %s dans %s, version %s, vu il y a %s, recueil %s%s"),
	                   text_of(d, "instance"), in, text_of(d, "version"), lang_age(fr, age_s * 1000, age),
	                   text_of(d, "rulebook"),
	                   *text_of(d, "rulebook_approved_by") != '\0'
	                       ? ""
	                       : lang_pick(fr, " (unsigned)", " (non signé)")));
	free(in);
}

/* What is wrong with it in one space. */
static void faults_of(struct head *h, const json_t *d)
{
	const char *off = text_of(d, "unbalanced");
	bool fr = h->fit->french;

	if (*off != '\0' && strcmp(off, "0") != 0)
		line(h, mem_format(
			    lang_pick(fr,
		                      "        needs somebody: counters of space %s do not say what is there",
		                      "        à traiter : les compteurs de l'espace %s ne disent pas ce "
		                      "qui est en place"),
			    text_of(d, "space")));
	if (*text_of(d, "reload_error") != '\0')
		line(h, mem_format(lang_pick(fr, "        the last reload failed: %s",
		                             "        le dernier rechargement a échoué : %s"),
		                   text_of(d, "reload_error")));
}

static void daemons(struct head *h)
{
	json_t *none = json_array();
	const json_t *d, *space;
	size_t i, k;

	json_array_foreach(h->daemons, i, d)
	{
		for (k = 0; k < i && !is_same(json_array_get(h->daemons, k), d); k++)
			;
		if (k == i)
			one_daemon(h, d);
		faults_of(h, d);
	}
	json_array_foreach(h->spaces, i, space)
	{
		bool has = !answers(space);

		json_array_foreach(h->daemons, k, d)
		{
			has = has || strcmp(text_of(d, "space"), text_of(space, "space")) == 0;
		}
		if (!has)
			json_array_append_new(none, print_json_text(text_of(space, "space")));
	}
	if (json_array_size(none) == 0) {
		json_decref(none);
		return;
	}
	char *in = where(h, none);

	line(h, mem_format(lang_pick(h->fit->french, "licetd  none is running in %s: nothing moves there",
	                             "licetd  aucun ne tourne dans %s : rien n'y part"),
	                   in));
	free(in);
}

/* --- Redis ------------------------------------------------------------------------------------------ */

char *status_redis_kept(const json_t *redis, bool french)
{
	if (json_is_true(json_object_get(redis, "met")))
		return mem_copy(lang_pick(french, "keeps what it was told", "conserve ce qu'il a confirmé"));
	return core_texts(french, text_of(redis, "why"));
}

/* What is said of the Redis of a space; heap. */
static char *redis_text(const struct head *h, const json_t *space)
{
	const json_t *redis = json_object_get(space, "redis");
	bool fr = h->fit->french;
	char *kept = status_redis_kept(redis, fr);
	char *text =
	    mem_format("%s %s, %s%s",
	               json_is_true(json_object_get(redis, "known"))
	                   ? text_of(redis, "server")
	                   : lang_pick(fr, "INFO may not be asked", "INFO n'est pas permis"),
	               text_of(redis, "version"), kept,
	               json_is_true(json_object_get(redis, "full"))
	                   ? lang_pick(fr, "; above its high-water mark: no job is taken in or released",
	                               " ; au-delà de son seuil : aucune tâche n'est prise")
	                   : "");

	free(kept);
	return text;
}

static void servers(struct head *h)
{
	size_t count = json_array_size(h->spaces);
	char **texts = mem_zero((count + 1) * sizeof(*texts));

	for (size_t i = 0; i < count; i++)
		texts[i] = answers(json_array_get(h->spaces, i)) ? redis_text(h, json_array_get(h->spaces, i))
		                                                 : NULL;
	for (size_t i = 0; i < count; i++) {
		json_t *names = json_array();
		bool told = false;

		for (size_t k = 0; k < count && texts[i] != NULL; k++) {
			if (texts[k] == NULL || strcmp(texts[k], texts[i]) != 0)
				continue;
			told = told || k < i;
			json_array_append_new(names, print_json_text(
							 text_of(json_array_get(h->spaces, k), "space")));
		}
		if (texts[i] == NULL || told) {
			json_decref(names);
			continue;
		}
		char *in = where(h, names);

		line(h, mem_format(lang_pick(h->fit->french, "redis   %s (%s)", "redis   %s (%s)"), texts[i],
		                   in));
		free(in);
	}
	for (size_t i = 0; i < count; i++)
		free(texts[i]);
	free(texts);
}

size_t status_head(const struct fit *fit, const json_t *all, bool count_only)
{
	struct head h = { .fit = fit,
		          .spaces = json_object_get(all, "spaces"),
		          .daemons = json_object_get(all, "daemons"),
		          .count_only = count_only };
	const json_t *space;
	size_t i;

	json_array_foreach(h.spaces, i, space)
	{
		if (!answers(space))
			line(&h, mem_format(lang_pick(fit->french, "space   %s does not answer: %s",
			                              "espace  %s ne répond pas : %s"),
			                    text_of(space, "space"), text_of(space, "why")));
	}
	daemons(&h);
	servers(&h);
	return h.lines;
}
