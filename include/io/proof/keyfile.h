/* keyfile.h - the keys of a decision log, as files: one line each, mode 0600. */
#ifndef LICET_IO_PROOF_KEYFILE_H
#define LICET_IO_PROOF_KEYFILE_H

#include "core/proof/note.h"

#include <stdbool.h>
#include <stddef.h>

/* The key that signs a log: "PRIVATE+KEY+…". Returns false with one line in err. */
bool keyfile_signer(const char *path, struct note_signer *ret, char *err, size_t err_size);
/* The key of the codes that released jobs carry: 32 bytes in base64. */
bool keyfile_mac(const char *path, uint8_t ret[NOTE_KEY], char *err, size_t err_size);
/* A key from the machine's random numbers. */
void keyfile_random(uint8_t ret[NOTE_KEY]);

#endif
