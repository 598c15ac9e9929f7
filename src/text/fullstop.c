/* SPDX-License-Identifier: Apache-2.0 */
/* Full stops by list: see fullstop.h.  What decides is the word before the stop, and
 * for some words whether the word after it is one that likes to begin sentences. */
#include "src/text/fullstop.h"

#include <string.h>

#include "src/base/utf8.h"
#include "src/text/fold.h"
#include "src/text/unicode.h"

enum word_flag { WORD_NEVER = 1, WORD_NUMBER = 2, WORD_MAYBE = 4, WORD_BEGINNER = 8 };

enum row_kind { ROW_LANGUAGE, ROW_WORDS };

static const struct row {
    enum row_kind kind;
    const char *text; /* a language, or words */
    int flag;         /* of the words; of a language: has ordinals */
} rows[] = {
#define LANGUAGE(code, ordinals) {ROW_LANGUAGE, code, ordinals},
#define NEVER(words) {ROW_WORDS, words, WORD_NEVER},
#define NUMBER(words) {ROW_WORDS, words, WORD_NUMBER},
#define MAYBE(words) {ROW_WORDS, words, WORD_MAYBE},
#define BEGINNERS(words) {ROW_WORDS, words, WORD_BEGINNER},
#include "src/text/abbreviations.def"
#undef LANGUAGE
#undef NEVER
#undef NUMBER
#undef MAYBE
#undef BEGINNERS
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* Takes the text before the next separator, or all, off *rest. */
static struct slice take_part(struct slice *rest, char separator) {
    const char *end = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
    size_t size = end ? (size_t)(end - rest->data) : rest->size;
    struct slice part = {rest->data, size};
    size += end != NULL;
    *rest = (struct slice){rest->data + size, rest->size - size};
    return part;
}

static void add_words(struct fullstop *fullstop, const struct row *row) {
    struct slice rest = slice_of(row->text);
    while (rest.size > 0) {
        struct slice word = take_part(&rest, ' ');
        if (word.size > 0)
            map_put(&fullstop->words, word, NULL)->value |= (uint64_t)row->flag;
    }
}

static int add_language(struct fullstop *fullstop, struct slice code, struct err *err) {
    struct str known = {0};
    size_t i = 0;
    for (; i < ROW_COUNT; i++) {
        if (rows[i].kind != ROW_LANGUAGE)
            continue;
        if (slice_equal(slice_of(rows[i].text), code))
            break;
        str_printf(&known, " %s", rows[i].text);
    }
    if (i == ROW_COUNT)
        err_set(err, ERR_CONFIG,
                "data.language: there is no list of abbreviations for '%.*s'; there "
                "are:%s",
                (int)code.size, code.data, known.data);
    str_fini(&known);
    if (i == ROW_COUNT)
        return -1;
    fullstop->ordinals = fullstop->ordinals || rows[i].flag;
    for (i++; i < ROW_COUNT && rows[i].kind == ROW_WORDS; i++)
        add_words(fullstop, &rows[i]);
    return 0;
}

int fullstop_init(struct fullstop *fullstop, const char *languages, struct err *err) {
    struct slice rest = slice_of(languages);
    *fullstop = (struct fullstop){0};
    do {
        if (add_language(fullstop, take_part(&rest, ','), err)) {
            fullstop_fini(fullstop);
            return -1;
        }
    } while (rest.size > 0);
    return 0;
}

static uint64_t flags_of(const struct fullstop *fullstop, struct slice word) {
    char folded[FOLD_MAX];
    struct slice key = fold_word(word, folded);
    const struct map_entry *entry =
        key.size > 0 ? map_find(&fullstop->words, key) : NULL;
    return entry ? entry->value : 0;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Up to `most` digits and nothing else. */
static bool is_number(struct slice word, size_t most) {
    for (size_t i = 0; i < word.size; i++)
        if (!is_digit(word.data[i]))
            return false;
    return word.size > 0 && word.size <= most;
}

/* A Roman number in capitals: kings, popes, centuries, world wars. */
static bool is_roman(struct slice word) {
    for (size_t i = 0; i < word.size; i++)
        if (strchr("IVXLC", word.data[i]) == NULL)
            return false;
    return word.size > 0 && word.size <= 6;
}

/* One letter. */
static bool is_initial(struct slice word) {
    uint32_t scalar;
    if (word.size == 0)
        return false;
    int size = utf8_decode(word.data, word.data + word.size, &scalar);
    return size > 0 && (size_t)size == word.size &&
           unicode_of(scalar)->flags & UNICODE_LETTER;
}

/* The first word of what follows. */
static struct slice first_word(struct slice text) {
    const char *p = text.data, *end = p + text.size;
    while (p < end) {
        uint32_t scalar = 0;
        int size = utf8_decode(p, end, &scalar);
        bool part =
            scalar == '\'' || scalar == 0x2019 || /* ’ */
            !(unicode_of(scalar)->flags & (UNICODE_SPACE | UNICODE_PUNCTUATION));
        if (size < 0 || !part)
            break;
        p += size;
    }
    return (struct slice){text.data, (size_t)(p - text.data)};
}

bool fullstop_goes_on(const struct fullstop *fullstop, struct slice word, bool first,
                      struct slice next) {
    enum { LIST_DIGITS = 3, ORDINAL_DIGITS = 2, INITIAL_BEGINNER = 3 };
    if (word.size == 0)
        return false;
    struct slice follower = first_word(next);
    bool begins = flags_of(fullstop, follower) & WORD_BEGINNER;
    if (first && is_number(word, LIST_DIGITS))
        return true; /* "1. First", a list */
    if (fullstop->ordinals && (is_number(word, ORDINAL_DIGITS) || is_roman(word)))
        return !begins;
    uint64_t flags = flags_of(fullstop, word);
    if (flags & WORD_NEVER)
        return true;
    if (flags & WORD_NUMBER && next.size > 0 && is_digit(*next.data))
        return true;
    if (is_initial(word)) /* short beginners are also parts of names: "J. Le Pen" */
        return !begins || follower.size < INITIAL_BEGINNER;
    if (flags & WORD_MAYBE || memchr(word.data, '.', word.size))
        return !begins;
    return false;
}

void fullstop_fini(struct fullstop *fullstop) {
    map_fini(&fullstop->words);
    *fullstop = (struct fullstop){0};
}
