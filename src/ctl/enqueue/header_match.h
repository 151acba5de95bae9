/* header_match.h - which field of a job each column of a file is.
 *
 * A column that has the name of a field is that field. Otherwise names that people give to
 * it, in French and English, are known whatever their case, accents and separators ("N° de
 * téléphone", "CODE_POSTAL"); two columns for one field are an error, as nobody can tell
 * which is meant. Every other column is left out, unless it is to go to the senders, in vars under
 * its own name. column_choice.c decides what the names alone do not. */
#ifndef LICET_CTL_ENQUEUE_HEADER_MATCH_H
#define LICET_CTL_ENQUEUE_HEADER_MATCH_H

#include "ctl/enqueue/file_rules.h"
#include "ctl/input/csv_reader.h"

enum head_kind {
	HEAD_FIELD,
	HEAD_CONSENT,
	HEAD_VAR,
	HEAD_LEFT_OUT,
	HEAD_NUMBER, /* one of the columns that the number is the first of */
	HEAD_LINE,   /* of a file of refused lines: which line of which file it was */
	HEAD_WRONG,  /* and what was wrong with it */
};

/* What the two columns of a file of refused lines are called; behind the first stands which file it was. */
#define REJECT_LINE "licet.line"
#define REJECT_WRONG "licet.wrong"

struct head {
	char *name; /* as the file has it */
	enum head_kind kind;
	bool guessed;             /* the field is what people call it so */
	const char *field;        /* "to"; of a consent "product" */
	char *before;             /* what stands before the value in a job's JSON: "\"to\":" */
	bool is_date;             /* its value is one, or an instant */
	enum spelled_order order; /* of its dates */
	bool has_words;           /* a word that is not among them refuses its row */
};
/* The same value in every job. */
struct constant {
	enum head_kind kind;
	const char *field;
	char *before, *value;
};
struct word {
	size_t column;
	char *text, *value; /* value "": the row passes, and the field is absent */
};
#define CONSTANTS_MAX 32
struct heads {
	struct head list[CELLS_MAX];
	size_t count;
	bool has_id;
	size_t numbers[CELLS_MAX], number_count; /* columns of the number, in order */
	struct constant constants[CONSTANTS_MAX];
	size_t constant_count;
	struct word *words;
	size_t word_count, word_capacity;
};
/* Read the first line, which was not cut yet, as far as names and rules tell. Ends the process with what is
 * wrong. */
void heads_read(const struct ctl *ctl, struct lines *l, const struct file_rules *rules, struct heads *ret);
/* Make a column the field "to" or "consent.until". Returns false if there is no such field. */
bool heads_give(struct head *h, const char *field);
/* "Oui=ticked-box": what a word of a column stands for. */
void heads_add_word(const struct ctl *ctl, struct heads *h, struct head *column, const char *text);
/* Once every column is what it is: which of the others go to senders, what each is called in a job. What was
 * found out is said. */
void heads_finish(struct lines *l, const struct file_rules *rules, struct heads *h);
/* The column of that name; NULL: there is none. */
struct head *heads_find(struct heads *h, const char *name, size_t len);
/* The same, which ends the process where there is none. */
struct head *heads_must_find(const struct lines *l, struct heads *h, const char *name, size_t len);
/* The column that is a field; NULL: none is. */
struct head *heads_of_field(struct heads *h, enum head_kind kind, const char *field);
/* The field that people mean by a name; NULL: none. */
const char *heads_meant(const char *name);
/* The columns of a kind, by their names. */
json_t *heads_named(const struct heads *h, enum head_kind kind);
void heads_done(struct heads *h);
/* The column of a field of a job ("to", "consent.until"); NULL: none has it. */
const char *heads_column(const struct heads *h, const char *field);

#endif
