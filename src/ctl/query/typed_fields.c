/* typed_fields.c - see typed_fields.h. */
#include "ctl/query/typed_fields.h"

#include "io/redis/args.h"

void typed_fields(const char *key, int count, char **words, struct redis_args *ret_set,
                  struct redis_args *ret_drop)
{
	args_init(ret_set);
	args_init(ret_drop);
	args_add(ret_set, "HSET");
	args_add(ret_set, key);
	args_add(ret_drop, "HDEL");
	args_add(ret_drop, key);
	for (int w = 0; w + 1 < count; w += 2) {
		if (words[w + 1][0] == '\0') {
			args_add(ret_drop, words[w]);
			continue;
		}
		args_add(ret_set, words[w]);
		args_add(ret_set, words[w + 1]);
	}
}
