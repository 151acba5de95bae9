/* hex_text.h - any bytes as a text of JSON: hashes hold what people typed, which is not always UTF-8. */
#ifndef LICET_CTL_EXPLAIN_HEX_TEXT_H
#define LICET_CTL_EXPLAIN_HEX_TEXT_H

/* The text itself, or "hex:" and hexadecimal digits, where it is not UTF-8 or begins with "hex:". Heap. */
char *hex_text_of(const char *text);
/* The same back. Heap; NULL if the digits are wrong. */
char *hex_text_back(const char *text);

#endif
