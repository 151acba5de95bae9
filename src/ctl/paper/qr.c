/* qr.c - a QR code as a picture in a page; see qr.h. The one place that knows libqrencode. */
#include "ctl/paper/qr.h"

#include "ctl/base/print.h"

#include <qrencode.h>

#define QUIET 4 /* modules around it, as ISO 18004 asks */

bool qr_write(FILE *out, const char *text, const char *title, int mm)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return false;
	int width = code->width, all = width + 2 * QUIET;
	print_to(out,
	         "<svg class=\"qr\" role=\"img\" aria-label=\"%s\" width=\"%dmm\" height=\"%dmm\" "
	         "viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\"><path d=\"",
	         title, mm, mm, all, all);
	/* A run of dark modules is a line of its own. */
	for (int y = 0; y < width; y++)
		for (int x = 0, n; x < width; x += n) {
			bool dark = (code->data[y * width + x] & 1) != 0;
			for (n = 1; x + n < width && ((code->data[y * width + x + n] & 1) != 0) == dark; n++)
				;
			if (dark)
				print_to(out, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, n, n);
		}
	print_to(out, "\"/></svg>\n");
	QRcode_free(code);
	return true;
}
