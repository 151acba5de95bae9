/* secret.h - files of one line that nobody else should read: passwords and keys. */
#ifndef LICET_IO_CONFIG_SECRET_H
#define LICET_IO_CONFIG_SECRET_H

#include <stddef.h>

#define SECRET_MAX 512 /* bytes of the line */

/* The file that applies: the one that was named, or else that credential of systemd's. The caller's to free;
 * NULL if none does. */
char *secret_path(const char *named, const char *credential);
/* The line, without its end, on the heap; give it to secret_forget(). NULL with "path: …" in err. */
char *secret_read(const char *path, const char *what, char *err, size_t err_size);
/* Wipe and free; *secret is NULL then. */
void secret_forget(char **secret);

#endif
