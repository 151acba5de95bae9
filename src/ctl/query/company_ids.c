/* company_ids.c - see company_ids.h. */
#include "ctl/query/company_ids.h"

#include "ctl/query/query.h"
#include "io/host/error_text.h"

#include <string.h>

void ask_company(struct ctl *ctl, const char *advertiser, struct company *ret)
{
	char key[KEY_SIZE];
	struct hash declared;

	hash_read(ctl, key_of(ctl_conf(ctl)->prefix, "advertiser", advertiser, key), &declared);
	if (!company_read(&declared.fields, advertiser, ret))
		ctl_fail(
		    error_pick(
			"company of advertiser %s: expected ids of one company, its own among them",
			"company de l'annonceur %s : identifiants d'une même société attendus, le sien compris"),
		    advertiser);
	hash_done(&declared);
}

const char *ask_kept_under(struct ctl *ctl, const char *advertiser, char ret[ID_MAX + 1])
{
	struct company company;

	ask_company(ctl, advertiser, &company);
	if (strcmp(company.ids[0], advertiser) != 0)
		ctl_note(error_pick("%s is another name of advertiser %s, under which it is kept",
		                    "%s est un autre nom de l'annonceur %s, sous lequel tout est conservé"),
		         advertiser, company.ids[0]);
	memcpy(ret, company.ids[0], ID_MAX + 1);
	return ret;
}
