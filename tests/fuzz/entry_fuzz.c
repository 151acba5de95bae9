/* What others than licetd may have put into Redis or said: an entry of a ready list, a lease, and
 * the last line of a sender's command. */
#include "core/number/phone.h"
#include "core/text/utf8.h"
#include "ctl/query/ready_entry.h"
#include "ctl/sender/outcome.h"
#include "fuzz.h"

#include <string.h>

static void read_entry(const char *text, size_t size)
{
	struct ready_entry e;
	if (!entry_read(text, size, &e) && !lease_read(text, size, &e))
		return;
	PROMISE(e.job > text && e.job + e.job_len == text + size);
	PROMISE(strlen(e.token) < sizeof(e.token) && strpbrk(e.token, "\t\n") == NULL);
	PROMISE(strlen(e.to) < sizeof(e.to) && strlen(e.sender) < sizeof(e.sender));
}

static void read_outcome(const char *text, size_t size)
{
	struct outcome said = { 0 }, judged = { 0 };
	char shown[SHOWN_SIZE];
	if (outcome_read(text, size, &said))
		PROMISE(outcome_find(said.name, strlen(said.name)) == said.name);
	PROMISE(utf8_is(said.detail, strlen(said.detail)) && strpbrk(said.detail, "\t\n\r") == NULL);
	for (int status = 0; status <= 21; status += 7) {
		outcome_judge(status << 8, NULL, text, size, &judged);
		PROMISE(judged.name != NULL && utf8_is(judged.detail, strlen(judged.detail)));
		/* A no is heard whatever the status. */
		PROMISE(said.name == NULL || !outcome_opposes(said.name) || judged.name == said.name);
	}
	PROMISE(utf8_is(outcome_shown(text, size, shown), strlen(shown)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1); /* as hiredis and the pipe have it: with an end */
	memcpy(text, data, size);
	text[size] = '\0';
	read_entry(text, size);
	read_outcome(text, size);
	free(text);
	return 0;
}
