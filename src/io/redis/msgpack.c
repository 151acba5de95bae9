/* msgpack.c - see msgpack.h. */
#include "io/redis/msgpack.h"

#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/redis.h"

#include <string.h>

static char *room_for(struct pack *p, size_t size)
{
	while (p->capacity - p->len < size)
		p->bytes = mem_grow(p->bytes, &p->capacity, p->capacity, 1);
	char *at = p->bytes + p->len;
	p->len += size;
	return at;
}

/* A type byte and a number of that many bytes, the highest first. */
static void put_number(struct pack *p, unsigned type, uint64_t value, size_t size)
{
	char *at = room_for(p, size + 1);
	*at = (char)type;
	for (size_t i = size; i > 0; i--, value >>= 8)
		at[i] = (char)(value & 0xff);
}

void pack_array(struct pack *p, size_t count)
{
	if (count < 16)
		put_number(p, 0x90U | (unsigned)count, 0, 0);
	else
		put_number(p, 0xdd, count, 4);
}

void pack_map(struct pack *p, size_t count)
{
	if (count < 16)
		put_number(p, 0x80U | (unsigned)count, 0, 0);
	else
		put_number(p, 0xdf, count, 4);
}

static char *put_text(struct pack *p, size_t len)
{
	if (len < 32)
		put_number(p, 0xa0U | (unsigned)len, 0, 0);
	else if (len < 256)
		put_number(p, 0xd9, len, 1);
	else
		put_number(p, 0xdb, len, 4);
	return room_for(p, len);
}

void pack_bytes(struct pack *p, const char *bytes, size_t len)
{
	char *at = put_text(p, len);
	if (len > 0)
		memcpy(at, bytes, len);
}

void pack_text(struct pack *p, const char *text)
{
	pack_bytes(p, text, strlen(text));
}

void pack_joined(struct pack *p, const char *kind, const char *name, size_t name_len)
{
	size_t kind_len = strlen(kind);
	char *at = put_text(p, kind_len + name_len);
	memcpy(mempcpy(at, kind, kind_len), name, name_len);
}

void pack_int(struct pack *p, int64_t value)
{
	if (value >= 0 && value < 128)
		put_number(p, (unsigned)value, 0, 0);
	else
		put_number(p, 0xd3, (uint64_t)value, 8);
}

void pack_real(struct pack *p, double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof(bits));
	put_number(p, 0xcb, bits, 8);
}

void pack_bool(struct pack *p, bool value)
{
	put_number(p, value ? 0xc3 : 0xc2, 0, 0);
}

void args_add_pack(struct redis_args *a, struct pack *p)
{
	args_own(a, p->bytes, p->len);
	*p = (struct pack){ 0 };
}
