/* page.c - the files of the page, and what it reads, each made once a second at most; see page.h. */
#include "daemon/publish/page.h"

#include "daemon/publish/page_files.h"
#include "daemon/publish/page_forecast.h"
#include "daemon/publish/page_law.h"
#include "daemon/publish/page_sheet.h"
#include "daemon/publish/page_spaces.h"
#include "daemon/publish/page_state.h"
#include "io/host/clock.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHEETS_MAX 64 /* that are remembered */
#define WAITING_MAX 128
#define KEEP_MS 1000       /* an answer is given again for so long */
#define KEEP_LONG_MS 15000 /* one that is dear */
#define PATH_SIZE 96

struct sheet {
	struct page_sheet made;         /* first: what asks for it knows this alone */
	char space[SPACE_NAME_MAX + 1]; /* "": the only one, or all of them */
	char path[PATH_SIZE];           /* "": free */
	struct web_text *text;          /* the last one; NULL: none was made */
	int64_t made_ms;
	bool found; /* false: nothing is of that name */
	struct web_request *waiting[WAITING_MAX];
	size_t waiting_count;
};

struct page {
	const struct served *served;
	struct sheet sheets[SHEETS_MAX];
};

/* --- what it reads ------------------------------------------------------------------------------------------- */

#define FORECAST "/forecast/"
static bool is_young(const struct sheet *s)
{
	bool dear = strncmp(s->path, FORECAST, strlen(FORECAST)) == 0;
	return s->text != NULL && clock_monotonic_ms() - s->made_ms < (dear ? KEEP_LONG_MS : KEEP_MS);
}

static void give(struct sheet *s)
{
	while (s->waiting_count > 0)
		web_answer_text(s->waiting[--s->waiting_count], s->found ? 200 : 404, "application/json",
		                s->text);
}

static void on_made(struct page_sheet *sheet)
{
	struct sheet *s = (struct sheet *)sheet;
	if (sheet->unread[0] != '\0' && s->space[0] != '\0')
		page_text(sheet->json, "unread", sheet->unread);
	web_text_free(s->text);
	s->text = web_text_new(json_pool_text(sheet->json, JSON_COMPACT));
	json_decref(sheet->json);
	sheet->json = NULL;
	s->made_ms = clock_monotonic_ms();
	give(s);
}

/* Begin to make what has that path. Returns false if there is none. */
static bool begin(struct page_sheet *sheet, const char *path)
{
	static const struct {
		const char *start;
		bool (*begin)(struct page_sheet *sheet, const char *name);
	} kinds[] = {
		{ "/state", page_state_begin },     { "/campaign/", page_campaign_begin },
		{ FORECAST, page_forecast_begin },  { "/calendar/", page_calendar_begin },
		{ "/reasons", page_reasons_begin },
	};
	char name[PATH_SIZE];
	size_t len = strlen(path) - strlen(".json");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t n = strlen(kinds[i].start);
		if (len < n || strncmp(path, kinds[i].start, n) != 0)
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(len - n), path + n);
		return kinds[i].begin(sheet, name);
	}
	return false;
}

/* Of several: who they are, and which one this is. */
static void name_spaces(const struct page *p, struct sheet *s)
{
	json_t *names = json_array();
	for (size_t i = 0; i < p->served->count; i++)
		json_array_append_new(names, json_string(p->served->seats[i]->space));
	json_object_set_new(s->made.json, "space", json_string(s->space));
	json_object_set_new(s->made.json, "spaces", names);
}

/* d: the space that it is of; NULL: of all, or of the law alone. */
static void make(struct page *p, struct sheet *s, struct daemon *d)
{
	s->made.d = d;
	s->made.rb = d != NULL ? d->rb : p->served->rb;
	s->made.json = json_object();
	s->made.finish = NULL;
	s->made.unread[0] = '\0';
	s->made.done = on_made;
	if (p->served->several)
		name_spaces(p, s);
	page_wait(&s->made); /* until all is asked */
	if (d == NULL && strcmp(s->path, "/state.json") == 0)
		s->found = page_spaces_begin(&s->made, p->served);
	else
		s->found = begin(&s->made, s->path);
	page_told(&s->made);
}

/* The one of that path, or one that nobody waits for: the oldest. NULL: all are busy. */
static struct sheet *sheet_of(struct page *p, const char *space, const char *path)
{
	struct sheet *oldest = NULL;
	for (size_t i = 0; i < SHEETS_MAX; i++) {
		struct sheet *s = &p->sheets[i];
		if (strcmp(s->path, path) == 0 && strcmp(s->space, space) == 0)
			return s;
		if (s->made.asked == 0 && (oldest == NULL || s->made_ms < oldest->made_ms))
			oldest = s;
	}
	if (oldest == NULL)
		return NULL;
	web_text_free(oldest->text);
	oldest->text = NULL;
	oldest->made_ms = 0;
	snprintf(oldest->path, sizeof(oldest->path), "%s", path);
	snprintf(oldest->space, sizeof(oldest->space), "%s", space);
	return oldest;
}

/* The space that the query names; NULL: it is none that is known here. */
static const struct seat *space_named(const struct page *p, const char *query)
{
	char name[SPACE_NAME_MAX + 1];
	if (!web_query_word(query, "space", name, sizeof(name)))
		return NULL;
	for (size_t i = 0; i < p->served->count; i++)
		if (strcmp(p->served->seats[i]->space, name) == 0)
			return p->served->seats[i];
	return NULL;
}

static void answer_sheet(struct page *p, struct web_request *request, const char *path, struct daemon *d)
{
	struct sheet *s = sheet_of(p, d != NULL ? d->space : "", path);
	if (s == NULL || s->waiting_count == WAITING_MAX) {
		web_answer(request, 503, "text/plain", "too many ask at once\n");
		return;
	}
	s->waiting[s->waiting_count++] = request;
	if (s->made.asked > 0)
		return; /* it gets what the first one gets */
	if (is_young(s))
		give(s);
	else
		make(p, s, d);
}

static bool is_of_one(const char *path)
{
	static const char campaign[] = "/campaign/";
	return strncmp(path, campaign, strlen(campaign)) == 0 ||
	       strncmp(path, FORECAST, strlen(FORECAST)) == 0;
}

/* Of several, and none is named. */
static void answer_all(struct page *p, struct web_request *request, const char *path)
{
	if (is_of_one(path))
		web_answer(request, 400, "text/plain", "of which space? Say it: ?space=\n");
	else
		answer_sheet(p, request, path, NULL);
}

static void answer_one(struct page *p, struct web_request *request, const char *path, const struct seat *seat)
{
	if (seat != NULL && seat->d != NULL) {
		answer_sheet(p, request, path, seat->d);
		return;
	}
	char *why = page_spaces_why(p->served, seat);
	web_answer(request, 503, "text/plain", why);
	free(why);
}

bool page_answer(struct page *p, struct web_request *request, const char *path, const char *query)
{
	size_t len = strlen(path);
	for (size_t i = 0; page_files[i].path != NULL; i++)
		if (strcmp(page_files[i].path, path) == 0) {
			web_answer_file(request, &page_files[i].file);
			return true;
		}
	if (len < strlen(".json") || len >= PATH_SIZE || strcmp(path + len - strlen(".json"), ".json") != 0)
		return false;
	if (!p->served->several)
		answer_one(p, request, path, p->served->count > 0 ? p->served->seats[0] : NULL);
	else if (strstr(query, "space=") != NULL)
		answer_one(p, request, path, space_named(p, query));
	else
		answer_all(p, request, path);
	return true;
}

/* --- life ------------------------------------------------------------------------------------------------------ */

struct page *page_open(const struct served *served)
{
	struct page *p = mem_zero(sizeof(*p));
	p->served = served;
	return p;
}

void page_close(struct page *p)
{
	for (size_t i = 0; i < SHEETS_MAX; i++) {
		struct sheet *s = &p->sheets[i];
		while (s->waiting_count > 0)
			web_answer(s->waiting[--s->waiting_count], 503, "text/plain", "stopping\n");
		web_text_free(s->text);
		json_decref(s->made.json);
	}
	free(p);
}
