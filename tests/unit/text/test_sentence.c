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
} english[] = {
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
    {"quietly. it went. etc. and so", "quietly.|it went.|etc.|and so"},
    {"Malcolm X. The film. Vitamin B. However",
     "Malcolm X.|The film.|Vitamin B.|However"},
    {"「行こう。」と言った。はい", "「行こう。」と言った。|はい"},
    {"である．そして３．５だ．", "である．|そして３．５だ．"},
    {"ආ. ඉ", "ආ. ඉ"},
    {"ဟုတ်တယ်။ မဟုတ်ဘူး။", "ဟုတ်တယ်။|မဟုတ်ဘူး။"},
    {"هل هذا؟ نعم. هذا هو.", "هل هذا؟|نعم.|هذا هو."},
    {"זה ספר. הוא טוב.", "זה ספר.|הוא טוב."},
};

static const struct {
    const char *language, *text, *want;
} others[] = {
    {"de", "Am 3. Oktober 1990 kam Dr. Kohl. Er sprach.",
     "Am 3. Oktober 1990 kam Dr. Kohl.|Er sprach."},
    {"de", "Tiere, z. B. Hunde, bzw. Katzen. Das war 1945. Dann",
     "Tiere, z. B. Hunde, bzw. Katzen.|Das war 1945.|Dann"},
    {"de", "Ludwig XIV. Sein Hof. Es waren 12. Die",
     "Ludwig XIV.|Sein Hof.|Es waren 12.|Die"},
    {"de", "Ludwig XIV. König", "Ludwig XIV. König"},
    {"de", "Äpfel usw. Birnen", "Äpfel usw. Birnen"},
    {"fr", "M. Hugo et Mme. Hugo. Il vint en 52 av. J.-C. Les Romains.",
     "M. Hugo et Mme. Hugo.|Il vint en 52 av. J.-C.|Les Romains."},
    {"fr", "Voir p. 12, c.-à-d. Paris. J. Le Pen",
     "Voir p. 12, c.-à-d. Paris.|J. Le Pen"},
    {"es", "El Sr. Gómez y la Dra. Ruiz. ¿Vienen? ¡Sí! Hola",
     "El Sr. Gómez y la Dra. Ruiz.|¿Vienen?|¡Sí!|Hola"},
    {"es", "Está en EE. UU. Los dos, en la pág. 5. Fin",
     "Está en EE. UU.|Los dos, en la pág. 5.|Fin"},
    {"cs", "Dne 5. května 1945 přišel např. Ing. Novák. Byl sám.",
     "Dne 5. května 1945 přišel např. Ing. Novák.|Byl sám."},
    {"cs", "Karel IV. Lucemburský. Karel IV. Jeho syn. Koupil chléb, sýr atd. Potom",
     "Karel IV. Lucemburský.|Karel IV.|Jeho syn.|Koupil chléb, sýr atd. Potom"},
    {"tr", "II. Dünya Savaşı 1945'te bitti. Prof. Dr. Öztürk geldi. ÖRN. Ankara",
     "II. Dünya Savaşı 1945'te bitti.|Prof. Dr. Öztürk geldi.|ÖRN. Ankara"},
    {"tr", "Yazar 12. Yüzyılda yaşadı. Acme A.Ş. Bu",
     "Yazar 12. Yüzyılda yaşadı.|Acme A.Ş.|Bu"},
    {"no", "Den 17. Mai kom bl.a. Ola Nordmann. Han var nr. 3. Det",
     "Den 17. Mai kom bl.a. Ola Nordmann.|Han var nr. 3.|Det"},
    {"en", "Am 3. Oktober z.B. Hunde", "Am 3.|Oktober z.B. Hunde"},
    {"cs,en", "Mr. Smith a MUDr. Novák. The end.", "Mr. Smith a MUDr. Novák.|The end."},
};

static void check_row(const struct sentence_rules *rules, const char *text,
                      const char *want) {
    struct slice rest = slice_of(text), sentence;
    struct str got = {0};
    str_append(&got, "", 0);
    while (sentence_next(rules, &rest, &sentence)) {
        if (got.size > 0)
            str_append_char(&got, '|');
        str_append(&got, sentence.data, sentence.size);
    }
    is_str(got.data, want, "'%.30s'", want);
    str_fini(&got);
}

static void test_rows(void) {
    struct err err;
    struct sentence_rules *rules = sentence_rules_create("en", NULL, &err);
    for (size_t i = 0; i < sizeof english / sizeof *english; i++)
        check_row(rules, english[i].text, english[i].want);
    sentence_rules_destroy(rules);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        rules = sentence_rules_create(others[i].language, NULL, &err);
        check_row(rules, others[i].text, others[i].want);
        sentence_rules_destroy(rules);
    }
}

static void test_unknown(void) {
    static const char *const bad[] = {"xx", "", ",en", "en;de", "EN"};
    struct err err;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        ok(sentence_rules_create(bad[i], NULL, &err) == NULL, "no '%s'", bad[i]);
        is_int(err.code, ERR_CONFIG, "  is a fault of the configuration");
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
static int check_all(const struct sentence_rules *rules, struct slice text) {
    struct slice rest = text, sentence;
    size_t solid = 0;
    int count = 0;
    bool good = true;
    for (; sentence_next(rules, &rest, &sentence); count++) {
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

static void test_lengths(const struct sentence_rules *rules) {
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        struct str text = {0};
        for (int k = 0; k < lengths[i].times; k++)
            str_append(&text, lengths[i].unit, strlen(lengths[i].unit));
        is_int(check_all(rules, str_slice(&text)), lengths[i].want, "row %zu: %d times",
               i, lengths[i].times);
        str_fini(&text);
    }
}

static void test_cuts(const struct sentence_rules *rules) {
    const char text[] = "“Is it?” Dr. É. said… 好。\xFF U.S. 1. No\r\nJan. 5.) x";
    int wrong = 0;
    for (size_t n = 0; n < sizeof text; n++) {
        char *cut = malloc(n + 1);
        memcpy(cut, text, n);
        wrong += check_all(rules, (struct slice){cut, n}) < 0;
        free(cut);
    }
    is_int(wrong, 0, "cut at every byte");
}

int main(void) {
    struct err err;
    struct sentence_rules *rules = sentence_rules_create("en", NULL, &err);
    test_rows();
    test_unknown();
    test_lengths(rules);
    test_cuts(rules);
    sentence_rules_destroy(rules);
    return tap_done();
}
