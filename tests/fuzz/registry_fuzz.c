/* A record of the registry of consents. */
#include "core/job/job.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct registry_record r;
	if (registry_parse((const char *)data, size, &r)) {
		PROMISE(r.count <= REGISTRY_CONSENTS_MAX);
		registry_done(&r);
	}
	return 0;
}
