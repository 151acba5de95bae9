/* letter.c - dates, numbers and articles as a letter writes them; see letter.h. */
#include "ctl/paper/letter.h"

#include "core/time/civil.h"
#include "io/host/mem.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NARROW "\u202f"
#define NO_BREAK "\u00a0"

char *letter_date(bool french, int32_t day, bool with_day)
{
	static const char *const days[2][7] = {
		{ "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" },
		{ "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche" }
	};
	static const char *const months[2][12] = {
		{ "January", "February", "March", "April", "May", "June", "July", "August", "September",
		  "October", "November", "December" },
		{ "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
		  "octobre", "novembre", "décembre" }
	};
	struct civil date = civil_from_days(day);
	return mem_format("%s%s%d%s" NO_BREAK "%s %d", with_day ? days[french][civil_weekday(day)] : "",
	                  with_day ? " " : "", date.day, french && date.day == 1 ? "er" : "",
	                  months[french][date.month - 1], date.year);
}

char *letter_when(bool french, const struct zone *zone, int64_t ms)
{
	int32_t second, day = (int32_t)(ms / DAY_MS);
	if (zone != NULL)
		day = zone_local_date(zone, ms, &second);
	else
		second = (int32_t)(ms % DAY_MS / 1000);
	char *date = letter_date(french, day, true);
	char *when = mem_format(french ? "%s à %d" NO_BREAK "h" NO_BREAK "%02d" : "%s at %d:%02d", date,
	                        (int)(second / 3600), (int)(second / 60 % 60));
	free(date);
	return when;
}

char *letter_number(bool french, int64_t n)
{
	char digits[24], out[64], *at = out;
	snprintf(digits, sizeof(digits), "%" PRId64, n);
	size_t len = strlen(digits);
	for (size_t i = 0; i < len; i++) {
		if (i > 0 && isdigit((unsigned char)digits[i - 1]) && (len - i) % 3 == 0 && len > 4)
			at = stpcpy(at, french ? NARROW : ",");
		*at++ = digits[i];
	}
	*at = '\0';
	return mem_copy(out);
}

char *letter_siren(const char *siren)
{
	if (strlen(siren) != 9 || siren[strspn(siren, "0123456789")] != '\0')
		return mem_copy(siren);
	return mem_format("%.3s" NARROW "%.3s" NARROW "%s", siren, siren + 3, siren + 6);
}

/* --- articles ------------------------------------------------------------------------- */

static const struct {
	const char *from, *to;
} article_words[] = {
	/* What a table needs as well; behind SHORT_WORDS what only a sentence does. */
	{ " to ", " à " },
	{ " and ", " et " },
	{ "; ", " ; " },
	{ "(before 2026-08-11)", "(avant le 11 août 2026)" },
	{ " repealed", ", abrogés" },
	{ "no sector rule has been approved", "aucune règle de secteur n'a été approuvée" },
#define SHORT_WORDS 6
	{ " C. conso.", " du code de la consommation" },
	{ " C. trav.", " du code du travail" },
	{ " CPCE", " du code des postes et des communications électroniques" },
	{ " al. ", ", al." NO_BREAK },
};

static char *translate(bool french, const char *article, size_t count, bool sentence)
{
	char *text;
	size_t size;
	if (!french)
		return mem_copy(article);
	FILE *out = mem_stream(&text, &size);
	for (const char *at = article; *at != '\0';) {
		size_t i = 0;
		while (i < count && strncmp(at, article_words[i].from, strlen(article_words[i].from)) != 0)
			i++;
		bool code = sentence && strchr("LRDA", *at) != NULL && isdigit((unsigned char)at[1]) &&
		            (at == article || !isalnum((unsigned char)at[-1]));
		if (i < count) {
			fputs(article_words[i].to, out);
			at += strlen(article_words[i].from);
		} else {
			fputc(*at++, out);
			if (code)
				fputs("." NO_BREAK, out);
		}
	}
	mem_stream_end(out);
	return text;
}

char *letter_article(bool french, const char *article)
{
	return translate(french, article, sizeof(article_words) / sizeof(article_words[0]), true);
}

char *letter_article_short(bool french, const char *article)
{
	return translate(french, article, SHORT_WORDS, false);
}

char *letter_zone(const struct zone *zone)
{
	const char *name = zone_name(zone), *slash = strrchr(name, '/');
	if (strcmp(name, "Indian/Reunion") == 0)
		return mem_copy("La Réunion");
	char *text = mem_copy(slash != NULL ? slash + 1 : name);
	for (char *at = text; (at = strchr(at, '_')) != NULL;)
		*at = ' ';
	return text;
}
