/* operator.c - the name of the operator, for actions that are recorded with one; see operator.h. */
#include "ctl/base/operator.h"

#include <stddef.h>
#include <stdlib.h>

const char *who_types(void)
{
	const char *name = getenv("SUDO_USER");

	if (name == NULL || *name == '\0')
		name = getenv("USER");
	return name != NULL && *name != '\0' ? name : "licetctl";
}
