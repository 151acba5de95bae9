/* report_file.h - a table that is written row by row, as CSV or, to a file that ends in .jsonl, as
 * lines of JSON. */
#ifndef LICET_CTL_BASE_REPORT_FILE_H
#define LICET_CTL_BASE_REPORT_FILE_H

struct rows;
/* "-" is standard output. A file that is there is written over. columns end with NULL. Ends
 * the process if it cannot be written. */
struct rows *rows_open(const char *path, const char *const *columns);
/* One cell for each column; NULL or "": none, which JSON has no field for. */
void rows_put(struct rows *r, const char *const *cells);
void rows_close(struct rows *r);

#endif
