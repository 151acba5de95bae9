/* balance.h - where a job that was taken in may be. */
#ifndef LICET_CORE_CAMPAIGN_BALANCE_H
#define LICET_CORE_CAMPAIGN_BALANCE_H

enum {
	BALANCE_OPEN = 6,   /* of them, the first, something is still to become */
	BALANCE_TERMS = 11, /* all */
};

/* The counters of licet:campaign:<c>:stats whose sum is its intake, always. */
extern const char *const balance_terms[BALANCE_TERMS];

#endif
