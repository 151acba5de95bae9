/* lists.c - see lists.h. */
#include "daemon/model/lists.h"

#include <string.h>

struct known_list *list_find(const struct daemon *d, const char *name)
{
	for (size_t i = 0; i < d->list_count; i++)
		if (strcmp(d->lists[i].name, name) == 0)
			return &d->lists[i];
	return NULL;
}

bool list_is_lost(const struct daemon *d, const char *name)
{
	const struct known_list *list = list_find(d, name);
	return list != NULL && list->lost > 0;
}

bool list_is_malformed(const struct daemon *d, const char *name)
{
	const struct known_list *list = list_find(d, name);
	return list != NULL && list->malformed;
}
