/* note.h - signed notes and checkpoints, as C2SP signed-note and tlog-checkpoint have them.
 *
 * A key has a name, which is the origin of the log that it signs for. Its texts are
 *     <name>+<8 hex>+<base64 of 0x01 and 32 bytes>               whoever verifies
 *     PRIVATE+KEY+<name>+<8 hex>+<base64 of 0x01 and the seed>   whoever signs
 * where the 8 hex digits are the first four bytes of SHA-256(name, LF, 0x01, key). Ed25519. */
#ifndef LICET_CORE_PROOF_NOTE_H
#define LICET_CORE_PROOF_NOTE_H

#include "core/proof/merkle.h"

#define NOTE_NAME_MAX 128
#define NOTE_KEY 32
#define NOTE_KEY_TEXT 256   /* bytes of the text of a key, with its end */
#define NOTE_MAX 4096       /* bytes of a note that is read or made */
#define NOTE_HASH_BASE64 45 /* of 32 bytes, with its end */

struct note_verifier {
	char name[NOTE_NAME_MAX + 1];
	uint8_t id[4], key[NOTE_KEY];
};

struct note_signer {
	struct note_verifier verifier;
	uint8_t seed[NOTE_KEY], secret[64];
};

/* May a key have that name? 1 to 128 bytes, without spaces, control characters and "+". */
bool note_name_is_valid(const char *name);
void note_signer_make(const char *name, const uint8_t seed[NOTE_KEY], struct note_signer *ret);
/* text may end in a line feed. Return false for what is no such key. */
bool note_signer_parse(const char *text, struct note_signer *ret);
bool note_verifier_parse(const char *text, struct note_verifier *ret);
char *note_signer_text(const struct note_signer *s, char buf[NOTE_KEY_TEXT]);
char *note_verifier_text(const struct note_verifier *v, char buf[NOTE_KEY_TEXT]);
char *note_key_base64(const uint8_t key[NOTE_KEY], char buf[NOTE_HASH_BASE64]);
bool note_key_from_base64(const char *text, size_t len, uint8_t ret[NOTE_KEY]);

/* Sign a text, which ends in a line feed. Returns the bytes of the note in buf, 0 if it has no room. */
size_t note_sign(const struct note_signer *s, const char *text, char *buf, size_t size);
/* Has one of these keys signed that note? Returns which, and the bytes of its text in *ret_len; -1: none
 * has, or a signature of one of them is wrong, or it is no note. */
int note_open(const char *note, size_t len, const struct note_verifier *keys, size_t count, size_t *ret_len);

struct checkpoint {
	char origin[NOTE_NAME_MAX + 1];
	uint64_t size;
	struct merkle_hash root;
};

/* The text that is signed; returns its bytes in buf, which has room for NOTE_MAX. */
size_t checkpoint_text(const struct checkpoint *c, char *buf);
/* Read that text; lines behind the third are allowed. */
bool checkpoint_parse(const char *text, size_t len, struct checkpoint *ret);

#endif
