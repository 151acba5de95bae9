/* wrap.c - text that fits a terminal of 80 columns; see wrap.h. */
#include "ctl/base/wrap.h"

#include "core/text/shown.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
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

/* One line of so many bytes. */
static void put_line(const char *text, size_t len, size_t width)
{
	size_t indent = strspn(text, " "), column = 0;

	if (width == 0 || indent + 20 > width) {
		printf("%.*s\n", (int)len, text);
		return;
	}
	for (const char *end = text + len; text < end;) {
		size_t blanks = strspn(text, " "), word = strcspn(text + blanks, " \n");
		char part[1000];

		if (text + blanks >= end)
			break;
		if (word >= sizeof(part))
			word = sizeof(part) - 1;
		snprintf(part, sizeof(part), "%.*s", (int)word, text + blanks);
		size_t shown = text_width(part);

		if (column > indent && column + blanks + shown > width) {
			printf("\n%*s", (int)(blanks = indent + 2), "");
			column = indent + 2;
		} else {
			printf("%*s", (int)blanks, "");
			column += blanks;
		}
		fputs(part, stdout);
		column += shown;
		text += strspn(text, " ") + word;
	}
	putchar('\n');
}

void wrap_lines(const char *text)
{
	for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		put_line(text, len, ctl_width());
	}
}

void wrap_line(const char *indent, const char *text)
{
	char *line = shown_clean(mem_format("%s%s", indent, text));

	put_line(line, strlen(line), ctl_width());
	free(line);
}
