/* tail.c - the decision log as the loop keeps it; see tail.h. */
#include "daemon/proof/tail.h"

#include "daemon/base/say.h"
#include "daemon/base/turn.h"
#include "daemon/health/calm.h"
#include "daemon/health/gates.h"
#include "daemon/health/refusal.h"
#include "daemon/proof/anchor.h"
#include "daemon/proof/erasure.h"
#include "daemon/proof/facts.h"
#include "daemon/proof/given.h"
#include "daemon/proof/tail_read.h"
#include "daemon/proof/tail_state.h"
#include "io/config/secret.h"
#include "io/host/mem.h"
#include "io/proof/keyfile.h"
#include "io/redis/args.h"
#include "io/redis/link.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DOUBT_MS 2500 /* the folder is opened anew each second: two tries */
#define LEASE_MS 10000
#define ASK_MS 2000      /* the lease is asked for so often */
#define OFF_ASK_MS 10000 /* and, without a log, whether another daemon keeps one */
#define OFF_CALM_MS 30000
#define TELL_MS 200

/* --- the gate ------------------------------------------------------------------------------- */

static int64_t lag_of(const struct tail *t, int64_t now_ms)
{
	int64_t oldest_ms = now_ms;
	for (size_t i = 0; i < t->stream_count; i++)
		if (t->streams[i].dirty_ms != 0 && t->streams[i].dirty_ms < oldest_ms)
			oldest_ms = t->streams[i].dirty_ms;
	for (size_t i = 0; i < t->batch_count; i++)
		if (t->batches[i].since_ms < oldest_ms)
			oldest_ms = t->batches[i].since_ms;
	return now_ms - oldest_ms;
}

static bool lags(const struct daemon *d)
{
	return lag_of(d->tail, clock_monotonic_ms()) > d->conf.log_lag_s * INT64_C(1000);
}

static void set_why(struct daemon *d, const char *why)
{
	if (strcmp(d->log_why, why) == 0)
		return;
	if (*why != '\0' && d->log_why[0] == '\0') {
		say_error(d, "log-gate", "why=\"%s\" action=\"nothing is released or taken\"", why);
		for (size_t i = 0; i < d->route_count; i++)
			d->routes[i]->recall_all = true;
	} else if (*why == '\0') {
		say_info(d, "log-written", "action=\"work goes on\"");
	}
	snprintf(d->log_why, sizeof(d->log_why), "%s", why);
	turn_want(d, WANT_STATE);
	turn_want(d, WANT_HEARTBEAT);
	turn_soon(d);
}

/* Are lines taken, and reach the disk, as far as is known? */
static bool is_writable(const struct tail *t)
{
	return t->state.open && (t->state.size > t->doubt_size || clock_monotonic_ms() >= t->doubt_until_ms);
}

static void judge(struct daemon *d)
{
	const struct tail *t = d->tail;
	if (!t->answered) {
		/* A moment's matter, at each start: nothing is told, and what is ready stays. */
		snprintf(d->log_why, sizeof(d->log_why), "Redis was not asked yet who writes it");
		return;
	}
	if (!is_writable(t))
		set_why(d, "it cannot be written");
	else if (t->ours && lags(d))
		set_why(d, "it lags");
	else if (!t->ours && !t->other_good)
		set_why(d, "no instance writes it");
	else
		set_why(d, "");
}

/* --- the lease ---------------------------------------------------------------------------------- */

/* What was given is written all the same; how far, nobody is told. */
static void lose(struct tail *t)
{
	t->ours = t->positions_known = false;
	given_forget(t, t->batch_count);
}

static void on_positions(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct tail *t = d->tail;
	t->positions_asking = false;
	if (refused(d, reply, "HGETALL") || !t->ours)
		return;
	tail_set_positions(d, reply);
	t->positions_known = true;
	facts_forget(d);
	facts_log_daemon(d, t->began_told ? "takeover" : "start");
	t->began_told = true;
	facts_log(d);
	tail_read(d);
	t->asked_ms = 0; /* to say at once that it is written */
}

static void read_positions(struct daemon *d)
{
	struct tail *t = d->tail;
	char key[KEY_SIZE];
	struct redis_args a;
	if (t->positions_asking)
		return;
	t->opened = t->state.opened;
	args_init(&a);
	args_add(&a, "HGETALL");
	args_add(&a, key_global(d->conf.prefix, "log:positions", key));
	t->positions_asking = redis_link_call(d->link, &a, 0, on_positions, d);
	args_done(&a);
}

static void on_lease(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	struct tail *t = d->tail;
	t->asking = false;
	if (refused(d, reply, "licet_log"))
		return;
	bool had = t->ours;
	const char *other = reply_text(reply_at(reply, 1), NULL),
		   *began = reply_text(reply_at(reply, 3), NULL);
	t->answered = true;
	t->ours = reply_int(reply_at(reply, 0), 0) == 1;
	t->until_ms = t->asked_ms + LEASE_MS;
	t->other_good = !t->ours && reply_int(reply_at(reply, 2), 0) == 1;
	snprintf(t->other, sizeof(t->other), "%s", other != NULL ? other : "");
	snprintf(t->began, sizeof(t->began), "%s", began != NULL ? began : "0");
	if (t->ours && !had) {
		say_info(d, "log-lease", "dir=\"%s\" size=%" PRIu64, t->dir, t->state.size);
		lose(t);
		t->ours = true;
	} else if (!t->ours && had) {
		say_warn(d, "log-lease-lost", "to=\"%s\"", t->other);
		lose(t);
	}
	if (t->ours && !t->positions_known)
		read_positions(d);
	erasure_asked(d, reply_int(reply_at(reply, 4), 0));
	judge(d);
}

static void send_lease(struct daemon *d, const char *how)
{
	struct tail *t = d->tail;
	char key[KEY_SIZE];
	struct redis_args a;
	args_fcall(&a, "licet_log", key_global(d->conf.prefix, "log", key));
	args_add(&a, t->who);
	args_add_int(&a, LEASE_MS);
	args_add(&a, how);
	args_add_int(&a, turn_now(d) - 1);
	t->asked_ms = clock_monotonic_ms();
	t->asking = redis_link_call(d->link, &a, 0, on_lease, d);
	args_done(&a);
}

static void ask(struct daemon *d)
{
	struct tail *t = d->tail;
	if (!t->asking && !t->erases_alone)
		send_lease(d, !t->state.open                                                ? "none"
		              : t->ours && t->positions_known && !lags(d) && is_writable(t) ? "good"
		                                                                            : "late");
}

/* A daemon that has no log must not work beside one that has: its calls would be unproven. */
static void on_off(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	const char *other = refused(d, reply, "licet_log_off") ? NULL : reply_text(reply, NULL);
	if (other != NULL)
		set_why(d, *other != '\0' ? "another instance keeps one: log_dir is missing here" : "");
}

static void ask_off(struct daemon *d)
{
	char key[KEY_SIZE];
	struct redis_args a;
	args_fcall(&a, "licet_log_off", key_global(d->conf.prefix, "log", key));
	redis_link_call(d->link, &a, 0, on_off, d);
	args_done(&a);
}

/* --- what is on the disk -------------------------------------------------------------------------- */

static void on_told(void *arg, const struct redis_reply *reply)
{
	struct daemon *d = arg;
	d->tail->telling = false;
	if (!refused(d, reply, "licet_log_told") && reply_int(reply, 0) == 0)
		d->tail->asked_ms = 0; /* the lease is another's: ask at once */
}

/* Tell Redis what is on the disk: of each stream the last entry. */
static void tell_positions(struct daemon *d)
{
	struct tail *t = d->tail;
	char key[KEY_SIZE];
	struct redis_args a;
	size_t done = 0;
	if (t->telling || !t->ours || !redis_link_is_up(d->link))
		return;
	for (; done < t->batch_count && t->batches[done].number <= t->state.done; done++)
		for (size_t i = 0; i < t->batches[done].count; i++) {
			const struct tail_mark *m = &t->batches[done].marks[i];
			memcpy(t->streams[m->stream].told, m->id, STREAM_ID_SIZE);
			t->streams[m->stream].untold = true;
		}
	given_forget(t, done);
	args_fcall(&a, "licet_log_told", key_global(d->conf.prefix, "log", key));
	args_add(&a, t->who);
	size_t none = a.count;
	for (size_t i = 0; i < t->stream_count; i++)
		if (t->streams[i].untold) {
			args_add(&a, t->streams[i].key);
			args_add(&a, t->streams[i].told);
			t->streams[i].untold = false;
		}
	if (a.count > none)
		t->telling = redis_link_call(d->link, &a, 0, on_told, d);
	args_done(&a);
}

/* The writer opened its folder anew: what it had not synced is lost, and read again. */
static void begin_anew(struct daemon *d)
{
	struct tail *t = d->tail;
	given_forget(t, t->batch_count);
	t->positions_known = false;
	if (t->ours && t->state.open && redis_link_is_up(d->link))
		read_positions(d);
}

static void on_change(void *arg)
{
	struct daemon *d = arg;
	struct tail *t = d->tail;
	bool open = t->state.open;
	writer_state(t->writer, &t->state);
	if (t->state.opened != t->opened) {
		t->doubt_size = t->state.size;
		t->doubt_until_ms = clock_monotonic_ms() + DOUBT_MS;
	}
	if (t->state.open != open || t->state.opened != t->opened) {
		begin_anew(d);
		t->opened = t->state.opened;
		if (redis_link_is_up(d->link) && d->library_ok)
			ask(d);
		judge(d);
	}
	tell_positions(d);
	if (t->ours)
		tail_read(d);
	erasure_turn(d);
}

/* --- turns ------------------------------------------------------------------------------------------- */

void tail_turn(struct daemon *d)
{
	struct tail *t = d->tail;
	int64_t now_ms = clock_monotonic_ms();
	if (!health_good(d) || d->draining)
		return;
	if (t == NULL) {
		if (now_ms >= d->log_off_ms) {
			d->log_off_ms = now_ms + calm_every(d, OFF_ASK_MS, OFF_CALM_MS);
			ask_off(d);
		}
		return;
	}
	if (!t->asking && (now_ms - t->asked_ms >= ASK_MS || t->asked_ms == 0))
		ask(d);
	if (t->ours && now_ms >= t->until_ms)
		lose(t);
	if (t->ours && t->positions_known && t->state.open) {
		if (d->catalog_known) {
			tail_find_streams(d);
			facts_log(d);
		}
		tail_read(d);
	} else if (t->ours && t->state.open && !t->positions_asking) {
		read_positions(d);
	}
	if (t->want.key_count == 2 && t->positions_known && !t->key_told &&
	    memcmp(&t->state.key, &t->want.keys[0].verifier, sizeof(t->state.key)) == 0) {
		t->key_told = true;
		facts_log_key(d);
	}
	anchor_turn(t->anchor, d->conf.log_anchor, d->conf.log_anchor_s, t->state.sealed);
	erasure_turn(d);
	judge(d);
}

void tail_up(struct daemon *d)
{
	if (d->tail == NULL) {
		d->log_off_ms = 0;
		return;
	}
	d->tail->asked_ms = 0;
	d->tail->asking = false;
	tail_turn(d);
}

void tail_down(struct daemon *d)
{
	struct tail *t = d->tail;
	if (t == NULL)
		return;
	lose(t);
	t->asking = t->positions_asking = t->telling = t->answered = false;
	t->asked_count = 0;
}

void tail_gone(struct daemon *d)
{
	struct tail *t = d->tail;
	if (t == NULL)
		return;
	if (t->ours && t->positions_known)
		facts_log_daemon(d, "stop");
	if (t->ours)
		send_lease(d, "none");
	lose(t);
}

void tail_law_changed(struct daemon *d)
{
	if (d->tail != NULL)
		d->tail->law_wanted = true;
}

/* --- life ------------------------------------------------------------------------------------------------ */

/* Two logs of one name would be two answers to one question: of several spaces each log has a name of its own,
 * <origin>/<space>, and the key goes by it. */
static bool name_signer(const char *space, struct note_signer *s, char *err, size_t err_size)
{
	uint8_t seed[NOTE_KEY];
	if (*space == '\0')
		return true;
	char *name = mem_format("%s/%s", s->verifier.name, space);
	bool good = strlen(name) <= NOTE_NAME_MAX;
	if (good) {
		memcpy(seed, s->seed, sizeof(seed));
		note_signer_make(name, seed, s);
		explicit_bzero(seed, sizeof(seed));
	} else {
		snprintf(err, err_size, "%s is too long for the name of a log: %d bytes at most", name,
		         NOTE_NAME_MAX);
	}
	free(name);
	return good;
}

static bool load_keys(const struct conf *conf, const char *space, struct tail *t, char *err, size_t err_size)
{
	char *path = secret_path(conf->log_key_file, "log-key");
	char *mac = secret_path(conf->log_mac_key_file, "log-mac-key"), *origin = conf_log_origin(conf);
	bool good = false;
	if (path == NULL)
		snprintf(
		    err, err_size,
		    "log_dir is set, and there is no key: log_key_file, made by licetctl log keygen -o FILE");
	else if (mac == NULL)
		snprintf(
		    err, err_size,
		    "log_dir is set, and there is no log_mac_key_file, made by licetctl log keygen --mac -o FILE");
	else if (keyfile_signer(path, &t->want.keys[0], err, err_size) &&
	         keyfile_mac(mac, t->mac_key, err, err_size)) {
		char *next = conf->log_key_file[0] != '\0' ? mem_format("%s.next", path)
		                                           : secret_path("", "log-key-next");
		good = true;
		t->want.key_count = 1;
		if (next != NULL && access(next, F_OK) == 0) {
			good = keyfile_signer(next, &t->want.keys[1], err, err_size);
			t->want.key_count = 2;
		}
		free(next);
	}
	/* Where no name was given the key has it: a host may be renamed. */
	if (good && *conf->log_origin != '\0' && strcmp(t->want.keys[0].verifier.name, origin) != 0) {
		snprintf(err, err_size, "%s is a key of %s, and log_origin is %s", path,
		         t->want.keys[0].verifier.name, origin);
		good = false;
	}
	for (size_t i = 0; good && i < t->want.key_count; i++)
		good = name_signer(space, &t->want.keys[i], err, err_size);
	free(path);
	free(mac);
	free(origin);
	return good;
}

bool tail_may_open(const struct conf *conf, char *err, size_t err_size)
{
	if (*conf->log_dir == '\0')
		return true;
	struct tail *t = mem_zero(sizeof(*t));
	bool good = load_keys(conf, "", t, err, err_size);
	explicit_bzero(t, sizeof(*t));
	free(t);
	return good;
}

bool tail_open(struct daemon *d, char *err, size_t err_size)
{
	const char *dir = d->conf.log_dir;
	if (*dir == '\0')
		return true;
	struct tail *t = mem_zero(sizeof(*t));
	t->dir = mem_copy(dir);
	t->want.dir = t->dir;
	t->prefix = mem_copy(d->conf.prefix);
	t->want.prefix = t->prefix;
	t->want.space = d->space;
	t->want.seal_s = d->conf.log_seal_s;
	t->want.on_change = on_change;
	t->want.arg = d;
	snprintf(t->who, sizeof(t->who), "%s:%d", d->conf.instance, (int)getpid());
	d->tail = t;
	if (load_keys(&d->conf, d->space, t, err, err_size))
		t->writer = writer_open(d->base, &t->want, err, err_size);
	if (t->writer == NULL) {
		free(t->dir);
		free(t->prefix);
		explicit_bzero(t, sizeof(*t));
		free(t);
		d->tail = NULL;
		return false;
	}
	writer_state(t->writer, &t->state);
	t->opened = t->state.opened;
	t->anchor = anchor_open(d->base, t->dir, d->space);
	t->erasure = erasure_new();
	d->mac_key = t->mac_key;
	judge(d);
	say_info(d, "log", "dir=\"%s\" origin=%s size=%" PRIu64 " sealed=%" PRIu64, t->dir, t->state.key.name,
	         t->state.size, t->state.sealed);
	return true;
}

bool tail_open_to_erase(struct daemon *d, char *err, size_t err_size)
{
	if (!tail_open(d, err, err_size))
		return false;
	d->tail->erases_alone = true;
	return true;
}

void tail_close(struct daemon *d)
{
	struct tail *t = d->tail;
	if (t == NULL)
		return;
	anchor_close(t->anchor);
	writer_close(t->writer);
	erasure_free(t->erasure);
	given_forget(t, t->batch_count);
	free(t->batches);
	tail_streams_free(t);
	free(t->dir);
	free(t->prefix);
	d->mac_key = NULL;
	explicit_bzero(t, sizeof(*t));
	free(t);
	d->tail = NULL;
}

bool tail_tell(const struct daemon *d, struct tail_told *ret)
{
	const struct tail *t = d->tail;
	if (t == NULL)
		return false;
	const struct anchor_told *anchor = anchor_tell(t->anchor);
	int64_t wall_ms = clock_wall_ms();
	*ret = (struct tail_told){
		.size = t->state.size,
		.sealed = t->state.sealed,
		.sealed_age_ms = t->state.sealed_ms > 0 ? wall_ms - t->state.sealed_ms : -1,
		.lag_ms = t->ours ? lag_of(t, clock_monotonic_ms()) : -1,
		.anchor_age_ms = anchor->taken_ms > 0 ? wall_ms - anchor->taken_ms : -1,
		.ours = t->ours,
		.why = t->state.why,
		.anchor_why = anchor->why,
	};
	return true;
}
