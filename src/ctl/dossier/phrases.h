/* phrases.h - events and sentences of a dossier. */
#ifndef LICET_CTL_DOSSIER_PHRASES_H
#define LICET_CTL_DOSSIER_PHRASES_H

#include "ctl/dossier/dossier.h"

/* The sentence in the language that is asked for; heap. Its French stands in french.c,
 * with the same conversions in the same order. */
char *dossier_say(const struct dossier *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The same, put into a member or at the end of an array. */
void dossier_set(const struct dossier *d, json_t *object, const char *key, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void dossier_append(const struct dossier *d, json_t *array, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* A member that is a text of Redis: absent or empty is null; numbers in it are hidden. */
void dossier_set_text(const struct dossier *d, json_t *object, const char *key, const char *text);
/* An event: {at, local, kind, text, details}. It belongs to the dossier. place: where the
 * callee was; 0: where the number may be. */
json_t *dossier_event(struct dossier *d, int64_t ms, uint32_t place, const char *kind);
/* What was told of a token while it was out; its record tells it now. */
void dossier_forget(struct dossier *d, const char *token);
/* The detail lines of an event. */
json_t *dossier_details(json_t *event);
/* "Tue 24 Nov 2026 10:30 (Europe/Paris)", of each zone of the place; heap. */
char *dossier_local(const struct dossier *d, int64_t ms, uint32_t place);
/* "10:30 on Tue 24 Nov 2026, 2026-11-24T09:30:00Z"; heap. */
char *dossier_instant(const struct dossier *d, int64_t ms, uint32_t place);
/* "Acme (acme)"; heap. */
char *dossier_advertiser(struct dossier *d, const char *id);
/* The id that the attempts of its company are kept under. Returns ret. */
const char *dossier_kept_under(struct dossier *d, const char *advertiser, char ret[ID_MAX + 1]);
/* The advertiser of a campaign, as its definition has it; "" if nobody knows; heap. */
char *dossier_advertiser_of(struct dossier *d, const char *campaign);
/* Digits of this number, and those written as a number is, are hidden; heap. */
char *dossier_hidden(const struct dossier *d, const char *text);
/* A rule of law as a sentence has it; heap. */
char *dossier_cited(const struct dossier *d, const char *article);
/* The article behind a reason on a day, from the rulebook; "": it is a rule of ours. */
const char *dossier_article(const struct dossier *d, enum reason reason, const char *rule, int64_t ms);

#endif
