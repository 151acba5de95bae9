/* terminal.c - shows frames and reads keys with ncurses; see terminal.h. */
#include "ctl/base/terminal.h"

#include "ctl/base/session.h"
#include "io/host/error_text.h"

#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <term.h>
#include <time.h>
#include <unistd.h>

#define ESCAPE_MS 50 /* an arrow is several bytes, the first of which is that of the Esc key */
#define PAIR_ALARM 1

static SCREEN *screen; /* NULL: not open */
static bool coloured;
static volatile sig_atomic_t told_to_end, told_to_stop, continued;

static bool real_size(struct winsize *ret)
{
	return ioctl(STDOUT_FILENO, TIOCGWINSZ, ret) == 0 && ret->ws_row > 0 && ret->ws_col > 0;
}

void screen_size(size_t *ret_rows, size_t *ret_width)
{
	struct winsize size;
	bool known = screen == NULL && real_size(&size);

	*ret_rows = screen != NULL ? (size_t)LINES : known ? size.ws_row : 24;
	*ret_width = screen != NULL ? (size_t)COLS : known ? size.ws_col : 80;
}

size_t ctl_width(void)
{
	size_t rows, width = 0;

	if (isatty(STDOUT_FILENO))
		screen_size(&rows, &width);
	return width;
}

/* --- signals ------------------------------------------------------------------------------ */

static void on_signal(int sig)
{
	if (sig == SIGTSTP)
		told_to_stop = 1;
	else if (sig == SIGCONT)
		continued = 1;
	else
		told_to_end = sig;
}

/* Before ncurses, which leaves alone what is caught already; it takes SIGWINCH. */
static void catch_signals(void)
{
	static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT };
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		sigaction(caught[i], &act, NULL);
		sigaddset(&mask, caught[i]);
	}
	sigaddset(&mask, SIGWINCH);
	/* They come only while we wait for a key. */
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

/* As if we had not caught it, so that whoever waits for us sees why. */
static void raise_default(int sig)
{
	struct sigaction ours, theirs = { .sa_handler = SIG_DFL };
	sigset_t mask;

	sigaction(sig, &theirs, &ours);
	sigemptyset(&mask);
	sigaddset(&mask, sig);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &mask, NULL); /* it comes here */
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sigaction(sig, &ours, NULL);
}

_Noreturn static void end_by(int sig)
{
	screen_close();
	raise_default(sig);
	_exit(1);
}

/* Ctrl-Z: the shell gets its terminal. SIGCONT tells when it is ours again. */
static void stop(void)
{
	told_to_stop = 0;
	endwin();
	raise_default(SIGTSTP);
}

/* The terminal may have another size now, and another state, where nobody asked before stopping us. */
static void come_back(void)
{
	struct winsize size;

	continued = 0;
	reset_prog_mode();
	if (real_size(&size) && is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
	clearok(curscr, TRUE);
}

/* --- the terminal ------------------------------------------------------------------------- */

/* Asked before ncurses writes anything. Frames need a cursor that can be placed: a printer and
 * TERM=dumb have none. */
static void must_show_frames(void)
{
	const char *term = getenv("TERM");
	int found;

	if (setupterm(NULL, STDOUT_FILENO, &found) != OK)
		ctl_fail(error_pick("unknown terminal TERM=%s; use --once to print a single frame",
		                    "terminal inconnu TERM=%s ; --once affiche une seule image"),
		         term != NULL ? term : "");
	bool placed = cursor_address != NULL;

	del_curterm(cur_term);
	if (!placed)
		ctl_fail(error_pick("TERM=%s cannot place the cursor; use --once to print a single frame",
		                    "TERM=%s ne peut placer le curseur ; --once affiche une seule image"),
		         term);
}

void screen_open(bool colour)
{
	if (!isatty(STDIN_FILENO))
		ctl_fail(
		    error_pick("standard input is not a terminal; use --once to print a single frame",
		               "l'entrée standard n'est pas un terminal ; --once affiche une seule image"));
	must_show_frames();
	catch_signals();
	use_tioctl(TRUE); /* LINES and COLUMNS of the environment are those of the start */
	screen = newterm(NULL, stdout, stdin);
	if (screen == NULL)
		ctl_fail(error_pick("the terminal cannot be used; use --once to print a single frame",
		                    "le terminal est inutilisable ; --once affiche une seule image"));
	ctl_before_end(screen_close);
	set_escdelay(ESCAPE_MS);
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	coloured = colour;
	if (colour && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(PAIR_ALARM, COLOR_RED, -1);
	}
}

void screen_close(void)
{
	if (screen == NULL)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void screen_show(const struct frame *f)
{
	const attr_t attributes[STYLES] = { [STYLE_BOLD] = A_BOLD,
		                            [STYLE_HEAD] = A_REVERSE,
		                            [STYLE_ALARM] = A_BOLD | COLOR_PAIR(PAIR_ALARM),
		                            [STYLE_DIM] = A_DIM };

	erase();
	for (size_t i = 0; i < f->count; i++) {
		attrset(coloured ? attributes[f->list[i].style] : A_NORMAL);
		mvaddstr((int)i, 0, f->list[i].text);
	}
	refresh();
}

/* --- keys --------------------------------------------------------------------------------- */

static int meaning_of(int key)
{
	switch (key) {
	case ERR:
		return 0;
	case KEY_UP:
		return SCREEN_UP;
	case KEY_DOWN:
		return SCREEN_DOWN;
	case KEY_RESIZE:
	case '\f': /* Ctrl-L: something else wrote on the terminal */
		clearok(curscr, TRUE);
		return SCREEN_REDRAW;
	default:
		return key <= 0xFF ? key : SCREEN_REDRAW;
	}
}

int screen_key(int ms)
{
	struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
	sigset_t none;
	int key = getch(); /* several may have come at once */

	if (key != ERR)
		return meaning_of(key);
	sigemptyset(&none);
	for (;;) {
		int ready = ppoll(&fd, 1, &wait, &none);

		if (told_to_end != 0)
			end_by(told_to_end);
		if (ready > 0 && (fd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) {
			screen_close(); /* the terminal was closed */
			exit(1);
		}
		if (continued) {
			come_back();
			return SCREEN_REDRAW;
		}
		if (!told_to_stop)
			return meaning_of(getch());
		stop();
	}
}
