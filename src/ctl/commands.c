/* commands.c - the families of commands, in the order in which help lists them. */
#include "ctl/commands.h"

#include "ctl/base/command.h"

#include <string.h>

const struct command_family command_families[] = {
	{ "Setup", ctl_init_commands },
	{ "", ctl_config_commands },
	{ "", ctl_reload_commands },
	{ "", ctl_acl_commands },
	{ "", ctl_space_commands },
	{ "", ctl_completion_commands },
	{ "", ctl_man_commands },
	{ "Look", ctl_status_commands },
	{ "", ctl_top_commands },
	{ "", ctl_preflight_commands },
	{ "", ctl_forecast_commands },
	{ "", ctl_simulate_commands },
	{ "Campaigns", ctl_campaign_commands },
	{ "", ctl_enqueue_commands },
	{ "", ctl_batch_commands },
	{ "", ctl_job_commands },
	{ "", ctl_requeue_commands },
	{ "", ctl_follow_commands },
	{ "", ctl_schema_commands },
	{ "Stop", ctl_halt_commands },
	{ "", ctl_breaker_commands },
	{ "Senders", ctl_sender_commands },
	{ "", ctl_bridge_commands },
	{ "", ctl_take_commands },
	{ "", ctl_report_commands },
	{ "", ctl_settle_commands },
	{ "People", ctl_oppose_commands },
	{ "", ctl_consent_commands },
	{ "", ctl_list_commands },
	{ "", ctl_attempts_commands },
	{ "", ctl_advertiser_commands },
	{ "Evidence", ctl_explain_commands },
	{ "", ctl_verify_commands },
	{ "", ctl_dossier_commands },
	{ "", ctl_subject_commands },
	{ "", ctl_attest_commands },
	{ "", ctl_export_commands },
	{ "", ctl_log_commands },
	{ "Law", ctl_phone_commands },
	{ "", ctl_windows_commands },
	{ "", ctl_calendar_commands },
	{ "", ctl_rulebook_commands },
	{ "", ctl_word_commands },
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
