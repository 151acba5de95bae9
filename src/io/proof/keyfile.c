/* keyfile.c - the keys of a decision log, as files; see keyfile.h. */
#include "io/proof/keyfile.h"

#include "io/config/secret.h"
#include "io/host/error_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

/* One that others can read signs for them as well. */
static bool is_ours_alone(const char *path, char *err, size_t err_size)
{
	struct stat st;
	if (stat(path, &st) != 0 || (st.st_mode & 077) == 0)
		return true; /* what is not there is told by whoever reads it */
	/* systemd gives credentials as 0440 where it uses no ACL, in a folder that is ours alone. */
	if ((st.st_mode & 037) == 0 && getenv("CREDENTIALS_DIRECTORY") != NULL)
		return true;
	snprintf(err, err_size,
	         error_pick("%s: others may read it (mode %03o): chmod 600",
	                    "%s: lisible par d'autres (mode %03o) : chmod 600"),
	         path, st.st_mode & 0777);
	return false;
}

/* One line that is ours alone. Heap; NULL with one line in err. */
static char *key_read(const char *path, const char *what, char *err, size_t err_size)
{
	return is_ours_alone(path, err, err_size) ? secret_read(path, what, err, err_size) : NULL;
}

/* What was read is no such key. */
static void say_expected(const char *path, const char *what, char *err, size_t err_size)
{
	snprintf(err, err_size,
	         error_pick("%s: one line with %s is expected", "%s: une ligne est attendue, avec %s"), path,
	         what);
}

bool keyfile_signer(const char *path, struct note_signer *ret, char *err, size_t err_size)
{
	const char *what = error_pick("PRIVATE+KEY+…, as licetctl log keygen makes it,",
	                              "PRIVATE+KEY+…, tel que licetctl log keygen le produit");
	char *text = key_read(path, what, err, err_size);
	if (text == NULL)
		return false;
	bool good = note_signer_parse(text, ret);
	struct note_verifier public;
	if (!good && note_verifier_parse(text, &public))
		snprintf(err, err_size,
		         error_pick("%s: a verifier key signs nothing: %s is expected",
		                    "%s: une clé de vérification ne signe rien : il faut %s"),
		         path, what);
	else if (!good)
		say_expected(path, what, err, err_size);
	secret_forget(&text);
	return good;
}

bool keyfile_mac(const char *path, uint8_t ret[NOTE_KEY], char *err, size_t err_size)
{
	const char *what = error_pick("32 bytes in base64, as licetctl log keygen --mac makes them,",
	                              "32 octets en base64, tels que licetctl log keygen --mac les produit");
	char *text = key_read(path, what, err, err_size);
	if (text == NULL)
		return false;
	bool good = note_key_from_base64(text, strlen(text), ret);
	if (!good)
		say_expected(path, what, err, err_size);
	secret_forget(&text);
	return good;
}

void keyfile_random(uint8_t ret[NOTE_KEY])
{
	size_t n = 0;
	while (n < NOTE_KEY) {
		ssize_t got = getrandom(ret + n, NOTE_KEY - n, 0);
		n += got > 0 ? (size_t)got : 0;
	}
}
