/* head.c - the beginning of a page; see head.h. */
#include "ctl/paper/head.h"

#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/paper/escape.h"
#include "ctl/paper/letter.h"
#include "io/host/error_text.h"
#include "io/host/mem.h"
#include "io/proof/tiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOGO_MAX (512u << 10)

char *head_checkpoint(struct ctl *ctl)
{
	char note[NOTE_MAX];
	const char *dir = ctl_conf(ctl)->log_dir;
	int folder = *dir != '\0' ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int64_t len = folder >= 0 ? tiles_note(folder, "checkpoint", note) : -1;
	if (folder >= 0)
		close(folder);
	return len > 0 ? mem_copy_len(note, (size_t)len) : NULL;
}

/* Screens get a sheet on a grey desk, printers the sheet alone. Nothing is wider than its column: a long
 * word breaks. */
static const char style[] =
    "*{box-sizing:border-box}"
    "html{font:10.5pt/1.45 \"Liberation Serif\",\"DejaVu Serif\",Georgia,serif;color:#111}"
    "body{margin:0}"
    "main{overflow-wrap:anywhere;hyphens:auto}"
    "header{display:flex;gap:8mm;align-items:flex-start;justify-content:space-between;border-bottom:0.5pt solid "
    "#777;padding-bottom:4mm;margin-bottom:8mm;overflow-wrap:anywhere}"
    "header img{max-width:45mm;max-height:22mm}"
    "header address{font-style:normal;font-size:9.5pt}"
    "h1{font-size:15pt;line-height:1.25;margin:0 0 3mm}"
    "h2{font-size:11.5pt;margin:6mm 0 2mm;break-after:avoid}"
    "p{margin:0 0 2.5mm;text-align:left}"
    "small{color:#555;font-size:7.5pt;white-space:nowrap}"
    "ul{margin:0 0 3mm;padding-left:5mm}li{margin:0 0 1mm}"
    "table{border-collapse:collapse;width:100%;table-layout:fixed;margin:0 0 3mm}"
    "th,td{text-align:left;vertical-align:top;padding:1mm 2mm 1mm 0;border-bottom:0.25pt solid #bbb}"
    "tr{break-inside:avoid}thead{display:table-header-group}"
    ".facts th{width:38%;font-weight:normal;color:#444}"
    ".list thead th{border-bottom:0.75pt solid #444;font-size:9.5pt}"
    "td.n{text-align:right;padding-right:6mm}"
    "code,pre{font:8pt/1.4 \"Liberation Mono\",\"DejaVu Sans Mono\",monospace;overflow-wrap:anywhere;"
    "white-space:pre-wrap}"
    ".warning{border:1pt solid #111;padding:2mm 3mm;font-weight:bold}"
    ".signature{margin-top:10mm;min-height:34mm;break-inside:avoid}"
    ".line{display:inline-block;width:55mm;border-bottom:0.5pt solid #111}.line.short{width:35mm}"
    ".checkpoint{display:flex;gap:6mm;align-items:flex-start;break-inside:avoid}"
    ".checkpoint pre{flex:1;min-width:0;margin:0}.qr{flex:none}"
    "@media screen{body{background:#ddd}main{background:#fff;width:210mm;max-width:100%;margin:8mm auto;"
    "padding:20mm}}";

static void write_style(FILE *out, bool french, const char *title, const char *platform)
{
	fputs("<style>", out);
	print_raw(out, style);
	fputs("@page{size:A4;margin:22mm 20mm 20mm;font:8pt sans-serif;color:#444;@top-left{content:\"", out);
	escape_style(out, platform);
	fputs("\"}@top-right{content:\"", out);
	escape_style(out, title);
	fputs("\"}@bottom-right{content:\"Page \" counter(page) \"", out);
	fputs(french ? " sur " : " of ", out);
	fputs("\" counter(pages)}}@page:first{@top-left{content:\"\"}@top-right{content:\"\"}}</style>\n",
	      out);
}

/* The kind of a picture by its first bytes; NULL: none that a page shows. */
static const char *kind_of(const unsigned char *bytes, size_t len)
{
	if (len > 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
		return "image/png";
	if (len > 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0)
		return "image/jpeg";
	return memmem(bytes, len < 1024 ? len : 1024, "<svg", 4) != NULL ? "image/svg+xml" : NULL;
}

static void write_base64(FILE *out, const unsigned char *bytes, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < len; i += 3) {
		unsigned n = (unsigned)bytes[i] << 16 | (i + 1 < len ? (unsigned)bytes[i + 1] << 8 : 0) |
		             (i + 2 < len ? bytes[i + 2] : 0);
		fputc(digits[n >> 18], out);
		fputc(digits[n >> 12 & 63], out);
		fputc(i + 1 < len ? digits[n >> 6 & 63] : '=', out);
		fputc(i + 2 < len ? digits[n & 63] : '=', out);
	}
}

static void write_logo(FILE *out, const char *path)
{
	FILE *file = fopen(path, "re");
	if (file == NULL)
		ctl_fail("platform.logo: %s: %s", path, error_system(errno));
	unsigned char *bytes = mem_alloc(LOGO_MAX + 1);
	size_t len = fread(bytes, 1, LOGO_MAX + 1, file);
	const char *kind = kind_of(bytes, len);
	fclose(file);
	if (len > LOGO_MAX || kind == NULL)
		ctl_fail("platform.logo: %s: %s", path,
		         kind == NULL ? error_pick("expected a PNG, a JPEG or an SVG",
		                                   "un PNG, un JPEG ou un SVG est attendu")
		                      : error_pick("it is over 512 KiB", "il dépasse 512 Kio"));
	print_to(out, "<img alt=\"\" src=\"data:%s;base64,", kind);
	write_base64(out, bytes, len);
	fputs("\">", out);
	free(bytes);
}

static void write_letterhead(FILE *out, const struct conf *conf, bool french)
{
	fputs("<header><address><strong>", out);
	escape_plain(out, conf->platform);
	fputs("</strong>", out);
	char *copy = mem_copy(conf->platform_address), *at = copy;
	for (char *line; (line = strsep(&at, "\n")) != NULL;)
		if (*line != '\0') {
			fputs("<br>", out);
			escape_plain(out, line);
		}
	free(copy);
	if (conf->platform_siren[0] != '\0') {
		char *siren = letter_siren(conf->platform_siren);
		fputs("<br>SIREN ", out);
		escape_plain(out, siren);
		free(siren);
	}
	if (conf->platform_dpo[0] != '\0') {
		fputs(french ? "<br>Délégué à la protection des données : " : "<br>Data protection officer: ",
		      out);
		escape_plain(out, conf->platform_dpo);
	}
	fputs("</address>", out);
	if (conf->platform_logo[0] != '\0')
		write_logo(out, conf->platform_logo);
	fputs("</header>\n", out);
}

void head_write(FILE *out, struct ctl *ctl, bool french, const struct zone *zone, const char *title)
{
	const struct conf *conf = ctl_conf(ctl);
	char *where = zone != NULL ? letter_zone(zone) : NULL;
	print_to(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
	         french ? "fr" : "en");
	/* No script, no picture or style from elsewhere: what it shows is what it holds. */
	fputs(
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	    "'unsafe-inline'; img-src data:\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
	    out);
	escape_plain(out, title);
	fputs("</title>\n", out);
	write_style(out, french, title, conf->platform);
	fputs("</head>\n<body>\n<main>\n", out);
	if (conf->platform[0] != '\0')
		write_letterhead(out, conf, french);
	fputs("<h1>", out);
	escape_plain(out, title);
	fputs("</h1>\n<p>", out);
	escape_text(out, french ? "Établi le " : "Made on ", french, zone);
	char at[CIVIL_INSTANT_SIZE];
	escape_text(out, civil_format_instant(ctl_now_ms(ctl), at), french, zone);
	fputs(".</p>\n<p><small>", out);
	escape_plain(out, where != NULL
	                      ? (french ? "Les heures sont celles du lieu suivant : " : "Times are those of ")
	                  : french ? "Les heures sont en temps universel (UTC)."
	                           : "Times are in UTC.");
	if (where != NULL)
		escape_plain(out, where);
	escape_plain(out, where != NULL ? (french ? " ; l'instant en temps universel (UTC) figure à côté."
	                                          : "; the instant in UTC stands beside.")
	                                : "");
	fputs("</small></p>\n", out);
	free(where);
}
