#include "ctl/lang.h"

#include "core/civil.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *english, *french;
} phrases[] = {
	/* words */
	{ "yes", "oui" },
	{ "no", "non" },
	{ "none", "aucun" },
	{ "nothing", "rien" },
	{ " and ", " et " },
	{ "from", "du" },
	{ " to ", " au " },
	{ ", no end", ", sans fin" },
	{ "(unsigned)", "(non signé)" },
	{ "rulebook", "règles" },
	{ "required", "obligatoire" },
	{ "not required", "non obligatoire" },
	{ "if-present", "si présente" },
	{ "unused", "inutilisée" },
	{ "allowed", "autorisé" },
	{ "banned", "interdit" },
	{ "unapproved", "sans règle approuvée" },
	{ "primary", "primaire : l'original" },
	{ "secondary", "secondaire : des citations" },
	{ "read in the original", "lu dans l'original" },
	{ "read in quotations", "lu dans des citations" },
	{ "closed", "fermé" },
	{ "hours", "horaires" },
	{ "holidays", "jours fériés" },
	{ "consent", "consentement" },
	{ "cap", "plafond" },
	{ "refusal", "refus" },
	{ "list", "liste" },
	{ "lists", "listes" },
	{ "sectors", "secteurs" },
	{ "%d attempts in %d days", "%d tentatives en %d jours" },
	{ "%d days of silence", "%d jours de silence" },
	{ ", at most %d days old", ", %d jours au plus" },

	/* a change of law */
	{ "What differs", "Ce qui change" },
	{ "Nothing but the name of the regime.", "Rien, sauf le nom du régime." },
	{ "The hours are", "Les horaires sont" },
	{ "The hours rest on", "Les horaires reposent sur" },
	{ "The closing on holidays rests on", "La fermeture les jours fériés repose sur" },
	{ "List * is", "La liste * est" },
	{ "List * may be that many days old", "Âge maximal de la liste *, en jours" },
	{ "List * rests on", "La liste * repose sur" },
	{ "A consent is needed", "Un consentement est exigé" },
	{ "A consent is for the channel", "Le consentement vaut pour le canal" },
	{ "Its form shows", "Son formulaire indique" },
	{ "It lasts at most that many days", "Sa durée maximale, en jours" },
	{ "It must name the product", "Il doit nommer le produit" },
	{ "It must name the advertiser", "Il doit nommer l'annonceur" },
	{ "A proof is needed", "Une preuve est exigée" },
	{ "The consent rests on", "Le consentement repose sur" },
	{ "Attempts that a person may get", "Tentatives permises par personne" },
	{ "They are counted over that many days", "Elles sont comptées sur tant de jours" },
	{ "The cap rests on", "Le plafond repose sur" },
	{ "Days of silence after a refusal", "Jours de silence après un refus" },
	{ "The silence after a refusal rests on", "Le silence après un refus repose sur" },
	{ "Sectors * are", "Les secteurs * sont" },
	{ "Sectors * rest on", "Les secteurs * reposent sur" },
	{ "A holiday is kept", "Un jour férié est observé" },
	{ "The dates are known (else the place is held)",
	  "Les dates sont connues (sinon le lieu est retenu)" },
	{ "The law is known (else everything is held)", "Le droit est connu (sinon tout est retenu)" },
	{ "How the text was read", "Comment le texte a été lu" },
	{ "The same on both days:", "Inchangé :" },
	{ "licet.conf has list_overrides of its own:", "licet.conf a ses propres list_overrides :" },
	{ "Held jobs", "Tâches retenues" },
	{ "Consents in the registry", "Consentements du registre" },
	{ "None changes side.", "Aucun changement." },
	{ "lawful under the new law and not under the old",
	  "licites sous le nouveau droit et non sous l'ancien" },
	{ "lawful under the old law and not under the new",
	  "licites sous l'ancien droit et non sous le nouveau" },
	{ "What it means for held jobs and consents was left out",
	  "Les conséquences pour les tâches retenues et les consentements n'ont pas été examinées" },
	{ "What waits, judged by each law alone, apart from the hour of the day, as of",
	  "Ce qui attend, jugé selon chaque droit seul, sans l'heure du jour, au" },
};

bool lang_read(const struct ctl *ctl, const char *text)
{
	bool french = strcmp(text, "fr") == 0;

	if (!french && strcmp(text, "en") != 0)
		ctl_misuse(ctl, "--lang must be en or fr");
	return french;
}

const char *lang_say(bool french, const char *english)
{
	for (size_t i = 0; french && i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (strcmp(phrases[i].english, english) == 0)
			return phrases[i].french;
	return english;
}

char *lang_local(bool french, const struct zone *zone, int64_t ms, char buf[LANG_LOCAL_SIZE])
{
	static const char *const days[2][7] = { { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" },
		                                { "lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim." } };
	static const char *const months[2][12] = { { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
		                                     "Sep", "Oct", "Nov", "Dec" },
		                                   { "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.",
		                                     "août", "sept.", "oct.", "nov.", "déc." } };
	int32_t second, day = zone_local_date(zone, ms, &second);
	struct civil date = civil_from_days(day);

	snprintf(buf, LANG_LOCAL_SIZE, "%s %d %s %d %02d:%02d", days[french][civil_weekday(day)], date.day,
	         months[french][date.month - 1], date.year, second / 3600, second / 60 % 60);
	return buf;
}
