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

/* Whether it is a list of addresses, one a line, as books1 brings along; the last line
 * of a whole look may be cut. */
static bool is_address_list(struct slice head) {
    bool cut = head.size == READER_LOOK_BYTES;
    struct slice line;
    int lines = 0;
    while (slice_line(&head, &line) && !(cut && head.size == 0)) {
        if (!slice_starts(line, "http://") && !slice_starts(line, "https://"))
            return false;
        lines++;
    }
    return lines > 1;
}

/* Any text: no NUL in it, and no markup that would be read as words. */
static int files_bid(struct slice head, const char *name) {
    static const char *const markup[] = {"<?xml", "<mediawiki", "<!DOCTYPE",
                                         "<html", "%PDF-",      "filedesc://"};
    (void)name;
    if (head.size > 0 && memchr(head.data, '\0', head.size))
        return 0;
    for (size_t i = 0; i < sizeof markup / sizeof *markup; i++)
        if (slice_starts(head, markup[i]))
            return 0;
    return is_address_list(head) ? 0 : 1;
}

const struct reader_format reader_files = {
    .name = "files", .bid = files_bid, .next = files_next};
