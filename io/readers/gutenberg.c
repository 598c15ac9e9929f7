/* SPDX-License-Identifier: Apache-2.0 */
/* `gutenberg`: books of Project Gutenberg, from 1991's to today's.  What lies between
 * their start and end marks is the book; header and licence are markup.  Typists
 * wrapped it at a column (wrap.h), wrote italics as _italics_ and pictures as
 * [Illustration: …]: none of that is prose.  A file may hold several books, one after
 * the other.
 *
 *   HEAD --start mark--> BOOK --end mark--> TAIL --start mark--> BOOK
 *                        |  ^
 *      credits, a picture v  | blank line, closing bracket
 *                  CREDITS, INSERT
 *
 * A start mark counts within HEADER_MAX bytes of text only; a text that has none,
 * though its head names the project, is a book from its first line on. */
#include "io/readers/reader.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "io/readers/wrap.h"

enum gutenberg_state { HEAD, BOOK, CREDITS, INSERT, TAIL };
enum { HEADER_MAX = 64 << 10, INSERT_MAX = 12 /* lines */ };

/* Whether the line begins with one of the words, in whatever case. */
static bool starts(struct slice line, const char *const *words) {
    if (line.size == 0)
        return false;
    char first = (char)toupper((unsigned char)*line.data);
    for (; *words; words++) {
        if (**words != first) /* nearly always; words begin with capitals */
            continue;
        size_t size = strlen(*words);
        if (line.size >= size && strncasecmp(line.data, *words, size) == 0)
            return true;
    }
    return false;
}

static bool is_start(struct slice line) {
    static const char *const marks[] = {"*** START OF TH",      "***START OF TH",
                                        "*END*THE SMALL PRINT", "*END THE SMALL PRINT",
                                        "[\"Small Print\" V.",  NULL};
    return starts(line, marks);
}

static bool is_end(struct slice line) {
    static const char *const marks[] = {"*** END OF TH",
                                        "***END OF TH",
                                        "End of Project Gutenberg",
                                        "End of the Project Gutenberg",
                                        "End of this Project Gutenberg",
                                        "End of this Etext of ",
                                        NULL};
    return starts(line, marks);
}

/* What begins a paragraph of credits, before the text. */
static bool is_credit(struct slice line) {
    static const char *const words[] = {"Produced by",        "E-text prepared by ",
                                        "Etext prepared by ", "This etext prepared by ",
                                        "This etext was ",    "This eBook was ",
                                        "Etext scanned by ",  "Scanned by ",
                                        "Transcribed from ",  NULL};
    return starts(line, words);
}

/* What stands for something that is not text, or is a notice inside of it. */
static bool is_insert(struct slice line) {
    static const char *const words[] = {"[Illustration", "[Picture: ", "[Frontispiece",
                                        "<<THIS ELECTRONIC VERSION", NULL};
    while (line.size > 0 && *line.data == ' ')
        line.data++, line.size--;
    return starts(line, words);
}

static bool ends(struct slice line, const char *end) {
    size_t size = strlen(end);
    return line.size >= size && memcmp(line.data + line.size - size, end, size) == 0;
}

/* Whether an insert ends in this line. */
static bool is_closed(struct slice line) {
    return ends(line, ">>") || (line.size > 0 && memchr(line.data, ']', line.size));
}

/* "* * * * *", which parts scenes. */
static bool is_rule(struct slice line) {
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] != '*' && line.data[i] != ' ')
            return false;
    return true;
}

/* Whether a letter or digit is at `at`; quotation marks and dashes (U+2010 to U+206F)
 * are none, other characters beyond ASCII are. */
static bool is_word(struct slice line, size_t at) {
    if (at >= line.size)
        return false;
    unsigned char c = (unsigned char)line.data[at];
    if (c < 0x80)
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    while (at > 0 && ((unsigned char)line.data[at] & 0xc0) == 0x80)
        at--;
    struct slice rest = {line.data + at, line.size - at};
    return !slice_starts(rest, "\xe2\x80") && !slice_starts(rest, "\xe2\x81");
}

/* The line without the underscores of italics: those that are not inside of a word. */
static struct slice drop_italics(struct reader *r, struct slice line) {
    if (line.size == 0 || memchr(line.data, '_', line.size) == NULL)
        return line;
    str_clear(&r->scratch);
    str_append(&r->scratch, line.data, line.size);
    char *to = r->scratch.data;
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] != '_' ||
            (i > 0 && is_word(line, i - 1) && is_word(line, i + 1)))
            *to++ = line.data[i];
    r->scratch.size = (size_t)(to - r->scratch.data);
    return str_slice(&r->scratch);
}

/* What came before was no text after all. */
static void begin_book(struct reader *r) {
    r->in->tally->markup_bytes += r->stored;
    r->stored = 0;
    str_clear(&r->text);
    r->state = BOOK;
}

/* The marks end in three asterisks; a long title may take that to a second line. */
static bool is_start_rest(const struct reader *r, struct slice line) {
    return r->state == BOOK && r->text.size == 0 && ends(line, "***");
}

/* Whether the line is dropped, as are those behind it until the state is BOOK again. */
static bool is_dropped(struct reader *r, const struct line *line) {
    bool dropping = r->state == CREDITS || r->state == INSERT, over;
    if (!dropping && r->state != BOOK)
        return false;
    if (!dropping && r->text.size == 0 && is_credit(line->text))
        r->state = CREDITS;
    else if (!dropping && is_insert(line->text))
        r->state = INSERT;
    else if (!dropping)
        return false;
    r->count = dropping ? r->count + 1 : 1;
    over = r->state == CREDITS ? line_is_blank(line)
                               : is_closed(line->text) || r->count == INSERT_MAX;
    if (over)
        r->state = BOOK;
    return true;
}

/* One line of a book: text, or markup. */
static void take(struct reader *r, struct line *line) {
    if (is_start(line->text) && r->stored < HEADER_MAX) {
        begin_book(r);
        reader_markup(r, line);
    } else if (is_start_rest(r, line->text) || is_dropped(r, line)) {
        reader_markup(r, line);
    } else {
        line->text =
            is_rule(line->text) ? (struct slice){0} : drop_italics(r, line->text);
        reader_add(r, line);
    }
}

/* To the next book: 1, 0 there is none, -1. */
static int find_book(struct reader *r, struct err *err) {
    struct line line;
    int status;
    while ((status = input_line(r->in, UINT64_MAX, &line, err)) == 1) {
        reader_markup(r, &line);
        if (!is_start(line.text))
            continue;
        begin_book(r);
        return 1;
    }
    return status;
}

static int gutenberg_next(struct reader *r, struct err *err) {
    struct line line;
    bool is_first = r->state == HEAD;
    int status = r->state == TAIL ? find_book(r, err) : 1;
    if (status <= 0)
        return status;
    while (!reader_full(r) &&
           (status = input_line(r->in, UINT64_MAX, &line, err)) == 1) {
        if (is_end(line.text)) {
            reader_markup(r, &line);
            r->state = TAIL;
            break;
        }
        take(r, &line);
    }
    if (status < 0)
        return -1;
    if (r->state == HEAD) /* it was text */
        r->state = BOOK;
    wrap_join(&r->text);
    return is_first || r->state == TAIL || r->text.size > 0;
}

/* The project is named in every header there ever was. */
static int gutenberg_bid(struct slice head, const char *name) {
    static const char *const names[] = {"Project Gutenberg", "PROJECT GUTENBERG"};
    (void)name;
    for (size_t i = 0; head.size > 0 && i < sizeof names / sizeof *names; i++)
        if (memmem(head.data, head.size, names[i], strlen(names[i])) != NULL)
            return memchr(head.data, '\0', head.size) ? 0 : 20;
    return 0;
}

const struct reader_format reader_gutenberg = {
    .name = "gutenberg", .bid = gutenberg_bid, .next = gutenberg_next};
