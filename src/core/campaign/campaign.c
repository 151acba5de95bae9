/* campaign.c - see campaign.h. */
#include "core/campaign/campaign.h"

#include "core/campaign/reading.h"
#include "core/campaign/references.h"
#include "core/law/week.h"
#include "core/law/window.h"
#include "core/text/nearest.h"
#include "core/time/civil.h"
#include "layout.h"

#include <assert.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
const char *const campaign_def_fields[] = {
	"advertiser", "purpose", "sector", "product", "delivery", "message", "message_seconds",
	"announces", "synthetic_voice", "caller_id", "opt_out", "source", "route", "status",
	"priority", "weight", "rate", "concurrent", "window", "start", "end", "family", "service_basis",
	"opt_out_at_seconds", "retry", "retry_max", NULL
};
/* clang-format on */
#define DEF_FIELD_COUNT (sizeof(campaign_def_fields) / sizeof(campaign_def_fields[0]) - 1)

const char *campaign_fault_name(enum campaign_fault fault)
{
#define X(sym, name) name,
	static const char *const names[] = { CAMPAIGN_FAULTS(X) };
#undef X
	return names[fault];
}

static void read_id(struct reading *r, const char *name, const char *v, char ret[ID_MAX + 1])
{
	if (v == NULL)
		return;
	if (!id_is_valid(v, strlen(v))) {
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
		              "%s: expected an id such as acme-1 (a-z 0-9 . _ -)", name);
		return;
	}
	snprintf(ret, ID_MAX + 1, "%s", v);
}

bool campaign_is_over(const struct campaign *c, int64_t now_ms)
{
	return c->status == CAMPAIGN_STOPPED || now_ms >= c->end_ms;
}

bool rate_parse(const char *text, double *ret_interval_ms)
{
	static const char units[] = "smhd";
	static const double unit_ms[] = { 1000, 60000, 3600000, 86400000 };
	char *end;
	long n = *text >= '1' && *text <= '9' ? strtol(text, &end, 10) : 0;
	if (n < 1 || n > 1000000 || end[0] != '/' || end[1] == '\0' || end[2] != '\0' ||
	    strchr(units, end[1]) == NULL)
		return false;
	*ret_interval_ms = unit_ms[strchr(units, end[1]) - units] / (double)n;
	return true;
}

static double read_rate(struct reading *r, const struct fields *f, const char *name)
{
	const char *v = fields_get(f, name);
	double interval_ms = 0;
	if (v != NULL && !rate_parse(v, &interval_ms))
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
		              "%s%s: expected a rate such as 5/s, 60/m, 300/h or 5000/d",
		              f == r->route ? "route's " : "", name);
	return interval_ms;
}

static int64_t read_time(struct reading *r, const char *name, int64_t fallback)
{
	const char *v = fields_get(r->def, name);
	int64_t ms;
	if (v == NULL)
		return fallback;
	if (!civil_parse_instant(v, strlen(v), &ms)) {
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
		              "%s: expected an instant with its offset, such as 2026-12-24T18:00:00+01:00",
		              name);
		return fallback;
	}
	return ms;
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
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_UNKNOWN,
		              near != NULL ? "%.40s, did you mean %s?" : "%.40s", name, near);
	}
}

static void check_route(struct reading *r)
{
	struct campaign *c = r->c;
	if (c->route[0] == '\0')
		return;
	if (r->route->count == 0 && strcmp(c->route, "main") != 0)
		reading_fault(c, CAMPAIGN_FAULT_ROUTE_UNKNOWN, "route %s is not declared", c->route);
	const char *location = fields_get(r->route, "location");
	if (location == NULL)
		location = r->route->count == 0 || strcmp(c->route, "main") == 0 ? "FR" : "";
	size_t i = 0;
	while (i < r->rb->location_count && strcmp(r->rb->locations[i], location) != 0)
		i++;
	if (i == r->rb->location_count && !(r->route->count == 0 && strcmp(c->route, "main") != 0))
		reading_fault(c, CAMPAIGN_FAULT_ROUTE_LOCATION,
		              "location of route %s: %.8s is not where data may go (%s)", c->route,
		              *location != '\0' ? location : "nothing", r->rb->location_article);
	c->route_interval_ms = read_rate(r, r->route, "rate");
	c->backlog = reading_int(r, r->route, "backlog", 1, 10000000, 1000);
	c->route_concurrent = reading_int(r, r->route, "concurrent", 1, 1000000, 0);
	c->lease_s = reading_int(r, r->route, "lease_s", 1, 86400, 900);
	c->ring_s = reading_int(r, r->route, "ring_s", 0, 600, 45);
	c->lead_s = reading_int(r, r->route, "lead_s", 0, 3600, 0);
	c->canary = reading_int(r, r->route, "canary", 0, 1000000, 0);
	c->breaker_pct = reading_int(r, r->route, "breaker_pct", 0, 99, c->canary > 0 ? 50 : 0);
	const char *status = fields_get(r->route, "status");
	c->route_open = status == NULL || strcmp(status, "open") == 0 || strcmp(status, "running") == 0;
}

static const char *const statuses[] = { "running", "paused", "stopped" };

const char *campaign_status_name(enum campaign_status status)
{
	return statuses[status];
}

bool campaign_field_is_unseen(const char *field)
{
	static const char *const unseen[] = { UNSEEN_FIELDS };
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (strcmp(field, unseen[i]) == 0)
			return true;
	return false;
}

const char *const retry_outcomes[RETRY_OUTCOMES] = { "busy", "no-answer", "voicemail", "failed" };

/* "30m", "4h", "2d": ms; 0 if it is none. */
static int64_t read_delay(const char *v, size_t len)
{
	static const char units[] = "smhd";
	static const int64_t unit_ms[] = { 1000, 60000, 3600000, 86400000 };
	const char *unit = len >= 2 ? strchr(units, v[len - 1]) : NULL;
	int64_t n = 0;
	for (size_t i = 0; i + 1 < len; i++) {
		if (v[i] < '0' || v[i] > '9' || n > 100000)
			return 0;
		n = n * 10 + (v[i] - '0');
	}
	return unit != NULL && *unit != '\0' ? n * unit_ms[unit - units] : 0;
}

/* "busy:30m no-answer:4h": when to try again. src/lua/50_settle.lua reads the same. */
static void read_retries(struct reading *r)
{
	const char *v = fields_get(r->def, "retry");
	for (const char *p = v != NULL ? v : ""; *p != '\0';) {
		size_t n = strcspn(p, " ,"), name = strcspn(p, ": ,"), i = 0;
		while (i < RETRY_OUTCOMES &&
		       (strlen(retry_outcomes[i]) != name || memcmp(p, retry_outcomes[i], name) != 0))
			i++;
		int64_t ms = n > name + 1 ? read_delay(p + name + 1, n - name - 1) : 0;
		if (n > 0 && (i == RETRY_OUTCOMES || ms < 60000 || ms > 30 * DAY_MS))
			reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
			              "retry: expected outcomes and delays such as busy:30m no-answer:4h "
			              "(1m to 30d; busy, no-answer, voicemail, failed)");
		else if (n > 0)
			r->c->retry_ms[i] = ms;
		p += n;
		p += strspn(p, " ,");
	}
	r->c->retry_max = reading_int(r, r->def, "retry_max", 0, 20, v != NULL && *v != '\0' ? 3 : 0);
}

static void read_schedule(struct reading *r)
{
	struct campaign *c = r->c;
	char err[100];
	c->priority = reading_int(r, r->def, "priority", 0, 9, 5);
	c->weight = reading_int(r, r->def, "weight", 1, 1000, 1);
	c->concurrent = reading_int(r, r->def, "concurrent", 1, 1000000, 0);
	c->interval_ms = read_rate(r, r->def, "rate");
	const char *window = fields_get(r->def, "window");
	if (window != NULL) {
		c->has_window = week_parse(window, strlen(window), &c->window, err, sizeof(err));
		if (!c->has_window)
			reading_fault(c, CAMPAIGN_FAULT_FIELD_MALFORMED, "window: %s", err);
		assert(!c->has_window || !week_is_empty(&c->window));
	}
	read_retries(r);
	c->start_ms = read_time(r, "start", INT64_MIN);
	c->end_ms = read_time(r, "end", INT64_MAX);
	if (c->start_ms != INT64_MIN && c->end_ms != INT64_MAX && c->end_ms <= c->start_ms)
		reading_fault(c, CAMPAIGN_FAULT_FIELD_MALFORMED, "end: expected an instant after start");
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
	if (!r->c->has_window || n == 0)
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
	reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED,
	              "window: no range of it is within the law and longer than the guard of %d s",
	              r->c->guard_s);
}

static void read_purpose(struct reading *r)
{
	static const char *const purposes[] = { "prospecting", "service" };
	if (reading_word(r, "purpose", reading_must(r, "purpose"), purposes, 2) != 1)
		return;
	/* A service message is declared by its owner and approved by ops: the
	 * advertiser's hash, which marketing cannot write, names the campaign. */
	const char *basis = fields_get(r->def, "service_basis");
	const char *approved = fields_get(r->advertiser, "service_approved");
	if (basis != NULL && *basis != '\0' && approved != NULL && reading_has(approved, r->c->id))
		r->c->service = true;
	else
		reading_fault(
		    r->c, CAMPAIGN_FAULT_SERVICE_UNDECLARED,
		    "purpose service needs service_basis, and %s in service_approved of the advertiser",
		    r->c->id);
}

/* What stands in a hash that has a flaw may not be what a sender would get. */
static void check_flaws(struct reading *r)
{
	static const char *const kinds[] = { "advertiser", "source", "route" };
	const struct fields *hashes[] = { r->advertiser, r->source, r->route };
	if (r->def->flaw[0] != '\0')
		reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED, "definition: %s", r->def->flaw);
	for (size_t i = 0; i < 3; i++)
		if (hashes[i]->flaw[0] != '\0')
			reading_fault(r->c, CAMPAIGN_FAULT_FIELD_MALFORMED, "%s: %s", kinds[i],
			              hashes[i]->flaw);
}

void campaign_read(const struct rulebook *rb, const struct campaign_options *options, const char *id,
                   const struct fields *def, const struct fields *advertiser, const struct fields *source,
                   const struct fields *route, int32_t date, struct campaign *ret)
{
	static const char *const deliveries[] = { "call", "voicemail", "both" };
	struct reading r = { .rb = rb,
		             .options = options,
		             .def = def,
		             .advertiser = advertiser,
		             .source = source,
		             .route = route,
		             .date = date,
		             .c = ret };
	*ret = (struct campaign){ .start_ms = INT64_MIN, .end_ms = INT64_MAX, .status = CAMPAIGN_PAUSED };
	snprintf(ret->id, sizeof(ret->id), "%s", id);
	check_flaws(&r);
	if (def->count == 0 && def->flaw[0] != '\0')
		return; /* it is there, and was not read */
	if (def->count == 0) {
		reading_fault(ret, CAMPAIGN_FAULT_FIELD_MISSING, "the campaign has no definition");
		return;
	}
	check_names(&r);
	read_id(&r, "advertiser", reading_must(&r, "advertiser"), ret->named);
	check_company(&r);
	read_id(&r, "source", reading_must(&r, "source"), ret->source);
	read_id(&r, "route", reading_must(&r, "route"), ret->route);
	read_purpose(&r);
	check_advertiser(&r);
	check_sector(&r);
	const char *product = reading_must(&r, "product");
	if (product != NULL && strlen(product) >= sizeof(ret->product))
		reading_fault(ret, CAMPAIGN_FAULT_FIELD_MALFORMED, "product: expected at most 64 bytes");
	else if (product != NULL)
		snprintf(ret->product, sizeof(ret->product), "%s", product);
	reading_word(&r, "delivery", reading_must(&r, "delivery"), deliveries, 3);
	reading_must(&r, "message");
	if (reading_must(&r, "message_seconds") != NULL)
		ret->message_seconds = reading_int(&r, def, "message_seconds", 1, 600, 0);
	int status = reading_word(&r, "status", reading_must(&r, "status"), statuses, 3);
	if (status >= 0)
		ret->status = (enum campaign_status)status;
	check_announcement(&r);
	check_caller_id(&r);
	check_opt_out(&r);
	check_source(&r);
	check_route(&r);
	read_schedule(&r);
	int needed = ret->ring_s + ret->message_seconds + ret->lead_s + rb->guard_margin_s;
	/* A route that is slow between take and done begins to stop earlier. */
	int measured = (int)(options->route_p99_ms / 1000) + rb->guard_margin_s;
	if (options->route_p99_ms > 0 && measured > needed)
		needed = measured;
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
