/* reading.c - see reading.h. */
#include "core/campaign/reading.h"

#include "core/text/control.h"
#include "core/text/nearest.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void reading_fault(struct campaign *c, enum campaign_fault fault, const char *format, ...)
{
	if (c->fault_count == CAMPAIGN_FAULTS_MAX)
		return;
	va_list ap;
	va_start(ap, format);
	c->faults[c->fault_count].fault = fault;
	vsnprintf(c->faults[c->fault_count].text, sizeof(c->faults[0].text), format, ap);
	va_end(ap);
	/* Definitions are written by others: one line of UTF-8, whatever they contain. */
	json_t *sound = json_string(c->faults[c->fault_count].text);
	for (char *p = c->faults[c->fault_count].text; *p != '\0'; p++)
		if (control_is(*p) || (sound == NULL && (unsigned char)*p >= 0x80))
			*p = '?';
	json_decref(sound);
	c->fault_count++;
}

const char *reading_must(struct reading *r, const char *name)
{
	const char *v = fields_get(r->def, name);
	if (v == NULL || *v == '\0') {
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MISSING, "%s", name);
		return NULL;
	}
	return v;
}

int reading_word(struct reading *r, const char *name, const char *v, const char *const *words, size_t count)
{
	if (v == NULL)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (strcmp(v, words[i]) == 0)
			return (int)i;
	const char *near = nearest_name(v, strlen(v), words, count);
	char list[96] = "";
	for (size_t i = 0; i < count; i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s", i > 0 ? ", " : "",
		         words[i]);
	if (near != NULL)
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED, "%s: %.20s, did you mean %s?", name, v,
		              near);
	else
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED, "%s: expected one of %s", name, list);
	return -1;
}

static bool parse_int(const char *v, long min, long max, long *ret)
{
	char *end;
	if (*v < '0' || *v > '9' || strlen(v) > 9)
		return false;
	long n = strtol(v, &end, 10);
	if (*end != '\0' || n < min || n > max)
		return false;
	*ret = n;
	return true;
}

int reading_int(struct reading *r, const struct fields *f, const char *name, long min, long max, int fallback)
{
	const char *v = fields_get(f, name);
	long n;
	if (v == NULL)
		return fallback;
	if (!parse_int(v, min, max, &n)) {
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
		              "%s%s: expected a whole number from %ld to %ld",
		              f == r->route        ? "route's "
		              : f == r->advertiser ? "advertiser's "
		                                   : "",
		              name, min, max);
		return fallback;
	}
	return (int)n;
}

/* True if a list of words (spaces or commas between) has this one. */
bool reading_has(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *p = list; *p != '\0';) {
		size_t n = strcspn(p, " ,");
		if (n == len && memcmp(p, word, len) == 0)
			return true;
		p += n;
		p += strspn(p, " ,");
	}
	return false;
}
