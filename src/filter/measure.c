/* SPDX-License-Identifier: Apache-2.0 */
/* Counting: see measure.h.  Nearly all of a text is runs of ASCII letters, so these are
 * what is fast: a table look-up and an addition a byte, four counts packed into one
 * number.  Everything else (spaces, marks, other scripts) is looked at one by one. */
#include "src/filter/measure.h"

#include <string.h>
#include <strings.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/text/sentence.h"
#include "src/text/unicode.h"

enum { LONG_LINE = 200, SHORT_LINE = 30 };          /* characters */
enum { MAX_STOP_WORDS = 64, STOP_WORD_BYTES = 64 }; /* a bit each */

/* The packed counts: a byte each, so at most 255 characters go into one sum. */
enum { LETTER_ONE = 1, UPPER_ONE = 1 << 8, DIGIT_ONE = 1 << 16, FOREIGN_ONE = 1 << 24 };

/* ---- characters ---- */

enum kind { SPACE, WORDY, MARK, NOTHING };

/* The character at p and how many bytes it takes. */
static enum kind kind_at(const struct measurer *m, const char *p, const char *end,
                         uint32_t *scalar, int *size) {
    unsigned char byte = (unsigned char)*p;
    unsigned flags;
    *scalar = byte;
    *size = 1;
    if (m->ascii[byte] != 0)
        return WORDY;
    if (byte < 0x80) {
        flags = unicode_ascii[byte];
    } else {
        *size = utf8_decode(p, end, scalar);
        if (*size < 0) {
            *size = -*size;
            return NOTHING;
        }
        flags = unicode_of(*scalar)->flags;
    }
    if (flags & UNICODE_SPACE)
        return SPACE;
    if (flags & UNICODE_DROP)
        return NOTHING;
    return flags & UNICODE_PUNCTUATION ? MARK : WORDY;
}

static bool is_ender(uint32_t mark, bool *wide) {
    enum ender ender = sentence_ender(mark);
    *wide = ender == ENDER_WIDE;
    return ender != ENDER_NONE;
}

static bool is_quote(uint32_t mark) {
    return mark == '"' || mark == '\'' || mark == 0xBB || mark == 0x2019 ||
           mark == 0x201D || mark == 0x203A || mark == 0x300D || mark == 0x300F;
}

static bool is_closer(uint32_t mark) {
    return is_quote(mark) || mark == ')' || mark == ']' || mark == 0xFF09;
}

static bool is_bullet(uint32_t mark) {
    return mark == '-' || mark == '*' || mark == 0x2022;
}

/* ---- tokens ---- */

struct token {
    uint64_t chars, letters, upper, digits, foreign;
};

static const char *scan_ascii(const struct measurer *m, const char *p, const char *end,
                              struct token *t) {
    for (;;) {
        const char *start = p, *stop = end - p > 255 ? p + 255 : end;
        uint32_t sum = 0, one;
        while (p < stop && (one = m->ascii[(unsigned char)*p]) != 0) {
            sum += one;
            p++;
        }
        t->chars += (size_t)(p - start);
        t->letters += sum & 255;
        t->upper += sum >> 8 & 255;
        t->digits += sum >> 16 & 255;
        t->foreign += sum >> 24;
        if (p < stop || stop == end)
            return p;
    }
}

static bool is_foreign(const struct measurer *m, uint32_t scalar) {
    return m->alphabet != NULL &&
           (scalar > 0xFFFF || !(m->alphabet[scalar / 8] >> scalar % 8 & 1));
}

static void add_scalar(const struct measurer *m, uint32_t scalar, struct token *t) {
    unsigned flags = unicode_of(scalar)->flags;
    t->chars++;
    t->upper += (flags & UNICODE_UPPER) != 0;
    t->digits += (flags & UNICODE_DIGIT) != 0;
    if (flags & UNICODE_LETTER) {
        t->letters++;
        t->foreign += is_foreign(m, scalar);
    }
}

static const char *scan_token(const struct measurer *m, const char *p, const char *end,
                              struct token *t) {
    for (;;) {
        uint32_t scalar;
        int size;
        p = scan_ascii(m, p, end, t);
        if (p == end || (unsigned char)*p < 0x80)
            return p;
        enum kind kind = kind_at(m, p, end, &scalar, &size);
        if (kind == SPACE || kind == MARK)
            return p;
        if (kind == WORDY)
            add_scalar(m, scalar, t);
        p += size;
    }
}

static bool starts(const char *p, const char *end, const char *word) {
    size_t size = strlen(word);
    return (size_t)(end - p) >= size && strncasecmp(p, word, size) == 0;
}

/* The phrases of C4, looked for where a token begins. */
static void note_phrase(struct measurer *m, const char *p, const char *end) {
    switch (*p | 0x20) {
    case 'c': m->line.policy |= starts(p, end, "cookie policy"); break;
    case 'j': m->line.javascript |= starts(p, end, "javascript"); break;
    case 'l': m->sum.lorem_ipsum += starts(p, end, "lorem ipsum"); break;
    case 'p': m->line.policy |= starts(p, end, "privacy policy"); break;
    case 't': m->line.policy |= starts(p, end, "terms of use"); break;
    case 'u':
        m->line.policy |= starts(p, end, "use cookies") ||
                          starts(p, end, "uses cookies") ||
                          starts(p, end, "use of cookies");
    }
}

static size_t lower(struct slice word, char out[STOP_WORD_BYTES]) {
    const char *p = word.data, *end = p + word.size;
    size_t n = 0;
    while (p < end && n + 4 <= STOP_WORD_BYTES) {
        uint32_t scalar;
        int size = utf8_decode(p, end, &scalar);
        if (size > 0)
            n += (size_t)utf8_encode(
                (uint32_t)((int32_t)scalar + unicode_of(scalar)->lower), out + n);
        p += size > 0 ? size : -size;
    }
    return n;
}

static void note_stop_word(struct measurer *m, struct slice token) {
    char text[STOP_WORD_BYTES];
    size_t size = lower(token, text);
    const struct map_entry *entry =
        map_find(&m->stop_words, (struct slice){text, size});
    if (entry != NULL)
        m->sum.stop_words |= entry->value;
}

static const char *take_token(struct measurer *m, uint32_t first, const char *p,
                              const char *end) {
    struct token t = {0};
    struct measure *sum = &m->sum;
    const char *start = p;
    bool capital = unicode_of(first)->flags & UNICODE_UPPER;
    p = scan_token(m, p, end, &t);
    note_phrase(m, start, end);
    if ((size_t)(p - start) <= m->longest_stop_word &&
        __builtin_popcountll(sum->stop_words) < m->enough_stop_words)
        note_stop_word(m, (struct slice){start, (size_t)(p - start)});
    sum->chars += t.chars;
    sum->letters += t.letters;
    sum->upper += t.upper;
    sum->digits += t.digits;
    sum->foreign += t.foreign;
    sum->plain_words += t.letters == t.chars && t.letters > 1 && t.upper <= capital;
    m->initial = t.letters == t.chars && (t.chars == 1 || (t.chars == 2 && capital));
    m->last_mark = 0;
    m->stopped = false;
    m->open = true;
    return p;
}

static void end_sentence(struct measurer *m) {
    if (!m->open)
        return;
    m->sum.sentences++;
    m->sum.wordless_sentences += m->sum.plain_words == m->began;
    m->began = m->sum.plain_words;
    m->open = false;
}

/* A run of one mark. */
static const char *take_mark(struct measurer *m, uint32_t mark, int size, const char *p,
                             const char *end) {
    struct measure *sum = &m->sum;
    size_t run = 1;
    bool wide;
    const char *next = p + size;
    for (; end - next >= size && memcmp(p, next, (size_t)size) == 0; next += size)
        run++;
    sum->chars += run;
    sum->punctuation += mark < 0x80 ? run : 0;
    sum->hashes += mark == '#' ? run : 0;
    sum->curly_brackets += mark == '{';
    sum->ellipses += mark == '.' ? run / 3 : mark == 0x2026;
    if (is_ender(mark, &wide))
        m->stopped = !(mark == '.' && run == 1 && m->initial);
    else if (!is_closer(mark))
        m->stopped = false;
    if (wide)
        end_sentence(m);
    m->initial = false;
    m->last_mark = mark;
    m->last_run = run;
    return next;
}

/* ---- items and lines ---- */

static void keep_item(struct measurer *m, struct slice item) {
    size_t n = m->sum.items;
    if (n == m->item_room) {
        m->item_room = m->item_room ? 2 * m->item_room : 4096;
        m->items = mem_resize(m->items, m->item_room, sizeof *m->items);
    }
    m->items[n] = item;
}

/* The item before may have ended a sentence. */
static void begin_item(struct measurer *m, enum kind kind, uint32_t first) {
    bool small = kind == WORDY && unicode_of(first)->flags & UNICODE_SMALL;
    if (m->stopped && !small)
        end_sentence(m);
    m->stopped = false;
    if (m->line.items == 0)
        m->sum.bullet_lines += is_bullet(first);
}

static void count_word(struct measurer *m, uint64_t chars, bool lettered) {
    m->sum.words++;
    m->sum.word_chars += chars;
    m->sum.lettered_words += lettered;
    m->line.words++;
    if (chars > m->line.longest_word)
        m->line.longest_word = chars;
}

static const char *take_item(struct measurer *m, const char *p, const char *end) {
    const struct measure *sum = &m->sum;
    const char *start = p;
    uint64_t chars = sum->chars, letters = sum->letters, digits = sum->digits;
    uint32_t scalar;
    int size;
    enum kind kind = kind_at(m, p, end, &scalar, &size);
    begin_item(m, kind, scalar);
    for (; kind != SPACE; kind = kind_at(m, p, end, &scalar, &size)) {
        if (kind == WORDY)
            p = take_token(m, scalar, p, end);
        else
            p = kind == MARK ? take_mark(m, scalar, size, p, end) : p + size;
        if (p == end)
            break;
    }
    if (m->wants_items)
        keep_item(m, (struct slice){start, (size_t)(p - start)});
    m->sum.items++;
    m->line.items++;
    if (sum->letters > letters || sum->digits > digits)
        count_word(m, sum->chars - chars, sum->letters > letters);
    return p;
}

static void end_line(struct measurer *m, uint64_t chars) {
    bool wide;
    struct measure *sum = &m->sum;
    m->line.ended = is_ender(m->last_mark, &wide) || is_quote(m->last_mark);
    m->line.ellipsis =
        m->last_mark == 0x2026 || (m->last_mark == '.' && m->last_run >= 3);
    end_sentence(m);
    sum->lines++;
    sum->long_lines += chars >= LONG_LINE;
    sum->short_lines += chars <= SHORT_LINE;
    sum->ended_lines += m->line.ended;
    sum->ellipsis_lines += m->line.ellipsis;
}

void measurer_line(struct measurer *m, struct slice line) {
    const char *p = line.data, *end = p + line.size;
    uint64_t chars = m->sum.chars, trailing = 0;
    m->line = (struct line_facts){0};
    m->open = m->stopped = m->initial = false;
    m->began = m->sum.plain_words;
    m->last_mark = 0;
    while (p < end) {
        uint32_t scalar;
        int size;
        if (kind_at(m, p, end, &scalar, &size) != SPACE) {
            trailing = 0;
            p = take_item(m, p, end);
            continue;
        }
        m->sum.chars++;
        trailing++;
        p += size;
    }
    if (m->line.items > 0)
        end_line(m, m->sum.chars - chars - trailing);
}

/* ---- the tables ---- */

static void set_letter(uint8_t *alphabet, uint32_t scalar) {
    if (scalar <= 0xFFFF)
        alphabet[scalar / 8] |= (uint8_t)(1 << scalar % 8);
}

/* Every scalar whose small form is in the alphabet is in it too. */
static void add_capitals(uint8_t *alphabet) {
    for (uint32_t c = 0; c <= 0xFFFF; c++) {
        uint32_t small = (uint32_t)((int32_t)c + unicode_of(c)->lower);
        if (small <= 0xFFFF && alphabet[small / 8] >> small % 8 & 1)
            set_letter(alphabet, c);
    }
}

/* Letters and ranges of them, as "a-zåäö". */
static int read_alphabet(struct measurer *m, const char *text, struct err *err) {
    const char *p = text, *end = p + strlen(p);
    m->alphabet = mem_alloc(0x10000 / 8, 1);
    while (p < end) {
        uint32_t first, last;
        int size = utf8_decode(p, end, &first);
        p += size > 0 ? size : end - p;
        last = first;
        if (size > 0 && p + 1 < end && *p == '-') {
            size = utf8_decode(p + 1, end, &last);
            p += size > 0 ? 1 + size : end - p;
        }
        if (size < 0 || last < first)
            return err_set(err, ERR_CONFIG,
                           "filter.alphabet: '%s' is not letters and ranges (a-z)",
                           text);
        for (uint32_t c = first; c <= last && c <= 0xFFFF; c++)
            set_letter(m->alphabet, c);
    }
    add_capitals(m->alphabet);
    return 0;
}

static int read_stop_words(struct measurer *m, const char *text, struct err *err) {
    for (const char *p = text; *p != '\0';) {
        struct slice word = {p, strcspn(p, ",")};
        char small[STOP_WORD_BYTES];
        size_t size = lower(word, small);
        p += word.size + (p[word.size] == ',');
        if (size == 0)
            continue;
        if (m->stop_words.count == MAX_STOP_WORDS)
            return err_set(err, ERR_CONFIG, "filter.stop_words: more than %d words",
                           MAX_STOP_WORDS);
        struct map_entry *entry =
            map_put(&m->stop_words, (struct slice){small, size}, NULL);
        if (entry->value == 0)
            entry->value = UINT64_C(1) << (m->stop_words.count - 1);
        if (word.size > m->longest_stop_word)
            m->longest_stop_word = word.size;
    }
    return 0;
}

static void fill_ascii(struct measurer *m) {
    for (uint32_t c = 0; c < 0x80; c++) {
        unsigned flags = unicode_ascii[c];
        if (flags & UNICODE_DIGIT)
            m->ascii[c] = DIGIT_ONE;
        if (flags & UNICODE_LETTER)
            m->ascii[c] = LETTER_ONE + (flags & UNICODE_UPPER ? UPPER_ONE : 0) +
                          (is_foreign(m, c) ? FOREIGN_ONE : 0);
    }
}

int measurer_init(struct measurer *m, const char *alphabet, const char *stop_words,
                  struct err *err) {
    *m = (struct measurer){0};
    if (alphabet != NULL && read_alphabet(m, alphabet, err))
        return -1;
    if (stop_words != NULL && read_stop_words(m, stop_words, err))
        return -1;
    fill_ascii(m);
    return 0;
}

void measurer_clear(struct measurer *m) { m->sum = (struct measure){0}; }

void measurer_fini(struct measurer *m) {
    map_fini(&m->stop_words);
    mem_free(m->alphabet);
    mem_free(m->items);
    *m = (struct measurer){0};
}
