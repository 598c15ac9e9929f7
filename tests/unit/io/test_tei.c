/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row is a TEI file and the documents that must come of it.  Words must have
 * the spaces of print however a corpus marks them.  Cut at every byte a file gives the
 * beginning of its documents and says that it is cut; with any byte changed it ends;
 * always the ledger balances. */
#include "tests/unit/io/fixture.h"

#define S(literal)                                                                     \
    { literal, sizeof(literal) - 1 }
#define NS " xmlns=\"http://www.tei-c.org/ns/1.0\""
#define HEADER "<teiHeader><fileDesc><p>Not this.</p></fileDesc></teiHeader>"
#define TEI(body) "<TEI" NS ">" HEADER "<text><body>" body "</body></text></TEI>"

static const struct row {
    const char *what;
    struct slice in;
    const char *out; /* documents, each ended by | */
    int empty, damaged;
} rows[] = {
    {"paragraphs, a heading, verses",
     S("<?xml version=\"1.0\"?>\n" TEI("<head>A title</head>\n<p>One\n   two.</p>"
                                       "<lg><l>Three,</l><l>four.</l></lg>")),
     "A title\nOne two.\nThree,\nfour.|", 0, 0},
    {"a prefix, and a document type",
     S("<!DOCTYPE t:TEI SYSTEM \"tei.dtd\" [<!ENTITY hellip \"…\">]>"
       "<t:TEI xmlns:t=\"u\"><t:teiHeader/><t:text><t:p>One&hellip;</t:p></t:text>"
       "</t:TEI>"),
     "One…|", 0, 0},
    {"P4", S("<TEI.2>" HEADER "<text><p>One.</p></text></TEI.2>"), "One.|", 0, 0},
    {"a corpus",
     S("<teiCorpus" NS
       ">" HEADER TEI("<p>One.</p>") "\n" TEI("<p>Two.</p>") "</teiCorpus>"),
     "One.|Two.|", 0, 0},
    {"the BNC",
     S("<bncDoc xml:id=\"A00\">" HEADER "<wtext><div><p><s n=\"1\"><w>The </w><w>cat "
       "</w><w>do</w><w>n't </w><w>sit</w><c>, </c><w>now</w><c>.</c></s></p></div>"
       "</wtext></bncDoc>"),
     "The cat don't sit, now.|", 0, 0},
    {"words without spaces",
     S(TEI("<p><s><w>He</w><pc>,</pc><pc>(</pc><w>big</w><pc>)</pc><w>cat</w>"
           "<pc>.</pc></s>\n<s><w>Sat</w><w>on</w><w>it</w><pc>!</pc></s></p>")),
     "He, (big) cat. Sat on it!|", 0, 0},
    {"words with a line each",
     S(TEI("<p>\n<w>He</w>\n<pc>“</pc>\n<w>sat</w>\n<pc>”</pc>\n<pc>.</pc>\n</p>")),
     "He “sat”.|", 0, 0},
    {"marks within words",
     S(TEI("<p>A <hi>b</hi>ig <emph>c</emph>at<lb/>sat on<lb break=\"no\"/>to"
           "<pb n=\"2\"/> it.</p>")),
     "A big cat sat onto it.|", 0, 0},
    {"what is left out",
     S(TEI("<p>One<note>no</note> <figure><head>no</head></figure>two"
           "<fw>no</fw>.</p><listBibl><bibl>no</bibl></listBibl>"
           "<sp><speaker>NO</speaker><p>Three.</p></sp>")),
     "One two.\nThree.|", 0, 0},
    {"of two readings the better one",
     S(TEI(
         "<p><choice><sic>teh</sic><corr>The</corr></choice> <choice><orig>catte</orig>"
         "<reg>cat</reg></choice> <app><lem>sat</lem><rdg>set</rdg></app>.</p>")),
     "The cat sat.|", 0, 0},
    {"nothing but a header", S("<TEI>" HEADER "</TEI>"), "", 1, 0},
    {"texts in a group",
     S("<TEI><text><group><text><p>One.</p></text><text><p>Two.</p></text></group>"
       "</text></TEI>"),
     "One.\nTwo.|", 0, 0},
    {"two files in one", S(TEI("<p>One.</p>") "\n" TEI("<p>Two.</p>")), "One.|Two.|", 0,
     0},
    {"a mistake: the text before it stays",
     S("<teiCorpus>" TEI("<p>One.</p><p>Two</q>no</p>")
           TEI("<p>Three.</p>") "</teiCorpus>"),
     "One.\nTwo|Three.|", 0, 1},
    {"an end too soon", S("<TEI><text><p>One.</p><p>Two"), "One.\nTwo|", 0, 1},
    {"laughs",
     S("<!DOCTYPE TEI [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>" TEI(
         "<p>One &b;.</p>")),
     "One|", 0, 2},
    {"another XML", S("<?xml version=\"1.0\"?>\n<a>One.</a>\n"), "", 0, 0},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static const struct shard_options quietly = {.format = "tei", .quiet = true};
static const struct shard_options by_content = {.quiet = true};

static void test_row(const struct row *row) {
    struct shard_read read;
    fixture_read(fixture_write("x.xml", row->in), &by_content, &read);
    struct str got = fixture_join(&read);
    is_str(got.data, row->out, "%s", row->what);
    is_int((int64_t)read.tally.documents_empty, row->empty, "%s: empty", row->what);
    is_int((int64_t)read.tally.damaged_places, row->damaged, "%s: damaged", row->what);
    ok(read.status == 0 && fixture_balances(&read.tally), "%s: balances", row->what);
    str_fini(&got);
    fixture_read_fini(&read);
}

static const struct slice whole =
    S("<teiCorpus>" TEI("<p>One two.</p><p>Three.</p>")
          TEI("<p><w>Four</w><w>five</w><pc>.</pc></p>") "</teiCorpus>");

static void test_cuts(void) {
    bool good = true, said = true;
    static const char all[] = "One two.\nThree.|Four five.|";
    for (size_t size = 0; size < whole.size; size++) {
        struct shard_read read;
        fixture_read(fixture_write("x.xml", (struct slice){whole.data, size}), &quietly,
                     &read);
        struct str got = fixture_join(&read);
        if (got.size > 0)
            got.data[--got.size] = '\0';
        good = good && read.status == 0 && fixture_balances(&read.tally) &&
               strncmp(got.data, all, got.size) == 0;
        said = said && read.tally.damaged_places == 1;
        str_fini(&got);
        fixture_read_fini(&read);
    }
    ok(good, "cut at every byte: the beginning of the documents");
    ok(said, "cut at every byte: which is damage");
}

static void test_flips(void) {
    static const char flips[] = {1, '<' ^ 'a', (char)0x80, (char)0xff};
    bool good = true;
    struct str in = {0};
    str_append(&in, whole.data, whole.size);
    for (size_t at = 0; at < 4 * whole.size; at++) {
        struct shard_read read;
        in.data[at / 4] ^= flips[at % 4];
        fixture_read(fixture_write("x.xml", str_slice(&in)), &quietly, &read);
        good = good && read.status == 0 && fixture_balances(&read.tally) &&
               read.count <= 3;
        fixture_read_fini(&read);
        in.data[at / 4] ^= flips[at % 4];
    }
    ok(good, "every byte changed: ends and balances");
    str_fini(&in);
}

int main(void) {
    for (int i = 0; i < ROW_COUNT; i++)
        test_row(&rows[i]);
    test_cuts();
    test_flips();
    return tap_done();
}
