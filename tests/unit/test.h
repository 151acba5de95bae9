/* test.h - cmocka, in the order of headers that it asks for. */
#ifndef LICET_TEST_H
#define LICET_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
