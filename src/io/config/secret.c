/* secret.c - files of one line that nobody else should read; see secret.h. */
#include "io/config/secret.h"

#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *secret_path(const char *named, const char *credential)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");

	if (*named != '\0')
		return mem_copy(named);
	if (folder == NULL || *folder == '\0')
		return NULL;
	char *path = mem_format("%s/%s", folder, credential);

	if (access(path, F_OK) != 0) {
		free(path);
		path = NULL;
	}
	return path;
}

char *secret_read(const char *path, const char *what, char *err, size_t err_size)
{
	char text[SECRET_MAX + 1];
	char *secret = NULL;
	FILE *file = fopen(path, "re");

	if (file == NULL) {
		snprintf(err, err_size, "%s: %s", path, error_system(errno));
		return NULL;
	}
	setvbuf(file, NULL, _IONBF, 0); /* no copy of it in a buffer that is freed unwiped */
	size_t len = fread(text, 1, sizeof(text), file);
	fclose(file);
	if (len > SECRET_MAX) {
		snprintf(err, err_size, error_pick("%s: longer than %d bytes", "%s: plus de %d octets"), path,
		         SECRET_MAX);
	} else {
		while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
			len--;
		if (len == 0 || memchr(text, '\0', len) != NULL || memchr(text, '\n', len) != NULL)
			snprintf(err, err_size,
			         error_pick("%s: one line with %s is expected",
			                    "%s: une ligne est attendue, avec %s"),
			         path, what);
		else
			secret = mem_copy_len(text, len);
	}
	explicit_bzero(text, sizeof(text));
	return secret;
}

void secret_forget(char **secret)
{
	if (*secret == NULL)
		return;
	explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}
