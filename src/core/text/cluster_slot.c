/* cluster_slot.c - see cluster_slot.h. */
#include "core/text/cluster_slot.h"

#include <stdint.h>
#include <string.h>

/* As Redis reads it: from the first brace to the first that closes, and not empty. */
const char *prefix_tag(const char *prefix, size_t *ret_len)
{
	const char *open = strchr(prefix, '{'), *close = open != NULL ? strchr(open, '}') : NULL;
	if (close == NULL || close == open + 1)
		return NULL;
	*ret_len = (size_t)(close - open - 1);
	return open + 1;
}

bool space_name_is_valid(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return len > 0 && len <= SPACE_NAME_MAX && name[len] == '\0' && *name != '-' &&
	       strcmp(name, "licet") != 0;
}

/* CRC-16/XMODEM, bit by bit: a tag is read once. */
static uint16_t crc16(const char *bytes, size_t len)
{
	uint16_t crc = 0;
	for (size_t i = 0; i < len; i++) {
		crc ^= (uint16_t)((unsigned char)bytes[i] << 8);
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)((crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1);
	}
	return crc;
}

int prefix_slot(const char *prefix)
{
	size_t len;
	const char *tag = prefix_tag(prefix, &len);
	return tag != NULL ? crc16(tag, len) % CLUSTER_SLOTS : -1;
}

bool prefix_is_of_one_slot(const char *prefix)
{
	size_t len;
	const char *tag = prefix_tag(prefix, &len);
	return tag != NULL && strcspn(prefix, "}") == (size_t)(tag - prefix) + len &&
	       strpbrk(tag, "{") == NULL && strchr(tag + len + 1, '}') == NULL;
}
