/* rulebook.h - the law of a country as a value.
 *
 * Filled by the loader (io/rulebook_load.h) from a file, never changed
 * afterwards: a reload builds another one. All strings and arrays belong to the
 * rulebook. Everything that a country could want otherwise is here as data; no
 * module of the core knows a country by name. */
#ifndef LICET_CORE_LAW_RULEBOOK_H
#define LICET_CORE_LAW_RULEBOOK_H

#include "core/time/civil.h"
#include "core/time/zone.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TERRITORY_MAX 32
#define TERRITORY_ZONES_MAX 8
#define REGIME_MAX 16

/* A set of territories: bit i is rulebook.territories[i]. */
#define TERRITORY_BIT(i) (UINT32_C(1) << (i))

/* --- hours ------------------------------------------------------------ */

#define WEEK_RANGES_MAX 8 /* of a day; week_parse() takes half, so that two weeks intersect */
struct minute_range {
	uint16_t start_min; /* minute of the local day, inclusive */
	uint16_t end_min;   /* exclusive; up to 1440 */
};
struct week { /* index: enum weekday; ranges sorted, not touching each other */
	struct {
		size_t count;
		struct minute_range ranges[WEEK_RANGES_MAX];
	} days[7];
};

/* --- holidays ---------------------------------------------------------- */

enum holiday_kind { HOLIDAY_FIXED, HOLIDAY_EASTER, HOLIDAY_LISTED };
struct holiday {
	char *name;    /* as shown to people: "Vendredi saint" */
	char *article; /* where it is written */
	enum holiday_kind kind;
	int month, day;  /* FIXED */
	int easter_days; /* EASTER: days from Easter Sunday */
	int32_t *dates;  /* LISTED: day numbers, sorted */
	size_t date_count;
	int32_t complete_until; /* LISTED: after this day nothing is known; INT32_MAX if not said */
	int from_year, to_year; /* inclusive; 0 and 9999 if not said */
};

struct territory {
	char *name;
	bool covered;  /* false: known, but no approved rules: never called */
	char *article; /* why, if it is not covered */
	struct zone **zones;
	size_t zone_count;
	struct holiday *holidays; /* national and own, one list */
	size_t holiday_count;
	uint32_t address_bit; /* itself: TERRITORY_BIT(index) */
};

/* A postcode or INSEE code prefix and the territories it may mean. The longest
 * matching prefix wins. */
struct address_prefix {
	char *prefix;
	uint32_t territories; /* 0: of another country, or of a territory without rules */
};

/* --- numbers ----------------------------------------------------------- */

enum number_class {
	NUMBER_FIXED,
	NUMBER_MOBILE,
	NUMBER_VOIP,
	NUMBER_CALLER_ID,  /* ranges for automata (NPV): nobody answers there */
	NUMBER_FREE,       /* free of charge: 0800-0805, 30PQ, 31PQ, 116xxx */
	NUMBER_ORDINARY,   /* 0806-0809: price of an ordinary call */
	NUMBER_SURCHARGED, /* or of a price that nobody can tell */
	NUMBER_SHORT,
	NUMBER_MACHINE, /* M2M */
	NUMBER_SATELLITE,
	NUMBER_UNASSIGNED, /* cannot exist: malformed, not refused */
	NUMBER_FOREIGN,    /* another country or a territory without rules */
	NUMBER_CLASS_COUNT
};
const char *number_class_name(enum number_class cls); /* "fixed", "mobile", … */

/* E.164 ranges by prefix ("+33639"); the longest matching prefix wins. A line that the plan lists
 * under two country codes has one name: of the other, put and drop make it. */
struct number_range {
	char *prefix;
	enum number_class cls;
	uint8_t min_digits, max_digits; /* digits after the plus, all of them */
	uint32_t territories;           /* 0 where the class is never called */
	char *put;    /* another name of a line: "+590" in the place of the first digits; NULL: its name */
	uint8_t drop; /* how many digits put replaces */
	char *hint;   /* what was probably meant; NULL if nothing */
	char *article;
};

/* How people write numbers: what a national prefix becomes. The longest
 * matching prefix wins. "0692" of 10 digits -> drop 1, put "+262" before. */
struct national_prefix {
	char *prefix;
	uint8_t digits;        /* length of the whole number as written */
	uint8_t drop;          /* digits to drop from the front */
	char *put;             /* E.164 text to put before the rest */
	enum number_class cls; /* used where put is empty: a short or special number */
	uint32_t also;         /* further territories when written nationally */
};

struct numbering {
	char *international;         /* "00" */
	char *trunk;                 /* "0": what stands in "+33 (0)6…" */
	struct number_range *ranges; /* sorted by prefix */
	size_t range_count;
	struct national_prefix *nationals; /* sorted by prefix */
	size_t national_count;
	char *expected; /* how a number should have been written, in words */
	/* Private to phone.c: made by rulebook_index(). */
	struct prefix_tree *range_tree, *national_tree;
};

/* --- what a regime asks -------------------------------------------------- */

enum list_mode { LIST_UNUSED, LIST_REQUIRED, LIST_IF_PRESENT };
struct list_rule {
	char *name;
	enum list_mode mode;
	int max_age_days;      /* 0: no limit */
	bool prospecting_only; /* a service message does not ask it */
	char *article;
};

struct consent_rule {
	bool required;
	char *channel;   /* "automated-voice" */
	char **mentions; /* all of them must be in form; see R223-1 */
	size_t mention_count;
	int max_age_days; /* 365; counted from collected_at */
	bool product_match, advertiser_match;
	bool proof_required;
	char **bases; /* the laws it has to answer, where it says which it does; none: not asked */
	size_t base_count;
	char **acts; /* what counts as a clear positive act, where it says which it was */
	size_t act_count;
	int slot_minutes; /* from the precise time that a person asked for; 0: no derogation */
	char *article;
};

struct cap_rule {
	int attempts; /* 0: no cap */
	int days;     /* a day d counts while today - d <= days */
	char *article;
};

struct sector_rule {
	char *name;
	enum { SECTOR_ALLOWED, SECTOR_BANNED, SECTOR_UNAPPROVED } status;
	int consent_max_age_days; /* shorter than the consent rule's; 0: that one */
	char *article;
};

struct regime {
	char *id;
	int32_t from_day, to_day; /* local dates, [from, to); INT32_MAX: still in force */
	char *grade;              /* "primary" or "secondary": how the text was read */
	struct week week;
	char *week_article;
	char *holiday_article;
	struct list_rule *lists;
	size_t list_count;
	struct consent_rule consent;
	struct cap_rule cap;
	int refusal_days; /* full days of silence after a refusal */
	char *refusal_article;
	struct sector_rule *sectors;
	size_t sector_count;
};

/* A caller-id range that automata may show. */
struct caller_id_range {
	char *prefix;
	bool doubtful; /* only where the operator confirmed it (a switch) */
	char *article;
};

struct rulebook {
	char *id; /* "fr" */
	char *version;
	/* SHA-256 in hexadecimal: of the file; of that and of the zones that it names, which are
	 * law as well. Two instances of one hash judge alike. */
	char *file_hash, *hash;
	char *tzdata; /* version of the zone data, "2025b"; empty where the folder does not say */
	char *approved_by, *approved_on, *source; /* empty if nobody signed */
	struct territory *territories;
	size_t territory_count;
	struct address_prefix *postcodes, *insee;
	size_t postcode_count, insee_count;
	int postcode_length;              /* 5; 0: postcodes are not used */
	bool postcode_letters;            /* postcodes may hold letters */
	int insee_length;                 /* 5; 0: INSEE codes are not used */
	char **code_before, **code_after; /* what people write around a code, in capitals: "F", "CEDEX" */
	size_t code_before_count, code_after_count;
	struct numbering numbering;
	struct regime *regimes; /* sorted by from_day, without overlap */
	size_t regime_count;
	struct caller_id_range *caller_ids;
	size_t caller_id_count;
	char *caller_id_article, *caller_id_owner_article; /* why in these ranges; why of one professional */
	bool opt_out_classes[NUMBER_CLASS_COUNT];          /* what a contact number may be */
	bool opt_out_fragile[NUMBER_CLASS_COUNT]; /* and what is warned of: it may be gone tomorrow */
	int opt_out_within_s;     /* how late in the message it may be announced; 0: not asked */
	int opt_out_asked_over_s; /* a longer message must say when it is announced; 0: never asked */
	char *opt_out_article;
	int guard_s;        /* least distance between a start and the close */
	int guard_margin_s; /* added to ring, message and lead time */
	char *guard_article;
	char *announce_article, *source_article, *location_article;
	int proof_days;  /* how long proofs of consent are kept, from collection; 0: for ever */
	int review_days; /* how long after it was noted an opposition is looked at again; 0: never */
	char *proof_article;
	char **locations; /* where data may go: country codes */
	size_t location_count;
};

/* Make what lookups need, once everything else is filled in. Returns false if
 * a prefix of the numbering is there twice or is not made of digits, or if
 * memory ran out. */
bool rulebook_index(struct rulebook *rb);

/* Free everything, zones included. NULL is allowed. */
void rulebook_free(struct rulebook *rb);

/* The regimes that bind on a local date: the one in force and, within a day of
 * a change, its neighbour as well (the stricter of both holds). Returns how
 * many, at most 2 at ordinary changes, and 0 where no regime is in force on
 * that date: the caller must then hold. */
size_t rulebook_regimes_on(const struct rulebook *rb, int32_t date, const struct regime *ret[REGIME_MAX]);

#endif
