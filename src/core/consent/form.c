/* form.c - registered forms of consent. See form_read() in job.h. */
#include "core/consent/form.h"

#include "core/campaign/campaign.h"
#include "core/job/job.h"
#include "core/time/civil.h"

#include <stdio.h>
#include <string.h>

static size_t read_list(const struct fields *hash, const char *name, struct consent_form *f, size_t *used,
                        const char **ret)
{
	const char *v = fields_get(hash, name);
	size_t count = 0;
	if (v == NULL)
		return 0;
	for (v += strspn(v, " ,|"); *v != '\0'; v += strspn(v, " ,|")) {
		size_t len = strcspn(v, " ,|");
		if (count == CONSENT_MENTIONS_MAX || *used + len + 1 > sizeof(f->texts)) {
			f->fault = name;
			return 0;
		}
		memcpy(f->texts + *used, v, len);
		f->texts[*used + len] = '\0';
		ret[count++] = f->texts + *used;
		*used += len + 1;
		v += len;
	}
	return count;
}

static void read_text(const struct fields *hash, const char *name, struct consent_form *f, char ret[65])
{
	const char *v = fields_get(hash, name);
	if (v != NULL && strlen(v) > 64)
		f->fault = name;
	else if (v != NULL)
		snprintf(ret, 65, "%s", v);
}

static int64_t read_edge(const struct fields *hash, const char *name, struct consent_form *f,
                         int64_t fallback)
{
	const char *v = fields_get(hash, name);
	int64_t ms;
	int32_t date;
	if (v == NULL || *v == '\0')
		return fallback;
	if (civil_parse_instant(v, strlen(v), &ms))
		return ms;
	if (civil_parse_date(v, strlen(v), &date))
		return date * DAY_MS;
	f->fault = name;
	return fallback;
}

void form_read(const struct fields *hash, struct consent_form *ret)
{
	size_t used = 0;
	*ret = (struct consent_form){ .known = hash->count > 0 };
	read_text(hash, "product", ret, ret->product);
	read_text(hash, "channel", ret, ret->channel);
	read_text(hash, "act", ret, ret->act);
	ret->mention_count = read_list(hash, "mentions", ret, &used, ret->mentions);
	ret->base_count = read_list(hash, "bases", ret, &used, ret->bases);
	/* A form without a first day was never put into use. */
	ret->from_ms = read_edge(hash, "from", ret, INT64_MAX);
	ret->to_ms = read_edge(hash, "to", ret, INT64_MAX);
	const char *by = fields_get(hash, "approved_by");
	if (hash->flaw[0] != '\0') {
		memcpy(ret->flaw, hash->flaw, sizeof(ret->flaw));
		ret->fault = ret->flaw;
	}
	ret->approved = by != NULL && *by != '\0';
}
