/* rejects.h - the refused rows of a file, as a file to be mended and queued.
 *
 * Each stands there as it was read, in the separator, the encoding and the line ends of its file, with two columns
 * more: which line of which file it was, and what is wrong with it. Queued again it goes on where its line left off:
 * an id that was made of that line is the same, and a line goes in once, however often and in whatever state the file
 * is queued. Lines of JSON have both as members before their own. It holds numbers: mode 0600, never written over,
 * and there when it is whole. */
#ifndef LICET_CTL_ENQUEUE_REJECTS_H
#define LICET_CTL_ENQUEUE_REJECTS_H

#include "ctl/enqueue/enqueue.h"

/* Begin it, for the first refused row. Ends the process if it cannot be made. */
struct rejects *rejects_open(struct intake *in, const char *path);
/* Add the line at hand, with what is wrong in one sentence. */
void rejects_add(struct intake *in, const char *sentence);
/* Whole on the disk. Returns how many rows it has. */
size_t rejects_close(struct rejects *r);

/* Which file a file of refused rows is of, by its first line. Returns false if it is none. */
bool rejects_origin(const char *first_line, char origin[ORIGIN_SIZE]);
/* The line of the original and the file it is of, in a line of JSON that stands in such a file; cuts both off it, in
 * place. Returns false if there is none. */
bool rejects_cut_origin(char *text, size_t *len, char origin[ORIGIN_SIZE], uint64_t *ret_line);

#endif
