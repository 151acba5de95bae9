/* licet.conf: read whole, or refused with a line that names the place. */
#include "fuzz.h"
#include "io/config/conf.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct conf conf;
	char err[256] = "";
	conf_init(&conf);
	if (conf_load(&conf, fuzz_file(data, size), err, sizeof(err)) != 0)
		PROMISE(err[0] != '\0' && strchr(err, '\n') == NULL);
	else
		PROMISE(conf.batch_min >= 1 && conf.batch_max <= 1000 && conf.prefix[0] != '\0');
	conf_done(&conf);
	return 0;
}
