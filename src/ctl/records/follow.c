/* follow: what ends, as lines of JSON as it comes.
 *
 * Through a consumer group of each stream, which keeps where it was: what was written and not acknowledged comes
 * again, so that no line is missing and some may be there twice. With --ack a line is acknowledged when whoever reads
 * it says so on our standard input: then it is theirs. */
#include "core/text/nearest.h"
#include "ctl/base/print.h"
#include "ctl/base/words.h"
#include "ctl/query/query.h"
#include "ctl/query/stream_pages.h"
#include "ctl/records/export.h"
#include "ctl/space/everywhere.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READER "licetctl"
#define CHUNK "200"
#define SPACES_MS 10000 /* between looks at which spaces there are */
#define BLOCK_MS 300
#define AGAIN_MS 2000 /* how often campaigns and streams that are new are looked for */
#define OUT_MAX 1000  /* lines that were not acknowledged yet */

static const char *const kinds[] = { "done", "refused", "invalid", "oppositions" };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

struct stream {
	char key[KEY_SIZE], campaign[ID_MAX + 1]; /* campaign "": of the platform */
	const char *kind;
	bool grouped, pending; /* the group is there; what it had is to be read first */
};

/* A line that was written and not acknowledged. */
struct line_out {
	size_t stream;
	char entry[48], id[200];
};

struct following {
	struct ctl *ctl;
	const char *group;
	bool wanted[KINDS], once, ack, ended; /* ended: nobody will acknowledge any more */
	struct names campaigns;               /* that were named; none: all */
	struct stream *streams;
	size_t count, capacity;
	struct line_out *out;
	size_t out_count, out_capacity;
	char typed[4096]; /* of standard input, up to a line's end */
	size_t typed_len;
	int64_t looked_ms;
	struct everywhere spaces; /* as they were when last looked at; none: there is one */
	int64_t spaces_ms;        /* not looked at again before; monotonic */
};

/* --- which streams -------------------------------------------------------------------------- */

static void add_stream(struct following *f, const char *campaign, const char *kind)
{
	char key[KEY_SIZE];
	const char *prefix = ctl_conf(f->ctl)->prefix;

	if (*campaign != '\0')
		key_campaign(prefix, campaign, kind, key);
	else
		key_global(prefix, kind, key);
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->streams[i].key, key) == 0)
			return;
	f->streams = mem_grow(f->streams, &f->capacity, f->count, sizeof(*f->streams));
	struct stream *s = &f->streams[f->count++];

	*s = (struct stream){ .kind = kind, .pending = true };
	snprintf(s->key, sizeof(s->key), "%s", key);
	snprintf(s->campaign, sizeof(s->campaign), "%s", campaign);
}

static void list_streams(struct following *f)
{
	char key[KEY_SIZE];
	struct names all = { 0 };
	const struct names *names = &f->campaigns;

	if (names->count == 0) {
		names_read(f->ctl, key_global(ctl_conf(f->ctl)->prefix, "campaigns", key), &all);
		names = &all;
	}
	for (size_t c = 0; c < names->count; c++)
		for (size_t k = 0; k + 1 < KINDS; k++)
			if (f->wanted[k])
				add_stream(f, names->list[c], kinds[k]);
	if (f->wanted[KINDS - 1])
		add_stream(f, "", kinds[KINDS - 1]);
	names_done(&all);
}

/* A stream that is there gets the group, from its beginning on. */
static void make_group(struct following *f, struct stream *s)
{
	struct redis_reply *reply = ask_any_words(f->ctl, "XGROUP", "CREATE", s->key, f->group, "0");

	if (reply_is_error(reply) && !reply_error_is(reply, "BUSYGROUP"))
		ask_fail(f->ctl, "XGROUP", s->key, reply);
	reply_free(reply);
	s->grouped = true;
}

static void look_for_new(struct following *f)
{
	int64_t now_ms = clock_monotonic_ms();

	if (f->looked_ms != 0 && now_ms - f->looked_ms < AGAIN_MS)
		return;
	f->looked_ms = now_ms;
	list_streams(f);
	for (size_t i = 0; i < f->count; i++)
		if (!f->streams[i].grouped)
			ask_send_words(f->ctl, "EXISTS", f->streams[i].key);
	/* All answers first: another question would come between them. */
	bool *there = mem_zero(f->count * sizeof(*there) + 1);

	for (size_t i = 0; i < f->count; i++) {
		if (f->streams[i].grouped)
			continue;
		struct redis_reply *reply = ask_next(f->ctl);

		there[i] = reply_int(reply, 0) == 1;
		reply_free(reply);
	}
	for (size_t i = 0; i < f->count; i++)
		if (there[i])
			make_group(f, &f->streams[i]);
	free(there);
}

/* --- lines --------------------------------------------------------------------------------- */

static void acknowledge(struct following *f, const struct stream *s, const char *entry)
{
	ask_send_words(f->ctl, "XACK", s->key, f->group, entry);
	reply_free(ask_next(f->ctl));
}

static void write_line(struct following *f, size_t stream, const struct redis_reply *entry)
{
	const struct stream *s = &f->streams[stream];
	const char *id = reply_text(reply_at(entry, 0), NULL);
	json_t *line =
	    *s->campaign != '\0' ? archive_line(s->campaign, s->kind, entry) : stream_entry_json(entry);
	char event[200];

	snprintf(event, sizeof(event), "%s%s%s:%s", s->kind, *s->campaign != '\0' ? ":" : "", s->campaign,
	         id);
	json_object_set_new(line, "event_id", print_json_text(event));
	json_object_set_new(line, "stream", print_json_text(s->kind));
	print_json(stdout, line, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
	if (!f->ack)
		return;
	f->out = mem_grow(f->out, &f->out_capacity, f->out_count, sizeof(*f->out));
	struct line_out *out = &f->out[f->out_count++];

	out->stream = stream;
	snprintf(out->entry, sizeof(out->entry), "%s", id);
	snprintf(out->id, sizeof(out->id), "%s", event);
}

/* Written before it is acknowledged; what was erased since has nothing to be written. */
static void take_entries(struct following *f, size_t stream, const struct redis_reply *entries)
{
	for (size_t i = 0; i < reply_count(entries); i++)
		if (reply_is_array(reply_at(reply_at(entries, i), 1)))
			write_line(f, stream, reply_at(entries, i));
	if (fflush(stdout) != 0)
		ctl_fail(error_pick("standard output: %s", "sortie standard : %s"), strerror(errno));
	for (size_t i = 0; i < reply_count(entries); i++) {
		const struct redis_reply *entry = reply_at(entries, i);

		if (!f->ack || !reply_is_array(reply_at(entry, 1)))
			acknowledge(f, &f->streams[stream], reply_text(reply_at(entry, 0), NULL));
	}
}

/* --- acknowledgements that come in ----------------------------------------------------------- */

static void take_ack(struct following *f, const char *id)
{
	for (size_t i = 0; i < f->out_count; i++) {
		if (strcmp(f->out[i].id, id) != 0)
			continue;
		acknowledge(f, &f->streams[f->out[i].stream], f->out[i].entry);
		memmove(&f->out[i], &f->out[i + 1], (--f->out_count - i) * sizeof(*f->out));
		return;
	}
}

/* What was typed, if something comes within that time. */
static void read_acks(struct following *f, int wait_ms)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char *end;

	if (poll(&p, 1, wait_ms) <= 0)
		return;
	ssize_t n = read(STDIN_FILENO, f->typed + f->typed_len, sizeof(f->typed) - 1 - f->typed_len);

	f->ended = n == 0 || (n < 0 && errno != EINTR);
	f->typed_len += n > 0 ? (size_t)n : 0;
	f->typed[f->typed_len] = '\0';
	while ((end = strchr(f->typed, '\n')) != NULL) {
		*end = '\0';
		take_ack(f, f->typed);
		f->typed_len -= (size_t)(end + 1 - f->typed);
		memmove(f->typed, end + 1, f->typed_len + 1);
	}
	if (f->typed_len == sizeof(f->typed) - 1)
		ctl_fail(error_pick("standard input: expected the event_id of a line",
		                    "entrée standard : l'event_id d'une ligne est attendu"));
}

/* --- reading --------------------------------------------------------------------------------- */

/* What was delivered before, and nobody acknowledged. Returns whether there was some. */
static bool read_pending(struct following *f, size_t stream)
{
	struct stream *s = &f->streams[stream];
	char from[64] = "0";
	bool any = false;

	s->pending = false;
	for (;;) {
		struct redis_reply *reply = ask_words(f->ctl, "XREADGROUP", "GROUP", f->group, READER,
		                                      "COUNT", CHUNK, "STREAMS", s->key, from);
		const struct redis_reply *entries = reply_at(reply_at(reply, 0), 1);
		size_t count = reply_count(entries);

		take_entries(f, stream, entries);
		if (count > 0)
			snprintf(from, sizeof(from), "%s",
			         reply_text(reply_at(reply_at(entries, count - 1), 0), NULL));
		reply_free(reply);
		any = any || count > 0;
		if (count == 0)
			return any;
	}
}

static size_t stream_of(const struct following *f, const char *key)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->streams[i].key, key) == 0)
			return i;
	return 0;
}

/* Wait for what is new. Returns whether there was some. */
static bool read_new(struct following *f, int block_ms)
{
	char block[16];
	struct redis_args a;
	size_t count = 0;

	snprintf(block, sizeof(block), "%d", block_ms);
	args_init(&a);
	static const char *const words[] = { "XREADGROUP", "GROUP" };

	for (size_t i = 0; i < 2; i++)
		args_add(&a, words[i]);
	args_add(&a, f->group);
	args_add(&a, READER);
	args_add(&a, "COUNT");
	args_add(&a, CHUNK);
	if (block_ms > 0) {
		args_add(&a, "BLOCK");
		args_add(&a, block);
	}
	args_add(&a, "STREAMS");
	for (size_t i = 0; i < f->count; i++)
		if (f->streams[i].grouped) {
			args_add(&a, f->streams[i].key);
			count++;
		}
	for (size_t i = 0; i < count; i++)
		args_add(&a, ">");
	struct redis_reply *reply = count > 0 ? ask_any(f->ctl, &a) : NULL;

	args_done(&a);
	if (count == 0) {
		poll(NULL, 0, block_ms);
		return false;
	}
	if (reply_error_is(reply, "NOGROUP")) {
		/* A campaign was purged, or somebody took the group away: what is there gets it again. */
		for (size_t i = 0; i < f->count; i++)
			f->streams[i].grouped = false;
		f->looked_ms = 0;
		reply_free(reply);
		return false;
	}
	if (reply_is_error(reply))
		ask_fail(f->ctl, "XREADGROUP", f->streams[0].key, reply);
	for (size_t i = 0; i < reply_count(reply); i++)
		take_entries(f, stream_of(f, reply_text(reply_at(reply_at(reply, i), 0), NULL)),
		             reply_at(reply_at(reply, i), 1));
	bool any = reply_count(reply) > 0;

	reply_free(reply);
	return any;
}

/* One space is followed. That there are others by now is said; what came before is gone on with. */
static void look_for_spaces(struct following *f)
{
	struct everywhere now;
	int64_t now_ms = clock_monotonic_ms();

	if (f->campaigns.count > 0 || f->once || now_ms < f->spaces_ms)
		return;
	f->spaces_ms = now_ms + SPACES_MS;
	if (!everywhere_changed(f->ctl, &f->spaces, &now))
		return;
	ctl_note(error_pick("of %zu spaces that there are now, this follows space %s",
	                    "des %zu espaces qui existent maintenant, ceci suit l'espace %s"),
	         now.count, now.list[0].name);
	everywhere_close(&f->spaces);
	f->spaces = now;
}

static void follow(struct following *f)
{
	/* Redis must answer before the connection is given up. */
	int block_ms = ctl_conf(f->ctl)->redis_timeout_ms / 2;

	block_ms = block_ms < BLOCK_MS ? block_ms : BLOCK_MS;
	for (;;) {
		bool any = false;

		look_for_new(f);
		look_for_spaces(f);
		for (size_t i = 0; i < f->count; i++)
			if (f->streams[i].grouped && f->streams[i].pending)
				any = read_pending(f, i) || any;
		if (f->out_count < OUT_MAX)
			any = read_new(f, f->once || f->out_count > 0 ? 0 : block_ms) || any;
		if (f->ack)
			read_acks(f, f->out_count > 0 && !any ? block_ms : 0);
		if (f->ended || (f->once && !any && f->out_count == 0))
			return;
	}
}

/* --- the command -------------------------------------------------------------------------------- */

static void read_kinds(struct following *f, const char *text)
{
	while (*text != '\0') {
		size_t len = strcspn(text, ","), k = 0;

		while (k < KINDS && (strlen(kinds[k]) != len || strncmp(kinds[k], text, len) != 0))
			k++;
		if (k == KINDS) {
			const char *near = nearest_name(text, len, kinds, KINDS);

			ctl_misuse(f->ctl,
			           error_pick("--kinds are done, refused, invalid and oppositions%s%s%s",
			                      "--kinds : done, refused, invalid et oppositions%s%s%s"),
			           near != NULL ? error_pick("; did you mean ", " ; vouliez-vous dire ") : "",
			           near != NULL ? near : "", near != NULL ? "?" : "");
		}
		f->wanted[k] = true;
		text += len + (text[len] == ',');
	}
}

/* What ends comes as it comes, from one space: all of them would be several of these. */
static void must_be_one_space(struct ctl *ctl, struct everywhere *ret)
{
	everywhere_open(ctl, true, ret);
	if (ret->count > 0)
		ctl_fail(
		    error_pick(
			"there are %zu spaces, and one is followed at a time: name it with --space, or name campaigns",
			"il y a %zu espaces, et un seul se suit à la fois : le nommer avec --space, ou nommer des campagnes"),
		    ret->count);
}

static int run_follow(struct ctl *ctl, int argc, char **argv)
{
	const char *wanted = "done,refused,invalid";
	struct following f = { .ctl = ctl, .group = "follow" };
	const struct ctl_option options[] = { { "--kinds", &wanted, NULL },
		                              { "--group", &f.group, NULL },
		                              { "--once", NULL, &f.once },
		                              { "--ack", NULL, &f.ack },
		                              { NULL, NULL, NULL } };
	int count = ctl_words(ctl, argc, argv, options);

	read_kinds(&f, wanted);
	ask_id(ctl, "--group", f.group);
	if (count == 0)
		must_be_one_space(ctl, &f.spaces);
	find_campaigns(ctl, count, argv + 1);
	for (int i = 1; i <= count; i++) {
		ask_campaign(ctl, argv[i]);
		names_add(&f.campaigns, argv[i], strlen(argv[i]));
	}
	follow(&f);
	everywhere_close(&f.spaces);
	names_done(&f.campaigns);
	free(f.streams);
	free(f.out);
	return 0;
}

const struct command ctl_follow_commands[] = {
	{ .name = "follow",
	  .usage = "[CAMPAIGN...]",
	  .summary = "print each outcome as a JSON line, as it comes",
	  .needs_redis = true,
	  .run = run_follow,
	  .has_page = true,
	  .example = "licetctl follow acme.noel --once",
	  .details =
	      "Without CAMPAIGN it follows all campaigns. It continues where its group was: no line is "
	      "missing, and some may come twice, with the same event_id. Numbers are whole.\n" },
	{ 0 },
};
