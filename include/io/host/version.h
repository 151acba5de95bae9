/* version.h - of licetd and licetctl; the package takes it from here. */
#ifndef LICET_IO_HOST_VERSION_H
#define LICET_IO_HOST_VERSION_H

#define LICET_VERSION "0.1.0"
#define LICET_DATE "2026-11-29" /* of its manual pages */

#endif
