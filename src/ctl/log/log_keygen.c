/* log_keygen.c - makes the key that signs a log; see log_keygen.h. */
#include "ctl/log/log_keygen.h"

#include "core/proof/note.h"
#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "io/config/secret.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/proof/keyfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_key(const char *path, const char *text)
{
	struct outfile o = { 0 };
	outfile_check(path);
	bool open = outfile_open(&o, path);
	if (open) {
		print_raw(o.file, text);
		print_raw(o.file, "\n");
	}
	if (!open || !outfile_close(&o)) {
		int why = errno;
		outfile_drop(&o);
		ctl_fail(error_pick("%s: %s; nothing was made", "%s: %s ; rien n'a été créé"), path,
		         error_system(why));
	}
	outfile_done(&o);
}

static int make_mac(struct ctl *ctl, const char *path)
{
	uint8_t key[NOTE_KEY];
	char text[NOTE_HASH_BASE64];
	keyfile_random(key);
	write_key(path, note_key_base64(key, text));
	explicit_bzero(text, sizeof(text));
	explicit_bzero(key, sizeof(key));
	if (ctl->json)
		ctl_print_json(print_pack("{s:s}", "file", path));
	else
		print(error_pick("%s: made; all instances of one Redis have the same\n",
		                 "%s : créée ; toutes les instances d'un même Redis ont la même\n"),
		      path);
	return 0;
}

/* The key that signs today, by the configuration. */
static char *key_today(struct ctl *ctl, struct note_signer *ret)
{
	char err[300];
	char *path = secret_path(ctl_conf(ctl)->log_key_file, "log-key");
	if (path == NULL)
		ctl_fail(error_pick(
		    "--next: neither log_key_file nor the credential log-key tells which key is replaced",
		    "--next : ni log_key_file ni le secret log-key ne disent quelle clé est remplacée"));
	if (!keyfile_signer(path, ret, err, sizeof(err)))
		ctl_fail("%s", err);
	return path;
}

/* Without a configuration a log is called by its host. */
static char *origin_of(struct ctl *ctl, const char *wanted)
{
	struct conf conf;
	if (wanted != NULL)
		return mem_copy(wanted);
	if (ctl->options.file != NULL)
		return conf_log_origin(ctl_conf(ctl));
	conf_init(&conf);
	char *origin = conf_log_origin(&conf);
	conf_done(&conf);
	return origin;
}

int log_keygen(struct ctl *ctl, const struct log_keygen *want)
{
	struct note_signer old, made;
	uint8_t seed[NOTE_KEY];
	char *path = NULL, *origin, private[NOTE_KEY_TEXT], public[NOTE_KEY_TEXT], base64[NOTE_HASH_BASE64];
	if (want->mac && (want->next || want->origin != NULL))
		ctl_misuse(ctl, error_pick("--mac makes another key: it has no origin and no next one",
		                           "--mac crée une autre clé : elle n'a ni origine ni clé suivante"));
	if (want->out == NULL && !want->next)
		ctl_misuse(ctl,
		           error_pick("-o must say which file to make", "-o doit dire quel fichier créer"));
	if (want->mac)
		return make_mac(ctl, want->out);
	if (want->next) {
		char *today = key_today(ctl, &old);
		path = want->out != NULL ? mem_copy(want->out) : mem_format("%s.next", today);
		free(today);
		if (want->origin != NULL && strcmp(want->origin, old.verifier.name) != 0)
			ctl_misuse(ctl,
			           error_pick("--origin: the next key has the name of the one before, %s",
			                      "--origin : la clé suivante porte le nom de la précédente, %s"),
			           old.verifier.name);
		origin = mem_copy(old.verifier.name);
	} else {
		path = mem_copy(want->out);
		origin = origin_of(ctl, want->origin);
	}
	if (!note_name_is_valid(origin))
		ctl_misuse(
		    ctl,
		    error_pick(
			"--origin: \"%s\" may have no space, no + and no control character, and 128 bytes",
			"--origin : « %s » ne peut contenir ni espace, ni +, ni caractère de contrôle, et compte 128 octets au plus"),
		    origin);
	keyfile_random(seed);
	note_signer_make(origin, seed, &made);
	write_key(path, note_signer_text(&made, private));
	note_verifier_text(&made.verifier, public);
	note_key_base64(made.verifier.key, base64);
	if (ctl->json)
		ctl_print_json(print_pack("{s:s, s:s, s:s, s:s}", "file", path, "origin", origin, "verifier",
		                          public, "public", base64));
	else
		print("%s\n%s\n", public, base64);
	explicit_bzero(&made, sizeof(made));
	explicit_bzero(seed, sizeof(seed));
	explicit_bzero(private, sizeof(private));
	free(path);
	free(origin);
	return 0;
}
