/* chance.h - random numbers that can be had again.
 *
 * The seed is printed; LICET_SEED passes it back. */
#ifndef LICET_TEST_CHANCE_H
#define LICET_TEST_CHANCE_H

#include <stdint.h>

struct chance {
	uint64_t state;
};

void chance_init(struct chance *c);
/* A number from low to high, both included. */
int64_t chance_range(struct chance *c, int64_t low, int64_t high);

#endif
