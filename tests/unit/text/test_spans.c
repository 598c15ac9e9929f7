/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: texts and the spans they must be cut into, for each set of options that
 * changes cuts; what dropped characters and ill-formed bytes join stays together; and a
 * long text gives the same spans wherever the cutter happens to stop. */
#include "src/text/spans.h"

#include <string.h>

#include "tests/fill.h"
#include "tests/tap.h"

static const struct normalizer_options uncased = {true, true, true, true, false};
static const struct normalizer_options cased = {true, true, false, false, false};
static const struct normalizer_options bare = {false, false, false, false, false};

static const struct {
    const struct normalizer_options *options;
    const char *text, *want; /* spans, with '~' between */
} rows[] = {
    {&uncased, " \t\r\n ", ""},
    {&uncased, "a", "a"},
    {&uncased, "Don't  stop.", "don~'~t~stop~."},
    {&cased, "Don't", "Don~'~t"},
    {&uncased, "..", ".~."},
    {&uncased, "na\u00EFve", "na\u00EFve"},
    {&uncased, "\u201CNo\u201D\u2014yes", "\u201C~no~\u201D~\u2014~yes"},
    {&uncased, "x\u3000y", "x~\u3000~y"},
    {&uncased, "x\u00A0y", "x~\u00A0~y"},
    {&uncased, "\u4E2D\u6587a\u5B57", "\u4E2D~\u6587~a~\u5B57"},
    {&bare, "\u4E2D\u6587a", "\u4E2D\u6587a"},
    {&uncased, "\u3042\u3044\u3002", "\u3042\u3044~\u3002"},
    {&uncased, "a\u0301,\u0301b", "a\u0301~,~\u0301b"}, /* a mark begins a word */
    {&uncased, "a\u2260b", "a\u2260b"}, /* becomes "=" and a mark, which is stripped */
    {&cased, "a\u037Eb", "a\u037Eb"}, /* becomes ";" only where accents are stripped */
    {&uncased, "a\x0B\x01z b", "a\x0B\x01z~b"},
    {&bare, "a\x0B\x01z b", "a~\x01z~b"},
    {&uncased, "a\u200Bb\uE000c", "a\u200Bb\uE000c"},
    {&uncased,
     "a\xC2\x85"
     "b",
     "a\xC2\x85"
     "b"}, /* white space, but dropped as a control */
    {&uncased, "a\xE4\xB8z", "a\xE4\xB8z"},
    {&uncased, "a\xE4\xB8\xAD\xADz", "a~\xE4\xB8\xAD~\xADz"},
    {&uncased, "\xE0\x80\x80 \xC0\x80", "\xE0\x80\x80~\xC0\x80"}, /* overlong NULs */
    {&uncased, "\U00020000", "\U00020000"},
};

static void join(const struct spans *spans, struct str *out) {
    for (size_t i = 0; i < spans->count; i++) {
        if (out->size > 0)
            str_append_char(out, '~');
        str_append(out, spans->bytes + spans->start[i],
                   spans->end[i] - spans->start[i]);
    }
}

static void cut_all(struct spans *spans, struct slice text, struct str *out) {
    str_clear(out);
    str_append(out, "", 0);
    while (text.size > 0) {
        size_t size = spans_cut(spans, text);
        join(spans, out);
        text = (struct slice){text.data + size, text.size - size};
    }
}

static void test_rows(int isa) {
    struct str got = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct normalizer normalizer;
        struct spans spans;
        normalizer_init(&normalizer, rows[i].options);
        spans_init(&spans, &normalizer);
        cut_all(&spans, slice_of(rows[i].text), &got);
        is_str(got.data, rows[i].want, "isa %d, row %zu", isa, i);
        spans_fini(&spans);
        normalizer_fini(&normalizer);
    }
    str_fini(&got);
}

/* Every row as often as to fill several stretches, after 0 to 63 letters. */
static void test_places(int isa) {
    struct str text = {0}, want = {0}, got = {0};
    struct normalizer normalizer;
    struct spans spans;
    normalizer_init(&normalizer, &uncased);
    spans_init(&spans, &normalizer);
    bool good = true;
    for (int shift = 0; shift < 64; shift++) {
        str_clear(&text), str_clear(&want);
        for (int i = 0; i < shift; i++)
            str_append_char(&text, 'x');
        str_append(&want, text.data, text.size);
        for (int i = 0; i < 120; i++) {
            str_printf(&text, " don't \u4E2D\u6587\u2014e\u0301\u3002");
            str_printf(&want, "%sdon~'~t~\u4E2D~\u6587~\u2014~e\u0301~\u3002",
                       want.size ? "~" : "");
        }
        cut_all(&spans, str_slice(&text), &got);
        good &= slice_equal(str_slice(&got), str_slice(&want));
    }
    ok(good, "isa %d: spans are the same at every place", isa);
    str_clear(&text);
    for (int i = 0; i < 5000; i++)
        str_append_char(&text, 'y');
    cut_all(&spans, str_slice(&text), &got);
    ok(slice_equal(str_slice(&got), str_slice(&text)), "isa %d: a long word is one",
       isa);
    spans_fini(&spans);
    normalizer_fini(&normalizer);
    str_fini(&text), str_fini(&want), str_fini(&got);
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++) {
        test_rows(isa);
        test_places(isa);
    }
    return tap_done();
}
