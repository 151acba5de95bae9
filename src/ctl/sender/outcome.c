/* outcome.c - what a sender's command means by its exit status and by what it wrote; see
 * outcome.h. */
#include "ctl/sender/outcome.h"

#include "core/text/control.h"
#include "core/text/nearest.h"
#include "core/text/shown.h"
#include "core/text/utf8.h"
#include "ctl/law/vocabulary.h"
#include "io/host/error_text.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static const struct {
	int status;
	const char *outcome;
} exits[] = {
#define X(status, outcome, note) { status, outcome },
	OUTCOME_EXITS(X)
#undef X
};

const char *outcome_find(const char *word, size_t len)
{
	for (size_t i = 0; vocabulary_outcomes[i] != NULL; i++)
		if (strlen(vocabulary_outcomes[i]) == len && memcmp(vocabulary_outcomes[i], word, len) == 0)
			return vocabulary_outcomes[i];
	return NULL;
}

const char *outcome_nearest(const char *word, size_t len)
{
	size_t count = 0;

	while (vocabulary_outcomes[count] != NULL)
		count++;
	return nearest_name(word, len, vocabulary_outcomes, count);
}

const char *outcome_of_exit(int status)
{
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (exits[i].status == status)
			return outcome_find(exits[i].outcome, strlen(exits[i].outcome));
	return NULL;
}

bool outcome_opposes(const char *name)
{
	return strcmp(name, "opted-out") == 0 || strcmp(name, "refused") == 0 ||
	       strcmp(name, "never-again") == 0;
}

/* --- texts ------------------------------------------------------------------------- */

void outcome_detail(char detail[DETAIL_SIZE], const char *text, size_t len)
{
	size_t used = 0;

	for (size_t at = 0; at < len;) {
		int is = utf8_len(text + at, len - at);
		size_t n = is > 0 ? (size_t)is : 0;
		bool plain = n > 0 && !control_is(text[at]);
		size_t put = plain ? n : 1;

		if (used + put >= DETAIL_SIZE)
			break;
		if (plain)
			memcpy(detail + used, text + at, n);
		else
			detail[used] = text[at] == '\t' ? ' ' : '?';
		used += put;
		at += n > 0 ? n : 1;
	}
	detail[used] = '\0';
}

char *outcome_shown(const char *text, size_t len, char buf[SHOWN_SIZE])
{
	return shown_masked(text, len, buf, SHOWN_SIZE);
}

bool outcome_read(const char *line, size_t len, struct outcome *ret)
{
	size_t word = 0;

	while (word < len && line[word] != ' ' && line[word] != '\t')
		word++;
	const char *name = outcome_find(line, word);

	if (name == NULL)
		return false;
	while (word < len && (line[word] == ' ' || line[word] == '\t'))
		word++;
	ret->name = name;
	outcome_detail(ret->detail, line + word, len - word);
	return true;
}

/* --- how a command ended -------------------------------------------------------------- */

static void failed(struct outcome *ret, const char *why, int number, const char *line, size_t len)
{
	char text[2 * DETAIL_SIZE], said[DETAIL_SIZE];

	outcome_detail(said, line, len);
	snprintf(text, sizeof(text), "%s %d%s%s", why, number, *said != '\0' ? ": " : "", said);
	ret->name = "failed";
	outcome_detail(ret->detail, text, strlen(text));
}

void outcome_judge(int wait_status, const char *ended_by, const char *line, size_t len, struct outcome *ret)
{
	struct outcome said = { 0 };
	bool has_said = outcome_read(line, len, &said);

	if (has_said && outcome_opposes(said.name)) {
		*ret = said;
		return;
	}
	if (ended_by != NULL) {
		ret->name = "failed";
		outcome_detail(ret->detail, ended_by, strlen(ended_by));
		return;
	}
	if (!WIFEXITED(wait_status)) {
		failed(ret, "signal", WTERMSIG(wait_status), line, len);
		return;
	}
	int status = WEXITSTATUS(wait_status);
	const char *name = status == 0 ? "submitted" : outcome_of_exit(status);

	if (name == NULL) {
		failed(ret, "exit", status, line, len);
	} else if (has_said && (status == 0 || strcmp(said.name, name) == 0)) {
		*ret = said;
	} else {
		ret->name = name;
		outcome_detail(ret->detail, line, len);
	}
}

void outcome_check(const struct ctl *ctl, const char *outcome)
{
	if (outcome_find(outcome, strlen(outcome)) != NULL)
		return;
	const char *near = outcome_nearest(outcome, strlen(outcome));

	if (near != NULL)
		ctl_misuse(ctl,
		           error_pick("%s is not an outcome, did you mean %s?",
		                      "%s n'est pas une issue, vouliez-vous dire %s ?"),
		           outcome, near);
	ctl_misuse(ctl,
	           error_pick("%s is not an outcome (licetctl vocabulary lists them)",
	                      "%s n'est pas une issue (licetctl vocabulary les énumère)"),
	           outcome);
}
