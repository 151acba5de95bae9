/* definition.h - a sound campaign, of which a test changes one thing or two.
 *
 * A change is "sector=toys"; "a:" in front names a field of the advertiser's hash,
 * "s:" of the source's, "r:" of the route's. Without "=" the field is taken away, and
 * "d:*" takes all of them. */
#ifndef LICET_TEST_DEFINITION_H
#define LICET_TEST_DEFINITION_H

#include "core/campaign/campaign.h"

#define DEFINITION_FIELDS_MAX 32

struct definition_hash {
	const char *names[DEFINITION_FIELDS_MAX], *values[DEFINITION_FIELDS_MAX];
	struct fields fields;
};

struct definition {
	struct definition_hash def, advertiser, source, route;
	char words[1024];
	struct campaign_options options;
	const char *id, *date;
	struct campaign c;
};

/* Must not be moved in memory afterwards. */
void definition_sound(struct definition *d);

/* Set, or take away if value is NULL. Both are borrowed. */
void definition_put(struct definition_hash *h, const char *name, const char *value);

/* One change; the word is cut in place and borrowed. */
void definition_set(struct definition *d, char *word);

/* Several, with "|" between; one call only. */
void definition_differ(struct definition *d, const char *differs);

/* What campaign_read() makes of it. */
const struct campaign *definition_read(const struct rulebook *rb, struct definition *d);

#endif
