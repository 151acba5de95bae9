/* acl: the users of Redis for this prefix: a sender for each route, a marketing system for each client. */
#include "core/text/cluster_slot.h"
#include "ctl/base/print.h"
#include "ctl/query/query.h"
#include "ctl/setup/acl_text.h"
#include "io/host/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHIPPED_PREFIX "licet:"
#define SHIPPED_ROUTE "main"

/* A copy of a text with each from replaced. Heap. */
static char *replaced(const char *text, const char *from, const char *to)
{
	char *ret, *at;
	size_t len;
	FILE *stream = mem_stream(&ret, &len);

	while ((at = strstr(text, from)) != NULL) {
		fwrite(text, 1, (size_t)(at - text), stream);
		fputs(to, stream);
		text = at + strlen(from);
	}
	fputs(text, stream);
	mem_stream_end(stream);
	return ret;
}

/* The same, and the text is given up. */
static char *replace(char *text, const char *from, const char *to)
{
	char *ret = replaced(text, from, to);

	free(text);
	return ret;
}

static bool is_user(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, "user ", 5) == 0 && strncmp(line + 5, name, len) == 0 && line[5 + len] == ' ';
}

/* Where the prefix has a tag there may be other spaces: licetd reads what they record for the whole platform, and
 * operations act in all of them. */
static char *with_spaces(char *text, const char *prefix, bool ops)
{
	size_t len;
	const char *tag = prefix_tag(prefix, &len);

	if (tag == NULL)
		return text;
	int base = (int)(tag - prefix);
	char *more = ops ? mem_format("%s ~%.*s*}:*", text, base, prefix)
	                 : mem_format("%s %%R~%.*slicet}:* %%R~%.*s*}:- %%R~%.*s*}:oppositions", text, base,
	                              prefix, base, prefix, base, prefix);

	free(text);
	return more;
}

static void show(struct ctl *ctl, json_t *all, char *line)
{
	const char *prefix = ctl->conf.prefix;
	char *keys = mem_format("~%s", prefix);
	bool daemon = is_user(line, "licet-daemon"), ops = is_user(line, "licet-ops");
	char *text = replace(line, "~" SHIPPED_PREFIX, keys);

	if (daemon || ops)
		text = with_spaces(text, prefix, ops);

	if (all != NULL)
		json_array_append_new(all, print_json_text(text));
	else
		puts(text);
	free(text);
	free(keys);
}

/* A sender has the keys of its own route, and no others. */
static void show_sender(struct ctl *ctl, json_t *all, const char *line, const char *route)
{
	static const char *const kinds[] = { "ready:", "settle:", "recall:", "route:" };
	char *text = mem_copy(line), *name = mem_format("user licet-sender-%s ", route);

	if (strcmp(route, SHIPPED_ROUTE) != 0) {
		text = replace(text, "user licet-sender ", name);
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			char *from = mem_format(SHIPPED_PREFIX "%s" SHIPPED_ROUTE, kinds[i]),
			     *to = mem_format(SHIPPED_PREFIX "%s%s", kinds[i], route);

			text = replace(text, from, to);
			free(from);
			free(to);
		}
	}
	free(name);
	show(ctl, all, text);
}

/* A client's system has its campaigns, whose ids begin with the advertiser, may oppose to that one, and asks about
 * numbers what was said to that one or to everybody. */
static void show_client(struct ctl *ctl, json_t *all, const char *line, const char *client)
{
	static const char oppose[] = "+fcall|licet_oppose ~" SHIPPED_PREFIX "list:opposition ";
	static const char *const kinds[] = { "list:opposition:", "consent:", "attempts:",
		                             "oppositions:dated:" };
	char *name = mem_format("user licet-marketing-%s ", client),
	     *campaigns = mem_format(SHIPPED_PREFIX "campaign:%s.*", client);
	char *text = replaced(line, "user licet-marketing ", name);

	text = replace(text, SHIPPED_PREFIX "campaign:*", campaigns);
	text = replace(text, oppose, "+fcall|licet_oppose ");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		char *from = mem_format(SHIPPED_PREFIX "%s*", kinds[i]),
		     *to = mem_format(SHIPPED_PREFIX "%s%s", kinds[i], client);

		text = replace(text, from, to);
		free(from);
		free(to);
	}
	free(campaigns);
	free(name);
	show(ctl, all, text);
}

/* Each of the words between commas. */
static void for_each(struct ctl *ctl, const char *what, const char *words, json_t *all, const char *line,
                     void (*one)(struct ctl *, json_t *, const char *, const char *))
{
	char *copy = mem_copy(words), *rest = copy;

	for (char *word; (word = strsep(&rest, ",")) != NULL;) {
		ask_id(ctl, what, word);
		if (one != NULL)
			one(ctl, all, line, word);
	}
	free(copy);
}

static int run_acl(struct ctl *ctl, int argc, char **argv)
{
	const char *routes = SHIPPED_ROUTE, *clients = NULL;
	const struct ctl_option options[] = {
		{ "--route", &routes, NULL },
		{ "--client", &clients, NULL },
		{ NULL, NULL, NULL },
	};

	ctl_words(ctl, argc, argv, options, 0, 0);
	ctl_conf(ctl);
	for_each(ctl, "a route", routes, NULL, NULL, NULL); /* nothing is printed for bad use */
	if (clients != NULL)
		for_each(ctl, "an advertiser", clients, NULL, NULL, NULL);
	json_t *all = ctl->json ? json_array() : NULL;
	char *copy = mem_copy(acl_text), *rest = copy;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (is_user(line, "licet-sender"))
			for_each(ctl, "a route", routes, all, line, show_sender);
		else if (is_user(line, "licet-marketing") && clients != NULL)
			for_each(ctl, "an advertiser", clients, all, line, show_client);
		else if (*line != '\0')
			show(ctl, all, mem_copy(line));
	}
	free(copy);
	if (all != NULL)
		ctl_print_json(all);
	return 0;
}

const struct command ctl_acl_commands[] = {
	{ .name = "acl",
	  .usage = "",
	  .summary = "print the users of Redis, one for each role and route",
	  .run = run_acl,
	  .example = "licetctl acl --route main,box1 --client acme",
	  .details =
	      "The lines of an aclfile, for the prefix of licet.conf; all are off, without a password. See "
	      "licet-security(7).\n" },
	{ 0 },
};
