#include "definition.h"
#include "law.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

void definition_put(struct definition_hash *h, const char *name, const char *value)
{
	size_t i = 0;

	while (i < h->fields.count && strcmp(h->names[i], name) != 0)
		i++;
	if (value == NULL && i < h->fields.count) {
		h->fields.count--;
		h->names[i] = h->names[h->fields.count];
		h->values[i] = h->values[h->fields.count];
	} else if (value != NULL) {
		assert_in_range(i, 0, DEFINITION_FIELDS_MAX - 1);
		h->names[i] = name;
		h->values[i] = value;
		h->fields.count += i == h->fields.count;
	}
}

void definition_sound(struct definition *d)
{
	static const char *const parts[][2] = {
		{ "advertiser", "acme" },
		{ "purpose", "prospecting" },
		{ "sector", "retail" },
		{ "product", "toys" },
		{ "delivery", "call" },
		{ "message", "noel-2026.wav" },
		{ "message_seconds", "25" },
		{ "announces", "identity commercial opt-out" },
		{ "synthetic_voice", "no" },
		{ "caller_id", "+33162001234" },
		{ "opt_out", "+33805123456 key:9" },
		{ "source", "web-2026" },
		{ "route", "main" },
		{ "status", "running" },
	};
	static const char *const advertiser[][2] = {
		{ "name", "Acme" },  { "siren", "552100554" },      { "caller_ids", "+33162001234" },
		{ "country", "FR" }, { "attempts_before", "none" },
	};
	static const char *const source[][2] = {
		{ "name", "web form" },          { "collected_by", "acme" },  { "legal_basis", "consent" },
		{ "acquired_at", "2026-09-01" }, { "informed", "notice-v2" }, { "status", "approved" },
	};

	*d = (struct definition){ .id = "acme.noel", .date = "2026-11-24" };
	for (size_t i = 0; i < COUNT(parts); i++)
		definition_put(&d->def, parts[i][0], parts[i][1]);
	for (size_t i = 0; i < COUNT(advertiser); i++)
		definition_put(&d->advertiser, advertiser[i][0], advertiser[i][1]);
	for (size_t i = 0; i < COUNT(source); i++)
		definition_put(&d->source, source[i][0], source[i][1]);
	d->def.fields.names = d->def.names;
	d->def.fields.values = d->def.values;
	d->advertiser.fields.names = d->advertiser.names;
	d->advertiser.fields.values = d->advertiser.values;
	d->source.fields.names = d->source.names;
	d->source.fields.values = d->source.values;
	d->route.fields.names = d->route.names;
	d->route.fields.values = d->route.values;
}

void definition_set(struct definition *d, char *word)
{
	struct definition_hash *h = &d->def;
	if (word[1] == ':') {
		switch (word[0]) {
		case 'a':
			h = &d->advertiser;
			break;
		case 's':
			h = &d->source;
			break;
		case 'r':
			h = &d->route;
			break;
		default:
			assert_int_equal(word[0], 'd');
		}
		word += 2;
	}
	char *value = strchr(word, '=');
	if (value != NULL)
		*value++ = '\0';
	if (strcmp(word, "*") == 0)
		h->fields.count = 0;
	else
		definition_put(h, word, value);
}

void definition_differ(struct definition *d, const char *differs)
{
	snprintf(d->words, sizeof(d->words), "%s", differs);
	char *rest = d->words;
	for (char *word; (word = strtok_r(rest, "|", &rest)) != NULL;)
		definition_set(d, word);
}

const struct campaign *definition_read(const struct rulebook *rb, struct definition *d)
{
	campaign_read(rb, &d->options, d->id, &d->def.fields, &d->advertiser.fields, &d->source.fields,
	              &d->route.fields, law_date(d->date), &d->c);
	return &d->c;
}
