/* number_facts.h - what Redis knows of some numbers, asked for together: as many commands for five
 * hundred as for one. */
#ifndef LICET_CTL_QUERY_NUMBER_FACTS_H
#define LICET_CTL_QUERY_NUMBER_FACTS_H

#include "ctl/query/campaign_facts.h"

struct number_facts {
	const char *listed_on;      /* points into the law; NULL: on none */
	const char *listed_besides; /* likewise, where that is the advertiser's own list */
	char *opposed;              /* the dated oppositions to the advertiser; heap; NULL: none */
	bool registry_unknown, has_registry;
	bool unplaced; /* an objection of the number waits to be placed, or that cannot be told */
	struct registry_record registry;
	uint8_t attempts[ATTEMPTS_BYTES_MAX], person_attempts[ATTEMPTS_BYTES_MAX];
	size_t attempts_len, person_attempts_len;
	bool marked; /* the number, the id or the person was released before */
	bool cancelled;
};

/* The same for many at once: a few commands, however many they are. */
#define NUMBERS_MAX 500
struct number_asked {
	const char *e164, *person, *id; /* person and id may be NULL */
	struct number_facts facts;      /* filled; number_facts_done() */
};

/* person and id may be NULL. A list of a wrong type is noted in cf. */
void number_facts_read(struct ctl *ctl, struct campaign_facts *cf, const char *e164, const char *person,
                       const char *id, struct number_facts *ret);
void number_facts_done(struct number_facts *nf);
void numbers_read(struct ctl *ctl, struct campaign_facts *cf, struct number_asked *list, size_t count);

#endif
