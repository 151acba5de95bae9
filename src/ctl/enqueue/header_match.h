/* header_match.h - which field of a job each column of a file is.
 *
 * A column that has the name of a field is that field. Otherwise names that people give to
 * it, in French and English, are known whatever their case, accents and separators ("N° de
 * téléphone", "CODE_POSTAL"); two columns for one field are an error, as nobody can tell
 * which is meant. Every other column is left out, unless it is to go to the senders, in vars under
 * its own name. */
#ifndef LICET_CTL_ENQUEUE_HEADER_MATCH_H
#define LICET_CTL_ENQUEUE_HEADER_MATCH_H

#include "ctl/input/csv_reader.h"

enum head_kind { HEAD_FIELD, HEAD_CONSENT, HEAD_VAR, HEAD_LEFT_OUT };

struct head {
	char *name; /* as the file has it */
	enum head_kind kind;
	bool guessed;      /* the field is what people call it so */
	const char *field; /* "to"; of a consent "product" */
	char *before;      /* what stands before the value in a job's JSON: "\"to\":" */
};
struct heads {
	struct head list[CELLS_MAX];
	size_t count;
	bool has_id;
};
/* Read the first line, which was not cut yet. map: "to=Telephone,postcode=CP" or NULL; vars: the
 * columns that go to vars, with commas between them; "*": all that are no field; NULL: none. Ends the process with what is
 * wrong. What was found out is said where it is not plain. */
void heads_read(const struct ctl *ctl, struct lines *l, const char *map, const char *vars, struct heads *ret);
/* The columns of a kind, by their names. */
json_t *heads_named(const struct heads *h, enum head_kind kind);
void heads_done(struct heads *h);
/* The column of a field of a job ("to", "consent.until"); NULL: none has it. */
const char *heads_column(const struct heads *h, const char *field);

#endif
