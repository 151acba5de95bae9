/* job.h - one job as its owner pushed it, and consents.
 *
 * A job is one JSON object. What is wrong with it is a value (struct fault) that
 * names the field, the byte and what was expected; nothing is guessed. */
#ifndef LICET_CORE_JOB_JOB_H
#define LICET_CORE_JOB_JOB_H

#include "core/text/fields.h"
#include "core/text/reason.h"
#include "core/time/civil.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOB_BYTES_MAX 8192
#define JOB_ID_MAX 128
#define CONSENT_MENTIONS_MAX 16

/* Why a job, a consent or a definition cannot be read. */
struct fault {
	enum reason reason;
	char field[64];
	size_t position; /* byte in the text, from 0 */
	char hint[160];
};

/* A form that ops registered (licet:form:<f>), so that a consent may name it instead of
 * listing what it said. Only values; made by form_read(). */
#define FORM_TEXTS_MAX 512
struct consent_form {
	bool known;    /* false: nobody registered it */
	bool approved; /* approved_by is set */
	char product[65], channel[65], act[65];
	char texts[FORM_TEXTS_MAX]; /* what the pointers below point into */
	const char *mentions[CONSENT_MENTIONS_MAX], *bases[CONSENT_MENTIONS_MAX];
	size_t mention_count, base_count;
	int64_t from_ms, to_ms;      /* consents collected in [from, to) */
	const char *fault;           /* the field that cannot be read; NULL: none */
	char flaw[FIELDS_FLAW_SIZE]; /* of its hash; fault points to it then */
};

/* Strings point into the JSON value that the consent was read from. */
struct consent {
	const char *product, *channel, *proof;
	const char *advertiser;          /* SIREN; NULL if not said */
	const char *via, *act;           /* NULL if not said */
	const char *form_id;             /* a registered form; NULL if the mentions are listed */
	const struct consent_form *form; /* what it is; NULL: not looked up, which is no form */
	const char *bases[CONSENT_MENTIONS_MAX];
	size_t base_count; /* 0: not said */
	const char *mentions[CONSENT_MENTIONS_MAX];
	size_t mention_count;
	int64_t collected_ms; /* TIME_NONE: absent or without a time of day */
	int64_t until_ms;     /* TIME_NONE: see until_date */
	int32_t until_date;   /* day number; ends at 00:00 of it, callee's time; INT32_MIN: none */
	int64_t slot_ms;      /* TIME_NONE: no slot */
};

struct job {
	json_t *root;                                    /* owns what the pointers below point to */
	const char *id, *to, *person, *postcode, *insee; /* person and below: NULL if absent */
	size_t id_len, to_len;
	int64_t not_before_ms, not_after_ms; /* TIME_NONE if absent */
	bool has_consent;
	struct consent consent;
	size_t vars_at, vars_len; /* bytes of the value of vars in the text; len 0: absent */
};

/* Read a job. Returns true and fills *ret (release it with job_done), or false
 * and fills *ret_fault; *ret->id and *ret->to are then set if they could be read,
 * and job_done must be called all the same. */
bool job_parse(const char *text, size_t len, struct job *ret, struct fault *ret_fault);
void job_done(struct job *job);
/* The same of a job that was not read because it has so many bytes. Returns false. */
bool job_too_large(int64_t bytes, struct job *ret, struct fault *ret_fault);

/* Where the value of a field of the top level starts, in a text that is sound JSON;
 * 0 if it is not there. */
size_t job_field_position(const char *text, size_t len, const char *name);

/* Read a consent object. field_prefix ("consent.") stands before field names. */
bool consent_parse(const json_t *object, const char *field_prefix, struct consent *ret,
                   struct fault *ret_fault);

/* What a held or later entry is: perhaps a line "#attempt=2" + tab, then the job. */
struct stored_job {
	const char *json;
	size_t len;
	int attempt; /* which attempt the next one is; 1 if it was never out */
};
struct stored_job stored_job_read(const char *text, size_t len);

/* The registry's record of one number: consents and the last withdrawal. */
#define REGISTRY_CONSENTS_MAX 8
struct registry_record {
	json_t *root;
	struct consent consents[REGISTRY_CONSENTS_MAX];
	size_t count;
	int64_t withdrawn_ms; /* TIME_NONE if never */
};
/* Returns false if the text is no record: the fact is then unknown. */
bool registry_parse(const char *text, size_t len, struct registry_record *ret);
void registry_done(struct registry_record *record);

#endif
