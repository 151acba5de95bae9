/* sender - takes a hundred jobs a call and reports them in tens, in one pipeline; the fastest that there
 * could be, as nothing is dialled. For `make bench`: whole lives with two of them.
 *
 *	sender SOCKET PREFIX NAME [ROUTE]
 *
 * It ends when its standard input does, and prints how many it reported. */
#include <hiredis/hiredis.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TAKE 100
#define REPORT 10

static redisContext *redis;

static redisReply *next_reply(void)
{
	void *reply;
	if (redisGetReply(redis, &reply) != REDIS_OK || reply == NULL ||
	    ((redisReply *)reply)->type == REDIS_REPLY_ERROR) {
		fprintf(stderr, "sender: %s\n", redis->err ? redis->errstr : ((redisReply *)reply)->str);
		exit(1);
	}
	return reply;
}

/* Take, and report what was taken. Returns how many. */
static size_t pass(const char *ready, const char *name)
{
	redisAppendCommand(redis, "FCALL licet_take 1 %s %s %d", ready, name, TAKE);
	redisReply *taken = next_reply();
	size_t count = taken->elements, calls = 0;

	for (size_t at = 0; at < count; at += REPORT, calls++) {
		const char *words[4 + 3 * REPORT] = { "FCALL", "licet_done", "1", ready };
		size_t n = 4;
		for (size_t i = at; i < count && i < at + REPORT; i++) {
			words[n++] = taken->element[i]->element[1]->str; /* the token */
			words[n++] = "answered";
			words[n++] = "";
		}
		redisAppendCommandArgv(redis, (int)n, words, NULL);
	}
	for (size_t i = 0; i < calls; i++)
		freeReplyObject(next_reply());
	freeReplyObject(taken);
	return count;
}

int main(int argc, char **argv)
{
	struct pollfd end = { .fd = STDIN_FILENO, .events = POLLIN | POLLHUP };
	char ready[128];
	size_t reported = 0;

	if (argc < 4 || argc > 5)
		return 2;
	redis = redisConnectUnix(argv[1]);
	if (redis == NULL || redis->err)
		return 1;
	snprintf(ready, sizeof(ready), "%sready:%s", argv[2], argc == 5 ? argv[4] : "main");
	for (int wait_ms = 0; poll(&end, 1, wait_ms) == 0;) {
		size_t n = pass(ready, argv[3]);
		reported += n;
		wait_ms = n > 0 ? 0 : 1; /* nothing is ready: leave Redis alone for a moment */
	}
	printf("%zu\n", reported);
	redisFree(redis);
	return 0;
}
