/* SPDX-License-Identifier: Apache-2.0 */
/* `files`: a file is a document.  Text that was wrapped at a column is unwrapped
 * (wrap.h), because the end of a line ends a sentence.  What bids for least takes what
 * nobody else does, unless it is no text to learn from. */
#include "io/readers/reader.h"

#include <string.h>

#include "io/readers/wrap.h"

enum files_state { FILES_NEW, FILES_MORE };

static int files_next(struct reader *r, struct err *err) {
    bool is_first = r->state == FILES_NEW;
    struct line line;
    int status = 1;
    while (!reader_full(r) && (status = input_line(r->in, UINT64_MAX, &line, err)) == 1)
        reader_add(r, &line);
    if (status < 0)
        return -1;
    r->state = FILES_MORE;
    wrap_join(&r->text);
    return is_first || r->text.size > 0;
}

/* Any text: no NUL in it.  What has a signature is no text to learn from, which
 * reader_choose knows. */
static int files_bid(struct slice head, const char *name) {
    (void)name;
    return head.size > 0 && memchr(head.data, '\0', head.size) ? 0 : 1;
}

const struct reader_format reader_files = {
    .name = "files", .bid = files_bid, .next = files_next};
