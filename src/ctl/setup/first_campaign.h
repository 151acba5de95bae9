/* first_campaign.h - eight answers, and what they become: the keys of a first campaign. */
#ifndef LICET_CTL_SETUP_FIRST_CAMPAIGN_H
#define LICET_CTL_SETUP_FIRST_CAMPAIGN_H

#include "core/campaign/campaign.h"
#include "ctl/base/session.h"

enum answer { ADVERTISER, SIREN, CALLER_ID, SOURCE, LIST, OFFER, MESSAGE, CONTACT, ANSWERS };

struct first_campaign {
	const char *answers[ANSWERS]; /* borrowed */
	bool runs;                    /* its status is running, and not paused */
	char advertiser[ID_MAX + 1], source[ID_MAX + 1], id[ID_MAX + 1];
	char sector[65], product[65], message[256], seconds[16];
	char caller_id[64], contact[80];
	char today[16], now[32];
};

/* Read the answers, which stand in f, as of an instant, and judge the campaign that they make by the law of
 * that day. ctl's rulebook is used, Redis is not. */
void first_read(struct ctl *ctl, struct first_campaign *f, int64_t now_ms, struct campaign *ret);

/* Each command that it stands for: words, ended by NULL, borrowed until the next call. The keys have
 * ctl's prefix. Returns false past the last. */
#define FIRST_WORDS 48
bool first_command(struct ctl *ctl, struct first_campaign *f, size_t i, const char *words[FIRST_WORDS]);

#endif
