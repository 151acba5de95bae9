/* daemon.h - what the parts of licetd share: one space that it serves.
 *
 * Data flows one way: queue -> peek -> decide -> commit -> ready -> take -> done.
 * All parts run on one libevent loop; "now" is read at the head of each turn
 * (turn_now) and passed down. */
#ifndef LICET_DAEMON_DAEMON_H
#define LICET_DAEMON_DAEMON_H

#include "core/campaign/campaign.h"
#include "core/campaign/situation.h"
#include "core/decide/decide.h"
#include "core/number/place.h"
#include "core/schedule/arrivals.h"
#include "core/schedule/durations.h"
#include "core/schedule/schedule.h"
#include "core/text/cluster_slot.h"
#include "daemon/health/refusal.h"
#include "io/config/conf.h"
#include "io/config/target.h"
#include "io/host/clock.h"
#include "io/redis/keys.h"
#include "io/redis/policy.h"
#include "io/redis/redis.h"

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;

/* --- catalog: what is defined in Redis ------------------------------------------ */

/* A hash as it was read. */
struct known_hash {
	char *key;
	char *bytes; /* names and values, each NUL-terminated, one block */
	struct fields fields;
	char *text; /* as the commit function joins it */
	size_t text_len;
	bool wanted;     /* referred to by the last reading */
	bool wrong_type; /* the key is no hash */
	uint64_t logged; /* what of it stands in the decision log, as a checksum; 0: nothing */
};

/* A registered form of consent that some job or consent named. */
struct known_form {
	char id[ID_MAX + 1];
	struct consent_form form;
};

#define MANY_CAMPAIGNS 500 /* from here on WATCH is too dear for what changes often: see model/stir.h */

/* One campaign that the daemon looks after. */
struct run {
	/* What each turn looks at stands together: a thousand campaigns that wait are looked
	 * through twenty times a second. */
	struct scheduled sched; /* what the schedule sees of it: the members below */
	struct backlog jobs;    /* where its jobs are */
	bool listed;            /* in licet:campaigns at the last reading */
	bool ready_to_work;
	int64_t judged_ms; /* when that was */
	int64_t cancels;
	bool batch_cancel;        /* a batch of it is to be cancelled */
	bool batch_cancelling;    /* a step of that is under way */
	struct arrivals arrivals; /* of its queue */

	char id[ID_MAX + 1];
	char purpose[16];     /* as last read: a change of it is told */
	bool unbalanced;      /* its counters do not say what stands in its places */
	bool recall_changed;  /* its definition changed: what is ready comes back */
	char made_by[24];     /* fingerprint of what a sender sees and what ready jobs rest on */
	int64_t made_reload;  /* d->reloads when it was made */
	struct situation sit; /* what its hashes come to; remade by catalog_judge() */
	struct known_hash def;
	struct place_views *views; /* shared by all campaigns of the same hours; see model/views.h */
	bool undefined;            /* as it was judged last, there was no definition */
	/* facts of the campaign as a whole; remade by catalog_judge() */
	char *defs_text; /* the four definitions, as the commit function joins them */
	size_t defs_len;
	char *dates_text; /* refreshed_at of the lists, likewise */
	size_t dates_len;
	char *tail; /* end of every ready entry: lists, id of the facts */
	size_t tail_len;
	char *facts_text; /* JSON: the state of the law and the lists, frozen at release */
	char facts_id[24];
	bool registry_exists, history_exists;
	bool queue_watched, advertiser_met; /* watch.c */
	bool prefetch;                 /* the last batch met numbers with a history: ask before deciding */
	char wrong_key[KEY_SIZE];      /* a key of a wrong type stands in the way; "" if none */
	char blocked[KEY_SIZE];        /* the last commit failed because of that; "": it did not */
	int64_t blocked_until_ms;      /* monotonic: a refusal, told until then; 0: until one passes */
	char pace[40], route_pace[40]; /* as the commit function keeps them */
	int64_t trimmed_ms;            /* last trim of its streams; 0: none, or there is more to go */
	unsigned archive_late;         /* streams whose archive keeps them over their time: bits */
	int64_t proofs_ms;             /* monotonic: last look through its advertiser's proofs of consent */
	int64_t pruned_ms;             /* monotonic: likewise, of its advertiser's attempts */
	int64_t released_ms;           /* last release, wall-clock; 0: none yet */
	bool log_wanted;               /* its streams may have grown: the decision log reads them next */
	size_t log_streams;            /* where they stand in its list, from 1; 0: not yet */
	char log_made[24];             /* the fingerprint whose definitions stand in the log */
	/* what was published */
	char state[16], because[32], shown_rule[64];
	int64_t since_ms, shown_until_ms;
	unsigned judged, shown_judged; /* how often it was judged: faults and halts follow from that */
	char *published;
	char logged_state[16], logged_because[32]; /* what the log told last; "": nothing */
	bool logged_full;                          /* and that its route has been full for long */
	char shown_made_by[24]; /* the fingerprint that was published, by us or before us */
};

/* What is known of the members of a list. */
struct known_list {
	char name[ID_MAX + 16], cursor[32];
	char bad[64]; /* a member that is no number; "": none is known */
	int64_t size; /* when the last walk began */
	bool walked;  /* to the end, since the size last changed */
	bool found;   /* something that is no number, in this walk */
	bool malformed, wanted;
	char owed[64];        /* one that was bad: once it is off, the list may be smaller by it */
	int64_t lost;         /* members that it lacks */
	int64_t reach;        /* the greatest that licet_guard told */
	char put_back[32];    /* cursor of what is being put back; "": nothing is */
	int64_t refreshed_ms; /* TIME_NONE: nobody says when */
	char late[200];       /* an import failed or did not come; "": all is well */
};

struct route_run {
	char id[ID_MAX + 1];
	struct route_load load;            /* its why is the one below */
	char why[96];                      /* the breaker is open, because; "": it is not */
	int64_t p99_ms;                    /* from take to done; 0: not known */
	int64_t first_not_after_ms;        /* TIME_NONE: none known */
	int64_t next_lapse_ms;             /* 0: look now; TIME_NONE: none */
	bool settling, recalling, lapsing; /* a call is in flight */
	bool settle_wanted, recall_all;
	bool recalled;       /* something came back in this round */
	bool recall_stuck;   /* something that may not go had to stay: it is tried again in a second */
	int64_t recall_left; /* entries of this round not looked at yet */
	/* Of jobs that went out straight from a queue, since they were seen there; of calls that were
	 * reported, how long they had been ready. In real time. */
	struct durations to_release, to_take;
};

/* The last thing said of a place. */
struct shown_place {
	uint32_t place;
	int64_t shown_ms; /* when the view that was published was computed */
};

#define EXIT_CONFIG 78 /* what a person has to mend: the unit does not restart on it */

/* --- one space ------------------------------------------------------------------------ */

struct daemon;

/* What the process does for a space that it serves; see process.c. */
struct space_host {
	/* How the space is, in one line. */
	void (*status)(void *arg, const char *text);
	/* Redis was connected to, or could not be: what there is to start has started. */
	void (*tried)(void *arg);
	/* The new configuration and rulebook are in use here. */
	void (*adopted)(void *arg);
	/* It has drained, and is to be closed; not from within this. */
	void (*over)(void *arg);
	/* The names of all that this process works in, between spaces; the caller frees it. */
	char *(*names)(void *arg);
	void *arg;
};

/* A space: the keys of one prefix, and the work on them. A process serves one, or several. */
struct daemon {
	char space[SPACE_NAME_MAX + 1]; /* its name; "": it is the only one, whatever the prefix is */
	const struct space_host *host;
	/* what one file alone knows: space_loop.c, health/redis.c, health/watch.c, upkeep/list_members.c,
	 * upkeep/sweep.c */
	struct space_loop *loop;
	struct errors *errors;
	struct redis_health *redis_health;
	struct watch *watch;
	struct stir *stir;
	struct list_walk *list_walk;
	struct list_guard *list_guard;
	struct who_is_out *who_is_out;
	struct balance *balance;
	struct hours *hours;
	struct sweep *sweep;
	struct presence *presence;
	struct proofs *proofs;
	struct split *split;
	struct ears *ears;      /* space/ear.c; of the process */
	struct spaces *spaces;  /* space/spaces.c; NULL: the prefix has no tag, there is one space */
	struct tail *tail;      /* proof/tail.c; NULL: no decision log is kept */
	char space_why[160];    /* which other space was not heard in time; "": all were, or there is none */
	char log_why[64];       /* why the decision log is not written in time; "": it is, or there is none */
	int64_t log_off_ms;     /* monotonic: when a daemon without a log asks next whether there is one */
	const uint8_t *mac_key; /* what released jobs are marked with; NULL: they are not */
	struct conf conf;
	const struct rulebook
	    *rb; /* of the process: that of all its spaces, but while they change to a new one */
	struct clock_source clock;
	struct event_base *base; /* of the process */
	struct redis_link *link, *watch_link;
	const struct redis_target *target; /* where they lead; not those of conf after a reload */
	struct event *soon;
	unsigned wanted; /* enum want, bits */
	bool draining;
	bool reload_wanted;     /* another law waits until no batch is in flight */
	int exit_status;        /* what it ended with; 0: it was told to */
	char unusable_why[200]; /* why it ended where that is not 0 */
	char reload_error[256]; /* why the last reload was refused; "": it was not */
	char shown_gate[256];   /* the closed gate that the heartbeat told last, with its rule */
	char mismatch[128];     /* an instance whose rulebook differs from ours; "": none */
	bool calm;              /* see health/calm.h */
	unsigned calm_beats;    /* heartbeats, of a calm space */
	int64_t stirred_ms;     /* monotonic: when something changed last */
	/* health; a gate is a reason why nothing moves */
	bool library_ok;
	struct refusals refusals;
	bool clock_checked, clock_doubt;
	int64_t clock_offset_ms;
	bool policy_met, memory_full;
	int64_t memory_used, memory_limit; /* bytes, of Redis; limit 0: none */
	char law_hash[65];                 /* see gates_law() */
	bool writes_refused;               /* Redis says MISCONF: it cannot save what it is told */
	int64_t moving_ms;   /* monotonic: our slot is on the move, and not before then is Redis asked
	                      * whether it still is; 0: it is not */
	bool moving_settled; /* the last reading did not find it on the move */
	char policy_why[400];
	struct redis_config redis_config;
	int64_t delayed_fsync; /* writes of Redis that waited for its disk */
	struct {
		int64_t acked;        /* what the last WAIT said */
		int64_t answered_ms;  /* monotonic: when that was */
		uint64_t short_count; /* how often that was too few */
		char why[160];
		bool known;         /* WAIT was answered on this connection */
		bool asking, again; /* one is under way; another is to follow */
		bool refused;       /* Redis takes no write: NOREPLICAS */
	} replicas;
	int64_t progress_ms; /* monotonic: last reply that moved something forward, or when nothing had to
	                      * move; see health/progress.h */
	int64_t started_ms;
	/* catalog */
	struct known_hash *hashes;
	size_t hash_count, hash_capacity;
	struct known_form **forms;
	size_t form_count, form_capacity;
	struct run **runs;
	size_t run_count, run_capacity;
	bool batch_cancels; /* some run has a batch to be cancelled */
	struct route_run **routes;
	size_t route_count, route_capacity;
	bool reading, catalog_known;
	struct reading_step *step;        /* model/reading.c */
	int64_t read_ms, reading_took_ms; /* monotonic: when the last reading ended; how long it took */
	char reading_refused[REFUSAL_NAME_SIZE]; /* why the last reading was given up; "": it was not */
	bool forms_changed;                      /* in this reading */
	struct known_list *lists;
	size_t list_count;
	unsigned keys_known; /* grows with the set of keys that matter */
	/* state */
	struct hours_views *hours_views; /* of campaigns; model/views.c alone */
	struct place_views legal_views;  /* without any campaign's own hours */
	struct shown_place places[PLACE_VIEWS_MAX];
	size_t place_count;
	int64_t reloads;
	/* work */
	struct schedule schedule;
	size_t schedule_capacity, load_capacity;
	struct route_load **loads; /* of routes, for the schedule */
	size_t commits;            /* of batches, that are not answered */
	uint64_t token_count;
	char token_epoch[24];
	uint64_t seen_commits;
	int64_t answered_ms; /* monotonic: when Redis last told its time */
	char *scratch;       /* text of the call being made */
	size_t scratch_size;
};

#endif
