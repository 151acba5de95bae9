#include "chance.h"
#include "test.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void chance_init(struct chance *c)
{
	const char *given = getenv("LICET_SEED");

	c->state = given != NULL ? strtoull(given, NULL, 10)
	                         : (uint64_t)time(NULL) * 1000 + (uint64_t)getpid() % 1000;
	print_message("LICET_SEED=%llu\n", (unsigned long long)c->state);
}

static uint64_t next(struct chance *c)
{
	uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

int64_t chance_range(struct chance *c, int64_t low, int64_t high)
{
	return low + (int64_t)(next(c) % (uint64_t)(high - low + 1));
}
