/* first_campaign.c - the keys of a first campaign; see first_campaign.h. */
#include "ctl/setup/first_campaign.h"

#include "core/number/phone.h"
#include "core/time/civil.h"
#include "io/redis/keys.h"

#include <stdio.h>
#include <string.h>

/* "Acme Jouets" -> "acme-jouets"; what has no letter of ASCII becomes fallback. */
static void make_id(const char *text, const char *fallback, size_t max, char buf[ID_MAX + 1])
{
	size_t n = 0;

	for (; *text != '\0' && n < max; text++) {
		char c = *text >= 'A' && *text <= 'Z' ? (char)(*text - 'A' + 'a') : *text;
		bool good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		if (good)
			buf[n++] = c;
		else if (n > 0 && buf[n - 1] != '-')
			buf[n++] = '-';
	}
	while (n > 0 && buf[n - 1] == '-')
		n--;
	buf[n] = '\0';
	if (n == 0)
		snprintf(buf, ID_MAX + 1, "%s", fallback);
}

/* Two words; the second may be absent. */
static void split(const char *text, char *first, size_t first_size, char *second, size_t second_size)
{
	size_t len = strcspn(text, " ");

	snprintf(first, first_size, "%.*s", (int)len, text);
	snprintf(second, second_size, "%s", text + len + strspn(text + len, " "));
}

/* As E.164, where it is a number; else as it was typed, for the judge to name. */
static void read_number(const struct rulebook *rb, const char *text, char *buf, size_t size)
{
	struct phone phone;

	snprintf(buf, size, "%s", phone_normalise(rb, text, strlen(text), &phone) ? phone.e164 : text);
}

/* The hashes, as name and value in turn; NULL ends them. */
#define PAIRS_MAX (FIRST_WORDS - 2)

static void advertiser_fields(struct first_campaign *f, const char **pairs)
{
	const char *const all[] = { "name",
		                    f->answers[ADVERTISER],
		                    "siren",
		                    f->answers[SIREN],
		                    "caller_ids",
		                    f->caller_id,
		                    "country",
		                    "FR",
		                    "attempts_before",
		                    "none",
		                    NULL };

	memcpy(pairs, all, sizeof(all));
}

static void source_fields(struct first_campaign *f, const char **pairs)
{
	const char *const all[] = { "name",        f->answers[SOURCE], "collected_by", f->advertiser,
		                    "legal_basis", "consent",          "acquired_at",  f->today,
		                    "informed",    "notice-1",         "status",       "approved",
		                    NULL };

	memcpy(pairs, all, sizeof(all));
}

static void definition_fields(struct first_campaign *f, const char **pairs)
{
	const char *const all[] = { "advertiser",
		                    f->advertiser,
		                    "purpose",
		                    "prospecting",
		                    "sector",
		                    f->sector,
		                    "product",
		                    f->product,
		                    "delivery",
		                    "call",
		                    "message",
		                    f->message,
		                    "message_seconds",
		                    f->seconds,
		                    "announces",
		                    "identity commercial opt-out",
		                    "synthetic_voice",
		                    "no",
		                    "caller_id",
		                    f->caller_id,
		                    "opt_out",
		                    f->contact,
		                    "source",
		                    f->source,
		                    "route",
		                    "main",
		                    "status",
		                    f->runs ? "running" : "paused",
		                    NULL };

	memcpy(pairs, all, sizeof(all));
}

static void as_fields(const char **pairs, const char **names, const char **values, struct fields *ret)
{
	*ret = (struct fields){ .names = names, .values = values };
	for (; pairs[0] != NULL; pairs += 2) {
		fields_check(ret, pairs[0], strlen(pairs[0]), pairs[1], strlen(pairs[1]));
		names[ret->count] = pairs[0];
		values[ret->count++] = pairs[1];
	}
}

void first_read(struct ctl *ctl, struct first_campaign *f, int64_t now_ms, struct campaign *ret)
{
	const struct rulebook *rb = ctl_rulebook(ctl);
	const struct campaign_options options = { .caller_id_doubtful = ctl_conf(ctl)->caller_id_doubtful,
		                                  .care_gap_days = ctl_conf(ctl)->care_gap_days };
	const char *pairs[3][PAIRS_MAX], *names[3][PAIRS_MAX / 2], *values[3][PAIRS_MAX / 2];
	struct fields def, advertiser, source, route = { 0 };
	char instant[CIVIL_INSTANT_SIZE];

	make_id(f->answers[ADVERTISER], "advertiser", ID_MAX - 8, f->advertiser);
	make_id(f->answers[SOURCE], "source", ID_MAX, f->source);
	snprintf(f->id, sizeof(f->id), "%.50s.first", f->advertiser);
	split(f->answers[OFFER], f->sector, sizeof(f->sector), f->product, sizeof(f->product));
	split(f->answers[MESSAGE], f->message, sizeof(f->message), f->seconds, sizeof(f->seconds));
	read_number(rb, f->answers[CALLER_ID], f->caller_id, sizeof(f->caller_id));
	read_number(rb, f->answers[CONTACT], f->contact, sizeof(f->contact) - 8);
	strcat(f->contact, " key:9");
	snprintf(f->now, sizeof(f->now), "%s", civil_format_instant(now_ms, instant));
	snprintf(f->today, sizeof(f->today), "%.10s", f->now);
	advertiser_fields(f, pairs[0]);
	source_fields(f, pairs[1]);
	definition_fields(f, pairs[2]);
	as_fields(pairs[0], names[0], values[0], &advertiser);
	as_fields(pairs[1], names[1], values[1], &source);
	as_fields(pairs[2], names[2], values[2], &def);
	campaign_read(rb, &options, f->id, &def, &advertiser, &source, &route, (int32_t)(now_ms / 86400000),
	              ret);
}

bool first_command(struct ctl *ctl, struct first_campaign *f, size_t i, const char *words[FIRST_WORDS])
{
	static char key[KEY_SIZE];
	const char *prefix = ctl_conf(ctl)->prefix;

	words[0] = "HSET";
	words[1] = key;
	switch (i) {
	case 0:
		key_of(prefix, "list-meta", "opposition", key);
		words[2] = "refreshed_at";
		words[3] = f->now;
		words[4] = "source";
		words[5] = f->answers[LIST];
		words[6] = NULL;
		return true;
	case 1:
		key_of(prefix, "advertiser", f->advertiser, key);
		advertiser_fields(f, words + 2);
		return true;
	case 2:
		key_of(prefix, "source", f->source, key);
		source_fields(f, words + 2);
		return true;
	case 3:
		key_campaign(prefix, f->id, "def", key);
		definition_fields(f, words + 2);
		return true;
	case 4:
		words[0] = "SADD";
		key_global(prefix, "campaigns", key);
		words[2] = f->id;
		words[3] = NULL;
		return true;
	default:
		return false;
	}
}
