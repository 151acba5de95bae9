/* fnv.h - FNV-1a, a hash of 64 bits for tables and for what has changed. It withstands nobody who wants two texts to
 * have the same one: for that there is sha256.h. */
#ifndef LICET_CORE_TEXT_FNV_H
#define LICET_CORE_TEXT_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(14695981039346656037)
#define FNV_PRIME UINT64_C(1099511628211)

/* The hash of what was hashed before, FNV_START at first, and of these bytes behind it. */
static inline uint64_t fnv_bytes(uint64_t hash, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * FNV_PRIME;
	return hash;
}

/* The same of a text, without its NUL. */
static inline uint64_t fnv_text(uint64_t hash, const char *text)
{
	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * FNV_PRIME;
	return hash;
}

#endif
