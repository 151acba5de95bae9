/* acl: the users of Redis for this prefix: a sender for each route, a marketing system for each client. */
#include "core/text/cluster_slot.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/setup/acl_text.h"
#include "io/host/error_text.h"
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

/* What is asked for: the prefixes of the spaces, and whether each has users of its own. */
struct wanted {
	char **prefixes, **names;
	size_t count; /* one, where no space is named */
	bool by_space;
};

static struct wanted want;

/* A word with a pattern of keys, such as "%R~licet:list:*" or "(~licet:out)", for each of the prefixes. */
static void put_word(FILE *to, const char *word, char *const *prefixes, size_t count)
{
	const char *at = strstr(word, "~" SHIPPED_PREFIX);
	size_t head = at != NULL ? (size_t)(at + 1 - word) : 0, open = *word == '(';
	const char *end = at != NULL ? at + 1 + strcspn(at + 1, ")") : word;

	if (at == NULL) {
		fputs(word, to);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		const char *rest = at + 1 + strlen(SHIPPED_PREFIX);

		size_t skipped = i > 0 ? open : 0;

		fputs(i > 0 ? " " : "", to);
		fwrite(word + skipped, 1, head - skipped, to);
		fputs(prefixes[i], to);
		fwrite(rest, 1, (size_t)(end - rest), to);
	}
	fputs(end, to);
}

/* The line for these prefixes. Heap. */
static char *for_prefixes(const char *line, char *const *prefixes, size_t count)
{
	char *copy = mem_copy(line), *rest = copy, *word, *ret;
	size_t len;
	FILE *to = mem_stream(&ret, &len);

	while ((word = strsep(&rest, " ")) != NULL) {
		put_word(to, word, prefixes, count);
		if (rest != NULL)
			fputc(' ', to);
	}
	mem_stream_end(to);
	free(copy);
	return ret;
}

/* "user licet-sender …" as "user licet-sender.retail …". Takes it over. */
static char *named_for(char *text, const char *space)
{
	size_t name = strlen("user ") + strcspn(text + strlen("user "), " ");
	char *ret = mem_format("%.*s.%s%s", (int)name, text, space, text + name);

	free(text);
	return ret;
}

/* A bridge that serves several finds them by the hub, and in each of them asks only for what a sender may. */
static char *with_hub(char *text, const char *prefix)
{
	size_t len;
	const char *tag = prefix_tag(prefix, &len);
	char *more = mem_format("%s (+hgetall %%R~%.*slicet}:spaces)", text, (int)(tag - prefix), prefix);

	free(text);
	return more;
}

static void put_line(json_t *all, const char *line, char *const *prefixes, size_t count, const char *space)
{
	bool daemon = is_user(line, "licet-daemon"), ops = is_user(line, "licet-ops"),
	     sender = strncmp(line, "user licet-sender", strlen("user licet-sender")) == 0;
	char *text = for_prefixes(line, prefixes, count);

	if (daemon || ops)
		text = with_spaces(text, prefixes[0], ops);
	else if (sender && count > 1)
		text = with_hub(text, prefixes[0]);
	if (space != NULL)
		text = named_for(text, space);
	if (all != NULL)
		json_array_append_new(all, print_json_text(text));
	else
		puts(text);
	free(text);
}

/* Takes the line over. The default user is nobody's. */
static void show(json_t *all, char *line)
{
	bool each = want.by_space && !is_user(line, "default");

	for (size_t i = 0; i < (each ? want.count : 1); i++)
		put_line(all, line, want.prefixes + i, each ? 1 : want.count, each ? want.names[i] : NULL);
	free(line);
}

/* Which spaces are asked for; that of the configuration where none is named. */
static void read_spaces(struct ctl *ctl, const char *spaces)
{
	char *copy = mem_copy(spaces != NULL ? spaces : ""), *rest = copy, *name;
	const char *prefix = ctl_conf(ctl)->prefix, *tag;
	size_t len, capacity[2] = { 0, 0 };

	if (spaces == NULL && ctl_means_all(ctl))
		ctl_misuse(
		    ctl,
		    error_pick(
			"spaces is \"*\", all that the hub names: say which, with --spaces",
			"spaces vaut « * », tous ceux que le hub nomme : préciser lesquels, avec --spaces"));
	tag = prefix_tag(prefix, &len);
	while (spaces != NULL && (name = strsep(&rest, ",")) != NULL) {
		if (!space_name_is_valid(name))
			ctl_misuse(
			    ctl,
			    error_pick("--spaces has names of small letters, digits and dashes, not %s",
			               "--spaces a des noms en minuscules, chiffres et tirets, et non %s"),
			    name);
		want.prefixes = mem_grow(want.prefixes, &capacity[0], want.count, sizeof(char *));
		want.names = mem_grow(want.names, &capacity[1], want.count, sizeof(char *));
		want.names[want.count] = mem_copy(name);
		want.prefixes[want.count++] =
		    tag != NULL ? mem_format("%.*s%s%s", (int)(tag - prefix), prefix, name, tag + len)
				: mem_format("%s{%s}:", prefix, name);
	}
	if (spaces == NULL) {
		if (want.by_space && tag == NULL)
			ctl_misuse(ctl,
			           error_pick("--by-space needs spaces: --space S, or --spaces S,S",
			                      "--by-space exige des espaces : --space S, ou --spaces S,S"));
		want.prefixes = mem_zero(sizeof(char *));
		want.names = mem_zero(sizeof(char *));
		want.prefixes[0] = mem_copy(prefix);
		want.names[0] = tag != NULL ? mem_copy_len(tag, len) : NULL;
		want.count = 1;
	}
	free(copy);
}

static void forget_spaces(void)
{
	for (size_t i = 0; i < want.count; i++) {
		free(want.prefixes[i]);
		free(want.names[i]);
	}
	free(want.prefixes);
	free(want.names);
	want = (struct wanted){ 0 };
}

/* A sender has the keys of its own route, and no others. */
static void show_sender(json_t *all, const char *line, const char *route)
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
	show(all, text);
}

/* A client's system has its campaigns, whose ids begin with the advertiser, may oppose to that one, and asks about
 * numbers what was said to that one or to everybody. */
static void show_client(json_t *all, const char *line, const char *client)
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
	show(all, text);
}

/* Each of the words between commas. */
static void for_each(struct ctl *ctl, const char *what, const char *words, json_t *all, const char *line,
                     void (*one)(json_t *, const char *, const char *))
{
	char *copy = mem_copy(words), *rest = copy;

	for (char *word; (word = strsep(&rest, ",")) != NULL;) {
		ask_id(ctl, what, word);
		if (one != NULL)
			one(all, line, word);
	}
	free(copy);
}

static int run_acl(struct ctl *ctl, int argc, char **argv)
{
	const char *routes = SHIPPED_ROUTE, *clients = NULL, *spaces = NULL;
	const struct ctl_option options[] = {
		{ "--route", &routes, NULL },  { "--client", &clients, NULL },
		{ "--spaces", &spaces, NULL }, { "--by-space", NULL, &want.by_space },
		{ NULL, NULL, NULL },
	};

	ctl_words(ctl, argc, argv, options);
	ctl_conf(ctl);
	/* Nothing is printed for bad use. */
	for_each(ctl, error_pick("a route", "route"), routes, NULL, NULL, NULL);
	if (clients != NULL)
		for_each(ctl, error_pick("an advertiser", "annonceur"), clients, NULL, NULL, NULL);
	read_spaces(ctl, spaces);
	json_t *all = ctl->json ? json_array() : NULL;
	char *copy = mem_copy(acl_text), *rest = copy;

	for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (is_user(line, "licet-sender"))
			for_each(ctl, error_pick("a route", "route"), routes, all, line, show_sender);
		else if (is_user(line, "licet-marketing") && clients != NULL)
			for_each(ctl, error_pick("an advertiser", "annonceur"), clients, all, line,
			         show_client);
		else if (*line != '\0')
			show(all, mem_copy(line));
	}
	free(copy);
	if (all != NULL)
		ctl_print_json(all);
	forget_spaces();
	return 0;
}

const struct command ctl_acl_commands[] = {
	{ .name = "acl",
	  .usage = "",
	  .summary = "print the Redis users, one for each role and route",
	  .run = run_acl,
	  .example = "licetctl acl --route main,box1 --client acme",
	  .details =
	      "It prints the lines of an aclfile, for the prefix of licet.conf; all users are off, without "
	      "a password. With --spaces each user has its rights in all these spaces, for a licetd or a "
	      "bridge that serves several. With --by-space each space has its own users, such as "
	      "licet-sender.retail. See licet-security(7).\n" },
	{ 0 },
};
