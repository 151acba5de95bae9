/* match.c - is that the person's? */
#include "ctl/subject/match.h"

#include "core/job/job.h"
#include "ctl/base/print.h"
#include "ctl/query/company_ids.h"
#include "ctl/subject/subject.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWN_DIGITS 9 /* at the end of a number: enough to know it by, with any prefix */

bool subject_is_number(const struct subject *s, const char *text, size_t len)
{
	return text != NULL && phone_is(s->rb, s->phone.e164, text, len);
}

bool subject_is_person(const struct subject *s, const char *text, size_t len)
{
	for (size_t i = 0; text != NULL && i < s->persons.count; i++)
		if (strlen(s->persons.list[i]) == len && memcmp(s->persons.list[i], text, len) == 0)
			return true;
	return false;
}

/* Digits that go on, as people write numbers: does their end say ours? */
bool subject_has_number(const struct subject *s, const char *text, size_t len)
{
	const char *own = s->phone.e164 + 1;
	size_t own_len = strlen(own), want = own_len < OWN_DIGITS ? own_len : OWN_DIGITS, n = 0;
	char last[OWN_DIGITS];

	for (size_t i = 0; i <= len; i++) {
		unsigned char c = i < len ? (unsigned char)text[i] : '\0';

		if (isdigit(c)) {
			last[n++ % OWN_DIGITS] = (char)c;
			continue;
		}
		/* 0xA0 and 0x80 to 0xBF: what no-break spaces are made of. */
		if (i < len && (strchr(" .-()/\\", c) != NULL || (c >= 0x80 && c <= 0xC2) || c == 0xE2))
			continue;
		bool same = n >= want;

		for (size_t k = 1; k <= want && same; k++)
			same = last[(n - k) % OWN_DIGITS] == own[own_len - k];
		if (same)
			return true;
		n = 0;
	}
	return false;
}

/* As a word: a short id must not be found in a longer one. */
static bool has_word(const char *text, size_t len, const char *word)
{
	size_t word_len = strlen(word);

	for (const char *at = text; (at = memmem(at, len - (size_t)(at - text), word, word_len)) != NULL;
	     at++) {
		const char *end = at + word_len;

		if ((at == text || !isalnum((unsigned char)at[-1])) &&
		    (end == text + len || !isalnum((unsigned char)*end)))
			return true;
	}
	return false;
}

bool subject_in_text(const struct subject *s, const char *text, size_t len)
{
	if (text == NULL)
		return false;
	for (size_t i = 0; i < s->persons.count; i++)
		if (has_word(text, len, s->persons.list[i]))
			return true;
	return subject_has_number(s, text, len);
}

bool subject_owns_job(const struct subject *s, const char *job, size_t len, char **ret_person)
{
	/* No key twice: what one reader skips another may read. */
	json_t *root = json_loadb(job, len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *to = json_object_get(root, "to"), *person = json_object_get(root, "person");
	bool known = json_is_string(to), ours;
	struct phone phone;

	/* Where it goes to cannot be read: it may stand anywhere. */
	if (known)
		known = phone_normalise(s->rb, json_string_value(to), json_string_length(to), &phone);
	ours = known ? strcmp(phone.e164, s->phone.e164) == 0 : subject_has_number(s, job, len);
	if (!json_is_object(root))
		ours = subject_in_text(s, job, len);
	else if (json_is_string(person))
		ours = ours || subject_is_person(s, json_string_value(person), json_string_length(person));
	if (ret_person != NULL)
		*ret_person = ours && json_is_string(person) ? mem_copy(json_string_value(person)) : NULL;
	json_decref(root);
	return ours;
}

/* --- campaigns --------------------------------------------------------------------------- */

static const json_t *campaign_of(struct subject *s, const char *campaign)
{
	json_t *known = json_object_get(s->campaigns, campaign);
	char key[KEY_SIZE];

	if (known != NULL)
		return known;
	struct redis_reply *reply =
	    ask_value_words(s->ctl, "HMGET", key_campaign(s->ctl->conf.prefix, campaign, "def", key),
	                    "advertiser", "family");
	const char *advertiser = reply_text(reply_at(reply, 0), NULL);
	const char *family = reply_text(reply_at(reply, 1), NULL);
	/* Without a definition: a campaign may be named after its advertiser. */
	char *named = mem_copy_len(campaign, strcspn(campaign, "."));

	known = json_object();
	/* What is its advertiser's is kept under the first id of the company. */
	const char *of = advertiser != NULL ? advertiser : named;
	struct company company;

	if (id_is_valid(of, strlen(of))) {
		ask_company(s->ctl, of, &company);
		of = company.ids[0];
	}
	json_object_set_new(known, "advertiser", print_json_text(of));
	json_object_set_new(known, "family",
	                    print_json_text(family != NULL && id_is_valid(family, strlen(family)) ? family
	                                                                                          : ""));
	json_object_set_new(s->campaigns, campaign, known);
	free(named);
	reply_free(reply);
	return known;
}

const char *subject_advertiser_of(struct subject *s, const char *campaign)
{
	const char *id = json_string_value(json_object_get(campaign_of(s, campaign), "advertiser"));

	return id != NULL ? id : "";
}

char *subject_marks_of(struct subject *s, const char *campaign, char buf[KEY_SIZE])
{
	return key_seen(s->ctl->conf.prefix, campaign,
	                json_string_value(json_object_get(campaign_of(s, campaign), "family")), buf);
}

bool subject_wants_campaign(struct subject *s, const char *campaign)
{
	return s->advertiser == NULL || company_has(&s->company, subject_advertiser_of(s, campaign));
}
