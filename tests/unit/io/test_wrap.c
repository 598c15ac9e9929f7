/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: prose that was wrapped greedily at a width comes back as it was; headings,
 * verse, lists and text with a line a paragraph stay; no byte moves, whatever the text.
 */
#include "io/readers/wrap.h"

#include <string.h>

#include "tests/tap.h"

static const char *const words[] = {"the",
                                    "old",
                                    "man",
                                    "sat",
                                    "by",
                                    "a",
                                    "river",
                                    "and",
                                    "thought",
                                    "of",
                                    "somebody",
                                    "else",
                                    "\xc3\xa9t\xc3\xa9"};
enum { WORD_COUNT = sizeof words / sizeof *words };

/* A paragraph of `count` words, wrapped at `width` columns (0: not). */
static void paragraph(struct str *out, int seed, int count, size_t width) {
    size_t column = 0;
    for (int i = 0; i < count; i++) {
        const char *word = words[(i * 7 + seed) % WORD_COUNT];
        size_t columns = strcmp(word, words[WORD_COUNT - 1]) == 0 ? 3 : strlen(word);
        if (i > 0 && width > 0 && column + 1 + columns > width) {
            str_append_char(out, '\n');
            column = 0;
        } else if (i > 0) {
            str_append_char(out, ' ');
            column++;
        }
        str_append(out, word, strlen(word));
        column += columns;
    }
    str_append(out, "\n\n", 2);
}

static void test_prose(size_t width, bool joined) {
    struct str wrapped = {0}, whole = {0};
    for (int p = 0; p < 20; p++) {
        paragraph(&wrapped, p, 40 + 3 * p, width);
        paragraph(&whole, p, 40 + 3 * p, 0);
    }
    ok(wrap_join(&wrapped) == joined, "width %zu: %s", width,
       joined ? "joined" : "left");
    if (joined)
        ok(slice_equal(str_slice(&wrapped), str_slice(&whole)), "width %zu: as it was",
           width);
    str_fini(&wrapped);
    str_fini(&whole);
}

/* Short lines inside wrapped prose keep their ends. */
static void test_kept(void) {
    static const char kept[] =
        "CHAPTER I\nThe River\n\nShall I compare thee\nTo a summer's day?\n"
        "Thou art more lovely\n\n- one\n- two\n\n";
    struct str text = {0};
    paragraph(&text, 0, 60, 70);
    size_t at = text.size;
    str_append(&text, kept, strlen(kept));
    for (int p = 0; p < 5; p++)
        paragraph(&text, p, 60, 70);
    ok(wrap_join(&text), "prose with verse in it is joined");
    ok(memcmp(text.data + at, kept, strlen(kept)) == 0, "but not the verse");
    str_fini(&text);
}

/* A poem whose lines are as long as prose's are, and its preface. */
static void test_verse(void) {
    static const char verse[] =
        "Of man and of his fruit, and of that tree whose taste\n"
        "Brought loss into the world, till one\n"
        "To us came back, and then took up the seat\n"
        "As kings do, and that on the secret top\n"
        "Of Oreb or of Sinai sat as any shepherd does\n\n";
    struct str text = {0};
    for (int i = 0; i < 6; i++)
        str_append(&text, verse, strlen(verse));
    size_t size = text.size;
    ok(!wrap_join(&text), "a poem of long lines is left");
    for (int p = 0; p < 4; p++)
        paragraph(&text, p, 60, 55);
    ok(wrap_join(&text), "its preface is joined");
    ok(memcmp(text.data + size - strlen(verse), verse, strlen(verse)) == 0,
       "but not the poem");
    str_fini(&text);
}

/* German nouns have capitals too: what fills its lines is prose. */
static void test_capitals(void) {
    static const char prose[] =
        "Der Mann Am Fluss Dachte An Das Haus Und Die Frau Im Garten\n"
        "Und Der Fluss Dachte An Das Meer Wie Der Mann An Das Haus In\n"
        "Dem Die Frau Wohnte Und Das Meer Dachte An Den Fluss Und Den\n"
        "Mann Und Das Haus.\n\n";
    struct str text = {0};
    for (int i = 0; i < 6; i++)
        str_append(&text, prose, strlen(prose));
    ok(wrap_join(&text) && strchr(text.data, '\n') == text.data + sizeof prose - 3,
       "a paragraph of capitals that fills its lines is joined");
    str_fini(&text);
}

/* A play, most of whose lines are short, is joined where small letters go on. */
static void test_play(void) {
    static const char speech[] =
        "BRIGID.\nAnd there was something in the letterbox when I was out, I\n"
        "believe it was for you.\n\nRICHARD.\nFor me?\n\n";
    struct str text = {0};
    for (int i = 0; i < 8; i++)
        str_append(&text, speech, strlen(speech));
    ok(wrap_join(&text), "a play is joined");
    ok(strncmp(text.data + 8,
               "And there was something in the letterbox when I was out, I "
               "believe",
               66) == 0 &&
           text.data[7] == '\n',
       "but not the names of its persons");
    str_fini(&text);
}

static void test_nothing(void) {
    static const char *const texts[] = {"",
                                        "\n",
                                        "one line",
                                        "a\nb\nc\nd\ne\nf\ng\nh\ni\n",
                                        "\n\n\n\n\n\n\n\n\n\n",
                                        "\xff\xff\n\x80\n\xc3\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str text = {0};
        str_append(&text, texts[i], strlen(texts[i]));
        ok(!wrap_join(&text), "text %zu is left", i);
        is_str(text.data, texts[i], "text %zu is as it was", i);
        str_fini(&text);
    }
    struct str none = {0};
    ok(!wrap_join(&none), "nothing is left");
}

int main(void) {
    test_prose(72, true);
    test_prose(60, true);
    test_prose(95, true);
    test_prose(30, false);
    test_prose(150, false);
    test_prose(0, false);
    test_kept();
    test_verse();
    test_capitals();
    test_play();
    test_nothing();
    return tap_done();
}
