#include "temporary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_NAME "/licet-unit-XXXXXX"

char *temporary_name(char buf[TEMPORARY_SIZE])
{
	const char *folder = getenv("TMPDIR");

	if (folder == NULL || *folder == '\0' || strlen(folder) >= TEMPORARY_SIZE - sizeof(FILE_NAME))
		folder = "/tmp";
	snprintf(buf, TEMPORARY_SIZE, "%.*s" FILE_NAME, TEMPORARY_SIZE - (int)sizeof(FILE_NAME), folder);
	return buf;
}
