/* core_text.c - see core_text.h. */
#include "ctl/base/core_text.h"

#include "core/campaign/campaign.h"
#include "ctl/base/french.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 6 /* words in one sentence */

/* The sentence as the core writes it: a conversion of printf is a word of it. In French % is the next of these
 * words, %2 the second. */
static const struct {
	const char *english, *french;
} sentences[] = {
	{ "expected an instant with its offset, such as %s", "instant attendu, avec son décalage, comme %" },
	{ "expected a list of mentions or the id of a form",
	  "liste de mentions, ou identifiant d'un formulaire, attendue" },
	{ "expected mentions as text", "mentions attendues, comme texte" },
	{ "expected at most 16 bases", "16 bases au plus attendues" },
	{ "expected bases as text, such as [\"L223-1\",\"L34-5\"]",
	  "bases attendues, comme texte, par exemple [\"L223-1\",\"L34-5\"]" },
	{ "expected a date such as 2027-08-31, or an instant with its offset",
	  "date attendue, comme 2027-08-31, ou instant avec son décalage" },
	{ "expected letters and digits, such as 67000", "lettres et chiffres attendus, comme 67000" },
	{ "a later consent counts once the full days of silence have passed",
	  "un consentement ultérieur ne compte qu'une fois écoulés les jours entiers de silence" },
	{ "no regime for this day", "aucun régime pour ce jour" },
	{ "concurrent of the route", "concurrent de la route" },
	{ "Redis TIME", "TIME de Redis" },
	{ "expected text of %zu to %zu bytes without control characters",
	  "texte de % à % octets attendu, sans caractères de contrôle" },
	{ "did you mean %s?", "vouliez-vous dire % ?" },
	{ "the fields are %s", "les champs sont %" },
	{ "expected at most %d bytes, it has %s: how it begins is kept",
	  "% octets au plus attendus, il en a % : son début est conservé" },
	{ "%s: expected an id such as acme-1 (a-z 0-9 . _ -)",
	  "% : identifiant attendu, comme acme-1 (a-z 0-9 . _ -)" },
	{ "%s: expected a rate such as 5/s, 60/m, 300/h or 5000/d",
	  "% : débit attendu, comme 5/s, 60/m, 300/h ou 5000/d" },
	{ "%s: expected an instant with its offset, such as 2026-12-24T18:00:00+01:00",
	  "% : instant attendu, avec son décalage, comme 2026-12-24T18:00:00+01:00" },
	{ "%s: %s, did you mean %s?", "% : %, vouliez-vous dire % ?" },
	{ "%s, did you mean %s?", "%, vouliez-vous dire % ?" },
	{ "route %s is not declared", "la route % n'est pas déclarée" },
	{ "location of route %s: nothing is not where data may go (%s)",
	  "lieu de la route % : il n'est pas indiqué (%)" },
	{ "location of route %s: %s is not where data may go (%s)",
	  "lieu de la route % : les données ne peuvent aller à % (%)" },
	{ "retry: expected outcomes and delays such as busy:30m no-answer:4h (1m to 30d; busy, no-answer, voicemail, failed)",
	  "retry : issues et délais attendus, comme busy:30m no-answer:4h (de 1m à 30d ; busy, no-answer, voicemail, failed)" },
	{ "window: expected %s at character %s of \"%s\"", "window : mal formée au caractère %2 de « %3 »" },
	{ "end: expected an instant after start", "end : instant postérieur à start attendu" },
	{ "window: no range of it is within the law and longer than the guard of %d s",
	  "window : aucune plage n'est à la fois licite et plus longue que la marge de % s" },
	{ "purpose service needs service_basis, and %s in service_approved of the advertiser",
	  "la finalité service exige service_basis, et % dans service_approved de l'annonceur" },
	{ "%s: more than %d fields or %d bytes: it is not read",
	  "% : plus de % champs ou % octets : non lu" },
	{ "%s: %s: control characters in its %s", "% : % : caractères de contrôle (%)" },
	{ "the campaign has no definition", "la campagne n'a pas de définition" },
	{ "product: expected at most 64 bytes", "product : 64 octets au plus attendus" },
	{ "%s: expected one of %s", "% : attendu, l'un de : %" },
	{ "%s: expected a whole number from %ld to %ld", "% : nombre entier de % à % attendu" },
	{ "%s of advertiser %s is not set", "% de l'annonceur % n'est pas renseigné" },
	{ "siren of advertiser %s: expected nine digits", "siren de l'annonceur % : neuf chiffres attendus" },
	{ "attempts_before: expected none or imported", "attempts_before : none ou imported attendu" },
	{ "source %s is not known", "la source % n'est pas connue" },
	{ "status of source %s: expected approved", "status de la source % : approved attendu" },
	{ "%s of source %s is not set", "% de la source % n'est pas renseigné" },
	{ "sector: %s is not in the rulebook", "sector : % ne figure pas dans les règles" },
	{ "%s, even with consent (%s)", "%, même avec un consentement (%)" },
	{ "%s waits for a rule of its own (%s)", "% attend une règle propre (%)" },
	{ "caller_id: expected an E.164 number of a range for automata",
	  "caller_id : numéro E.164 d'une tranche pour automates attendu" },
	{ "caller_id is in no range for automata (%s)",
	  "caller_id n'est d'aucune tranche pour automates (%)" },
	{ "range %s is accepted only once the operator confirmed it (a switch)",
	  "la tranche % n'est admise qu'une fois confirmée par l'opérateur (un réglage)" },
	{ "caller_id is not among caller_ids of advertiser %s",
	  "caller_id n'est pas parmi les caller_ids de l'annonceur %" },
	{ "opt_out: expected numbers (+33…) and key:0 to key:9",
	  "opt_out : numéros (+33…) et key:0 à key:9 attendus" },
	{ "a number of class %s may cost more than the call (%s)",
	  "un numéro de classe % peut coûter plus que l'appel (%)" },
	{ "opt_out: a number of class %s may be gone tomorrow, and who objects is not heard then",
	  "opt_out : un numéro de classe % peut disparaître demain, et qui s'oppose n'est alors plus entendu" },
	{ "opt_out: expected a contact number (%s)", "opt_out : numéro de contact attendu (%)" },
	{ "opt_out_at_seconds is missing: a message over %d s must say it (%s)",
	  "opt_out_at_seconds manque : un message de plus de % s doit le dire (%)" },
	{ "opt_out_at_seconds: expected at most %d (%s)", "opt_out_at_seconds : % au plus attendu (%)" },
	{ "opt_out_at_seconds: the message has ended after %d",
	  "opt_out_at_seconds : le message est fini après %" },
	{ "announces: %s is missing (%s)", "announces : % manque (%)" },
	{ "announces: identity comes first (%s)", "announces : identity vient en premier (%)" },
	{ "synthetic_voice is yes and announces has no ai",
	  "synthetic_voice vaut yes et announces n'a pas ai" },
	{ "siren is that of advertiser %s", "le SIREN est celui de l'annonceur %" },
	{ "siren is not that of advertiser %s, whose other name it is",
	  "le SIREN n'est pas celui de l'annonceur %, dont c'est un autre nom" },
	{ "company of advertiser %s: expected ids of one company, its own among them",
	  "company de l'annonceur % : identifiants d'une même société attendus, le sien compris" },
	{ "advertiser %s is being united with another: licetctl advertiser alias ends it",
	  "l'annonceur % est en cours de réunion avec un autre : licetctl advertiser alias l'achève" },
	{ "advertiser: expected %s, whose campaigns begin with %s.",
	  "advertiser : % attendu, dont les campagnes commencent par %." },
	{ "caller_id was used first by SIREN %s", "caller_id a d'abord été utilisé par le SIREN %" },
	{ "the halts cannot be read: their key is not a hash",
	  "les arrêts ne peuvent être lus : leur clé n'est pas un hash" },

	/* what enqueue says of a cell or a row */
	{ "expected a date and a time, such as 18/04/2026 13:37",
	  "date et heure attendues, comme 18/04/2026 13:37" },
	{ "expected a date, such as 31/08/2027", "date attendue, comme 31/08/2027" },
	{ "it may be two dates: --dates dmy or --dates mdy says which",
	  "deux dates possibles : --dates dmy ou --dates mdy précise laquelle" },
	{ "the clocks skipped that hour: it never was",
	  "heure sautée au passage à l'heure d'été : elle n'a pas existé" },
	{ "this word has no value: --word gives it one",
	  "ce mot n'a pas de valeur : --word lui en donne une" },
	{ "it is empty, and --word gives that no value", "elle est vide, et --word n'y donne pas de valeur" },
	{ "it is not valid UTF-8; give the file's encoding with --encoding, such as windows-1252",
	  "UTF-8 invalide ; indiquer l'encodage du fichier par --encoding, comme windows-1252" },
	{ "%zu cells, the header has %zu", "% cellules, l'en-tête en a %" },
	{ "a spreadsheet has rounded it: make the column text there, and export it again",
	  "arrondi par un tableur : y mettre la colonne en texte, et exporter à nouveau" },
	{ "a spreadsheet may have taken its first zero: --excel-zero puts it back",
	  "un tableur a peut-être ôté son premier zéro : --excel-zero le remet" },
	{ "where numbers begin with a country code, --plus puts a plus before them",
	  "là où les numéros commencent par un indicatif de pays, --plus met un plus devant" },
	{ "expected the number of the line that this row was", "numéro de la ligne d'origine attendu" },

	/* why list load did not load a list: its last_error */
	{ "there is no number in the file: nothing was changed, its date neither (--force)",
	  "il n'y a aucun numéro dans le fichier : rien n'a été changé, pas même sa date (--force)" },
	{ "the list changed meanwhile", "la liste a changé entre-temps" },
	{ "%zu bad line%s: nothing was changed (--skip-bad loads the others)",
	  "% ligne% sans numéro lisible : rien n'a été changé (--skip-bad charge les autres)" },
	{ "%zu bad line%s: the other numbers were added, the date of the list was not",
	  "% ligne% sans numéro lisible : les autres numéros ont été ajoutés, la date de la liste est inchangée" },
	{ "it would shrink from %lld to %lld numbers, more than %d %%: nothing was changed (--force)",
	  "elle passerait de % à % numéros, plus de % % en moins : rien n'a été changé (--force)" },
	{ "%s: No such file or directory", "% : aucun fichier ni dossier de ce nom" },
	{ "%s: Permission denied", "% : accès refusé" },

	/* why Redis does not keep what it is told, as licetd and status --json say it */
	{ "appendonly is off", "appendonly n'est pas activé" },
	{ "maxmemory-policy is not noeviction", "maxmemory-policy n'est pas noeviction" },
	{ "role is not master", "ce Redis n'est pas maître" },
	{ "the append-only file cannot be written", "le fichier append-only ne peut être écrit" },
	{ "the last snapshot could not be saved", "le dernier instantané n'a pu être enregistré" },
	{ "min-replicas-to-write is 0, and a failover may lose calls",
	  "min-replicas-to-write vaut 0, et une bascule peut perdre des appels" },
	{ "appendfsync is no", "appendfsync vaut no" },
	{ "appendfsync is not known: CONFIG GET may not be asked here (redis_appendfsync says it)",
	  "appendfsync est inconnu : CONFIG GET n'est pas permis ici (redis_appendfsync le dit)" },
	{ "cluster-require-full-coverage is yes, and a master that is away stops all the others",
	  "cluster-require-full-coverage vaut yes, et un maître absent arrête tous les autres" },
	{ "whether it keeps what it is told is not known", "on ignore s'il conserve ce qu'il confirme" },

	/* what the decision log and Redis have of each other; it stands in attestations and dossiers */
	{ "%s: it has another length", "% : une autre longueur" },
	{ "%s: its hashes are not those of the lines", "% : ses empreintes ne sont pas celles des lignes" },
	{ "%s: it is not signed by the key of the log", "% : n'est pas signé par la clé du journal" },
	{ "%s: it is no checkpoint of this log", "% : n'est pas un point de contrôle de ce journal" },
	{ "%s: it was signed for other lines: what stands before line %llu was changed",
	  "% : signé pour d'autres lignes : ce qui précède la ligne % a été modifié" },
	{ "checkpoint: it is none", "checkpoint : n'en est pas un" },
	{ "lines %llu to %llu were erased, and no entry behind them says why",
	  "les lignes % à % ont été effacées, et aucune entrée après elles ne dit pourquoi" },
	{ "line %llu: it erases nothing that it names, or does not say by whom and why",
	  "ligne % : elle n'efface rien de ce qu'elle nomme, ou ne dit pas par qui et pourquoi" },
	{ "line %llu: its key is none", "ligne % : sa clé n'en est pas une" },
	{ "line %llu: more than %d keys", "ligne % : plus de % clés" },
	{ "line 0: it does not tell the key and the prefix of the log",
	  "ligne 0 : elle ne donne pas la clé et le préfixe du journal" },
	{ "line %llu: it is not written as lines are",
	  "ligne % : elle n'est pas écrite comme une ligne du journal" },
	{ "line %llu: at_ms, kind or salt is missing", "ligne % : at_ms, kind ou salt manque" },
	{ "line 0: it cannot be erased", "ligne 0 : elle ne peut être effacée" },
	{ "%s covers %llu lines, and the log has %llu: lines were removed",
	  "% couvre % lignes, et le journal en a % : des lignes ont été retirées" },
	{ "the key of --key is not the one that this log was signed by",
	  "la clé de --key n'est pas celle qui a signé ce journal" },
	{ "and more", "et d'autres" },
	{ "an instance whose log is not at hand wrote it",
	  "écrite par une instance dont le journal manque ici" },
	{ "it was never logged", "elle n'a jamais été inscrite au journal" },
	{ "line %llu has it as it was", "la ligne % l'a telle qu'elle était" },
	{ "line %llu: licetd did not release that call", "ligne % : licetd n'a pas transmis cet appel" },
	{ "line %llu has it", "la ligne % l'a" },
	{ "line %llu: a copy of the call of another line", "ligne % : copie de l'appel d'une autre ligne" },
};

struct word {
	const char *at;
	size_t len;
};

/* The end of a conversion, such as "%.40s". */
static const char *behind_conversion(const char *at)
{
	at += 1 + strspn(at + 1, ".0123456789");
	return at + strspn(at, "lz") + 1;
}

/* Is it that sentence? What stands in place of each conversion goes to words. Returns how many letters are the
 * sentence's own, so that the closest one is found; 0: it is another. */
static size_t match(const char *format, const char *text, struct word words[WORDS_MAX])
{
	size_t own = 0, n = 0;

	for (;;) {
		size_t len = strcspn(format, "%");

		if (strncmp(text, format, len) != 0)
			return 0;
		own += len;
		format += len;
		text += len;
		if (*format == '\0')
			return *text == '\0' ? own : 0;
		format = behind_conversion(format);
		/* The word ends where the next part of the sentence begins; the last word is all that is left. */
		size_t next = strcspn(format, "%");
		char *part = mem_copy_len(format, next);
		const char *end = next > 0 ? strstr(text, part) : text + strlen(text);

		/* At the end of the sentence it is the last place that counts. */
		if (end != NULL && next > 0 && format[next] == '\0')
			end = strlen(text) >= next && strcmp(text + strlen(text) - next, part) == 0
			          ? text + strlen(text) - next
			          : NULL;
		free(part);
		if (end == NULL || n == WORDS_MAX)
			return 0;
		words[n++] = (struct word){ text, (size_t)(end - text) };
		text = end;
	}
}

static char *put(const char *french, const struct word *words)
{
	char *said = mem_copy("");
	size_t n = 0;

	while (*french != '\0') {
		size_t len = strcspn(french, "%");
		char *more = mem_format("%s%.*s", said, (int)len, french);

		free(said);
		said = more;
		french += len;
		if (*french == '\0')
			break;
		french++;
		size_t which = *french >= '1' && *french <= '9' ? (size_t)(*french++ - '1') : n;

		n++;
		more = mem_format("%s%.*s", said, (int)words[which].len, words[which].at);
		free(said);
		said = more;
	}
	return said;
}

/* A text of several words. */
static char *sentence(const char *text)
{
	struct word words[WORDS_MAX] = { { "", 0 } }, best[WORDS_MAX] = { { "", 0 } };
	const char *said = lang_say(true, text), *found = NULL;
	size_t most = 0;

	for (size_t i = 0; said == text && i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		size_t own = match(sentences[i].english, text, words);

		if (own <= most)
			continue;
		most = own;
		found = sentences[i].french;
		memcpy(best, words, sizeof(best));
	}
	return found != NULL ? put(found, best) : mem_copy(said);
}

/* The length of the code that a fault begins with, "code: text"; 0: it is none. */
static size_t fault_code(const char *text)
{
	for (int f = 0; f < CAMPAIGN_FAULT_COUNT; f++) {
		const char *name = campaign_fault_name((enum campaign_fault)f);
		size_t len = strlen(name);

		if (strncmp(text, name, len) == 0 && strncmp(text + len, ": ", 2) == 0)
			return len;
	}
	return 0;
}

/* Its text may be the name of a field, which stays as it is written in definitions. */
static char *fault(const char *text)
{
	char *code = mem_copy_len(text, fault_code(text));
	const char *rest = text + strlen(code) + 2;
	char *said = strchr(rest, ' ') != NULL ? sentence(rest) : mem_copy(rest);
	char *all = mem_format("%s : %s", lang_say(true, code), said);

	free(code);
	free(said);
	return all;
}

char *core_text(bool french, const char *text)
{
	if (!french)
		return mem_copy(text);
	return fault_code(text) > 0 ? fault(text) : sentence(text);
}

char *core_texts(bool french, const char *texts)
{
	char *all = mem_copy(french ? "" : texts);

	for (const char *at = texts, *end; french && *at != '\0'; at = *end != '\0' ? end + 2 : end) {
		end = strstr(at, "; ");
		if (end == NULL)
			end = at + strlen(at);
		char *text = mem_copy_len(at, (size_t)(end - at)), *said = core_text(true, text);

		all = mem_join(all, mem_format("%s%s", *all != '\0' ? " ; " : "", said));
		free(text);
		free(said);
	}
	return all;
}

/* Where the next fault of a campaign begins, "; code: text"; NULL: there is none. */
static const char *next_fault(const char *at)
{
	while ((at = strstr(at, "; ")) != NULL && fault_code(at + 2) == 0)
		at += 2;
	return at;
}

char *core_faults(bool french, const char *faults)
{
	char *all = mem_copy(french ? "" : faults);

	for (const char *at = faults, *end; french && *at != '\0'; at = *end != '\0' ? end + 2 : end) {
		end = next_fault(at);
		if (end == NULL)
			end = at + strlen(at);
		char *text = mem_copy_len(at, (size_t)(end - at)), *said = core_text(true, text);
		char *more = mem_format("%s%s%s", all, *all != '\0' ? " ; " : "", said);

		free(all);
		free(text);
		free(said);
		all = more;
	}
	return all;
}

bool core_text_pair(size_t i, const char **ret_english, const char **ret_french)
{
	if (i >= sizeof(sentences) / sizeof(sentences[0]))
		return false;
	*ret_english = sentences[i].english;
	*ret_french = sentences[i].french;
	return true;
}
