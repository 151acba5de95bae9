/* header_match.c - which field of a job each column of a file is; see header_match.h. */
#include "ctl/enqueue/header_match.h"

#include "core/text/nearest.h"
#include "core/text/plain.h"
#include "ctl/base/print.h"
#include "io/host/error_text.h"
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
	  "idprospect prospectid leadid idlead recordid idcustomer reference ref numeroclient numclient codeclient " },
	{ "to",
	  " telephone tel phone mobile portable gsm numero number msisdn numerodetelephone "
	  "numtelephone numerotelephone numtel numerotel notelephone nodetelephone ntelephone ndetelephone "
	  "telephonemobile telmobile telephoneportable telportable numeromobile numeroportable telephone1 tel1 "
	  "phonenumber mobilephone mobilenumber cellphone telephonenumber sms whatsapp landline landlinenumber phonemobile "
	  "fixe telfixe telephonefixe numerofixe telephone2 tel2 teldomicile telephonedomicile telbureau "
	  "telephonebureau telpro telephonepro mobilephonenumber numerodemobile nmobile ndemobile nportable "
	  "ndeportable numerodeportable homephone workphone businessphone otherphone " },
	{ "person", " personne personid idpersonne " },
	{ "postcode",
	  " codepostal cp codepost postalcode zip zipcode cpostal mailingpostalcode mailingzippostalcode " },
	{ "insee", " codeinsee inseecode codecommune cominsee " },
};

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* The field that people mean by a name; NULL: none. */
const char *heads_meant(const char *name)
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

static bool is_date_field(enum head_kind kind, const char *field)
{
	static const char *const of_job[] = { "not_before", "not_after" };
	static const char *const of_consent[] = { "collected_at", "until", "slot" };

	return kind == HEAD_CONSENT ? is_one_of(field, of_consent, COUNT(of_consent))
	                            : is_one_of(field, of_job, COUNT(of_job));
}

/* As a field of a job, or of a consent where it says so. */
bool heads_give(struct head *h, const char *field)
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
			h->is_date = is_date_field(h->kind, names[i]);
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
		ctl_fail(error_pick("%s:1: column consent.%.40s is unknown, did you mean consent.%s?",
		                    "%s:1: colonne inconnue consent.%.40s, vouliez-vous dire consent.%s ?"),
		         file, field, near);
	ctl_fail(error_pick("%s:1: column consent.%.40s is unknown", "%s:1: colonne inconnue consent.%.40s"),
	         file, field);
}

struct head *heads_find(struct heads *h, const char *name, size_t len)
{
	for (size_t i = 0; i < h->count; i++)
		if (strlen(h->list[i].name) == len && memcmp(h->list[i].name, name, len) == 0)
			return &h->list[i];
	return NULL;
}

struct head *heads_of_field(struct heads *h, enum head_kind kind, const char *field)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].kind == kind && h->list[i].field != NULL &&
		    strcmp(h->list[i].field, field) == 0)
			return &h->list[i];
	return NULL;
}

struct head *heads_must_find(const struct lines *l, struct heads *h, const char *name, size_t len)
{
	const char *names[CELLS_MAX];
	struct head *found = heads_find(h, name, len);

	if (found != NULL)
		return found;
	for (size_t i = 0; i < h->count; i++)
		names[i] = h->list[i].name;
	const char *near = nearest_name(name, len, names, h->count);

	if (near != NULL)
		ctl_fail(error_pick("%s:1: there is no column %.*s, did you mean %.40s?",
		                    "%s:1: aucune colonne %.*s, vouliez-vous dire %.40s ?"),
		         l->name, (int)len, name, near);
	ctl_fail(error_pick("%s:1: there is no column %.*s", "%s:1: aucune colonne %.*s"), l->name, (int)len,
	         name);
}

/* --- all of them -------------------------------------------------------------------------- */

/* Ends with the field that is nearest to what is none. */
_Noreturn static void no_such_field(const struct ctl *ctl, const char *option, const char *field)
{
	const char *near = nearest_name(field, strlen(field), job_fields, COUNT(job_fields));

	ctl_misuse(ctl,
	           error_pick("%s: %s is not a field of a job%s%s%s",
	                      "%s : %s n'est pas un champ de tâche%s%s%s"),
	           option, field, near != NULL ? error_pick(", did you mean ", ", vouliez-vous dire ") : "",
	           near != NULL ? near : "", near != NULL ? "?" : "");
}

/* "to=Telephone". A profile may say of a column what the command line, which comes first, says otherwise. */
static void read_map(const struct ctl *ctl, const struct lines *l, struct heads *h, const struct names *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const char *item = map->list[i], *name = strchr(item, '=') + 1;
		char field[40];

		if ((size_t)(name - item) > sizeof(field))
			ctl_misuse(ctl,
			           error_pick("--map must be FIELD=COLUMN, and more of them with commas",
			                      "--map doit être CHAMP=COLONNE, séparés par des virgules"));
		snprintf(field, sizeof(field), "%.*s", (int)(name - item - 1), item);
		struct head probe = { 0 }, *head;

		if (!heads_give(&probe, field))
			no_such_field(ctl, "--map", field);
		head = heads_must_find(l, h, name, strlen(name));
		if (head->field == NULL && heads_of_field(h, probe.kind, probe.field) == NULL)
			heads_give(head, field);
	}
}

/* "consent.product=toys": of every job. */
static void read_constants(const struct ctl *ctl, struct heads *h, const struct names *set)
{
	for (size_t i = 0; i < set->count; i++) {
		const char *item = set->list[i], *value = strchr(item, '=') + 1;
		char field[40];
		struct head probe = { 0 }, *column;
		bool known = false;

		snprintf(field, sizeof(field), "%.*s", (int)(value - item - 1), item);
		if (!heads_give(&probe, field) || strcmp(field, "id") == 0 || strcmp(field, "to") == 0)
			no_such_field(ctl, "--set", field);
		for (size_t k = 0; k < h->constant_count; k++)
			known = known ||
			        (h->constants[k].kind == probe.kind && h->constants[k].field == probe.field);
		column = heads_of_field(h, probe.kind, probe.field);
		if (column != NULL)
			ctl_misuse(ctl,
			           error_pick("--set %s: column %.40s has that field",
			                      "--set %s : la colonne %.40s a ce champ"),
			           field, column->name);
		if (known || *value == '\0')
			continue;
		if (h->constant_count == CONSTANTS_MAX)
			ctl_misuse(ctl,
			           error_pick("--set is given too often", "--set est donné trop souvent"));
		h->constants[h->constant_count++] =
		    (struct constant){ probe.kind, probe.field, mem_format("\"%s\":", probe.field),
			               mem_copy(value) };
	}
}

/* The column that stands before a colon, by its name or by its field. NULL: none does. */
static struct head *column_of_word(struct heads *h, const char *item, size_t len)
{
	char field[40];
	struct head probe = { 0 }, *column = heads_find(h, item, len);

	if (column != NULL || len >= sizeof(field))
		return column;
	snprintf(field, sizeof(field), "%.*s", (int)len, item);
	return heads_give(&probe, field) ? heads_of_field(h, probe.kind, probe.field) : NULL;
}

void heads_add_word(const struct ctl *ctl, struct heads *h, struct head *column, const char *text)
{
	const char *value = strchr(text, '=') + 1;

	if (*value != '\0' && column->field == NULL)
		ctl_misuse(
		    ctl,
		    error_pick(
			"--word: column %.40s is no field: name it with --map, or give no value behind the = where such a row may go",
			"--word : la colonne %.40s n'est pas un champ : la nommer par --map, ou ne rien mettre après le = là où la ligne peut passer"),
		    column->name);
	h->words = mem_grow(h->words, &h->word_capacity, h->word_count, sizeof(*h->words));
	h->words[h->word_count++] =
	    (struct word){ (size_t)(column - h->list), mem_copy_len(text, (size_t)(value - text - 1)),
		           mem_copy(value) };
	column->has_words = true;
}

/* "Accord:Oui=ticked-box", "consent.act:Oui=ticked-box". A colon may stand in the column's name. */
static void read_words(const struct ctl *ctl, const struct lines *l, struct heads *h,
                       const struct names *words)
{
	for (size_t i = 0; i < words->count; i++) {
		const char *item = words->list[i], *colon = strchr(item, ':');
		struct head *column = NULL;

		for (const char *at = colon; at != NULL && column == NULL; at = strchr(at + 1, ':')) {
			column = column_of_word(h, item, (size_t)(at - item));
			if (column != NULL && strchr(at, '=') != NULL)
				colon = at;
		}
		if (column == NULL)
			column = heads_must_find(l, h, item, (size_t)(colon - item));
		heads_add_word(ctl, h, column, colon + 1);
	}
}

/* --to-first Mobile,Fixe */
static void read_numbers(const struct ctl *ctl, const struct lines *l, struct heads *h,
                         const struct names *to_first)
{
	for (size_t i = 0; i < to_first->count; i++) {
		struct head *head = heads_must_find(l, h, to_first->list[i], strlen(to_first->list[i]));

		if (head->field != NULL || head->kind == HEAD_NUMBER)
			ctl_misuse(ctl,
			           error_pick("--to-first: column %.40s is field %s already",
			                      "--to-first : la colonne %.40s est déjà le champ %s"),
			           head->name, head->field != NULL ? head->field : "to");
		head->kind = HEAD_NUMBER;
		h->numbers[h->number_count++] = (size_t)(head - h->list);
	}
}

/* What people call it, where no column is that field by its name or by --map. */
static void guess_fields(const struct lines *l, struct heads *h)
{
	for (size_t f = 0; f < COUNT(known_names); f++) {
		const char *field = known_names[f].field;
		struct head *found = NULL;

		/* The number's column is chosen by what stands in it, too. */
		if (heads_of_field(h, HEAD_FIELD, field) != NULL || strcmp(field, "to") == 0)
			continue;
		for (size_t i = 0; i < h->count; i++) {
			const char *meant = h->list[i].kind == HEAD_VAR ? heads_meant(h->list[i].name) : NULL;

			if (meant == NULL || strcmp(meant, field) != 0)
				continue;
			if (found != NULL)
				ctl_fail(
				    error_pick(
					"%s:1: columns %.40s and %.40s may both be the field %s: say which one, --map %s=%.40s",
					"%s:1: les colonnes %.40s et %.40s peuvent toutes deux être le champ %s : préciser, --map %s=%.40s"),
				    l->name, found->name, h->list[i].name, field, field, found->name);
			found = &h->list[i];
		}
		if (found != NULL)
			found->guessed = heads_give(found, field);
	}
}

/* What nobody said: a column that was found out, and one that looks like a slip of the pen. */
static void tell(const struct lines *l, const struct head *h, bool slips)
{
	if (h->guessed)
		ctl_note(error_pick("%s:1: column %.40s is taken as %s",
		                    "%s:1: la colonne %.40s est lue comme le champ %s"),
		         l->name, h->name, h->field);
	if (!slips || h->field != NULL || h->name[0] == '\0' || h->kind > HEAD_LEFT_OUT ||
	    is_one_of(h->name, job_fields, COUNT(job_fields)) || heads_meant(h->name) != NULL)
		return;
	const char *near = nearest_name(h->name, strlen(h->name), job_fields, COUNT(job_fields));

	if (near != NULL)
		ctl_note(
		    error_pick("%s:1: column %.40s is no field of a job; did you mean %s?",
		               "%s:1: la colonne %.40s n'est pas un champ de tâche ; vouliez-vous dire %s ?"),
		    l->name, h->name, near);
}

/* What is personal goes to no sender unless somebody asks for it. */
static void choose_vars(const struct lines *l, struct heads *h, const struct names *vars)
{
	if (vars->count > 0 && strcmp(vars->list[0], "*") == 0)
		return;
	for (size_t i = 0; i < h->count; i++)
		if (h->list[i].kind == HEAD_VAR)
			h->list[i].kind = HEAD_LEFT_OUT;
	for (size_t i = 0; i < vars->count; i++) {
		struct head *head = heads_must_find(l, h, vars->list[i], strlen(vars->list[i]));

		if (head->kind == HEAD_LEFT_OUT)
			head->kind = HEAD_VAR;
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
		ctl_note(error_pick("%s:1: columns that go to senders, in vars: %s",
		                    "%s:1: colonnes transmises aux émetteurs, dans vars : %s"),
		         l->name, sent);
	if (*kept != '\0')
		ctl_note(error_pick("%s:1: columns that go to nobody: %s%s",
		                    "%s:1: colonnes transmises à personne : %s%s"),
		         l->name, kept,
		         *sent == '\0' ? error_pick(" (--vars names those that senders get)",
		                                    " (--vars nomme celles que les émetteurs reçoivent)")
		                       : "");
	free(sent);
	free(kept);
}

static char *json_before(const struct lines *l, const char *name)
{
	json_t *text = json_string(name);
	char *quoted = text != NULL ? json_pool_text(text, JSON_ENCODE_ANY) : NULL;

	if (quoted == NULL)
		ctl_fail(
		    error_pick(
			"%s:1: a column name is not valid UTF-8; give the file's encoding with --encoding",
			"%s:1: un nom de colonne n'est pas de l'UTF-8 valide ; indiquer l'encodage du fichier par --encoding"),
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
		ctl_fail("%s:1: %s", l->name, error_said(l->fault));
	size_t named = l->cell_count;

	/* Delimiters at the end of a header are columns of nothing. */
	while (named > 0 && (*l->cells[named - 1] == '\0' ||
	                     strncmp(l->cells[named - 1], REJECT_LINE, strlen(REJECT_LINE)) == 0 ||
	                     strcmp(l->cells[named - 1], REJECT_WRONG) == 0))
		named--;
	for (size_t i = 0; i < l->cell_count; i++) {
		struct head head = { .name = mem_copy(l->cells[i]),
			             .kind = i < named ? HEAD_VAR : HEAD_LEFT_OUT };

		if (looks_like_number(l->cells[i]) &&
		    strncmp(l->cells[i], REJECT_LINE, strlen(REJECT_LINE)) != 0)
			ctl_fail(
			    error_pick(
				"%s:1: column %zu looks like a number: the first line must be a header",
				"%s:1: la colonne %zu semble être un numéro : la première ligne doit être un en-tête"),
			    l->name, i + 1);
		if (i < named && *l->cells[i] == '\0')
			ctl_fail(error_pick("%s:1: a column without a name", "%s:1: une colonne sans nom"),
			         l->name);
		if (i < named && heads_find(h, l->cells[i], strlen(l->cells[i])) != NULL)
			ctl_fail(error_pick("%s:1: column %.40s is there twice",
			                    "%s:1: la colonne %.40s y est deux fois"),
			         l->name, l->cells[i]);
		h->list[h->count++] = head;
	}
}

/* The two columns that a file of refused lines has more. */
static void find_reject_columns(struct heads *h)
{
	for (size_t i = 0; i < h->count; i++) {
		if (strncmp(h->list[i].name, REJECT_LINE, strlen(REJECT_LINE)) == 0)
			h->list[i].kind = HEAD_LINE;
		else if (strcmp(h->list[i].name, REJECT_WRONG) == 0)
			h->list[i].kind = HEAD_WRONG;
	}
}

void heads_read(const struct ctl *ctl, struct lines *l, const struct file_rules *rules, struct heads *ret)
{
	struct heads *h = ret;

	*h = (struct heads){ 0 };
	read_names(l, h);
	find_reject_columns(h);
	read_map(ctl, l, h, &rules->map);
	read_numbers(ctl, l, h, &rules->to_first);
	for (size_t i = 0; i < h->count; i++) {
		struct head *head = &h->list[i], named = *head;

		if (head->field != NULL || head->kind != HEAD_VAR)
			continue;
		if (!heads_give(&named, head->name))
			check_consent(l->name, head->name);
		else if (heads_of_field(h, named.kind, named.field) == NULL &&
		         (h->number_count == 0 || strcmp(named.field, "to") != 0))
			*head = named; /* the rules may say another */
	}
	guess_fields(l, h);
	read_constants(ctl, h, &rules->set);
	read_words(ctl, l, h, &rules->words);
}

void heads_finish(struct lines *l, const struct file_rules *rules, struct heads *h)
{
	bool all = rules->vars.count == 0 || strcmp(rules->vars.list[0], "*") == 0;
	const struct head *to = heads_of_field(h, HEAD_FIELD, "to");

	choose_vars(l, h, &rules->vars);
	if (to != NULL)
		h->numbers[h->number_count++] = (size_t)(to - h->list);
	if (h->number_count == 0)
		ctl_fail(
		    error_pick(
			"%s:1: the header has no column to, nor one that is known as the number: --map to=COLUMN names it",
			"%s:1: l'en-tête n'a ni colonne to, ni colonne reconnue comme le numéro : --map to=COLONNE la nomme"),
		    l->name);
	h->has_id = heads_of_field(h, HEAD_FIELD, "id") != NULL;
	for (size_t i = 0; i < h->count; i++) {
		struct head *head = &h->list[i];

		head->before = json_before(l, head->field != NULL ? head->field : head->name);
		tell(l, head, all);
	}
	tell_vars(l, h);
}

void heads_done(struct heads *h)
{
	for (size_t i = 0; i < h->count; i++) {
		free(h->list[i].name);
		free(h->list[i].before);
	}
	for (size_t i = 0; i < h->constant_count; i++) {
		free(h->constants[i].before);
		free(h->constants[i].value);
	}
	for (size_t i = 0; i < h->word_count; i++) {
		free(h->words[i].text);
		free(h->words[i].value);
	}
	free(h->words);
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
