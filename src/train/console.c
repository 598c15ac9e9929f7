/* SPDX-License-Identifier: Apache-2.0 */
/* The console: see console.h.  The loader's thread may log at any time, which clears
 * the bar: `drawn` and the line itself are used under the lock of stdout (base/log.c).
 *
 * Open MPI gives a rank a terminal of no width even when
 * its output goes to a file, so that a width above 0 is what tells a real one. */
#include "src/train/console.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/base/log.h"
#include "src/base/timer.h"

enum { TITLES_EVERY = 40, FULL_WIDTH = 1000, USUAL_WIDTH = 80 };
enum { BAR_LEAST = 8, BAR_MOST = 24 };

static struct {
    enum { SHOW_NOTHING, SHOW_LINES, SHOW_BAR } show;
    int rows, width; /* since the titles, and the width they were for */
    bool drawn;      /* the cursor is in a line with a bar */
    double last;     /* when that was drawn */
} console;

/* Columns of the terminal, 0 if it is none. */
static int terminal_width(void) {
    struct winsize size = {0};
    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
        return 0;
    return size.ws_col;
}

static bool real_terminal(void) {
    const char *term = getenv("TERM");
    return terminal_width() > 0 && term && strcmp(term, "dumb") != 0 && !getenv("CI") &&
           !getenv("SLURM_JOB_ID");
}

/* What a line may take: the last column stays free, as some terminals wrap when it is
 * filled. */
static int line_width(void) {
    if (console.show != SHOW_BAR)
        return FULL_WIDTH;
    int width = terminal_width();
    return (width > 0 ? width : USUAL_WIDTH) - 1;
}

void console_open(const char *choice) {
    console.show = strcmp(choice, "none") == 0 ? SHOW_NOTHING : SHOW_LINES;
    if (strcmp(choice, "bar") == 0 || (strcmp(choice, "auto") == 0 && real_terminal()))
        console.show = SHOW_BAR;
    console.rows = 0;
    console.drawn = false;
    log_set_before(console_clear);
}

void console_clear(void) {
    flockfile(stdout);
    if (console.drawn)
        printf("\r\033[K");
    console.drawn = false;
    fflush(stdout);
    funlockfile(stdout);
}

void console_close(void) {
    console_clear();
    log_set_before(NULL);
}

void console_line(const char *format, ...) {
    if (console.show == SHOW_NOTHING)
        return;
    va_list args;
    va_start(args, format);
    flockfile(stdout);
    console_clear();
    vprintf(format, args);
    printf("\n");
    fflush(stdout);
    funlockfile(stdout);
    va_end(args);
}

/* ---- rows ---- */

/* The importance up to which columns fit into a width; the first always does. */
static int fitting(const struct cell *cells, int count, int width) {
    int most = 0, taken = 0;
    for (int rank = 1; rank <= count; rank++)
        for (int i = 0; i < count; i++) {
            if (cells[i].importance != rank)
                continue;
            taken += cells[i].width + (rank > 1);
            if (taken > width && rank > 1)
                return most;
            most = rank;
        }
    return most;
}

void console_fit_row(const struct cell *cells, int count, int width, bool titles,
                     struct str *out) {
    int most = fitting(cells, count, width);
    const char *gap = "";
    for (int i = 0; i < count; i++) {
        if (cells[i].importance == 0 || cells[i].importance > most)
            continue;
        str_printf(out, "%s%*s", gap, cells[i].width,
                   titles ? cells[i].title : cells[i].text);
        gap = " ";
    }
}

void console_row(const struct cell *cells, int count) {
    if (console.show == SHOW_NOTHING)
        return;
    struct str line = {0};
    int width = line_width();
    if (console.rows++ % TITLES_EVERY == 0 || width != console.width) {
        console_fit_row(cells, count, width, true, &line);
        str_append_char(&line, '\n');
        console.rows = 1;
        console.width = width;
    }
    console_fit_row(cells, count, width, false, &line);
    console_line("%s", line.data);
    str_fini(&line);
}

/* ---- the bar ---- */

static void draw(const struct bar *bar, int width, struct str *out) {
    int filled = bar->steps > 0 ? (int)(width * bar->step / bar->steps) : width;
    str_append_char(out, '[');
    for (int i = 0; i < width; i++)
        str_append_char(out, i < filled ? '#' : '.');
    str_printf(out, "]  ");
}

void console_fit_bar(const struct bar *bar, int width, struct str *out) {
    int words = 0, left = width + 2; /* a gap before each word but the first */
    for (; words < BAR_WORDS; words++) {
        int size = (int)strlen(bar->words[words]) + 2;
        if (size > left)
            break;
        left -= size;
    }
    int room = left - 4; /* brackets and a gap */
    if (room >= BAR_LEAST)
        draw(bar, room < BAR_MOST ? room : BAR_MOST, out);
    for (int i = 0; i < words; i++)
        str_printf(out, "%s%s", i ? "  " : "", bar->words[i]);
}

bool console_bar_due(void) {
    flockfile(stdout);
    bool due = console.show == SHOW_BAR &&
               (!console.drawn || timer_now() - console.last > 0.1);
    funlockfile(stdout);
    return due;
}

void console_bar(const struct bar *bar) {
    if (!console_bar_due())
        return;
    struct str line = {0};
    console_fit_bar(bar, line_width(), &line);
    flockfile(stdout);
    printf("\r\033[K%s", line.data ? line.data : "");
    fflush(stdout);
    console.drawn = true;
    console.last = timer_now();
    funlockfile(stdout);
    str_fini(&line);
}
