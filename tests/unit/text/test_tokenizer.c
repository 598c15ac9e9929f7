/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: texts and the ids published for them: with a tiny vocabulary from the tests of
 * Google's BERT, then with bert-base-uncased and -cased where they are at hand.  Ids
 * are appended, ill-formed bytes counted, special tokens in a text are text.  Then the
 * quick way beside the plain one, which defines the ids: random texts of what is
 * awkward, under all options and instruction sets, twice, so that the second time finds
 * the cache filled. */
#include "src/text/tokenizer.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/file.h"
#include "src/base/rng.h"
#include "src/text/pretokenize.h"
#include "src/text/wordpiece.h"
#include "tests/fill.h"
#include "tests/tap.h"

static const struct normalizer_options uncased = {true, true, true, true, false};
static const struct normalizer_options cased = {true, true, false, false, false};

struct row {
    const char *text, *want;
};

static const char tiny[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
                           "want\n##want\n##ed\nwa\nun\nrunn\n##ing\n,\n[\n]\nsep\n";

static const struct row tiny_rows[] = {
    {"", ""},
    {" \n\u3000", ""},
    {"UNwant\u00E9d,running", "9 6 7 12 10 11"},
    {"unwanted running", "9 6 7 10 11"},
    {"unwantedX running", "1 10 11"},
    {"[SEP]", "13 15 14"},
    {"[UNK]", "13 1 14"},
    {"wa\xFF\xC3nt", "5"},
};

static const struct row uncased_rows[] = {
    {"This is a sample sentence to be tok\u00E9nized",
     "2023 2003 1037 7099 6251 2000 2022 19204 3550"},
    {"Wondering how this will get tokenized \U0001F914 ?",
     "6603 2129 2023 2097 2131 19204 3550 100 1029"},
    {"\u0130s th!s \U00029E3D \u03FA \u0160\u0153 Uglj\u0161i\u0107 d\u1EA5u n\u1EB7ng",
     "2003 16215 999 1055 100 100 1055 29674 1057 23296 22578 2594 4830 2226 16660 "
     "2290"},
    {"\u2026", "1529"},
    {"Lorem ipsum dolor sit amet.",
     "19544 2213 12997 17421 2079 10626 4133 2572 3388 1012"},
    {"is there any doubt about it \"None whatsoever\"",
     "2003 2045 2151 4797 2055 2009 1000 3904 18971 1000"},
    {"My name is John", "2026 2171 2003 2198"},
    {"Kant\u014D l\u01DCshi", "26044 2080 16299 2072"},
    {"na\u00EFve caf\u00E9", "15743 7668"},
    {"\u0130stanbul", "9960"},
    {"a\u2260b", "1037 1027 1038"},
    {"x\u037Ey", "1060 1025 1061"},
    {"\u2019tis", "1521 22320"},
    {"don't", "2123 1005 1056"},
    {"$1,000.50", "1002 1015 1010 2199 1012 2753"},
    {"foo\u200Bbar", "29379 8237"},
    {"foo\u00ADbar", "29379 8237"},
    {"a\u2028b", "1037 1038"},
    {"a\xC2\x85"
     "b",
     "11113"},
    {"a\x0B"
     "b",
     "11113"},
    {"a\uFEFF"
     "b",
     "11113"},
    {"a\u180E"
     "b",
     "11113"},
    {"a\uE000"
     "b",
     "11113"}, /* Hugging Face drops private use, Google does not */
    {"a\U0002B820"
     "b",
     "100"},
    {"\uFFFDx", "1060"},
    {"\u682A\u5F0F\u4F1A\u793E\u30A2\u30EA\u30D0\u30D0",
     "100 100 1763 1924 1693 30258 30244 30244"},
    {"\u30D0", "1718"},
    {"\uD55C\uAD6D\uC5B4", "1469 30006 30021 29991 30014 30020 29999 30008"},
    {"e\u0301", "1041"},
    {"\u1E9E Stra\u00DFe", "1096 2358 27807"},
    {"\uFB01ne", "1984 2638"},
    {"\u00BD", "1092"},
    {"\u2460\u2461", "100"},
    {"\U0001F600\U0001F914", "100"},
    {"\u2167", "100"},
    {"\u017Fs", "100"},
    {"\u01C5", "100"},
    {"a\u0378b", "100"},
    {"\u06DD\u0661", "100"},
    {"\u02BCn", "1146 2078"},
    {"\u212A", "1047"},
    {"\u212B", "1037"},
    {"[SEP] hello [MASK]", "1031 19802 1033 7592 1031 7308 1033"},
    {"##ing", "1001 1001 13749"},
    {"C++ #hashtag", "1039 1009 1009 1001 23325 15900"},
    {"U.S.A.", "1057 1012 1055 1012 1037 1012"},
    {"e-mail", "1041 1011 5653"},
    {"\u1D35\u1D3A\u1D40\u1D43\u099B\u099C\u099F\u09A1\u09A3\u09A4",
     "1493 30030 30031 30032 29893 29894 29895 29896 29897 29898"},
    {"\u529B\u52A0\u52DD\u5317\u533A", "1778 1779 1780 1781 1782"},
};

static void test_rows(const char *name, struct slice vocabulary,
                      const struct normalizer_options *options, const struct row *rows,
                      size_t count) {
    struct vocab vocab;
    struct err err;
    if (!ok(vocab_parse(&vocab, vocabulary, name, &err) == 0, "%s is a vocabulary",
            name))
        return;
    struct tokenizer *tokenizer = tokenizer_create(&vocab, options);
    struct str got = {0};
    struct ids ids = {0};
    for (size_t i = 0; i < count; i++) {
        struct slice text = slice_of(rows[i].text);
        size_t before = ids.count;
        tokenizer_encode(tokenizer, text, &ids);
        str_clear(&got);
        str_append(&got, "", 0);
        for (size_t k = before; k < ids.count; k++)
            str_printf(&got, k > before ? " %d" : "%d", ids.data[k]);
        is_str(got.data, rows[i].want, "%s: row %zu", name, i);
    }
    str_fini(&got);
    ids_fini(&ids);
    tokenizer_destroy(tokenizer);
    vocab_fini(&vocab);
}

static void test_published(const char *file, const struct normalizer_options *options,
                           const struct row *rows, size_t count) {
    const char *data = getenv("MPIBERT_TEST_DATA");
    struct str path = {0}, text = {0};
    struct err err;
    str_printf(&path, "%s/vocab/%s", data ? data : "", file);
    if (data == NULL || file_read(path.data, 1 << 24, &text, &err) < 0)
        skip("no such vocabulary in MPIBERT_TEST_DATA", (int)count + 1);
    else
        test_rows(file, str_slice(&text), options, rows, count);
    str_fini(&path);
    str_fini(&text);
}

/* "want" as cased pieces: accents and capitals are letters like others. */
static const char tiny_cased[] = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n"
                                 "UN\n##want\n##\u00E9\n##d\ne\n\u0301\n##\u0301\n";
static const struct row tiny_cased_rows[] = {
    {"UNwant\u00E9d", "5 6 7 8"},
    {"unwant\u00E9d", "1"},
    {"e\u0301", "9 11"},
    {"\u00E9", "1"},
};

static const struct row cased_rows[] = {
    {"Hello World", "8667 1291"},
    {"\uD55C\uAD6D\uC5B4", "100"},
};

static void test_bytes(void) {
    struct vocab vocab;
    struct err err;
    vocab_parse(&vocab, slice_of(tiny), "tiny", &err);
    struct tokenizer *tokenizer = tokenizer_create(&vocab, &uncased);
    struct ids ids = {0};
    size_t bad = tokenizer_encode(tokenizer, slice_of("wa\xFF\xC3nt \xE2\x82"), &ids);
    is_int((int64_t)bad, 4, "ill-formed bytes are counted");
    size_t count = ids.count;
    tokenizer_encode(tokenizer, (struct slice){NULL, 0}, &ids);
    is_int((int64_t)ids.count, (int64_t)count, "an empty text has no ids");
    struct str word = {0};
    for (int i = 0; i < 101; i++)
        str_append(&word, "x", 1);
    str_append(&word, " want", 5);
    ids.count = 0;
    tokenizer_encode(tokenizer, str_slice(&word), &ids);
    ok(ids.count == 2 && ids.data[0] == vocab.unk && ids.data[1] == 5,
       "101 characters are one [UNK]");
    str_fini(&word);
    ids_fini(&ids);
    tokenizer_destroy(tokenizer);
    tokenizer_destroy(NULL);
    vocab_fini(&vocab);
}

/* What joins, parts, reorders, changes or breaks off what is beside it. */
static const char *const awkward[] = {"a",
                                      "b",
                                      "Z",
                                      "want",
                                      "Un",
                                      "##",
                                      "running",
                                      "edededededededed",
                                      "0",
                                      " ",
                                      "  ",
                                      "\t",
                                      "\n",
                                      "\r",
                                      "\x0B",
                                      "\x0C",
                                      "\x1C",
                                      "\x01",
                                      ".",
                                      ",",
                                      "'",
                                      "[",
                                      "$",
                                      "\u00E9",
                                      "\u00C9",
                                      "\u0130",
                                      "\u0301",
                                      "\u0323",
                                      "\u0338",
                                      "\u034F",
                                      "\u0345",
                                      "\u1734",
                                      "\u302E",
                                      "\u0898",
                                      "\u2260",
                                      "\u037E",
                                      "\u1FEF",
                                      "\u0387",
                                      "\u00B7",
                                      "\u2019",
                                      "\u2014",
                                      "\u00A0",
                                      "\xC2\x85",
                                      "\u2028",
                                      "\u2000",
                                      "\u2001",
                                      "\u3000",
                                      "\u3001",
                                      "\u3007",
                                      "\u3042",
                                      "\u304C",
                                      "\u4DFF",
                                      "\u4E00",
                                      "\u9FFF",
                                      "\uA000",
                                      "\uF900",
                                      "\uFAFF",
                                      "\uD55C",
                                      "\uFF01",
                                      "\uFF04",
                                      "\u200B",
                                      "\u00AD",
                                      "\uFEFF",
                                      "\uFFFD",
                                      "\uE000",
                                      "\u2329",
                                      "\U00020000",
                                      "\U0001F600",
                                      "\U0001D165",
                                      "\xE4\xB8",
                                      "\xE4",
                                      "\x80",
                                      "\xC3",
                                      "\xC0\x80",
                                      "\xE0\x80\x80",
                                      "\xE0\x82\xA0",
                                      "\xED\xA0\x80",
                                      "\xF0\x9F\x98",
                                      "\xF4\x90\x80\x80",
                                      "\xFF"};
static const char mixed[] =
    "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nwant\n##want\n##ed\nwa\nun\nrunn\n##ing\n,\n["
    "\n"
    "a\nb\n##a\n##b\nz\nZ\n##z\n##Z\nUn\ne\n##e\n\u00E9\n##\u00E9\n.\n'\n$\n=\n;\n`"
    "\n0\n##0\n"
    "\u4E00\n\u9FFF\n\u3001\n\u2019\n\u2014\n\u3042\n##\u3042\n\u1112\n##\u1161\n##"
    "\u11AB\n"
    "\u0301\n##\u0301\n\u0323\n##\u0323\n\u302E\n##\u302E\ni\n##i\n#\n";

/* A text of up to `most` awkward things, the same each time. */
static void draw_text(struct rng *rng, size_t most, struct str *text) {
    const size_t kinds = sizeof awkward / sizeof *awkward;
    str_clear(text);
    str_append(text, "", 0);
    for (size_t i = rng_below(rng, most); i > 0; i--)
        str_printf(text, "%s", awkward[rng_below(rng, kinds)]);
    if (rng_below(rng, 8) == 0 && text->size > 0)
        text->data[rng_below(rng, text->size)] = '\0';
}

/* The plain way. */
static size_t encode_plain(struct normalizer *normalizer,
                           const struct wordpiece *wordpiece, const struct str *text,
                           struct ids *ids) {
    size_t bad = normalizer_run(normalizer, str_slice(text));
    struct slice rest = str_slice(&normalizer->text), word;
    while (pretokenize_next(&rest, &word))
        wordpiece_encode(wordpiece, word, ids);
    return bad;
}

static bool same_ids(const struct ids *a, const struct ids *b) {
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->data[i] == b->data[i];
    return same;
}

static void test_plain(int isa, int bits, int texts, size_t most) {
    const struct normalizer_options options = {bits & 1, bits & 2, bits & 4, bits & 8,
                                               false};
    struct vocab vocab;
    struct err err;
    struct str text = {0};
    struct ids got = {0}, want = {0};
    int different = 0;
    if (!ok(vocab_parse(&vocab, slice_of(mixed), "mixed", &err) == 0, "a vocabulary"))
        return;
    struct tokenizer *quick = tokenizer_create(&vocab, &options);
    struct wordpiece *wordpiece = wordpiece_create(&vocab);
    struct normalizer normalizer;
    normalizer_init(&normalizer, &options);
    for (int pass = 0; pass < 2; pass++) {
        struct rng rng;
        rng_init(&rng, 1, RNG_TEST, (uint64_t)bits, most);
        for (int i = 0; i < texts; i++) {
            draw_text(&rng, most, &text);
            got.count = want.count = 0;
            size_t bad = tokenizer_encode(quick, str_slice(&text), &got);
            bool same = bad == encode_plain(&normalizer, wordpiece, &text, &want);
            different += !same || !same_ids(&got, &want);
        }
    }
    is_int(different, 0, "isa %d, options %d, up to %zu things: as the plain way", isa,
           bits, most);
    tokenizer_destroy(quick);
    wordpiece_destroy(wordpiece);
    normalizer_fini(&normalizer);
    ids_fini(&got), ids_fini(&want);
    str_fini(&text);
    vocab_fini(&vocab);
}

int main(void) {
    test_rows("tiny", slice_of(tiny), &uncased, tiny_rows,
              sizeof tiny_rows / sizeof *tiny_rows);
    test_rows("tiny cased", slice_of(tiny_cased), &cased, tiny_cased_rows,
              sizeof tiny_cased_rows / sizeof *tiny_cased_rows);
    test_bytes();
    test_published("bert-base-uncased.txt", &uncased, uncased_rows,
                   sizeof uncased_rows / sizeof *uncased_rows);
    test_published("bert-base-cased.txt", &cased, cased_rows,
                   sizeof cased_rows / sizeof *cased_rows);
    for (int isa = 0; fill_isa(isa); isa++)
        for (int bits = 0; bits < 16; bits++) {
            test_plain(isa, bits, 3000, 6);
            test_plain(isa, bits, 6, 2000);
        }
    ok(strlen(tokenizer_tables_version) > 0, "tables: %s", tokenizer_tables_version);
    return tap_done();
}
