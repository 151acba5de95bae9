/* conf_check.c - see conf_check.h. */
#include "io/config/conf_check.h"

#include "core/proof/note.h"
#include "core/text/cluster_slot.h"
#include "io/config/address.h"
#include "io/host/error_text.h"

#include <stdlib.h>
#include <string.h>

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

const char *conf_check_prefix(const char *value)
{
	/* Part of every key name: a space or a pattern's character in it would be a
	 * trap for whoever looks with redis-cli. */
	if (value[strspn(value, ALNUM "._-:{}")] != '\0')
		return error_pick("may only have letters, digits and . _ - : { }",
		                  "n'admet que lettres, chiffres et . _ - : { }");
	return NULL;
}

const char *conf_check_instance(const char *value)
{
	return value[strspn(value, ALNUM "._-")] != '\0'
	           ? error_pick("may only have letters, digits and . _ -",
	                        "n'admet que lettres, chiffres et . _ -")
	           : NULL;
}

const char *conf_check_fsync(const char *value)
{
	bool known = *value == '\0' || strcmp(value, "always") == 0 || strcmp(value, "everysec") == 0 ||
	             strcmp(value, "no") == 0;

	return known ? NULL
	             : error_pick("must be always, everysec or no", "doit être always, everysec ou no");
}

const char *conf_check_absolute(const char *value)
{
	return value[0] != '\0' && value[0] != '/' ? error_pick("must begin with /", "doit commencer par /")
	                                           : NULL;
}

const char *conf_check_origin(const char *value)
{
	return *value == '\0' || note_name_is_valid(value)
	           ? NULL
	           : error_pick("may have no space, no + and no control character",
	                        "n'admet ni espace, ni +, ni caractère de contrôle");
}

const char *conf_check_override(const char *value)
{
	const char *mode = strchr(value, '=');

	if (mode == NULL || mode == value || (size_t)(mode - value) != strspn(value, ALNUM "._-"))
		return error_pick("must be list=mode, such as bloctel=required",
		                  "doit être liste=mode, comme bloctel=required");
	if (strcmp(mode, "=required") != 0 && strcmp(mode, "=if-present") != 0)
		return error_pick(
		    "must end in =required or =if-present: an operator may only be stricter",
		    "doit finir par =required ou =if-present : un exploitant ne peut être que plus strict");
	return NULL;
}

/* A name would have to be looked up whenever Redis is away, and that stops the loop. */
static bool is_address_and_port(const char *value)
{
	char *host = NULL;
	int port;
	bool good = address_split(value, &host, &port) && address_is_literal(host);

	free(host);
	return good;
}

const char *conf_check_sentinel(const char *value)
{
	return is_address_and_port(value)
	           ? NULL
	           : error_pick(
			 "must be ADDRESS:PORT, such as 10.0.0.1:26379 or [fd00::1]:26379; no name",
			 "doit être ADRESSE:PORT, comme 10.0.0.1:26379 ou [fd00::1]:26379 ; aucun nom");
}

const char *conf_check_node(const char *value)
{
	return is_address_and_port(value)
	           ? NULL
	           : error_pick("must be ADDRESS:PORT, such as 10.0.0.1:6379 or [fd00::1]:6379; no name",
	                        "doit être ADRESSE:PORT, comme 10.0.0.1:6379 ou [fd00::1]:6379 ; aucun nom");
}

const char *conf_check_space(const char *value)
{
	return strcmp(value, "*") == 0 || space_name_is_valid(value)
	           ? NULL
	           : error_pick(
			 "must be * or a name of 1 to 24 small letters, digits and dashes, and not licet",
			 "doit être * ou un nom de 1 à 24 minuscules, chiffres et tirets, autre que licet");
}
