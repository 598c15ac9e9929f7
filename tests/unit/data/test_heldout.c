/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: however many readers there are and however large their batches, together they
 * give the same examples of the same documents, every document once, and ledgers that
 * add up to the same, whatever training masks.  Random halves come from the document
 * before.  No text at all is an error for every reader. */
#include "src/data/heldout.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/hash.h"
#include "src/base/mem.h"
#include "tests/corpus.h"
#include "tests/tap.h"

static const struct corpus_source sources[] = {{3, 15, 1}, {1, 6, 1}};

/* What a pass gives: of every document a hash of its examples in order, and their
 * number. */
struct result {
    uint64_t hashes[64];
    int examples[64];
    struct tally tally;
    int faults;
};

static void add_batch(struct result *result, const struct batch *batch) {
    for (int64_t b = 0; b < batch->B; b++) {
        uint64_t document = batch->origins[b].number;
        uint64_t hash = batch_hash_sequence(batch, b);
        result->hashes[document] = hash64(&hash, sizeof hash, result->hashes[document]);
        result->examples[document]++;
        /* a document that could have fitted is not divided */
        result->faults += b == 0 && result->examples[document] > 1 &&
                          result->examples[document] <= batch->max_B;
    }
}

static void read_pass(struct result *result, struct heldout *heldout,
                      struct batch *batch) {
    struct err err;
    int more;
    while ((more = heldout_next(heldout, batch, &err)) == 1)
        add_batch(result, batch);
    if (more < 0)
        diag("%s", err.text);
    result->faults += more < 0 || heldout_next(heldout, batch, &err) != 0;
}

static struct result read_all(const struct corpus *corpus, int readers, int64_t room) {
    struct result result = {0};
    for (int reader = 0; reader < readers; reader++) {
        struct err err;
        struct batch batch;
        struct heldout *heldout = heldout_create(&corpus->config, &corpus->manifest,
                                                 &corpus->vocab, reader, readers, &err);
        batch_init(&batch, room, corpus->config.train_sequence_length);
        read_pass(&result, heldout, &batch);
        tally_add(&result.tally, heldout_tally(heldout));
        batch_fini(&batch);
        heldout_destroy(heldout);
    }
    return result;
}

static bool same(const struct result *a, const struct result *b) {
    return memcmp(a->hashes, b->hashes, sizeof a->hashes) == 0 &&
           memcmp(a->examples, b->examples, sizeof a->examples) == 0 &&
           memcmp(&a->tally, &b->tally, sizeof a->tally) == 0 && b->faults == 0;
}

static void test_readers(void) {
    static const int64_t rooms[] = {64, 1, 7, 16};
    static const char *const packings[] = {"pairs", "doc_sentences", "full_sentences",
                                           "sentences"};
    for (size_t p = 0; p < sizeof packings / sizeof *packings; p++) {
        struct corpus corpus;
        corpus_init(&corpus, "readers", sources, 2);
        corpus_set(&corpus, "data.packing", packings[p]);
        struct result one = read_all(&corpus, 1, 64);
        for (int readers = 1; readers <= 4; readers++) {
            struct result all = read_all(&corpus, readers, rooms[readers - 1]);
            ok(same(&one, &all), "%s: %d readers, %d a batch: the same", packings[p],
               readers, (int)rooms[readers - 1]);
        }
        struct result many = read_all(&corpus, 60, 3);
        ok(same(&one, &many), "%s: more readers than documents: the same", packings[p]);
        int missing = 0;
        for (int d = 0; d < corpus.documents; d++)
            missing += one.examples[d] == 0;
        is_int(missing, 0, "  every document has examples");
        is_int((int64_t)one.tally.documents, corpus.documents, "  all are counted");
        is_int((int64_t)one.tally.documents_kept, corpus.documents, "  as kept");
        is_int((int64_t)one.tally.tokens, corpus.vocab.size - 5, "  with all words");
        is_int((int64_t)one.tally.shards, 4, "  of all shards");
        corpus_fini(&corpus);
    }
}

static void test_limit(void) {
    static const struct {
        const char *limit;
        int documents;
    } rows[] = {{"1", 1}, {"14", 14}, {"15", 15}, {"16", 16}, {"51", 51}, {"1000", 51}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct corpus corpus;
        corpus_init(&corpus, "limit", sources, 2);
        corpus_set(&corpus, "evaluation.max_documents", rows[i].limit);
        struct result one = read_all(&corpus, 1, 64), three = read_all(&corpus, 3, 64);
        int count = 0;
        for (int d = 0; d < 64; d++)
            count += one.examples[d] > 0;
        is_int(count, rows[i].documents, "at most %s documents", rows[i].limit);
        ok(same(&one, &three), "  the same ones for three readers");
        corpus_fini(&corpus);
    }
}

static void test_rewind(void) {
    struct corpus corpus;
    struct batch batch;
    struct err err;
    corpus_init(&corpus, "rewind", sources, 2);
    struct result one = read_all(&corpus, 1, 16), again = {0};
    struct heldout *heldout =
        heldout_create(&corpus.config, &corpus.manifest, &corpus.vocab, 0, 1, &err);
    batch_init(&batch, 16, 32);
    struct result scratch = {0};
    read_pass(&scratch, heldout, &batch);
    heldout_rewind(heldout);
    heldout_next(heldout, &batch, &err);
    heldout_rewind(heldout); /* in the middle */
    uint64_t examples = heldout_tally(heldout)->examples;
    read_pass(&again, heldout, &batch);
    again.tally = one.tally;
    ok(same(&one, &again), "rewound, it gives the same once more");
    is_int((int64_t)(heldout_tally(heldout)->examples - examples),
           (int64_t)one.tally.examples, "examples are counted again");
    is_int((int64_t)heldout_tally(heldout)->documents, corpus.documents,
           "documents are not");
    batch_fini(&batch);
    heldout_destroy(heldout);
    corpus_fini(&corpus);
}

/* Whatever training masks, evaluation masks as BERT did, or as it is told itself. */
static void test_masks(void) {
    static const char *const options[][2] = {{"data.mask_prob", "0.8"},
                                             {"data.mask_replace", "0.5"},
                                             {"data.mask_random", "0"},
                                             {"data.mask_kind", "span"}};
    struct corpus corpus;
    corpus_init(&corpus, "masks", sources, 2);
    struct result plain = read_all(&corpus, 1, 16);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        corpus_set(&corpus, options[i][0], options[i][1]);
        struct result other = read_all(&corpus, 1, 16);
        ok(same(&plain, &other), "%s changes nothing", options[i][0]);
    }
    corpus_set(&corpus, "evaluation.mask_kind", "span");
    struct result spans = read_all(&corpus, 1, 16);
    ok(!same(&plain, &spans), "evaluation.mask_kind does");
    corpus_fini(&corpus);
}

/* Random halves are of the document before; the first document has only itself. */
static void test_partner(void) {
    struct corpus corpus;
    struct batch batch;
    struct err err;
    int pairs = 0, random = 0, own = 0, wrong = 0;
    corpus_init(&corpus, "partner", sources, 2);
    struct heldout *heldout =
        heldout_create(&corpus.config, &corpus.manifest, &corpus.vocab, 1, 2, &err);
    batch_init(&batch, 64, 32);
    while (heldout_next(heldout, &batch, &err) == 1) {
        for (int64_t m = 0; m < batch.M; m++)
            batch.ids[batch.masked[m]] = batch.labels[m];
        for (int64_t b = 0; b < batch.B; b++) {
            int32_t first = batch.ids[batch.starts[b] + 1];
            int32_t last = batch.ids[batch.starts[b + 1] - 2];
            int document = (int)batch.origins[b].number;
            int other = corpus.words[last].document;
            pairs++;
            random += batch.next[b] == NEXT_RANDOM;
            own += batch.next[b] == NEXT_RANDOM && other == document;
            wrong += document % 2 != 1 || corpus.words[first].document != document;
            wrong +=
                other != document - (batch.next[b] == NEXT_RANDOM && other != document);
            int32_t masked = batch.masked_starts[b + 1] - batch.masked_starts[b];
            wrong += masked > 5; /* 15 % of 32 */
        }
    }
    is_int(wrong, 0, "%d pairs of this reader's documents, halves from the one before",
           pairs);
    ok(random > pairs / 4 && own <= 1, "%d random, %d of them from their own", random,
       own);
    batch_fini(&batch);
    heldout_destroy(heldout);
    corpus_fini(&corpus);
}

static void test_empty(void) {
    struct corpus corpus;
    const struct corpus_source empty = {2, 0, 1};
    corpus_init(&corpus, "empty", &empty, 1);
    for (int reader = 0; reader < 3; reader++) {
        struct batch batch;
        struct err err = {0};
        struct heldout *heldout = heldout_create(&corpus.config, &corpus.manifest,
                                                 &corpus.vocab, reader, 3, &err);
        batch_init(&batch, 8, 32);
        is_int(heldout_next(heldout, &batch, &err), -1,
               "no text: an error for reader %d", reader);
        is_int(err.code, ERR_DATA, "  %s", err.text);
        batch_fini(&batch);
        heldout_destroy(heldout);
    }
    corpus_fini(&corpus);
}

int main(void) {
    test_readers();
    test_limit();
    test_rewind();
    test_masks();
    test_partner();
    test_empty();
    return tap_done();
}
