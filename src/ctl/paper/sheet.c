/* sheet.c - a letter or a statement on paper; see sheet.h. */
#include "ctl/paper/sheet.h"

#include "core/text/shown.h"
#include "core/time/civil.h"
#include "ctl/base/print.h"
#include "ctl/paper/escape.h"
#include "ctl/paper/head.h"
#include "ctl/paper/letter.h"
#include "ctl/paper/qr.h"
#include "io/host/mem.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define QR_MM 38

struct quoted {
	char *article, *for_what;
};
struct sheet {
	struct sheet_want want;
	char *title, *body_text;
	size_t body_size;
	FILE *body;
	enum part { NOTHING, FACTS, ITEMS, TABLE } open;
	size_t heads, cells;
	struct quoted *quoted;
	size_t quoted_count, quoted_capacity;
};

const char *paper_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text != NULL ? text : "";
}

int64_t paper_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

struct sheet *sheet_new(const struct sheet_want *want)
{
	struct sheet *s = mem_zero(sizeof(*s));
	s->want = *want;
	s->title = mem_copy(want->title);
	s->body = mem_stream(&s->body_text, &s->body_size);
	return s;
}

bool sheet_french(const struct sheet *s)
{
	return s->want.french;
}

const char *sheet_say(const struct sheet *s, const char *english, const char *french)
{
	return s->want.french ? french : english;
}

/* --- pieces ------------------------------------------------------------------------------- */

static void put(struct sheet *s, const char *text)
{
	escape_text(s->body, text, s->want.french, s->want.zone);
}

static void close_open(struct sheet *s)
{
	if (s->open == FACTS)
		fputs("</table>\n", s->body);
	else if (s->open == ITEMS)
		fputs("</ul>\n", s->body);
	else if (s->open == TABLE)
		fputs(s->cells % s->heads != 0 ? "</tr></tbody></table>\n" : "</tbody></table>\n", s->body);
	s->open = NOTHING;
}

static void open_as(struct sheet *s, enum part what, const char *tag)
{
	if (s->open == what)
		return;
	close_open(s);
	fputs(tag, s->body);
	s->open = what;
}

void sheet_heading(struct sheet *s, const char *english, const char *french)
{
	close_open(s);
	fputs("<h2>", s->body);
	put(s, sheet_say(s, english, french));
	fputs("</h2>\n", s->body);
}

static void paragraph(struct sheet *s, const char *tag, const char *format, va_list ap)
{
	char *text = mem_vformat(format, ap);
	close_open(s);
	fputs(tag, s->body);
	put(s, text);
	fputs("</p>\n", s->body);
	free(text);
}

void sheet_text(struct sheet *s, const char *english, const char *french, ...)
{
	va_list ap;
	va_start(ap, french);
	paragraph(s, "<p>", s->want.french ? french : english, ap);
	va_end(ap);
}

void sheet_warning(struct sheet *s, const char *english, const char *french, ...)
{
	va_list ap;
	va_start(ap, french);
	paragraph(s, "<p class=\"warning\">", s->want.french ? french : english, ap);
	va_end(ap);
}

void sheet_item(struct sheet *s, const char *text)
{
	open_as(s, ITEMS, "<ul>\n");
	fputs("<li>", s->body);
	put(s, text);
	fputs("</li>\n", s->body);
}

static void label(struct sheet *s, const char *english, const char *french)
{
	open_as(s, FACTS, "<table class=\"facts\">\n");
	fputs("<tr><th scope=\"row\">", s->body);
	put(s, sheet_say(s, english, french));
	fputs("</th><td>", s->body);
}

void sheet_fact(struct sheet *s, const char *english, const char *french, const char *value)
{
	label(s, english, french);
	put(s, value != NULL && *value != '\0' ? value : "–");
	fputs("</td></tr>\n", s->body);
}

void sheet_count(struct sheet *s, const char *english, const char *french, int64_t n)
{
	char *text = letter_number(s->want.french, n);
	sheet_fact(s, english, french, text);
	free(text);
}

void sheet_code(struct sheet *s, const char *english, const char *french, const char *value)
{
	label(s, english, french);
	fputs("<code>", s->body);
	escape_plain(s->body, value != NULL && *value != '\0' ? value : "–");
	fputs("</code></td></tr>\n", s->body);
}

void sheet_table(struct sheet *s, size_t count, const char *const *heads)
{
	close_open(s);
	fputs("<table class=\"list\"><thead><tr>", s->body);
	for (size_t i = 0; i < count; i++) {
		fputs("<th scope=\"col\">", s->body);
		put(s, heads[i]);
		fputs("</th>", s->body);
	}
	fputs("</tr></thead><tbody>\n", s->body);
	s->open = TABLE;
	s->heads = count;
	s->cells = 0;
}

static void cell(struct sheet *s, const char *tag, const char *text)
{
	if (s->cells++ % s->heads == 0)
		fputs("<tr>", s->body);
	fputs(tag, s->body);
	put(s, text != NULL && *text != '\0' ? text : "–");
	fputs(s->cells % s->heads == 0 ? "</td></tr>\n" : "</td>", s->body);
}

void sheet_cell(struct sheet *s, const char *text)
{
	cell(s, "<td>", text);
}

void sheet_cell_count(struct sheet *s, int64_t n)
{
	char *text = letter_number(s->want.french, n);
	cell(s, "<td class=\"n\">", text);
	free(text);
}

void sheet_picture(struct sheet *s, const char *svg)
{
	close_open(s);
	fputs(svg, s->body);
}

char *sheet_masked(const struct sheet *s, const char *text)
{
	size_t len = strlen(text), size = 3 * len + 8;
	if (s->want.full)
		return mem_copy(text);
	char *buf = mem_zero(size);
	return shown_masked(text, len, buf, size);
}

/* --- what was quoted --------------------------------------------------------------------------- */

char *sheet_articles(const struct sheet *s, const char *articles)
{
	return letter_article(s->want.french, articles);
}

static void quote_one(struct sheet *s, const char *article, const char *for_what)
{
	for (size_t i = 0; i < s->quoted_count; i++) {
		struct quoted *q = &s->quoted[i];
		if (strcmp(q->article, article) != 0)
			continue;
		if (strstr(q->for_what, for_what) == NULL) {
			char *more = mem_format("%s, %s", q->for_what, for_what);
			free(q->for_what);
			q->for_what = more;
		}
		return;
	}
	s->quoted = mem_grow(s->quoted, &s->quoted_capacity, s->quoted_count, sizeof(*s->quoted));
	s->quoted[s->quoted_count++] = (struct quoted){ mem_copy(article), mem_copy(for_what) };
}

void sheet_quote(struct sheet *s, const char *articles, const char *for_what)
{
	char *copy = mem_copy(articles), *at = copy;
	for (char *one; (one = strsep(&at, ";")) != NULL;) {
		one += strspn(one, " ");
		if (*one != '\0')
			quote_one(s, one, for_what);
	}
	free(copy);
}

static int by_article(const void *a, const void *b)
{
	return strcmp(((const struct quoted *)a)->article, ((const struct quoted *)b)->article);
}

static void put_quoted(struct sheet *s)
{
	const char *const heads[] = { sheet_say(s, "Text", "Texte"),
		                      sheet_say(s, "Quoted for", "Cité pour") };
	if (s->quoted_count == 0)
		return;
	qsort(s->quoted, s->quoted_count, sizeof(*s->quoted), by_article);
	sheet_heading(s, "Texts quoted", "Textes cités");
	sheet_table(s, 2, heads);
	for (size_t i = 0; i < s->quoted_count; i++) {
		char *article = sheet_articles(s, s->quoted[i].article);
		sheet_cell(s, article);
		sheet_cell(s, s->quoted[i].for_what);
		free(article);
	}
	close_open(s);
}

/* --- the end -------------------------------------------------------------------------------------- */

static void put_checkpoint(struct sheet *s)
{
	char *newest = s->want.checkpoint == NULL && s->want.with_log ? head_checkpoint(s->want.ctl) : NULL;
	const char *note = s->want.checkpoint != NULL ? s->want.checkpoint : newest;
	if (note == NULL)
		return;
	sheet_heading(s, "Checkpoint of the decision log", "Point de contrôle du journal des décisions");
	sheet_text(
	    s,
	    "Its second line is the number of entries, its third the root of their tree; the signature "
	    "stands below. Whoever keeps this sheet can show later that nothing before it was changed.",
	    "La deuxième ligne est le nombre d'entrées, la troisième la racine de leur arbre ; la "
	    "signature figure au-dessous. Qui conserve cette feuille peut montrer plus tard que rien de "
	    "ce qui précède n'a été modifié.");
	fputs("<div class=\"checkpoint\"><pre>", s->body);
	escape_lines(s->body, note);
	fputs("</pre>", s->body);
	(void)qr_write(s->body, note, sheet_say(s, "the same as a QR code", "le même en code QR"), QR_MM);
	fputs("</div>\n", s->body);
	free(newest);
}

static void put_signature(struct sheet *s)
{
	close_open(s);
	fputs("<div class=\"signature\"><p>", s->body);
	put(s, sheet_say(s, "Done at", "Fait à"));
	fputs(" <span class=\"line\"></span> ", s->body);
	put(s, sheet_say(s, "on", "le"));
	fputs(" <span class=\"line short\"></span></p><p>", s->body);
	put(s, sheet_say(s, "Name, capacity and signature", "Nom, qualité et signature"));
	fputs("</p></div>\n", s->body);
}

void sheet_end(struct sheet *s, FILE *to)
{
	put_quoted(s);
	if (!s->want.without_signature)
		put_signature(s);
	close_open(s);
	put_checkpoint(s);
	mem_stream_end(s->body);
	head_write(to, s->want.ctl, s->want.french, s->want.zone, s->title);
	fputs(s->body_text, to);
	fputs("</main>\n</body>\n</html>\n", to);
	for (size_t i = 0; i < s->quoted_count; i++) {
		free(s->quoted[i].article);
		free(s->quoted[i].for_what);
	}
	free(s->quoted);
	free(s->body_text);
	free(s->title);
	free(s);
}
