/* SPDX-License-Identifier: Apache-2.0 */
/* Three formats of plain lines: `lines`, a document a line (LDDL's sources);
 * `blankline`, documents of lines with blank lines between them (the input of Google's
 * create_pretraining_data); `sentences`, a sentence a line and nobody knows where a
 * book ends (the BookCorpus that goes round), so every so many lines are taken for a
 * document, as long as a chapter.  Nothing in a file tells them from prose: they never
 * bid, and are asked for by name. */
#include "io/readers/reader.h"

enum { SENTENCES_A_DOCUMENT = 500 };

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

/* Lines up to a blank one, but at most so many. */
static int paragraph_next(struct reader *r, int64_t most, struct err *err) {
    struct line line;
    int status;
    for (int64_t lines = 0; lines < most && !reader_full(r);) {
        status = input_line(r->in, UINT64_MAX, &line, err);
        if (status < 0)
            return -1;
        if (status == 0)
            break;
        if (!line_is_blank(&line)) {
            reader_add(r, &line);
            lines++;
            continue;
        }
        reader_markup(r, &line);
        if (lines > 0)
            break;
    }
    return r->text.size > 0;
}

static int blankline_next(struct reader *r, struct err *err) {
    return paragraph_next(r, INT64_MAX, err);
}

static int sentences_next(struct reader *r, struct err *err) {
    return paragraph_next(r, SENTENCES_A_DOCUMENT, err);
}

const struct reader_format reader_lines = {
    .name = "lines", .bid = bid_never, .next = lines_next};
const struct reader_format reader_blankline = {
    .name = "blankline", .bid = bid_never, .next = blankline_next};
const struct reader_format reader_sentences = {
    .name = "sentences", .bid = bid_never, .next = sentences_next};
