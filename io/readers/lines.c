/* SPDX-License-Identifier: Apache-2.0 */
/* Two formats of plain lines: `lines`, a document a line, and `blankline`, documents of
 * lines with blank lines between them (the input of Google's create_pretraining_data).
 * Nothing in a file tells them from prose, so they never bid: they are asked for by
 * name. */
#include "io/readers/reader.h"

static int bid_never(struct slice head, const char *name) {
    (void)head, (void)name;
    return 0;
}

static int lines_next(struct reader *r, struct err *err) {
    struct line line;
    int status = input_line(r->in, UINT64_MAX, &line, err);
    if (status == 1)
        reader_add(r, &line);
    return status;
}

static int blankline_next(struct reader *r, struct err *err) {
    struct line line;
    int status;
    while (!reader_full(r) &&
           (status = input_line(r->in, UINT64_MAX, &line, err)) != 0) {
        if (status < 0)
            return -1;
        bool blank = line_is_blank(&line);
        if (!blank)
            reader_add(r, &line);
        else
            reader_markup(r, &line);
        if (blank && r->text.size > 0)
            return 1;
    }
    return r->text.size > 0;
}

const struct reader_format reader_lines = {"lines", bid_never, lines_next, NULL};
const struct reader_format reader_blankline = {"blankline", bid_never, blankline_next,
                                               NULL};
