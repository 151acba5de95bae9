/* reload.c - see reload.h. */
#include "daemon/reload.h"

#include "daemon/base/errors.h"
#include "daemon/space_loop.h"
#include "io/config/conf_spaces.h"
#include "io/host/log.h"
#include "io/host/mem.h"
#include "io/host/reload_verdict.h"
#include "io/rulebook/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct reload {
	struct rulebook **old;
	size_t old_count, old_capacity;
	bool waiting;        /* some space does not use the newest yet */
	bool told;           /* of what it waits for the verdict is to be told */
	char zones_why[256]; /* what was told of zone data that cannot be used; "": nothing */
};

struct reload *reload_open(void)
{
	return mem_zero(sizeof(struct reload));
}

void reload_close(struct reload *r)
{
	for (size_t i = 0; i < r->old_count; i++)
		rulebook_free(r->old[i]);
	free(r->old);
	free(r);
}

void reload_put_over(const struct reload_with *with, struct conf *conf)
{
	conf->require_approved = conf->require_approved || with->require_approved;
	if (with->log_dir == NULL)
		return;
	free(conf->log_dir);
	conf->log_dir = mem_copy(with->log_dir);
}

void reload_verdict(const struct served *s, const struct reload_with *with)
{
	struct reload_verdict v = { .pid = getpid(), .reloads = s->reloads };

	if (with->verdict == NULL)
		return;
	snprintf(v.rulebook, sizeof(v.rulebook), "%s %s", s->rb->id, s->rb->version);
	snprintf(v.error, sizeof(v.error), "%s", s->reload_error);
	if (!reload_verdict_write(with->verdict, &v))
		log_warn("verdict-unwritten", "path=\"%s\" error=\"%s\"", with->verdict, strerror(errno));
}

/* --- giving it to the spaces ---------------------------------------------------------------------- */

/* From now on this is the law, for each space as soon as it can; conf_changed: and the configuration too. */
static void give(struct reload *r, struct served *s, struct rulebook *rb, bool conf_changed)
{
	r->old = mem_grow(r->old, &r->old_capacity, r->old_count, sizeof(struct rulebook *));
	r->old[r->old_count++] = s->rb;
	s->rb = rb;
	r->waiting = true;
	for (size_t i = 0; i < s->count; i++) {
		struct daemon *d = s->seats[i]->d;
		struct conf conf;

		if (d == NULL)
			continue;
		if (conf_changed) {
			conf_copy(&s->conf, &conf);
			if (s->several)
				conf_enter_space(&conf, d->space);
		}
		space_adopt(d, conf_changed ? &conf : NULL, rb, s->reloads);
	}
}

static bool is_used(const struct served *s, const struct rulebook *rb, bool by_working)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct daemon *d = s->seats[i]->d;

		if (d != NULL && d->rb == rb && !(by_working && d->draining))
			return true;
	}
	return false;
}

static void free_unused(struct reload *r, const struct served *s)
{
	for (size_t i = r->old_count; i-- > 0;)
		if (!is_used(s, r->old[i], false)) {
			rulebook_free(r->old[i]);
			r->old[i] = r->old[--r->old_count];
		}
}

/* --- reload ------------------------------------------------------------------------------------------ */

/* Is that configuration one that can follow this one? */
static bool may_follow(const struct served *s, const struct conf *conf, char *err, size_t err_size)
{
	bool same = strcmp(conf->prefix, s->conf.prefix) == 0 && (conf->spaces.count > 0) == s->several;

	if (!same)
		snprintf(err, err_size, "the prefix cannot change while running");
	return same;
}

static void refuse(struct served *s, const char *why)
{
	log_warn("reload-refused", "error=\"%s\" action=\"keeping the old rules\"", why);
	snprintf(s->reload_error, sizeof(s->reload_error), "%s", why);
	for (size_t i = 0; i < s->count; i++)
		if (s->seats[i]->d != NULL)
			space_adopt_refused(s->seats[i]->d, s->reload_error, s->reloads);
}

bool reload_begin(struct reload *r, struct served *s, const struct reload_with *with)
{
	struct conf conf;
	char err[256] = "";
	struct rulebook *rb = NULL;

	conf_init(&conf);
	if (target_load_conf(with->options, &conf, err, sizeof(err)) == 0 &&
	    may_follow(s, &conf, err, sizeof(err)))
		rb = rulebook_of_conf(&conf, err, sizeof(err));
	s->reloads++;
	if (rb == NULL) {
		conf_done(&conf);
		refuse(s, err);
		reload_verdict(s, with);
		return true;
	}
	conf_done(&s->conf);
	s->conf = conf;
	reload_put_over(with, &s->conf);
	s->reload_error[0] = '\0';
	log_set_level(s->conf.log_level);
	give(r, s, rb, true);
	r->told = true;
	return false;
}

bool reload_done(struct reload *r, struct served *s, const struct reload_with *with)
{
	if (r->old_count > 0)
		free_unused(r, s);
	if (!r->waiting)
		return false;
	for (size_t i = 0; i < r->old_count; i++)
		if (is_used(s, r->old[i], true))
			return false;
	r->waiting = false;
	if (!r->told)
		return false;
	r->told = false;
	log_info("reloaded", "rulebook=%s version=%s hash=%.16s", s->rb->id, s->rb->version, s->rb->hash);
	reload_verdict(s, with);
	return true;
}

/* --- zones --------------------------------------------------------------------------------------------- */

/* Its package may be renewed at any time: the same rulebook is read again with it. A rulebook that was edited
 * meanwhile waits for its reload. */
void reload_zones(struct reload *r, struct served *s)
{
	char why[256] = "";

	if (r->waiting || !rulebook_zones_changed(s->rb, s->conf.zone_dir))
		return;
	struct rulebook *rb = rulebook_of_conf(&s->conf, why, sizeof(why));

	if (rb != NULL && strcmp(rb->file_hash, s->rb->file_hash) == 0) {
		log_info("zones-changed", "tzdata=%s before=%s hash=%.16s", rb->tzdata, s->rb->tzdata,
		         rb->hash);
		r->zones_why[0] = '\0';
		give(r, s, rb, false);
		return;
	}
	if (rb != NULL)
		snprintf(why, sizeof(why), "the zone data has changed, and the rulebook too: reload");
	rulebook_free(rb);
	if (strcmp(why, r->zones_why) == 0)
		return;
	snprintf(r->zones_why, sizeof(r->zones_why), "%s", why);
	for (size_t i = 0; i < s->count; i++)
		if (s->seats[i]->d != NULL)
			errors_tell(s->seats[i]->d, "zones", why);
	log_warn("zones-unread", "error=\"%s\" action=\"keeping the old ones\"", why);
}
