/* hex_text.c - see hex_text.h. */
#include "ctl/explain/hex_text.h"

#include "io/host/mem.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char *hex_text_of(const char *text)
{
	json_t *value = json_string(text);
	bool plain = value != NULL && strncmp(text, "hex:", 4) != 0;

	json_decref(value);
	if (plain)
		return mem_copy(text);
	size_t len = strlen(text), size = 4 + 2 * len + 1;
	char *hex = mem_zero(size);

	snprintf(hex, size, "hex:");
	for (size_t i = 0; i < len; i++)
		snprintf(hex + 4 + 2 * i, 3, "%02x", (unsigned char)text[i]);
	return hex;
}

static int hex_value(char c)
{
	const char *digits = "0123456789abcdef", *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

char *hex_text_back(const char *text)
{
	if (strncmp(text, "hex:", 4) != 0)
		return mem_copy(text);
	size_t len = strlen(text + 4) / 2;
	char *bytes = mem_zero(len + 1);

	for (size_t i = 0; i < len; i++) {
		int high = hex_value(text[4 + 2 * i]), low = hex_value(text[5 + 2 * i]);

		if (high < 0 || low < 0 || high + low == 0) { /* a zero byte ends a text */
			free(bytes);
			return NULL;
		}
		bytes[i] = (char)(high << 4 | low);
	}
	if (strlen(text + 4) % 2 == 0)
		return bytes;
	free(bytes);
	return NULL;
}
