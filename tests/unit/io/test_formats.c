/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: every corpus has a file here as its publisher ships it, with the documents,
 * the addresses and the languages it must give, found by content where that can be
 * told; and a damaged sibling, of which what is good must be given and the damage be
 * reported (rows.h: cut, and with a bit changed, at every byte).  The texts are made
 * up. */
#include "tests/unit/io/rows.h"

#define RECORD(version, header, length, body)                                          \
    "WARC/" version "\r\n" header "Content-Length: " length "\r\n\r\n" body "\r\n\r\n"
#define CONVERSION(url, language)                                                      \
    "WARC-Type: conversion\r\nWARC-Target-URI: " url                                   \
    "\r\nWARC-Identified-Content-Language: " language                                  \
    "\r\nContent-Type: text/plain\r\n"
#define GUTENBERG "The Project Gutenberg EBook of A Tale, by N. N.\r\n\r\n"
#define START "*** START OF THIS PROJECT GUTENBERG EBOOK A TALE ***\r\n"
#define END "*** END OF THIS PROJECT GUTENBERG EBOOK A TALE ***\r\n"

static const struct row wikipedia[] = {
    {"WikiExtractor", "auto", NULL,
     S("<doc id=\"12\" url=\"https://en.wikipedia.org/wiki?curid=12\" title=\"A \"b\" "
       "<c>\">\nA \"b\" <c>\n\nOne &lt;two&gt; &amp;.\n\nThree.\n\n</doc>\n"
       "<doc id=\"13\" url=\"https://en.wikipedia.org/wiki?curid=13\" "
       "title=\"B\">\nB\n\nFour.\n\n</doc>\n"),
     "A \"b\" <c>\n\nOne <two> &.\n\nThree.|B\n\nFour.|", 0, 0, -1,
     "https://en.wikipedia.org/wiki?curid=12 |https://en.wikipedia.org/wiki?curid=13 |",
     0},
    {"WikiExtractor, a head is missing", "wikiextractor", NULL,
     S("<doc id=\"1\" url=\"u\" title=\"A\">\nA\n\na.\n\n</doc>\nB\n\nb.\n\n</doc>\n"
       "<doc id=\"3\" url=\"v\" title=\"C\">\nC\n\nc.\n\n</doc>\n"),
     "A\n\na.|C\n\nc.|", 0, 1, -1, "u |v |", 0},
    {"WikiExtractor, an end is missing", "auto", NULL,
     S("<doc id=\"1\" url=\"u\" title=\"A\">\nA\n\na.\n\n"
       "<doc id=\"3\" url=\"v\" title=\"C\">\nC\n\nc.\n\n</doc>\n"),
     "A\n\na.|C\n\nc.|", 0, 1, -1, "u |v |", 0},
    {"WikiExtractor --json", "auto", NULL,
     S("{\"id\": \"12\", \"revid\": \"5\", \"url\": \"https://e.org/?curid=12\", "
       "\"title\": \"A\", \"text\": \"A\\n\\nOne \\u00e9\\ud83d\\ude00.\"}\n"
       "{\"id\": \"13\", \"revid\": \"6\", \"url\": \"v\", \"title\": \"B\", "
       "\"text\": \"\"}\n"),
     "A\n\nOne \xc3\xa9\xf0\x9f\x98\x80.|", 1, 0, -1, "https://e.org/?curid=12 |", 0},
    {"CirrusSearch", "auto", NULL,
     S("{\"index\":{\"_type\":\"page\",\"_id\":\"12\"}}\n"
       "{\"namespace\":0,\"title\":\"A\",\"text\":\"One.  ^ Ref 1.\\nTwo.\","
       "\"opening_text\":\"One.\",\"language\":\"en\",\"version\":5}\n"
       "{\"index\":{\"_type\":\"_doc\",\"_id\":13}}\n"
       "{\"namespace\":1,\"title\":\"Talk:A\",\"text\":\"No.\",\"language\":\"en\"}\n"
       "{\"index\":{\"_type\":\"_doc\",\"_id\":\"14\"}}\n"
       "{\"title\":\"B\",\"text\":\"  ^ Ref 2.\",\"namespace\":0}\n"
       "{\"index\":{\"_id\":\"15\"}}\n"
       "{\"language\":\"de\",\"text\":\"\\u00d6l.\",\"title\":\"C\"}\n"),
     "A\n\nOne.\nTwo.|C\n\n\xc3\x96l.|", 1, 0, -1, " en| de|", 1},
    {"CirrusSearch, damaged lines", "cirrus", NULL,
     S("{\"index\":{\"_id\":\"12\"}\n{\"namespace\":0,\"title\":\"A\",\"text\":\"One."
       "\"}\n"
       "{\"index\":{\"_id\":\"13\"}}\n{\"namespace\":0,\"title\":\"B\",\"te\n"
       "{\"index\":{\"_id\":\"14\"}}\n{\"namespace\":0,\"title\":\"C\",\"text\":\"Two."
       "\"}\n"),
     "A\n\nOne.|C\n\nTwo.|", 0, 2, -1, NULL, 0},
};

static const struct row web[] = {
    {"WET 1.0", "auto", NULL,
     S(RECORD("1.0", "WARC-Type: warcinfo\r\nContent-Type: application/warc-fields\r\n",
              "10", "a: b\r\nc: d")
           RECORD("1.0", CONVERSION("http://a", "eng,deu"), "9", "Title\nOne")
               RECORD("1.0", "WARC-Type: conversion\r\n", "4", "Two\n")),
     "Title\nOne|Two|", 0, 0, 13, "http://a eng| |", 1},
    {"WARC 1.1, headers in any order and case", "auto", NULL,
     S("WARC/1.1\r\ncontent-length: 23\r\nX-New: 1\r\ncontent-type:text/plain\r\n"
       "WARC-TARGET-URI:  http://b\r\nwarc-type: conversion\r\n\r\n"
       "x\r\n\r\nWARC/1.0\r\n\r\nno\r\n\r\n\r\n"
       "WARC/1.1\nWARC-Type: conversion\nContent-Length: 3\n\nLF.\n\n"),
     "x\n\nWARC/1.0\n\nno|LF.|", 0, 0, 26, "http://b | |", 0},
    {"WARC of all sorts of records", "auto", NULL,
     S(RECORD("1.0", "WARC-Type: request\r\n", "3", "GET") RECORD(
         "1.0", "WARC-Type: response\r\nWARC-Target-URI: http://c\r\n", "2",
         "OK") RECORD("1.0", "WARC-Type: metadata\r\n", "0", "")
           RECORD("1.0", "WARC-Type: conversion\r\nContent-Type: application/pdf\r\n",
                  "4", "%PDF") RECORD("1.0", "WARC-Type: conversion\r\n", "3", "Yes")),
     "Yes|", 0, 0, 3, " |", 4},
    {"WET, a header that is damaged", "auto", NULL,
     S(RECORD("1.0", CONVERSION("http://a", "eng"), "3", "One")
           RECORD("1.0", "WARC-Type: conversion\r\nContent-Type: text/plain\r\nX", "3",
                  "Two") RECORD("1.0", CONVERSION("http://c", "deu"), "5", "Three")),
     "One|Three|", 0, 1, 8, "http://a eng|http://c deu|", 0},
    {"C4", "auto", NULL,
     S("{\"text\":\"One.\\nTwo.\",\"timestamp\":\"2019-04-25T12:57:54Z\","
       "\"url\":\"https://a.org/b?c=d\"}\n"),
     "One.\nTwo.|", 0, 0, 10, "https://a.org/b?c=d |", 0},
    {"The Pile", "auto", NULL,
     S("{\"text\": \"One.\", \"meta\": {\"pile_set_name\": \"Pile-CC\"}}\n"), "One.|",
     0, 0, 4, " |", 0},
    {"Dolma", "auto", NULL,
     S("{\"id\":\"1\",\"text\":\"One.\",\"source\":\"s\",\"added\":\"2023\","
       "\"created\":\"2020\",\"metadata\":{\"provider\":{\"url\":\"no\"},\"url\":"
       "\"http:"
       "\\/\\/d\"}}\n"),
     "One.|", 0, 0, 4, "http://d |", 0},
    {"FineWeb", "auto", NULL,
     S("{\"text\":\"One.\",\"id\":\"<urn:uuid:1>\",\"dump\":\"CC-MAIN-2013-20\","
       "\"url\":"
       "\"http://f\",\"language\":\"en\",\"language_score\":0.98,\"token_count\":2}\n"),
     "One.|", 0, 0, 4, "http://f en|", 0},
    {"OSCAR 22.01", "auto", NULL,
     S("{\"content\":\"One.\",\"warc_headers\":{\"warc-record-id\":\"<urn:uuid:1>\","
       "\"content-length\":4,\"warc-identified-content-language\":\"eng,deu\","
       "\"warc-target-uri\":\"http://o\"},\"metadata\":{\"identification\":{\"label\":"
       "\"en\",\"prob\":0.9},\"annotation\":null,\"sentence_identifications\":[{"
       "\"label\":"
       "\"de\",\"prob\":0.8},null]}}\n"),
     "One.|", 0, 0, 4, "http://o en|", 0},
    {"OSCAR 23.01", "auto", NULL,
     S("{\"content\":\"One.\",\"warc_headers\":{\"warc-target-uri\":\"http://o\"},"
       "\"metadata\":{\"harmful_pp\":12.5,\"tlsh\":\"tlsh:1\",\"quality_warnings\":["
       "\"tiny\"],"
       "\"categories\":null,\"identification\":{\"label\":\"fr\",\"prob\":1}}}\n"),
     "One.|", 0, 0, 4, "http://o fr|", 0},
    {"cc_net", "auto", NULL,
     S("{\"url\":\"http://"
       "c\",\"date_download\":\"2019\",\"digest\":\"sha1:X\",\"length\":4,"
       "\"nlines\":1,\"source_domain\":\"c\",\"title\":\"T\",\"raw_content\":\"One.\","
       "\"original_nlines\":3,\"language\":\"en\",\"perplexity\":264.2}\n"),
     "One.|", 0, 0, 4, "http://c en|", 0},
    {"RedPajama", "auto", NULL,
     S("{\"text\":\"One.\",\"meta\":{\"url\":\"http://r\",\"language\":\"en\"}}\n"
       "{\"raw_content\":\"Two.\",\"url\":\"http://"
       "s\",\"quality_signals\":{\"x\":[[0,1]]}}\n"),
     "One.|Two.|", 0, 0, 8, "http://r en|http://s |", 0},
    {"the text's key is the first of the usual ones", "auto", NULL,
     S("{\"raw_content\":\"c\",\"content\":\"b\",\"text\":\"a\"}\n"
       "{\"raw_content\":\"c\",\"content\":\"b\",\"text\":null}\n"
       "{\"raw_content\":\"c\",\"content\":\"b\",\"text\":\"\"}\n{\"body\":\"d\"}\n"),
     "a|b|", 2, 0, 2, NULL, 0},
    {"Wikimedia Enterprise, a key inside", "jsonl", "article_body.wikitext",
     S("{\"name\":\"A\",\"text\":\"no\",\"url\":\"http://"
       "w\",\"article_body\":{\"html\":"
       "\"<p>\",\"wikitext\":\"One.\"}}\n{\"article_body\":\"x\"}\n"),
     "One.|", 1, 0, 4, "http://w |", 0},
    {"JSON lines, damaged", "auto", NULL,
     S("{\"text\":\"One.\",\"url\":\"a\"}\n{\"text\":\"Two.\",\"url\":b\"}\n"
       "{\"text\":\"Three.\",\"url\":\"c\"}\n{\"text\":\"Four."),
     "One.|Three.|", 0, 2, 10, "a |c |", 0},
};

static const struct row books[] = {
    {"Gutenberg", "auto", NULL,
     S("\xef\xbb\xbf" GUTENBERG "Licence\r\n\r\n" START
       "\r\nProduced by N. [N.]\r\nand "
       "N.\r\n\r\nA TALE\r\n\r\n_One_ snake_case \xe2\x80\x9c_two_\xe2\x80\x9d "
       "three_.\r\n\r\n       *       *       *\r\n\r\n[Illustration: A man\r\nand a "
       "dog]\r\nTwo.\r\n\r\nEnd of the Project Gutenberg EBook\r\n" END "Licence\r\n"),
     "A TALE\n\nOne snake_case \xe2\x80\x9ctwo\xe2\x80\x9d three.\n\nTwo.|", 0, 0, -1,
     NULL, 0},
    {"Gutenberg, a title of two lines", "auto", NULL,
     S("Licence\r\n*** START OF THIS PROJECT GUTENBERG EBOOK A\r\n LONG TITLE "
       "***\r\n\r\n"
       "Text\r\n" END "more\r\n"),
     "Text|", 0, 0, 6, NULL, 0},
    {"Gutenberg, an etext of the nineties", "auto", NULL,
     S("**Welcome To The World of Free Plain Vanilla Electronic Texts**\r\nProject "
       "Gutenberg's Etext of A\r\n***START**THE SMALL PRINT!**FOR PUBLIC DOMAIN "
       "ETEXTS**START***\r\nlawyers\r\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN "
       "ETEXTS*Ver.04.29.93*END*\r\n\r\nOne.\r\n\r\nEnd of Project Gutenberg's Etext "
       "of "
       "A\r\n"),
     "One.|", 0, 0, 6, NULL, 0},
    {"Gutenberg, one behind the other", "auto", NULL,
     S(GUTENBERG START "One.\r\n" END "Licence\r\n" GUTENBERG START "Two.\r\n" END),
     "One.|Two.|", 0, 0, 12, NULL, 0},
    {"Gutenberg, no start mark", "auto", NULL,
     S(GUTENBERG "One.\r\nEnd of Project Gutenberg's A Tale\r\nLicence\r\n"),
     "The Project Gutenberg EBook of A Tale, by N. N.\n\nOne.|", 0, 0, -1, NULL, 0},
    {"Gutenberg, no end mark", "auto", NULL, S(GUTENBERG START "One.\r\n\r\nTwo.\r\n"),
     "One.\n\nTwo.|", 0, 0, 12, NULL, 0},
    {"Gutenberg, a picture without end", "gutenberg", NULL,
     S(START "One.\n[Illustration: a\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\nTwo.\n"),
     "One.\nTwo.|", 0, 0, 10, NULL, 0},
    {"no Gutenberg book", "auto", NULL,
     S("a\n" START "b\n"
       "*** END OF IT\nc\n"),
     "b\n*** END OF IT\nc|", 0, 0, -1, NULL, 0},
    {"a list of addresses is no book", "auto", NULL,
     S("https://a.org/1.epub\nhttps://a.org/2.epub\nhttps://a.org/3.epub\n"), "", 0, 0,
     0, NULL, 0},
    {"Google's one sentence a line", "blankline", NULL,
     S("One.\nTwo.\n\nThree.\nFour.\n\n"), "One.\nTwo.|Three.\nFour.|", 0, 0, 23, NULL,
     0},
    {"soskek's sentences, five lines between books", "blankline", NULL,
     S("One.\nTwo.\n\n\n\n\n\nThree.\n"), "One.\nTwo.|Three.|", 0, 0, 17, NULL, 0},
    {"sentences without books", "sentences", NULL, S("one .\ntwo .\n\nthree .\n"),
     "one .\ntwo .|three .|", 0, 0, 20, NULL, 0},
    {"LDDL's document a line", "lines", NULL, S("One. Two.\nThree.\n\n"),
     "One. Two.|Three.|", 1, 0, 17, NULL, 0},
};

static void test_rows(const struct row *rows, size_t count) {
    for (size_t i = 0; i < count; i++)
        row_test(&rows[i]);
}

/* What has no ends of books becomes documents of 500 lines. */
static void test_sentences(void) {
    struct str in = {0};
    for (int i = 0; i < 1100; i++)
        str_printf(&in, "sentence %d .\n", i);
    struct shard_options options = {.format = "sentences"};
    struct shard_read read;
    fixture_read(fixture_write("books.txt", str_slice(&in)), &options, &read);
    is_int(read.count, 3, "1100 sentences are three documents");
    ok(read.count == 3 && strncmp(read.texts[1].data, "sentence 500 .\n", 15) == 0 &&
           strcmp(read.texts[2].data + read.texts[2].size - 15, "sentence 1099 .") == 0,
       "of 500 each, and the rest");
    is_int((int64_t)read.tally.text_bytes, (int64_t)in.size, "and nothing is lost");
    fixture_read_fini(&read);
    str_fini(&in);
}

/* books1.tar.gz: a list of addresses, and books with and without a byte order mark. */
static void test_books1(void) {
    const struct packed_member members[] = {
        {"books1/2020-08-27-epub_urls.txt", S("https://a.org/1\nhttps://a.org/2\n")},
        {"books1/epubtxt/a.epub.txt", S("\xef\xbb\xbf"
                                        "One.\n\nTwo.\n")},
        {"books1/epubtxt/b.epub.txt", S("Three.\n")},
        {0}};
    struct str packed = fixture_pack("ustar", "gzip", members);
    struct shard_options options = {.quiet = true};
    struct shard_read read;
    fixture_read(fixture_write("books1.tar.gz", str_slice(&packed)), &options, &read);
    ok(read.count == 2 && strcmp(read.texts[0].data, "One.\n\nTwo.") == 0 &&
           strcmp(read.texts[1].data, "Three.") == 0,
       "books1: the books, not the list");
    is_int((int64_t)read.tally.skipped_bytes, 32, "books1: the list is counted");
    ok(fixture_balances(&read.tally), "books1: the ledger balances");
    fixture_read_fini(&read);
    packed.data[packed.size / 2] ^= 0x10;
    fixture_read(fixture_write("books1.tar.gz", str_slice(&packed)), &options, &read);
    ok(read.status == 0 && read.tally.damaged_places > 0 &&
           fixture_balances(&read.tally),
       "books1, damaged: reported, and the ledger balances");
    fixture_read_fini(&read);
    str_fini(&packed);
}

#define ALL(rows) test_rows(rows, sizeof rows / sizeof *rows)

int main(void) {
    ALL(wikipedia);
    ALL(web);
    ALL(books);
    test_sentences();
    test_books1();
    return tap_done();
}
