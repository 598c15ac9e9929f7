/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: rows of text and what each choice of options must make of it, from the rules
 * of BertNormalizer and published vectors; then, where NormalizationTest.txt is at
 * hand, its decompositions; and a cut at every byte must never make more than a prefix
 * would. */
#include "src/text/normalize.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/utf8.h"
#include "src/text/unicode.h"
#include "tests/tap.h"

enum {
    CLEAN = 1,
    CHINESE = 2,
    STRIP = 4,
    LOWER = 8,
    DOTTED = 16,
    CASED = 3,
    UNCASED = 15
};

static struct normalizer_options options_of(int bits) {
    return (struct normalizer_options){bits & CLEAN, bits & CHINESE, bits & STRIP,
                                       bits & LOWER, bits & DOTTED};
}

static const struct {
    int options;
    const char *text, *want;
    int bad;
} rows[] = {
    {UNCASED, "", "", 0},
    /* Turkish: four letters stay four (ıi İI, the last also as I and a dot) */
    {LOWER | DOTTED, "I\u0131\u0130i DI\u015e I\u0307x",
     "\u0131\u0131ii d\u0131\u015f ix", 0},
    {UNCASED | DOTTED, "ISPARTA \u0130ZM\u0130R I\xff", "\u0131sparta izmir \u0131", 1},
    {LOWER, "I\u0131\u0130i", "i\u0131i\u0307i", 0},
    {DOTTED, "I\u0131\u0130i", "I\u0131\u0130i", 0}, /* nothing is lower-cased */
    {UNCASED, "Hello\t中Café\nWorld\r", "hello  中 cafe world ", 0},
    {UNCASED,
     "\xEF\xBB\xBF"
     "a\u200B\u00AD\u200Db\x7F\x01\x0B",
     "ab", 0},
    {UNCASED, "a\u20DDb\u0903", "a\u20DDb\u0903", 0}, /* Me and Mc stay */
    {UNCASED, "\uFFFDx\uE000y", "xy", 0},
    {UNCASED, "a\u2028b\u00A0c\u3000d\xC2\x85", "a b c d", 0},
    {UNCASED, "İSTANBUL ΌΣΟΣ ẞ K", "istanbul οσοσ ß k", 0},
    {UNCASED, "a≠b\u037E\u1FEF", "a=b;`", 0},
    {UNCASED, "한국어", "\u1112\u1161\u11AB\u1100\u116E\u11A8\u110B\u1165", 0},
    {UNCASED, "\U0002B820\U0002B920", "\U0002B820 \U0002B920 ", 0},
    {UNCASED, "\uF900", " 豈 ", 0}, /* padded, then decomposed */
    {UNCASED, "\u08D4\U0001D165\u0323", "\U0001D165\u08D4",
     0},                                                    /* 08D4: later than 8.0 */
    {STRIP, "a\U0001D165\u302Eb", "a\U0001D165\u302Eb", 0}, /* classes 216, 224 */
    {STRIP, "a\u302E\U0001D165b", "a\U0001D165\u302Eb", 0}, /* are put in order */
    {STRIP, "a\u302E\u0301\U0001D165", "a\U0001D165\u302E", 0},
    {STRIP, "a\u302E\u034F\U0001D165", "a\u302E\U0001D165", 0}, /* class 0 ends a run */
    {UNCASED, "a\u302E\x01\U0001D165", "a\U0001D165\u302E", 0}, /* a drop does not */
    {UNCASED, "a\u302E \U0001D165", "a\u302E \U0001D165", 0},
    {CASED, "Hé\tİ中e\u0301", "Hé İ 中 e\u0301", 0},
    {LOWER, "Hé\tİ中", "hé\ti\u0307中", 0},
    {STRIP, "Hé\x01", "He\x01", 0},
    {CLEAN, "中\x01\t", "中 ", 0},
    {CHINESE, "中\t", " 中 \t", 0},
    {LOWER, "\U00016EA0\U00010D50\uA7CB", "\U00016EBB\U00010D70\u0264", 0},
    {UNCASED, "\xC3(", "(", 1},
    {UNCASED,
     "a\xED\xA0\x80"
     "B",
     "ab", 3},
    {UNCASED, "é\xF0\x9F\xA4", "e", 3},
    {0, "\xFF", "", 1},
};

static void test_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct normalizer normalizer;
        struct normalizer_options options = options_of(rows[i].options);
        normalizer_init(&normalizer, &options);
        size_t bad = normalizer_run(&normalizer, slice_of(rows[i].text));
        is_str(normalizer.text.data, rows[i].want, "row %zu: text", i);
        is_int((int64_t)bad, rows[i].bad, "row %zu: bytes dropped", i);
        normalizer_fini(&normalizer);
    }
}

static void test_long_run(void) {
    enum { MARKS = 1000 };
    struct str text = {0}, want = {0};
    str_append(&text, "a", 1);
    str_append(&want, "a", 1);
    for (int i = 0; i < MARKS; i++)
        str_append(&text, i % 2 ? "\u302A" : "\u302E", 3); /* classes 218 (Mn), 224 */
    for (int i = 0; i < MARKS; i++)
        str_append(&text, "\U0001D165", 4); /* 216 */
    for (int i = 0; i < MARKS; i++)
        str_append(&want, "\U0001D165", 4);
    for (int i = 0; i < MARKS / 2; i++)
        str_append(&want, "\u302E", 3);
    struct normalizer normalizer;
    struct normalizer_options options = options_of(UNCASED);
    normalizer_init(&normalizer, &options);
    normalizer_run(&normalizer, str_slice(&text));
    ok(slice_equal(str_slice(&normalizer.text), str_slice(&want)),
       "thousands of marks are put in order");
    normalizer_fini(&normalizer);
    str_fini(&text);
    str_fini(&want);
}

static void test_cuts(void) {
    const char text[] = "Aé≠\t中İ\u302E\U0001D165한\xFF\xE2\x82z\u0301";
    struct normalizer normalizer;
    struct normalizer_options options = options_of(UNCASED);
    normalizer_init(&normalizer, &options);
    int wrong = 0;
    for (size_t n = 0; n < sizeof text; n++) {
        char *cut =
            malloc(n + 1); /* exactly as long, so that a sanitizer sees the end */
        memcpy(cut, text, n);
        size_t bad = normalizer_run(&normalizer, (struct slice){cut, n});
        wrong += bad != utf8_ill_formed(cut, n);
        wrong += utf8_ill_formed(normalizer.text.data, normalizer.text.size) != 0;
        free(cut);
    }
    is_int(wrong, 0, "cut at every byte: well-formed text, every bad byte counted");
    normalizer_fini(&normalizer);
}

/* Appends the characters of "0041 030A" up to `stop`, without category Mn if
 * `stripped`. */
static const char *add_characters(struct str *out, const char *p, char stop,
                                  bool stripped) {
    while (*p != stop) {
        char *next, bytes[4];
        uint32_t c = (uint32_t)strtoul(p, &next, 16);
        if (!stripped || !(unicode_of(c)->flags & UNICODE_MARK))
            str_append(out, bytes, (size_t)utf8_encode(c, bytes));
        p = next + (*next == ' ');
    }
    return p + 1;
}

/* Columns of a line: source; NFC; NFD; … */
static bool line_holds(struct normalizer *normalizer, const char *line) {
    struct str source = {0}, skipped = {0}, want = {0};
    line = add_characters(&source, line, ';', false);
    line = add_characters(&skipped, line, ';', false);
    add_characters(&want, line, ';', true);
    normalizer_run(normalizer, str_slice(&source));
    bool same = slice_equal(str_slice(&normalizer->text), str_slice(&want));
    str_fini(&source);
    str_fini(&skipped);
    str_fini(&want);
    return same;
}

static void test_official(void) {
    const char *data = getenv("MPIBERT_TEST_DATA");
    struct str path = {0}, file = {0};
    struct err err;
    str_printf(&path, "%s/tokenizer/NormalizationTest-8.0.0.txt", data ? data : "");
    if (data == NULL || file_read(path.data, 1 << 24, &file, &err) < 0) {
        skip("no tokenizer/NormalizationTest-8.0.0.txt in MPIBERT_TEST_DATA", 2);
        str_fini(&path);
        return;
    }
    struct normalizer normalizer;
    struct normalizer_options options = options_of(STRIP);
    normalizer_init(&normalizer, &options);
    struct slice rest = str_slice(&file), line;
    int lines = 0, wrong = 0;
    while (slice_line(&rest, &line)) {
        if (line.size == 0 || *line.data == '#' || *line.data == '@')
            continue;
        lines++;
        wrong += !line_holds(&normalizer, line.data);
    }
    ok(lines > 18000, "NormalizationTest.txt has %d lines", lines);
    is_int(wrong, 0, "all decompose as it says, category Mn stripped");
    normalizer_fini(&normalizer);
    str_fini(&path);
    str_fini(&file);
}

int main(void) {
    test_rows();
    test_long_run();
    test_cuts();
    test_official();
    return tap_done();
}
