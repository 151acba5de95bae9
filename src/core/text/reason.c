/* reason.c - the one list of reasons; see reason.h. */
#include "core/text/reason.h"

#include <assert.h>
#include <string.h>

static const struct {
	const char *name, *text, *text_fr;
	enum verdict verdict;
} reasons[] = {
#define X(sym, name, verdict, en, fr) [REASON_##sym] = { name, en, fr, VERDICT_##verdict },
	REASONS(X)
#undef X
};

static const struct {
	const char *text, *text_fr;
} remedies[REASON_COUNT] = {
#define X(sym, en, fr) [REASON_##sym] = { en, fr },
	REMEDIES(X)
#undef X
};

const char *reason_name(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return reasons[reason].name;
}

const char *reason_text(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return reasons[reason].text;
}

const char *reason_text_fr(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return reasons[reason].text_fr;
}

const char *reason_remedy(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return remedies[reason].text != NULL ? remedies[reason].text : "";
}

const char *reason_remedy_fr(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return remedies[reason].text_fr != NULL ? remedies[reason].text_fr : "";
}

enum verdict reason_verdict(enum reason reason)
{
	assert(reason < REASON_COUNT);
	return reasons[reason].verdict;
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_RELEASE:
		return "release";
	case VERDICT_INVALID:
		return "invalid";
	case VERDICT_REFUSE:
		return "refuse";
	case VERDICT_HOLD:
		return "hold";
	}
	assert(!"a verdict that is none");
	return "hold";
}

bool reason_find(const char *name, size_t len, enum reason *ret)
{
	for (size_t i = 0; i < REASON_COUNT; i++) {
		if (strlen(reasons[i].name) == len && memcmp(reasons[i].name, name, len) == 0) {
			*ret = (enum reason)i;
			return true;
		}
	}
	return false;
}
