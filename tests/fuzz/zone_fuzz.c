/* A TZif file: what is accepted answers for every instant, in pieces that hold together. */
#include "core/time/zone.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t instants[] = { INT64_MIN, -4000000000,  0,        1795521000,
		                            1e10,      253402300799, INT64_MAX };
	char err[256] = "";
	struct zone *zone = zone_new("Made/Up", data, size, err, sizeof(err));
	PROMISE((zone == NULL) == (err[0] != '\0'));
	for (size_t i = 0; zone != NULL && i < sizeof(instants) / sizeof(instants[0]); i++) {
		struct zone_piece p = zone_piece_at(zone, instants[i]);
		PROMISE(p.start_s <= instants[i] && (instants[i] < p.end_s || p.end_s == INT64_MAX));
	}
	if (zone != NULL) {
		int32_t second, date = zone_local_date(zone, INT64_C(1795521000000), &second);
		int64_t start_ms = zone_date_start_ms(zone, date);
		PROMISE(start_ms <= INT64_C(1795521000000));
	}
	zone_free(zone);
	return 0;
}
