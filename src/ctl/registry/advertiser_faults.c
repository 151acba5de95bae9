/* advertiser_faults.c - see advertiser_faults.h. */
#include "ctl/registry/advertiser_faults.h"

#include "core/campaign/campaign.h"
#include "ctl/base/print.h"
#include "io/host/mem.h"

#include <stdlib.h>
#include <string.h>

/* Is it one of the advertiser itself? A campaign that has nothing else has many more. */
static bool is_own(enum campaign_fault fault, const char *text)
{
	return fault == CAMPAIGN_FAULT_ADVERTISER_INCOMPLETE || strncmp(text, "gap_days", 8) == 0 ||
	       strncmp(text, "advertiser: ", 12) == 0;
}

/* With one of its numbers as that of a campaign: what is wrong with the number; "": with the advertiser. */
static void add_faults(struct ctl *ctl, const char *id, const struct fields *declared, const char *caller_id,
                       json_t *faults)
{
	const char *names[] = { "advertiser", "caller_id" }, *values[] = { id, caller_id };
	const struct fields def = { .names = names, .values = values, .count = *caller_id != '\0' ? 2 : 1 },
			    none = { 0 };
	const struct campaign_options options = { .caller_id_doubtful = ctl_conf(ctl)->caller_id_doubtful,
		                                  .care_gap_days = ctl_conf(ctl)->care_gap_days };
	struct campaign c;

	campaign_read(ctl_rulebook(ctl), &options, id, &def, declared, &none, &none,
	              (int32_t)(ctl_now_ms(ctl) / 86400000), &c);
	for (size_t i = 0; i < c.fault_count; i++) {
		enum campaign_fault fault = c.faults[i].fault;
		bool meant = *caller_id == '\0' ? is_own(fault, c.faults[i].text)
		                                : fault == CAMPAIGN_FAULT_CALLER_ID_CLASS;

		if (meant)
			json_array_append_new(faults,
			                      print_pack("{s:s,s:s}", "fault", campaign_fault_name(fault),
			                                 "text", c.faults[i].text));
	}
}

json_t *advertiser_faults(struct ctl *ctl, const char *id, const struct fields *declared)
{
	const char *numbers = fields_get(declared, "caller_ids");
	char *copy = mem_copy(numbers != NULL ? numbers : ""), *rest = copy, *number;
	json_t *faults = json_array();

	add_faults(ctl, id, declared, "", faults);
	while ((number = strsep(&rest, " ,")) != NULL)
		if (*number != '\0')
			add_faults(ctl, id, declared, number, faults);
	free(copy);
	return faults;
}
