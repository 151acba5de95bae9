/* plain.c - see plain.h. */
#include "core/text/plain.h"

#include <string.h>

size_t plain_blank(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	if (*b == ' ' || *b == '\t')
		return 1;
	if (b[0] == 0xC2 && b[1] == 0xA0)
		return 2;
	if (b[0] == 0xE2 && b[1] == 0x80 && (b[2] == 0xAF || (b[2] >= 0x80 && b[2] <= 0x8A)))
		return 3;
	return b[0] == 0xEF && b[1] == 0xBB && b[2] == 0xBF ? 3 : 0;
}

char plain_letter(const char *p, size_t *ret_len)
{
	static const char latin[] = "aaaaaaaceeeeiiii nooooo  uuuuy  aaaaaaaceeeeiiii nooooo  uuuuy y";
	unsigned char c = (unsigned char)*p, low = (unsigned char)(c != '\0' ? p[1] : '\0');

	*ret_len = 1;
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 32);
	if (c >= 'a' && c <= 'z')
		return (char)c;
	if (c != 0xC3 || low < 0x80 || low >= 0xC0)
		return '\0';
	*ret_len = 2;
	return latin[low - 0x80] != ' ' ? latin[low - 0x80] : '\0';
}

char *plain_name(const char *text, char *buf, size_t size)
{
	size_t used = 0, len;

	for (; *text != '\0' && used + 1 < size; text += len) {
		char letter = plain_letter(text, &len);

		if (letter == '\0' && *text >= '0' && *text <= '9')
			letter = *text;
		if (letter != '\0')
			buf[used++] = letter;
	}
	buf[used] = '\0';
	return buf;
}

char *plain_trim(char *text)
{
	size_t blank, end = 0;

	while ((blank = plain_blank(text)) > 0)
		text += blank;
	for (size_t i = 0; text[i] != '\0'; i += blank > 0 ? blank : 1) {
		blank = plain_blank(text + i);
		if (blank == 0)
			end = i + 1;
	}
	text[end] = '\0';
	return text;
}
