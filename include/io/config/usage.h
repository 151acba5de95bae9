/* usage.h - what licetd --help says; its man page is made of the same text. */
#ifndef LICET_IO_CONFIG_USAGE_H
#define LICET_IO_CONFIG_USAGE_H

#include "io/config/target.h"

#define LICETD_SYNOPSIS "licetd [OPTION]..."
#define LICETD_SUMMARY \
	"Pulls queued voice-message jobs from Redis and releases the lawful ones. Runs in\n" \
	"the foreground, as any user, and writes no file but where --verdict names one.\n"
#define LICETD_OPTIONS \
	TARGET_OPTIONS \
	"  --simulate T        run on a simulated clock that starts at T (RFC 3339 with\n" \
	"                      its offset); only on a prefix that begins with licet-sim:\n" \
	"  --speed N           simulated seconds per second (1)\n" \
	"  --require-approved  hold everything while nobody has signed the rulebook\n" \
	"  --verdict FILE      write there what became of a reload, for licetctl reload\n" \
	"  --check             read the configuration and the rulebook, and stop\n" \
	"  --version, --help\n"
#define LICETD_SIGNALS \
	"SIGTERM drains and stops, SIGHUP reloads. Exit: 0 stopped, 1 cannot run, 2 bad\n" \
	"use, 78 bad configuration.\n"

#endif
