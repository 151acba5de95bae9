/* consent_like.c - see consent_like.h. */
#include "ctl/enqueue/consent_like.h"

#include "core/text/plain.h"

#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define NAME_SIZE 120

/* Anywhere in a name, its words run together. */
static const char *const parts[] = {
	"consent",    "optin",        "optout",        "optedin",       "optedout",   "autoris",
	"authoriz",   "authoris",     "rgpd",          "gdpr",          "cnil",       "prospection",
	"demarch",    "bloctel",      "sollicit",      "permission",    "agree",      "accept",
	"refus",      "opposition",   "oppose",        "opposant",      "desabon",    "desinscri",
	"unsubscri",  "subscribed",   "subscription",  "donotcall",     "donotphone", "donotcontact",
	"nepasappel", "nepascontact", "nepasdemarch",  "nepassollicit", "pasdappel",  "listerouge",
	"listenoire", "blacklist",    "blocklist",     "suppression",   "appelable",  "contactable",
	"callable",   "coche",        "bonpouraccord", "okappel",       "okpour",
};
/* As a word of a name. */
static const char *const words[] = { "accord",  "accords",  "accorde",    "accordee", "stop",    "dnc",
	                             "dnd",     "npa",      "consents",   "opt",      "optins",  "exclu",
	                             "exclure", "excluded", "blocked",    "bloque",   "revoked", "revoque",
	                             "retire",  "retrait",  "volontaire", "oui",      "droit" };
/* As the beginning of a word, where the answers below are yes and no. */
static const char *const weak[] = {
	"appel",     "call",      "offre",  "partenaire", "partner",      "communication",
	"marketing", "commercia", "promo",  "souhait",    "veut",         "desire",
	"interes",   "contact",   "inscri", "abonn",      "pub",          "sms",
	"telephon",  "phone",     "ok",     "valid",      "choix",        "reponse",
	"answer",    "cgv",       "cgu",    "prefer",     "message",      "vocal",
	"robot",     "automat",   "charte", "mention",    "confidential", "privacy"
};

/* "hasOptedOut" and "Opt-in SMS" as " has opted out ", " opt in sms ". */
static void words_of(const char *name, char buf[NAME_SIZE])
{
	size_t used = 0, len;
	bool small = false;

	buf[used++] = ' ';
	for (; *name != '\0' && used + 3 < NAME_SIZE; name += len) {
		bool capital = *name >= 'A' && *name <= 'Z';
		char letter = plain_letter(name, &len);

		if (letter == '\0' && *name >= '0' && *name <= '9')
			letter = *name;
		if ((letter == '\0' || (capital && small)) && buf[used - 1] != ' ')
			buf[used++] = ' ';
		if (letter != '\0')
			buf[used++] = letter;
		small = letter != '\0' && !capital;
	}
	if (buf[used - 1] != ' ')
		buf[used++] = ' ';
	buf[used] = '\0';
}

enum consent_like consent_like(const char *column)
{
	char plain[NAME_SIZE], spaced[NAME_SIZE], word[40];

	plain_name(column, plain, sizeof(plain));
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strstr(plain, parts[i]) != NULL)
			return CONSENT_LIKE;
	words_of(column, spaced);
	for (size_t i = 0; i < COUNT(words); i++) {
		size_t len = strlen(words[i]);

		word[0] = ' ';
		memcpy(word + 1, words[i], len);
		memcpy(word + 1 + len, " ", 2);
		if (strstr(spaced, word) != NULL)
			return CONSENT_LIKE;
	}
	for (size_t i = 0; i < COUNT(weak); i++) {
		size_t len = strlen(weak[i]);

		word[0] = ' ';
		memcpy(word + 1, weak[i], len + 1);
		if (strstr(spaced, word) != NULL)
			return CONSENT_IF_ANSWERS;
	}
	return CONSENT_UNLIKE;
}

/* --- answers --------------------------------------------------------------------------------- */

static const char *const yes[] = { "oui",        "o",        "yes",      "y",       "vrai",    "true",
	                           "v",          "t",        "1",        "x",       "ok",      "on",
	                           "accepte",    "acceptee", "accord",   "daccord", "accorde", "autorise",
	                           "optin",      "in",       "inscrit",  "abonne",  "actif",   "active",
	                           "subscribed", "granted",  "accepted", "agreed",  "coche",   "checked",
	                           "si",         "favorable" };
static const char *const no[] = {
	"non",       "n",          "no",       "faux",         "false",  "f",       "0",        "ko",
	"off",       "refuse",     "refusee",  "refus",        "oppose", "optout",  "out",      "desinscrit",
	"desabonne", "inactif",    "inactive", "unsubscribed", "denied", "refused", "declined", "noncoche",
	"unchecked", "pasdaccord", "jamais",   "never",        "stop",   "nr",      "nc",       "nsp",
	"na",        "inconnu",    "unknown",  "none",         "null"
};

static bool is_among(const char *plain, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], plain) == 0)
			return true;
	return false;
}

bool consent_is_yes(const char *cell)
{
	char plain[NAME_SIZE];

	plain_name(cell, plain, sizeof(plain));
	/* A tick has no letters. */
	return plain[0] == '\0' ? *cell != '\0' && strchr("-/.?", *cell) == NULL
	                        : is_among(plain, yes, COUNT(yes));
}

bool consent_is_answer(const char *cell)
{
	char plain[NAME_SIZE];

	plain_name(cell, plain, sizeof(plain));
	return plain[0] == '\0' || consent_is_yes(cell) || is_among(plain, no, COUNT(no));
}
