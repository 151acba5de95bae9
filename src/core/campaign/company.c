/* company.c - see company.h. */
#include "core/campaign/company.h"

#include <string.h>

bool company_has(const struct company *company, const char *id)
{
	for (size_t i = 0; i < company->count; i++)
		if (strcmp(company->ids[i], id) == 0)
			return true;
	return false;
}

static bool read_ids(const char *text, struct company *ret)
{
	while (*text != '\0') {
		size_t len = strcspn(text, " ");
		if (!id_is_valid(text, len) || ret->count == 1 + COMPANY_OTHERS_MAX)
			return false;
		memcpy(ret->ids[ret->count], text, len);
		ret->ids[ret->count][len] = '\0';
		for (size_t i = 0; i < ret->count; i++)
			if (strcmp(ret->ids[i], ret->ids[ret->count]) == 0)
				return false;
		ret->count++;
		text += len;
		text += *text == ' ';
	}
	return true;
}

bool company_read(const struct fields *advertiser, const char *id, struct company *ret)
{
	const char *text = fields_get(advertiser, "company"), *joining = fields_get(advertiser, "joining");
	*ret = (struct company){ .joining = joining != NULL && *joining != '\0' };
	if (text != NULL && *text != '\0' && read_ids(text, ret) && company_has(ret, id))
		return true;
	ret->count = 1;
	strncpy(ret->ids[0], id, ID_MAX);
	ret->ids[0][ID_MAX] = '\0';
	return text == NULL || *text == '\0';
}
