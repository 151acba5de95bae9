/* hashes.c - see hashes.h. */
#include "daemon/model/hashes.h"

#include "io/host/mem.h"
#include "io/redis/keys.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>

void hash_clear(struct known_hash *h)
{
	free(h->bytes);
	free(h->text);
	free(h->fields.names);
	free(h->fields.values);
	h->bytes = h->text = NULL;
	h->fields = (struct fields){ 0 };
	h->text_len = 0;
}

bool hash_store(struct known_hash *h, const struct redis_reply *flat)
{
	size_t n = reply_count(flat), total = 1;
	for (size_t i = 0; i < n; i++) {
		size_t len;
		reply_text(reply_at(flat, i), &len);
		total += len + 1;
	}
	char *text = mem_zero(total), *at = text;
	for (size_t i = 0; i < n; i++) {
		size_t len;
		const char *piece = reply_text(reply_at(flat, i), &len);
		if (i > 0)
			*at++ = 31;
		memcpy(at, piece, len);
		at += len;
	}
	size_t text_len = (size_t)(at - text);
	if (h->text != NULL && text_len == h->text_len && memcmp(text, h->text, text_len) == 0) {
		free(text);
		return false;
	}
	hash_clear(h);
	h->text = text;
	h->text_len = text_len;
	h->bytes = mem_zero(total);
	h->fields.names = mem_zero((n / 2 + 1) * sizeof(char *));
	h->fields.values = mem_zero((n / 2 + 1) * sizeof(char *));
	h->fields.count = n / 2;
	if (n == 1 || n / 2 > FIELDS_MAX) /* licet_hash says that it is too large */
		fields_too_large(&h->fields);
	at = h->bytes;
	for (size_t i = 0; i < n; i++) {
		size_t len;
		const char *piece = reply_text(reply_at(flat, i), &len);
		memcpy(at, piece, len);
		at[len] = '\0';
		if (i % 2 == 1) {
			size_t name_len;
			const char *name = reply_text(reply_at(flat, i - 1), &name_len);
			fields_check(&h->fields, name, name_len, piece, len);
		}
		if (i / 2 < n / 2)
			(i % 2 == 0 ? h->fields.names : h->fields.values)[i / 2] = at;
		at += len + 1;
	}
	return true;
}

struct known_hash *hash_find(const struct daemon *d, const char *key)
{
	for (size_t i = 0; i < d->hash_count; i++)
		if (strcmp(d->hashes[i].key, key) == 0)
			return &d->hashes[i];
	return NULL;
}

struct known_hash *hash_add(struct daemon *d, const char *key)
{
	struct known_hash *h = hash_find(d, key);
	if (h != NULL)
		return h;
	d->hashes = mem_grow(d->hashes, &d->hash_capacity, d->hash_count, sizeof(struct known_hash));
	h = &d->hashes[d->hash_count++];
	*h = (struct known_hash){ .key = mem_copy(key) };
	d->keys_known++;
	return h;
}

void hashes_unwant(struct daemon *d)
{
	for (size_t i = 0; i < d->hash_count; i++)
		d->hashes[i].wanted = false;
}

void hashes_sweep(struct daemon *d)
{
	size_t kept = 0;
	for (size_t i = 0; i < d->hash_count; i++) {
		if (d->hashes[i].wanted) {
			d->hashes[kept++] = d->hashes[i];
			continue;
		}
		hash_clear(&d->hashes[i]);
		free(d->hashes[i].key);
	}
	d->hash_count = kept;
}

void hashes_close(struct daemon *d)
{
	hashes_unwant(d);
	hashes_sweep(d);
	free(d->hashes);
}

const struct known_hash *catalog_hash(const struct daemon *d, const char *kind, const char *id)
{
	char key[KEY_SIZE];
	return hash_find(d, *id != '\0' ? key_of(d->conf.prefix, kind, id, key)
	                                : key_global(d->conf.prefix, kind, key));
}
