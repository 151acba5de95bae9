/* situation.h - what a campaign's hashes come to.
 *
 * Definition, advertiser, source and route, the metas of the lists that the law of the day asks, and
 * the halts go in as Redis gave them; one value comes out. licetd makes it anew when one of them,
 * the rulebook or the day changes; licetctl makes it for any campaign and any instant. Nobody else
 * says what follows from a definition.
 *
 * Three steps: situation_read() tells which lists are asked, the caller fetches their metas and
 * gives them to situation_set_list(), situation_judge_lists() ends it. */
#ifndef LICET_CORE_CAMPAIGN_SITUATION_H
#define LICET_CORE_CAMPAIGN_SITUATION_H

#include "core/campaign/campaign.h"
#include "core/campaign/company.h"
#include "core/law/binding.h"
#include "core/text/fields.h"
#include "core/text/reason.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct situation_input {
	const struct rulebook *rb;
	struct campaign_options options;
	const char *const *list_overrides; /* "bloctel=required" */
	size_t list_override_count;
	const char *id;
	/* Hashes as they were read; an absent one has count 0. */
	const struct fields *def, *advertiser, *source, *route;
};

/* The lists of those who objected to a company: that of the id that its dated oppositions are kept under, and those of
 * its other ids, where SADD may have put somebody (company.h). */
struct own_lists {
	size_t count;
	char names[1 + COMPANY_OTHERS_MAX][ID_MAX + 16];
};
/* Of the hash of an advertiser and its id. */
void own_lists_read(const struct fields *advertiser, const char *id, struct own_lists *ret);
/* Put them behind the platform's. They are live: they need no meta. The names are borrowed. */
void law_add_own_lists(struct law *law, const struct own_lists *own);

#define SITUATION_WHY_SIZE 256

/* Has pointers into itself: it stays where it was read, and is not copied. */
struct situation {
	struct campaign c;
	struct law law; /* of the local dates; the company's own lists are in it */
	struct own_lists own;
	const char *advertiser_list;                /* opposition:<a>, the first of them */
	struct list_fact list_facts[LAW_LISTS_MAX]; /* [i] belongs to law.lists[i] */
	enum reason lists;                          /* allowed, or why nothing goes */
	const char *lists_rule;                     /* the list's name */
	int64_t lists_stale_ms;                     /* when the first becomes too old; INT64_MAX: never */
	const char *halt_scope,
	    *halt_why; /* NULL: not halted; they point to the two below, or to static text */
	char halt_name[ID_MAX + 16];
	char halt_text[SITUATION_WHY_SIZE]; /* the reason, or why the hash of halts is not to be trusted */
};

/* Definition and law. No list is known yet: without situation_judge_lists() nothing may go. */
void situation_read(const struct situation_input *in, int64_t now_ms, struct situation *ret);

/* Another advertiser in use. One that has the same SIREN is a fault of the campaign whose advertiser's
 * id comes later: the callee's objection to one would miss the other (L34-5, L223-1 al. 2: the right
 * is against the company, not against an id). */
void situation_meet_advertiser(struct situation *s, const char *advertiser, const char *siren);
/* The advertiser's id that used its SIREN first, for good; not NULL. Another id of that company is a
 * fault for the same reason: who objected to the first, or was called four times by it, is not to be
 * called by a second. */
void situation_meet_siren(struct situation *s, const char *owner);
/* Nobody used its SIREN yet. Of an alias that is a fault: its SIREN is that of the advertiser whose other name it is,
 * which has used it since the two were united. */
void situation_meet_no_siren(struct situation *s);

/* Whose campaigns begin as this one's id does: the part before its first dot, copied to ret (ID_MAX + 1
 * bytes), where that is not its own advertiser; else NULL. A client who may write acme.* alone speaks for
 * acme alone: where that id is declared, situation_meet_prefix() makes another advertiser a fault. */
const char *situation_prefix(const struct campaign *c, const char *id, char *ret);
void situation_meet_prefix(struct situation *s, const char *prefix);

/* Who used its caller id first: a SIREN, or NULL for nobody yet. Another's is a fault: the number
 * shown belongs to the professional for whom the call is made, and to one alone. */
void situation_meet_caller_id(struct situation *s, const struct rulebook *rb, const char *owner);

/* A list as its meta tells (count 0: there is none). name is borrowed. */
struct list_fact list_fact_read(const char *name, const struct fields *meta, bool malformed);
/* What is known of the list law.lists[i]: its meta (count 0: none), and whether its key or its
 * members are of a wrong kind. */
void situation_set_list(struct situation *s, size_t i, const struct fields *meta, bool malformed);
/* What the states of the lists come to at now_ms. */
void situation_judge_lists(struct situation *s, int64_t now_ms);

/* What halts it: the hash of halts; one that has a flaw, or NULL for one of a wrong type, halts all. What is needed
 * of the fields is copied: they are renewed while the situation stands. Of a longer reason the first
 * SITUATION_WHY_SIZE - 1 bytes count, cut between characters. */
void situation_set_halts(struct situation *s, const struct fields *halts);

#endif
