/* qr.h - a QR code as a picture in a page. */
#ifndef LICET_CTL_PAPER_QR_H
#define LICET_CTL_PAPER_QR_H

#include <stdbool.h>
#include <stdio.h>

/* Write the text as an SVG of that many millimetres. Returns false where it has no room in a QR code. */
bool qr_write(FILE *out, const char *text, const char *title, int mm);

#endif
