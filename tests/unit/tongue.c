#include "tongue.h"

#include "test.h"

#include <ctype.h>

/* Words that English sentences are made of, and no French one; none is a key of a file. */
static const char *const words[] = {
	"the",  "of",    "is",      "are",    "was",      "not",   "it",      "its",    "and",   "but",
	"with", "for",   "by",      "at",     "in",       "this",  "that",    "there",  "must",  "may",
	"be",   "than",  "more",    "such",   "expected", "each",  "unknown", "twice",  "empty", "only",
	"has",  "have",  "had",     "larger", "longer",   "whole", "no",      "before", "after", "file",
	"out",  "error", "missing", "should", "did",      "you",   "mean",
};

static void no_english(const char *label, const char *text)
{
	for (const char *at = text; *at != '\0';) {
		size_t len = 0;

		while (isalpha((unsigned char)at[len]) || at[len] == '_' || (at[len] & 0x80) != 0)
			len++;
		for (size_t i = 0; i < COUNT(words); i++)
			if (strlen(words[i]) == len && strncmp(words[i], at, len) == 0)
				fail_msg("%s: the word %s in: %s", label, words[i], text);
		at += len > 0 ? len : 1;
	}
}

void tongue_same_place(const char *label, size_t place_len, const char *english, const char *french)
{
	if (strncmp(english, french, place_len) != 0)
		fail_msg("%s: another place: %s", label, french);
	if (strcmp(english, french) == 0)
		fail_msg("%s: English: %s", label, french);
	no_english(label, french + place_len);
}
