/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: pieces of a document put together are the document; none is over the limit; a
 * cut is after a line end, else a space, else never inside a UTF-8 sequence; ordinals
 * and the ledger count every piece.  A passage drops what has no words or is not UTF-8,
 * and says so. */
#include "src/data/pieces.h"

#include <string.h>

#include "src/base/file.h"
#include "src/data/passage.h"
#include "tests/corpus.h"
#include "tests/tap.h"

static const struct {
    const char *name, *text;
    size_t limit;
    const char *want; /* pieces, separated by | */
} table[] = {
    {"under the limit", "one two three", 100, "one two three"},
    {"at the limit", "one", 3, "one"},
    {"at a line", "aa bb\ncc dd\nee ff", 9, "aa bb\n|cc dd\n|ee ff"},
    {"several lines a piece", "a\nb\nc\nd", 4, "a\nb\n|c\nd"},
    {"at a space", "aa bb cc dd", 6, "aa bb |cc dd"},
    {"anywhere", "abcdefgh", 3, "abc|def|gh"},
    {"not inside a sequence",
     "a\xC3\xA9\xC3\xA9"
     "b",
     4,
     "a\xC3\xA9|\xC3\xA9"
     "b"},
    {"only tail bytes", "\x80\x80\x80\x80\x80\x80", 3, "\x80\x80\x80|\x80\x80\x80"},
};

static void test_cuts(void) {
    struct corpus corpus;
    const struct corpus_source one = {1, 1, 1};
    corpus_init(&corpus, "cuts", &one, 1);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct pieces pieces = {0};
        struct tally tally = {0};
        struct str got = {0};
        struct doc piece;
        struct err err;
        size_t most = 0, count = 0;
        file_write_atomic(corpus.manifest.shards[0].path, table[i].text,
                          strlen(table[i].text), &err);
        corpus.config.data_max_document_bytes = (int64_t)table[i].limit;
        corpus_set(&corpus, "data.sources[0].format", "files");
        if (pieces_open(&pieces, &corpus.config, &corpus.manifest, 0, true, &tally,
                        NULL, &err))
            diag("%s", err.text);
        while (pieces_next(&pieces, &piece, &err) == 1) {
            if (count++)
                str_append_char(&got, '|');
            str_append(&got, piece.text.data, piece.text.size);
            most = piece.text.size > most ? piece.text.size : most;
        }
        is_str(got.data, table[i].want, "cut %s", table[i].name);
        ok(most <= table[i].limit, "  none over the limit");
        ok(pieces.ordinal == count && tally.documents_too_long == count - 1,
           "  %d pieces are counted", (int)count);
        pieces_close(&pieces);
        str_fini(&got);
    }
    corpus_fini(&corpus);
}

static void test_missing(void) {
    struct corpus corpus;
    struct pieces pieces = {0};
    struct tally tally = {0};
    struct err err;
    const struct corpus_source one = {1, 1, 1};
    corpus_init(&corpus, "missing", &one, 1);
    corpus.manifest.shards[0].path[0] = '?';
    is_int(pieces_open(&pieces, &corpus.config, &corpus.manifest, 0, true, &tally, NULL,
                       &err),
           -1, "a shard that is gone is an error");
    is_int(err.code, ERR_MISSING, "  of code 66: %s", err.text);
    pieces_close(&pieces);
    corpus_fini(&corpus);
}

/* w5 … are words of the corpus' vocabulary; anything else is [UNK] */
static const struct {
    const char *name, *text;
    bool kept;
    int sentences, tokens, unknown, bad;
} passages[] = {
    {"two lines", "w5 w6\nw7", true, 2, 3, 0, 0},
    {"empty lines between", "\n\nw5\n\n\nw6\n", true, 2, 2, 0, 0},
    {"an unknown word", "w5 zebra", true, 1, 2, 1, 0},
    {"a sentence of nothing but control characters", "\x01\x02\nw5\n", true, 1, 1, 0,
     0},
    {"nothing", "", false, 0, 0, 0, 0},
    {"white space", " \n \n", false, 0, 0, 0, 0},
    {"control characters", "\x01\x02\x03", false, 0, 0, 0, 0},
    {"over 1 % ill-formed", "w5 w5 w5 \xFF\xFF w5", false, 0, 0, 0, 2},
    {"1 % ill-formed",
     "w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 w5 "
     "w5 w5 "
     "w5 w5 w5 w5 \xFF",
     true, 1, 33, 0, 1},
};

static void test_passages(void) {
    struct corpus corpus;
    struct passage passage = {0};
    const struct corpus_source one = {1, 1, 1};
    corpus_init(&corpus, "passages", &one, 1);
    struct passage_rules rules;
    struct err err;
    ok(passage_rules_init(&rules, &corpus.config, &corpus.vocab, &err) == 0, "rules");
    for (size_t i = 0; i < sizeof passages / sizeof *passages; i++) {
        struct tally tally = {0};
        bool kept = passage_read(&passage, &rules, slice_of(passages[i].text), &tally);
        ok(kept == passages[i].kept, "%s: %s", passages[i].name,
           passages[i].kept ? "kept" : "dropped");
        ok((int)passage.sentences == passages[i].sentences &&
               (int)passage.ids.count == passages[i].tokens,
           "  %d sentences, %d tokens", (int)passage.sentences, (int)passage.ids.count);
        ok((int)tally.sentences == passages[i].sentences &&
               (int)tally.tokens == passages[i].tokens &&
               (int)tally.unknown_tokens == passages[i].unknown &&
               (int)tally.bad_utf8_bytes == passages[i].bad,
           "  so says the ledger");
        is_int((int64_t)(tally.documents_kept + 2 * tally.documents_empty +
                         3 * tally.documents_not_utf8),
               kept              ? 1
               : passages[i].bad ? 3
                                 : 2,
               "  and why it was dropped");
    }
    passage_rules_fini(&rules);
    passage_fini(&passage);
    corpus_fini(&corpus);
}

int main(void) {
    test_cuts();
    test_missing();
    test_passages();
    return tap_done();
}
