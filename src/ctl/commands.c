/* commands.c - the families of commands, in the order in which help lists them. */
#include "ctl/commands.h"

#include "ctl/base/command.h"

#include <string.h>

const struct command_family command_families[] = {
	{ "How things stand", ctl_status_commands },
	{ "As it moves", ctl_top_commands },
	{ "One number", ctl_explain_commands },
	{ "All that is known of it", ctl_dossier_commands },
	{ "Access and erasure", ctl_subject_commands },
	{ "Receipts", ctl_verify_commands },
	{ "Campaigns", ctl_campaign_commands },
	{ "Queueing", ctl_enqueue_commands },
	{ "What will come of it", ctl_forecast_commands },
	{ "Before an opening", ctl_preflight_commands },
	{ "Rehearsals", ctl_simulate_commands },
	{ "What became of jobs", ctl_job_commands },
	{ "Out of Redis", ctl_export_commands },
	{ "Once more", ctl_requeue_commands },
	{ "Evidence for a client", ctl_attest_commands },
	{ "Stopping at once", ctl_halt_commands },
	{ "Senders", ctl_sender_commands },
	{ "As a sender", ctl_take_commands },
	{ "What became of a job", ctl_report_commands },
	{ "Leases that are over", ctl_settle_commands },
	{ "When a route fails", ctl_breaker_commands },
	{ "A sender of your own", ctl_bridge_commands },
	{ "Opposition lists", ctl_list_commands },
	{ "What people said", ctl_oppose_commands },
	{ "The registry of consents", ctl_consent_commands },
	{ "When people were called", ctl_attempts_commands },
	{ "Numbers and places", ctl_phone_commands },
	{ "When somebody may be called", ctl_windows_commands },
	{ "Calendar", ctl_calendar_commands },
	{ "Words", ctl_word_commands },
	{ "The law", ctl_rulebook_commands },
	{ "Configuration", ctl_config_commands },
	{ "Running", ctl_reload_commands },
	{ "For packages", ctl_man_commands },
	{ "For shells", ctl_completion_commands },
	{ NULL, NULL },
};

const struct command *command_find(const char *name)
{
	for (const struct command_family *f = command_families; f->title != NULL; f++)
		for (const struct command *c = f->commands; c->name != NULL; c++)
			if (strcmp(c->name, name) == 0)
				return c;
	return NULL;
}
