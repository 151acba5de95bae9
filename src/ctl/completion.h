/* completion.h - what a shell needs to complete licetctl's words. */
#ifndef LICET_CTL_COMPLETION_H
#define LICET_CTL_COMPLETION_H

struct ctl;

/* licetctl completion. */
int completion_run(struct ctl *ctl, int argc, char **argv);

#endif
