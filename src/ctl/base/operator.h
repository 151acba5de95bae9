/* operator.h - who types a command, for what somebody has to answer for. */
#ifndef LICET_CTL_BASE_OPERATOR_H
#define LICET_CTL_BASE_OPERATOR_H

/* The user's name, also behind sudo; "licetctl" if nobody knows. */
const char *who_types(void);

#endif
