/* seen_set.h - what was met before, as fingerprints of 64 bits: eight bytes a mark. Among ten
 * million of them two agree by chance once in 300,000 forecasts. */
#ifndef LICET_CTL_FORECAST_SEEN_SET_H
#define LICET_CTL_FORECAST_SEEN_SET_H

#include "ctl/forecast/forecast.h"

/* A set of fingerprints: was that number, id or person met before? Bounded. */
struct marks;

struct marks *marks_new(void);
void marks_free(struct marks *m);
/* Returns true if it was there. Beyond its bound it knows nothing new any more. */
bool marks_note(struct marks *m, const char *kind, const char *text);
bool marks_full(const struct marks *m);

#endif
