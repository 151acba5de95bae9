/* forecast: when a campaign will be done. waiting_model.c reads and reckons, forecast_text.c says
 * it to people. */
#include "ctl/forecast/forecast.h"

#include "ctl/base/french.h"
#include "ctl/base/words.h"
#include "ctl/forecast/forecast_paper.h"
#include "ctl/forecast/forecast_text.h"
#include "ctl/forecast/outlook.h"
#include "ctl/forecast/waiting_model.h"
#include "ctl/paper/paper.h"
#include "ctl/query/history_read.h"
#include "ctl/space/find.h"
#include "io/host/error_text.h"

#include <stdlib.h>
#include <string.h>

static void print_paper(struct ctl *ctl, const struct outlook *o, bool french)
{
	struct history *h = history_read(ctl, o->c.id);
	const struct sheet_want want = { .ctl = ctl,
		                         .french = french,
		                         .zone = ctl->rulebook->territories[0].zones[0] };

	forecast_paper(&want, o, h, stdout);
	free(h);
}

static int run_forecast(struct ctl *ctl, int argc, char **argv)
{
	const char *rate = NULL, *format = NULL;
	const struct ctl_option options[] = { { "--rate", &rate, NULL },
		                              { "--format", &format, NULL },
		                              { NULL, NULL, NULL } };
	double given_ms = 0;

	ctl_words(ctl, argc, argv, options);
	if (rate != NULL && !rate_parse(rate, &given_ms))
		ctl_misuse(ctl, error_pick("--rate must be a rate such as 5/s, 60/m, 300/h or 5000/d",
		                           "--rate doit être un débit, comme 5/s, 60/m, 300/h ou 5000/d"));
	bool html = strcmp(paper_format(ctl, format, NULL, false), "html") == 0;

	bool french = ctl->french;

	find_campaign(ctl, argv[1]);
	ask_campaign(ctl, argv[1]);
	struct outlook *o = outlook_read(ctl, argv[1], given_ms);

	if (o->blocked == REASON_CAMPAIGN_REJECTED)
		ctl_fail(error_pick("%s is rejected, nothing of it moves: %s",
		                    "%s est rejetée, rien n'en part : %s"),
		         argv[1], o->blocked_rule);
	if (html)
		print_paper(ctl, o, french);
	else if (ctl->json)
		ctl_print_json(outlook_json(ctl, o));
	else
		outlook_print(ctl, o, french);
	outlook_free(o);
	return 0;
}

const struct command ctl_forecast_commands[] = {
	{ .name = "forecast",
	  .usage = "CAMPAIGN",
	  .summary = "when a campaign is done, by place; who is never called",
	  .needs_redis = true,
	  .run = run_forecast,
	  .has_page = true,
	  .example = "licetctl forecast acme.noel --rate 300/h",
	  .details =
	      "It judges every waiting job as licetd does, and sends all jobs through the coming windows, "
	      "holidays and rates. If there is no rate, it uses the median hour with releases of the last "
	      "seven days, else the last minutes, and says which. It prints what it assumes. It takes jobs "
	      "with a time of their own to be spread evenly among the others of their place.\n" },
	{ 0 },
};
