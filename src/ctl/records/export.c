/* export.c - export: what ended, as lines of a file outside Redis.
 *
 * Through the consumer group "archive" an entry is acknowledged only when its line is on the
 * disk: whoever is interrupted reads it once more, so that a line may be there twice and none
 * is missing. Trimming waits for the acknowledgement (src/lua/69_trim.lua). */
#include "ctl/records/export.h"

#include "core/job/job.h"
#include "core/text/utf8.h"
#include "ctl/base/print.h"
#include "ctl/base/private_file.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/query/stream_pages.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUP "archive"
#define READER "licetctl"
#define CHUNK "500"

static const char *const kinds[] = { "done", "refused", "invalid" };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct archive {
	struct ctl *ctl;
	const char *campaign, *kind, *path; /* path NULL: standard output */
	bool csv, group;
	int64_t since_ms; /* TIME_NONE: from the beginning */
	struct outfile out;
	FILE *file;
	int64_t kept_bytes; /* of the file, up to the last line that was acknowledged */
	int64_t lines, gone, elsewhere;
	char key[KEY_SIZE];
};

_Noreturn static void archive_fail(struct archive *x)
{
	const char *why = strerror(errno);

	if (x->group) {
		/* What was not acknowledged comes again. */
		if (ftruncate(fileno(x->file), x->kept_bytes) != 0)
			ctl_note(error_pick("%s: lines at its end will be there twice",
			                    "%s : des lignes à sa fin y seront deux fois"),
			         x->path);
		ctl_fail(error_pick("%s: %s; %" PRId64
		                    " entries are in it and acknowledged, the others stay in Redis",
		                    "%s : %s ; %" PRId64
		                    " entrées y sont et sont acquittées, les autres restent dans Redis"),
		         x->path, why, x->lines);
	}
	if (x->path != NULL)
		outfile_drop(&x->out);
	ctl_fail("%s: %s", x->path != NULL ? x->path : error_pick("standard output", "sortie standard"), why);
}

/* --- one line ------------------------------------------------------------------------- */

/* All fields that an entry may have; those of a job come last, for they are long. */
static const char *const columns[] = {
	"kind",    "campaign",     "entry",           "at",       "id",      "to",
	"reason",  "rule",         "field",           "position", "hint",    "outcome",
	"attempt", "released_ms",  "taken_ms",        "done_ms",  "route",   "sender",
	"place",   "not_after_ms", "window_close_ms", "cap",      "consent", "lists",
	"slot_ms", "detail",       "token",           "retry_ms", "facts",   "job"
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* What is no UTF-8 can stand in no line of text: its bytes do. */
static void add_bytes(json_t *line, const char *name, const char *bytes, size_t len)
{
	char *hex = stream_hex(bytes, len);
	char *named = mem_format("%s_hex", name);

	json_object_set_new(line, named, print_json_text(hex));
	json_object_del(line, name);
	free(named);
	free(hex);
}

json_t *archive_line(const char *campaign, const char *kind, const struct redis_reply *entry)
{
	const struct redis_reply *fields = reply_at(entry, 1);
	json_t *line = print_pack("{s:s,s:s}", "kind", kind, "campaign", campaign);
	json_t *rest = stream_entry_json(entry);
	size_t len;

	json_object_update(line, rest);
	json_decref(rest);
	for (size_t i = 0; i + 1 < reply_count(fields); i += 2) {
		const char *name = reply_text(reply_at(fields, i), NULL);

		if (json_is_null(json_object_get(line, name))) {
			const char *bytes = reply_text(reply_at(fields, i + 1), &len);

			add_bytes(line, name, bytes, len);
		}
	}
	return line;
}

/* A job is JSON: what may not stand in a cell has another spelling there, which is the same. */
static char *job_cell(const char *text)
{
	char *cell = NULL;
	size_t len;
	FILE *file = *text == '{' && utf8_is(text, strlen(text)) ? open_memstream(&cell, &len) : NULL;

	if (file == NULL)
		return mem_copy(text);
	print_json_as_written(file, text);
	fclose(file);
	return cell;
}

static void write_record(FILE *file, const json_t *line)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		const char *text = json_string_value(json_object_get(line, columns[i]));
		char *hex = text == NULL ? mem_format("%s_hex", columns[i]) : NULL;

		if (text == NULL)
			text = json_string_value(json_object_get(line, hex));
		if (i > 0)
			putc_unlocked(',', file);
		char *job = text != NULL && strcmp(columns[i], "job") == 0 ? job_cell(text) : NULL;

		print_csv_cell(file,
		               job != NULL    ? job
		               : text != NULL ? text
		                              : "",
		               strcmp(columns[i], "to") == 0);
		free(job);
		free(hex);
	}
	putc_unlocked('\n', file);
}

static void write_entry(struct archive *x, const struct redis_reply *entry)
{
	json_t *line = archive_line(x->campaign, x->kind, entry);

	if (x->csv) {
		write_record(x->file, line);
	} else {
		print_json(x->file, line, JSON_COMPACT);
		putc_unlocked('\n', x->file);
	}
	json_decref(line);
}

static void write_head(struct archive *x)
{
	for (size_t i = 0; x->csv && i < COLUMNS; i++)
		print_to(x->file, i + 1 < COLUMNS ? "%s," : "%s\n", columns[i]);
}

/* --- without the group ----------------------------------------------------------------- */

static bool take_plain(void *arg, const struct redis_reply *entry)
{
	struct archive *x = arg;

	write_entry(x, entry);
	x->lines++;
	return ferror(x->file) == 0;
}

static void read_plain(struct archive *x)
{
	char first[32] = "-", err[700];

	if (x->since_ms != TIME_NONE)
		snprintf(first, sizeof(first), "%" PRId64, x->since_ms > 0 ? x->since_ms : 0);
	if (stream_walk(x->ctl, x->key, first, take_plain, x, err, sizeof(err)) >= 0)
		return;
	if (ferror(x->file))
		archive_fail(x);
	if (x->path != NULL)
		outfile_drop(&x->out);
	ctl_fail(error_pick("%s could not be read: %s", "%s n'a pu être lu : %s"), x->key, err);
}

static void open_plain(struct archive *x)
{
	x->file = stdout;
	if (x->path != NULL) {
		outfile_check(x->path);
		if (!outfile_open(&x->out, x->path))
			archive_fail(x);
		x->file = x->out.file;
	}
	write_head(x);
}

static void close_plain(struct archive *x)
{
	if (x->path == NULL) {
		if (fflush(stdout) != 0)
			archive_fail(x);
		return;
	}
	if (!outfile_close(&x->out))
		archive_fail(x);
	outfile_done(&x->out);
}

/* --- through the group -------------------------------------------------------------------- */

/* Whoever wrote half a line was killed before it was acknowledged. Returns where the last whole
 * line ends. */
static int64_t whole_lines(int fd, int64_t size)
{
	char block[4096];

	while (size > 0) {
		int64_t from = size > (int64_t)sizeof(block) ? size - (int64_t)sizeof(block) : 0;
		ssize_t n = pread(fd, block, (size_t)(size - from), from);

		if (n <= 0)
			return -1;
		for (ssize_t i = n; i > 0; i--)
			if (block[i - 1] == '\n')
				return from + i;
		size = from;
	}
	return 0;
}

/* Lines are added to a file that is there, which must be of the same format. */
static void open_archive(struct archive *x)
{
	struct stat st;
	char first = '\0';
	int fd = open(x->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &st) != 0)
		ctl_fail("%s: %s", x->path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		ctl_fail(
		    error_pick(
			"%s is not a regular file: --archive needs one that can be synced to disk",
			"%s n'est pas un fichier ordinaire : --archive en exige un qui puisse être écrit sur le disque"),
		    x->path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		ctl_fail(error_pick("%s is being written by another export",
		                    "%s est en cours d'écriture par un autre export"),
		         x->path);
	if (st.st_size > 0 && (pread(fd, &first, 1, 0) != 1 || (first == '{') == x->csv))
		ctl_fail(error_pick("%s holds lines that are not %s: name another file",
		                    "%s contient des lignes qui ne sont pas du %s : nommer un autre fichier"),
		         x->path, x->csv ? error_pick("CSV of ours", "CSV de licetctl") : "JSON");
	x->kept_bytes = whole_lines(fd, st.st_size);
	if (x->kept_bytes < 0 || fchmod(fd, 0600) != 0 || ftruncate(fd, x->kept_bytes) != 0 ||
	    lseek(fd, 0, SEEK_END) < 0)
		ctl_fail("%s: %s", x->path, strerror(errno));
	x->file = fdopen(fd, "r+");
	if (x->file == NULL)
		ctl_fail("%s: %s", x->path, strerror(errno));
	outfile_sync_folder(x->path);
	if (x->kept_bytes == 0)
		write_head(x);
}

static void group_begin(struct archive *x)
{
	char from[48] = "0";

	/* The last entry that is not read any more. */
	if (x->since_ms != TIME_NONE && x->since_ms > 0)
		snprintf(from, sizeof(from), "%" PRId64 "-18446744073709551615", x->since_ms - 1);
	struct redis_reply *reply =
	    ask_any_words(x->ctl, "XGROUP", "CREATE", x->key, GROUP, from, "MKSTREAM");

	if (reply_is_error(reply) && !reply_error_is(reply, "BUSYGROUP"))
		ctl_fail(error_pick("archiving of %s was not begun: %s",
		                    "l'archivage de %s n'a pas commencé : %s"),
		         x->key, reply_text(reply, NULL));
	if (reply_is_error(reply) && x->since_ms != TIME_NONE)
		ctl_note(error_pick("%s: archiving is on already, and goes on where it was",
		                    "%s : l'archivage est déjà en cours, et reprend où il en était"),
		         x->kind);
	reply_free(reply);
}

/* What was written is durable now, and only then acknowledged. */
static void acknowledge(struct archive *x, const struct redis_reply *entries)
{
	struct redis_args a;

	if (fflush(x->file) != 0 || fsync(fileno(x->file)) != 0)
		archive_fail(x);
	x->kept_bytes = ftello(x->file);
	args_init(&a);
	args_add(&a, "XACK");
	args_add(&a, x->key);
	args_add(&a, GROUP);
	for (size_t i = 0; i < reply_count(entries); i++) {
		args_add(&a, reply_text(reply_at(reply_at(entries, i), 0), NULL));
		/* Erased since it was delivered: nothing is left to be written. */
		bool erased = !reply_is_array(reply_at(reply_at(entries, i), 1));

		*(erased ? &x->gone : &x->lines) += 1;
	}
	reply_free(ask(x->ctl, &a));
	args_done(&a);
}

/* from: an id, of what was delivered before and not acknowledged; ">": what was not delivered. */
static void read_group(struct archive *x, const char *first)
{
	char from[64];

	snprintf(from, sizeof(from), "%s", first);
	for (;;) {
		struct redis_reply *reply = ask_words(x->ctl, "XREADGROUP", "GROUP", GROUP, READER, "COUNT",
		                                      CHUNK, "STREAMS", x->key, from);
		const struct redis_reply *entries = reply_at(reply_at(reply, 0), 1);
		size_t count = reply_count(entries);

		for (size_t i = 0; i < count; i++)
			if (reply_is_array(reply_at(reply_at(entries, i), 1)))
				write_entry(x, reply_at(entries, i));
		if (count > 0) {
			acknowledge(x, entries);
			if (*first != '>')
				snprintf(from, sizeof(from), "%s",
				         reply_text(reply_at(reply_at(entries, count - 1), 0), NULL));
		}
		reply_free(reply);
		ctl_progress(x->campaign, x->lines);
		if (count == 0)
			return;
	}
}

/* Entries that another reader of the group has. */
static void count_elsewhere(struct archive *x)
{
	struct redis_reply *reply = ask_words(x->ctl, "XPENDING", x->key, GROUP);

	x->elsewhere += reply_int(reply_at(reply, 0), 0);
	reply_free(reply);
}

const char *archive_waits(struct ctl *ctl, const char *campaign)
{
	char key[KEY_SIZE], next[80];

	for (size_t i = 0; i < KINDS; i++) {
		key_campaign(ctl_conf(ctl)->prefix, campaign, kinds[i], key);
		struct redis_reply *groups = ask_any_words(ctl, "XINFO", "GROUPS", key);
		bool waits = false;

		for (size_t k = 0; k < reply_count(groups); k++) {
			const struct redis_reply *group = reply_at(groups, k);
			const char *name = reply_text(reply_field(group, "name"), NULL);

			if (strcmp(name, GROUP) != 0)
				continue;
			snprintf(next, sizeof(next), "(%s",
			         reply_text(reply_field(group, "last-delivered-id"), NULL));
			struct redis_reply *rest = ask_words(ctl, "XRANGE", key, next, "+", "COUNT", "1");

			waits = reply_int(reply_field(group, "pending"), 0) > 0 || reply_count(rest) > 0;
			reply_free(rest);
		}
		reply_free(groups);
		if (waits)
			return kinds[i];
	}
	return NULL;
}

/* --- the command --------------------------------------------------------------------------- */

static void archive_kind(struct archive *x, const char *kind)
{
	x->kind = kind;
	key_campaign(x->ctl->conf.prefix, x->campaign, kind, x->key);
	if (!x->group) {
		read_plain(x);
		return;
	}
	group_begin(x);
	read_group(x, "0");
	read_group(x, ">");
	count_elsewhere(x);
}

static void say(struct archive *x)
{
	ctl_progress("", -1);
	if (x->elsewhere > 0)
		ctl_note(
		    error_pick("%" PRId64
		               " entries are with another reader of the group %s, who must acknowledge them",
		               "%" PRId64
		               " entrées sont chez un autre lecteur du groupe %s, qui doit les acquitter"),
		    x->elsewhere, GROUP);
	if (x->path == NULL)
		return;
	if (x->ctl->json)
		ctl_print_json(print_pack("{s:s,s:s,s:b,s:I,s:I,s:I}", "campaign", x->campaign, "file",
		                          x->path, "archived", (int)x->group, "entries", (json_int_t)x->lines,
		                          "erased", (json_int_t)x->gone, "elsewhere",
		                          (json_int_t)x->elsewhere));
	else
		print(error_pick("%s: %" PRId64 " entries %s %s\n", "%s : %" PRId64 " entrées %s %s\n"),
		      x->campaign, x->lines,
		      x->group ? error_pick("archived in", "archivées dans")
		               : error_pick("written to", "écrites dans"),
		      x->path);
}

static int run_export(struct ctl *ctl, int argc, char **argv)
{
	const char *since = NULL, *kind = NULL, *out = NULL, *format = "jsonl";
	struct archive x = { .ctl = ctl, .since_ms = TIME_NONE };
	const struct ctl_option options[] = { { "--since", &since, NULL },     { "--kind", &kind, NULL },
		                              { "--out", &out, NULL },         { "--format", &format, NULL },
		                              { "--archive", NULL, &x.group }, { NULL, NULL, NULL } };

	ctl_words(ctl, argc, argv, options);
	bool known = kind == NULL;

	x.campaign = argv[1];
	x.path = out != NULL && strcmp(out, "-") != 0 ? out : NULL;
	x.csv = strcmp(format, "csv") == 0;
	if (since != NULL)
		x.since_ms = ctl_read_time(ctl, "--since", since);
	for (size_t i = 0; kind != NULL && i < KINDS; i++)
		known = known || strcmp(kind, kinds[i]) == 0;
	if (!known)
		ctl_misuse(ctl, error_pick("--kind must be done, refused or invalid",
		                           "--kind doit être done, refused ou invalid"));
	if (!x.csv && strcmp(format, "jsonl") != 0)
		ctl_misuse(ctl,
		           error_pick("--format must be jsonl or csv", "--format doit être jsonl ou csv"));
	if (x.group && x.path == NULL)
		ctl_misuse(
		    ctl,
		    error_pick("--archive needs --out FILE: only what is on a disk is acknowledged",
		               "--archive exige --out FICHIER : seul ce qui est sur un disque est acquitté"));
	if (!x.group && since == NULL)
		ctl_misuse(ctl, error_pick("--since is missing", "il manque --since"));
	find_campaign(ctl, x.campaign);
	ask_campaign(ctl, x.campaign);
	if (x.group)
		open_archive(&x);
	else
		open_plain(&x);
	for (size_t i = 0; i < KINDS; i++)
		if (kind != NULL ? strcmp(kind, kinds[i]) == 0 : strcmp(kinds[i], "invalid") != 0)
			archive_kind(&x, kinds[i]);
	if (!x.group)
		close_plain(&x);
	else if (fclose(x.file) != 0)
		ctl_fail("%s: %s", x.path, strerror(errno));
	say(&x);
	return 0;
}

const struct command ctl_export_commands[] = {
	{ .name = "export",
	  .usage = "CAMPAIGN",
	  .summary = "write outcomes and refusals to a file outside Redis",
	  .needs_redis = true,
	  .run = run_export,
	  .example =
	      "licetctl export acme.noel --since 2026-11-01T00:00:00+01:00 --format csv --out done.csv",
	  .details =
	      "Numbers and jobs are whole: a file has mode 0600.\n"
	      "--archive makes the consumer group if it is missing; the group begins at the instant of "
	      "--since. If export is interrupted, run it again: no line is missing, and some may come "
	      "twice, with the same \"entry\". From then on licetd does not trim what the group has not read: "
	      "run it regularly, or end it with XGROUP DESTROY STREAM archive.\n" },
	{ 0 },
};
