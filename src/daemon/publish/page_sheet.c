/* page_sheet.c - counts what is asked for a sheet; see page_sheet.h. */
#include "daemon/publish/page_sheet.h"

#include "core/time/civil.h"

#include <stdio.h>

void page_wait(struct page_sheet *sheet)
{
	sheet->asked++;
}

void page_told(struct page_sheet *sheet)
{
	if (--sheet->asked > 0)
		return;
	if (sheet->finish != NULL)
		sheet->finish(sheet);
	sheet->done(sheet);
}

void page_unread(struct page_sheet *sheet, const char *why)
{
	if (sheet->unread[0] == '\0')
		snprintf(sheet->unread, sizeof(sheet->unread), "%s", why);
}

void page_text(json_t *o, const char *name, const char *text)
{
	json_t *value = json_string(text);
	json_object_set_new(o, name, value != NULL ? value : json_string("?"));
}

void page_number(json_t *o, const char *name, int64_t n)
{
	json_object_set_new(o, name, json_integer(n));
}

void page_instant(json_t *o, const char *name, int64_t ms)
{
	char text[CIVIL_INSTANT_SIZE];
	json_object_set_new(o, name,
	                    json_string(ms == TIME_NONE || ms <= 0 ? "" : civil_format_instant(ms, text)));
}
