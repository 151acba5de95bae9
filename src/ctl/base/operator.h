/* operator.h - the name of the operator, for actions that are recorded with one. */
#ifndef LICET_CTL_BASE_OPERATOR_H
#define LICET_CTL_BASE_OPERATOR_H

/* The user's name, also behind sudo; "licetctl" if nobody knows. */
const char *who_types(void);

#endif
