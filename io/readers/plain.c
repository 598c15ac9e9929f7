/* SPDX-License-Identifier: Apache-2.0 */
/* `files`: a file is a document.  Books of Project Gutenberg are cut to what lies
 * between their
 * *** START OF and *** END OF lines, and text that was wrapped at a column is unwrapped
 * (wrap.h), because the end of a line ends a sentence. */
#include "io/readers/reader.h"

#include <string.h>

#include "io/readers/wrap.h"

enum files_state { FILES_NEW, FILES_INSIDE, FILES_MORE, FILES_DONE };

static bool is_start(struct slice line) {
    return slice_starts(line, "*** START OF") || slice_starts(line, "***START OF") ||
           slice_starts(line, "*END*THE SMALL PRINT");
}

static bool is_end(struct slice line) {
    return slice_starts(line, "*** END OF") || slice_starts(line, "***END OF") ||
           slice_starts(line, "End of the Project Gutenberg") ||
           slice_starts(line, "End of Project Gutenberg");
}

/* The marks end in three asterisks; a long title may take that to a second line. */
static bool is_start_rest(const struct reader *r, struct slice line) {
    return r->state == FILES_INSIDE && r->text.size == 0 && line.size >= 3 &&
           memcmp(line.data + line.size - 3, "***", 3) == 0;
}

/* What came before was no text after all. */
static void forget_text(struct reader *r) {
    r->in->tally->markup_bytes += r->stored;
    r->stored = 0;
    str_clear(&r->text);
}

static int pass_rest(struct reader *r, struct err *err) {
    uint64_t passed;
    r->state = FILES_DONE;
    int status = input_pass(r->in, UINT64_MAX, &passed, err);
    r->in->tally->markup_bytes += passed;
    return status;
}

static int files_next(struct reader *r, struct err *err) {
    if (r->state == FILES_DONE)
        return 0;
    bool is_first = r->state == FILES_NEW;
    struct line line;
    int status = 1;
    while (!reader_full(r) &&
           (status = input_line(r->in, UINT64_MAX, &line, err)) == 1) {
        if (r->state == FILES_NEW && is_start(line.text)) {
            forget_text(r);
            reader_markup(r, &line);
            r->state = FILES_INSIDE;
        } else if (is_start_rest(r, line.text)) {
            reader_markup(r, &line);
        } else if (r->state == FILES_INSIDE && is_end(line.text)) {
            reader_markup(r, &line);
            status = pass_rest(r, err);
            break;
        } else {
            reader_add(r, &line);
        }
    }
    if (status < 0)
        return -1;
    if (r->state == FILES_NEW)
        r->state = FILES_MORE;
    wrap_join(&r->text);
    return is_first || r->text.size > 0;
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
    return 1;
}

const struct reader_format reader_files = {"files", files_bid, files_next, NULL};
