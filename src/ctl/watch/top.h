/* top.h - what licetctl top shows, read with one pipeline. */
#ifndef LICET_CTL_WATCH_TOP_H
#define LICET_CTL_WATCH_TOP_H

#include "core/number/place.h"
#include "core/time/civil.h"
#include "ctl/query/query.h"
#include "ctl/watch/urgency.h"

enum top_order { TOP_BY_NEED, TOP_BY_NAME, TOP_BY_RATE, TOP_BY_WAITING, TOP_BY_REFUSED, TOP_ORDERS };

#define TOP_HOURS 24
struct top_campaign {
	const char *space; /* of several; NULL: there is one */
	char id[ID_MAX + 1], state[16], because[32];
	int64_t until_ms; /* when it may go on by itself; TIME_NONE: nobody knows */
	enum need need;
	int64_t queue, held, later, ready, taken, unknown, done, refused, released;
	double rate;              /* released in a second, since the look before; 0 at the first */
	int64_t hours[TOP_HOURS]; /* released, by the hour; the last runs still */
};
struct top_place {
	char name[PLACE_NAME_SIZE];
	uint32_t place;
	int64_t held;
	int64_t open_ms;  /* TIME_NONE: nobody knows */
	bool open;        /* now, until then */
	char opening[64]; /* in words, callee's time */
};
struct top_reason {
	enum reason reason;
	int64_t count;
};
#define TOP_ROUTES_MAX 128
struct top_route {
	const char *space;                /* of several; NULL: there is one */
	char id[ID_MAX + 1], health[120]; /* how it fares; "": nothing to say */
	int64_t ready, leases, unknown;
};
#define TOP_PLACES_MAX 64
struct top {
	int64_t at_ms, read_ms; /* the clock of licetd, and the monotonic one */
	int64_t hours_minute;   /* of the clock: when the hours were read */
	struct top_campaign *list, total;
	size_t count;
	size_t others;                           /* campaigns that this user may not read */
	struct top_place places[TOP_PLACES_MAX]; /* the most first */
	size_t place_count;
	struct top_route routes[TOP_ROUTES_MAX];
	size_t route_count;
	const struct zone *zone;                 /* of all times but the openings */
	struct top_reason reasons[REASON_COUNT]; /* likewise */
	size_t reason_count;
	size_t spaces, space_width; /* how many, and the length of the longest name; 0: there is one */
	char daemon[160];           /* "": no heartbeat */
	bool unserved;              /* one of several spaces has none */
	char halts[160];
	char away[256]; /* why Redis could not be asked; the rest is as it was; "": it could */
};

#endif
