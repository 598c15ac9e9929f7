/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row is a page in wikitext and the prose that a reader of the article would
 * see, written down from the grammar, not from the program.  Then what must hold for
 * any bytes: pages cut at every byte and with every byte changed end well; brackets
 * that are opened a hundred thousand times and never closed take no longer than their
 * size allows, and what lies too deep is counted. */
#include "io/readers/wikitext.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/tap.h"

static const struct row {
    const char *what, *in, *out;
} rows[] = {
    /* text */
    {"plain text", "Hello, world.", "Hello, world.\n"},
    {"nothing", "", ""},
    {"blank lines only", "\n\n \n", ""},
    {"two paragraphs", "One.\n\nTwo.", "One.\nTwo.\n"},
    {"many blank lines", "One.\n\n\n\n\nTwo.\n\n", "One.\nTwo.\n"},
    {"lines of one paragraph are joined", "One\ntwo.\n\nThree.", "One two.\nThree.\n"},
    {"CRLF", "One\r\ntwo.\r\n\r\nThree.\r\n", "One two.\nThree.\n"},
    {"double spaces", "One.  Two.   Three.", "One. Two. Three.\n"},
    {"a line without words", "One.\n\n*.*\n\n...\n\nTwo.", "One.\nTwo.\n"},
    {"other scripts", "北京是中国的首都。\n\nМосква.", "北京是中国的首都。\nМосква.\n"},
    /* quotes */
    {"italic, bold, both", "''a'' '''b''' '''''c'''''", "a b c\n"},
    {"an apostrophe stays", "It's Jim's.", "It's Jim's.\n"},
    {"l'''amour'' in italics", "Il dit l'''amour''.", "Il dit l'amour.\n"},
    {"four quotes are an apostrophe and bold", "''''a'''", "'a\n"},
    {"seven are two and both", "'''''''a'''''", "''a\n"},
    {"quotes are a line's", "''a\n\nb'' c", "a\nb c\n"},
    /* links */
    {"a link", "A [[cat]] sat.", "A cat sat.\n"},
    {"its label", "A [[Felis catus|cat]] sat.", "A cat sat.\n"},
    {"its trail", "Two [[cat]]s sat.", "Two cats sat.\n"},
    {"a bar in its label", "A [[cat|b|c]] sat.", "A b|c sat.\n"},
    {"markup in its label", "A [[cat|''big'' [[dog]]]] sat.", "A big dog sat.\n"},
    {"pipe trick", "[[Boston, MA|]] [[Help:Links (all)|]]", "Boston Links\n"},
    {"a section", "See [[#History]] and [[A#B|there]].", "See History and there.\n"},
    {"a leading colon", "See [[:Category:Cats]].", "See Category:Cats.\n"},
    {"a category", "One.\n[[Category:Cats]]\n[[Kategorie:Katzen|*]]", "One.\n"},
    {"a category within a line", "One [[Category:Cats]]two.", "One two.\n"},
    {"other languages", "One.\n[[fr:Chat]]\n[[zh-min-nan:Niau]]\n[[simple:Cat]]",
     "One.\n"},
    {"another language, shown", "As [[fr:Chat|they say]].", "As they say.\n"},
    {"a sister", "A [[wikt:cat]] and [[wikt:dog|dogs]].", "A cat and dogs.\n"},
    {"a colon in a title", "In [[Alien: Covenant]] he dies.",
     "In Alien: Covenant he dies.\n"},
    {"a file", "One.\n[[File:A.jpg|thumb|left|A [[cat]] of ''mine''.]]\nTwo.",
     "One.\nTwo.\n"},
    {"a file, any case, any wiki",
     "[[file:a.png]] [[IMAGE:b.png|x]] [[Datei:c.png]] [[файл:д.png|мини]] One.",
     "One.\n"},
    {"a wiki's own name for files", "[[Tiedotus:A.jpg|thumb|B]] One.", "One.\n"},
    {"a file's caption of paragraphs", "[[File:A.jpg|thumb|One\n\ntwo [[x]]]]\nThree.",
     "Three.\n"},
    {"a file by a name that this wiki does not list",
     "[[Рәсем:A b.jpg|thumb|200px|Cap.]] [[Зураг:A.png|Cap]] [[Сурет:A|Cap]] "
     "[[Íomhá:A|Cap]] [[Şəkil:A|Cap]] [[şəkil:A.PNG|Cap]] One.",
     "One.\n"},
    {"a prefix of nobody's before a picture", "Two [[X:A.png|thumb|200px|Cap]]cats.",
     "Two cats.\n"},
    {"pictures that are linked to, and titles that end so",
     "See [[:File:A.png|this]], [[Node.js]] and [[A.gif|that]].",
     "See this, Node.js and that.\n"},
    {"categories by the names of any wiki", "One. [[Төркем:A]] [[Kateqoriya:B|c]]",
     "One.\n"},
    {"a file within words", "The [[File:Flag.svg|20px]] flag.", "The flag.\n"},
    {"a URL", "See [http://x.org/?a=b the site], [http://x.org] or [//x.org y].",
     "See the site, or y.\n"},
    {"a bar in its address",
     "a [http://x.org/z| Text], b [http://x.org/|z Text], c [http://x.org/z|Text].",
     "a Text, b Text, c.\n"},
    {"a bar in its address, in a list",
     "#* '''1986''', [http://x.org/b?id=j&lpg=PA19&q=%22s%22| InfoWorld], a weekly.",
     "1986, InfoWorld, a weekly.\n"},
    {"an address in a template's part", "{{small|[http://x.org a]|b}} c", "a c\n"},
    {"a template in its address",
     "a [http://x.org/{{x}}/y the site] b [http://x/{{y}}]", "a the site b\n"},
    {"what ends an address",
     "[http://x.org\"a\" b] [http://x.org[[c|d]] e] [http://x.org\302\240f] "
     "[http://x.org\tg] [http://x.org<ref>h</ref> i]",
     "\"a\" b d e f g i\n"},
    {"other protocols", "[HTTPS://x.org a] [mailto:a@b.org b] [ftp://x c] [irc://x d]",
     "a b c d\n"},
    {"protocols without an address", "[http:// a] [// b] [mailto: c] [news:]",
     "[http:// a] [// b] [mailto: c] [news:]\n"},
    {"brackets in its label", "[http://x.org a [b] c] and [http://x.org ''d'']",
     "a [b c] and d\n"},
    {"a URL in two pairs of brackets", "A [[http://x.org site]] b.", "A [site] b.\n"},
    {"no label but blanks", "One [http://x.org  ]two.", "One two.\n"},
    {"brackets that are no URL", "He [sic] said [x] [[y]].", "He [sic] said [x] y.\n"},
    {"a URL in a caption", "[[File:A.jpg|from [http://x.org here]]] One.", "One.\n"},
    {"a link that never ends", "A [[cat sat.\n\nOn [[mats]].",
     "A cat sat.\nOn mats.\n"},
    {"a label that never ends", "A [[cat|dog sat.\n\nOn [[mats]].",
     "A cat|dog sat.\nOn mats.\n"},
    {"a URL that never ends", "A [http://x.org cat\n\nsat].", "A cat\nsat].\n"},
    /* templates */
    {"a template", "One {{x}}two.", "One two.\n"},
    {"a box in front", "{{Infobox\n| a = [[b]]\n| c = {{d|{{e}}}}\n}}\n'''One''' is.",
     "One is.\n"},
    {"an empty pair of parentheses", "Cat ({{IPA|kæt}}) sat.", "Cat sat.\n"},
    {"one that holds commas too", "Cat ({{IPA|kæt}}, {{x}}; {{y}}) sat.", "Cat sat.\n"},
    {"one that begins with a hole", "Cat ({{IPA|kæt}}; born 1999) sat.",
     "Cat (born 1999) sat.\n"},
    {"one that ends with a hole", "Cat (born 1999, {{IPA|kæt}}) sat.",
     "Cat (born 1999) sat.\n"},
    {"one within another", "Cat (or dog ({{x}})) sat.", "Cat (or dog) sat.\n"},
    {"nothing but holes within another", "Cat (({{x}}){{y}}) sat.", "Cat sat.\n"},
    {"parentheses of the text", "Call f( ) or g().", "Call f( ) or g().\n"},
    {"a hole before punctuation", "The cat {{x}}, the dog {{x}}. End {{x}}.",
     "The cat, the dog. End.\n"},
    {"a hole between commas", "One, {{x}}, two.", "One, two.\n"},
    {"lang", "He said {{lang|fr|bon ''jour''}} and {{lang-de|guten Tag}}.",
     "He said bon jour and guten Tag.\n"},
    {"convert", "{{convert|5|km|mi}}, {{convert|5|to|10|sqmi}}, {{cvt|3|-|4|C|F}}",
     "5 km, 5 to 10 square miles, 3–4 °C\n"},
    {"convert millions", "{{convert|2|e6acre|ha}}, {{convert|7|e3foo|x}}",
     "2 million acres, 7 thousand foo\n"},
    {"convert feet and inches", "{{convert|6|ft|1|in|m}}", "6 ft 1 inches\n"},
    {"nowrap, small, abbr", "{{nowrap|a b}} {{Small|c}} {{abbr|d|e}}", "a b c d\n"},
    {"circa", "Born {{circa|1500}}, died {{c.|1560|1570}}.",
     "Born c. 1500, died c. 1560 – c. 1570.\n"},
    {"an apostrophe as template", "''Time''{{'}}s and ''Life''{{'s}} end.",
     "Time's and Life's end.\n"},
    {"fractions", "{{frac|2}} {{frac|2|3}} {{frac|1|2|3}}", "1/2 2/3 1 2/3\n"},
    {"dashes", "a{{ndash}}b{{snd}}c{{mdash}}d", "a–b – c—d\n"},
    {"as of", "{{As of|2010|05}}, {{as of|2011|lc=y}} and {{as of|2012|alt=in 2012}}.",
     "As of May 2010, as of 2011 and in 2012.\n"},
    {"an argument by number", "{{nowrap|1=a=b}}", "a=b\n"},
    {"a quotation", "He said:\n{{quote|text=To be.\n\nOr not.|author=W}}\nEnd.",
     "He said:\nTo be.\nOr not.\nEnd.\n"},
    {"ships", "{{USS|Enterprise|CV-6}} and {{HMS|Hood}}",
     "USS Enterprise (CV-6) and HMS Hood\n"},
    {"nihongo", "{{nihongo|Sushi|寿司|sushi}} {{nihongo|Tea|茶}}",
     "Sushi (寿司, sushi) Tea (茶)\n"},
    {"chem", "{{chem|H|2|O}}", "H2O\n"},
    {"formatnum", "{{formatnum:1234}}", "1234\n"},
    {"templates in templates", "{{nowrap|{{small|{{lang|de|a {{x}}b}}}}}}", "a b\n"},
    {"parser functions", "One {{#if:a|b|c}}two {{PAGENAME}}.", "One two.\n"},
    {"parameters", "A {{{1|b}}} {{{2}}} {{{3|{{{4|c}}}}}}.", "A b c.\n"},
    {"a link in a template, a template in a link",
     "{{small|[[a|b]]}} [[c|{{small|d}}]]", "b d\n"},
    {"a template over a forgotten link", "{{x|[[a}} One.", "One.\n"},
    {"a template that never ends", "{{small|a\n\nOne [[b]].", "small|a\nOne b.\n"},
    {"braces that end nothing", "One }} two } three { four.",
     "One }} two } three { four.\n"},
    /* variants of a language */
    {"the first variant", "A -{zh-hans:计算机; zh-hant:電腦;}- B -{C}- D.",
     "A 计算机 B C D.\n"},
    {"its flags",
     "-{A|zh-cn:a;zh-tw:b}--{H|zh:c}--{T|d}- [[x|-{R|e}-]] {{small|-{A|f}-}}",
     "a e f\n"},
    {"other braces and dashes", "x-y} }- a-b -{", "x-y} }- a-b -{\n"},
    {"one that never ends", "A -{zh:b {{c}}.\n\nD.", "A -{zh:b.\nD.\n"},
    /* tables */
    {"a table", "One.\n{| class=x\n! a !! b\n|-\n| c || [[d|e]]\n|}\nTwo.",
     "One.\nTwo.\n"},
    {"a table in a table", "{|\n|\n{|\n| a\n|}\n| b\n|}\nOne.", "One.\n"},
    {"an indented table", "One.\n:{| \n| a\n|}\nTwo.", "One.\nTwo.\n"},
    {"a template that ends as a table does", "{|\n| {{x|a\n|}}\n| b\n|}\nOne.",
     "One.\n"},
    {"a table that never ends", "One.\n{|\n| a\nb", "One.\n"},
    {"a heading ends it", "One.\n{|\n| a\n== B ==\nTwo.", "One.\nTwo.\n"},
    {"an HTML table", "One.\n<table><tr><td>a</td></tr></table>\nTwo.", "One.\nTwo.\n"},
    {"rows without a table", "One.\n|-\n| a || b\n|}\nTwo.", "One.\nTwo.\n"},
    /* tags */
    {"a reference", "One.<ref>{{cite|a}} [[b]]</ref> Two.<ref name=\"x\"/> Three.",
     "One. Two. Three.\n"},
    {"references in capitals", "One.<REF name=a>x</Ref > Two.", "One. Two.\n"},
    {"a reference that never ends", "One.<ref> two.\n\nThree.", "One. two.\nThree.\n"},
    {"a space before it", "One <ref>x</ref>, two <ref>y</ref>.", "One, two.\n"},
    {"comments", "One<!-- {{ [[ -->, two.<!-- three", "One, two.\n"},
    {"a comment on its own line", "One\n<!-- x -->\ntwo.", "One two.\n"},
    {"nowiki", "<nowiki>''a'' [[b]] {{c}} &lt;</nowiki> <nowiki />d",
     "''a'' [[b]] {{c}} < d\n"},
    {"code and pre", "Use <code>f(x)</code>.\n<pre>\nint x;\n</pre>\nEnd.",
     "Use f(x).\nEnd.\n"},
    {"syntaxhighlight",
     "One:\n<syntaxhighlight lang=\"c\">\nif (a<b) c[[1]];\n"
     "</syntaxhighlight>\nTwo.",
     "One:\nTwo.\n"},
    {"galleries and timelines",
     "<gallery>\nFile:A.jpg|b\n</gallery><timeline>x</timeline>One.", "One.\n"},
    {"a formula",
     "Let <math>x</math> be <math>\\frac{a}{b}</math>, then <math>x^2</math>.",
     "Let x be, then.\n"},
    {"sup and sub", "10<sup>6</sup> m<sup>−2</sup> CO<sub>2</sub> 5<sup>th</sup>",
     "10⁶ m⁻² CO₂ 5th\n"},
    {"inline tags", "<b>a</b> <span style=\"x\">b</span> <small>c</small>", "a b c\n"},
    {"block tags", "One.<div class=x>Two.</div>Three.<p>Four.",
     "One.\nTwo.\nThree.\n"
     "Four.\n"},
    {"line breaks", "One<br>two<br />three", "One\ntwo\nthree\n"},
    {"an unknown tag is text", "Include <stdio.h> if a<b.",
     "Include <stdio.h> if a<b.\n"},
    {"an HTML list", "<ul><li>One is the first of all numbers.</li><li>x</li></ul>",
     "One is the first of all numbers.\n"},
    /* entities, words */
    {"entities, once", "a&nbsp;b &ndash; &#65;&#x42; &amp;lt; &bogus; &amp &#0;",
     "a b – AB &lt; &bogus; &amp &#0;\n"},
    {"entities are no markup", "&#91;&#91;a]] &lt;ref>b", "[[a]] <ref>b\n"},
    {"magic words", "__NOTOC__\nOne __FORCETOC__two a__b _c_ __d__.",
     "One two a__b _c_ __d__.\n"},
    /* lines */
    {"headings go", "== A ==\nOne.\n=== B === \nTwo.\n= =\n==", "One.\nTwo.\n"},
    {"items that are no sentences go", "One.\n* [[a]]\n* b, c\n# d\nTwo.",
     "One.\nTwo.\n"},
    {"items that are, stay",
     "* The first item is a sentence.\n** So is this, which is the ''second''!\n"
     "# And \"this is the third one.\"",
     "The first item is a sentence.\nSo is this, which is the second!\nAnd \"this is "
     "the third one.\"\n"},
    {"with their announcement", "One. They are:\n* a\n* b\nTwo.", "One.\nTwo.\n"},
    {"and with the paragraph if it is no more", "One.\n\nThey are:\n* a\nTwo.",
     "One.\nTwo.\n"},
    {"indented", "One.\n:''For other uses see [[X]]''\n: An indented text, and long.\n",
     "One.\nAn indented text, and long.\n"},
    {"preformatted", "One.\n\n x = 1\n An indented text that is a sentence.",
     "One.\nAn indented text that is a sentence.\n"},
    {"rules", "One.\n----\nTwo.", "One.\nTwo.\n"},
    {"sections of sources go",
     "One.\n== See also ==\n* The first item is a sentence.\n=== More ===\nX.\n"
     "== Life ==\nTwo.\n==References==\n{{reflist}}\nY.\n== ''Weblinks'' ==\nZ.",
     "One.\nTwo.\n"},
    {"a disambiguation page",
     "'''Mercury''' may refer to:\n* [[Mercury (planet)]]\n"
     "* [[Mercury (element)]]\n{{disambig}}",
     ""},
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

struct extractor {
    struct wikitext wikitext;
    struct namespaces names;
    struct str out;
};

static size_t extract(struct extractor *e, struct slice page) {
    str_clear(&e->out);
    size_t dropped = wikitext_prose(&e->wikitext, page, &e->names, &e->out);
    str_append(&e->out, "", 0);
    return dropped;
}

static void test_rows(struct extractor *e) {
    for (int i = 0; i < ROW_COUNT; i++) {
        size_t dropped = extract(e, slice_of(rows[i].in));
        is_str(e->out.data, rows[i].out, "%s", rows[i].what);
        if (dropped > 0)
            ok(false, "%s: nothing lies too deep", rows[i].what);
    }
}

/* Copies of exact size, so that a byte read after the end is seen by the sanitizer. */
static void try_bytes(struct extractor *e, const char *bytes, size_t size) {
    char *copy = malloc(size > 0 ? size : 1);
    if (size > 0)
        memcpy(copy, bytes, size);
    extract(e, (struct slice){copy, size});
    free(copy);
}

static void test_damage(struct extractor *e) {
    static const char marks[] = {'{', '[', '<', '|', '\n', '\'', '\1', '\0', '\xff'};
    size_t most = 0;
    for (int i = 0; i < ROW_COUNT; i++) {
        char text[512];
        size_t size = strlen(rows[i].in);
        memcpy(text, rows[i].in, size);
        for (size_t at = 0; at < size; at++) {
            try_bytes(e, text, at);
            for (size_t m = 0; m < sizeof marks; m++) {
                text[at] = marks[m];
                try_bytes(e, text, size);
                most = e->out.size > most ? e->out.size : most;
            }
            text[at] = rows[i].in[at];
        }
    }
    ok(most < 1024, "cut at every byte, every byte changed: ends well, %zu at most",
       most);
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* A beginning that is repeated for 200 kB; a quadratic walk would take minutes. */
static void test_evil(struct extractor *e) {
    static const char *const evil[] = {
        "{{",        "[[",         "{{{",      "{|\n",     "<ref>",       "<!--",
        "''",        "[http://x ", "<table>",  "<sup>",    "<b",          "{{a|",
        "[[a|",      "[[File:a|",  "|}",       "}}",       "]]",          "&",
        "&#",        "__",         "\n==",     "\n:",      "::",          "({{x}}",
        "{{x}})",    "{{x}} ,",    "\n* a:\n", "<nowiki>", "</ref>",      "'''",
        "{{nowrap|", "<math>x",    "{{{1|",    "\n|",      "[[[",         "{{{{{",
        "\n{|\n== ", "[[a\n",      "<li>",     "{{x|\n",   "<pre><",      "\1",
        "-{",        "}-",         "-{a|",     "-{a}-",    "[http://x{{", "[[http://x|",
    };
    enum { BYTES = 200000 };
    double slowest = 0;
    const char *which = "";
    for (size_t i = 0; i < sizeof evil / sizeof *evil; i++) {
        struct str page = {0};
        while (page.size < BYTES)
            str_append(&page, evil[i], strlen(evil[i]));
        double start = seconds();
        extract(e, str_slice(&page));
        double took = seconds() - start;
        which = took > slowest ? evil[i] : which;
        slowest = took > slowest ? took : slowest;
        str_fini(&page);
    }
    ok(slowest < 0.5, "200 kB of anything take no time: %.0f ms (%.2s…)", slowest * 1e3,
       *which == '\n' ? "LF" : which);
}

static void test_depth(struct extractor *e) {
    struct str page = {0};
    enum { DEEP = WIKITEXT_DEPTH_MAX + 50 };
    str_append(&page, "One ", 4);
    for (int i = 0; i < DEEP; i++)
        str_append(&page, "{{x|", 4);
    str_append(&page, "deep", 4);
    for (int i = 0; i < DEEP; i++)
        str_append(&page, "}}", 2);
    str_append(&page, "two.", 4);
    size_t dropped = extract(e, str_slice(&page));
    is_str(e->out.data, "One two.\n", "what is nested too deep goes");
    is_int((int64_t)dropped, 50 * 2 + 4, "and is counted");
    str_fini(&page);
}

static void test_redirects(void) {
    static const struct {
        const char *page;
        bool is;
    } pages[] = {
        {"#REDIRECT [[Cat]]", true},
        {" \n#redirect: [[Cat]] {{R}}", true},
        {"#WEITERLEITUNG [[Katze]]", true},
        {"#перенаправление [[Кот]]", true},
        {"#重定向[[猫]]", true},
        {"# [[Cat]]", false},
        {"#1 is [[Cat]]", false},
        {"REDIRECT [[Cat]]", false},
        {"#", false},
        {"", false},
    };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        is_int(wikitext_is_redirect(slice_of(pages[i].page)), pages[i].is,
               "page %zu is %s redirect", i, pages[i].is ? "a" : "no");
}

static void test_namespaces(const struct namespaces *names) {
    int key = 99;
    ok(namespaces_find(names, slice_of("user_TALK "), &key) && key == NAMESPACE_OTHER,
       "case and underscores do not matter");
    ok(namespaces_find(names, slice_of("КАТЕГОРИЯ"), &key) && key == NAMESPACE_CATEGORY,
       "nor does the case of other scripts");
    ok(!namespaces_find(names, slice_of("Alien"), &key), "others are none");
    ok(!namespaces_find(names, slice_of(""), &key), "nor is nothing");
}

int main(void) {
    struct extractor e = {0};
    wikitext_init(&e.wikitext);
    namespaces_init(&e.names);
    namespaces_put(&e.names, slice_of("Tiedotus"), NAMESPACE_FILE);
    test_rows(&e);
    test_damage(&e);
    test_evil(&e);
    test_depth(&e);
    test_redirects();
    test_namespaces(&e.names);
    wikitext_fini(&e.wikitext);
    namespaces_fini(&e.names);
    str_fini(&e.out);
    return tap_done();
}
