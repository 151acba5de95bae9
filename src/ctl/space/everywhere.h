/* everywhere.h - one question to every space of the platform.
 *
 * Each is asked by a process of its own, all at the same time: what ends the answer of one, as a lost connection
 * does, ends none of the others, and one that is down delays them once. A part is never taken for the whole: who did
 * not answer is named, and the command fails.
 *
 * There is one space, and nothing of this, where the prefix has no tag, where the hub names no other, and where the
 * command line names one: --space, or a --prefix with another tag than that of the configuration. */
#ifndef LICET_CTL_SPACE_EVERYWHERE_H
#define LICET_CTL_SPACE_EVERYWHERE_H

#include "ctl/space/others.h"

struct asked_space {
	char name[SPACE_NAME_MAX + 1];
	char prefix[KEY_SIZE];
	json_t *answer;           /* NULL: not asked yet, or none */
	char why[REDIS_WHY + 64]; /* it did not answer, because; "": it did, or was not asked */
};
struct everywhere {
	struct asked_space *list; /* the one of the configuration first; none where there is one space */
	size_t count;
	json_t *here;                   /* of everywhere_do(), where there is one space: its answer */
	char named[SPACE_NAME_MAX + 1]; /* the command line names it; "": it does not */
	char alone[SPACE_NAME_MAX + 1]; /* the same, where there may be others: see everywhere_look() */
	bool lacking;                   /* this user may not ask which others there are */
	char lost[REDIS_WHY +
	          64]; /* the hub does not answer, because: the one at hand is asked alone; "": it did */
};

/* Which there are. Ends the process where the hub cannot be read; but, if may_lack, where it does not answer, or the
 * user has no right to it: then the one at hand is asked alone, and lost or lacking is set. */
void everywhere_open(struct ctl *ctl, bool may_lack, struct everywhere *ret);
/* For what is done in every space, also where the command line names the one at hand. The hub is not needed: where it
 * does not answer, or may not be asked, it is done in the one at hand, and lost or lacking is set. */
void everywhere_open_all(struct ctl *ctl, struct everywhere *ret);
/* Which there are by now, for what runs on: was is what it began with. Ends nothing. Returns false where it is as it
 * was, where one is named, or where the hub does not tell. */
bool everywhere_changed(struct ctl *ctl, const struct everywhere *was, struct everywhere *ret);
void everywhere_close(struct everywhere *e);

/* Answers in the space of that session: what it gives back is the caller's. A failure ends its process as any
 * other (ctl_fail()), and is why that space did not answer. What it says with ctl_note() is said with its name. */
typedef json_t *space_question(struct ctl *there, void *arg);
/* Ask each that has neither an answer nor a reason why not. Returns how many did not answer now. */
size_t everywhere_ask(struct ctl *ctl, struct everywhere *e, space_question *question, void *arg);
/* Do it in each that did not fail before, or in the only one there is. What it answered before is forgotten. */
void everywhere_do(struct ctl *ctl, struct everywhere *e, space_question *question, void *arg);
/* The sum of that integer over all answers to everywhere_do(). */
int64_t everywhere_sum(const struct everywhere *e, const char *name);
/* Their names, and whether each answered: [{"space", "answered"}]. */
json_t *everywhere_json(const struct everywhere *e);
/* "a, b, c": their names. Heap; "" where there is one space. */
char *everywhere_names(const struct everywhere *e);
/* Each of these rows, objects of that space's answer, goes to the end of to, its space first. rows may be NULL. */
void everywhere_add_rows(json_t *to, const struct asked_space *space, const json_t *rows);
/* Forget the answer: it is asked again the next time. */
void everywhere_forget(struct asked_space *space);
/* The command will fail if one did not answer, and name it: what is not known or done there. */
void everywhere_must_answer(struct ctl *ctl, const struct everywhere *e, const char *what);

/* Where the command line names one: may there be others? Who does not tell of spaces need not ask. */
void everywhere_look(struct ctl *ctl, struct everywhere *e);
/* "space b alone: what the others have is not in it", where the command line names one. Heap; NULL: it does not. */
char *everywhere_alone(const struct everywhere *e, bool french);
/* Say on standard error that one is told alone: because the command line names it, or because this user may not ask
 * which others there are. Where the hub did not answer the command will fail. Nothing where all are told. */
void everywhere_say(struct ctl *ctl, struct everywhere *e, bool french);
/* For a command that works in one space: say on standard error which, where there are several and none is named. */
void everywhere_tell_one(struct ctl *ctl, bool french);
/* "All spaces of the platform were asked: a, b, c", where there are several. Heap; NULL: there are not. */
char *everywhere_asked(const struct everywhere *e, bool french);

#endif
