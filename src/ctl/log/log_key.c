/* log_key.c - a verifier key as somebody names it; see log_key.h. */
#include "ctl/log/log_key.h"

#include "ctl/base/session.h"
#include "io/host/error_text.h"

#include <stdio.h>
#include <string.h>

void log_key_read(const char *text, struct note_verifier *ret)
{
	char line[NOTE_KEY_TEXT] = "";
	FILE *file = strchr(text, '+') == NULL ? fopen(text, "re") : NULL;
	if (file != NULL) {
		if (fgets(line, sizeof(line), file) == NULL)
			line[0] = '\0';
		fclose(file);
	}
	if (!note_verifier_parse(file != NULL ? line : text, ret))
		ctl_fail(
		    error_pick(
			"--key: %s is no verifier key, nor a file with one",
			"--key : %s n'est ni une clé de vérification, ni un fichier qui en contient une"),
		    text);
}
