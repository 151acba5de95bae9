/* unpack.h - files that are packed, known by how they begin and not by their names: gzip, zstd, and the
 * sheets of Excel, which xlsx2csv makes CSV of.
 *
 * What was in it goes to a file without a name, which nobody else can open and which is gone with the
 * process: a file of contacts is read more than once, and memory stays the same however long it is. */
#ifndef LICET_CTL_INPUT_UNPACK_H
#define LICET_CTL_INPUT_UNPACK_H

#include <stddef.h>

enum packing { PACKED_NOT, PACKED_GZIP, PACKED_ZSTD, PACKED_SHEET, PACKED_ZIP, PACKED_OLD_SHEET };
/* How a file that begins so is packed. */
enum packing packing_of(const char *head, size_t len);

/* A descriptor of a file without a name, to be written and then read. -1 with errno. */
int unpack_room(void);
/* What is packed in the file behind fd, from its start: a descriptor like the above, at its start, or -1 with one
 * line in err. path is for that line. */
int unpack_file(int fd, const char *path, enum packing packing, char *err, size_t err_size);

#endif
