/* A rulebook: read whole, or refused with a line that names the place. */
#include "fuzz.h"
#include "io/rulebook/load.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char err[512] = "";
	struct rulebook *rb = rulebook_load(fuzz_file(data, size), "/usr/share/zoneinfo", err, sizeof(err));
	PROMISE((rb == NULL) == (err[0] != '\0') && strchr(err, '\n') == NULL);
	rulebook_free(rb);
	return 0;
}
