/* The facts of a receipt, as verify reads them: whatever they say is judged, and what was read
 * is written again as it was. */
#include "ctl/explain/case_json.h"
#include "ctl/explain/receipt.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct case_file c, again;
	char err[512] = "";
	json_t *receipt = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	const json_t *facts = json_object_get(receipt, "facts");
	if (facts == NULL || !case_of_json(facts, &c, err, sizeof(err))) {
		PROMISE(facts == NULL || err[0] != '\0');
		json_decref(receipt);
		return 0;
	}
	json_t *written = case_to_json(&c);
	PROMISE(case_of_json(written, &again, err, sizeof(err)));
	json_t *twice = case_to_json(&again);
	PROMISE(json_equal(written, twice));
	struct judgement *j = case_judge(fuzz_law(), &c);
	json_t *answer = answer_json(j, true, true), *masked = answer_json(j, false, false);
	PROMISE(json_is_string(json_object_get(answer, "verdict")) &&
	        json_is_string(json_object_get(masked, "reason")));
	receipt_seal(answer, true);
	char *hash = receipt_hash(answer);
	PROMISE(strcmp(json_string_value(json_object_get(answer, "hash")), hash) == 0);
	free(hash);
	json_decref(answer);
	json_decref(masked);
	judgement_free(j);
	json_decref(written);
	json_decref(twice);
	json_decref(receipt);
	case_done(&c);
	case_done(&again);
	return 0;
}
