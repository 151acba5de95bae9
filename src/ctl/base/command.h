/* command.h - the commands of licetctl, as tables.
 *
 * A file of src/ctl is one family: it ends with its table, and commands.c names
 * the table. Nothing else has to know. */
#ifndef LICET_CTL_BASE_COMMAND_H
#define LICET_CTL_BASE_COMMAND_H

#include <stdbool.h>

struct ctl;

struct command {
	const char *name;    /* NULL ends a table */
	const char *usage;   /* the words behind the name, form by form: "show C | put C FIELD VALUE...".
	                      * Its options stand in options.c */
	const char *summary; /* a line of --help: lower case, 56 columns */
	bool needs_redis;    /* ctl_words() connects */
	bool may_ask_redis;  /* some of its forms connect by themselves */
	/* argv[0] is the command's name; options that every command has are gone.
	 * Returns the exit code: 0, or 1 for a refused number or operation. */
	int (*run)(struct ctl *ctl, int argc, char **argv);
	/* For licetctl help COMMAND: paragraphs, each ended by a line break; lines that begin with
	 * blanks stand as they are. NULL: there is no more to say. */
	const char *details;
	const char *example; /* a whole command line that would work */
	bool has_page;       /* src/man has a page licetctl-<name>(1) */
	bool is_internal;    /* for the build: help does not list it */
};

struct command_family {
	const char *title; /* a group, of at most nine letters; "": still the one above; NULL ends the list */
	const struct command *commands;
};

/* The families. */
extern const struct command ctl_phone_commands[], ctl_windows_commands[], ctl_calendar_commands[],
    ctl_word_commands[], ctl_config_commands[], ctl_explain_commands[], ctl_status_commands[],
    ctl_campaign_commands[], ctl_list_commands[], ctl_oppose_commands[], ctl_advertiser_commands[],
    ctl_consent_commands[], ctl_enqueue_commands[], ctl_job_commands[], ctl_sender_commands[],
    ctl_attempts_commands[], ctl_rulebook_commands[], ctl_verify_commands[], ctl_bridge_commands[],
    ctl_dossier_commands[], ctl_breaker_commands[], ctl_reload_commands[], ctl_acl_commands[],
    ctl_man_commands[], ctl_completion_commands[], ctl_forecast_commands[], ctl_preflight_commands[],
    ctl_simulate_commands[], ctl_top_commands[], ctl_halt_commands[], ctl_take_commands[],
    ctl_report_commands[], ctl_settle_commands[], ctl_init_commands[], ctl_attest_commands[],
    ctl_requeue_commands[], ctl_export_commands[], ctl_subject_commands[], ctl_log_commands[],
    ctl_batch_commands[], ctl_follow_commands[], ctl_schema_commands[], ctl_space_commands[];

#endif
