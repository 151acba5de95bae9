/* completion.c - what a shell needs to complete licetctl's words, made from the usage of each
 * command.
 *
 * Of each form of a command there is one rule: its name, what stands at its places, and its
 * options, as in "list load @text @file --source=@text --force". A place or a value has the words
 * it may be, joined by commas, or a kind: @file, @outcome, @reason, @command; @text is nothing
 * that a shell could know. One function, which bash and zsh both understand, looks the words up
 * that were typed. It asks nobody: not Redis, and not licetctl. */
#include "core/text/reason.h"
#include "ctl/base/options.h"
#include "ctl/base/session.h"
#include "ctl/base/words.h"
#include "ctl/law/vocabulary.h"
#include "io/host/error_text.h"

#include <stdio.h>
#include <string.h>

/* --- rules ----------------------------------------------------------------------------------- */

struct word {
	const char *at;
	size_t len;
	bool ends; /* a bracket is closed behind it */
};

/* The next word of a usage, without its brackets. Returns false at the end. */
static bool next_word(const char **usage, struct word *ret)
{
	*usage += strspn(*usage, " [");
	ret->at = *usage;
	ret->len = strcspn(*usage, " ]");
	*usage += ret->len;
	ret->ends = **usage == ']';
	*usage += strspn(*usage, "]");
	return ret->len > 0;
}

static bool is_word(const struct word *w, const char *text)
{
	return w->len == strlen(text) && strncmp(w->at, text, w->len) == 0;
}

static bool has_part(const struct word *w, const char *part)
{
	const char *found = strstr(w->at, part);

	return found != NULL && found + strlen(part) <= w->at + w->len;
}

/* What may stand there: "en|fr" has its words, "FILE|-" is a file. */
static void put_kind(const struct word *w)
{
	bool again = has_part(w, "...");

	if (w->at[0] >= 'a' && w->at[0] <= 'z') {
		for (size_t i = 0; i < w->len; i++)
			putchar(w->at[i] == '|' ? ',' : w->at[i]);
		return;
	}
	if (has_part(w, "FILE") || is_word(w, "PATH") || is_word(w, "RECEIPT.json"))
		fputs("@file", stdout);
	else if (is_word(w, "OUTCOME"))
		fputs("@outcome", stdout);
	else if (is_word(w, "CODE"))
		fputs("@reason", stdout);
	else
		fputs("@text", stdout);
	if (again)
		fputs("...", stdout);
}

/* "--at T" -> " --at=@text". Whether a value follows, the next word tells. */
static void put_option(const struct word *name, const char **usage)
{
	const char *ahead = *usage + strspn(*usage, " ");

	printf(" %.*s", (int)name->len, name->at);
	if (!name->ends && *ahead != '\0' && strchr("[-|", *ahead) == NULL) {
		struct word value;

		next_word(usage, &value);
		putchar('=');
		put_kind(&value);
	}
}

static void put_rules(const struct command *c)
{
	char whole[2000];
	const char *usage = whole;
	struct word w;
	int depth = 0;

	options_usage(c, NULL, whole, sizeof(whole));
	fputs(c->name, stdout);
	for (;;) {
		const char *before = usage;

		if (!next_word(&usage, &w))
			break;
		for (const char *at = before; at < w.at; at++)
			depth += *at == '[';
		if (w.at[0] == '-' && w.len > 1) {
			put_option(&w, &usage);
		} else if (is_word(&w, "|")) {
			if (depth == 0)
				printf("\n%s", c->name);
		} else {
			putchar(' ');
			put_kind(&w);
		}
		for (const char *at = w.at; at < usage; at++)
			depth -= *at == ']';
	}
	putchar('\n');
}

static void put_common_row(const struct option_help *o)
{
	for (const char *name = o->name; *name != '\0';
	     name += strcspn(name, " "), name += strspn(name, " ")) {
		size_t len = strcspn(name, ", ");

		if (o->argument == NULL && len < 3) /* -h: nobody needs Tab for that */
			continue;
		printf("%.*s", (int)len, name);
		if (o->argument != NULL) {
			struct word kind = { o->argument, strlen(o->argument), false };

			putchar('=');
			put_kind(&kind);
		}
		putchar(' ');
	}
}

/* The options of every command. */
static void put_common(void)
{
	for (const struct option_help *o = usage_target_options; o->name != NULL; o++)
		put_common_row(o);
	for (const struct option_help *o = options_common; o->name != NULL; o++)
		put_common_row(o);
}

static void put_commands(const struct ctl *ctl, const char *between)
{
	const char *before = "";

	for (const struct command_family *f = ctl->families; f->title != NULL; f++)
		for (const struct command *c = f->commands; c->name != NULL; c++)
			if (!c->is_internal) {
				printf("%s%s", before, c->name);
				before = between;
			}
}

/* --- shells ----------------------------------------------------------------------------------- */

/* What both have. kinds: the words joined by commas, or @file, or @command; cur: what they
 * begin with. An option that takes a value is known by the "=" in its rule. */
static const char look_head[] = "# The options of every command.\n"
				"_licetctl_common='";
static const char look_rules[] = "'\n"
				 "# Each form of a command: its name, its places, its options.\n"
				 "_licetctl_rules='help @command\n";
static const char look_tail[] =
    "'\n"
    "\n"
    "# What takes that option: sets kind, or leaves it empty.\n"
    "_licetctl_kind()\n"
    "{\n"
    "\tlocal name rest token\n"
    "\tkind=\n"
    "\twhile read -r name rest; do\n"
    "\t\t[ \"$name\" = \"$2\" ] || [ \"$name\" = every ] || continue\n"
    "\t\tfor token in $rest; do\n"
    "\t\t\tcase $token in \"$1=\"*) kind=${token#*=} ;; esac\n"
    "\t\tdone\n"
    "\tdone <<< \"every $_licetctl_common\n"
    "$_licetctl_rules\"\n"
    "}\n"
    "\n"
    "# One form of a command, beside the words in args: adds to kinds and options if they fit it.\n"
    "_licetctl_form()\n"
    "{\n"
    "\tlocal token at=0 next= mine=\n"
    "\tfor token in $1; do\n"
    "\t\tcase $token in\n"
    "\t\t--*) mine=\"$mine $token\" ;;\n"
    "\t\t*)\n"
    "\t\t\tif ((at == ${#args[@]})); then\n"
    "\t\t\t\t[ -n \"$next\" ] || next=${token%...}\n"
    "\t\t\telse\n"
    "\t\t\t\tcase $token in\n"
    "\t\t\t\t@*...) at=${#args[@]} next=${token%...} ;;\n"
    "\t\t\t\t@*) at=$((at + 1)) ;;\n"
    "\t\t\t\t*) case ,$token, in *,\"${args[at]}\",*) at=$((at + 1)) ;; *) return ;; esac ;;\n"
    "\t\t\t\tesac\n"
    "\t\t\tfi ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\t((at == ${#args[@]})) || return\n"
    "\tkinds=\"$kinds $next\" options=\"$options $mine\"\n"
    "}\n"
    "\n"
    "# _licetctl_look WORD...: the words behind licetctl, the last of which is being typed.\n"
    "_licetctl_look()\n"
    "{\n"
    "\t[ -z \"${ZSH_VERSION-}\" ] || emulate -L ksh\n"
    "\tlocal word kind= command= used=' ' options=$_licetctl_common name rest\n"
    "\tlocal -a args\n"
    "\targs=()\n"
    "\tkinds=\n"
    "\twhile (($# > 1)); do\n"
    "\t\tword=$1\n"
    "\t\tshift\n"
    "\t\tif [ -n \"$kind\" ]; then\n"
    "\t\t\tkind=\n"
    "\t\t\tcontinue\n"
    "\t\tfi\n"
    "\t\tcase $word in\n"
    "\t\t-*=*) used=\"$used${word%%=*} \" ;;\n"
    "\t\t-*)\n"
    "\t\t\tused=\"$used$word \"\n"
    "\t\t\t_licetctl_kind \"$word\" \"$command\" ;;\n"
    "\t\t*) if [ -n \"$command\" ]; then args+=(\"$word\"); else command=$word; fi ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\tcur=$1\n"
    "\tif [ -n \"$kind\" ]; then\n"
    "\t\tkinds=$kind\n"
    "\telif [ \"${cur#-*=}\" != \"$cur\" ]; then\n"
    "\t\t_licetctl_kind \"${cur%%=*}\" \"$command\"\n"
    "\t\tkinds=$kind cur=${cur#*=}\n"
    "\telse\n"
    "\t\tif [ -z \"$command\" ]; then\n"
    "\t\t\tkinds='help @command' options=\"$options --version\"\n"
    "\t\tfi\n"
    "\t\twhile read -r name rest; do\n"
    "\t\t\t[ \"$name\" != \"$command\" ] || _licetctl_form \"$rest\"\n"
    "\t\tdone <<< \"$_licetctl_rules\"\n"
    "\t\tcase $cur in\n"
    "\t\t-*)\n"
    "\t\t\tkinds=\n"
    "\t\t\tfor word in $options; do\n"
    "\t\t\t\tword=${word%%=*}\n"
    "\t\t\t\tcase $used$kinds, in *\" $word \"* | *,\"$word\",*) ;; *) kinds=\"$kinds,$word\" ;; esac\n"
    "\t\t\tdone ;;\n"
    "\t\tesac\n"
    "\tfi\n"
    "\tkinds=\" $kinds \"\n";

/* Words that COMP_WORDBREAKS has split, such as host:6379, are put together again; of what is
 * found, readline wants what stands behind the last break. */
static const char bash_tail[] =
    "_licetctl()\n"
    "{\n"
    "\tlocal line=${COMP_LINE:0:COMP_POINT} word i kinds cur typed=()\n"
    "\tfor ((i = 0; i <= COMP_CWORD; i++)); do\n"
    "\t\tword=${line#\"${line%%[![:blank:]]*}\"}\n"
    "\t\tif ((i == 0)) || [ \"$word\" != \"$line\" ] || [ -z \"$line\" ]; then typed+=(''); fi\n"
    "\t\tline=$word word=${COMP_WORDS[i]}\n"
    "\t\t[ \"${line#\"$word\"}\" != \"$line\" ] || word=$line\n"
    "\t\ttyped[-1]+=$word line=${line#\"$word\"}\n"
    "\tdone\n"
    "\t_licetctl_look \"${typed[@]:1}\"\n"
    "\tCOMPREPLY=()\n"
    "\tfor word in $kinds; do\n"
    "\t\tcase $word in\n"
    "\t\t@file)\n"
    "\t\t\tcompopt -o filenames\n"
    "\t\t\tmapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
    "\t\t@*) ;;\n"
    "\t\t*) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -W \"${word//,/ }\" -- \"$cur\") ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\tcase $COMP_WORDBREAKS in *:*) word=${cur%\"${cur##*:}\"} ;; *) word= ;; esac\n"
    "\t[ -z \"$word\" ] || COMPREPLY=(\"${COMPREPLY[@]#\"$word\"}\")\n"
    "}\n"
    "complete -F _licetctl licetctl\n";

static const char zsh_tail[] = "_licetctl()\n"
			       "{\n"
			       "\tlocal kinds cur word\n"
			       "\t_licetctl_look \"${(@Q)words[2,CURRENT-1]}\" \"$PREFIX\"\n"
			       "\t[[ $PREFIX != -*=* ]] || compset -P '*='\n"
			       "\tfor word in ${=kinds}; do\n"
			       "\t\tcase $word in\n"
			       "\t\t@file) _files ;;\n"
			       "\t\t@command) _describe -t commands command _licetctl_commands ;;\n"
			       "\t\t@*) ;;\n"
			       "\t\t*) compadd -- ${(s:,:)word} ;;\n"
			       "\t\tesac\n"
			       "\tdone\n"
			       "}\n"
			       "_licetctl \"$@\"\n";

/* A kind that is known, as its words. */
static void put_known(const struct ctl *ctl, const char *kind, void (*put)(const struct ctl *ctl))
{
	printf("\tkinds=${kinds/ @%s / ", kind);
	put(ctl);
	puts(" }");
}

static void put_outcomes(const struct ctl *ctl)
{
	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++)
		printf("%s%s", i > 0 ? "," : "", vocabulary_outcomes[i]);
}

static void put_reasons(const struct ctl *ctl)
{
	for (int i = 0; i < REASON_COUNT; i++)
		printf("%s%s", i > 0 ? "," : "", reason_name((enum reason)i));
}

static void put_command_words(const struct ctl *ctl)
{
	put_commands(ctl, ",");
}

/* With what it is for, as zsh shows it. */
static void put_described(const struct ctl *ctl)
{
	puts("_licetctl_commands=(");
	for (const struct command_family *f = ctl->families; f->title != NULL; f++)
		for (const struct command *c = f->commands; c->name != NULL; c++) {
			if (c->is_internal)
				continue;
			printf("\t'%s:", c->name);
			for (const char *at = c->summary; *at != '\0'; at++)
				if (*at == '\'')
					fputs("'\\''", stdout);
				else
					putchar(*at);
			puts("'");
		}
	puts(")\n");
}

static void print_completion(const struct ctl *ctl, bool zsh)
{
	puts(zsh ? "#compdef licetctl\n# zsh completion for licetctl\n" : "# bash completion for licetctl\n");
	fputs(look_head, stdout);
	put_common();
	fputs(look_rules, stdout);
	for (const struct command_family *f = ctl->families; f->title != NULL; f++)
		for (const struct command *c = f->commands; c->name != NULL; c++)
			if (!c->is_internal)
				put_rules(c);
	fputs(look_tail, stdout);
	put_known(ctl, "outcome", put_outcomes);
	put_known(ctl, "reason", put_reasons);
	if (!zsh)
		put_known(ctl, "command", put_command_words);
	puts("}\n");
	if (zsh)
		put_described(ctl);
	fputs(zsh ? zsh_tail : bash_tail, stdout);
}

static int run_completion(struct ctl *ctl, int argc, char **argv)
{
	const char *shell = "bash";
	const struct ctl_option options[] = { { "--shell", &shell, NULL }, { 0 } };

	ctl_words(ctl, argc, argv, options);
	if (strcmp(shell, "bash") != 0 && strcmp(shell, "zsh") != 0)
		ctl_misuse(ctl, error_pick("--shell must be bash or zsh", "--shell doit être bash ou zsh"));
	print_completion(ctl, strcmp(shell, "zsh") == 0);
	return 0;
}

const struct command ctl_completion_commands[] = {
	{ .name = "completion",
	  .usage = "",
	  .summary = "print the completion for a shell",
	  .run = run_completion,
	  .example = "licetctl completion --shell zsh",
	  .details = "bash: source <(licetctl completion), or write its output to a file licetctl in "
	             "/usr/local/share/bash-completion/completions.\n"
	             "zsh: write its output to a file _licetctl, in a folder of fpath.\n" },
	{ 0 },
};
