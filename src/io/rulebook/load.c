/* load.c - a rulebook from a file; see load.h. */
#include "io/rulebook/load.h"

#include "core/text/nearest.h"
#include "core/text/sha256.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/rulebook/fields.h"
#include "io/rulebook/numbers.h"
#include "io/rulebook/regimes.h"
#include "io/rulebook/territories.h"
#include "io/rulebook/zones.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void read_head(struct cfg_node root, struct rulebook *rb)
{
	int32_t day;

	rulebook_get_text(root, "id", CFG_NEEDED, &rb->id);
	rulebook_get_text(root, "version", CFG_NEEDED, &rb->version);
	rulebook_get_text(root, "approved_by", CFG_NEEDED, &rb->approved_by);
	rulebook_get_text(root, "approved_on", CFG_NEEDED, &rb->approved_on);
	rulebook_get_text(root, "source", CFG_NEEDED, &rb->source);
	if (cfg_failed(root.cfg))
		return;
	if (!rulebook_is_name(rb->id))
		cfg_fail(cfg_member(root, "id"),
		         error_pick("id must be a short name such as \"fr\", not \"%.40s\"",
		                    "id doit être un nom court comme « fr », et non « %.40s »"),
		         rb->id);
	if ((rb->approved_by[0] == '\0') != (rb->approved_on[0] == '\0'))
		cfg_fail(cfg_member(root, "approved_on"),
		         error_pick("approved_by and approved_on go together",
		                    "approved_by et approved_on vont ensemble"));
	if (rb->approved_on[0] != '\0')
		cfg_date(root, "approved_on", CFG_NEEDED, &day);
}

static void read_guard(struct cfg_node root, struct rulebook *rb)
{
	struct cfg_node guard = cfg_group(root, "guard", CFG_NEEDED);

	cfg_int(guard, "seconds", CFG_NEEDED, 0, 86400, &rb->guard_s);
	cfg_int(guard, "margin_seconds", CFG_NEEDED, 0, 86400, &rb->guard_margin_s);
	rulebook_get_text(guard, "article", CFG_NEEDED, &rb->guard_article);
}

static void read_retention(struct cfg_node root, struct rulebook *rb)
{
	struct cfg_node retention = cfg_group(root, "retention", CFG_OPTIONAL);

	cfg_int(retention, "proof_days", CFG_NEEDED, 1, 36500, &rb->proof_days);
	cfg_int(retention, "review_days", CFG_OPTIONAL, 1, 36500, &rb->review_days);
	rulebook_get_text(retention, "article", CFG_NEEDED, &rb->proof_article);
}

static void add_locations(struct cfg_node list, struct rulebook *rb)
{
	size_t count = cfg_count(list), capacity = rb->location_count;

	for (size_t i = 0; i < count && !cfg_failed(list.cfg); i++) {
		const char *code = cfg_text_at(list, i);
		if (code == NULL)
			return;
		if (strlen(code) != 2 || strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)
			cfg_fail(
			    cfg_at(list, i),
			    error_pick("a location is a country code of two capitals, not \"%.40s\"",
			               "un lieu est un code de pays de deux majuscules, et non « %.40s »"),
			    code);
		rb->locations =
		    mem_grow(rb->locations, &capacity, rb->location_count, sizeof(*rb->locations));
		rb->locations[rb->location_count++] = mem_copy(code);
	}
}

static void read_rest(struct cfg_node root, struct rulebook *rb)
{
	struct cfg_node locations = cfg_group(root, "locations", CFG_NEEDED);

	rulebook_get_text(root, "announce_article", CFG_NEEDED, &rb->announce_article);
	rulebook_get_text(root, "source_article", CFG_NEEDED, &rb->source_article);
	add_locations(cfg_list(locations, "allowed", CFG_NEEDED), rb);
	add_locations(cfg_list(locations, "added", CFG_OPTIONAL), rb);
	rulebook_get_text(locations, "article", CFG_NEEDED, &rb->location_article);
}

struct rulebook *rulebook_load(const char *path, const char *zone_dir, char *err, size_t err_size)
{
	struct cfg *cfg = cfg_open(path, err, err_size);
	struct rulebook *rb;
	const char *bytes;
	char why[600];
	size_t len;

	if (cfg == NULL)
		return NULL;
	rb = mem_zero(sizeof(*rb));
	rb->file_hash = mem_zero(SHA256_HEX_SIZE);
	bytes = cfg_bytes(cfg, &len);
	sha256_hex(bytes, len, rb->file_hash);
	struct cfg_node root = cfg_root(cfg);
	read_head(root, rb);
	rulebook_read_territories(root, rb, zone_dir);
	if (!zones_hash(rb, zone_dir, why, sizeof(why)))
		cfg_fail(root, "%s", why);
	rulebook_read_addresses(root, rb);
	rulebook_read_numbers(root, rb);
	rulebook_read_regimes(root, rb);
	read_guard(root, rb);
	read_retention(root, rb);
	read_rest(root, rb);
	if (!cfg_failed(cfg) && !rulebook_index(rb))
		cfg_fail(
		    root,
		    error_pick("the numbering has too many prefixes, or memory ran out",
		               "le plan de numérotation a trop de préfixes, ou la mémoire est insuffisante"));
	if (cfg_close(cfg))
		return rb;
	rulebook_free(rb);
	return NULL;
}

/* Who named a file that is not there, and relative to what. */
static void say_missing(const struct conf *conf, char *err, size_t err_size)
{
	const char *why = error_system(errno);

	if (conf->rulebook_given)
		snprintf(err, err_size,
		         error_pick("--rulebook %s: %s (relative to the folder you are in)",
		                    "--rulebook %s : %s (depuis le dossier courant)"),
		         conf->rulebook, why);
	else if (conf->rulebook[0] == '/')
		snprintf(err, err_size,
		         error_pick("%s: %s (rulebook of %s names it)",
		                    "%s: %s (dans %s, rulebook le nomme)"),
		         conf->rulebook_path, why,
		         conf->file != NULL
		             ? conf->file
		             : error_pick("no file but the default", "les valeurs par défaut, sans fichier"));
	else if (conf->file != NULL)
		snprintf(err, err_size,
		         error_pick("%s: %s (rulebook of %s names %s, relative to that file)",
		                    "%s: %s (dans %s, rulebook nomme %s, depuis le dossier de ce fichier)"),
		         conf->rulebook_path, why, conf->file, conf->rulebook);
	else
		snprintf(
		    err, err_size,
		    error_pick(
			"%s: %s (the default of rulebook, without a configuration; --rulebook names another)",
			"%s: %s (valeur par défaut de rulebook, sans configuration ; --rulebook en nomme un autre)"),
		    conf->rulebook_path, why);
}

struct rulebook *rulebook_of_conf(const struct conf *conf, char *err, size_t err_size)
{
	if (access(conf->rulebook_path, F_OK) != 0) {
		say_missing(conf, err, err_size);
		return NULL;
	}
	return rulebook_load(conf->rulebook_path, conf->zone_dir, err, err_size);
}

bool rulebook_zones_changed(const struct rulebook *rb, const char *zone_dir)
{
	return zones_changed(rb, zone_dir);
}
