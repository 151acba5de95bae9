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
	{ { "--all", NULL, "show everything, even if it does not fit the terminal" }, "status", "" },
	{ { "--once", NULL, "print one frame, as text, and end" }, "top", "" },
	{ { "--rate", "R", "the pace of senders, such as 300/h; used if campaign and route have no rate, or a higher one. Default: the measured pace" }, "forecast", "" },
	{ { "--at", "T", "the instant to check, RFC 3339; default: the next opening among the places of waiting jobs" }, "preflight", "" },
	{ { "--at", "T|DATE", "start at this instant, or at 00:00 of this date in the first territory of the rulebook" }, "", "simulate" },
	{ { "--until", "T", "stop at this instant, even if jobs are left; default: 400 days later" }, "simulate", "" },
	{ { "--outcomes", "MIX", "outcomes of the calls, such as busy:20%,no-answer:30%; the rest is answered. Retries follow the campaign" }, "simulate", "" },
	{ { "--seed", "N", "draw another sample of the same mix" }, "simulate", "" },
	{ { "--speed", "N", "simulated seconds per real second; default: what suits the rate" }, "simulate", "" },
	{ { "--licetd", "PATH", "path of licetd; default: beside licetctl, or in ../sbin" }, "simulate", "" },
	{ { "--keep", NULL, "keep the copy, to look at it" }, "simulate", "" },
	/* Campaigns and their jobs. */
	{ { "--force", NULL, "store a definition that has faults; licetd rejects it" }, "campaign put", "" },
	{ { "--end", NULL, "end every waiting job; stop does so without it too" }, "campaign stop", "" },
	{ { "--export", "FILE", "pause the campaign, write every waiting job to FILE (mode 0600), then stop it" }, "campaign stop", "" },
	{ { "--dry-run", NULL, "queue nothing; print how many may be called now, later or never, and why" }, "enqueue", "" },
	{ { "--batch", "NAME", "name of the batch, for batch cancel; default: the file's name" }, "enqueue", "" },
	{ { "--report", "FILE", "write each refused line to FILE, and with --dry-run the fate of every line: CSV, or JSON lines if the name ends in .jsonl; - is standard output" }, "enqueue", "" },
	{ { "--rejects", "FILE", "write the refused rows to a new FILE (mode 0600), to mend and queue them" }, "enqueue", "" },
	{ { "--again", NULL, "queue the file from its start, even if it was queued before" }, "enqueue", "" },
	{ { "--map", "F=C,...", "column C is field F, whatever its name" }, "enqueue", "" },
	{ { "--set", "F=VALUE", "field F of every job; no column may have that field" }, "enqueue", "" },
	{ { "--word", "C:W=VALUE", "in column C, treat word W as VALUE; a row with any other word is refused. C:W= (no value) accepts the row and sets nothing" }, "enqueue", "" },
	{ { "--ignore", "C,...", "columns that look like a consent or an objection, and are neither" }, "enqueue", "" },
	{ { "--to-first", "C,C", "take from each row the first valid number of these columns" }, "enqueue", "" },
	{ { "--plus", NULL, "put a plus before numbers that begin with a country code, such as 33612345678" }, "enqueue", "" },
	{ { "--zone", "Z", "time zone for dates without an offset; default: Europe/Paris" }, "enqueue", "" },
	{ { "--dates", "dmy|mdy", "which comes first in 05/04/2026, day or month; default: what the column shows" }, "enqueue", "" },
	{ { "--vars", "C,...", "pass these columns to senders, as text in vars; \"*\": all columns" }, "enqueue", "" },
	{ { "--profile", "NAME", "read the file with the options of this profile: a saved one, or a file if NAME has a /" }, "enqueue", "" },
	{ { "--save-profile", NULL, "save these options as the profile of --profile" }, "enqueue", "" },
	{ { "--delimiter", "C", "comma, semicolon, bar or tab, written , ; | tab; default: detected from the header" }, "enqueue", "" },
	{ { "--encoding", "E", "such as windows-1252; default: detected" }, "enqueue", "" },
	{ { "--excel-zero", NULL, "put back the first zero that a spreadsheet dropped from numbers of nine digits and codes of four" }, "enqueue", "" },
	{ { "--reason", "CODE", "only jobs with this reason" }, "refused, invalid, requeue", "" },
	{ { "--last", "N", "how many, 1 to 100000; default: 50" }, "refused, invalid, done", "" },
	{ { "--id", "ID", "only the job with this id" }, "requeue", "" },
	{ { "--ids", "FILE", "the jobs with these ids: one a line, or CSV with a column id; - is standard input" }, "campaign cancel, requeue, settle", "" },
	{ { "--sender", "S", "the unknown jobs of this sender" }, "settle", "" },
	{ { "--route", "R", "the unknown jobs of this route" }, "settle", "" },
	{ { "--file", "FILE", "CSV with columns id and outcome: an outcome for each job" }, "settle", "" },
	/* Evidence. */
	{ { "--at", "T", "judge as of this instant, RFC 3339; lists and attempts are the current ones" }, "explain", "" },
	{ { "--job", "JSON", "judge this job instead; id and to may be missing" }, "explain", "" },
	{ { "--receipt", "FILE", "write all that the answer depends on to a new FILE (mode 0600), for licetctl verify; it has the number and the consent" }, "explain", "" },
	{ { "--from", "T", "report whether a call was placed from this instant on, and what a \"no\" rests on" }, "dossier", "" },
	{ { "--to", "T", "and before this instant" }, "dossier", "" },
	{ { "--person", "P", "this person too" }, "subject show, subject erase, attempts show", "" },
	{ { "--advertiser", "A", "only data of this advertiser" }, "subject erase", "" },
	{ { "--out", "FILE", "a new file, mode 0600; default, or with -: standard output" }, "subject show, attest, export", "" },
	{ { "--since", "T", "entries from this instant on" }, "", "export" },
	{ { "--kind", "done|refused|invalid", "only these entries; default: done and refused" }, "export", "" },
	{ { "--format", "jsonl|csv", "JSON lines, or CSV: one record a line, with an apostrophe before text that a spreadsheet would read as a formula" }, "export", "" },
	{ { "--kinds", "K,K", "any of done, refused, invalid and oppositions; default: the first three" }, "follow", "" },
	{ { "--group", "NAME", "the consumer group that keeps the position; default: follow" }, "follow", "" },
	{ { "--once", NULL, "end when there are no more lines" }, "follow", "" },
	{ { "--ack", NULL, "acknowledge a line when standard input names its event_id, not when it is written" }, "follow", "" },
	{ { "--archive", NULL, "read with the consumer group \"archive\" of each stream, append to FILE, and acknowledge what is on disk" }, "export", "" },
	{ { "--format", "text|html", "html: an A4 sheet in one file, to print and sign; numbers are masked" }, "explain, dossier, attest, forecast, subject show, log prove", "" },
	{ { "--full", NULL, "show whole numbers on the sheet: personal data" }, "explain, dossier, subject show, log prove", "" },
	{ { "-o", "FILE", "a new file, mode 0600; default: standard output" }, "log keygen, log prove", "" },
	{ { "--origin", "O", "the name of the log; default: licet/<instance>" }, "log keygen", "" },
	{ { "--next", NULL, "make the key that follows that of log_key_file, in a file of the same name with .next; licetd names it in the log under the old key, and then signs with it" }, "log keygen", "" },
	{ { "--mac", NULL, "make the key that marks released jobs, in base64; print nothing else" }, "log keygen", "" },
	{ { "--key", "KEY", "the verifier key that you trust, or a file with it. Without it licetctl believes the first line of the log, which a forger could write" }, "log verify", "" },
	{ { "--key", "KEY", "for a proof: the verifier key that you trust, or a file with it" }, "verify", "" },
	{ { "--anchored", "FILE", "a checkpoint that you kept elsewhere: the log must extend it" }, "log verify", "" },
	{ { "--log", "DIR", "the folder of the log; default: log_dir" }, "log prove", "" },
	/* Stopping, and senders. */
	{ { "--reason", "R", "why; recorded with your name" }, "breaker, oppose", "halt, settle, list accept, advertiser release, advertiser alias, space forgo" },
	{ { "--force", NULL, "halt it even if no campaign has it and nobody declared it" }, "halt", "" },
	{ { "--reset", NULL, "start the route again, with its canary; needs --reason" }, "breaker", "" },
	{ { "--by", "W", "who answers for it; default: the user's name" }, "breaker, oppose, space forgo, space check", "" },
	{ { "--members", NULL, "compare the members of the platform's opposition lists, not only their number" }, "space check", "" },
	{ { "--repair", NULL, "as --members, and add missing numbers, without a date; enter advertisers that the hub lacks" }, "space check", "" },
	{ { "--undo", NULL, "count on the space again" }, "space forgo", "" },
	{ { "--sender", "S", "name of the sender; default: licetctl" }, "take", "" },
	{ { "--count", "N", "how many at most, 1 to 500; default: 1" }, "take", "" },
	{ { "--route", "R", "the route that handed the job out; default: licetctl asks every route in use" }, "report", "" },
	{ { "--detail", "D", "free text to record, 500 bytes at most" }, "report", "" },
	{ { "--route", "R,R", "the routes that get a sender each; default: main" }, "acl", "" },
	{ { "--spaces", "S,S", "the spaces in which the users have rights; default: that of the prefix" }, "acl", "" },
	{ { "--by-space", NULL, "separate users for each space, named after it" }, "acl", "" },
	{ { "--client", "A,A", "the advertisers that get a marketing user each; default: one user for all" }, "acl", "" },
	{ { "--route", "R", "the route to take jobs from" }, "", "sender" },
	{ { "--exec", "CMD", "the command; /bin/sh -c runs it for each job, in its own process group" }, "", "sender" },
	{ { "--name", "N", "the sender's name in records; default: HOST-PID" }, "sender", "" },
	{ { "--jobs", "N", "how many commands run at once, 1 to 500; default: 1" }, "sender", "" },
	{ { "--batch", "N", "give each command up to N jobs, 1 to 500" }, "sender", "" },
	{ { "--timeout", "S", "after S seconds send TERM to the command's group, then KILL; shorter than the lease of the route. Default: 4/5 of the lease" }, "sender", "" },
	{ { "--look-ms", "N", "milliseconds before an empty list is asked again, 10 to 60000; default: 500" }, "sender", "" },
	{ { "--once", NULL, "end when the ready list is empty" }, "sender", "" },
	/* What people said. */
	{ { "--source", "S", "where the list comes from; default: the file's name" }, "list load", "" },
	{ { "--every", "HOURS", "the next list is due within so many hours; after that licetd reports list-late" }, "list load", "" },
	{ { "--force", NULL, "load it even if it shrinks by more than list_shrink_pct, is empty, or no rule needs it" }, "list load", "" },
	{ { "--skip-bad", NULL, "load the good lines of a file with bad ones" }, "list load", "" },
	{ { "--drop", NULL, "remove members that are no numbers at all" }, "list mend", "" },
	{ { "--advertiser", "A", "object to this advertiser only; default: to everybody" }, "oppose", "" },
	{ { "--source", "S", "who reports it; default: licetctl" }, "oppose, consent withdraw", "" },
	{ { "--reason", "R", "why" }, "consent withdraw", "" },
	{ { "--event", "T", "when the person said it, RFC 3339; default: now" }, "oppose, consent withdraw", "" },
	{ { "--person", "P", "the person who objects: blocked under any number" }, "oppose", "" },
	{ { "--undo", NULL, "take back an opposition that was recorded by mistake; needs --reason" }, "oppose", "" },
	{ { "--dismiss", NULL, "settle an objection to an undeclared advertiser: nobody was meant; needs --reason" }, "oppose", "" },
	/* The law. */
	{ { "--from", "T", "an instant, RFC 3339; default: now" }, "windows", "" },
	{ { "--days", "N", "how many days, 1 to 3660; default: 7" }, "windows", "" },
	{ { "--days", "N", "within how many days, 1 to 3660; default: 30" }, "consent expiring", "" },
	{ { "--year", "Y", "the year; default: this year" }, "calendar", "" },
	{ { "--format", "text|html|ics", "html: an A4 sheet; ics: a calendar to subscribe to, of this year and the next unless --year is given" }, "calendar", "" },
	{ { "--on", "DATE", "the day to look at; default: the next change after today" }, "rulebook diff", "" },
	{ { "--offline", NULL, "ask no Redis" }, "rulebook diff", "" },
	{ { "--markdown", NULL, "print a table in Markdown" }, "reasons", "" },
	/* Setup. */
	{ { "--sim", NULL, "try it in a trial space, on a simulated clock, until the first job is taken" }, "init", "" },
	{ { "--keep", NULL, "keep the trial space, to look at it" }, "init", "" },
	{ { "--pid", "PID", "only if licetd is that process" }, "reload", "" },
	{ { "--verdict", "FILE", "read the verdict from FILE, where licetd --verdict writes it; ask no Redis" }, "reload", "" },
	{ { "--shell", "bash|zsh", "the shell; default: bash" }, "completion", "" },
};
/* clang-format on */
#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

const struct option_help options_common[] = {
	{ "--json", NULL, "print JSON, for machines" },
	{ "--lang", "en|fr", "language of the output; default: as LC_ALL, LC_MESSAGES or LANG say" },
	{ "-h, --help", NULL, "print what the command does" },
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
