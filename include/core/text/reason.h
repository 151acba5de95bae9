/* reason.h - the one list of reasons.
 *
 * Names, statistics keys, stream fields, log words, the output of licetctl and
 * licet-reasons(7) all come from this list. Codes may be added, never
 * renamed: other programs count on them. */
#ifndef LICET_CORE_TEXT_REASON_H
#define LICET_CORE_TEXT_REASON_H

#include <stdbool.h>
#include <stddef.h>

enum verdict {
	VERDICT_RELEASE, /* every rule said yes */
	VERDICT_INVALID, /* a job that nobody could ever place */
	VERDICT_REFUSE,  /* a real job that may not go out */
	VERDICT_HOLD,    /* not now; a time or an event may change that */
};

/* X(symbol, name, verdict, English text, French text) */
/* clang-format off */
#define REASONS(X) \
	X(ALLOWED, "allowed", RELEASE, "every rule said yes", "autorisé") \
	X(JSON_MALFORMED, "json-malformed", INVALID, "not one UTF-8 JSON object", "JSON illisible") \
	X(FIELD_MISSING, "field-missing", INVALID, "id or to is absent", "champ manquant") \
	X(FIELD_UNKNOWN, "field-unknown", INVALID, "a field that no job has; the nearest known one is named", "champ inconnu") \
	X(FIELD_MALFORMED, "field-malformed", INVALID, "wrong type, date or postcode", "champ mal formé") \
	X(JOB_TOO_LARGE, "job-too-large", INVALID, "over 8 KiB; over 9 KiB it is not read whole, and its entry keeps 512 bytes and says how long it was", "tâche trop grande") \
	X(NUMBER_MALFORMED, "number-malformed", INVALID, "wrong length, unassigned or impossible number", "numéro inexistant") \
	X(NUMBER_CLASS, "number-class", REFUSE, "short, 08, caller-id range, M2M or satellite: no person's line", "numéro non appelable") \
	X(NUMBER_NOT_COVERED, "number-not-covered", REFUSE, "no rulebook for that country or territory", "territoire non couvert") \
	X(DUPLICATE, "duplicate", REFUSE, "same number, person or id in this campaign or family", "doublon") \
	X(OPPOSED_PLATFORM, "opposed-platform", REFUSE, "on the platform's opposition list", "opposition, toute la plateforme") \
	X(OPPOSED_ADVERTISER, "opposed-advertiser", REFUSE, "objected to this advertiser", "opposition à l'annonceur") \
	X(LISTED, "listed", REFUSE, "on Bloctel, anti-prospection or another list", "inscrit sur une liste") \
	X(REFUSAL, "refusal", REFUSE, "said no in a call; 60 days and a later consent are needed", "refus récent") \
	X(CONSENT_MISSING, "consent-missing", REFUSE, "no consent in the job or the registry", "aucun consentement") \
	X(CONSENT_WITHDRAWN, "consent-withdrawn", REFUSE, "withdrawn later than given", "consentement retiré") \
	X(CONSENT_EXPIRED, "consent-expired", REFUSE, "past its end or one year, or dated in the future", "consentement hors période") \
	X(CONSENT_SCOPE, "consent-scope", REFUSE, "for another advertiser or product", "consentement pour un autre objet") \
	X(CONSENT_CHANNEL, "consent-channel", REFUSE, "not for automated voice", "consentement pour un autre canal") \
	X(CONSENT_FORM, "consent-form", REFUSE, "a mention, basis, act or proof is missing", "formulaire incomplet") \
	X(CAP_UNREACHABLE, "cap-unreachable", REFUSE, "a slot under the cap frees only after the end", "plafond atteint jusqu'à la fin") \
	X(JOB_EXPIRED, "job-expired", REFUSE, "its own not_after has passed", "tâche périmée") \
	X(CANCELLED, "cancelled", REFUSE, "cancelled by its owner", "annulée") \
	X(CAMPAIGN_ENDED, "campaign-ended", REFUSE, "its end has passed or it was stopped", "campagne terminée") \
	X(ERASED, "erased", REFUSE, "the person was erased", "personne effacée") \
	X(CAMPAIGN_REJECTED, "campaign-rejected", HOLD, "the campaign has faults; none of its jobs moves", "campagne non conforme") \
	X(CAMPAIGN_PAUSED, "campaign-paused", HOLD, "paused by its owner", "en pause") \
	X(CAMPAIGN_NOT_STARTED, "campaign-not-started", HOLD, "before its start", "pas commencée") \
	X(HALTED, "halted", HOLD, "platform, advertiser, source or route stopped by ops", "arrêt général") \
	X(WEEKEND, "weekend", HOLD, "Saturday or Sunday there", "week-end") \
	X(HOLIDAY, "holiday", HOLD, "a public holiday there", "jour férié") \
	X(OUTSIDE_HOURS, "outside-hours", HOLD, "before, between or after the legal hours", "hors horaires légaux") \
	X(OUTSIDE_CAMPAIGN_HOURS, "outside-campaign-hours", HOLD, "legal, but outside the campaign's own window", "hors horaires de la campagne") \
	X(WINDOW_CLOSING, "window-closing", HOLD, "too close to the end of the window", "fermeture imminente") \
	X(PLACE_UNKNOWN, "place-unknown", HOLD, "no minute is lawful in every place it may be in", "lieu incertain") \
	X(NOT_BEFORE, "not-before", HOLD, "its own time, slot or retry delay", "pas avant") \
	X(CAP_REACHED, "cap-reached", HOLD, "four attempts, or reached too recently (rule gap); until that day", "plafond d'appels atteint") \
	X(HISTORY_UNKNOWN, "history-unknown", HOLD, "earlier attempts were not declared", "historique inconnu") \
	X(RATE_LIMIT, "rate-limit", HOLD, "the rate of the campaign or the route", "débit limité") \
	X(ROUTE_FULL, "route-full", HOLD, "the route's backlog, or its limit of calls at once, is full", "file d'envoi pleine") \
	X(ROUTE_BREAKER, "route-breaker", HOLD, "canary waiting, or too many failures", "coupe-circuit") \
	X(OUTCOME_UNKNOWN, "outcome-unknown", HOLD, "its lease is over; a person must settle it", "issue inconnue") \
	X(LIST_MISSING, "list-missing", HOLD, "a required list was never declared, or a list lost members", "liste absente") \
	X(LIST_STALE, "list-stale", HOLD, "a list is older than its age, or dated in the future", "liste périmée") \
	X(LIST_MALFORMED, "list-malformed", HOLD, "a list has the wrong type or members that are not E.164", "liste mal formée") \
	X(LAW_UNKNOWN, "law-unknown", HOLD, "no law or holiday data for that day", "règles inconnues") \
	X(CLOCK_DOUBT, "clock-doubt", HOLD, "the clock and Redis TIME differ", "horloge douteuse") \
	X(FACTS_UNKNOWN, "facts-unknown", HOLD, "a lookup failed and is tried again", "vérification impossible") \
	X(REDIS_POLICY, "redis-policy", HOLD, "AOF, noeviction, role or replicas are not as they must be", "réglage de Redis") \
	X(REDIS_FULL, "redis-full", HOLD, "Redis is above its high-water mark", "Redis plein") \
	X(LOG_UNWRITABLE, "log-unwritable", HOLD, "the decision log cannot be written, or lags too far behind", "journal des décisions indisponible") \
	X(NOTHING_QUEUED, "nothing-queued", HOLD, "no job is waiting", "rien en attente")
/* clang-format on */

/* What somebody has to do about a reason that no time ends. X(symbol, English text, French text) */
/* clang-format off */
#define REMEDIES(X) \
	X(CAMPAIGN_REJECTED, "Correct its definition: licetctl campaign show says what is wrong.", "Corriger sa définition : licetctl campaign show dit ce qui ne va pas.") \
	X(HALTED, "Ops stopped it. Once the cause is mended: licetctl unhalt.", "L'exploitation l'a arrêtée. La cause levée : licetctl unhalt.") \
	X(PLACE_UNKNOWN, "No minute is lawful in every place these numbers may be in. Add postcodes to the jobs.", "Aucune minute n'est légale partout où ces numéros peuvent se trouver. Ajouter les codes postaux.") \
	X(HISTORY_UNKNOWN, "Declare earlier calls: licetctl attempts import, then attempts_before of the advertiser.", "Déclarer les appels antérieurs : licetctl attempts import, puis attempts_before de l'annonceur.") \
	X(ROUTE_FULL, "Senders take too little. Look whether they run.", "Les émetteurs prennent trop peu. Vérifier qu'ils tournent.") \
	X(ROUTE_BREAKER, "Too many calls failed, or the first ones are still out. Look at the senders, then licetctl breaker.", "Trop d'appels ont échoué, ou les premiers sont encore dehors. Voir les émetteurs, puis licetctl breaker.") \
	X(OUTCOME_UNKNOWN, "Nobody reported these calls. Find out what became of them: licetctl settle.", "Personne n'a rendu compte de ces appels. Établir ce qu'ils sont devenus : licetctl settle.") \
	X(LIST_MISSING, "An opposition list is missing or lost members. Load it: licetctl list load, or answer for it: list accept.", "Une liste d'opposition manque ou a perdu des membres. La charger : licetctl list load, ou en répondre : list accept.") \
	X(LIST_STALE, "An opposition list is too old. Load it anew: licetctl list load.", "Une liste d'opposition est périmée. La recharger : licetctl list load.") \
	X(LIST_MALFORMED, "A list holds what is no number: licetctl list mend.", "Une liste contient ce qui n'est pas un numéro : licetctl list mend.") \
	X(LAW_UNKNOWN, "The rulebook says nothing about that day. It needs the decree in force.", "Le recueil ne dit rien de ce jour. Il lui faut le texte en vigueur.") \
	X(CLOCK_DOUBT, "The clocks of licetd and Redis differ. Look at chrony.", "Les horloges de licetd et de Redis diffèrent. Voir chrony.") \
	X(FACTS_UNKNOWN, "A lookup fails, or an objection waits for somebody: licetctl status.", "Une vérification échoue, ou une opposition attend quelqu'un : licetctl status.") \
	X(REDIS_POLICY, "Redis may lose what it acknowledged. Set AOF, noeviction and the role of master.", "Redis peut perdre ce qu'il a confirmé. Régler AOF, noeviction et le rôle de maître.") \
	X(REDIS_FULL, "Redis is nearly full. Give it memory.", "Redis est presque plein. Lui donner de la mémoire.") \
	X(LOG_UNWRITABLE, "The decision log cannot be written. Make room on its disk.", "Le journal des décisions ne peut être écrit. Faire de la place sur son disque.")
/* clang-format on */

#define X(sym, name, verdict, en, fr) REASON_##sym,
enum reason { REASONS(X) REASON_COUNT };
#undef X

/* All of them return static text. reason must be below REASON_COUNT. */
const char *reason_name(enum reason reason);
const char *reason_text(enum reason reason);
const char *reason_text_fr(enum reason reason);
/* What somebody has to do about it; "": nothing, or time alone ends it. */
const char *reason_remedy(enum reason reason);
const char *reason_remedy_fr(enum reason reason);
enum verdict reason_verdict(enum reason reason);

/* "release", "invalid", "refuse" or "hold". */
const char *verdict_name(enum verdict verdict);

/* Find a reason by its name. Returns false, and leaves *ret alone, if there is
 * none of that name. */
bool reason_find(const char *name, size_t len, enum reason *ret);

#endif
