/* writer.h - the thread that writes the decision log: the loop never waits for the disk.
 *
 * The loop gives it lines, and is told when they are on the disk. Where that fails, everything that was not
 * on the disk yet is dropped, and the folder is opened again each second: the loop reads again then, from
 * what it told to Redis. */
#ifndef LICET_DAEMON_PROOF_WRITER_H
#define LICET_DAEMON_PROOF_WRITER_H

#include "core/proof/note.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct writer;

struct writer_want {
	const char *dir, *prefix; /* borrowed for as long as the writer lives */
	const char *space; /* likewise: whose log it is, for what is told of it; "": that of the only one */
	/* The key of the log, and, where there is one, the one after it. */
	struct note_signer keys[2];
	size_t key_count;
	int seal_s;
	void (*on_change)(void *arg); /* called by the loop */
	void *arg;
};

struct writer_state {
	bool open;       /* lines are taken */
	unsigned opened; /* how often the folder was opened: what was given before another one is lost */
	uint64_t done;   /* the last batch that is on the disk, by its number */
	uint64_t size, sealed;
	int64_t sealed_ms; /* wall clock: when the newest checkpoint was made; 0: by nobody since the start */
	struct note_verifier key; /* that signs */
	char why[300];            /* why nothing is written; "": it is */
};

/* Open the folder and start the thread. Returns NULL, with one line in err, where a person has to mend
 * something: another log's folder, another prefix, a damaged log, a log from the future. Where the disk is full
 * or another process has the lock it is tried again, and the state says so. */
struct writer *writer_open(struct event_base *base, const struct writer_want *want, char *err,
                           size_t err_size);
/* Write what was given, sign it, and end. */
void writer_close(struct writer *w);
/* Give it lines, each with its line feed; the memory is taken over. number grows from batch to batch. */
void writer_put(struct writer *w, char *lines, size_t len, uint64_t number);
/* Behind the batches that were given: sign, and from then on with the next key, which they name. */
void writer_turn_key(struct writer *w);
/* Behind the batches that were given, when all of them are sealed: let the thread call work(arg, store, err,
 * size), which returns false with one line in err where the log cannot be written any more. When batch number is
 * done, so is that; where the folder is opened anew before, it was not called, or is over. arg is borrowed. */
struct store;
typedef bool writer_work(void *arg, struct store *store, char *err, size_t err_size);
void writer_call(struct writer *w, writer_work *work, void *arg, uint64_t number);
/* Bytes that were given and are not on the disk yet. */
size_t writer_backlog(struct writer *w);
void writer_state(struct writer *w, struct writer_state *ret);

#endif
