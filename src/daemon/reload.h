/* reload.h - another configuration and rulebook for all spaces: all or nothing. */
#ifndef LICET_DAEMON_RELOAD_H
#define LICET_DAEMON_RELOAD_H

#include "daemon/served.h"
#include "io/config/target.h"

#include <stdbool.h>

/* Rulebooks that are not the newest, while a space still uses them; and what was told. */
struct reload;

struct reload_with {
	const struct target_options *options; /* they win over the file */
	bool require_approved;                /* likewise */
	const char *log_dir;                  /* likewise; NULL: the configuration says */
	const char *verdict;                  /* a path where each reload is told; NULL: nowhere */
};

/* Put what the command line says over a configuration that was read. */
void reload_put_over(const struct reload_with *with, struct conf *conf);

struct reload *reload_open(void);
void reload_close(struct reload *r);
/* Build everything new and check it; only then give it to all spaces. Returns true where nothing is to be waited
 * for: it was refused. */
bool reload_begin(struct reload *r, struct served *s, const struct reload_with *with);
/* Zone data is law too: is there other, it is taken. Now and then. */
void reload_zones(struct reload *r, struct served *s);
/* At each tick: true once, when all spaces use what the last reload gave them. */
bool reload_done(struct reload *r, struct served *s, const struct reload_with *with);
/* Write the verdict of the last one, or of the start. */
void reload_verdict(const struct served *s, const struct reload_with *with);

#endif
