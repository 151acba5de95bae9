/* served.h - the spaces that this process serves, as its parts see them. */
#ifndef LICET_DAEMON_SERVED_H
#define LICET_DAEMON_SERVED_H

#include "daemon/daemon.h"

/* A place for one space, whether it is open or not. */
struct seat {
	char space[SPACE_NAME_MAX + 1]; /* "": the only one */
	struct daemon *d;               /* NULL: it is not open */
	char why[320];                  /* why it is not, where it should be */
	bool wanted;                    /* false: it is to end, or has */
	struct lead *lead;              /* who works there, of several machines; NULL: it is the only one */
	char led_by[65];                /* another instance that does; "": none */
	struct errand *errand;  /* while another does: what is to leave our log there; NULL: there is none */
	int64_t errand_reloads; /* s->reloads as it was opened */
	int64_t errand_ms;      /* monotonic: when it was looked for */
	bool tried, over;       /* see struct space_host */
	int64_t again_ms;       /* monotonic: not open, it is tried again then */
	struct space_host host;
	struct process *process;
};

/* Why nobody works there as far as we know, where it is not open and not led by another. */
static inline const char *seat_why(const struct seat *seat)
{
	return seat->why[0] != '\0' ? seat->why : "who leads it is not known yet";
}

struct served {
	struct event_base *base;
	struct conf conf;    /* of the process; each space has its own, made of it */
	struct rulebook *rb; /* what a space that is opened begins with */
	bool several;        /* the configuration names spaces: each has a name */
	struct seat **seats; /* by name */
	size_t count, capacity;
	char unknown[300]; /* why the spaces are not known, or not all of them; "": they are */
	int64_t reloads;
	uint64_t commits;       /* of spaces that were closed */
	char reload_error[256]; /* why the last reload was refused; "": it was not */
};

#endif
