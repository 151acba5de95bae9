/* campaign_hashes.c - see campaign_hashes.h. */
#include "ctl/campaign/campaign_hashes.h"

#include "core/campaign/balance.h"

void campaign_hashes_read(struct ctl *ctl, const char *id, struct campaign_hashes *ret)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];

	hash_read(ctl, key_campaign(prefix, id, "state", key), &ret->state);
	hash_read(ctl, key_campaign(prefix, id, "stats", key), &ret->stats);
	ret->queue = ask_count(ctl, "LLEN", key_campaign(prefix, id, "queue", key));
	ret->intake = hash_int(&ret->stats, "intake");
	ret->sum = 0;
	for (size_t i = 0; i < BALANCE_TERMS; i++)
		ret->sum += hash_int(&ret->stats, balance_terms[i]);
}

void campaign_hashes_done(struct campaign_hashes *h)
{
	hash_done(&h->state);
	hash_done(&h->stats);
}
