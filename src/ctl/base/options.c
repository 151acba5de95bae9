/* options.c - every option of the commands; see options.h. */
#include "ctl/base/options.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

struct row {
	struct option_help help;
	const char *may;  /* commands that may have it: "explain, campaign put" */
	const char *must; /* commands that cannot do without it */
};

/* clang-format off */
static const struct row rows[] = {
	/* Live view and what lies ahead. */
	{ { "--all", NULL, "everything, however little the terminal holds" }, "status", "" },
	{ { "--once", NULL, "one frame, as text" }, "top", "" },
	{ { "--rate", "R", "what senders take, such as 300/h, where neither the campaign nor its route has a rate, or where they are slower; without it, the pace of the last minutes" }, "forecast", "" },
	{ { "--at", "T", "an instant, RFC 3339; without it, the next opening among the places of what waits" }, "preflight", "" },
	{ { "--at", "T|DATE", "an instant, or a date: 00:00 of it in the first territory of the rulebook" }, "", "simulate" },
	{ { "--until", "T", "stop then, whatever is left; without it, 400 days later" }, "simulate", "" },
	{ { "--outcomes", "MIX", "how calls end, such as busy:20%,no-answer:30%; the rest is answered. Retries follow as the campaign has them" }, "simulate", "" },
	{ { "--seed", "N", "another draw of the same mix" }, "simulate", "" },
	{ { "--speed", "N", "simulated seconds per second, instead of one that suits the rate" }, "simulate", "" },
	{ { "--licetd", "PATH", "the program, if it is neither beside licetctl nor in ../sbin" }, "simulate", "" },
	{ { "--keep", NULL, "leave the copy where it is, to look at it" }, "simulate", "" },
	/* Campaigns and their jobs. */
	{ { "--force", NULL, "store a definition that has faults; licetd rejects it" }, "campaign put", "" },
	{ { "--end", NULL, "end every job that waits: what stop does anyhow, said aloud" }, "campaign stop", "" },
	{ { "--export", "FILE", "pause, write every job that waits to FILE (mode 0600), and only then stop" }, "campaign stop", "" },
	{ { "--dry-run", NULL, "queue nothing; say how many may be called now, when, or never and why" }, "enqueue", "" },
	{ { "--batch", "NAME", "the batch that the jobs are, to be cancelled as one; without it, the file's name" }, "enqueue", "" },
	{ { "--report", "FILE", "each refused line, and with --dry-run what becomes of every line: CSV, or lines of JSON if its name ends in .jsonl; - is standard output" }, "enqueue", "" },
	{ { "--rejects", "FILE", "the refused rows whole, to be mended and queued: mode 0600, no file is written over" }, "enqueue", "" },
	{ { "--again", NULL, "queue a file from its start, even if that was done before" }, "enqueue", "" },
	{ { "--map", "F=C,...", "column C is field F, whatever their names say" }, "enqueue", "" },
	{ { "--set", "F=VALUE", "field F of every job, where no column has it" }, "enqueue", "" },
	{ { "--word", "C:W=VALUE", "the word W of column or field C stands for VALUE; a word of C that has none refuses its row. Without a value behind the = the row passes, and nothing is set" }, "enqueue", "" },
	{ { "--ignore", "C,...", "columns that read like a consent or an objection, and are none" }, "enqueue", "" },
	{ { "--to-first", "C,C", "of these columns the first that has a number is the number" }, "enqueue", "" },
	{ { "--plus", NULL, "put a plus before numbers that begin with a country code, such as 33612345678" }, "enqueue", "" },
	{ { "--zone", "Z", "of dates and times that have no offset; without it, Europe/Paris" }, "enqueue", "" },
	{ { "--dates", "dmy|mdy", "which part of 05/04/2026 is the day; without it, the column as a whole tells" }, "enqueue", "" },
	{ { "--vars", "C,...", "these columns go to the senders as text, in vars; \"*\": all of them" }, "enqueue", "" },
	{ { "--profile", "NAME", "read files as this profile says: what was saved, or a file if there is a / in NAME" }, "enqueue", "" },
	{ { "--save-profile", NULL, "keep how this file is read, as the profile of --profile" }, "enqueue", "" },
	{ { "--delimiter", "C", "comma, semicolon, bar or tab, as , ; | tab; without it, found out from the header" }, "enqueue", "" },
	{ { "--encoding", "E", "such as windows-1252; without it, found out" }, "enqueue", "" },
	{ { "--excel-zero", NULL, "put back the first zero that a spreadsheet took from numbers of nine digits and codes of four" }, "enqueue", "" },
	{ { "--reason", "CODE", "only those with this reason" }, "refused, invalid, requeue", "" },
	{ { "--last", "N", "how many: 1 to 100000; without it, 50" }, "refused, invalid, done", "" },
	{ { "--id", "ID", "only the job of this id" }, "requeue", "" },
	{ { "--ids", "FILE", "the jobs of these ids: one a line, or CSV with a column id; - is standard input" }, "campaign cancel, requeue, settle", "" },
	{ { "--sender", "S", "the unknown jobs that this sender had" }, "settle", "" },
	{ { "--route", "R", "the unknown jobs of this route" }, "settle", "" },
	{ { "--file", "FILE", "CSV with columns id and outcome: each its own" }, "settle", "" },
	/* Evidence. */
	{ { "--at", "T", "as if it were that instant, RFC 3339; lists and attempts are those of now" }, "explain", "" },
	{ { "--job", "JSON", "judge this job instead; id and to may be left out" }, "explain", "" },
	{ { "--receipt", "FILE", "write all that the answer depends on, for licetctl verify: the number and the consent too, so mode 0600. No file is written over" }, "explain", "" },
	{ { "--from", "T", "say whether a call was placed from then on, and what a \"no\" rests on" }, "dossier", "" },
	{ { "--to", "T", "and before then" }, "dossier", "" },
	{ { "--person", "P", "this person, too" }, "subject show, subject erase, attempts show", "" },
	{ { "--advertiser", "A", "only what is of this advertiser" }, "subject erase", "" },
	{ { "--out", "FILE", "a new file, mode 0600; without it, or with -, standard output" }, "subject show, attest, export", "" },
	{ { "--since", "T", "entries from that instant on" }, "", "export" },
	{ { "--kind", "done|refused|invalid", "only these; without it, done and refused" }, "export", "" },
	{ { "--format", "jsonl|csv", "lines of JSON, or CSV: one record a line, an apostrophe before a text that a spreadsheet would take for a formula" }, "export", "" },
	{ { "--kinds", "K,K", "of done, refused, invalid and oppositions; without it, the first three" }, "follow", "" },
	{ { "--group", "NAME", "the consumer group that keeps where it was; without it, follow" }, "follow", "" },
	{ { "--once", NULL, "end when there is no more" }, "follow", "" },
	{ { "--ack", NULL, "acknowledge what standard input names, an event_id a line, and not what was written" }, "follow", "" },
	{ { "--archive", NULL, "read through the consumer group \"archive\" of each stream, add to FILE, and acknowledge what is on its disk" }, "export", "" },
	{ { "--format", "text|html", "html: a sheet of A4 in one file, to be printed and signed; numbers are masked" }, "explain, dossier, attest, forecast, subject show, log prove", "" },
	{ { "--full", NULL, "whole numbers on the sheet: it is personal data" }, "explain, dossier, subject show, log prove", "" },
	{ { "-o", "FILE", "the file to make, mode 0600; it must not be there. Without it, standard output" }, "log keygen, log prove", "" },
	{ { "--origin", "O", "the name of the log; without it, licet/<instance>" }, "log keygen", "" },
	{ { "--next", NULL, "the key after that of log_key_file, in a file of its name and .next: licetd names it in the log under the old one, and signs with it from then on" }, "log keygen", "" },
	{ { "--mac", NULL, "the key that released jobs are marked with, in base64; nothing else is printed" }, "log keygen", "" },
	{ { "--key", "KEY", "the verifier key that you trust, or a file with it; without it, the log's first line is believed, which whoever makes a log anew can write" }, "log verify", "" },
	{ { "--key", "KEY", "of a proof: the verifier key that you trust, or a file" }, "verify", "" },
	{ { "--anchored", "FILE", "a checkpoint that was carried out of the house: the log must extend it" }, "log verify", "" },
	{ { "--log", "DIR", "the log; without it, log_dir" }, "log prove", "" },
	/* Stopping, and senders. */
	{ { "--reason", "R", "why; it is recorded with your name" }, "breaker, oppose", "halt, settle, list accept, advertiser release, space forgo" },
	{ { "--force", NULL, "halt it though no campaign has it and nobody declared it" }, "halt", "" },
	{ { "--reset", NULL, "let the route begin again, with its canary; needs --reason" }, "breaker", "" },
	{ { "--by", "W", "who answers for it; without it, the user's name" }, "breaker, oppose, space forgo, space check", "" },
	{ { "--members", NULL, "compare all members of the platform's opposition lists, not their number alone" }, "space check", "" },
	{ { "--repair", NULL, "the same, and add what one lacks, without a date; enter advertisers that the hub lacks" }, "space check", "" },
	{ { "--undo", NULL, "the space is back: count on hearing it again" }, "space forgo", "" },
	{ { "--sender", "S", "who takes them; without it, licetctl" }, "take", "" },
	{ { "--count", "N", "how many at most: 1 to 500; without it, 1" }, "take", "" },
	{ { "--route", "R", "the route that handed the job out; without it, every route in use is asked for the token" }, "report", "" },
	{ { "--detail", "D", "what else is to be recorded, 500 bytes at most" }, "report", "" },
	{ { "--route", "R,R", "the routes that get a sender each; without it, main" }, "acl", "" },
	{ { "--spaces", "S,S", "the spaces that the users have their rights in; without it, that of the prefix" }, "acl", "" },
	{ { "--by-space", NULL, "users of its own for each space, named after it" }, "acl", "" },
	{ { "--client", "A,A", "the advertisers that get a marketing user each; without it, one for all" }, "acl", "" },
	{ { "--route", "R", "the route to take from" }, "", "sender" },
	{ { "--exec", "CMD", "run by /bin/sh -c for each job, in a process group of its own" }, "", "sender" },
	{ { "--name", "N", "the sender's name in records; without it, HOST-PID" }, "sender", "" },
	{ { "--jobs", "N", "commands at once: 1 to 500; without it, 1" }, "sender", "" },
	{ { "--batch", "N", "up to N jobs for each command: 1 to 500" }, "sender", "" },
	{ { "--timeout", "S", "after that TERM to its group, then KILL; the lease of the route is longer. Without it, 4/5 of the lease" }, "sender", "" },
	{ { "--look-ms", "N", "between two looks at an empty list: 10 to 60000; without it, 500" }, "sender", "" },
	{ { "--once", NULL, "end when the ready list is empty" }, "sender", "" },
	/* What people said. */
	{ { "--source", "S", "where the list comes from; without it, the file's name" }, "list load", "" },
	{ { "--every", "HOURS", "the next one is expected within so many hours: licetd says list-late after that" }, "list load", "" },
	{ { "--force", NULL, "load it though it shrinks by more than list_shrink_pct, is empty, or no rule asks it" }, "list load", "" },
	{ { "--skip-bad", NULL, "load the good lines of a file that has bad ones" }, "list load", "" },
	{ { "--drop", NULL, "take members off that are no numbers at all" }, "list mend", "" },
	{ { "--advertiser", "A", "to this advertiser alone; without it, to everybody" }, "oppose", "" },
	{ { "--source", "S", "who reports it; without it, licetctl" }, "oppose, consent withdraw", "" },
	{ { "--reason", "R", "why" }, "consent withdraw", "" },
	{ { "--event", "T", "when it was said, RFC 3339; without it, now" }, "oppose, consent withdraw", "" },
	{ { "--person", "P", "the person who said it: blocked under any number" }, "oppose", "" },
	{ { "--undo", NULL, "take an opposition back that should not be there; needs --reason" }, "oppose", "" },
	{ { "--dismiss", NULL, "end an objection to an advertiser that nobody declared, as nobody is meant by it; needs --reason" }, "oppose", "" },
	/* The law. */
	{ { "--from", "T", "an instant, RFC 3339; without it, now" }, "windows", "" },
	{ { "--days", "N", "1 to 3660; without it, 7" }, "windows", "" },
	{ { "--days", "N", "1 to 3660; without it, 30" }, "consent expiring", "" },
	{ { "--year", "Y", "without it, this year" }, "calendar", "" },
	{ { "--format", "text|html|ics", "html: a sheet of A4; ics: for calendars that subscribe; without --year, this year and the next" }, "calendar", "" },
	{ { "--on", "DATE", "the day to look at; without it, the next change after today" }, "rulebook diff", "" },
	{ { "--offline", NULL, "ask no Redis" }, "rulebook diff", "" },
	{ { "--markdown", NULL, "as a table in Markdown" }, "reasons", "" },
	/* Setup. */
	{ { "--sim", NULL, "try it in a space of its own, on a simulated clock, down to the first job that is taken" }, "init", "" },
	{ { "--keep", NULL, "leave that space where it is, to look at it" }, "init", "" },
	{ { "--pid", "PID", "only if the daemon is that process" }, "reload", "" },
	{ { "--verdict", "FILE", "read the verdict there, where licetd --verdict writes it, and ask no Redis" }, "reload", "" },
	{ { "--shell", "bash|zsh", "without it, bash" }, "completion", "" },
};
/* clang-format on */
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

const struct option_help options_common[] = {
	{ "--json", NULL, "for machines" },
	{ "--lang", "en|fr", "of what people read; without it, as LC_ALL, LC_MESSAGES or LANG say" },
	{ "-h, --help", NULL, "say what the command does" },
	{ NULL, NULL, NULL },
};

const struct option_help *options_at(size_t i)
{
	return i < ROW_COUNT ? &rows[i].help : NULL;
}

/* Is the command, in that form, in a list such as "explain, campaign put"? */
static bool is_listed(const char *list, const char *command, const char *form)
{
	size_t len = strlen(command);

	for (; *list != '\0'; list += strcspn(list, ","), list += strspn(list, ", ")) {
		size_t item = strcspn(list, ",");

		if (strncmp(list, command, len) != 0 || item < len)
			continue;
		if (item == len)
			return true;
		if (list[len] != ' ')
			continue;
		if (form == NULL ||
		    (strlen(form) == item - len - 1 && strncmp(list + len + 1, form, item - len - 1) == 0))
			return true;
	}
	return false;
}

bool options_belong(const struct option_help *row, const char *command, const char *form, bool *ret_needed)
{
	const struct row *r = (const struct row *)(const void *)row; /* its first member */
	bool must = is_listed(r->must, command, form);

	if (ret_needed != NULL)
		*ret_needed = must;
	return must || is_listed(r->may, command, form);
}

const struct option_help *options_find(const char *command, const char *name, size_t len)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		if (strncmp(rows[i].help.name, name, len) == 0 && rows[i].help.name[len] == '\0' &&
		    options_belong(&rows[i].help, command, NULL, NULL))
			return &rows[i].help;
	return NULL;
}

bool options_repeat(const struct option_help *row)
{
	static const char *const names[] = { "--map", "--vars", "--set", "--word", "--ignore" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(row->name, names[i]) == 0)
			return true;
	return false;
}

/* --- usage ------------------------------------------------------------------------------- */

/* The word that tells one form from another: "put" of "put C FIELD"; "": there is but one. */
static void form_name(const char *form, size_t len, char *buf, size_t size)
{
	size_t n = strspn(form, "abcdefghijklmnopqrstuvwxyz-");

	snprintf(buf, size, "%.*s", n > 0 && n <= len && (form[n] == ' ' || n == len) ? (int)n : 0, form);
}

bool options_words(const char **at, struct usage_words *ret)
{
	const char *form = *at;

	if (form == NULL)
		return false;
	const char *end = strstr(form, " | ");
	size_t len = end != NULL ? (size_t)(end - form) : strlen(form);
	int depth = 0;

	*ret = (struct usage_words){ 0 };
	form_name(form, len, ret->name, sizeof(ret->name));
	for (size_t i = 0, word; i<len; i += word> 0 ? word : 1) {
		depth += (form[i] == '[') - (form[i] == ']');
		word = strcspn(form + i, " []");
		if (word == 0)
			continue;
		bool more = word >= 3 && strncmp(form + i + word - 3, "...", 3) == 0;

		ret->min += depth == 0 && word > (more ? 3U : 0U);
		ret->max = more || ret->max == INT_MAX ? INT_MAX : ret->max + 1;
	}
	*at = end != NULL ? end + 3 : NULL;
	return true;
}

bool options_form(const struct command *command, const char **at, char *buf, size_t size)
{
	const char *end;
	char name[24];
	bool needed;

	if (*at == NULL)
		return false;
	end = strstr(*at, " | ");
	size_t len = end != NULL ? (size_t)(end - *at) : strlen(*at), used = len < size ? len : size - 1;

	memcpy(buf, *at, used);
	buf[used] = '\0';
	form_name(*at, len, name, sizeof(name));
	for (int must = 1; must >= 0; must--)
		for (size_t i = 0; i < ROW_COUNT && used < size; i++) {
			const struct option_help *o = &rows[i].help;

			if (!options_belong(o, command->name, name, &needed) || needed != (must == 1))
				continue;
			used += (size_t)snprintf(buf + used, size - used, "%s%s%s%s%s%s", used > 0 ? " " : "",
			                         needed ? "" : "[", o->name, o->argument != NULL ? " " : "",
			                         o->argument != NULL ? o->argument : "", needed ? "" : "]");
		}
	*at = end != NULL ? end + 3 : NULL;
	return true;
}

void options_usage(const struct command *command, const char *word, char *buf, size_t size)
{
	const char *at = command->usage;
	char form[1000], name[24];
	size_t used = 0;

	buf[0] = '\0';
	while (options_form(command, &at, form, sizeof(form))) {
		form_name(form, strlen(form), name, sizeof(name));
		if (word != NULL && name[0] != '\0' && strcmp(word, name) == 0) {
			snprintf(buf, size, "%s", form);
			return;
		}
		if (used < size)
			used +=
			    (size_t)snprintf(buf + used, size - used, "%s%s", used > 0 ? " | " : "", form);
	}
}

void options_example(const struct command *command, const char *indent, size_t width)
{
	const char *left = command->example;
	const char *more = "";

	while (strlen(left) + strlen(indent) + strlen(more) > width) {
		const char *cut = NULL;

		for (const char *at = strstr(left, " --");
		     at != NULL && at - left + strlen(indent) + strlen(more) + 2 <= width;
		     at = strstr(at + 1, " --"))
			cut = at;
		if (cut == NULL)
			break;
		printf("%s%s%.*s \\\n", indent, more, (int)(cut - left), left);
		left = cut + 1;
		more = "  ";
	}
	printf("%s%s%s\n", indent, more, left);
}
