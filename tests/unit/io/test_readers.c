/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a row is a file in one format and what must come of it: its documents, how
 * many are empty, how many places damaged, how many bytes were text.  Whatever happens
 * the ledger balances (rows.h). */
#include "tests/unit/io/rows.h"

#define RECORD(type, length, body)                                                     \
    "WARC/1.0\r\nwarc-type: " type "\r\nX-New: 1\r\nContent-Length: " length           \
    "\r\n\r\n" body "\r\n\r\n"
#define HEAD(title) "<doc id=\"1\" url=\"u\" title=\"" title "\">\n"

static const struct row rows[] = {
    {"a line is a document", "lines", NULL, S("one\ntwo\r\n\n three"),
     "one|two| three|", 1, 0, 4 + 5 + 6, NULL, 0},
    {"blank lines between documents", "blankline", NULL, S("\n\na\nb\n\n \t\nc\n"),
     "a\nb|c|", 0, 0, 6, NULL, 0},
    {"a file is a document", "files", NULL, S("\xef\xbb\xbfOne.\r\n\r\n\r\nTwo.\r\n"),
     "One.\n\nTwo.|", 0, 0, 12, NULL, 0},
    {"invalid UTF-8 passes", "files", NULL,
     S("a\xff"
       "b\n"),
     "a\xff"
     "b|",
     0, 0, 4, NULL, 0},
    {"an empty file", "files", NULL, S("\n \n"), "", 1, 0, 0, NULL, 0},
    {"a Gutenberg book", "auto", NULL,
     S("Licence\r\n*** START OF THIS PROJECT GUTENBERG EBOOK A\r\n LONG TITLE "
       "***\r\n\r\nText\r\n"
       "*** END OF THIS PROJECT GUTENBERG EBOOK A ***\r\nmore\r\n"),
     "Text|", 0, 0, 6, NULL, 0},
    {"no Gutenberg book", "auto", NULL, S("a\n*** END OF IT\nb\n"),
     "a\n*** END OF IT\nb|", 0, 0, -1, NULL, 0},
    {"WikiExtractor", "auto", NULL,
     S(HEAD("A \"q\" <b>\">x") "A\n\nx &lt;y&gt; &amp;amp; &#65;&#x42; &nbsp; "
                               "&#xD800;\n\n</doc>\n"),
     "A\n\nx <y> &amp; AB &nbsp; &#xD800;|", 0, 0, -1, NULL, 0},
    {"a title alone is empty", "auto", NULL,
     S(HEAD("A &amp; B") "A &amp; B\n\n</doc>\n" HEAD("C") "C\n\ntext\n</doc>\n"),
     "C\n\ntext|", 1, 0, 7, NULL, 0},
    {"</doc> is missing", "auto", NULL,
     S(HEAD("A") "A\n\nx\n" HEAD("B") "B\n\ny\n</doc>\n"), "A\n\nx|B\n\ny|", 0, 1, 8,
     NULL, 0},
    {"</doc> is missing at the end", "auto", NULL, S(HEAD("A") "A\n\nx\n"), "A\n\nx|",
     0, 1, 4, NULL, 0},
    {"text outside of documents", "wikiextractor", NULL,
     S("lost\nlost\n" HEAD("A") "A\n\nx\n</doc>\n\n"), "A\n\nx|", 0, 1, 4, NULL, 0},
    {"JSON lines", "auto", NULL,
     S("{\"id\":1,\"meta\":{\"text\":[\"no\",{}]},\"text\":"
       "\"a\\n\\\"b\\\"\\u00e9\\ud83d\\ude00\"}\n"
       "{ \"text\" : \"c\", \"x\" : [1.5e3, true, null] } \r\n\n"),
     "a\n\"b\"\xc3\xa9\xf0\x9f\x98\x80|c|", 0, 0, -1, NULL, 0},
    {"lone surrogates go", "jsonl", NULL,
     S("{\"text\":\"a\\ud83db\\ude00c\\ude00\\ude00\\ud83d\\u0041\"}\n"), "abcA|", 0, 0,
     -1, NULL, 0},
    {"another key", "jsonl", "content", S("{\"text\":\"no\",\"content\":\"yes\"}\n"),
     "yes|", 0, 0, 3, NULL, 0},
    {"a key inside", "jsonl", "a.b",
     S("{\"a\":{\"x\":0,\"b\":\"yes\"},\"b\":\"no\"}\n"), "yes|", 0, 0, 3, NULL, 0},
    {"text that is none", "jsonl", NULL, S("{\"text\":null}\n{}\n{\"text\":\" \"}\n"),
     "", 3, 0, 0, NULL, 0},
    {"bad JSON lines", "jsonl", NULL,
     S("{\"text\":\"a\n[1]\n{\"text\":\"b\"}\n{\"text\":\"\\x\"}\n{\"text\":\"c\"}}\n"
       "{\"text\":\"d\",}\n{\"a\":[1}\n{\"text\":\"\\ud8\"}\n\"x\"\nnull\n{\"text\":"
       "tru}\n"),
     "b|", 0, 10, 1, NULL, 0},
    {"nested too deep", "jsonl", NULL,
     S("{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]"
       "\n"),
     "", 0, 1, 0, NULL, 0},
    {"objects with nothing between them", "auto", NULL,
     S("{\"text\":\"a\"}{\"text\":\"b\"} {\"text\":\"c\"}"), "a|b|c|", 0, 0, 3, NULL,
     0},
    {"a list without its brackets", "auto", NULL,
     S("{\"text\":\"a\"},\n{\"text\":\"b\"}\n"), "a|b|", 0, 0, 2, NULL, 0},
    {"several in a line, later", "auto", NULL,
     S("{\"text\":\"a\"}\n{\"text\":\"b\"}{\"text\":\"c\"}\n"), "a|b|c|", 0, 0, 3, NULL,
     0},
    {"a JSON text sequence", "auto", NULL,
     S("\x1e{\"text\":\"a\"}\n\x1e{\"text\":\"b\"}\n"), "a|b|", 0, 0, 2, NULL, 0},
    {"a list, one of it damaged", "auto", NULL,
     S("[{\"text\":\"a\"},\n{\"text:\"b\"},\n{\"text\":\"c\"},{\"text\"},{\"text\":"
       "\"d\"}]"),
     "a|c|d|", 0, 2, 3, NULL, 0},
    {"a stray quotation mark between objects", "jsonl", NULL,
     S("[{\"text\":\"a\"},\"\n{\"text\":\"b\"},\n{\"text\":\"c\"}]"), "a|b|c|", 0, 1, 3,
     NULL, 0},
    {"a brace that is missing", "jsonl", NULL,
     S("[{\"text\":\"a\",\n{\"text\":\"b\"},\n{\"text\":\"c\" {\"text\":\"d\"}]"),
     "b|d|", 0, 2, 2, NULL, 0},
    {"a bracket that is missing", "jsonl", NULL,
     S("[{\"x\":[1,2},{\"text\":\"b\"},\n{\"text\":\"c\",\"y\":[{\"z\":[{}, {}]}]}]"),
     "b|c|", 0, 1, 2, NULL, 0},
    {"a list with other things in it", "jsonl", NULL,
     S("[\"{\\\"\", 5, {\"text\":\"a\"}, null]"), "a|", 0, 2, 1, NULL, 0},
    {"a list without its end", "auto", NULL, S("[{\"text\":\"a\"},\n"), "a|", 0, 1, 1,
     NULL, 0},
    {"an object without its end", "auto", NULL, S("[{\"text\":\"a\"},{\"te"), "a|", 0,
     1, 1, NULL, 0},
    {"numbers that are none, and long ones", "auto", NULL,
     S("{\"text\":\"a\",\"s\":NaN}\n{\"p\":-Infinity,\"text\":\"b\"}\n"
       "{\"q\":[Infinity,NaN],\"text\":\"c\"}\n"
       "{\"n\":123456789012345678901234567890123456789e999,\"text\":\"d\"}\n"),
     "a|b|c|d|", 0, 0, 4, NULL, 0},
    {"a key that is there twice", "auto", NULL,
     S("{\"text\":\"a\",\"text\":\"b\"}\n\n"), "b|", 0, 0, 1, NULL, 0},
    {"lines, the first of them cut", "auto", NULL,
     S("xt\":\"z\"}\n{\"text\":\"a\"}\n{\"text\":\"b\"}\n"), "a|b|", 0, 1, 2, NULL, 0},
    {"JSON of strings is skipped", "auto", NULL, S("[\"a\", \"b\"]\n"), "", 0, 0, 0,
     NULL, 0},
    {"WARC headers, odd ones", "auto", NULL,
     S("\r\nWARC/1.0\nWARC-Type : Conversion \nContent-Type:\tTEXT/PLAIN\n"
       "WARC-Target-URI: <http://a>\ncontent-length :\t3\t\n\nabc\n\n"
       "WARC/1.0\r\nWARC-Type:\r\n conversion\r\nX: y\r\n\tContent-Length: 9\r\n"
       "Content-Length:\r\n  3\r\n\r\ndef\r\n\r\n"),
     "abc|def|", 0, 0, 6, "http://a | |", 0},
    {"WET", "auto", NULL,
     S(RECORD("warcinfo", "4", "a: b") RECORD("conversion", "5", "a\r\nb\n")
           RECORD("conversion", "30", "x\r\n\r\nWARC/1.0\r\nWARC-Type: no\r\n")),
     "a\nb|x\n\nWARC/1.0\nWARC-Type: no|", 0, 0, 35, NULL, 1},
    {"a length that is too long", "auto", NULL,
     S(RECORD("conversion", "9", "abc") RECORD("conversion", "3", "def")), "abc|def|",
     0, 1, -1, NULL, 0},
    {"a length beyond the end", "auto", NULL,
     S(RECORD("conversion", "9999", "abc") RECORD("conversion", "3", "def")),
     "abc|def|", 0, 1, -1, NULL, 0},
    {"a length beyond all limits", "auto", NULL,
     S(RECORD("conversion", "99999999999999", "abc") RECORD("conversion", "3", "def")),
     "def|", 0, 1, -1, NULL, 0},
    {"a length that is too short", "auto", NULL,
     S(RECORD("conversion", "1", "abc\n") RECORD("conversion", "3", "def")), "a|def|",
     0, 1, -1, NULL, 0},
    {"no length", "auto", NULL,
     S(RECORD("conversion", "", "abc") RECORD("conversion", "3", "def")), "def|", 0, 1,
     -1, NULL, 0},
    {"a length that is none", "auto", NULL,
     S(RECORD("conversion", "-3", "abc") RECORD("conversion", "0x3", "def")), "", 0, 2,
     0, NULL, 0},
    {"garbage before a record", "wet", NULL,
     S("junk\r\n\r\n" RECORD("conversion", "3", "def")), "def|", 0, 1, 3, NULL, 0},
    {"binary is skipped", "auto", NULL, S("a\0b"), "", 0, 0, 0, NULL, 0},
    {"XML behind a comment is skipped", "auto", NULL,
     S("<!-- a comment -->\n<note><to>Tove</to></note>\n"), "", 0, 0, 0, NULL, 0},
    {"a book of Gutenberg in HTML is skipped", "auto", NULL,
     S("<!DOCTYPE html>\n<html><title>The Project Gutenberg eBook</title>\n"), "", 0, 0,
     0, NULL, 0},
    {"prose behind a comment is not", "auto", NULL, S("<!-- x -->\nOne.\n"),
     "<!-- x -->\nOne.|", 0, 0, 16, NULL, 0},
    {"a list of paths is skipped", "auto", NULL, S("a/b.gz\na/c.gz\n"), "", 0, 0, 0,
     NULL, 0},
    {"XML is skipped", "auto", NULL, S("<?xml version=\"1.0\"?>\n<a/>\n"), "", 0, 0, 0,
     NULL, 0},
};

/* Objects over several lines: with their first byte changed they are lines, each of
 * them damaged, so that flips say little. */
static const struct row indented[] = {
    {"a list of objects", "auto", NULL,
     S("[{\"id\": 1, \"text\": \"a\"},\n {\"text\": \"b ] } {\"}]\n"), "a|b ] } {|", 0,
     0, 8, NULL, 0},
    {"a list, asked for by name", "jsonl", NULL, S(" [\n{\"text\":\"a\"}\n]"), "a|", 0,
     0, 1, NULL, 0},
    {"an indented object", "auto", NULL,
     S("{\n  \"text\": \"a\",\n  \"b\": [\n    {\"c\": 1}\n  ]\n}\n"), "a|", 0, 0, 1,
     NULL, 0},
    {"several of them", "auto", NULL,
     S("{\n\"text\": \"a\"\n}\n{\n\"text\": \"b\\\"}\"\n}\n"), "a|b\"}|", 0, 0, 5, NULL,
     0},
};

enum { ROW_COUNT = sizeof rows / sizeof *rows };

static void test_stop(void) {
    struct shard_options options = {
        .format = "jsonl", .stop_on_damage = true, .quiet = true};
    struct shard_read read;
    struct slice in = S("{\"text\":\"a\"}\n{\"te\n{\"text\":\"b\"}\n");
    fixture_read(fixture_write("bad.jsonl", in), &options, &read);
    is_int(read.status, -1, "damage stops if asked to");
    is_int(read.err.code, ERR_DATA, "with 65");
    ok(strstr(read.err.text, "bad.jsonl: byte 13: ") != NULL,
       "naming file and byte: %s", read.err.text);
    is_int(read.count, 1, "behind the good ones");
    fixture_read_fini(&read);
}

/* A line over the limit is dropped, the next one is not; memory stays bounded. */
static void test_long_line(void) {
    enum { BYTES = 20 << 20 };
    struct str in = {0};
    str_append(&in, "a\n", 2);
    str_reserve(&in, BYTES);
    for (int i = 0; i < BYTES; i++)
        in.data[in.size++] = 'x';
    str_append(&in, "\nb\n", 3);
    struct shard_options options = {.format = "lines", .quiet = true};
    struct shard_read read;
    fixture_read(fixture_write("long.txt", str_slice(&in)), &options, &read);
    is_int(read.count, 2, "a line of 20 MiB is dropped");
    is_int((int64_t)read.tally.damaged_bytes, BYTES + 1, "and counted");
    is_int((int64_t)read.tally.damaged_places, 1, "as one place");
    ok(fixture_balances(&read.tally), "and the ledger balances");
    fixture_read_fini(&read);
    str_fini(&in);
}

/* Records that all claim to reach to the end of the file: reading each again and again
 * would take for ever. */
static void test_lying_lengths(void) {
    enum { RECORDS = 4000, BODY = 1000 };
    struct str in = {0}, body = {0};
    for (int i = 0; i < BODY; i++)
        str_append_char(&body, 'x');
    for (int i = 0; i < RECORDS; i++)
        str_printf(
            &in,
            "WARC/1.0\r\nWARC-Type: conversion\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n",
            (RECORDS - i) * BODY, body.data);
    struct shard_options options = {.quiet = true};
    struct shard_read read;
    fixture_read(fixture_write("lies.warc", str_slice(&in)), &options, &read);
    is_int(read.status, 0, "a file of lies ends");
    ok(read.tally.documents > 50 && read.tally.documents < RECORDS,
       "before all of it was read over and over: %d documents",
       (int)read.tally.documents);
    ok(fixture_balances(&read.tally), "and the ledger balances");
    fixture_read_fini(&read);
    str_fini(&body);
    str_fini(&in);
}

static void test_open_failures(void) {
    struct shard_read read;
    struct shard_options options = {.format = "docx"};
    fixture_read(fixture_write("x.txt", (struct slice)S("a\n")), &options, &read);
    is_int(read.err.code, ERR_CONFIG, "an unknown format is 78");
    options.format = NULL;
    fixture_read("/nowhere/x.tar", &options, &read);
    is_int(read.err.code, ERR_MISSING, "a missing file is 66");
    fixture_read(tap_folder(), &options, &read);
    is_int(read.err.code, ERR_IO, "a folder is 74");
    static const char *const names[] = {"unreadable.txt", "unreadable.tar"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) { /* reading it is EIO */
        const char *path = fixture_write(names[i], (struct slice){0});
        CHECK(unlink(path) == 0 && symlink("/proc/self/mem", path) == 0);
        fixture_read(path, &options, &read);
        ok(read.status == -1 && read.err.code == ERR_IO && read.tally.shards == 0,
           "%s: an error of reading is no end: %s", names[i], read.err.text);
    }
    shard_close(NULL);
    ok(true, "closing nothing is fine");
}

int main(void) {
    for (int i = 0; i < ROW_COUNT; i++)
        row_test(&rows[i]);
    for (size_t i = 0; i < sizeof indented / sizeof *indented; i++) {
        struct shard_options options = row_options(&indented[i]);
        struct shard_read whole;
        row_test_whole(&indented[i]);
        fixture_read(fixture_write("x.txt", indented[i].in), &options, &whole);
        row_test_cuts(&indented[i], &whole);
        fixture_read_fini(&whole);
    }
    test_stop();
    test_long_line();
    test_lying_lengths();
    test_open_failures();
    return tap_done();
}
