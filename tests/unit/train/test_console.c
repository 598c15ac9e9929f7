/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: for every width of a terminal a row and the bar are at most one line of it,
 * titles stand over their numbers, and what is left out is what matters least. */
#include "src/train/console.h"

#include <stdio.h>
#include <string.h>

#include "tests/tap.h"

static const struct cell cells[] = {{"step", 8, 1, "1200"},
                                    {"tokens", 8, 4, "2.3M"},
                                    {"never", 8, 0, "nan"},
                                    {"loss", 8, 2, "6.5130"},
                                    {"eta", 9, 3, "00:24"}};
enum { CELLS = sizeof cells / sizeof *cells };

static void test_row(void) {
    static const struct {
        int width;
        const char *titles, *row;
    } rows[] = {
        {1000, "    step   tokens     loss       eta",
         "    1200     2.3M   6.5130     00:24"},
        {36, "    step   tokens     loss       eta",
         "    1200     2.3M   6.5130     00:24"},
        {35, "    step     loss       eta", "    1200   6.5130     00:24"},
        {27, "    step     loss       eta", "    1200   6.5130     00:24"},
        {26, "    step     loss", "    1200   6.5130"},
        {16, "    step", "    1200"},
        {1, "    step", "    1200"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str line = {0};
        console_fit_row(cells, CELLS, rows[i].width, true, &line);
        is_str(line.data, rows[i].titles, "titles in %d", rows[i].width);
        str_clear(&line);
        console_fit_row(cells, CELLS, rows[i].width, false, &line);
        is_str(line.data, rows[i].row, "numbers in %d", rows[i].width);
        str_fini(&line);
    }
}

static void test_bar(void) {
    static const struct {
        int width;
        int64_t step, steps;
        const char *want;
    } rows[] = {
        {119, 1200, 1600,
         "[##################......]  1200/1600  eta 01:11  loss 6.5130  33.5k tok/s"},
        {58, 0, 1600, "[........]  1200/1600  eta 01:11  loss 6.5130  33.5k tok/s"},
        {57, 800, 1600, "1200/1600  eta 01:11  loss 6.5130  33.5k tok/s"},
        {45, 1600, 1600, "[########]  1200/1600  eta 01:11  loss 6.5130"},
        {30, 1, 1600, "1200/1600  eta 01:11"},
        {9, 1, 1600, "1200/1600"},
        {8, 1, 1600, ""},
        {60, 0, 0, "[##########]  1200/1600  eta 01:11  loss 6.5130  33.5k tok/s"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str line = {0};
        const struct bar bar = {
            rows[i].step,
            rows[i].steps,
            {"1200/1600", "eta 01:11", "loss 6.5130", "33.5k tok/s"}};
        console_fit_bar(&bar, rows[i].width, &line);
        is_str(line.data ? line.data : "", rows[i].want, "the bar in %d",
               rows[i].width);
        str_fini(&line);
    }
}

static void test_widths(void) {
    const struct bar bar = {
        7, 9, {"1200/1600", "eta 01:11", "loss 6.5130", "33.5k tok/s"}};
    int over = 0;
    for (int width = 8; width < 200; width++) {
        struct str line = {0}, row = {0};
        console_fit_bar(&bar, width, &line);
        console_fit_row(cells, CELLS, width, false, &row);
        over += line.size > (size_t)width || row.size > (size_t)width;
        str_fini(&line);
        str_fini(&row);
    }
    is_int(over, 0, "never longer than the line");
}

int main(void) {
    test_row();
    test_bar();
    test_widths();
    return tap_done();
}
