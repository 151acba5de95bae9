/* campaign_list.c - see campaign_list.h. */
#include "ctl/campaign/campaign_list.h"

#include "ctl/base/print.h"
#include "ctl/base/table.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "ctl/campaign/campaign_hashes.h"
#include "ctl/query/campaigns_seen.h"
#include "ctl/query/query.h"
#include "ctl/space/everywhere.h"
#include "io/host/error_text.h"
#include "io/redis/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));

	return text != NULL ? text : "";
}

static json_t *read_one(struct ctl *ctl, const char *id)
{
	const char *prefix = ctl_conf(ctl)->prefix;
	char key[KEY_SIZE];
	struct campaign_hashes h;

	campaign_hashes_read(ctl, id, &h);
	struct redis_reply *status =
	    ask_value_words(ctl, "HGET", key_campaign(prefix, id, "def", key), "status");
	const char *said = reply_is_error(status) ? NULL : reply_text(status, NULL);
	const char *names[] = { "state", "because", "until" }, *values[3];

	for (size_t i = 0; i < 3; i++) {
		values[i] = hash_get(&h.state, names[i]);
		values[i] = values[i] != NULL ? values[i] : "";
	}
	json_t *one = print_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I}", "id", id, "status",
	                         said != NULL ? said : "", "state", values[0], "because", values[1], "until",
	                         values[2], "queue", (json_int_t)h.queue, "intake", (json_int_t)h.intake);

	reply_free(status);
	campaign_hashes_done(&h);
	return one;
}

/* Those of the space of the session: {campaigns, others}. */
static json_t *read_here(struct ctl *ctl, void *arg)
{
	json_t *list = json_array();
	struct names ids;

	(void)arg;
	size_t others = campaigns_seen(ctl, &ids);

	for (size_t i = 0; i < ids.count; i++)
		json_array_append_new(list, read_one(ctl, ids.list[i]));
	names_done(&ids);
	return print_pack("{s:o,s:I}", "campaigns", list, "others", (json_int_t)others);
}

static json_t *read_everywhere(struct ctl *ctl, struct everywhere *e)
{
	json_t *list = json_array();
	json_int_t others = 0;

	everywhere_ask(ctl, e, read_here, NULL);
	for (size_t i = 0; i < e->count; i++) {
		everywhere_add_rows(list, &e->list[i], json_object_get(e->list[i].answer, "campaigns"));
		others += json_integer_value(json_object_get(e->list[i].answer, "others"));
	}
	return print_pack("{s:o,s:I}", "campaigns", list, "others", others);
}

static void print_rows(const struct ctl *ctl, const json_t *list, const struct everywhere *e)
{
	static const char *const less[] = { "status", "state", "intake", NULL }, *const names[] = {
		"status", "state", "because", "until"
	};
	size_t id_width = ctl_width() > 0 ? ctl_width() / 4 : SIZE_MAX, i;
	json_int_t queue = 0, intake = 0;
	char count[COUNT_SIZE];
	struct columns table;
	const json_t *c;

	columns_init(&table, e->count > 0 ? "space|id|status|state|because|until|queue|intake"
	                                  : "id|status|state|because|until|queue|intake");
	json_array_foreach(list, i, c)
	{
		char *id = text_shown(text_of(c, "id"), id_width);

		if (e->count > 0)
			columns_add(&table, text_of(c, "space"));
		columns_add(&table, id);
		free(id);
		for (size_t k = 0; k < 4; k++)
			columns_add(&table, text_of(c, names[k]));
		queue += json_integer_value(json_object_get(c, "queue"));
		intake += json_integer_value(json_object_get(c, "intake"));
		columns_add(&table, count_text(json_integer_value(json_object_get(c, "queue")), count));
		columns_addf(&table, "%" JSON_INTEGER_FORMAT,
		             json_integer_value(json_object_get(c, "intake")));
	}
	for (size_t k = 0; k < 6 && e->count > 0; k++)
		columns_add(&table, k < 2 ? "*" : "");
	if (e->count > 0) {
		columns_addf(&table, "%" JSON_INTEGER_FORMAT, queue);
		columns_addf(&table, "%" JSON_INTEGER_FORMAT, intake);
	}
	columns_fit(&table, ctl_width(), less);
	columns_print(&table, ctl->colour);
	for (i = 0; i < e->count; i++)
		if (e->list[i].answer == NULL)
			print(error_pick("%s  does not answer: %s\n", "%s  ne répond pas : %s\n"),
			      e->list[i].name, e->list[i].why);
}

int campaign_list(struct ctl *ctl)
{
	struct everywhere e;

	everywhere_open(ctl, true, &e);
	json_t *all = e.count > 0 ? read_everywhere(ctl, &e) : read_here(ctl, NULL),
	       *list = json_object_get(all, "campaigns");

	everywhere_say(ctl, &e, error_is_french());
	everywhere_must_answer(ctl, &e,
	                       error_pick("which campaigns there are is not known",
	                                  "on ignore quelles sont les campagnes"));
	if (ctl->json)
		ctl_print_json(json_incref(list));
	else if (json_array_size(list) == 0)
		puts(error_pick("no campaign", "aucune campagne"));
	if (!ctl->json)
		print_rows(ctl, list, &e);
	campaigns_tell_others((size_t)json_integer_value(json_object_get(all, "others")));
	json_decref(all);
	everywhere_close(&e);
	return 0;
}
