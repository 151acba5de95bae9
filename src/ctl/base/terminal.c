#include "ctl/base/terminal.h"

#include "ctl/base/session.h"
#include "io/host/mem.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* --- a frame ---------------------------------------------------------------------------- */

void frame_init(struct frame *f, size_t rows, size_t width, bool colour)
{
	*f = (struct frame){ .rows = rows, .width = width, .colour = colour };
}

void frame_done(struct frame *f)
{
	free(f->text);
	*f = (struct frame){ 0 };
}

size_t frame_left(const struct frame *f)
{
	return f->rows == 0 ? SIZE_MAX : f->rows - f->lines;
}

static void put(struct frame *f, const char *text, size_t len)
{
	while (f->capacity < f->len + len + 1)
		f->text = mem_grow(f->text, &f->capacity, f->capacity, 1);
	memcpy(f->text + f->len, text, len);
	f->len += len;
	f->text[f->len] = '\0';
}

/* How many bytes of a text are so many characters at most. What would steer the terminal is
 * taken off. */
static size_t cut(char *text, size_t width)
{
	size_t at = 0, count = 0;

	for (; text[at] != '\0'; at++) {
		if ((text[at] & 0xC0) == 0x80)
			continue;
		if (width > 0 && count == width)
			break;
		if ((unsigned char)text[at] < 0x20 || text[at] == 0x7F)
			text[at] = '?';
		count++;
	}
	return at;
}

void frame_line(struct frame *f, enum screen_style style, const char *format, ...)
{
	static const char *const codes[] = { [STYLE_PLAIN] = "",
		                             [STYLE_BOLD] = "\033[1m",
		                             [STYLE_HEAD] = "\033[7m",
		                             [STYLE_ALARM] = "\033[1;31m",
		                             [STYLE_DIM] = "\033[2m" };
	const char *code = f->colour ? codes[style] : "";
	va_list ap;

	if (frame_left(f) == 0)
		return;
	va_start(ap, format);
	char *text = mem_vformat(format, ap);

	va_end(ap);
	put(f, code, strlen(code));
	put(f, text, cut(text, f->width));
	if (*code != '\0')
		put(f, "\033[0m", 4);
	put(f, "\n", 1);
	f->lines++;
	free(text);
}

/* --- the terminal ------------------------------------------------------------------------- */

static struct termios before;
static bool is_open;
static volatile sig_atomic_t told_to_end, told_to_stop, resized;

void screen_size(size_t *ret_rows, size_t *ret_width)
{
	struct winsize size;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;

	*ret_rows = known ? size.ws_row : 24;
	*ret_width = known ? size.ws_col : 80;
}

static void write_all(const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(STDOUT_FILENO, text, len);

		if (n < 0 && errno != EINTR)
			return; /* the terminal is gone: the next read tells */
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

static void take_terminal(void)
{
	static const char start[] = "\033[?1049h\033[?25l\033[2J";
	struct termios raw = before;

	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	write_all(start, sizeof(start) - 1);
}

static void give_terminal(void)
{
	static const char end[] = "\033[?25h\033[?1049l";

	write_all(end, sizeof(end) - 1);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

static void on_signal(int sig)
{
	if (sig == SIGWINCH)
		resized = 1;
	else if (sig == SIGTSTP)
		told_to_stop = 1;
	else
		told_to_end = sig;
}

static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };
#define CAUGHT (sizeof(caught) / sizeof(caught[0]))

void screen_open(void)
{
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t mask;

	if (tcgetattr(STDIN_FILENO, &before) != 0)
		ctl_fail("standard input is not a terminal; use --once to print a single frame");
	sigemptyset(&mask);
	for (size_t i = 0; i < CAUGHT; i++) {
		sigaction(caught[i], &act, NULL);
		sigaddset(&mask, caught[i]);
	}
	/* They come only while we wait for a key. */
	sigprocmask(SIG_BLOCK, &mask, NULL);
	take_terminal();
	is_open = true;
	ctl_before_end(screen_close);
}

void screen_close(void)
{
	if (is_open)
		give_terminal();
	is_open = false;
}

void screen_show(const struct frame *f)
{
	char *out = mem_zero(f->len + f->lines * 8 + 16);
	size_t used = 0;
	const char *at = f->text != NULL ? f->text : "";

	used += (size_t)sprintf(out + used, "\033[H");
	for (size_t i = 0; i < f->lines; i++) {
		size_t len = strcspn(at, "\n");

		memcpy(out + used, at, len);
		used += len;
		/* No line break behind the last one: the screen would move. */
		used += (size_t)sprintf(out + used, i + 1 < f->lines ? "\033[K\r\n" : "\033[K");
		at += len + 1;
	}
	if (f->lines < f->rows)
		used += (size_t)sprintf(out + used, "\r\n\033[J");
	write_all(out, used);
	free(out);
}

/* Ctrl-Z: the shell gets its terminal, and we get it back. */
static void stop(void)
{
	told_to_stop = 0;
	give_terminal();
	raise(SIGSTOP);
	take_terminal();
}

/* As if we had not caught it, so that whoever waits for us sees why. */
_Noreturn static void end_by(int sig)
{
	sigset_t mask;

	screen_close();
	signal(sig, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	_exit(1);
}

/* What was typed and not asked for yet: several keys may come at once. */
static char typed[64];
static size_t typed_len;

static void read_typed(void)
{
	ssize_t n = read(STDIN_FILENO, typed + typed_len, sizeof(typed) - typed_len);

	if (n <= 0) { /* the terminal was closed */
		screen_close();
		exit(1);
	}
	typed_len += (size_t)n;
}

static int next_typed(void)
{
	size_t len = 1;
	int key = (unsigned char)typed[0];

	if (key == '\033') { /* an arrow, or nothing we know */
		bool sequence = typed_len >= 3 && (typed[1] == '[' || typed[1] == 'O');

		key = sequence && typed[2] == 'A' ? KEY_UP : sequence && typed[2] == 'B' ? KEY_DOWN : 0;
		len = sequence ? 3 : 1;
	}
	typed_len -= len;
	memmove(typed, typed + len, typed_len);
	return key;
}

int screen_key(int ms)
{
	struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t none;

	if (typed_len > 0)
		return next_typed();
	sigemptyset(&none);
	int ready = ppoll(&fd, 1, &wait, &none);

	if (told_to_end != 0)
		end_by(told_to_end);
	if (told_to_stop) {
		stop();
		return KEY_REDRAW;
	}
	if (resized) {
		resized = 0;
		return KEY_REDRAW;
	}
	if (ready <= 0)
		return 0;
	read_typed();
	return next_typed();
}
