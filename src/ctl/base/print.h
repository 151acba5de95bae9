/* print.h - what licetctl prints: printf() and JSON through which no text of others can do harm.
 *
 * Whatever a %s prints is cleaned (core/text/shown.h): a line break in the name of an advertiser, say, makes no line
 * of a report. What is ours stands in the format; colours are print_raw()'s. JSON keeps every text whole: what
 * could do harm on a terminal is written as \uXXXX. make check-arrows finds a printf() elsewhere. */
#ifndef LICET_CTL_BASE_PRINT_H
#define LICET_CTL_BASE_PRINT_H

#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

/* As printf(), to standard output or to a file. Conversions: those of int, long, long long, size_t and
 * double, %c, %s, %%. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
void print_to(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
void print_vto(FILE *file, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
/* A whole text of ours, as it is: a colour, or lines that were made of cleaned texts. */
void print_raw(FILE *file, const char *text);

/* As json_dumpf(). */
void print_json(FILE *file, const json_t *value, size_t flags);
/* JSON that is a text already, byte for byte what it was to who reads it. */
void print_json_as_written(FILE *file, const char *text);
/* A cell of CSV: in quotes where it must be, line breaks and tabs as blanks, cleaned; and one that a
 * spreadsheet would take for a formula (= + - @, a tab or a line break first) has an apostrophe before it.
 * is_number: of our column of numbers, where +33… stands as it is. */
void print_csv_cell(FILE *file, const char *text, bool is_number);
/* As json_pack() of one object, with values s, i, I, b, f, o, O and n; never NULL: a text is print_json_text()'s,
 * what is not there is null. */
json_t *print_pack(const char *format, ...);
/* A text as JSON: cleaned if it is no UTF-8, which jansson would refuse; NULL for NULL. */
json_t *print_json_text(const char *text);

#endif
