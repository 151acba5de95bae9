/* conf.h - licet.conf as a value. Every key has a default, a unit and a range,
 * all in one table (see conf.c); conf/licet.conf shows them all. */
#ifndef LICET_IO_CONFIG_CONF_H
#define LICET_IO_CONFIG_CONF_H

#include "io/host/log.h"

#include <stdbool.h>
#include <stddef.h>

/* A list of texts. */
struct conf_words {
	char **words;
	size_t count;
};

struct conf {
	char *redis_socket, *redis_host; /* socket wins if not empty */
	int redis_port, redis_db;
	char *redis_user, *redis_password_file;
	bool redis_tls;
	char *redis_tls_ca, *redis_tls_name, *redis_tls_cert, *redis_tls_key;
	int redis_timeout_ms;
	struct conf_words sentinels; /* "address:port" …; not empty: they win over socket and host */
	char *sentinel_master;       /* what they call the master */
	struct conf_words cluster;   /* the same of nodes of a cluster */
	char *sentinel_user, *sentinel_password_file;
	int wait_replicas, wait_ms; /* how many replicas are to acknowledge a release; 0: not asked */
	char *prefix;               /* "licet:" */
	/* Spaces that one licetd serves: names, or "*" alone for all that the hub names; none: that of prefix alone. */
	struct conf_words spaces;
	char *rulebook;      /* absolute, or relative to the configuration file */
	char *rulebook_path; /* the same, resolved */
	bool rulebook_given; /* by --rulebook, and not by the file */
	char *file;          /* that was read; NULL: none */
	char *cluster_place; /* "file:line" of the key cluster; NULL: it is not there */
	char *spaces_place;  /* the same of the key spaces */
	char *zone_dir;
	char *instance; /* this daemon's name in licet:daemon:<instance>; the host's if none was given */
	char *platform; /* who runs this, by name, for what is handed out */
	/* The same on letters; each may be "": lines of an address (with line feeds), SIREN, the data protection
	 * officer with an address to write to, and a picture (absolute, or relative to the file). */
	char *platform_address, *platform_siren, *platform_dpo, *platform_logo;
	enum log_level log_level;
	int batch_min, batch_max; /* jobs per commit; adapts between them */
	int function_budget_us;   /* aim for one commit's time in Redis */
	int look_ms;              /* how often Redis is looked at for changes */
	int clock_limit_ms;       /* clock against Redis TIME; beyond it: clock-doubt */
	bool require_approved;    /* hold if the rulebook is unsigned */
	char *redis_appendfsync;  /* what it is, where CONFIG GET may not be asked; "": it is asked */
	bool redis_policy_strict; /* hold (true) or warn where AOF, noeviction or role is not met */
	int memory_high_pct;      /* of maxmemory; above it intake stops */
	int keep_refused_days, keep_invalid_days, keep_done_days; /* 0: for ever */
	char *metrics_address;                                    /* where /metrics is served */
	int metrics_port;                                         /* 0: nowhere */
	char *web_socket;           /* and a Unix socket for a reverse proxy; "": none */
	bool metrics_by_advertiser; /* /metrics tells of each campaign whose it is */
	int list_shrink_pct;        /* list load refuses a larger loss without --force */
	bool caller_id_doubtful;    /* accept the caller-id ranges marked doubtful */
	int care_gap_days;          /* gap_days of advertisers that say none */
	char *log_dir;              /* folder of the decision log; "": there is none */
	char *log_origin;           /* "": see conf_log_origin() */
	char *log_key_file, *log_mac_key_file;
	int log_seal_s, log_lag_s; /* a checkpoint so often; later than this the log holds everything */
	char *log_anchor;          /* a command that gets the newest checkpoint; "": none */
	int log_anchor_s;
	struct conf_words log_peers;      /* folders of other instances' logs */
	struct conf_words list_overrides; /* "bloctel=required" …: lists an operator makes stricter */
};

/* Fill with the defaults. */
void conf_init(struct conf *conf);
/* Read a file over the defaults. Returns 0, or -1 with "file:line: …" in err;
 * *conf is then unchanged. */
int conf_load(struct conf *conf, const char *path, char *err, size_t err_size);
void conf_done(struct conf *conf);
/* Fill *to with all that *from has. */
void conf_copy(const struct conf *from, struct conf *to);
/* What the log is called, the default included; the caller frees it. */
char *conf_log_origin(const struct conf *conf);
/* Somebody named a Redis besides the file: Sentinels and nodes of a cluster are not asked. */
void conf_forget_guides(struct conf *conf);
/* What does not go together with the keys cluster, sentinels, prefix and redis_db, wherever their values
 * come from. Returns 0, or -1 with one line in err that names the file and what was expected. */
int conf_check_cluster(const struct conf *conf, char *err, size_t err_size);

/* Why that text cannot be the value of that key, or NULL if it can: for values
 * that come from somewhere else than the file. */
const char *conf_refuses(const char *name, const char *value);

/* What --help and the man page print for each key: name, type, default, unit,
 * one sentence. Returns NULL past the end. */
struct conf_key {
	const char *name, *fallback, *unit, *text;
};
const struct conf_key *conf_key_at(size_t i);

#endif
