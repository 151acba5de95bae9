/* page_sheet.c - counts what is asked for a sheet; see page_sheet.h. */
#include "daemon/publish/page_sheet.h"

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
