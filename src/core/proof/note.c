/* note.c - signed notes and checkpoints; see note.h. */
#include "core/proof/note.h"

#include "core/text/utf8.h"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALGORITHM 0x01                 /* Ed25519 */
#define SIGNATURE_HEAD "\xe2\x80\x94 " /* an em dash and a space */
#define SIGNED (4 + crypto_sign_ed25519_BYTES)
#define SIGNATURES_MAX 100
#define PRIVATE_HEAD "PRIVATE+KEY+"
#define BASE64(n) (((n) + 2) / 3 * 4 + 1)

static bool from_base64(const char *text, size_t text_len, uint8_t *ret, size_t want)
{
	size_t len = 0;
	return sodium_base642bin(ret, want, text, text_len, NULL, &len, NULL,
	                         sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       len == want;
}

/* --- keys ---------------------------------------------------------------------------- */

bool note_name_is_valid(const char *name)
{
	size_t len = strnlen(name, NOTE_NAME_MAX + 1);
	if (len == 0 || len > NOTE_NAME_MAX || !utf8_is(name, len))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == '+' || name[i] == 0x7f)
			return false;
	/* Spaces of Unicode: of two bytes (0x85, 0xa0), or of three that begin with these. */
	return strstr(name, "\xc2\x85") == NULL && strstr(name, "\xc2\xa0") == NULL &&
	       strstr(name, "\xe1\x9a\x80") == NULL && strstr(name, "\xe2\x80") == NULL &&
	       strstr(name, "\xe2\x81\x9f") == NULL && strstr(name, "\xe3\x80\x80") == NULL;
}

static void make_id(struct note_verifier *v)
{
	static const uint8_t between[2] = { '\n', ALGORITHM };
	uint8_t hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state s;
	crypto_hash_sha256_init(&s);
	crypto_hash_sha256_update(&s, (const uint8_t *)v->name, strlen(v->name));
	crypto_hash_sha256_update(&s, between, sizeof(between));
	crypto_hash_sha256_update(&s, v->key, sizeof(v->key));
	crypto_hash_sha256_final(&s, hash);
	memcpy(v->id, hash, sizeof(v->id));
}

void note_signer_make(const char *name, const uint8_t seed[NOTE_KEY], struct note_signer *ret)
{
	struct note_signer s = { 0 };
	snprintf(s.verifier.name, sizeof(s.verifier.name), "%s", name);
	memcpy(s.seed, seed, NOTE_KEY);
	crypto_sign_ed25519_seed_keypair(s.verifier.key, s.secret, seed);
	make_id(&s.verifier);
	*ret = s;
}

/* name+hex+base64: the name, and the 32 bytes behind the algorithm. */
static bool parse_key(const char *text, char name[NOTE_NAME_MAX + 1], uint8_t id[4], uint8_t key[NOTE_KEY])
{
	size_t len = strcspn(text, "\r\n");
	const char *plus = memchr(text, '+', len), *second = plus != NULL ? plus + 9 : NULL;
	uint8_t bytes[1 + NOTE_KEY];
	size_t id_len = 0;
	if (plus == NULL || plus - text > NOTE_NAME_MAX || second >= text + len || *second != '+' ||
	    text[len + strspn(text + len, "\r\n")] != '\0')
		return false;
	snprintf(name, NOTE_NAME_MAX + 1, "%.*s", (int)(plus - text), text);
	if (!note_name_is_valid(name) || sodium_hex2bin(id, 4, plus + 1, 8, NULL, &id_len, NULL) != 0 ||
	    id_len != 4 ||
	    !from_base64(second + 1, (size_t)(text + len - second - 1), bytes, sizeof(bytes)) ||
	    bytes[0] != ALGORITHM)
		return false;
	memcpy(key, bytes + 1, NOTE_KEY);
	sodium_memzero(bytes, sizeof(bytes));
	return true;
}

bool note_verifier_parse(const char *text, struct note_verifier *ret)
{
	struct note_verifier v = { 0 };
	uint8_t id[4];
	if (!parse_key(text, v.name, id, v.key))
		return false;
	make_id(&v);
	if (memcmp(id, v.id, sizeof(id)) != 0)
		return false;
	*ret = v;
	return true;
}

bool note_signer_parse(const char *text, struct note_signer *ret)
{
	struct note_signer s;
	char name[NOTE_NAME_MAX + 1];
	uint8_t id[4], seed[NOTE_KEY];
	if (strncmp(text, PRIVATE_HEAD, strlen(PRIVATE_HEAD)) != 0 ||
	    !parse_key(text + strlen(PRIVATE_HEAD), name, id, seed))
		return false;
	note_signer_make(name, seed, &s);
	sodium_memzero(seed, sizeof(seed));
	if (memcmp(id, s.verifier.id, sizeof(id)) != 0)
		return false;
	*ret = s;
	return true;
}

static char *key_text(const char *head, const struct note_verifier *v, const uint8_t key[NOTE_KEY],
                      char buf[NOTE_KEY_TEXT])
{
	uint8_t bytes[1 + NOTE_KEY] = { ALGORITHM };
	char hex[9], base64[BASE64(sizeof(bytes))];
	memcpy(bytes + 1, key, NOTE_KEY);
	snprintf(buf, NOTE_KEY_TEXT, "%s%s+%s+%s", head, v->name, sodium_bin2hex(hex, sizeof(hex), v->id, 4),
	         sodium_bin2base64(base64, sizeof(base64), bytes, sizeof(bytes),
	                           sodium_base64_VARIANT_ORIGINAL));
	return buf;
}

char *note_signer_text(const struct note_signer *s, char buf[NOTE_KEY_TEXT])
{
	return key_text(PRIVATE_HEAD, &s->verifier, s->seed, buf);
}

char *note_verifier_text(const struct note_verifier *v, char buf[NOTE_KEY_TEXT])
{
	return key_text("", v, v->key, buf);
}

char *note_key_base64(const uint8_t key[NOTE_KEY], char buf[NOTE_HASH_BASE64])
{
	return sodium_bin2base64(buf, NOTE_HASH_BASE64, key, NOTE_KEY, sodium_base64_VARIANT_ORIGINAL);
}

bool note_key_from_base64(const char *text, size_t len, uint8_t ret[NOTE_KEY])
{
	uint8_t key[NOTE_KEY];
	if (!from_base64(text, len, key, sizeof(key)))
		return false;
	memcpy(ret, key, sizeof(key));
	return true;
}

/* --- notes ------------------------------------------------------------------------------ */

size_t note_sign(const struct note_signer *s, const char *text, char *buf, size_t size)
{
	uint8_t signed_[SIGNED];
	char base64[BASE64(SIGNED)];
	memcpy(signed_, s->verifier.id, 4);
	crypto_sign_ed25519_detached(signed_ + 4, NULL, (const uint8_t *)text, strlen(text), s->secret);
	sodium_bin2base64(base64, sizeof(base64), signed_, sizeof(signed_), sodium_base64_VARIANT_ORIGINAL);
	int n = snprintf(buf, size, "%s\n" SIGNATURE_HEAD "%s %s\n", text, s->verifier.name, base64);
	return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* Where the text ends: behind the last line feed that an empty line follows; 0: it does not. */
static size_t text_end(const char *note, size_t len)
{
	for (size_t i = len; i >= 2; i--)
		if (note[i - 1] == '\n' && note[i - 2] == '\n')
			return i - 1;
	return 0;
}

/* One line of a signature. Returns which key made it, -1: none of ours, -2: it is wrong. */
static int judge_signature(const char *line, size_t len, const struct note_verifier *keys, size_t count,
                           const char *text, size_t text_len)
{
	size_t head = strlen(SIGNATURE_HEAD);
	const char *space = len > head ? memchr(line + head, ' ', len - head) : NULL;
	size_t base64 = space != NULL ? (size_t)(line + len - space - 1) : 0;
	uint8_t bytes[512];
	size_t n = 0;
	if (space == NULL || memcmp(line, SIGNATURE_HEAD, head) != 0 || space == line + head ||
	    sodium_base642bin(bytes, sizeof(bytes), space + 1, base64, NULL, &n, NULL,
	                      sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    n < 5)
		return -2;
	size_t name_len = (size_t)(space - line) - head;
	for (size_t i = 0; i < count; i++) {
		if (strlen(keys[i].name) != name_len || memcmp(keys[i].name, line + head, name_len) != 0 ||
		    memcmp(keys[i].id, bytes, 4) != 0)
			continue;
		bool good =
		    n == SIGNED && crypto_sign_ed25519_verify_detached(bytes + 4, (const uint8_t *)text,
		                                                       text_len, keys[i].key) == 0;
		return good ? (int)i : -2;
	}
	return -1;
}

int note_open(const char *note, size_t len, const struct note_verifier *keys, size_t count, size_t *ret_len)
{
	size_t end = len <= NOTE_MAX && utf8_is(note, len) ? text_end(note, len) : 0;
	int who = -1, lines = 0;
	if (end == 0 || note[len - 1] != '\n')
		return -1;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)note[i] < ' ' && note[i] != '\n')
			return -1;
	for (size_t at = end + 1; at < len; lines++) {
		size_t n = (size_t)((const char *)memchr(note + at, '\n', len - at) - (note + at));
		int one = lines < SIGNATURES_MAX ? judge_signature(note + at, n, keys, count, note, end) : -2;
		if (one == -2)
			return -1;
		who = who < 0 ? one : who;
		at += n + 1;
	}
	if (who >= 0)
		*ret_len = end;
	return who;
}

/* --- checkpoints -------------------------------------------------------------------------- */

size_t checkpoint_text(const struct checkpoint *c, char *buf)
{
	char root[NOTE_HASH_BASE64];
	return (size_t)snprintf(buf, NOTE_MAX, "%s\n%llu\n%s\n", c->origin, (unsigned long long)c->size,
	                        note_key_base64(c->root.bytes, root));
}

/* Decimal, without a sign or a needless zero; below MERKLE_SIZE_MAX. */
static bool parse_size(const char *text, size_t len, uint64_t *ret)
{
	uint64_t n = 0;
	if (len == 0 || len > 19 || (text[0] == '0' && len > 1))
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(text[i] - '0');
	}
	if (n >= MERKLE_SIZE_MAX)
		return false;
	*ret = n;
	return true;
}

bool checkpoint_parse(const char *text, size_t len, struct checkpoint *ret)
{
	struct checkpoint c = { 0 };
	const char *end = text + len, *first = memchr(text, '\n', len),
		   *second = first != NULL ? memchr(first + 1, '\n', (size_t)(end - first - 1)) : NULL,
		   *third = second != NULL ? memchr(second + 1, '\n', (size_t)(end - second - 1)) : NULL;
	if (third == NULL || first - text > NOTE_NAME_MAX || end[-1] != '\n')
		return false;
	for (const char *at = third + 1; at < end; at = memchr(at, '\n', (size_t)(end - at)), at++)
		if (*at == '\n')
			return false;
	memcpy(c.origin, text, (size_t)(first - text));
	if (!note_name_is_valid(c.origin) || !parse_size(first + 1, (size_t)(second - first - 1), &c.size) ||
	    !note_key_from_base64(second + 1, (size_t)(third - second - 1), c.root.bytes))
		return false;
	*ret = c;
	return true;
}
