/* header_match.c - which field of a job each column of a file is; see header_match.h. */
#include "ctl/enqueue/header_match.h"

#include "core/text/nearest.h"
#include "ctl/base/print.h"
#include "io/host/json_pool.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const job_fields[] = {
	"id", "to", "person", "postcode", "insee", "not_before", "not_after"
};
static const char *const consent_fields[] = { "product", "channel", "collected_at", "until",
	                                      "form",    "proof",   "act",          "advertiser",
	                                      "via",     "bases",   "slot" };
static const char consent_prefix[] = "consent.";

/* Names that people give to a column, plain: see plain_name(). */
static const struct {
	const char *field, *names;
} known_names[] = {
	{ "id",
	  " nclient ndeclient numerodeclient ncontact numcontact idfiche identifiant identifier ident idcontact contactid idclient clientid customerid "
	  "idprospect prospectid leadid idlead reference ref numeroclient numclient codeclient " },
	{ "to",
	  " telephone tel phone mobile portable gsm numero number msisdn numerodetelephone "
	  "numtelephone numerotelephone numtel numerotel notelephone nodetelephone ntelephone ndetelephone "
	  "telephonemobile telmobile telephoneportable telportable numeromobile numeroportable telephone1 tel1 "
	  "phonenumber mobilephone mobilenumber cellphone telephonenumber " },
	{ "person", " personne personid idpersonne " },
	{ "postcode", " codepostal cp codepost postalcode zip zipcode cpostal " },
	{ "insee", " codeinsee inseecode codecommune cominsee " },
};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The letter of a character of two bytes, without its accent; 0: none. */
static char plain_letter(unsigned char a, unsigned char b)
{
	static const char latin[] = "aaaaaaaceeeeiiii nooooo  uuuuy  aaaaaaaceeeeiiii nooooo  uuuuy y";

	return a == 0xC3 && b >= 0x80 && b < 0xC0 && latin[b - 0x80] != ' ' ? latin[b - 0x80] : '\0';
}

/* Letters and digits only, small, without accents. */
static void plain_name(const char *name, char *buf, size_t size)
{
	size_t used = 0;

	for (const char *c = name; *c != '\0' && used + 1 < size; c++) {
		char letter = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;

		if ((*c & 0x80) != 0) {
			letter = plain_letter((unsigned char)*c, (unsigned char)c[1]);
			while ((c[1] & 0xC0) == 0x80)
				c++;
		}
		if ((letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9'))
			buf[used++] = letter;
	}
	buf[used] = '\0';
}

/* The field that people mean by a name; NULL: none. */
static const char *field_of_people(const char *name)
{
	char word[80] = " ";

	plain_name(name, word + 1, sizeof(word) - 2);
	size_t len = strlen(word);

	if (len == 1)
		return NULL;
	word[len] = ' ';
	word[len + 1] = '\0';
	for (size_t i = 0; i < COUNT(known_names); i++) {
		size_t field_len = strlen(known_names[i].field);

		if (strstr(known_names[i].names, word) != NULL ||
		    (len - 1 == field_len && strncmp(word + 1, known_names[i].field, field_len) == 0))
			return known_names[i].field;
	}
	return NULL;
}

/* --- one column ------------------------------------------------------------------------ */

/* As a field of a job, or of a consent where it says so; false: it is neither. */
static bool give_field(struct head *h, const char *field)
{
	size_t prefix_len = strlen(consent_prefix);
	const char *const *names = job_fields;
	size_t count = COUNT(job_fields);

	h->kind = HEAD_FIELD;
	if (strncmp(field, consent_prefix, prefix_len) == 0) {
		field += prefix_len;
		names = consent_fields;
		count = COUNT(consent_fields);
		h->kind = HEAD_CONSENT;
	}
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], field) == 0) {
			h->field = names[i];
			return true;
		}
	h->kind = HEAD_VAR;
	return false;
}

static void check_consent(const char *file, const char *name)
{
	if (strncmp(name, consent_prefix, strlen(consent_prefix)) != 0)
		return;
	const char *field = name + strlen(consent_prefix);
	const char *near = nearest_name(field, strlen(field), consent_fields, COUNT(consent_fields));

	if (near != NULL)
		ctl_fail("%s:1: column consent.%.40s is unknown, did you mean consent.%s?", file, field,
		         near);
	ctl_fail("%s:1: column consent.%.40s is unknown", file, field);
}

static struct head *find_column(struct heads *h, const char *name, size_t len)
{
	for (size_t i = 0; i < h->count; i++)
		if (strlen(h->list[i].name) == len && memcmp(h->list[i].name, name, len) == 0)
			return &h->list[i];
	return NULL;
}

static struct head *find_field(struct heads *h, enum head_kind kind, const char *field)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].kind == kind && h->list[i].field != NULL &&
		    strcmp(h->list[i].field, field) == 0)
			return &h->list[i];
	return NULL;
}

_Noreturn static void no_such_column(const struct lines *l, const struct heads *h, const char *name,
                                     size_t len)
{
	const char *names[CELLS_MAX];

	for (size_t i = 0; i < h->count; i++)
		names[i] = h->list[i].name;
	const char *near = nearest_name(name, len, names, h->count);

	if (near != NULL)
		ctl_fail("%s:1: there is no column %.*s, did you mean %.40s?", l->name, (int)len, name, near);
	ctl_fail("%s:1: there is no column %.*s", l->name, (int)len, name);
}

/* --- all of them -------------------------------------------------------------------------- */

/* "to=Telephone,postcode=CP" */
static void read_map(const struct ctl *ctl, const struct lines *l, struct heads *h, const char *map)
{
	while (map != NULL && *map != '\0') {
		size_t len = strcspn(map, ","), field_len = strcspn(map, "=");
		char field[40];

		if (field_len >= len || field_len >= sizeof(field))
			ctl_misuse(ctl, "--map must be FIELD=COLUMN, and more of them with commas");
		snprintf(field, sizeof(field), "%.*s", (int)field_len, map);
		const char *name = map + field_len + 1;
		struct head *head = find_column(h, name, len - field_len - 1);

		if (head == NULL)
			no_such_column(l, h, name, len - field_len - 1);
		else if (head->field != NULL)
			ctl_misuse(ctl, "--map names column %.40s twice", head->name);
		else if (!give_field(head, field)) {
			const char *near = nearest_name(field, field_len, job_fields, COUNT(job_fields));

			ctl_misuse(ctl, "--map: %s is not a field of a job%s%s%s", field,
			           near != NULL ? ", did you mean " : "", near != NULL ? near : "",
			           near != NULL ? "?" : "");
		}
		map += len + (map[len] == ',');
	}
}

/* What people call it, where no column is that field by its name or by --map. */
static void guess_fields(const struct lines *l, struct heads *h)
{
	for (size_t f = 0; f < COUNT(known_names); f++) {
		const char *field = known_names[f].field;
		struct head *found = NULL;

		if (find_field(h, HEAD_FIELD, field) != NULL)
			continue;
		for (size_t i = 0; i < h->count; i++) {
			const char *meant =
			    h->list[i].field == NULL ? field_of_people(h->list[i].name) : NULL;

			if (meant == NULL || strcmp(meant, field) != 0)
				continue;
			if (found != NULL)
				ctl_fail(
				    "%s:1: columns %.40s and %.40s may both be the field %s: say which one, "
				    "--map %s=%.40s",
				    l->name, found->name, h->list[i].name, field, field, found->name);
			found = &h->list[i];
		}
		if (found != NULL)
			found->guessed = give_field(found, field);
	}
}

/* What nobody said: a column that was found out, and one that looks like a slip of the pen. */
static void tell(const struct lines *l, const struct head *h, bool slips)
{
	if (h->guessed)
		ctl_note("%s:1: column %.40s is taken as %s", l->name, h->name, h->field);
	if (!slips || h->field != NULL || h->name[0] == '\0' ||
	    is_one_of(h->name, job_fields, COUNT(job_fields)) || field_of_people(h->name) != NULL)
		return;
	const char *near = nearest_name(h->name, strlen(h->name), job_fields, COUNT(job_fields));

	if (near != NULL)
		ctl_note("%s:1: column %.40s is no field of a job; did you mean %s?", l->name, h->name, near);
}

/* What is personal goes to no sender unless somebody asks for it. */
static void choose_vars(const struct lines *l, struct heads *h, const char *vars)
{
	if (vars != NULL && strcmp(vars, "*") == 0)
		return;
	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].kind == HEAD_VAR)
			h->list[i].kind = HEAD_LEFT_OUT;
	if (vars == NULL)
		return;
	while (*vars != '\0') {
		size_t len = strcspn(vars, ",");
		struct head *head = len > 0 ? find_column(h, vars, len) : NULL;

		if (head == NULL && len > 0)
			no_such_column(l, h, vars, len);
		if (head != NULL && head->kind == HEAD_LEFT_OUT)
			head->kind = HEAD_VAR;
		vars += len + (vars[len] == ',');
	}
}

json_t *heads_named(const struct heads *h, enum head_kind kind)
{
	json_t *names = json_array();

	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].kind == kind && h->list[i].name[0] != '\0')
			json_array_append_new(names, print_json_text(h->list[i].name));
	return names;
}

/* The names of a kind with commas between them; heap, "" if there is none. */
static char *list_names(const struct heads *h, enum head_kind kind)
{
	json_t *names = heads_named(h, kind), *name;
	char *list = mem_copy("");
	size_t i;

	json_array_foreach(names, i, name)
	{
		char *longer = mem_format("%s%s%.40s", list, i > 0 ? ", " : "", json_string_value(name));

		free(list);
		list = longer;
	}
	json_decref(names);
	return list;
}

/* Which columns reach a sender is said of every file that has others than a job's. */
static void tell_vars(const struct lines *l, const struct heads *h)
{
	char *sent = list_names(h, HEAD_VAR), *kept = list_names(h, HEAD_LEFT_OUT);

	if (*sent != '\0')
		ctl_note("%s:1: columns that go to senders, in vars: %s", l->name, sent);
	if (*kept != '\0')
		ctl_note("%s:1: columns that go to nobody: %s%s", l->name, kept,
		         *sent == '\0' ? " (--vars names those that senders get)" : "");
	free(sent);
	free(kept);
}

static char *json_before(const struct lines *l, const char *name)
{
	json_t *text = json_string(name);
	char *quoted = text != NULL ? json_pool_text(text, JSON_ENCODE_ANY) : NULL;

	if (quoted == NULL)
		ctl_fail("%s:1: a column name is not valid UTF-8; give the file's encoding with --encoding",
		         l->name);
	char *before = mem_format("%s:", quoted);

	free(quoted);
	json_decref(text);
	return before;
}

/* A number is no name of a column, and no error may show one. */
static bool looks_like_number(const char *name)
{
	size_t digits = 0;

	for (; *name != '\0'; name++)
		digits += *name >= '0' && *name <= '9';
	return digits >= 8;
}

static void read_names(struct lines *l, struct heads *h)
{
	if (!lines_cut(l))
		ctl_fail("%s:1: %s", l->name, l->fault);
	size_t named = l->cell_count;

	/* Delimiters at the end of a header are columns of nothing. */
	while (named > 0 && *l->cells[named - 1] == '\0')
		named--;
	for (size_t i = 0; i < l->cell_count; i++) {
		struct head head = { .name = mem_copy(l->cells[i]),
			             .kind = i < named ? HEAD_VAR : HEAD_LEFT_OUT };

		if (looks_like_number(l->cells[i]))
			ctl_fail("%s:1: column %zu looks like a number: the first line must be a header",
			         l->name, i + 1);
		if (i < named && *l->cells[i] == '\0')
			ctl_fail("%s:1: a column without a name", l->name);
		if (i < named && find_column(h, l->cells[i], strlen(l->cells[i])) != NULL)
			ctl_fail("%s:1: column %.40s is there twice", l->name, l->cells[i]);
		h->list[h->count++] = head;
	}
}

void heads_read(const struct ctl *ctl, struct lines *l, const char *map, const char *vars, struct heads *ret)
{
	struct heads *h = ret;

	*h = (struct heads){ 0 };
	read_names(l, h);
	read_map(ctl, l, h, map);
	for (size_t i = 0; i < h->count; i++) {
		struct head *head = &h->list[i], named = *head;

		if (head->field != NULL)
			continue;
		if (!give_field(&named, head->name))
			check_consent(l->name, head->name);
		else if (find_field(h, named.kind, named.field) == NULL) /* --map may say another */
			*head = named;
	}
	guess_fields(l, h);
	choose_vars(l, h, vars);
	if (find_field(h, HEAD_FIELD, "to") == NULL)
		ctl_fail("%s:1: the header has no column to, nor one that is known as the number: "
		         "--map to=COLUMN names it",
		         l->name);
	h->has_id = find_field(h, HEAD_FIELD, "id") != NULL;
	for (size_t i = 0; i < h->count; i++) {
		struct head *head = &h->list[i];

		head->before = json_before(l, head->field != NULL ? head->field : head->name);
		tell(l, head, vars == NULL || strcmp(vars, "*") == 0);
	}
	tell_vars(l, h);
}

void heads_done(struct heads *h)
{
	for (size_t i = 0; i < h->count; i++) {
		free(h->list[i].name);
		free(h->list[i].before);
	}
	*h = (struct heads){ 0 };
}

const char *heads_column(const struct heads *h, const char *field)
{
	size_t prefix_len = strlen(consent_prefix);
	bool of_consent = strncmp(field, consent_prefix, prefix_len) == 0;

	for (size_t i = 0; i < h->count; i++) {
		const struct head *head = &h->list[i];

		if (head->kind == (of_consent ? HEAD_CONSENT : HEAD_FIELD) &&
		    strcmp(head->field, of_consent ? field + prefix_len : field) == 0)
			return head->name;
	}
	return NULL;
}
