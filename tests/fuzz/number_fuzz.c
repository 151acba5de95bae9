/* A number as people write it: what is accepted is E.164, and reads as itself. */
#include "core/number/phone.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rulebook *rb = fuzz_law();
	struct phone phone, again;
	const char *hint;
	char mask[PHONE_MASK_SIZE], *text = malloc(size + 1);
	memcpy(text, data, size);
	text[size] = '\0';
	PROMISE(strlen(phone_mask(text, mask)) < PHONE_MASK_SIZE);
	if (phone_parse(rb, text, size, &phone, &hint) == REASON_ALLOWED) {
		PROMISE(phone_is_e164(phone.e164, strlen(phone.e164)) && phone.territories != 0);
		PROMISE(phone_parse(rb, phone.e164, strlen(phone.e164), &again, &hint) == REASON_ALLOWED);
		/* A national form may leave more places open than the number that it becomes. */
		PROMISE(strcmp(phone.e164, again.e164) == 0 && (again.territories & ~phone.territories) == 0);
	}
	phone_normalise(rb, text, size, &phone);
	free(text);
	return 0;
}
