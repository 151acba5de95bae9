/* A definition: lines "name=value", "a:", "s:" and "r:" before those of advertiser, source and
 * route. Any of it is judged, nothing is believed. */
#include "core/campaign/campaign.h"
#include "core/time/civil.h"
#include "fuzz.h"

#include <string.h>

#define FIELDS_MAX 64

struct hash {
	const char *names[FIELDS_MAX], *values[FIELDS_MAX];
	struct fields fields;
};

static void add(struct hash *h, const char *name, const char *value)
{
	if (h->fields.count == FIELDS_MAX)
		return;
	h->fields.names = h->names;
	h->fields.values = h->values;
	h->names[h->fields.count] = name;
	h->values[h->fields.count++] = value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct hash hashes[4] = { 0 };
	struct campaign_options options = { 0 };
	static struct campaign c;
	char faults[4096], *text = malloc(size + 1), *rest = text, *line;
	memcpy(text, data, size);
	text[size] = '\0';
	while ((line = strsep(&rest, "\n")) != NULL) {
		size_t k = strncmp(line, "a:", 2) == 0   ? 1
		           : strncmp(line, "s:", 2) == 0 ? 2
		           : strncmp(line, "r:", 2) == 0 ? 3
		                                         : 0;
		char *name = line + (k > 0 ? 2 : 0), *value = strchr(name, '=');
		if (value == NULL)
			continue;
		*value++ = '\0';
		add(&hashes[k], name, value);
	}
	campaign_read(fuzz_law(), &options, "acme.noel", &hashes[0].fields, &hashes[1].fields,
	              &hashes[2].fields, &hashes[3].fields, 20781, &c);
	PROMISE(strlen(campaign_faults_text(&c, faults, sizeof(faults))) < sizeof(faults));
	free(text);
	return 0;
}
