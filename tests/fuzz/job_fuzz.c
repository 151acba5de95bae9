/* A job, as a queue has it: what cannot be read is a fault with a position inside the text. */
#include "core/job/job.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct job job;
	struct fault fault;
	struct stored_job stored = stored_job_read((const char *)data, size);
	PROMISE(stored.len <= size && stored.attempt >= 1);
	PROMISE(stored.json >= (const char *)data && stored.json + stored.len <= (const char *)data + size);
	if (job_parse(stored.json, stored.len, &job, &fault)) {
		PROMISE(job.id != NULL && job.to != NULL && job.id_len >= 1 && job.id_len <= 128);
		PROMISE(memchr(job.id, '\n', job.id_len) == NULL && memchr(job.id, '\t', job.id_len) == NULL);
		PROMISE(job.person == NULL || strpbrk(job.person, "\t\n") == NULL);
		PROMISE(job.vars_at + job.vars_len <= stored.len);
	} else {
		PROMISE(reason_verdict(fault.reason) == VERDICT_INVALID);
		PROMISE(fault.position <= stored.len);
	}
	job_done(&job);
	return 0;
}
