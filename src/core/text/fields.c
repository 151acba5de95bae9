/* fields.c - see fields.h. */
#include "core/text/fields.h"

#include "core/text/control.h"
#include "core/text/shown.h"

#include <stdio.h>
#include <string.h>

bool id_is_valid(const char *id, size_t len)
{
	if (len < 1 || len > ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = id[i];
		bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
		if (!word && (i == 0 || (c != '.' && c != '_' && c != '-')))
			return false;
	}
	return true;
}

const char *fields_get(const struct fields *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->names[i], name) == 0)
			return f->values[i];
	return NULL;
}

void fields_too_large(struct fields *f)
{
	if (f->flaw[0] == '\0')
		snprintf(f->flaw, sizeof(f->flaw), "more than %d fields or %d bytes: it is not read",
		         FIELDS_MAX, FIELDS_BYTES_MAX);
}

void fields_check(struct fields *f, const char *name, size_t name_len, const char *value, size_t value_len)
{
	f->bytes += name_len + value_len;
	if (f->bytes > FIELDS_BYTES_MAX)
		fields_too_large(f);
	if (f->flaw[0] != '\0')
		return;
	bool in_name = control_in(name, name_len);
	char shown[40];
	size_t len = name_len < sizeof(shown) ? name_len : sizeof(shown) - 1;
	if (!in_name && !control_in(value, value_len))
		return;
	for (size_t i = 0; i < len; i++)
		shown[i] = name[i] != '\0' ? name[i] : '\1';
	shown[len] = '\0';
	snprintf(f->flaw, sizeof(f->flaw), "%s: control characters in its %s", shown_clean(shown),
	         in_name ? "name" : "value");
}
