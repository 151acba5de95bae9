/* campaign.c - see campaign.h. */
#include "core/campaign.h"

#include "core/civil.h"
#include "core/nearest.h"
#include "core/window.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const campaign_def_fields[] = { "advertiser",
	                                    "purpose",
	                                    "sector",
	                                    "product",
	                                    "delivery",
	                                    "message",
	                                    "message_seconds",
	                                    "announces",
	                                    "synthetic_voice",
	                                    "caller_id",
	                                    "opt_out",
	                                    "source",
	                                    "route",
	                                    "status",
	                                    "priority",
	                                    "weight",
	                                    "rate",
	                                    "window",
	                                    "start",
	                                    "end",
	                                    "family",
	                                    "service_basis",
	                                    "opt_out_at_seconds",
	                                    NULL };
#define DEF_FIELD_COUNT (sizeof(campaign_def_fields) / sizeof(campaign_def_fields[0]) - 1)

/* Everything that reading needs, so that the steps have few parameters. */
struct reading {
	const struct rulebook *rb;
	const struct campaign_options *options;
	const struct fields *def, *advertiser, *source, *route;
	int32_t date;
	struct campaign *c;
};

const char *campaign_fault_name(enum campaign_fault fault)
{
#define X(sym, name) name,
	static const char *const names[] = { CAMPAIGN_FAULTS(X) };
#undef X
	return names[fault];
}

bool id_is_valid(const char *id, size_t len)
{
	if (len < 1 || len > ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = id[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!word && (i == 0 || (c != '.' && c != '_' && c != '-')))
			return false;
	}
	return true;
}

const char *fields_get(const struct fields *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->names[i], name) == 0)
			return f->values[i];
	return NULL;
}

__attribute__((format(printf, 3, 4))) static void add_fault(struct campaign *c, enum campaign_fault fault,
                                                            const char *format, ...)
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
		if ((unsigned char)*p < 0x20 || *p == 0x7f || (sound == NULL && (unsigned char)*p >= 0x80))
			*p = '?';
	json_decref(sound);
	c->fault_count++;
}

/* A field that must be there and not be empty. */
static const char *must(struct reading *r, const char *name)
{
	const char *v = fields_get(r->def, name);
	if (v == NULL || *v == '\0') {
		add_fault(r->c, CAMPAIGN_FAULT_FIELD_MISSING, "%s", name);
		return NULL;
	}
	return v;
}

static void read_id(struct reading *r, const char *name, const char *v, char ret[ID_MAX + 1])
{
	if (v == NULL)
		return;
	if (!id_is_valid(v, strlen(v))) {
		add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
		          "%s: expected an id such as acme-1 (a-z 0-9 . _ -)", name);
		return;
	}
	snprintf(ret, ID_MAX + 1, "%s", v);
}

/* One of some words. Returns its position, or -1 after adding a fault. */
static int read_word(struct reading *r, const char *name, const char *v, const char *const *words,
                     size_t count)
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
		add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED, "%s: %.20s, did you mean %s?", name, v, near);
	else
		add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED, "%s: expected one of %s", name, list);
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

static int read_int(struct reading *r, const struct fields *f, const char *name, long min, long max,
                    int fallback)
{
	const char *v = fields_get(f, name);
	long n;
	if (v == NULL)
		return fallback;
	if (!parse_int(v, min, max, &n)) {
		add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
		          "%s%s: expected a whole number from %ld to %ld", f == r->route ? "route's " : "",
		          name, min, max);
		return fallback;
	}
	return (int)n;
}

/* "5/s", "300/h", "5000/d", "60/m": milliseconds between two releases. */
static double read_rate(struct reading *r, const struct fields *f, const char *name)
{
	const char *v = fields_get(f, name);
	if (v == NULL)
		return 0;
	char *end;
	long n = *v >= '1' && *v <= '9' ? strtol(v, &end, 10) : 0;
	if (n >= 1 && n <= 1000000 && end[0] == '/' && end[1] != '\0' && end[2] == '\0') {
		switch (end[1]) {
		case 's':
			return 1000.0 / (double)n;
		case 'm':
			return 60000.0 / (double)n;
		case 'h':
			return 3600000.0 / (double)n;
		case 'd':
			return 86400000.0 / (double)n;
		}
	}
	add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
	          "%s%s: expected a rate such as 5/s, 60/m, 300/h or 5000/d", f == r->route ? "route's " : "",
	          name);
	return 0;
}

static int64_t read_time(struct reading *r, const char *name, int64_t fallback)
{
	const char *v = fields_get(r->def, name);
	int64_t ms;
	if (v == NULL)
		return fallback;
	if (!civil_parse_instant(v, strlen(v), &ms)) {
		add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
		          "%s: expected an instant with its offset, such as 2026-12-24T18:00:00+01:00", name);
		return fallback;
	}
	return ms;
}

/* True if a list of words (spaces or commas between) has this one. */
static bool has_word(const char *list, const char *word)
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

static void check_names(struct reading *r)
{
	for (size_t i = 0; i < r->def->count; i++) {
		const char *name = r->def->names[i];
		size_t k = 0;
		while (k < DEF_FIELD_COUNT && strcmp(campaign_def_fields[k], name) != 0)
			k++;
		if (k < DEF_FIELD_COUNT)
			continue;
		const char *near = nearest_name(name, strlen(name), campaign_def_fields, DEF_FIELD_COUNT);
		add_fault(r->c, CAMPAIGN_FAULT_FIELD_UNKNOWN,
		          near != NULL ? "%.40s, did you mean %s?" : "%.40s", name, near);
	}
}

/* Identity: who calls (L221-16), so that the callee can object to somebody. */
static void check_advertiser(struct reading *r)
{
	static const char *const needed[] = { "name", "siren", "caller_ids", "country" };
	if (r->c->advertiser[0] == '\0')
		return;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *v = fields_get(r->advertiser, needed[i]);
		if (v == NULL || *v == '\0')
			add_fault(r->c, CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
			          "%s of advertiser %s is not set", needed[i], r->c->advertiser);
	}
	const char *siren = fields_get(r->advertiser, "siren");
	if (siren != NULL && *siren != '\0' && (strlen(siren) != 9 || strspn(siren, "0123456789") != 9))
		add_fault(r->c, CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
		          "siren of advertiser %s: expected nine digits", r->c->advertiser);
	else if (siren != NULL)
		snprintf(r->c->siren, sizeof(r->c->siren), "%s", siren);
	const char *before = fields_get(r->advertiser, "attempts_before");
	r->c->history_declared =
	    before != NULL && (strcmp(before, "none") == 0 || strcmp(before, "imported") == 0);
	if (before != NULL && !r->c->history_declared)
		add_fault(r->c, CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE,
		          "attempts_before: expected none or imported");
}

/* Where the contact file comes from, and that people were told. */
static void check_source(struct reading *r)
{
	static const char *const needed[] = { "name", "collected_by", "legal_basis", "acquired_at",
		                              "informed" };
	if (r->c->source[0] == '\0')
		return;
	const char *status = fields_get(r->source, "status");
	if (r->source->count == 0)
		add_fault(r->c, CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "source %s is not known", r->c->source);
	else if (status == NULL || strcmp(status, "approved") != 0)
		add_fault(r->c, CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "status of source %s: expected approved",
		          r->c->source);
	for (size_t i = 0; r->source->count > 0 && i < sizeof(needed) / sizeof(needed[0]); i++) {
		const char *v = fields_get(r->source, needed[i]);
		if (v == NULL || *v == '\0')
			add_fault(r->c, CAMPAIGN_FAULT_SOURCE_UNAPPROVED, "%s of source %s is not set",
			          needed[i], r->c->source);
	}
	const char *by = fields_get(r->source, "collected_by");
	r->c->third_party = by == NULL || strcmp(by, r->c->advertiser) != 0;
}

static void check_sector(struct reading *r)
{
	const char *sector = must(r, "sector");
	const struct regime *regimes[REGIME_MAX];
	size_t n = rulebook_regimes_on(r->rb, r->date, regimes);
	if (sector == NULL || r->c->service)
		return;
	for (size_t k = 0; k < n; k++) {
		const char *names[64];
		size_t i = 0;
		while (i < regimes[k]->sector_count && strcmp(regimes[k]->sectors[i].name, sector) != 0)
			i++;
		if (i == regimes[k]->sector_count) {
			size_t count = 0;
			for (size_t s = 0; s < regimes[k]->sector_count && count < 64; s++)
				names[count++] = regimes[k]->sectors[s].name;
			const char *near = nearest_name(sector, strlen(sector), names, count);
			add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
			          near != NULL ? "sector: %.40s, did you mean %s?"
			                       : "sector: %.40s is not in the rulebook",
			          sector, near);
			return;
		}
		const struct sector_rule *rule = &regimes[k]->sectors[i];
		if (rule->status == SECTOR_BANNED)
			add_fault(r->c, CAMPAIGN_FAULT_SECTOR_BANNED, "%s, even with consent (%s)", sector,
			          rule->article);
		else if (rule->status == SECTOR_UNAPPROVED)
			add_fault(r->c, CAMPAIGN_FAULT_SECTOR_UNAPPROVED,
			          "%s waits for a rule of its own (%s)", sector, rule->article);
		if (rule->status != SECTOR_ALLOWED)
			return;
		int days = rule->consent_max_age_days;
		if (days > 0 && (r->c->consent_max_age_days == 0 || days < r->c->consent_max_age_days))
			r->c->consent_max_age_days = days;
	}
}

/* The number shown: of a range for automata, and one that the operator allows. */
static void check_caller_id(struct reading *r)
{
	const char *v = must(r, "caller_id");
	struct phone phone;
	if (v == NULL)
		return;
	if (!phone_is_e164(v, strlen(v)) || !phone_normalise(r->rb, v, strlen(v), &phone)) {
		add_fault(r->c, CAMPAIGN_FAULT_CALLER_ID_CLASS,
		          "caller_id: expected an E.164 number of a range for automata");
		return;
	}
	const struct caller_id_range *range = phone_caller_id_range(r->rb, phone.e164);
	if (range == NULL)
		add_fault(r->c, CAMPAIGN_FAULT_CALLER_ID_CLASS, "caller_id is in no range for automata (%s)",
		          r->rb->caller_id_article);
	else if (range->doubtful && !r->options->caller_id_doubtful)
		add_fault(r->c, CAMPAIGN_FAULT_CALLER_ID_CLASS,
		          "range %s is accepted only once the operator confirmed it (a switch)",
		          range->prefix);
	const char *allowed = fields_get(r->advertiser, "caller_ids");
	if (allowed == NULL || !has_word(allowed, v))
		add_fault(r->c, CAMPAIGN_FAULT_CALLER_ID_UNAUTHORISED,
		          "caller_id is not among caller_ids of advertiser %s", r->c->advertiser);
}

/* A way to object that costs nothing beyond the call: always a number. */
static void check_opt_out(struct reading *r)
{
	const char *v = fields_get(r->def, "opt_out");
	size_t numbers = 0;
	for (const char *p = v != NULL ? v : ""; *p != '\0';) {
		size_t n = strcspn(p, " ,");
		struct phone phone;
		if (n == 5 && memcmp(p, "key:", 4) == 0 && strchr("0123456789*#", p[4]) != NULL)
			; /* a key besides the number */
		else if (n > 0 && !phone_normalise(r->rb, p, n, &phone))
			add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
			          "opt_out: expected numbers (+33…) and key:0 to key:9");
		else if (n > 0 && !r->rb->opt_out_classes[phone.cls])
			add_fault(r->c, CAMPAIGN_FAULT_OPT_OUT_SURCHARGED,
			          "a number of class %s may cost more than the call (%s)",
			          number_class_name(phone.cls), r->rb->opt_out_article);
		else if (n > 0)
			numbers++;
		p += n;
		p += strspn(p, " ,");
	}
	if (numbers == 0)
		add_fault(r->c, CAMPAIGN_FAULT_OPT_OUT_MISSING, "opt_out: expected a contact number (%s)",
		          r->rb->opt_out_article);
}

static void check_announcement(struct reading *r)
{
	static const char *const words[] = { "identity", "commercial", "opt-out", "ai" };
	static const char *const yes_no[] = { "yes", "no" };
	const char *v = fields_get(r->def, "announces");
	const char *announces = v != NULL ? v : "";
	for (size_t i = 0; i < 3; i++)
		if (!(r->c->service && i == 1) && !has_word(announces, words[i]))
			add_fault(r->c, CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
			          "announces: %s is missing (%s)", words[i], r->rb->announce_article);
	for (const char *p = announces; *p != '\0';) {
		size_t n = strcspn(p, " ,");
		char word[24];
		snprintf(word, sizeof(word), "%.*s", (int)(n < 20 ? n : 20), p);
		if (n > 0)
			read_word(r, "announces", word, words, 4);
		p += n;
		p += strspn(p, " ,");
	}
	/* Near the start (CNIL): an opt-out at the end of a message is heard by nobody. */
	int most = r->rb->opt_out_within_s, at = read_int(r, r->def, "opt_out_at_seconds", 0, 600, 0);
	if (most > 0 && at > most)
		add_fault(r->c, CAMPAIGN_FAULT_ANNOUNCEMENT_INCOMPLETE,
		          "opt_out_at_seconds: expected at most %d (%s)", most, r->rb->opt_out_article);
	int synthetic = read_word(r, "synthetic_voice", must(r, "synthetic_voice"), yes_no, 2);
	if (synthetic == 0 && !has_word(announces, "ai"))
		add_fault(r->c, CAMPAIGN_FAULT_SYNTHETIC_UNDISCLOSED,
		          "synthetic_voice is yes and announces has no ai");
}

static void check_route(struct reading *r)
{
	struct campaign *c = r->c;
	if (c->route[0] == '\0')
		return;
	if (r->route->count == 0 && strcmp(c->route, "main") != 0)
		add_fault(c, CAMPAIGN_FAULT_ROUTE_UNKNOWN, "route %s is not declared", c->route);
	const char *location = fields_get(r->route, "location");
	if (location == NULL)
		location = r->route->count == 0 || strcmp(c->route, "main") == 0 ? "FR" : "";
	size_t i = 0;
	while (i < r->rb->location_count && strcmp(r->rb->locations[i], location) != 0)
		i++;
	if (i == r->rb->location_count && !(r->route->count == 0 && strcmp(c->route, "main") != 0))
		add_fault(c, CAMPAIGN_FAULT_ROUTE_LOCATION,
		          "location of route %s: %.8s is not where data may go (%s)", c->route,
		          *location != '\0' ? location : "nothing", r->rb->location_article);
	c->route_interval_ms = read_rate(r, r->route, "rate");
	c->backlog = read_int(r, r->route, "backlog", 1, 10000000, 1000);
	c->lease_s = read_int(r, r->route, "lease_s", 1, 86400, 900);
	c->ring_s = read_int(r, r->route, "ring_s", 0, 600, 45);
	c->lead_s = read_int(r, r->route, "lead_s", 0, 3600, 0);
	const char *status = fields_get(r->route, "status");
	c->route_open = status == NULL || strcmp(status, "open") == 0 || strcmp(status, "running") == 0;
}

static void read_schedule(struct reading *r)
{
	struct campaign *c = r->c;
	char err[100];
	c->priority = read_int(r, r->def, "priority", 0, 9, 5);
	c->weight = read_int(r, r->def, "weight", 1, 1000, 1);
	c->interval_ms = read_rate(r, r->def, "rate");
	const char *window = fields_get(r->def, "window");
	if (window != NULL) {
		c->has_window = week_parse(window, strlen(window), &c->window, err, sizeof(err));
		if (!c->has_window)
			add_fault(c, CAMPAIGN_FAULT_FIELD_MALFORMED, "window: %s", err);
		else if (week_is_empty(&c->window))
			add_fault(c, CAMPAIGN_FAULT_FIELD_MALFORMED, "window: expected at least one range");
	}
	c->start_ms = read_time(r, "start", INT64_MIN);
	c->end_ms = read_time(r, "end", INT64_MAX);
	if (c->start_ms != INT64_MIN && c->end_ms != INT64_MAX && c->end_ms <= c->start_ms)
		add_fault(c, CAMPAIGN_FAULT_FIELD_MALFORMED, "end: expected an instant after start");
	const char *family = fields_get(r->def, "family");
	read_id(r, "family", family != NULL && *family != '\0' ? family : NULL, c->family);
}

/* Hours that leave no time between the law and the guard would hold every job for
 * ever. A range that touches midnight may go on behind it. */
static void check_window(struct reading *r)
{
	const struct regime *regimes[REGIME_MAX];
	size_t n = rulebook_regimes_on(r->rb, r->date, regimes);
	struct week week = r->c->window;
	if (!r->c->has_window || week_is_empty(&week) || n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		week = week_intersect(&week, &regimes[i]->week);
	for (size_t d = 0; d < 7; d++)
		for (size_t i = 0; i < week.days[d].count; i++) {
			const struct minute_range *range = &week.days[d].ranges[i];
			if ((range->end_min - range->start_min) * 60 > r->c->guard_s ||
			    range->start_min == 0 || range->end_min == 24 * 60)
				return;
		}
	add_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
	          "window: no range of it is within the law and longer than the guard of %d s",
	          r->c->guard_s);
}

static void read_purpose(struct reading *r)
{
	static const char *const purposes[] = { "prospecting", "service" };
	if (read_word(r, "purpose", must(r, "purpose"), purposes, 2) != 1)
		return;
	/* A service message is declared by its owner and approved by ops: the
	 * advertiser's hash, which marketing cannot write, names the campaign. */
	const char *basis = fields_get(r->def, "service_basis");
	const char *approved = fields_get(r->advertiser, "service_approved");
	if (basis != NULL && *basis != '\0' && approved != NULL && has_word(approved, r->c->id))
		r->c->service = true;
	else
		add_fault(r->c, CAMPAIGN_FAULT_SERVICE_UNDECLARED,
		          "purpose service needs service_basis, and %s in service_approved of the advertiser",
		          r->c->id);
}

void campaign_read(const struct rulebook *rb, const struct campaign_options *options, const char *id,
                   const struct fields *def, const struct fields *advertiser, const struct fields *source,
                   const struct fields *route, int32_t date, struct campaign *ret)
{
	static const char *const statuses[] = { "running", "paused", "stopped" };
	static const char *const deliveries[] = { "call", "voicemail", "both" };
	struct reading r = { rb, options, def, advertiser, source, route, date, ret };
	*ret = (struct campaign){ .start_ms = INT64_MIN, .end_ms = INT64_MAX, .status = CAMPAIGN_PAUSED };
	snprintf(ret->id, sizeof(ret->id), "%s", id);
	if (def->count == 0) {
		add_fault(ret, CAMPAIGN_FAULT_FIELD_MISSING, "the campaign has no definition");
		return;
	}
	check_names(&r);
	read_id(&r, "advertiser", must(&r, "advertiser"), ret->advertiser);
	read_id(&r, "source", must(&r, "source"), ret->source);
	read_id(&r, "route", must(&r, "route"), ret->route);
	read_purpose(&r);
	check_advertiser(&r);
	check_sector(&r);
	const char *product = must(&r, "product");
	if (product != NULL && strlen(product) >= sizeof(ret->product))
		add_fault(ret, CAMPAIGN_FAULT_FIELD_MALFORMED, "product: expected at most 64 bytes");
	else if (product != NULL)
		snprintf(ret->product, sizeof(ret->product), "%s", product);
	read_word(&r, "delivery", must(&r, "delivery"), deliveries, 3);
	must(&r, "message");
	if (must(&r, "message_seconds") != NULL)
		ret->message_seconds = read_int(&r, def, "message_seconds", 1, 600, 0);
	int status = read_word(&r, "status", must(&r, "status"), statuses, 3);
	if (status >= 0)
		ret->status = (enum campaign_status)status;
	check_announcement(&r);
	check_caller_id(&r);
	check_opt_out(&r);
	check_source(&r);
	check_route(&r);
	read_schedule(&r);
	int needed = ret->ring_s + ret->message_seconds + ret->lead_s + rb->guard_margin_s;
	ret->guard_s = needed > rb->guard_s ? needed : rb->guard_s;
	check_window(&r);
}

char *campaign_faults_text(const struct campaign *c, char *buf, size_t size)
{
	size_t used = 0;
	buf[0] = '\0';
	for (size_t i = 0; i < c->fault_count && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s: %s", i > 0 ? "; " : "",
		                         campaign_fault_name(c->faults[i].fault), c->faults[i].text);
	return buf;
}
