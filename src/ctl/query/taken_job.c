/* taken_job.c - a job as licet_take hands it over; see taken_job.h. */
#include "ctl/query/taken_job.h"

#include "io/host/json_pool.h"
#include "io/host/mem.h"
#include "io/redis/reply.h"

#include <stdlib.h>
#include <string.h>

json_t *taken_json(const struct redis_reply *job)
{
	static const char *const numbers[] = { "attempt", "released_ms", "not_after_ms" };
	json_t *object = json_object();
	size_t len;

	for (size_t i = 0; i + 1 < reply_count(job); i += 2) {
		const char *name = reply_text(reply_at(job, i), NULL),
			   *text = reply_text(reply_at(job, i + 1), &len);

		if (name == NULL || text == NULL)
			continue;
		json_t *value = json_stringn(text, len);

		for (size_t k = 0; k < 3; k++)
			if (strcmp(name, numbers[k]) == 0) {
				json_decref(value);
				value = json_integer(reply_int(reply_at(job, i + 1), 0));
			}
		json_object_set_new(object, name, value != NULL ? value : json_null());
	}
	return object;
}

static bool is_object(const char *text, size_t len)
{
	json_t *value = json_loadb(text, len, 0, NULL);
	bool is = json_is_object(value);

	json_decref(value);
	return is;
}

char *taken_line(const struct redis_reply *job, size_t *ret_len)
{
	json_t *object = taken_json(job);
	size_t vars_len = 0;
	const char *vars = reply_text(reply_field(job, "vars"), &vars_len);

	if (vars == NULL || !is_object(vars, vars_len)) {
		vars = "{}";
		vars_len = 2;
	}
	json_object_del(object, "vars");
	char *rest = json_pool_text(object, JSON_COMPACT);
	size_t len = rest != NULL ? strlen(rest) : 0;

	json_decref(object);
	if (len < 2) {
		free(rest);
		rest = mem_copy("{}");
		len = 2;
	}
	/* The closing brace makes room for the field. A line's end can stand between two
	 * values only, where a space means the same. */
	char *line = mem_zero(len + vars_len + sizeof(",\"vars\":}\n"));
	size_t used = (size_t)(stpcpy(line, rest) - line) - 1;

	used = (size_t)(stpcpy(line + used, len > 2 ? ",\"vars\":" : "\"vars\":") - line);
	for (size_t i = 0; i < vars_len; i++)
		line[used++] = (char)(vars[i] == '\n' || vars[i] == '\r' ? ' ' : vars[i]);
	used = (size_t)(stpcpy(line + used, "}\n") - line);
	free(rest);
	*ret_len = used;
	return line;
}

const char *taken_text(const struct redis_reply *job, const char *name)
{
	const char *text = reply_text(reply_field(job, name), NULL);

	return text != NULL ? text : "";
}
