/* outcome.h - what a sender's command means by its exit status and by what it wrote.
 *
 * Whether a call was placed must never be guessed: a status that says nothing is
 * "failed", which keeps its attempt, and never "not-placed", which gives it back. An
 * opposition counts however the command ended: a person who said no is not called again
 * because of a crash. This module only reads texts. */
#ifndef LICET_CTL_SENDER_OUTCOME_H
#define LICET_CTL_SENDER_OUTCOME_H

#include "ctl/base/session.h"

#include <stdbool.h>
#include <stddef.h>

/* Nothing was placed, and the next job would fare no better: a wrong key, a box that is
 * down. What is queued must not be run through it. */
#define EXIT_CANNOT_WORK 20

/* Exit statuses that mean an outcome, and what help says beside it. Those below 10 and
 * above 20 are left to the programs themselves: 1 and 2 are what every program fails
 * with. */
#define OUTCOME_EXITS(X) \
	X(10, "answered", "") \
	X(11, "voicemail", "") \
	X(12, "busy", "") \
	X(13, "no-answer", "") \
	X(14, "failed", "") \
	X(15, "not-placed", "") \
	X(16, "submitted", "") \
	X(17, "opted-out", "") \
	X(18, "refused", "") \
	X(19, "never-again", "") \
	X(EXIT_CANNOT_WORK, "not-placed", ", and no more jobs are taken (exit 1)")

/* What the shell ends with when there is no such command, or it may not be run. */
#define EXIT_NOT_EXECUTABLE 126
#define EXIT_NOT_FOUND 127

#define DETAIL_SIZE 501 /* licet_done takes 500 bytes */

struct outcome {
	const char *name; /* static text */
	char detail[DETAIL_SIZE];
};

/* The outcome of that name, as static text, or NULL. */
const char *outcome_find(const char *word, size_t len);
/* The outcome that was probably meant, or NULL. */
const char *outcome_nearest(const char *word, size_t len);
/* The outcome of an exit status, or NULL if it says nothing. */
const char *outcome_of_exit(int status);
/* Does it record an opposition? */
bool outcome_opposes(const char *name);

/* Read "outcome [detail]". Returns false, and leaves *ret alone, if the first word is
 * no outcome. */
bool outcome_read(const char *line, size_t len, struct outcome *ret);
/* Fill a detail: valid UTF-8 on one line, cut to its room. */
void outcome_detail(char detail[DETAIL_SIZE], const char *text, size_t len);

/* What became of a job whose command ended. wait_status is waitpid()'s; ended_by says
 * why we ended it ("timeout"), NULL if it ended by itself; line is the last one that it
 * wrote and is not empty. */
void outcome_judge(int wait_status, const char *ended_by, const char *line, size_t len, struct outcome *ret);

/* A text that may be shown: its digits are hidden if they could be a number's. Returns
 * buf, which the text is cut to. */
#define SHOWN_SIZE 64
char *outcome_shown(const char *text, size_t len, char buf[SHOWN_SIZE]);
/* Ends the process for a word that is no outcome, with the nearest. */
void outcome_check(const struct ctl *ctl, const char *outcome);

#endif
