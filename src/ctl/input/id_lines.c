/* id_lines.c - see id_lines.h. */
#include "ctl/input/id_lines.h"

#include "core/job/job.h"
#include "core/text/plain.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX

static size_t column_of(const struct lines *l, const char *name)
{
	char plain[32];

	for (size_t i = 0; i < l->cell_count; i++)
		if (strcmp(plain_name(l->cells[i], plain, sizeof(plain)), name) == 0)
			return i;
	return NONE;
}

static void add(struct id_lines *all, const struct lines *l, size_t id, size_t other)
{
	const char *text = id < l->cell_count ? l->cells[id] : "";
	size_t len = strlen(text);

	if (len < 1 || len > JOB_ID_MAX)
		ctl_fail(error_pick("%s:%zu: an id has 1 to %d bytes",
		                    "%s:%zu: un identifiant a de 1 à %d octets"),
		         l->name, l->number, JOB_ID_MAX);
	if (other != NONE && (other >= l->cell_count || *l->cells[other] == '\0'))
		ctl_fail(error_pick("%s:%zu: nothing is said of that id",
		                    "%s:%zu: rien n'est dit de cet identifiant"),
		         l->name, l->number);
	all->list = mem_grow(all->list, &all->capacity, all->count, sizeof(*all->list));
	all->list[all->count++] = (struct id_line){ .id = mem_copy(text),
		                                    .value = other != NONE ? mem_copy(l->cells[other]) : NULL,
		                                    .line = l->number };
}

static int by_id(const void *a, const void *b)
{
	const struct id_line *p = a, *q = b;

	return strcmp(p->id, q->id);
}

static void read_lines(struct lines *l, const char *other, struct id_lines *ret)
{
	size_t id = 0, value = NONE;
	bool first = true;

	while (lines_next(l)) {
		if (l->fault == NULL && (l->len == 0 || (first && lines_take_separator(l))))
			continue;
		if (!lines_cut(l))
			ctl_fail("%s:%zu: %s", l->name, l->number, error_said(l->fault));
		if (first && column_of(l, "id") != NONE) {
			id = column_of(l, "id");
			value = other != NULL ? column_of(l, other) : NONE;
			if (other != NULL && value == NONE)
				ctl_fail(error_pick("%s:1: the header has no column %s",
				                    "%s:1: l'en-tête n'a pas de colonne %s"),
				         l->name, other);
			l->quotes = true;
		} else if (first && other != NULL) {
			ctl_fail(error_pick("%s:1: expected a header with columns id and %s",
			                    "%s:1: en-tête attendu, avec les colonnes id et %s"),
			         l->name, other);
		} else {
			add(ret, l, id, value);
		}
		first = false;
	}
}

void id_lines_read(const char *path, const char *other, struct id_lines *ret)
{
	struct lines *l = lines_open(path);

	*ret = (struct id_lines){ 0 };
	read_lines(l, other, ret);
	if (ret->count == 0)
		ctl_fail(error_pick("%s: it has no id", "%s: il n'a aucun identifiant"), l->name);
	qsort(ret->list, ret->count, sizeof(*ret->list), by_id);
	for (size_t i = 1; i < ret->count; i++)
		if (strcmp(ret->list[i - 1].id, ret->list[i].id) == 0)
			ctl_fail(error_pick("%s: id %.40s stands there twice",
			                    "%s: l'identifiant %.40s y est deux fois"),
			         l->name, ret->list[i].id);
	lines_close(l);
}

struct id_line *id_lines_find(const struct id_lines *all, const char *id)
{
	const struct id_line key = { .id = (char *)(uintptr_t)id };

	return all->count > 0 ? bsearch(&key, all->list, all->count, sizeof(*all->list), by_id) : NULL;
}

void id_lines_done(struct id_lines *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->list[i].id);
		free(all->list[i].value);
	}
	free(all->list);
	*all = (struct id_lines){ 0 };
}
