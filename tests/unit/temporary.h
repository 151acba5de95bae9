/* temporary.h - names of files that a test makes.
 *
 * They are in TMPDIR, which tests/run-unit sets to a folder of its own: what a program
 * that is killed leaves behind goes with that folder. */
#ifndef LICET_TESTS_TEMPORARY_H
#define LICET_TESTS_TEMPORARY_H

#define TEMPORARY_SIZE 64

/* For mkstemp() and mkdtemp(). In /tmp where the name of TMPDIR is too long for a socket. */
char *temporary_name(char buf[TEMPORARY_SIZE]);

#endif
