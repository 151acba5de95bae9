/* plain - what one would write without Licet: pop, check, push, in pipelines of a hundred jobs.
 * Nothing of it is atomic: what it popped is lost if it dies, and who objects between the check
 * and the push is called. For `make bench`: the same lists, consents and caps, in C.
 *
 *	plain SOCKET PREFIX JOBS */
#include "core/consent/attempts.h"
#include "core/job/job.h"
#include "core/number/phone.h"
#include "io/rulebook/load.h"

#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH 100

static redisContext *redis;

static redisReply *next_reply(void)
{
	void *reply;
	if (redisGetReply(redis, &reply) != REDIS_OK || reply == NULL) {
		fprintf(stderr, "plain: %s\n", redis->errstr);
		exit(1);
	}
	return reply;
}

static void send(int argc, const char **argv, const size_t *lens)
{
	redisAppendCommandArgv(redis, argc, argv, lens);
}

struct item {
	struct job job;
	struct phone phone;
	struct attempts_slot slot;
	char mark[160];
	const redisReply *text;
};

/* One batch. Returns how many were popped. */
static size_t pass(const struct rulebook *rb, const char *prefix, size_t *ret_pushed)
{
	static struct item items[BATCH];
	static const char *const lists[] = { "list:opposition", "list:opposition:acme",
		                             "plain:anti-prospection" };
	const char *words[2 * BATCH + 3];
	size_t lens[2 * BATCH + 3], n = 0;
	char keys[8][128], packed[8];
	struct fault fault;
	redisReply *jobs, *answers[5];

	redisAppendCommand(redis, "LPOP %splain:queue %d", prefix, BATCH);
	jobs = next_reply();
	for (size_t i = 0; i < jobs->elements; i++) {
		struct item *it = &items[n];
		it->text = jobs->element[i];
		if (job_parse(it->text->str, it->text->len, &it->job, &fault) && it->job.has_consent &&
		    phone_parse(rb, it->job.to, it->job.to_len, &it->phone, NULL) == REASON_ALLOWED) {
			attempts_slot_of_number(it->phone.e164, &it->slot);
			snprintf(it->mark, sizeof(it->mark), "i:%s", it->job.id);
			n++;
		} else {
			job_done(&it->job);
		}
	}
	for (size_t l = 0; l < 3 && n > 0; l++) {
		snprintf(keys[l], sizeof(keys[l]), "%s%s", prefix, lists[l]);
		words[0] = "SMISMEMBER";
		words[1] = keys[l];
		for (size_t i = 0; i < n; i++)
			words[2 + i] = items[i].phone.e164;
		send((int)n + 2, words, NULL);
	}
	if (n > 0) {
		snprintf(keys[3], sizeof(keys[3]), "%splain:seen", prefix);
		words[0] = "SMISMEMBER";
		words[1] = keys[3];
		for (size_t i = 0; i < n; i++) {
			words[2 + 2 * i] = items[i].phone.e164;
			words[3 + 2 * i] = items[i].mark;
		}
		send((int)(2 * n) + 2, words, NULL);
		snprintf(keys[4], sizeof(keys[4]), "%splain:attempts", prefix);
		words[0] = "HMGET";
		words[1] = keys[4];
		for (size_t i = 0; i < n; i++)
			words[2 + i] = items[i].phone.e164;
		send((int)n + 2, words, NULL);
		for (size_t l = 0; l < 5; l++)
			answers[l] = next_reply();
	}
	size_t good[BATCH], count = 0;
	for (size_t i = 0; i < n; i++) {
		bool no = false;
		for (size_t l = 0; l < 3; l++)
			no = no || answers[l]->element[i]->integer != 0;
		no = no || answers[3]->element[2 * i]->integer != 0 ||
		     answers[3]->element[2 * i + 1]->integer != 0;
		no = no ||
		     (answers[4]->element[i]->type == REDIS_REPLY_STRING && answers[4]->element[i]->len >= 8);
		if (!no)
			good[count++] = i;
	}
	if (count > 0) {
		words[0] = "SADD";
		words[1] = keys[3];
		for (size_t i = 0; i < count; i++) {
			words[2 + 2 * i] = items[good[i]].phone.e164;
			words[3 + 2 * i] = items[good[i]].mark;
		}
		send((int)(2 * count) + 2, words, NULL);
		words[0] = "HSET";
		words[1] = keys[4];
		memcpy(packed, "ab", 3);
		for (size_t i = 0; i < count; i++) {
			words[2 + 2 * i] = items[good[i]].phone.e164;
			words[3 + 2 * i] = packed;
		}
		send((int)(2 * count) + 2, words, NULL);
		snprintf(keys[5], sizeof(keys[5]), "%splain:out", prefix);
		words[0] = "RPUSH";
		words[1] = keys[5];
		lens[0] = 5;
		lens[1] = strlen(keys[5]);
		for (size_t i = 0; i < count; i++) {
			words[2 + i] = items[good[i]].text->str;
			lens[2 + i] = items[good[i]].text->len;
		}
		send((int)count + 2, words, lens);
		for (size_t l = 0; l < 3; l++)
			freeReplyObject(next_reply());
	}
	for (size_t l = 0; l < 5 && n > 0; l++)
		freeReplyObject(answers[l]);
	for (size_t i = 0; i < n; i++)
		job_done(&items[i].job);
	size_t popped = jobs->elements;
	freeReplyObject(jobs);
	*ret_pushed += count;
	return popped;
}

int main(int argc, char **argv)
{
	char err[256];
	size_t popped = 0, pushed = 0, got;
	if (argc != 4)
		return 2;
	struct rulebook *rb =
	    rulebook_load("conf/rulebooks/fr.conf", "/usr/share/zoneinfo", err, sizeof(err));
	redis = redisConnectUnix(argv[1]);
	if (rb == NULL || redis == NULL || redis->err)
		return 1;
	while (popped < strtoull(argv[3], NULL, 10) && (got = pass(rb, argv[2], &pushed)) > 0)
		popped += got;
	printf("%zu %zu\n", popped, pushed);
	redisFree(redis);
	rulebook_free(rb);
	return 0;
}
