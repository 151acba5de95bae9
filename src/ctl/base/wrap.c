/* wrap.c - text that fits a terminal of 80 columns; see wrap.h. */
#include "ctl/base/wrap.h"

#include "ctl/base/width.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 80

/* Up to the next blank outside of brackets. */
static size_t piece_len(const char *text)
{
	size_t len = 0;
	int depth = 0;

	for (; text[len] != '\0' && (depth > 0 || text[len] != ' '); len++)
		depth += text[len] == '[' ? 1 : text[len] == ']' ? -1 : 0;
	return len;
}

void wrap_print(const char *text, size_t column, size_t indent)
{
	while (*text != '\0') {
		size_t len = piece_len(text);

		if (column + 1 + len > WIDTH && column > indent) {
			printf("\n%*s", (int)indent - 1, "");
			column = indent - 1;
		}
		printf(" %.*s", (int)len, text);
		column += 1 + len;
		text += len;
		text += strspn(text, " ");
	}
	putchar('\n');
}

void wrap_text(const char *text)
{
	size_t column = 0;
	char word[200];

	for (size_t len; *text != '\0'; text += len + (text[len] == ' ')) {
		len = strcspn(text, " ");
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		size_t shown = text_width(word);

		if (column > 0 && column + 1 + shown > WIDTH) {
			putchar('\n');
			column = 0;
		}
		printf("%s%s", column > 0 ? " " : "", word);
		column += (column > 0) + shown;
	}
	putchar('\n');
}
