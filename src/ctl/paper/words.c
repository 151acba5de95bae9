/* words.c - what codes are called in a sentence; see words.h. */
#include "ctl/paper/words.h"
#include "ctl/base/french.h"

#include "core/text/reason.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *code, *english, *french;
} words[] = {
	{ "yes", "yes", "oui" },
	{ "no", "no", "non" },
	/* definitions */
	{ "prospecting", "commercial prospecting", "prospection commerciale" },
	{ "service", "a service message", "message de service" },
	{ "call", "call", "appel" },
	{ "voicemail", "left on the voice mail", "message laissé sur la messagerie" },
	{ "both", "call or voice mail", "appel ou messagerie" },
	{ "retail", "retail", "commerce de détail" },
	{ "toys", "toys", "jouets" },
	{ "culture", "culture", "culture" },
	{ "telecom", "telecommunications", "télécommunications" },
	{ "press", "press", "presse" },
	{ "travel", "travel", "voyages" },
	{ "automotive", "automotive", "automobile" },
	{ "food", "food", "alimentation" },
	{ "fashion", "fashion", "mode" },
	{ "home", "home", "maison" },
	{ "leisure", "leisure", "loisirs" },
	{ "education", "education", "formation" },
	{ "real-estate", "real estate", "immobilier" },
	{ "services", "services", "services" },
	{ "charity", "charity", "associations caritatives" },
	{ "public", "public bodies", "secteur public" },
	{ "energy-saving", "energy saving", "économies d'énergie" },
	{ "renewable-energy", "renewable energy", "énergies renouvelables" },
	{ "housing-adaptation", "adaptation of housing", "adaptation des logements" },
	{ "cpf", "personal training account (CPF)", "compte personnel de formation" },
	{ "insurance", "insurance", "assurance" },
	{ "credit", "credit", "crédit" },
	{ "finance", "finance", "finance" },
	{ "health", "health", "santé" },
	{ "gambling", "gambling", "jeux d'argent" },
	{ "tobacco", "tobacco", "tabac" },
	{ "minors", "minors", "mineurs" },
	{ "other", "other", "autre" },
	{ "identity", "who calls", "l'identité de l'appelant" },
	{ "commercial", "that it is commercial", "le caractère commercial de l'appel" },
	{ "opt-out", "how to object", "le moyen de s'opposer" },
	{ "ai", "that the voice is synthetic", "le caractère synthétique de la voix" },
	{ "consent", "consent", "consentement" },
	{ "automated-voice", "automated voice", "voix automatisée" },
	{ "running", "running", "en cours" },
	{ "paused", "paused", "suspendue" },
	{ "stopped", "stopped", "arrêtée" },
	{ "approved", "approved", "approuvée" },
	{ "blocked", "blocked", "bloquée" },
	/* outcomes */
	{ "answered", "answered", "décroché" },
	{ "busy", "busy", "occupé" },
	{ "no-answer", "no answer", "sans réponse" },
	{ "failed", "failed", "échoué" },
	{ "submitted", "handed to an operator, result not known", "remis à un opérateur, résultat inconnu" },
	{ "not-placed", "not placed", "non passé" },
	{ "opted-out", "answered, and the person objected", "décroché, et la personne s'est opposée" },
	{ "refused", "refused", "refusé" },
	{ "never-again", "answered, and the person wants no call from anybody",
	  "décroché, et la personne ne veut plus d'appel de quiconque" },
	/* what is held of a person, and where */
	{ "queue", "queued", "en file d'attente" },
	{ "held", "waiting for a lawful hour", "en attente d'une heure licite" },
	{ "later", "waiting for its own time", "en attente de son heure" },
	{ "ready", "released, with no sender yet", "autorisée, pas encore remise" },
	{ "lease", "with a sender", "chez un émetteur" },
	{ "taken", "with a sender", "chez un émetteur" },
	{ "unknown", "outcome not known", "issue inconnue" },
	{ "invalid", "unreadable job", "tâche illisible" },
	{ "done", "record of a call", "enregistrement d'un appel" },
	{ "settle", "report of a sender", "compte rendu d'un émetteur" },
	{ "past", "token of a call", "jeton d'un appel" },
	{ "out", "with a sender now", "chez un émetteur en ce moment" },
	{ "recall", "recall to a sender", "rappel adressé à un émetteur" },
	{ "opposition", "opposition", "opposition" },
	{ "dated", "date of an opposition", "date d'une opposition" },
	{ "list", "on a list", "inscription sur une liste" },
	{ "attempts", "days of calls that count for the cap", "jours d'appel comptés pour le plafond" },
	{ "slot", "precise time that was asked for", "horaire précis demandé" },
	{ "seen", "mark against a second call", "marque contre un second appel" },
	{ "error", "message about a fault", "message d'erreur" },
	{ "none", "none", "aucune" },
	{ "the person was erased", "the person was erased", "la personne a été effacée" },
	{ "erasure", "erasure", "effacement" },
	{ "opposed", "opposed", "opposition" },
	{ "registered", "consent given", "consentement donné" },
	{ "withdrawn", "consent withdrawn", "consentement retiré" },
	{ "lifted", "lifted by a later consent", "levée par un consentement ultérieur" },
	{ "undone", "taken back", "annulée" },
	{ "unplaced", "to an advertiser that nobody declared", "envers un annonceur que nul n'a déclaré" },
	/* what preflight says besides reasons */
	{ "daemon-down", "no licetd", "pas de licetd" },
	{ "nobody-taking", "no sender takes", "aucun émetteur ne prend de tâche" },
	/* verdicts */
	{ "release", "yes", "oui" },
	{ "refuse", "no", "non" },
	{ "hold", "not now", "pas maintenant" },
	/* rules */
	{ "job", "the job", "la tâche" },
	{ "campaign", "the campaign", "la campagne" },
	{ "number", "the number", "le numéro" },
	{ "dates", "dates", "les dates" },
	{ "duplicate", "no second call", "pas de second appel" },
	{ "cancel", "withdrawn by its owner", "retrait par son propriétaire" },
	{ "halt", "general halt", "arrêt général" },
	{ "law", "the law is known", "le droit est connu" },
	{ "sector", "sector", "le secteur" },
	{ "lists", "opposition lists", "les listes d'opposition" },
	{ "refusal", "earlier refusal", "un refus antérieur" },
	{ "cap", "cap on attempts", "le plafond de tentatives" },
	{ "history", "earlier calls", "les appels antérieurs" },
	{ "not-before", "not before", "pas avant" },
	{ "start", "beginning of the campaign", "le début de la campagne" },
	{ "window", "lawful hours", "les horaires légaux" },
	{ "brake", "pace and room", "le débit" },
	{ "pause", "pause", "la pause" },
	{ "gate", "state of the system", "l'état du système" },
	{ "redis", "state of the system", "l'état du système" },
	/* lines of the log */
	{ "first", "beginning of the log", "début du journal" },
	{ "key", "change of key", "changement de clé" },
	{ "definition", "definition of the campaign", "définition de la campagne" },
	/* what is known of a list */
	{ "refreshed_at", "refreshed", "mise à jour" },
	{ "source", "source", "source" },
	{ "count", "numbers loaded", "numéros chargés" },
	{ "floor", "least number of members", "nombre minimal" },
	{ "taken_off", "taken off", "retirés" },
	{ "every_h", "expected every (hours)", "attendue toutes les (heures)" },
	{ "last_error", "last error", "dernière erreur" },
	{ "version", "version", "version" },
	{ "buckets", "buckets", "compartiments" },
	{ "digest", "digest", "empreinte" },
	/* territories, in the order of their names' use */
	{ "metropole", "mainland France", "France métropolitaine" },
	{ "alsace-moselle", "Alsace-Moselle", "Alsace-Moselle" },
	{ "guadeloupe", "Guadeloupe", "Guadeloupe" },
	{ "saint-martin", "Saint-Martin", "Saint-Martin" },
	{ "saint-barthelemy", "Saint-Barthélemy", "Saint-Barthélemy" },
	{ "guyane", "French Guiana", "Guyane" },
	{ "martinique", "Martinique", "Martinique" },
	{ "la-reunion", "La Réunion", "La Réunion" },
	{ "mayotte", "Mayotte", "Mayotte" },
	{ "saint-pierre-et-miquelon", "Saint-Pierre-et-Miquelon", "Saint-Pierre-et-Miquelon" },
	{ "nouvelle-caledonie", "New Caledonia", "Nouvelle-Calédonie" },
	{ "polynesie-francaise", "French Polynesia", "Polynésie française" },
	{ "wallis-et-futuna", "Wallis and Futuna", "Wallis-et-Futuna" },
};

const char *words_of(bool french, const char *code)
{
	enum reason reason;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].code, code) == 0)
			return french ? words[i].french : words[i].english;
	if (reason_find(code, strlen(code), &reason))
		return lang_reason(french, reason);
	return code;
}

const char *words_territory(const char *name)
{
	size_t i = 0, count = sizeof(words) / sizeof(words[0]);
	while (i < count && strcmp(words[i].code, "metropole") != 0)
		i++;
	for (; i < count; i++)
		if (strcmp(words[i].code, name) == 0)
			return words[i].french;
	/* The one that most numbers may be in. */
	return strcmp(name, "metropole+alsace-moselle") == 0 ? "France métropolitaine ou Alsace-Moselle"
	                                                     : NULL;
}

static char *join(bool french, const char *codes, const char *between, const char *with)
{
	char *copy = mem_copy(codes), *at = copy, *text = mem_copy("");
	for (char *code; (code = strsep(&at, between)) != NULL;) {
		if (*code == '\0')
			continue;
		char *more = mem_format("%s%s%s", text, *text != '\0' ? with : "", words_of(french, code));
		free(text);
		text = more;
	}
	free(copy);
	return text;
}

char *words_place(bool french, const char *place)
{
	return join(french, place, "+", french ? " ou " : " or ");
}

char *words_list(bool french, const char *codes)
{
	return join(french, codes, " ,", ", ");
}
