/* top: campaigns as they move, on a terminal. top_sample.c asks, this shows. */
#include "ctl/watch/top.h"

#include "ctl/base/bar.h"
#include "ctl/base/french.h"
#include "ctl/base/french_time.h"
#include "ctl/base/terminal.h"
#include "ctl/base/width.h"
#include "ctl/base/words.h"
#include "ctl/watch/top_sample.h"
#include "ctl/watch/top_spaces.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFRESH_MS 1000
#define SPACES_MS 3000 /* between looks at which spaces there are */
#define NUMBER_SIZE 24
/* Of the names of campaigns, of how they stand, and of the rows they are in, at least. */
#define NAME_WIDTH 16
#define STANDING_WIDTH 26 /* with the column REFUSE, which a narrow terminal has not */
#define REFUSE_WIDTH 7
#define REFUSE_FROM 100
#define STANDING_MOST 44
#define SPACE_LEAST 6
#define ROW_WIDTH 80

struct view {
	const struct ctl *ctl;
	enum top_order order;
	bool reversed, paused, help;
	size_t first; /* campaign that is shown on top */
};

/* --- sorting ------------------------------------------------------------------------------- */

static const char *order_name(bool french, enum top_order order)
{
	switch (order) {
	case TOP_BY_NAME:
		return lang_pick(french, "name", "nom");
	case TOP_BY_RATE:
		return lang_pick(french, "rate", "débit");
	case TOP_BY_WAITING:
		return lang_pick(french, "waiting", "attente");
	case TOP_BY_REFUSED:
		return lang_pick(french, "refused", "refus");
	case TOP_BY_NEED:
	case TOP_ORDERS:
		break;
	}
	return lang_pick(french, "need", "urgence");
}

static enum top_order order_now;
static bool reversed_now;

static int compare(const struct top_campaign *a, const struct top_campaign *b)
{
	double x = 0, y = 0;

	switch (order_now) {
	case TOP_BY_NEED:
		x = -(double)a->need, y = -(double)b->need;
		break;
	case TOP_BY_RATE:
		x = a->rate, y = b->rate;
		break;
	case TOP_BY_WAITING:
		x = (double)(a->queue + a->held + a->later), y = (double)(b->queue + b->held + b->later);
		break;
	case TOP_BY_REFUSED:
		x = (double)a->refused, y = (double)b->refused;
		break;
	case TOP_BY_NAME:
	case TOP_ORDERS:
		break;
	}
	if (x != y)
		return x > y ? -1 : 1;
	int id = strcmp(a->id, b->id);

	return id != 0 || a->space == NULL ? id : strcmp(a->space, b->space);
}

static int by_order(const void *a, const void *b)
{
	return reversed_now ? compare(b, a) : compare(a, b);
}

/* --- a frame -------------------------------------------------------------------------------- */

#define CELL_SIZE 400

/* A text of exactly so many columns, cut or filled; width < 0: filled on its left. */
static const char *cell(const char *text, int width, char buf[CELL_SIZE])
{
	size_t wide = (size_t)(width < 0 ? -width : width), used, bytes = text_fit(text, wide, &used);
	int blanks = (int)(wide - used);

	if (width < 0)
		snprintf(buf, CELL_SIZE, "%*s%.*s", blanks, "", (int)bytes, text);
	else
		snprintf(buf, CELL_SIZE, "%.*s%*s", (int)bytes, text, blanks, "");
	return buf;
}

/* At most six characters: 123456, 1234k, 123M. */
static const char *short_number(int64_t n, char buf[NUMBER_SIZE])
{
	if (n < 1000000)
		snprintf(buf, NUMBER_SIZE, "%" PRId64, n);
	else if (n < 10000000)
		snprintf(buf, NUMBER_SIZE, "%" PRId64 "k", n / 1000);
	else
		snprintf(buf, NUMBER_SIZE, "%" PRId64 "M", n / 1000000);
	return buf;
}

static const char *rate_text(double rate, char buf[NUMBER_SIZE])
{
	snprintf(buf, NUMBER_SIZE, rate > 0 && rate < 10 ? "%.1f" : "%.0f", rate);
	return buf;
}

static int64_t most_of(const int64_t hours[TOP_HOURS])
{
	int64_t most = 0;

	for (size_t i = 0; i < TOP_HOURS; i++)
		most = hours[i] > most ? hours[i] : most;
	return most;
}

/* Nothing where nothing went out. */
static void put_hours(struct frame *f, const struct top_campaign *all, const struct view *v)
{
	char curve[BAR_SIZE], n[2][NUMBER_SIZE];
	int64_t most = most_of(all->hours);

	if (most > 0)
		frame_line(f, STYLE_PLAIN,
		           lang_pick(v->ctl->french, "by hour    |%s|  released, %s at best, %s in this hour",
		                     "par heure  |%s|  transmises, %s au mieux, %s pour l'heure en cours"),
		           spark_text(v->ctl, all->hours, TOP_HOURS, curve), short_number(most, n[0]),
		           short_number(all->hours[TOP_HOURS - 1], n[1]));
}

static void put_head(struct frame *f, const struct top *t, const struct view *v)
{
	char at[LANG_LOCAL_SIZE], n[7][NUMBER_SIZE], others[48] = "", spaces[40] = "";
	const struct top_campaign *all = &t->total;

	bool fr = v->ctl->french;

	if (t->others > 0)
		snprintf(others, sizeof(others),
		         lang_pick(fr, "  %zu of others not shown", "  %zu d'autres non affichées"),
		         t->others);
	if (t->spaces > 0)
		snprintf(spaces, sizeof(spaces), lang_pick(fr, " in %zu space%s", " dans %zu espace%s"),
		         t->spaces, t->spaces == 1 ? "" : "s");
	frame_line(f, STYLE_BOLD,
	           lang_pick(fr, "licet top  %s%s %s  %zu campaign%s%s%s  by %s%s",
	                     "licet top  %s%s %s  %zu campagne%s%s%s  par %s%s"),
	           !v->paused ? "" : lang_pick(fr, "PAUSED  ", "EN PAUSE  "),
	           lang_local(fr, t->zone, t->at_ms, at), zone_name(t->zone), t->count,
	           t->count == 1 ? "" : "s", spaces, others, order_name(fr, v->order),
	           !v->reversed ? "" : lang_pick(fr, ", reversed", ", inversé"));
	frame_line(f, t->daemon[0] != '\0' && !t->unserved ? STYLE_PLAIN : STYLE_ALARM, "licetd     %s",
	           t->daemon[0] != '\0'
	               ? t->daemon
	               : lang_pick(fr, "no heartbeat: nothing moves", "aucun signe de vie : rien ne part"));
	if (t->away[0] != '\0')
		frame_line(f, STYLE_ALARM,
		           lang_pick(fr, "Redis      away, trying again: %s",
		                     "Redis      absent, nouvel essai : %s"),
		           t->away);
	if (t->halts[0] != '\0')
		frame_line(f, STYLE_ALARM, lang_pick(fr, "HALTED     %s", "ARRÊT      %s"), t->halts);
	frame_line(f, STYLE_PLAIN,
	           lang_pick(fr,
	                     "all        %s/s  queue %s  held %s  later %s  ready %s  taken %s  refused %s",
	                     "toutes     %s/s  file %s  attente %s  tard %s  prêtes %s  prises %s  refus %s"),
	           rate_text(all->rate, n[0]), short_number(all->queue, n[1]), short_number(all->held, n[2]),
	           short_number(all->later, n[3]), short_number(all->ready, n[4]),
	           short_number(all->taken, n[5]), short_number(all->refused, n[6]));
	put_hours(f, all, v);
}

/* How wide the first two columns are: what is beyond 80 columns goes to the one that is short of room, the time
 * until which a campaign waits first. */
struct widths {
	int space; /* 0: there is one */
	int name, standing;
	bool refused;
	bool hours; /* a curve of the last hours beside each */
};

static struct widths find_widths(const struct frame *f, const struct top *t)
{
	size_t name = NAME_WIDTH, room = f->width == 0          ? SIZE_MAX
	                                 : f->width > ROW_WIDTH ? f->width - ROW_WIDTH
	                                                        : 0;
	size_t space = t->space_width > 0 && t->space_width < SPACE_LEAST ? SPACE_LEAST : t->space_width;

	/* Its column is taken from how they stand, and from what is beyond 80 columns. */
	if (f->width > 0 && space > SPACE_LEAST && space - SPACE_LEAST > room)
		space = SPACE_LEAST + room;
	if (f->width > 0 && space > SPACE_LEAST)
		room -= space - SPACE_LEAST;
	bool refused = f->width == 0 || f->width >= REFUSE_FROM;
	size_t least = STANDING_WIDTH + (refused ? 0 : REFUSE_WIDTH) - (space > 0 ? SPACE_LEAST + 1 : 0);
	size_t standing = least + (room < STANDING_MOST - least ? room : STANDING_MOST - least);

	for (size_t i = 0; i < t->count; i++)
		if (strlen(t->list[i].id) > name)
			name = strlen(t->list[i].id);
	size_t more = f->width == 0 ? SIZE_MAX : room - (standing - least);

	if (f->width > 0 && name > NAME_WIDTH + more)
		name = NAME_WIDTH + more;
	bool hours = f->width > 0 && more - (name - NAME_WIDTH) > TOP_HOURS && most_of(t->total.hours) > 0;

	return (struct widths){ (int)space, (int)name, (int)standing, refused, hours };
}

static void put_campaign(struct frame *f, const struct top *t, const struct view *v,
                         const struct top_campaign *c, struct widths w)
{
	char n[6][NUMBER_SIZE], until[LANG_LOCAL_SIZE] = "", standing[STANDING_SIZE], curve[BAR_SIZE] = "";
	char shown[CELL_SIZE];
	bool fr = v->ctl->french;

	if (c->until_ms != TIME_NONE)
		lang_short(fr, t->zone, t->at_ms, c->until_ms, until);
	frame_line(f, c->need == NEED_ACT ? STYLE_ALARM : STYLE_PLAIN,
	           "%-*.*s%s%-*.*s %s %s%s%4s %5s %5s %5s %5s %*s", w.space, w.space,
	           c->space != NULL ? c->space : "", w.space > 0 ? " " : "", w.name, w.name, c->id,
	           cell(standing_text(fr, c->state, c->because, until, (size_t)w.standing, standing),
	                w.standing, shown),
	           w.hours ? spark_text(v->ctl, c->hours, TOP_HOURS, curve) : "", w.hours ? " " : "",
	           rate_text(c->rate, n[0]), short_number(c->queue, n[1]),
	           short_number(c->held + c->later, n[2]), short_number(c->ready, n[3]),
	           short_number(c->taken, n[4]), w.refused ? REFUSE_WIDTH - 1 : 0,
	           w.refused ? short_number(c->refused, n[5]) : "");
}

static void put_campaigns(struct frame *f, const struct top *t, struct view *v, size_t rows)
{
	struct widths w = find_widths(f, t);

	bool fr = v->ctl->french;
	char name[CELL_SIZE], standing[CELL_SIZE], ready[CELL_SIZE];

	frame_line(f, STYLE_HEAD, "%-*s%s%s %s %-*s%4s %5s %5s %s %5s %s", w.space,
	           w.space == 0 ? "" : lang_pick(fr, "SPACE", "ESPACE"), w.space > 0 ? " " : "",
	           cell(lang_pick(fr, "CAMPAIGN", "CAMPAGNE"), w.name, name),
	           cell(lang_pick(fr, "STANDS OR RUNS", "ÉTAT"), w.standing, standing),
	           w.hours ? TOP_HOURS + 1 : 0,
	           !w.hours ? "" : lang_pick(fr, "RELEASED IN 24 H", "TRANSMISES EN 24 H"), "/S",
	           lang_pick(fr, "QUEUE", "FILE"), lang_pick(fr, "HELD", "ATT."),
	           cell(lang_pick(fr, "READY", "PRÊT"), -5, ready), lang_pick(fr, "TAKEN", "PRIS"),
	           w.refused ? lang_pick(fr, "REFUSE", " REFUS") : "");
	if (t->count == 0)
		frame_line(f, STYLE_PLAIN, "%s",
		           lang_pick(fr, "none: campaign put makes one",
		                     "aucune : campaign put en crée une"));
	bool all_fit = t->count <= rows;
	size_t shown = all_fit ? t->count : rows - 1;

	if (v->first + shown > t->count)
		v->first = t->count - shown;
	for (size_t i = v->first; i < v->first + shown; i++)
		put_campaign(f, t, v, &t->list[i], w);
	if (!all_fit)
		frame_line(f, STYLE_DIM,
		           lang_pick(fr, "%zu to %zu of %zu; arrows show the others",
		                     "%zu à %zu sur %zu ; les flèches montrent les autres"),
		           v->first + 1, v->first + shown, t->count);
}

static void put_routes(struct frame *f, const struct top *t, size_t shown, bool fr)
{
	char ready[CELL_SIZE];

	if (shown == 0)
		return;
	int space = t->space_width == 0                     ? 0
	            : t->space_width < SPACE_LEAST          ? SPACE_LEAST
	            : f->width > 0 && f->width <= ROW_WIDTH ? SPACE_LEAST
	                                                    : (int)t->space_width;

	frame_line(f, STYLE_HEAD, "%-*s%s%-16s %s %6s %7s  %-34s", space,
	           space == 0 ? "" : lang_pick(fr, "SPACE", "ESPACE"), space > 0 ? " " : "", "ROUTE",
	           cell(lang_pick(fr, "READY", "PRÊT"), -6, ready), lang_pick(fr, "TAKEN", "PRIS"),
	           lang_pick(fr, "UNKNOWN", "INCONNU"), lang_pick(fr, "HOW IT FARES", "COMMENT ELLE VA"));
	for (size_t i = 0; i < shown; i++) {
		const struct top_route *r = &t->routes[i];
		char n[3][NUMBER_SIZE];

		frame_line(f, r->unknown > 0 ? STYLE_ALARM : STYLE_PLAIN, "%-*.*s%s%-16.16s %6s %6s %7s  %s",
		           space, space, r->space != NULL ? r->space : "", space > 0 ? " " : "", r->id,
		           short_number(r->ready, n[0]), short_number(r->leases, n[1]),
		           short_number(r->unknown, n[2]), r->health);
	}
	if (shown < t->route_count)
		frame_line(f, STYLE_DIM, lang_pick(fr, "and %zu more route%s", "et %zu autre%s"),
		           t->route_count - shown, t->route_count - shown == 1 ? "" : "s");
}

static void put_places(struct frame *f, const struct top *t, size_t shown, bool fr)
{
	size_t left = t->place_count - shown;
	int width = f->width > 120 ? 60 : 36;

	if (shown == 0)
		return;
	frame_line(f, STYLE_HEAD, "%-*s %8s  %-32s", width,
	           lang_pick(fr, "HELD BY PLACE", "EN ATTENTE PAR LIEU"), lang_pick(fr, "JOBS", "NOMBRE"),
	           lang_pick(fr, "OPENS, THERE", "OUVRE, HEURE LOCALE"));
	for (size_t i = 0; i < shown; i++)
		frame_line(f, STYLE_PLAIN, "%-*.*s %8" PRId64 "  %s", width, width, t->places[i].name,
		           t->places[i].held, t->places[i].opening);
	if (left > 0)
		frame_line(f, STYLE_DIM, lang_pick(fr, "and %zu more place%s", "et %zu autre%s"), left,
		           left == 1 ? "" : "s");
}

static void put_refusals(struct frame *f, const struct top *t, bool fr)
{
	char line[512];
	size_t used = (size_t)snprintf(line, sizeof(line), "%s", lang_pick(fr, "refused    ", "refusées   "));

	for (size_t i = 0; i < t->reason_count && used < sizeof(line); i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s %" PRId64, i > 0 ? ", " : "",
		                         reason_name(t->reasons[i].reason), t->reasons[i].count);
	frame_line(f, STYLE_PLAIN, "%s%s", line, t->reason_count > 0 ? "" : lang_pick(fr, "none", "aucune"));
}

/* How many rows of each part are shown, and whether empty lines stand between them. */
struct parts {
	size_t campaigns, routes, places;
	bool airy;
};

#define ROUTES_LEAST 4
#define PLACES_LEAST 2

static size_t at_most(size_t n, size_t most)
{
	return n < most ? n : most;
}

/* Rows of a part that shows some, and says that there are more. */
static size_t rows_of(size_t shown, size_t count)
{
	return shown == 0 ? 0 : shown + (shown < count);
}

/* Campaigns come first, three at least; then some routes and places; what is left goes to them. */
static struct parts find_parts(const struct frame *f, const struct top *t)
{
	struct parts p = { t->count, t->route_count, t->place_count, true };
	size_t gaps = 2 + (t->route_count > 0) + (t->place_count > 0);

	if (f->rows == 0)
		return p;
	/* The heads of the parts, what was refused, and the keys. */
	size_t heads = 1 + (t->route_count > 0) + (t->place_count > 0) + 2;
	size_t left = frame_left(f) > heads ? frame_left(f) - heads : 0;
	size_t routes = rows_of(at_most(t->route_count, ROUTES_LEAST), t->route_count);
	size_t places = rows_of(at_most(t->place_count, PLACES_LEAST), t->place_count);

	p.airy = left >= gaps + t->count + routes + places + 2;
	left -= p.airy ? gaps : 0;
	p.campaigns = left > routes + places + 3 ? left - routes - places : 3;
	left -= at_most(left, at_most(t->count, p.campaigns));
	p.routes = left >= routes ? at_most(t->route_count, ROUTES_LEAST) : left > 1 ? left - 1 : 0;
	if (left >= t->route_count + places)
		p.routes = t->route_count;
	left -= at_most(left, rows_of(p.routes, t->route_count));
	p.places = left >= t->place_count ? t->place_count : left > 1 ? left - 1 : 0;
	return p;
}

static void put_gap(struct frame *f, bool airy)
{
	if (airy)
		frame_line(f, STYLE_PLAIN, "%s", "");
}

static void put_help(struct frame *f, bool fr)
{
	static const char *const lines[][2] = {
		{ "licet top: keys", "licet top : touches" },
		{ "", "" },
		{ "q        quit", "q        quitter" },
		{ "s        sort by the next of: need, name, rate, waiting, refused",
		  "s        trier par le suivant : urgence, nom, débit, attente, refus" },
		{ "r        reverse", "r        inverser" },
		{ "p        pause, and go on", "p        suspendre, et reprendre" },
		{ "up down  other campaigns, where not all fit; j and k too",
		  "flèches  les autres campagnes, si toutes ne tiennent pas ; j et k aussi" },
		{ "?        this, and back", "?        cette page, et retour" },
		{ "", "" },
		{ "need     those that stand still until somebody does something are first",
		  "urgence  celles qui attendent que quelqu'un agisse viennent d'abord" },
		{ "/S       jobs released in a second, as counted from one look to the next",
		  "/S       tâches transmises par seconde, d'un relevé à l'autre" },
		{ "by hour  jobs released in each of the last 24 hours",
		  "heures   tâches transmises dans chacune des 24 dernières heures" },
		{ "HELD     jobs that wait for a window or for a time of their own",
		  "ATT.     tâches qui attendent une plage horaire ou leur propre heure" },
		{ "REFUSE   jobs that are never called; their reasons are at the bottom",
		  "REFUS    tâches jamais appelées ; les motifs figurent en bas" },
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		frame_line(f, i == 0 ? STYLE_BOLD : STYLE_PLAIN, "%s", lines[i][fr]);
}

static void make_frame(struct frame *f, struct top *t, struct view *v)
{
	order_now = v->order;
	reversed_now = v->reversed;
	if (t->count > 0)
		qsort(t->list, t->count, sizeof(t->list[0]), by_order);
	if (v->help) {
		put_help(f, v->ctl->french);
		return;
	}
	put_head(f, t, v);
	struct parts p = find_parts(f, t);

	put_gap(f, p.airy);
	put_campaigns(f, t, v, p.campaigns);
	put_gap(f, p.airy && p.routes > 0);
	put_routes(f, t, p.routes, v->ctl->french);
	put_gap(f, p.airy && p.places > 0);
	put_places(f, t, p.places, v->ctl->french);
	put_gap(f, p.airy);
	put_refusals(f, t, v->ctl->french);
	if (f->rows > 0)
		frame_line(f, STYLE_DIM, "%s",
		           lang_pick(v->ctl->french, "q quit  s sort  r reverse  p pause  ? help",
		                     "q quitter  s trier  r inverser  p pause  ? aide"));
}

/* --- the command ------------------------------------------------------------------------------ */

/* Returns false when it is over. */
static bool on_key(int key, struct view *v)
{
	switch (key) {
	case 'q':
	case 4: /* Ctrl-D */
		return false;
	case 's':
		v->order = (v->order + 1) % TOP_ORDERS;
		break;
	case 'r':
		v->reversed = !v->reversed;
		break;
	case 'p':
		v->paused = !v->paused;
		break;
	case '?':
	case 'h':
		v->help = !v->help;
		break;
	case SCREEN_UP:
	case 'k':
		v->first -= v->first > 0;
		break;
	case SCREEN_DOWN:
	case 'j':
		v->first++;
		break;
	default:
		break;
	}
	return true;
}

static void show(struct top *t, struct view *v)
{
	struct frame f;
	size_t rows, width;

	screen_size(&rows, &width);
	frame_init(&f, rows, width);
	make_frame(&f, t, v);
	screen_show(&f);
	frame_done(&f);
}

/* Of one space, or of several. */
static void read_now(struct ctl *ctl, struct top_spaces *spaces, struct top *t)
{
	if (spaces->count > 0)
		top_spaces_read(spaces, t);
	else
		top_read(ctl, t);
}

/* Has a space come, or gone? Then what is shown is read anew, of those that there are. */
static void look_for_spaces(struct ctl *ctl, struct everywhere *e, struct top_spaces *spaces, struct top *t)
{
	struct everywhere now;

	if (!everywhere_changed(ctl, e, &now))
		return;
	top_spaces_change(ctl, &now, spaces);
	read_now(ctl, spaces, t);
	everywhere_close(e);
	*e = now;
}

static void run_live(struct ctl *ctl, struct everywhere *e, struct top_spaces *spaces, struct top *t,
                     struct view *v)
{
	int64_t next_ms = clock_monotonic_ms() + REFRESH_MS, spaces_ms = next_ms + SPACES_MS;

	screen_open(ctl->colour);
	ctl->outlives_redis = true;
	for (;;) {
		show(t, v);
		int64_t left_ms = next_ms - clock_monotonic_ms();
		int key = screen_key(left_ms > 0 ? (int)left_ms : 0);

		if (!on_key(key, v))
			break;
		if (key != 0 && clock_monotonic_ms() < next_ms)
			continue;
		if (!v->paused)
			read_now(ctl, spaces, t);
		if (!v->paused && clock_monotonic_ms() >= spaces_ms) {
			look_for_spaces(ctl, e, spaces, t);
			spaces_ms = clock_monotonic_ms() + SPACES_MS;
		}
		next_ms = clock_monotonic_ms() + REFRESH_MS;
	}
	screen_close();
}

static int run_top(struct ctl *ctl, int argc, char **argv)
{
	bool once = false;
	const struct ctl_option options[] = { { "--once", NULL, &once }, { NULL, NULL, NULL } };
	struct view v = { .ctl = ctl, .order = TOP_BY_NEED };
	struct top_spaces spaces = { 0 };
	struct everywhere e;
	struct top t = { 0 };

	ctl_words(ctl, argc, argv, options);
	ctl_rulebook(ctl);
	everywhere_open(ctl, true, &e);
	if (e.count > 0)
		top_spaces_open(ctl, &e, &spaces);
	read_now(ctl, &spaces, &t);
	everywhere_say(ctl, &e, ctl->french);
	if (once || ctl->json || !isatty(STDOUT_FILENO))
		top_spaces_must_answer(ctl, &spaces);
	if (ctl->json) {
		ctl_print_json(top_json(&t));
	} else if (once || !isatty(STDOUT_FILENO)) {
		struct frame f;

		frame_init(&f, 0, 0);
		make_frame(&f, &t, &v);
		frame_print(&f);
		frame_done(&f);
	} else {
		run_live(ctl, &e, &spaces, &t, &v);
	}
	top_done(&t);
	top_spaces_close(&spaces);
	everywhere_close(&e);
	return 0;
}

const struct command ctl_top_commands[] = {
	{ .name = "top",
	  .usage = "",
	  .summary = "status that refreshes every second",
	  .may_ask_redis = true,
	  .run = run_top,
	  .example = "licetctl top",
	  .details =
	      "q quits, ? shows the keys. While Redis is away, top says so and tries again. If the output "
	      "is not a terminal, it prints one frame as text. If there are several spaces, it shows all, "
	      "unless --space names one.\n" },
	{ 0 },
};
