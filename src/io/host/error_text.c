/* error_text.c - see error_text.h. */
#include "io/host/error_text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_french;

/* What the system answers when a file is opened, read or written, or a server is called. */
static const struct {
	int number;
	const char *french;
} numbers[] = {
	{ EPERM, "opération interdite" },
	{ ENOENT, "aucun fichier ni dossier de ce nom" },
	{ EINTR, "appel interrompu" },
	{ EIO, "erreur d'entrée-sortie" },
	{ ENXIO, "aucun périphérique de ce nom" },
	{ EBADF, "descripteur de fichier invalide" },
	{ EAGAIN, "ressource momentanément indisponible" },
	{ ENOMEM, "mémoire insuffisante" },
	{ EACCES, "accès refusé" },
	{ EBUSY, "ressource occupée" },
	{ EEXIST, "le fichier existe déjà" },
	{ EXDEV, "lien entre deux systèmes de fichiers" },
	{ ENODEV, "aucun périphérique de ce type" },
	{ ENOTDIR, "n'est pas un dossier" },
	{ EISDIR, "est un dossier" },
	{ EINVAL, "argument invalide" },
	{ ENFILE, "trop de fichiers ouverts sur la machine" },
	{ EMFILE, "trop de fichiers ouverts" },
	{ ENOTTY, "opération impropre à ce périphérique" },
	{ ETXTBSY, "programme en cours d'exécution" },
	{ EFBIG, "fichier trop volumineux" },
	{ ENOSPC, "plus d'espace sur le disque" },
	{ ESPIPE, "déplacement impossible dans ce flux" },
	{ EROFS, "système de fichiers en lecture seule" },
	{ EMLINK, "trop de liens" },
	{ EPIPE, "le lecteur a fermé le tube" },
	{ ENAMETOOLONG, "nom de fichier trop long" },
	{ ENOTEMPTY, "dossier non vide" },
	{ ELOOP, "trop de liens symboliques" },
	{ EILSEQ, "suite d'octets invalide" },
	{ EOVERFLOW, "valeur trop grande" },
	{ ENOTSOCK, "n'est pas un socket" },
	{ EOPNOTSUPP, "opération non prise en charge" },
	{ EADDRINUSE, "adresse déjà utilisée" },
	{ EADDRNOTAVAIL, "adresse indisponible" },
	{ ENETDOWN, "réseau arrêté" },
	{ ENETUNREACH, "réseau inaccessible" },
	{ ECONNABORTED, "connexion abandonnée" },
	{ ECONNRESET, "connexion coupée par le serveur" },
	{ ENOTCONN, "pas de connexion" },
	{ ETIMEDOUT, "délai de connexion dépassé" },
	{ ECONNREFUSED, "connexion refusée" },
	{ EHOSTDOWN, "machine arrêtée" },
	{ EHOSTUNREACH, "machine inaccessible" },
	{ ESTALE, "fichier disparu du serveur" },
	{ EDQUOT, "quota de disque dépassé" },
};

static const struct {
	const char *english, *french;
} texts[] = {
	/* zones, of the core */
	{ "out of memory", "mémoire insuffisante" },
	{ "not a TZif file, or cut short", "n'est pas un fichier TZif, ou est tronqué" },
	{ "version 1 of TZif has no 64-bit data", "la version 1 de TZif n'a pas de données sur 64 bits" },
	{ "a count is out of range", "un nombre d'éléments est hors limites" },
	{ "cut short", "tronqué" },
	{ "an offset is out of range", "un décalage est hors limites" },
	{ "a local time type is not sound", "un type d'heure locale est incohérent" },
	{ "a change to a type that is not there", "un changement vers un type absent" },
	{ "changes are not in order", "les changements ne sont pas dans l'ordre" },
	{ "the footer is missing", "la règle finale manque" },
	{ "the rule in the footer is not sound", "la règle finale est incohérente" },
	{ "leap seconds are not supported; use the zones without \"right/\"",
	  "secondes intercalaires non prises en charge ; utiliser les fuseaux sans « right/ »" },
	{ "counts do not agree", "les nombres d'éléments ne concordent pas" },

	/* hours of a week, of the core */
	{ "a day: mon, tue, wed, thu, fri, sat or sun",
	  "un jour, parmi mon, tue, wed, thu, fri, sat et sun" },
	{ "the later day of the week after the dash", "après le tiret un jour plus avancé dans la semaine" },
	{ "a time such as 10:30", "une heure comme 10:30" },
	{ "a time from 0:00 to 24:00", "une heure de 0:00 à 24:00" },
	{ "ranges of a day in order, without overlap", "des plages d'un jour en ordre, sans chevauchement" },
	{ "at most 4 ranges a day", "au plus 4 plages par jour" },
	{ "a dash and the end of the range", "un tiret et la fin de la plage" },
	{ "an end after its start", "une fin postérieure au début" },
	{ "each day once", "chaque jour une seule fois" },
	{ "a space and the hours", "un espace et les heures" },
	{ "a comma, a semicolon or the end", "une virgule, un point-virgule ou la fin" },

	/* lines of CSV */
	{ "a zero byte", "un octet nul" },
	{ "the line is too long", "la ligne est trop longue" },
	{ "too many columns", "trop de colonnes" },
	{ "quotes that do not close", "des guillemets qui ne se ferment pas" },
	{ "text behind quotes", "du texte après des guillemets" },
	{ "not readable", "illisible" },
	{ "expected a number that has an E.164 form", "numéro ayant une forme E.164 attendu" },

	/* libconfig */
	{ "syntax error", "erreur de syntaxe" },
	{ "duplicate setting name", "clé présente deux fois" },
	{ "mismatched element type in array", "éléments de types différents dans un tableau" },

	/* hiredis */
	{ "Out of memory", "mémoire insuffisante" },
	{ "Server closed the connection", "le serveur a fermé la connexion" },
	{ "Name or service not known", "nom de machine inconnu" },
	{ "Temporary failure in name resolution", "résolution du nom momentanément impossible" },
};
#define TEXT_COUNT (sizeof(texts) / sizeof(texts[0]))

void error_in_french(bool french)
{
	is_french = french;
}

bool error_is_french(void)
{
	return is_french;
}

const char *error_pick(const char *english, const char *french)
{
	return is_french ? french : english;
}

const char *error_system(int number)
{
	for (size_t i = 0; is_french && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (numbers[i].number == number)
			return numbers[i].french;
	return strerror(number);
}

const char *error_said(const char *english)
{
	if (!is_french)
		return english;
	for (size_t i = 0; i < TEXT_COUNT; i++)
		if (strcmp(texts[i].english, english) == 0)
			return texts[i].french;
	/* Libraries pass on what the system said. */
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(strerror(numbers[i].number), english) == 0)
			return numbers[i].french;
	return english;
}

const char *error_near(const char *near, char *buf)
{
	*buf = '\0';
	if (near != NULL)
		snprintf(buf, ERROR_NEAR_SIZE, error_pick("; did you mean %s?", " ; vouliez-vous dire %s ?"),
		         near);
	return buf;
}

bool error_pair(size_t i, const char **ret_english, const char **ret_french)
{
	if (i >= TEXT_COUNT)
		return false;
	*ret_english = texts[i].english;
	*ret_french = texts[i].french;
	return true;
}
