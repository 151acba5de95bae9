/* import.c - see import.h. */
#include "ctl/input/import.h"

#include "core/text/nearest.h"
#include "core/text/reason.h"
#include "core/text/shown.h"
#include "ctl/base/print.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/redis/args.h"
#include "io/redis/reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIPELINE_MAX 200 /* calls on their way */

static void read_header(struct import *im)
{
	struct lines *l = im->lines;

	const char *const *columns = im->kind->columns;
	size_t count = im->kind->column_count;

	for (size_t c = 0; c < count; c++)
		im->place[c] = -1;
	if (!lines_next(l) || !lines_cut(l))
		ctl_fail(error_pick("%s: expected a header: %s", "%s: en-tête attendu : %s"), l->name,
		         im->kind->head);
	for (size_t i = 0; i < l->cell_count; i++) {
		size_t c = 0;

		while (c < count && strcmp(columns[c], l->cells[i]) != 0)
			c++;
		if (c < count) {
			im->place[c] = (int)i;
			continue;
		}
		const char *near = nearest_name(l->cells[i], strlen(l->cells[i]), columns, count);
		char shown[SHOWN_TEXT]; /* a file without a header begins with a number */

		if (near != NULL)
			ctl_fail(error_pick("%s:1: column %.40s is unknown, did you mean %s?",
			                    "%s:1: colonne inconnue %.40s, vouliez-vous dire %s ?"),
			         l->name, l->cells[i], near);
		ctl_fail(error_pick("%s:1: column %s is unknown; the header must be as: %s",
		                    "%s:1: colonne inconnue %s ; l'en-tête doit être : %s"),
		         l->name, shown_masked(l->cells[i], strlen(l->cells[i]), shown, sizeof(shown)),
		         im->kind->head);
	}
	for (size_t c = 0; c < im->kind->needed; c++)
		if (im->place[c] < 0)
			ctl_fail(error_pick("%s:1: column %s is missing", "%s:1: la colonne %s manque"),
			         l->name, columns[c]);
}

const char *import_cell(const struct import *im, size_t column)
{
	int at = im->place[column];

	return at >= 0 && (size_t)at < im->lines->cell_count ? im->lines->cells[at] : "";
}

const char *import_keep(struct import *im, const char *text)
{
	return im->kept[im->kept_count++] = mem_copy(text);
}

bool import_number(struct import *im, size_t column, struct phone *ret)
{
	const char *number = import_cell(im, column), *hint = NULL;

	if (phone_normalise(im->ctl->rulebook, number, strlen(number), ret))
		return true;
	phone_parse(im->ctl->rulebook, number, strlen(number), ret, &hint);
	report_line(&im->bad, im->lines, im->kind->columns[column], reason_name(REASON_NUMBER_MALFORMED),
	            number, hint != NULL ? hint : "");
	return false;
}

static void refused(struct import *im, size_t line, const struct redis_reply *reply)
{
	size_t now = im->lines->number;

	im->lines->number = line;
	report_line(&im->bad, im->lines, "", "refused", NULL, ask_error(reply));
	im->lines->number = now;
}

static void take_one(struct import *im)
{
	struct redis_reply *reply = ask_next_any(im->ctl);
	size_t line = im->sent[0];

	memmove(im->sent, im->sent + 1, --im->sent_count * sizeof(*im->sent));
	if (reply_is_error(reply))
		refused(im, line, reply);
	else
		im->done++;
	reply_free(reply);
}

static void send_one(struct import *im, const struct redis_args *a)
{
	if (im->done == 0 && im->sent_count == 0) {
		/* The first waits: it tells whether the function is there at all. */
		struct redis_reply *reply = ask_call(im->ctl, a);

		if (reply_is_error(reply))
			refused(im, im->lines->number, reply);
		else
			im->done++;
		reply_free(reply);
		return;
	}
	ask_send(im->ctl, a);
	im->sent[im->sent_count++] = im->lines->number;
	if (im->sent_count == PIPELINE_MAX)
		take_one(im);
}

static void import_line(struct import *im)
{
	struct redis_args a;

	if (!lines_cut(im->lines)) {
		report_line(&im->bad, im->lines, "", "not readable", NULL, im->lines->fault);
		return;
	}
	args_fcall(&a, im->kind->function, im->key);
	if (im->kind->line(im, &a))
		send_one(im, &a);
	args_done(&a);
	while (im->kept_count > 0)
		free(im->kept[--im->kept_count]);
}

static int import_end(struct import *im, const char *advertiser)
{
	const char *what = im->kind->what;

	reports_end(&im->bad);
	if (im->ctl->json)
		ctl_print_json(print_pack("{s:s,s:I,s:I,s:o}", "advertiser", advertiser, "imported",
		                          (json_int_t)im->done, "bad", (json_int_t)im->bad.count, "lines",
		                          im->bad.list));
	else
		print(error_pick("%s: %" PRId64 " %s imported, %zu bad line%s\n",
		                 "%s : %" PRId64 " %s importés, %zu ligne%s incorrecte\n"),
		      advertiser, im->done, what, im->bad.count, im->bad.count == 1 ? "" : "s");
	return im->bad.count == 0 ? 0 : 1;
}

int import_run(struct ctl *ctl, const struct import_kind *kind, const char *advertiser, const char *path)
{
	struct import im = { .kind = kind,
		             .ctl = ctl,
		             .lines = lines_open(path),
		             .sent = mem_zero(PIPELINE_MAX * sizeof(size_t)) };

	ctl_rulebook(ctl);
	key_of(ctl->conf.prefix, kind->key, advertiser, im.key);
	if (ctl->json)
		im.bad.list = json_array();
	read_header(&im);
	while (lines_next(im.lines)) {
		if (im.lines->len > 0)
			import_line(&im);
		if (im.lines->number % 1000 == 0)
			ctl_progress(im.lines->name, (int64_t)im.lines->number);
	}
	while (im.sent_count > 0)
		take_one(&im);
	ctl_progress("", -1);
	int code = import_end(&im, advertiser);

	free(im.sent);
	lines_close(im.lines);
	return code;
}
