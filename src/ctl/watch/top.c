/* top: campaigns as they move, on a terminal. top_sample.c asks, this shows. */
#include "ctl/watch/top.h"

#include "ctl/base/terminal.h"
#include "ctl/watch/top_sample.h"
#include "io/host/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REFRESH_MS 1000
#define PLACES_SHOWN 4
#define NUMBER_SIZE 24
/* Of the names of campaigns, and of the rows they are in, at least. */
#define NAME_WIDTH 16
#define ROW_WIDTH 80

struct view {
	enum top_order order;
	bool reversed, paused, help;
	size_t first; /* campaign that is shown on top */
};

/* --- sorting ------------------------------------------------------------------------------- */

static const char *const order_names[] = { [TOP_BY_NEED] = "need",
	                                   [TOP_BY_NAME] = "name",
	                                   [TOP_BY_RATE] = "rate",
	                                   [TOP_BY_WAITING] = "waiting",
	                                   [TOP_BY_REFUSED] = "refused" };

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
	return strcmp(a->id, b->id);
}

static int by_order(const void *a, const void *b)
{
	return reversed_now ? compare(b, a) : compare(a, b);
}

/* --- a frame -------------------------------------------------------------------------------- */

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

static void put_head(struct frame *f, const struct top *t, const struct view *v)
{
	char at[CIVIL_INSTANT_SIZE], n[7][NUMBER_SIZE];
	const struct top_campaign *all = &t->total;

	frame_line(f, STYLE_BOLD, "licet top  %s  %zu campaign%s  by %s%s%s",
	           civil_format_instant(t->at_ms, at), t->count, t->count == 1 ? "" : "s",
	           order_names[v->order], v->reversed ? ", reversed" : "", v->paused ? "  PAUSED" : "");
	frame_line(f, t->daemon[0] != '\0' ? STYLE_PLAIN : STYLE_ALARM, "licetd     %s",
	           t->daemon[0] != '\0' ? t->daemon : "no heartbeat: nothing moves");
	if (t->away[0] != '\0')
		frame_line(f, STYLE_ALARM, "Redis      away, trying again: %s", t->away);
	if (t->halts[0] != '\0')
		frame_line(f, STYLE_ALARM, "HALTED     %s", t->halts);
	frame_line(f, STYLE_PLAIN,
	           "all        %s/s  queue %s  held %s  later %s  ready %s  taken %s  refused %s",
	           rate_text(all->rate, n[0]), short_number(all->queue, n[1]), short_number(all->held, n[2]),
	           short_number(all->later, n[3]), short_number(all->ready, n[4]),
	           short_number(all->taken, n[5]), short_number(all->refused, n[6]));
	frame_line(f, STYLE_PLAIN, "%s", "");
}

/* Names are shown whole where there is room besides the other columns. */
static int name_width(const struct frame *f, const struct top *t)
{
	size_t width = NAME_WIDTH, most = f->width == 0 ? ID_MAX : NAME_WIDTH;

	if (f->width > ROW_WIDTH)
		most += f->width - ROW_WIDTH;
	for (size_t i = 0; i < t->count; i++)
		if (strlen(t->list[i].id) > width)
			width = strlen(t->list[i].id);
	return (int)(width < most ? width : most);
}

static void put_campaign(struct frame *f, const struct top_campaign *c, int width)
{
	char n[6][NUMBER_SIZE];
	const char *standing = c->state[0] != '\0' ? c->state : "not seen yet";

	/* Why it waits says more than that it does. */
	if (strcmp(c->state, "waiting") == 0 && c->because[0] != '\0')
		standing = c->because;
	frame_line(f, c->need == NEED_ACT ? STYLE_ALARM : STYLE_PLAIN,
	           "%-*.*s %-23.23s %4s %6s %6s %6s %5s %6s", width, width, c->id, standing,
	           rate_text(c->rate, n[0]), short_number(c->queue, n[1]),
	           short_number(c->held + c->later, n[2]), short_number(c->ready, n[3]),
	           short_number(c->taken, n[4]), short_number(c->refused, n[5]));
}

static void put_campaigns(struct frame *f, const struct top *t, struct view *v, size_t rows)
{
	int width = name_width(f, t);

	frame_line(f, STYLE_HEAD, "%-*s %-23s %4s %6s %6s %6s %5s %6s", width, "CAMPAIGN", "STATE", "/S",
	           "QUEUE", "HELD", "READY", "TAKEN", "REFUSE");
	if (t->count == 0)
		frame_line(f, STYLE_PLAIN, "none: campaign put makes one");
	bool all_fit = t->count <= rows;
	size_t shown = all_fit ? t->count : rows - 1;

	if (v->first + shown > t->count)
		v->first = t->count - shown;
	for (size_t i = v->first; i < v->first + shown; i++)
		put_campaign(f, &t->list[i], width);
	if (!all_fit)
		frame_line(f, STYLE_DIM, "%zu to %zu of %zu; arrows show the others", v->first + 1,
		           v->first + shown, t->count);
}

static void put_places(struct frame *f, const struct top *t, size_t shown)
{
	if (t->place_count == 0)
		return;
	frame_line(f, STYLE_PLAIN, "%s", "");
	frame_line(f, STYLE_HEAD, "%-36s %8s  %-32s", "HELD BY PLACE", "JOBS", "OPENS, THERE");
	for (size_t i = 0; i < shown; i++)
		frame_line(f, STYLE_PLAIN, "%-36.36s %8" PRId64 "  %s", t->places[i].name, t->places[i].held,
		           t->places[i].opening);
	if (shown < t->place_count)
		frame_line(f, STYLE_DIM, "and %zu more places", t->place_count - shown);
}

static void put_refusals(struct frame *f, const struct top *t)
{
	char line[512] = "refused    ";
	size_t used = strlen(line);

	for (size_t i = 0; i < t->reason_count && used < sizeof(line); i++)
		used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s %" PRId64, i > 0 ? ", " : "",
		                         reason_name(t->reasons[i].reason), t->reasons[i].count);
	frame_line(f, STYLE_PLAIN, "%s", "");
	frame_line(f, STYLE_PLAIN, "%s%s", line, t->reason_count == 0 ? "none" : "");
}

static void put_help(struct frame *f)
{
	static const char *const lines[] = {
		"licet top: keys",
		"",
		"q        quit",
		"s        sort by the next of: need, name, rate, waiting, refused",
		"r        reverse",
		"p        pause, and go on",
		"up down  other campaigns, where not all fit; j and k too",
		"?        this, and back",
		"",
		"need     those that stand still until somebody does something are first",
		"/S       jobs released in a second, as counted from one look to the next",
		"HELD     jobs that wait for a window or for a time of their own",
		"REFUSE   jobs that are never called; their reasons are at the bottom",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		frame_line(f, i == 0 ? STYLE_BOLD : STYLE_PLAIN, "%s", lines[i]);
}

static void make_frame(struct frame *f, struct top *t, struct view *v)
{
	order_now = v->order;
	reversed_now = v->reversed;
	if (t->count > 0)
		qsort(t->list, t->count, sizeof(t->list[0]), by_order);
	if (v->help) {
		put_help(f);
		return;
	}
	put_head(f, t, v);
	size_t places = t->place_count, rows = SIZE_MAX;

	if (f->rows > 0) {
		/* Campaigns have what places, refusals and the line of keys leave; three at least. */
		places = places < PLACES_SHOWN ? places : PLACES_SHOWN;
		size_t below = (places > 0 ? places + 2 : 0) + (places < t->place_count) + 3 + 1;

		rows = frame_left(f) > below + 3 ? frame_left(f) - below : 3;
	}
	put_campaigns(f, t, v, rows);
	put_places(f, t, places);
	put_refusals(f, t);
	if (f->rows > 0)
		frame_line(f, STYLE_DIM, "q quit  s sort  r reverse  p pause  ? help");
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

static void run_live(struct ctl *ctl, struct top *t, struct view *v)
{
	int64_t next_ms = clock_monotonic_ms() + REFRESH_MS;

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
			top_read(ctl, t);
		next_ms = clock_monotonic_ms() + REFRESH_MS;
	}
	screen_close();
}

static int run_top(struct ctl *ctl, int argc, char **argv)
{
	bool once = false;
	const struct ctl_option options[] = { { "--once", NULL, &once }, { NULL, NULL, NULL } };
	struct view v = { .order = TOP_BY_NEED };
	struct top t = { 0 };

	ctl_words(ctl, argc, argv, options, 0, 0);
	ctl_rulebook(ctl);
	top_read(ctl, &t);
	if (ctl->json) {
		ctl_print_json(top_json(&t));
	} else if (once || !isatty(STDOUT_FILENO)) {
		struct frame f;

		frame_init(&f, 0, 0);
		make_frame(&f, &t, &v);
		frame_print(&f);
		frame_done(&f);
	} else {
		run_live(ctl, &t, &v);
	}
	top_done(&t);
	return 0;
}

const struct command ctl_top_commands[] = {
	{ .name = "top",
	  .usage = "",
	  .summary = "the same as it moves, each second",
	  .needs_redis = true,
	  .run = run_top,
	  .example = "licetctl top",
	  .details =
	      "Drawn again each second. q quits, ? shows the keys. While Redis is away it says so and tries "
	      "again. Where the output is not a terminal it prints one frame, as text.\n" },
	{ 0 },
};
