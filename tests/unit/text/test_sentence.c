/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: rows of text and the sentences it must fall into, joined by '|'; half of them
 * full stops that end nothing.  Then length: no sentence is empty, over 4096 bytes, or
 * loses anything but white space, wherever the text is cut. */
#include "src/text/sentence.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

enum { MAX_BYTES = 4096 };

static const struct {
    const char *text, *want;
} rows[] = {
    {"", ""},
    {" \r\n\t\n\u3000", ""},
    {"One.", "One."},
    {"One. Two! Three? Four", "One.|Two!|Three?|Four"},
    {"No end\nof a line\r\n\nis none", "No end|of a line|is none"},
    {"He said \"Stop.\" She did.", "He said \"Stop.\"|She did."},
    {"(It rained.) We left.", "(It rained.)|We left."},
    {"“Go!” Then we went.", "“Go!”|Then we went."},
    {"“Go!” he said. Yes.", "“Go!” he said.|Yes."},
    {"What?! No...  Well", "What?!|No...|Well"},
    {"Wait... what? yes", "Wait... what?|yes"},
    {"Well… maybe. Well… Maybe", "Well… maybe.|Well…|Maybe"},
    {"我们走吧。好的！「是。」走", "我们走吧。|好的！|「是。」|走"},
    {"यह है। वह था।", "यह है।|वह था।"},
    {"Dr. Smith met Mr. and Mrs. Jones.", "Dr. Smith met Mr. and Mrs. Jones."},
    {"By J. R. R. Tolkien. A book.", "By J. R. R. Tolkien.|A book."},
    {"“J. Smith” É. Zola", "“J. Smith” É. Zola"},
    {"The owner's. Then", "The owner's.|Then"},
    {"See No. 5 and p. 12. He said no. Then left.",
     "See No. 5 and p. 12.|He said no.|Then left."},
    {"On Jan. 5 it began. It was Jan. We left.",
     "On Jan. 5 it began.|It was Jan.|We left."},
    {"The U.S. Army. The U.S. The end.", "The U.S. Army.|The U.S.|The end."},
    {"Acme Inc. Paris office. Acme Inc. However,",
     "Acme Inc. Paris office.|Acme Inc.|However,"},
    {"at 5 p.m. on Friday e.g. Monday", "at 5 p.m. on Friday e.g. Monday"},
    {"1. First point. 2. Second point.", "1. First point.|2. Second point."},
    {"It costs 3.50 and 1,000.00 at www.a.org/b?c!d now.",
     "It costs 3.50 and 1,000.00 at www.a.org/b?c!d now."},
    {"In 1999. Then", "In 1999.|Then"},
    {"a. b", "a. b"},
    {". . .", ".|.|."},
    {"bad \xFF. Bytes \xE2\x80", "bad \xFF.|Bytes \xE2\x80"},
};

static void test_rows(void) {
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct slice rest = slice_of(rows[i].text), sentence;
        struct str got = {0};
        str_append(&got, "", 0);
        while (sentence_next(&rest, &sentence)) {
            if (got.size > 0)
                str_append_char(&got, '|');
            str_append(&got, sentence.data, sentence.size);
        }
        is_str(got.data, rows[i].want, "row %zu", i);
        str_fini(&got);
    }
}

/* The bytes of s that are not white space. */
static size_t solid_bytes(struct slice s) {
    size_t n = 0;
    for (size_t i = 0; i < s.size; i++)
        n += strchr(" \t\r\n", s.data[i]) == NULL || s.data[i] == '\0';
    return n;
}

/* Sentences of a text, or -1 if one is empty or too long, or something is lost. */
static int check_all(struct slice text) {
    struct slice rest = text, sentence;
    size_t solid = 0;
    int count = 0;
    bool good = true;
    for (; sentence_next(&rest, &sentence); count++) {
        good = good && sentence.size > 0 && sentence.size <= MAX_BYTES;
        solid += solid_bytes(sentence);
    }
    return good && solid == solid_bytes(text) ? count : -1;
}

static const struct {
    const char *unit;
    int times, want;
} lengths[] = {
    {"x", 4096, 1},      {"x", 4097, 2},          {"x", 20000, 5},
    {"word ", 2000, 3},  {"é", 2048, 1},          {"中", 2000, 2},
    {"\x80", 10000, 3},  {".", 9000, 3},          {"Yes. ", 3000, 3000},
    {"a\n", 3000, 3000}, {"\U0001F914", 1025, 2},
};

static void test_lengths(void) {
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct str text = {0};
        for (int k = 0; k < lengths[i].times; k++)
            str_append(&text, lengths[i].unit, strlen(lengths[i].unit));
        is_int(check_all(str_slice(&text)), lengths[i].want, "row %zu: %d times", i,
               lengths[i].times);
        str_fini(&text);
    }
}

static void test_cuts(void) {
    const char text[] = "“Is it?” Dr. É. said… 好。\xFF U.S. 1. No\r\nJan. 5.) x";
    int wrong = 0;
    for (size_t n = 0; n < sizeof text; n++) {
        char *cut = malloc(n + 1);
        memcpy(cut, text, n);
        wrong += check_all((struct slice){cut, n}) < 0;
        free(cut);
    }
    is_int(wrong, 0, "cut at every byte");
}

int main(void) {
    test_rows();
    test_lengths();
    test_cuts();
    return tap_done();
}
