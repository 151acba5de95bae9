/* keys.c - see keys.h. */
#include "io/redis/keys.h"

#include "core/text/cluster_slot.h"

#include <stdio.h>
#include <string.h>

char *key_global(const char *prefix, const char *name, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%s%s", prefix, name);
	return buf;
}

char *key_campaign(const char *prefix, const char *campaign, const char *part, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%scampaign:%s:%s", prefix, campaign, part);
	return buf;
}

char *key_held(const char *prefix, const char *campaign, const char *place, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%scampaign:%s:held:%s", prefix, campaign, place);
	return buf;
}

char *key_enqueued(const char *prefix, const char *campaign, const char *beginning, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%scampaign:%s:enqueue%s%.16s", prefix, campaign,
	         *beginning != '\0' ? ":" : "", beginning);
	return buf;
}

char *key_dated(const char *prefix, const char *advertiser, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%soppositions:dated%s%s", prefix, *advertiser != '\0' ? ":" : "",
	         advertiser);
	return buf;
}

char *key_seen(const char *prefix, const char *campaign, const char *family, char buf[KEY_SIZE])
{
	if (*family == '\0')
		return key_campaign(prefix, campaign, "seen", buf);
	snprintf(buf, KEY_SIZE, "%sfamily:%s:seen", prefix, family);
	return buf;
}

char *key_of(const char *prefix, const char *kind, const char *id, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%s%s:%s", prefix, kind, id);
	return buf;
}

char *key_ready(const char *prefix, const char *route, const char *part, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%sready:%s%s", prefix, route, part);
	return buf;
}

char *key_settle(const char *prefix, const char *route, char buf[KEY_SIZE])
{
	snprintf(buf, KEY_SIZE, "%ssettle:%s", prefix, route);
	return buf;
}

char *prefix_of_space(const char *prefix, const char *space, char buf[KEY_SIZE])
{
	size_t len;
	const char *tag = prefix_tag(prefix, &len);

	snprintf(buf, KEY_SIZE, "%.*s%s%s", (int)(tag - prefix), prefix, space, tag + len);
	return buf;
}

char *key_hub(const char *prefix, const char *name, char buf[KEY_SIZE])
{
	size_t len;
	const char *tag = prefix_tag(prefix, &len);

	snprintf(buf, KEY_SIZE, "%.*slicet}:%s", (int)(tag - prefix), prefix, name);
	return buf;
}

bool prefix_is_simulated(const char *prefix)
{
	return strncmp(prefix, "licet-sim:", strlen("licet-sim:")) == 0;
}
