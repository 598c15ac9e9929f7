/* SPDX-License-Identifier: Apache-2.0 */
/* What rank 0 shows on standard output while a run goes on: lines, rows of a table, and
 * on a real terminal a bar below them that the next line takes the place of.  Whatever
 * the terminal's width, a row and the bar are one line of it: what matters less is left
 * out. There is one terminal, so there is one console. */
#ifndef MPIBERT_TRAIN_CONSOLE_H
#define MPIBERT_TRAIN_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#include "src/base/str.h"

/* `choice` is log.progress: none shows nothing, auto a bar on a real terminal alone. */
void console_open(const char *choice);
/* A line, with the bar out of its way.  Nothing with `none`. */
void console_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Takes the bar away, so that whoever writes next finds an empty line. */
void console_clear(void);
void console_close(void);

/* A column of the table, and its place among them by importance: 1 is first, and one of
 * 0 is left out. */
struct cell {
    const char *title;
    int width, importance;
    char text[24];
};

/* A row; its titles first, every forty rows and where a new width asks for others. */
void console_row(const struct cell *cells, int count);

/* What the bar says, the most important first; the bar itself has what width is left.
 */
enum { BAR_WORDS = 4 };
struct bar {
    int64_t step, steps;
    char words[BAR_WORDS][32];
};

/* Draws the bar, no more than ten times a second.  Nothing where there is no terminal.
 */
void console_bar(const struct bar *bar);
/* Whether it is time to: else nothing need be made ready for it. */
bool console_bar_due(void);

/* For tests: what both come to in a line of `width` characters. */
void console_fit_row(const struct cell *cells, int count, int width, bool titles,
                     struct str *out);
void console_fit_bar(const struct bar *bar, int width, struct str *out);

#endif
