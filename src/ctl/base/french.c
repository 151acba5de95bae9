/* french.c - codes as people read them in French; see french.h. */
#include "ctl/base/french.h"

#include "io/host/error_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *code, *french;
} codes[] = {
	/* what is configured */
	{ "file", "fichier" },
	{ "hash", "empreinte" },
	{ "approved_on", "signé le" },

	/* words */
	{ "yes", "oui" },
	{ "no", "non" },
	{ "none", "néant" },
	{ "nothing", "rien" },
	{ "from", "du" },
	{ "rulebook", "règles" },
	{ "required", "obligatoire" },
	{ "if-present", "si présente" },
	{ "unused", "inutilisée" },
	{ "allowed", "autorisé" },
	{ "banned", "interdit" },
	{ "unapproved", "sans règle approuvée" },
	{ "primary", "primaire : l'original" },
	{ "secondary", "secondaire : des citations" },
	{ "closed", "fermé" },
	{ "hours", "horaires" },
	{ "holidays", "jours fériés" },
	{ "consent", "consentement" },
	{ "cap", "plafond" },
	{ "gap", "délai entre deux appels" },
	{ "refusal", "refus" },
	{ "list", "liste" },
	{ "sectors", "secteurs" },

	/* verdicts, rules and where a job is */
	{ "release", "accord" },
	{ "invalid", "invalide" },
	{ "refuse", "refus" },
	{ "hold", "attente" },
	{ "job", "tâche" },
	{ "campaign", "campagne" },
	{ "number", "numéro" },
	{ "dates", "dates" },
	{ "duplicate", "doublon" },
	{ "cancel", "annulation" },
	{ "halt", "arrêt" },
	{ "law", "droit" },
	{ "history", "antériorité" },
	{ "not-before", "pas avant" },
	{ "start", "début" },
	{ "window", "fenêtre" },
	{ "brake", "frein" },
	{ "pause", "pause" },
	{ "queue", "en file" },
	{ "held", "en attente" },
	{ "later", "plus tard" },
	{ "ready", "prête" },
	{ "taken", "prise" },
	{ "unknown", "inconnue" },
	{ "done", "terminée" },
	{ "refused", "refusée" },

	/* details and hints of decide(), of jobs and of numbers */
	{ "this campaign or its family", "cette campagne ou sa famille" },
	{ "no regime for that day", "aucun régime ce jour-là" },
	{ "no regime is in force on that date", "aucun régime en vigueur à cette date" },
	{ "the listed holidays do not reach that date",
	  "les jours fériés connus n'atteignent pas cette date" },
	{ "no minute is open in every territory it may be in",
	  "aucune minute n'est ouverte dans tous les territoires possibles" },
	{ "the campaign's own window never meets the lawful hours there",
	  "la fenêtre propre à la campagne ne rencontre jamais les heures légales de ce lieu" },
	{ "the campaign's own window", "la fenêtre propre à la campagne" },
	{ "job and registry", "tâche et registre" },
	{ "registry", "registre" },
	{ "lists", "listes" },
	{ "guard", "marge avant la fermeture" },
	{ "stopped", "arrêtée" },
	/* what the decision log and Redis have of each other */
	{ "removed", "retiré" },
	{ "changed", "modifié" },
	{ "invented", "inventé" },
	{ "not-at-hand", "journal absent" },
	{ "damaged", "endommagé" },
	{ "unread", "non lu" },
	{ "running", "en cours" },
	{ "paused", "en pause" },
	{ "end", "fin" },
	{ "slot", "créneau" },
	{ "age", "durée" },
	{ "address", "adresse" },
	{ "rulebook unsigned", "règles non signées" },
	{ "all", "tout" },
	{ "expected a postcode of a territory in the rulebook",
	  "code postal d'un territoire des règles attendu" },
	{ "expected the INSEE code of a commune in the rulebook",
	  "code INSEE d'une commune des règles attendu" },
	{ "nobody knows where that address is: mend it, or leave it out",
	  "nul ne sait où est cette adresse : à corriger, ou à retirer" },
	{ "digits, spaces, dots, dashes, slashes and brackets only",
	  "chiffres, espaces, points, tirets, barres et parenthèses seulement" },
	{ "a plus stands only at the front", "un plus ne va qu'au début" },
	{ "too many digits", "trop de chiffres" },
	{ "too few digits", "trop peu de chiffres" },
	{ "no digits", "aucun chiffre" },
	{ "10 digits that begin with 0, or + and a country code",
	  "10 chiffres commençant par 0, ou + et un indicatif de pays" },
	{ "expected UTF-8", "UTF-8 attendu" },
	{ "the text ends too early", "le texte finit trop tôt" },
	{ "expected nothing after the object", "rien n'est attendu après l'objet" },
	{ "a field stands there twice", "un champ y est deux fois" },
	{ "expected no NUL character", "aucun caractère nul attendu" },
	{ "nested too deeply", "imbrication trop profonde" },
	{ "expected JSON here", "JSON attendu ici" },
	{ "expected one object", "un objet attendu" },
	{ "expected an object", "un objet attendu" },
	{ "expected a text of 1 to 128 bytes", "texte de 1 à 128 octets attendu" },
	{ "expected a telephone number as text", "numéro de téléphone attendu, comme texte" },
	{ "expected a telephone number as text, in quotes",
	  "numéro de téléphone attendu, comme texte entre guillemets" },
	{ "expected at most 8192 bytes", "8192 octets au plus attendus" },

	/* faults of campaigns */
	{ "field-missing", "champ manquant (field-missing)" },
	{ "field-unknown", "champ inconnu (field-unknown)" },
	{ "field-malformed", "champ mal formé (field-malformed)" },
	{ "advertiser-incomplete", "annonceur incomplet (advertiser-incomplete)" },
	{ "source-unapproved", "source non approuvée (source-unapproved)" },
	{ "sector-banned", "secteur interdit (sector-banned)" },
	{ "sector-unapproved", "secteur sans règle approuvée (sector-unapproved)" },
	{ "caller-id-class", "numéro présenté hors des plages d'automates (caller-id-class)" },
	{ "caller-id-unauthorised", "numéro présenté non attribué à l'annonceur (caller-id-unauthorised)" },
	{ "opt-out-missing", "moyen d'opposition absent (opt-out-missing)" },
	{ "opt-out-surcharged", "moyen d'opposition surtaxé (opt-out-surcharged)" },
	{ "announcement-incomplete", "annonce incomplète (announcement-incomplete)" },
	{ "synthetic-undisclosed", "voix de synthèse non annoncée (synthetic-undisclosed)" },
	{ "route-unknown", "route inconnue (route-unknown)" },
	{ "route-location", "route hors des lieux permis (route-location)" },
	{ "service-undeclared", "message de service non déclaré (service-undeclared)" },

	/* what a rule looked at */
	{ "found_in", "trouvée" },
	{ "judged", "jugée" },
	{ "found", "trouvée" },
	{ "given", "donnée" },
	{ "field", "champ" },
	{ "hint", "indication" },
	{ "purpose", "finalité" },
	{ "prospecting", "prospection commerciale" },
	{ "sector", "secteur" },
	{ "sector_status", "statut du secteur" },
	{ "advertiser", "annonceur" },
	{ "source", "source" },
	{ "route", "route" },
	{ "caller_id_doubtful", "plages douteuses admises" },
	{ "faults", "fautes" },
	{ "by", "par" },
	{ "prefix", "préfixe" },
	{ "postcode", "code postal" },
	{ "postcode and INSEE", "code postal et INSEE" },
	{ "united", "réunion" },
	{ "candidates", "candidats" },
	{ "place", "lieu" },
	{ "zones", "fuseaux" },
	{ "zone", "fuseau" },
	{ "to", "numéro" },
	{ "insee", "INSEE" },
	{ "class", "classe" },
	{ "fixed", "fixe" },
	{ "free", "gratuit" },
	{ "ordinary", "prix ordinaire" },
	{ "surcharged", "surtaxé" },
	{ "short", "court" },
	{ "caller-id", "automates" },
	{ "unassigned", "non attribué" },
	{ "foreign", "étranger" },
	{ "at", "le" },
	{ "status", "état" },
	{ "not_after", "pas après" },
	{ "not_before", "pas avant" },
	{ "released_before", "déjà autorisée" },
	{ "family", "famille" },
	{ "cancelled", "annulée" },
	{ "scope", "portée" },
	{ "why", "motif" },
	{ "on", "inscrit sur" },
	{ "name", "nom" },
	{ "mode", "mode" },
	{ "meta", "déclarée" },
	{ "refreshed_at", "à jour du" },
	{ "max_age_days", "jours au plus" },
	{ "age_hours", "âge en heures" },
	{ "malformed", "mal formée" },
	{ "local_dates", "dates locales" },
	{ "product", "produit" },
	{ "consents", "consentements" },
	{ "withdrawn_at", "retiré le" },
	{ "used", "pris en compte" },
	{ "collected_at", "recueilli le" },
	{ "until", "jusqu'au" },
	{ "channel", "canal" },
	{ "automated-voice", "voix automatisée" },
	{ "form", "formulaire" },
	{ "identity", "identité" },
	{ "choice", "choix" },
	{ "period", "durée" },
	{ "withdrawal", "retrait" },
	{ "proof", "preuve" },
	{ "attempts_before", "appels antérieurs" },
	{ "imported", "importés" },
	{ "counted", "comptées" },
	{ "caps", "plafonds" },
	{ "gap_days", "jours entre deux appels" },
	{ "number_reached", "numéro joint le" },
	{ "person_reached", "personne jointe le" },
	{ "days", "jours" },
	{ "days_of_number", "jours du numéro" },
	{ "days_of_person", "jours de la personne" },
	{ "local", "sur place" },
	{ "date", "date" },
	{ "day", "jour" },
	{ "time", "heure" },
	{ "own_hours", "horaires propres" },
	{ "holiday", "jour férié" },
	{ "open", "ouverte" },
	{ "closes", "ferme" },
	{ "next_open", "prochaine ouverture" },
	{ "guard_s", "marge en secondes" },
	{ "require_approved", "signature exigée" },
	{ "approved_by", "signé par" },
	{ "Monday", "lundi" },
	{ "Tuesday", "mardi" },
	{ "Wednesday", "mercredi" },
	{ "Thursday", "jeudi" },
	{ "Friday", "vendredi" },
	{ "Saturday", "samedi" },
	{ "Sunday", "dimanche" },

	/* the append-only file of Redis */
	{ "rewritten", "réécrit" },
	{ "off", "désactivé" },

	/* dossiers */
	{ "keys", "clés" },
	{ "campaigns", "campagnes" },
	{ "reason", "motif" },
	{ "person", "personne" },
	{ "act", "acte" },
	{ "via", "recueilli par" },
	{ "bases", "bases" },
};

/* What the machine is set to, in the order of setlocale(3). */
static bool locale_is_french(void)
{
	static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (value != NULL && *value != '\0')
			return strncmp(value, "fr", 2) == 0 &&
			       (value[2] == '\0' || strchr("_.@", value[2]) != NULL);
	}
	return false;
}

bool lang_is_french(int argc, char **argv)
{
	const char *text = NULL;
	bool json = false;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		json = json || strcmp(argv[i], "--json") == 0;
		if (strncmp(argv[i], "--lang=", 7) == 0)
			text = argv[i] + 7;
		else if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
			text = argv[i + 1];
	}
	return text != NULL ? strcmp(text, "fr") == 0 : !json && locale_is_french();
}

bool lang_pair(size_t i, const char **ret_code, const char **ret_french)
{
	if (i >= sizeof(codes) / sizeof(codes[0]))
		return false;
	*ret_code = codes[i].code;
	*ret_french = codes[i].french;
	return true;
}

const char *lang_pick(bool french, const char *english, const char *in_french)
{
	return french ? in_french : english;
}

const char *lang_reason(bool french, enum reason reason)
{
	return french ? reason_text_fr(reason) : reason_text(reason);
}

const char *lang_say(bool french, const char *code)
{
	for (size_t i = 0; french && i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].french;
	return code;
}
