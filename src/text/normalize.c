/* SPDX-License-Identifier: Apache-2.0 */
/* The normal form, one pass: clean, pad ideographs, decompose and strip marks, lower,
 * in the order in which BertNormalizer does these to the whole text.  ASCII goes by a
 * table of 128 bytes.  The rest goes scalar by scalar, and only canonical order needs
 * memory: surviving marks (combining class not 0) wait in `marks` until the next
 * starter, then leave sorted by class.  Reference: Unicode Standard Annex 15; Hangul:
 * section 3.12 of the standard. */
#include "src/text/normalize.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/base/utf8.h"
#include "src/text/unicode.h"

enum { DROPPED = 0x80 };
enum { CAPITAL_I_WITH_DOT = 0x130, DOT_ABOVE = 0x307 };
enum { HANGUL_FIRST = 0xAC00, HANGUL_LAST = 0xD7A3 };
enum { HANGUL_VT = 21 * 28, HANGUL_T = 28 };
enum { JAMO_L = 0x1100, JAMO_V = 0x1161, JAMO_T = 0x11A7 };

static uint8_t ascii_image(const struct normalizer_options *options, uint32_t c) {
    const struct unicode_record *record = unicode_of(c);
    if (options->clean_text && record->flags & UNICODE_DROP)
        return DROPPED;
    if (options->clean_text && record->flags & UNICODE_SPACE)
        return ' ';
    return (uint8_t)(options->lowercase ? c + (uint32_t)record->lower : c);
}

void normalizer_init(struct normalizer *normalizer,
                     const struct normalizer_options *options) {
    *normalizer = (struct normalizer){.options = *options};
    for (uint32_t c = 0; c < 128; c++)
        normalizer->ascii[c] = ascii_image(options, c);
}

/* Appends a scalar in its final form. */
static void emit(struct normalizer *n, uint32_t scalar) {
    str_reserve(&n->text, 4);
    n->text.size += (size_t)utf8_encode(scalar, n->text.data + n->text.size);
}

static void lower_and_emit(struct normalizer *n, uint32_t scalar,
                           const struct unicode_record *record) {
    if (!n->options.lowercase) {
        emit(n, scalar);
    } else if (scalar == CAPITAL_I_WITH_DOT) { /* the one that becomes two */
        emit(n, 'i');
        emit(n, DOT_ABOVE);
    } else {
        emit(n, scalar + (uint32_t)record->lower);
    }
}

static int compare_marks(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* A mark as a number that sorts as canonical order does: class, then place (35 bits:
 * texts are shorter), then scalar. */
static void mark_add(struct normalizer *n, uint32_t scalar, uint8_t combining) {
    if (n->mark_count == n->mark_capacity) {
        n->mark_capacity = n->mark_capacity ? 2 * n->mark_capacity : 32;
        n->marks = mem_resize(n->marks, n->mark_capacity, sizeof *n->marks);
    }
    n->marks[n->mark_count] = (uint64_t)combining << 56 | n->mark_count << 21 | scalar;
    n->mark_count++;
}

static void marks_flush(struct normalizer *n) {
    if (n->mark_count > 1)
        qsort(n->marks, n->mark_count, sizeof *n->marks, compare_marks);
    for (size_t i = 0; i < n->mark_count; i++) {
        uint32_t scalar = n->marks[i] & 0x1FFFFF;
        lower_and_emit(n, scalar, unicode_of(scalar));
    }
    n->mark_count = 0;
}

/* One scalar of a full decomposition.  A stripped mark of class 0 still ends a run. */
static void reorder_and_strip(struct normalizer *n, uint32_t scalar) {
    const struct unicode_record *record = unicode_of(scalar);
    bool stripped = record->flags & UNICODE_MARK;
    if (record->combining == 0) {
        marks_flush(n);
        if (!stripped)
            lower_and_emit(n, scalar, record);
    } else if (!stripped) {
        mark_add(n, scalar, record->combining);
    }
}

static void decompose_hangul(struct normalizer *n, uint32_t scalar) {
    uint32_t s = scalar - HANGUL_FIRST, tail = s % HANGUL_T;
    reorder_and_strip(n, JAMO_L + s / HANGUL_VT);
    reorder_and_strip(n, JAMO_V + s % HANGUL_VT / HANGUL_T);
    if (tail > 0)
        reorder_and_strip(n, JAMO_T + tail);
}

/* Everything after cleaning and padding. */
static void fold(struct normalizer *n, uint32_t scalar,
                 const struct unicode_record *record) {
    if (!n->options.strip_accents) {
        lower_and_emit(n, scalar, record);
    } else if (scalar >= HANGUL_FIRST && scalar <= HANGUL_LAST) {
        decompose_hangul(n, scalar);
    } else if (record->decomposition_size == 0) {
        reorder_and_strip(n, scalar);
    } else {
        const uint32_t *image = &unicode_decompositions[record->decomposition];
        for (int i = 0; i < record->decomposition_size; i++)
            reorder_and_strip(n, image[i]);
    }
}

static void add_space(struct normalizer *n) {
    marks_flush(n);
    emit(n, ' ');
}

static void add_scalar(struct normalizer *n, uint32_t scalar) {
    const struct unicode_record *record = unicode_of(scalar);
    if (n->options.clean_text && record->flags & UNICODE_DROP)
        return;
    bool padded = n->options.chinese_chars && record->flags & UNICODE_CJK;
    if (n->options.clean_text && record->flags & UNICODE_SPACE) {
        add_space(n);
    } else if (padded) {
        add_space(n);
        fold(n, scalar, record);
        add_space(n);
    } else {
        fold(n, scalar, record);
    }
}

/* Appends the images of the ASCII bytes from p on; returns where they end. */
static const char *add_ascii(struct normalizer *n, const char *p, const char *end) {
    str_reserve(&n->text, (size_t)(end - p));
    char *out = n->text.data + n->text.size;
    for (; p < end && (unsigned char)*p < 0x80; p++) {
        uint8_t image = n->ascii[(unsigned char)*p];
        *out = (char)image;
        out += image != DROPPED;
    }
    n->text.size = (size_t)(out - n->text.data);
    return p;
}

/* Turkish and Azerbaijani have two letters each: I and its small form without a dot,
 * and I with a dot (one character, or two) and i. */
struct slice normalizer_undot(struct str *out, struct slice text) {
    static const struct {
        const char *from, *to;
    } rows[] = {{"I\xcc\x87", "i"}, {"I", "\xc4\xb1"}, {"\xc4\xb0", "i"}};
    str_clear(out);
    while (text.size > 0) {
        size_t taken = 0;
        for (size_t i = 0; taken == 0 && i < sizeof rows / sizeof *rows; i++)
            if (slice_starts(text, rows[i].from)) {
                taken = strlen(rows[i].from);
                str_append(out, rows[i].to, strlen(rows[i].to));
            }
        if (taken == 0)
            str_append_char(out, text.data[0]);
        text = (struct slice){text.data + taken + !taken, text.size - taken - !taken};
    }
    return str_slice(out);
}

size_t normalizer_run(struct normalizer *normalizer, struct slice text) {
    size_t bad = 0;
    if (normalizer->options.dotted_i && normalizer->options.lowercase)
        text = normalizer_undot(&normalizer->undotted, text);
    const char *p = text.size > 0 ? text.data : "", *end = p + text.size;
    str_clear(&normalizer->text);
    while (p < end) {
        uint32_t scalar;
        bool ascii = (unsigned char)*p < 0x80;
        if (ascii && normalizer->mark_count == 0) {
            p = add_ascii(normalizer, p, end);
            continue;
        }
        int size = utf8_decode(p, end, &scalar);
        if (size > 0)
            add_scalar(normalizer, scalar);
        else
            bad += (size_t)(size = -size);
        p += size;
    }
    marks_flush(normalizer);
    str_reserve(&normalizer->text, NORMALIZE_PADDING);
    memset(normalizer->text.data + normalizer->text.size, 0, NORMALIZE_PADDING);
    return bad;
}

void normalizer_fini(struct normalizer *normalizer) {
    str_fini(&normalizer->text);
    str_fini(&normalizer->undotted);
    mem_free(normalizer->marks);
    *normalizer = (struct normalizer){0};
}
