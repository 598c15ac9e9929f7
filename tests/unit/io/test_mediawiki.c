/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row is a dump and what must come of it: its articles, how many pages were
 * passed over for which reason, how many places are damaged.  The same dump in UTF-16,
 * in streams of bzip2, in parts and twice in one file gives the same articles.  Cut at
 * every byte it gives the articles before the cut and says that it is cut; with any
 * byte changed it loses two articles at most.  Always the ledger balances. */
#include "tests/unit/io/fixture.h"

#include "io/readers/reader.h"

#define S(literal)                                                                     \
    { literal, sizeof(literal) - 1 }
#define HEAD                                                                           \
    "<mediawiki xmlns=\"http://www.mediawiki.org/xml/export-0.11/\" version=\"0.11\" " \
    "xml:lang=\"xx\">\n<siteinfo><namespaces>"                                         \
    "<namespace key=\"0\" case=\"first-letter\" />"                                    \
    "<namespace key=\"1\">Keskustelu</namespace>"                                      \
    "<namespace key=\"6\">Tiedotus</namespace>"                                        \
    "<namespace key=\"14\">Luokitus</namespace></namespaces></siteinfo>\n"
#define TAIL "</mediawiki>\n"
#define REVISION(model, text)                                                          \
    "<revision><id>2</id><contributor><username>U</username><id>3</id></contributor>"  \
    "<comment>no text</comment>" model text "<sha1>x</sha1></revision>"
#define WIKITEXT "<model>wikitext</model><format>text/x-wiki</format>"
#define TEXT(text) "<text bytes=\"9\" xml:space=\"preserve\">" text "</text>"
#define PAGE(title, ns, rest)                                                          \
    "<page>\n<title>" title "</title>\n<ns>" ns "</ns><id>1</id>" rest "</page>\n"
#define ARTICLE(title, text) PAGE(title, "0", REVISION(WIKITEXT, TEXT(text)))
#define OLD(title, text)                                                               \
    "<page><title>" title "</title><id>1</id><revision>" TEXT(text) "</revision></"    \
                                                                    "page>"

static const struct row {
    const char *what;
    struct slice in;
    const char *out; /* documents, each ended by | */
    int empty, redirects, not_articles, not_wikitext, damaged;
} rows[] = {
    {"two articles", S(HEAD ARTICLE("A", "'''One'''.") ARTICLE("B", "[[Two]].") TAIL),
     "A\n\nOne.|B\n\nTwo.|", 0, 0, 0, 0, 0},
    {"the declaration in front",
     S("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- x -->" HEAD ARTICLE(
         "A &amp; B", "x &amp;lt; y &lt;ref&gt;no&lt;/ref&gt;.") TAIL),
     "A & B\n\nx < y.|", 0, 0, 0, 0, 0},
    {"other namespaces",
     S(HEAD PAGE("Keskustelu:A", "1", REVISION(WIKITEXT, TEXT("No.")))
           ARTICLE("A", "One.") TAIL),
     "A\n\nOne.|", 0, 0, 1, 0, 0},
    {"redirects",
     S(HEAD PAGE("A", "0", "<redirect title=\"B\" />" REVISION(WIKITEXT, TEXT("x")))
           ARTICLE("C", "#OHJAUS [[B]]") ARTICLE("B", "One.") TAIL),
     "B\n\nOne.|", 0, 2, 0, 0, 0},
    {"other models",
     S(HEAD PAGE("A", "0", REVISION("<model>json</model>", TEXT("{}")))
           ARTICLE("B", "One.") TAIL),
     "B\n\nOne.|", 0, 0, 0, 1, 0},
    {"no text",
     S(HEAD PAGE("A", "0", REVISION(WIKITEXT, "<text bytes=\"0\" />"))
           PAGE("B", "0", REVISION(WIKITEXT, "<text deleted=\"deleted\" />"))
               PAGE("C", "0", "") ARTICLE("D", "{{x}}") ARTICLE("E", "One.") TAIL),
     "E\n\nOne.|", 4, 0, 0, 0, 0},
    {"of several revisions the last",
     S(HEAD PAGE("A", "0",
                 REVISION(WIKITEXT, TEXT("Old.")) REVISION(WIKITEXT, TEXT("New.")))
           TAIL),
     "A\n\nNew.|", 0, 0, 0, 0, 0},
    {"of several slots the main one",
     S(HEAD PAGE("A", "0",
                 REVISION(WIKITEXT,
                          TEXT("One.") "<content><role>x</role><model>y</model>"
                                       "<text>No.</text></content>")) TAIL),
     "A\n\nOne.|", 0, 0, 0, 0, 0},
    {"the wiki's names of files and categories",
     S(HEAD ARTICLE("A", "One [[tiedotus:x.png|no]]two.\n[[Luokitus:B]]") TAIL),
     "A\n\nOne two.|", 0, 0, 0, 0, 0},
    {"an old schema without <ns>",
     S("<mediawiki version=\"0.3\"><siteinfo><namespaces><namespace key=\"3\">Puhe"
       "</namespace></namespaces></siteinfo>" OLD("A: B", "One.") OLD("Puhe:A", "No.")
           OLD("Talk:A", "No.") OLD("C", "#redirect [[A]]") TAIL),
     "A: B\n\nOne.|", 0, 1, 2, 0, 0},
    {"a part without its root", S("  " ARTICLE("A", "One.") ARTICLE("B", "Two.")),
     "A\n\nOne.|B\n\nTwo.|", 0, 0, 0, 0, 0},
    {"the last part", S(ARTICLE("A", "One.") TAIL), "A\n\nOne.|", 0, 0, 0, 0, 0},
    {"two dumps in one file",
     S(HEAD ARTICLE("A", "One.") TAIL
       "<?xml version=\"1.0\"?>\n" HEAD ARTICLE("B", "Two.") TAIL),
     "A\n\nOne.|B\n\nTwo.|", 0, 0, 0, 0, 0},
    {"a dump without pages", S(HEAD TAIL), "", 0, 0, 0, 0, 0},
    {"a control in a page",
     S(HEAD ARTICLE("A", "One.") ARTICLE("B", "Two\1.") ARTICLE("C", "Three.") TAIL),
     "A\n\nOne.|C\n\nThree.|", 0, 0, 0, 0, 1},
    {"ill-formed UTF-8",
     S(HEAD ARTICLE("A", "\xff") ARTICLE("B", "Two.") ARTICLE("C", "\xc3(") TAIL),
     "B\n\nTwo.|", 0, 0, 0, 0, 2},
    {"a page without its end",
     S(HEAD "<page><title>A</title><revision><text>x" ARTICLE("B", "Two.") TAIL),
     "B\n\nTwo.|", 0, 0, 0, 0, 1},
    {"a text without its end",
     S(HEAD PAGE("A", "0", "<revision><text>One.") ARTICLE("B", "Two.") TAIL),
     "B\n\nTwo.|", 0, 0, 0, 0, 1},
    {"an end too many",
     S(HEAD ARTICLE("A", "One.") "</page>\n" ARTICLE("B", "Two.") TAIL),
     "A\n\nOne.|B\n\nTwo.|", 0, 0, 0, 0, 1},
    {"a broken start tag", S(HEAD "<page \"\n" ARTICLE("B", "Two.") TAIL), "B\n\nTwo.|",
     0, 0, 0, 0, 1},
    {"garbage behind it", S(HEAD ARTICLE("A", "One.") TAIL "more"), "A\n\nOne.|", 0, 0,
     0, 0, 1},
    {"garbage between pages, for XML is text",
     S(HEAD ARTICLE("A", "One.") "more" ARTICLE("B", "Two.") TAIL),
     "A\n\nOne.|B\n\nTwo.|", 0, 0, 0, 0, 0},
    {"the end is missing", S(HEAD ARTICLE("A", "One.")), "A\n\nOne.|", 0, 0, 0, 0, 1},
    {"laughs",
     S("<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]>" HEAD ARTICLE(
         "A", "&b;") ARTICLE("B", "Two.") TAIL),
     "B\n\nTwo.|", 0, 0, 0, 0, 2},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

static const struct shard_options quietly = {.format = "mediawiki", .quiet = true};
static const struct shard_options by_content = {.quiet = true};

static void test_row(const struct row *row) {
    struct shard_read read;
    fixture_read(fixture_write("x.xml", row->in), &by_content, &read);
    struct str got = fixture_join(&read);
    const struct tally *t = &read.tally;
    is_str(got.data, row->out, "%s", row->what);
    is_int((int64_t)t->documents_empty, row->empty, "%s: empty", row->what);
    is_int((int64_t)t->pages_redirects, row->redirects, "%s: redirects", row->what);
    is_int((int64_t)t->pages_not_articles, row->not_articles, "%s: others", row->what);
    is_int((int64_t)t->pages_not_wikitext, row->not_wikitext, "%s: models", row->what);
    is_int((int64_t)t->damaged_places, row->damaged, "%s: damaged places", row->what);
    ok(read.status == 0 && fixture_balances(t) && t->unpacked_bytes == row->in.size,
       "%s: the ledger balances", row->what);
    str_fini(&got);
    fixture_read_fini(&read);
}

/* Reads the bytes; whether it gave the articles of a row and no damage. */
static bool gives(const char *file, struct slice bytes, const char *want) {
    struct shard_read read;
    fixture_read(fixture_write(file, bytes), &by_content, &read);
    struct str got = fixture_join(&read);
    bool same = strcmp(got.data, want) == 0 && read.tally.damaged_places == 0 &&
                read.status == 0 && fixture_balances(&read.tally);
    if (!same)
        diag("got %s, %llu places", got.data,
             (unsigned long long)read.tally.damaged_places);
    str_fini(&got);
    fixture_read_fini(&read);
    return same;
}

/* Two bytes a character, after a mark if asked for; é is the only one beyond ASCII. */
static struct str widen(struct slice narrow, bool big, bool mark) {
    struct str wide = {0};
    if (mark)
        str_append(&wide, big ? "\xfe\xff" : "\xff\xfe", 2);
    for (size_t i = 0; i < narrow.size; i++) {
        char c = narrow.data[i];
        if (c == '\xc3')
            c = (char)(narrow.data[++i] | 0x40);
        char pair[] = {big ? '\0' : c, big ? c : '\0'};
        str_append(&wide, pair, 2);
    }
    return wide;
}

static void test_utf16(void) {
    static const struct slice dump =
        S(HEAD ARTICLE("A", "Une \xc3\xa9t\xc3\xa9.") ARTICLE("B", "Two.") TAIL);
    static const struct slice part =
        S(ARTICLE("A", "Une \xc3\xa9t\xc3\xa9.") ARTICLE("B", "Two.") TAIL);
    static const char want[] = "A\n\nUne \xc3\xa9t\xc3\xa9.|B\n\nTwo.|";
    for (int i = 0; i < 8; i++) {
        bool big = i & 1, mark = i & 2, whole = i & 4;
        struct str wide = widen(whole ? dump : part, big, mark);
        ok(gives("x.xml", str_slice(&wide), want), "UTF-16%s, %s, %s",
           big ? "BE" : "LE", mark ? "marked" : "unmarked",
           whole ? "a dump" : "a part");
        size_t at = wide.size / 2 & ~(size_t)1;
        wide.data[at + big] = 1; /* in the first page's text or tags */
        struct shard_read read;
        fixture_read(fixture_write("x.xml", str_slice(&wide)), &by_content, &read);
        ok(read.count == 1 && read.tally.damaged_places == 1 &&
               fixture_balances(&read.tally),
           "with a control in a page the other one is found");
        fixture_read_fini(&read);
        str_fini(&wide);
    }
    struct str marked = {0};
    str_append(&marked, "\xef\xbb\xbf", 3);
    str_append(&marked, dump.data, dump.size);
    ok(gives("x.xml", str_slice(&marked), want), "UTF-8 with its mark");
    str_fini(&marked);
}

/* As pages-articles-multistream: the head, pages and the tail in streams of their own.
 */
static void test_multistream(void) {
    static const struct slice parts[] = {S(HEAD), S(ARTICLE("A", "One.")),
                                         S(ARTICLE("B", "Two.")), S(TAIL)};
    struct str all = {0}, middle = {0};
    for (int i = 0; i < 4; i++) {
        struct str packed = fixture_pack_one("bzip2", parts[i]);
        str_append(&all, packed.data, packed.size);
        if (i == 1 || i == 2)
            str_append(&middle, packed.data, packed.size);
        str_fini(&packed);
    }
    ok(gives("x.xml.bz2", str_slice(&all), "A\n\nOne.|B\n\nTwo.|"), "multistream");
    ok(gives("y.bz2", str_slice(&middle), "A\n\nOne.|B\n\nTwo.|"), "a part of one");
    struct packed_member members[] = {
        {"a.xml.bz2", str_slice(&all)}, {"b.bz2", str_slice(&middle)}, {0}};
    struct str tar = fixture_pack("ustar", "none", members);
    ok(gives("x.tar", str_slice(&tar), "A\n\nOne.|B\n\nTwo.|A\n\nOne.|B\n\nTwo.|"),
       "both in a tarball");
    str_fini(&tar);
    str_fini(&all);
    str_fini(&middle);
}

/* What one member says of its wiki is not held against the next one. */
static void test_names_end(void) {
    static const struct packed_member members[] = {
        {"a.xml", S(HEAD ARTICLE("A", "One [[Luokitus:B]]two.") TAIL)},
        {"b.xml", S(ARTICLE("A", "One [[Luokitus:B]] two."))},
        {0},
    };
    struct str tar = fixture_pack("ustar", "none", members);
    ok(gives("x.tar", str_slice(&tar), "A\n\nOne two.|A\n\nOne Luokitus:B two.|"),
       "names of namespaces end with their member");
    str_fini(&tar);
}

/* Damage in the packing costs the pages that lie in it and across its ends.  `damaged`:
 * which of three streams is damaged. */
static void test_packing(int damaged, int count, int places) {
    enum { PAGES = 60 };
    struct str dump = {0}, all = {0};
    str_printf(&dump, "%s", HEAD);
    for (int i = 0; i < PAGES; i++)
        str_printf(&dump,
                   "<page><title>T%d</title><revision><text>Text %d."
                   "</text></revision></page>\n",
                   i, i);
    str_printf(&dump, "%s", TAIL);
    size_t cuts[] = {0, dump.size / 3, 2 * dump.size / 3, dump.size};
    for (int i = 0; i < 3; i++) {
        struct slice third = {dump.data + cuts[i], cuts[i + 1] - cuts[i]};
        struct str packed = fixture_pack_one("gzip", third);
        packed.data[packed.size - 8] ^= i == damaged; /* its CRC */
        str_append(&all, packed.data, packed.size);
        str_fini(&packed);
    }
    struct shard_read read;
    fixture_read(fixture_write("x.xml.gz", str_slice(&all)), &by_content, &read);
    is_int(read.count, count, "stream %d is damaged: articles", damaged);
    is_int((int64_t)read.tally.damaged_places, places, "stream %d: places", damaged);
    ok(read.status == 0 && fixture_balances(&read.tally), "stream %d: balances",
       damaged);
    fixture_read_fini(&read);
    str_fini(&all);
    str_fini(&dump);
}

static const struct slice whole = S(HEAD ARTICLE("A", "One &amp; '''two'''.") ARTICLE(
    "B", "Three.") ARTICLE("C", "Four.") TAIL);
static const char *const texts[] = {"A\n\nOne & two.", "B\n\nThree.", "C\n\nFour."};

static void test_cuts(void) {
    bool good = true, said = true;
    for (size_t size = 0; size < whole.size; size++) {
        struct shard_read read;
        fixture_read(fixture_write("x.xml", (struct slice){whole.data, size}), &quietly,
                     &read);
        good = good && read.status == 0 && fixture_balances(&read.tally);
        for (int i = 0; i < read.count; i++)
            good = good && strcmp(read.texts[i].data, texts[i]) == 0;
        said = said && (read.tally.damaged_places == 1 || size + 1 == whole.size);
        fixture_read_fini(&read);
    }
    ok(good, "cut at every byte: the articles before the cut");
    ok(said, "cut at every byte: which is damage");
}

static bool is_one_of_texts(const char *text) {
    for (int i = 0; i < 3; i++)
        if (strcmp(text, texts[i]) == 0)
            return true;
    return false;
}

static void test_flips(void) {
    static const char flips[] = {1, '<' ^ 'a', (char)0x80, (char)0xff};
    bool good = true, found = true;
    struct str in = {0};
    str_append(&in, whole.data, whole.size);
    for (size_t at = 0; at < 2 * whole.size; at++) {
        struct shard_read read;
        in.data[at / 2] ^= flips[at % sizeof flips];
        fixture_read(fixture_write("x.xml", str_slice(&in)), &quietly, &read);
        int same = 0;
        for (int i = 0; i < read.count; i++)
            same += is_one_of_texts(read.texts[i].data);
        good = good && read.status == 0 && fixture_balances(&read.tally);
        if (found && same < 1)
            diag("byte %zu: %d of %d", at / 2, same, read.count);
        found = found && same >= 1 && read.count <= 4;
        fixture_read_fini(&read);
        in.data[at / 2] ^= flips[at % sizeof flips];
    }
    ok(good, "every byte changed: ends and balances");
    ok(found, "every byte changed: two articles are lost at most");
    str_fini(&in);
}

/* Where an article is from, as its wiki says. */
static void test_address(void) {
    static const struct slice dump =
        S("<mediawiki "
          "xml:lang=\"ltg\"><siteinfo><base>https://x.org/wiki/Main_Page</base>"
          "</siteinfo>" ARTICLE("A b", "One.") TAIL);
    struct tally tally = {0};
    struct err err = {0};
    struct doc doc = {0};
    struct shard *shard =
        shard_open(fixture_write("x.xml", dump), &by_content, &tally, &err);
    ok(shard_next(shard, &doc, &err) == 1 &&
           slice_equal(doc.url, slice_of("https://x.org/wiki/A_b")) &&
           slice_equal(doc.language, slice_of("ltg")),
       "address and language are said");
    shard_close(shard);
}

/* Templates mean what they mean in the wiki's language, which is in its database's
 * name, in the root, or in the names of its namespaces. */
static void test_language(void) {
#define NAMES(file, category, template)                                                \
    "<namespaces><namespace key=\"6\">" file                                           \
    "</namespace><namespace key=\"14\">" category                                      \
    "</namespace><namespace key=\"10\">" template "</namespace></namespaces>"
#define DUMP(root, site)                                                               \
    S("<mediawiki" root "><siteinfo>" site "</siteinfo>" ARTICLE(                      \
        "A", "le {{date|12|5|2012}}{{datum|3|4|1999}}, {{small|x}}") TAIL)
#define DATABASE(name) "<dbname>" name "</dbname>"
    static const struct {
        struct slice dump;
        const char *out;
    } cases[] = {
        {DUMP(" xml:lang=\"en\"", DATABASE("frwiki")), "A\n\nle 12 mai 2012, x|"},
        {DUMP("", DATABASE("frwiktionary")), "A\n\nle 12 mai 2012, x|"},
        {DUMP(" xml:lang=\"fr\"", DATABASE("commonswiki")), "A\n\nle 12 mai 2012, x|"},
        {DUMP(" xml:lang=\"fr-CA\"", ""), "A\n\nle 12 mai 2012, x|"},
        {DUMP("", NAMES("Fichier", "Catégorie", "Modèle")), "A\n\nle 12 mai 2012, x|"},
        {DUMP("", NAMES("File", "Category", "Template")), "A\n\nle 12, x|"},
        {DUMP("", NAMES("Datei", "Kategorie", "Vorlage")), "A\n\nle 3. April 1999, x|"},
        {DUMP(" xml:lang=\"fr\"", DATABASE("simplewiki")), "A\n\nle 12, x|"},
        {DUMP("", ""), "A\n\nle 12, x|"},
        {S("<mediawiki><siteinfo><dbname>frwiki</dbname></siteinfo>" ARTICLE(
             "A", "{{date|1|5|2012}}") TAIL
           "<mediawiki><siteinfo><dbname>dewiki</dbname></siteinfo>" ARTICLE(
               "B", "{{datum|1|5|2012}}") TAIL),
         "A\n\n1er mai 2012|B\n\n1. Mai 2012|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ok(gives("x.xml", cases[i].dump, cases[i].out), "a wiki's language, case %zu",
           i);
}

static void test_stop(void) {
    struct shard_options stop = {.stop_on_damage = true, .quiet = true};
    struct shard_read read;
    static const struct slice bad =
        S(HEAD ARTICLE("A", "One.") ARTICLE("B", "\1") TAIL);
    fixture_read(fixture_write("bad.xml", bad), &stop, &read);
    ok(read.status == -1 && read.err.code == ERR_DATA && read.count == 1,
       "damage stops if asked to: %s", read.err.text);
    fixture_read_fini(&read);
}

/* Nested too deep: that text is lost, counted and told, the page is not. */
static void test_depth(void) {
    struct str in = {0};
    str_printf(&in, "%s<page><title>A</title><revision><text>One.", HEAD);
    for (int i = 0; i < 200; i++)
        str_append(&in, "[[", 2);
    str_printf(&in, "deep</text></revision></page>%s", TAIL);
    struct shard_read read;
    fixture_read(fixture_write("x.xml", str_slice(&in)), &by_content, &read);
    is_str(read.count ? read.texts[0].data : "", "A\n\nOne.",
           "the text before it stays");
    is_int((int64_t)read.tally.damaged_bytes, 4, "the text in it is counted");
    is_int((int64_t)read.tally.damaged_places, 1, "and told");
    ok(fixture_balances(&read.tally), "and the ledger balances");
    fixture_read_fini(&read);
    str_fini(&in);
}

int main(void) {
    for (int i = 0; i < ROW_COUNT; i++)
        test_row(&rows[i]);
    test_utf16();
    test_multistream();
    test_names_end();
    test_packing(0, 42, 2); /* the file has no beginning, and the rest of a page */
    test_packing(1, 38, 1);
    test_packing(2, 38, 1);
    test_cuts();
    test_flips();
    test_address();
    test_language();
    test_stop();
    test_depth();
    return tap_done();
}
