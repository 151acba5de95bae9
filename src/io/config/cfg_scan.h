/* cfg_scan.h - what must be refused before libconfig sees a file. */
#ifndef LICET_IO_CONFIG_CFG_SCAN_H
#define LICET_IO_CONFIG_CFG_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* Look through the text, outside strings and comments, for integers that do not
 * fit (libconfig cuts them and reports success), for an include (the hash of one
 * file must say everything), and for NUL bytes. Returns false with the line and
 * what is wrong there. */
bool cfg_scan(const char *text, size_t len, int *ret_line, char *err, size_t err_size);

#endif
