/* place_arg.h - a number or a place, as a command takes it. */
#ifndef LICET_CTL_LAW_PLACE_ARG_H
#define LICET_CTL_LAW_PLACE_ARG_H

#include "core/number/phone.h"
#include "ctl/base/session.h"

/* Read a number or a place's name. A number that is refused is shown and false
 * returned: the command then ends with 1. A word that is neither is bad use. */
bool ctl_read_place(struct ctl *ctl, const char *text, bool french, uint32_t *ret_place);
/* Bad use: the word should have been a place. */
_Noreturn void ctl_unknown_place(struct ctl *ctl, const char *text);
/* The names of the territories of a place. */
json_t *ctl_json_territories(const struct rulebook *rb, uint32_t place);
/* The zones of a place, each once, in the rulebook's order. Returns how many. */
size_t ctl_place_zones(const struct rulebook *rb, uint32_t place, const struct zone **zones, size_t max);
json_t *ctl_json_zones(const struct rulebook *rb, uint32_t place);
/* Read a number. Returns why it may not be called; allowed: it may. *ret_hint: what is wrong with
 * it, or NULL. */
enum reason ctl_read_phone(struct ctl *ctl, const char *text, struct phone *ret, const char **ret_hint);
/* Print what is known of it. */
void ctl_show_phone(struct ctl *ctl, const struct phone *phone, enum reason reason, const char *hint,
                    bool french);
/* The words of a command line as one, cut to the buffer. Returns buf. */
char *ctl_join_words(int count, char **words, char *buf, size_t size);

#endif
