/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: examples stand in a batch one after the other, without padding, with row
 * numbers that count through; the hash of a sequence does not see what stands before
 * it, and sees every number of its own.  A full batch is a bug of the caller: the
 * program ends. */
#include "src/core/batch.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/err.h"
#include "tests/tap.h"

static int32_t ids_a[] = {2, 10, 4, 3, 11, 3}, positions_a[] = {2, 4},
               labels_a[] = {12, 11};
static int32_t ids_b[] = {2, 20, 3}, ids_c[] = {2, 4, 3}, positions_c[] = {1},
               labels_c[] = {30};
static const float scores_c[] = {2.5f};
static const struct example a = {.length = 6,
                                 .split = 4,
                                 .next = NEXT_RANDOM,
                                 .masked = 2,
                                 .ids = ids_a,
                                 .positions = positions_a,
                                 .labels = labels_a};
static const struct example b = {
    .length = 3, .split = 3, .next = NEXT_NONE, .ids = ids_b};
static const struct example c = {.length = 3,
                                 .split = 3,
                                 .next = NEXT_NONE,
                                 .masked = 1,
                                 .ids = ids_c,
                                 .positions = positions_c,
                                 .labels = labels_c,
                                 .scores = scores_c};
static int32_t cuts_d[] = {2, 5};
static const struct example d = {.length = 6,
                                 .split = 6,
                                 .next = NEXT_NONE,
                                 .masked = 2,
                                 .ids = ids_a,
                                 .positions = positions_a,
                                 .labels = labels_a,
                                 .cut_count = 2,
                                 .cuts = cuts_d};

static void same(const int32_t *got, const int32_t *want, int n, const char *what) {
    int different = 0;
    for (int i = 0; i < n; i++)
        different += got[i] != want[i];
    is_int(different, 0, "%s", what);
}

static void test_layout(void) {
    struct batch batch;
    batch_init(&batch, 3, 6);
    ok(batch.B == 0 && batch.T == 0 && batch.M == 0, "a batch begins empty");
    batch_add(&batch, &a, (struct origin){5, 100});
    batch_add(&batch, &b, (struct origin){6, 200});
    batch_add(&batch, &c, (struct origin){6, 201});
    ok(batch.B == 3 && batch.T == 12 && batch.M == 3,
       "3 sequences, 12 tokens, 3 masked");
    same(batch.ids, (int32_t[]){2, 10, 4, 3, 11, 3, 2, 20, 3, 2, 4, 3}, 12, "ids");
    same(batch.segments, (int32_t[]){0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0}, 12,
         "segments");
    same(batch.positions, (int32_t[]){0, 1, 2, 3, 4, 5, 0, 1, 2, 0, 1, 2}, 12,
         "positions");
    same(batch.starts, (int32_t[]){0, 6, 9, 12}, 4, "starts");
    same(batch.masked, (int32_t[]){2, 4, 10}, 3, "masked rows count through the batch");
    same(batch.labels, (int32_t[]){12, 11, 30}, 3, "labels");
    ok(batch.scores[0] == 0 && batch.scores[1] == 0 && batch.scores[2] == 2.5f,
       "scores, where an example has some");
    same(batch.masked_starts, (int32_t[]){0, 2, 2, 3}, 4, "first masked row of each");
    same(batch.next, (int32_t[]){NEXT_RANDOM, NEXT_NONE, NEXT_NONE}, 3, "next");
    ok(batch.origins[1].lane == 6 && batch.origins[1].number == 200, "origins");
    same(batch.spans, (int32_t[]){0, 6, 9, 12}, 4, "a sequence is a span");
    same(batch.span_starts, (int32_t[]){0, 1, 2, 3}, 4, "first span of each");
    is_int(batch_count(&batch, 3), 4, "ids are counted");
    is_int(batch_count(&batch, 4), 0, "  masks are not what they hide");
    is_int(batch_count(&batch, 11) + 10 * batch_count(&batch, 12), 11, "  and that is");
    batch_clear(&batch);
    batch_add(&batch, &b, (struct origin){0, 0});
    ok(batch.B == 1 && batch.T == 3 && batch.M == 0, "cleared, it begins anew");
    batch_fini(&batch);
    ok(batch.ids == NULL && batch.max_B == 0, "fini leaves nothing");
}

/* A sequence of three documents between others. */
static void test_spans(void) {
    struct batch batch;
    batch_init(&batch, 3, 6);
    batch_add(&batch, &b, (struct origin){0, 0});
    batch_add(&batch, &d, (struct origin){0, 1});
    batch_add(&batch, &c, (struct origin){0, 2});
    ok(batch.B == 3 && batch.N == 5, "3 sequences, 5 spans");
    same(batch.starts, (int32_t[]){0, 3, 9, 12}, 4, "starts");
    same(batch.spans, (int32_t[]){0, 3, 5, 8, 9, 12}, 6, "spans");
    same(batch.span_starts, (int32_t[]){0, 1, 4, 5}, 4, "first span of each");
    same(batch.positions, (int32_t[]){0, 1, 2, 0, 1, 0, 1, 2, 0, 0, 1, 2}, 12,
         "positions begin anew in each");
    same(batch.masked, (int32_t[]){5, 7, 10}, 3, "masked rows");
    batch_fini(&batch);
}

/* Where masks lie side by side: in a batch, chunk by chunk, beside what they are. */
static void test_borders(void) {
    static int32_t ids[] = {2, 4, 4, 10, 4, 3}, places[] = {1, 2, 4},
                   labels[] = {7, 8, 9};
    static int32_t all_places[] = {0, 1, 2};
    static const struct example e = {.length = 6,
                                     .split = 6,
                                     .masked = 3,
                                     .ids = ids,
                                     .positions = places,
                                     .labels = labels};
    static const struct example all = {.length = 3,
                                       .split = 3,
                                       .masked = 3,
                                       .ids = ids_b,
                                       .positions = all_places,
                                       .labels = labels};
    static const struct border want[] = {
        {0, 3, 0},   {0, 3, 1},   {3, 5, 0},   {9, 11, 0},  {12, 15, 0},
        {12, 15, 1}, {15, 17, 0}, {18, 20, 0}, {18, 20, 1}, {18, 20, 2}};
    /* sequences: e, b with nothing masked, c, e, all of it masked */
    static const struct {
        int64_t first, count, masked, n;
    } chunks[] = {
        {0, 5, 0, 10}, {0, 1, 0, 3}, {1, 1, 3, 0}, {1, 2, 3, 1}, {3, 2, 4, 6}};
    struct batch batch;
    batch_init(&batch, 5, 6);
    const struct example *const examples[] = {&e, &b, &c, &e, &all};
    for (int i = 0; i < 5; i++)
        batch_add(&batch, examples[i], (struct origin){0, 0});
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        struct border got[11];
        memset(got, -1, sizeof got);
        batch_borders(&batch, chunks[i].first, chunks[i].count, got);
        ok(memcmp(got, want + chunks[i].masked, (size_t)chunks[i].n * sizeof *got) ==
                   0 &&
               got[chunks[i].n].before == -1,
           "borders of sequences %d and %d more", (int)chunks[i].first,
           (int)chunks[i].count - 1);
    }
    int32_t was[21];
    struct batch plain = batch_unmask(&batch, was);
    same(plain.ids,
         (int32_t[]){2, 7, 8, 10, 9, 3, 2, 20, 3, 2, 30, 3, 2, 7, 8, 10, 9, 3, 7, 8, 9},
         21, "unmasked ids are what was there");
    ok(batch.ids[1] == 4, "  and the masked ones stay as they are");
    ok(plain.T == batch.T && plain.starts == batch.starts &&
           plain.masked == batch.masked,
       "  all else is the batch's");
    batch_fini(&batch);
}

static uint64_t hash_of(const struct example *before, const struct example *example) {
    struct batch batch;
    batch_init(&batch, 2, 6);
    if (before)
        batch_add(&batch, before, (struct origin){0, 0});
    batch_add(&batch, example, (struct origin){0, 1});
    uint64_t hash = batch_hash_sequence(&batch, batch.B - 1);
    batch_fini(&batch);
    return hash;
}

static void test_hash(void) {
    ok(hash_of(NULL, &a) == hash_of(&b, &a), "the same sequence in another place");
    ok(hash_of(NULL, &c) == hash_of(&a, &c), "also behind masked rows");
    uint64_t was = hash_of(NULL, &a);
    int32_t *const numbers[] = {&ids_a[0], &ids_a[5], &positions_a[0], &labels_a[1]};
    for (int i = 0; i < 4; i++) {
        (*numbers[i])++;
        ok(hash_of(NULL, &a) != was, "another number %d, another hash", i);
        (*numbers[i])--;
    }
    struct example changed = a;
    changed.split = 3;
    ok(hash_of(NULL, &changed) != was, "another segment, another hash");
    changed = a, changed.next = NEXT_FOLLOWS;
    ok(hash_of(NULL, &changed) != was, "another label of the pair, another hash");
    changed = a, changed.masked = 1;
    ok(hash_of(NULL, &changed) != was, "a row less to predict, another hash");
    changed = a, changed.length = 5;
    ok(hash_of(NULL, &changed) != was, "a token less, another hash");
    ok(hash_of(NULL, &d) != hash_of(NULL, &a), "other spans, another hash");
    cuts_d[1]--;
    changed = d;
    uint64_t moved = hash_of(NULL, &changed);
    cuts_d[1]++;
    ok(hash_of(NULL, &d) != moved, "a cut elsewhere, another hash");
}

/* The exit code of a child that adds `count` examples to a batch of 2 sequences of
 * 4. */
static int add_in_child(const struct example *example, int count) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        struct batch batch;
        batch_init(&batch, 2, 4);
        fclose(stderr);
        for (int i = 0; i < count; i++)
            batch_add(&batch, example, (struct origin){0, 0});
        _exit(0);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_overflow(void) {
    is_int(add_in_child(&b, 2), 0, "two sequences fit");
    is_int(add_in_child(&b, 3), ERR_INTERNAL, "a third is a bug");
    is_int(add_in_child(&a, 1), 0, "one of six tokens fits in twice four");
    is_int(add_in_child(&a, 2), ERR_INTERNAL, "two do not");
}

/* Every run of sequences of a batch, beside a batch that only they were added to. */
static void test_take(void) {
    static const struct example *const all[] = {&a, &d, &b, &c, &d};
    enum { ALL = 5 };
    struct batch whole, part, want;
    batch_init(&whole, ALL, 6), batch_init(&part, ALL, 6), batch_init(&want, ALL, 6);
    for (uint32_t i = 0; i < ALL; i++)
        batch_add(&whole, all[i], (struct origin){i, 7 * i});
    for (int first = 0; first < ALL; first++)
        for (int count = 0; first + count <= ALL; count++) {
            batch_clear(&want);
            for (int i = first; i < first + count; i++)
                batch_add(&want, all[i], whole.origins[i]);
            batch_take(&part, &whole, first, count);
            ok(part.B == want.B && part.T == want.T && part.M == want.M &&
                   part.N == want.N,
               "sequences %d to %d", first, first + count - 1);
            same(part.ids, want.ids, (int)want.T, "  ids");
            same(part.segments, want.segments, (int)want.T, "  segments");
            same(part.positions, want.positions, (int)want.T, "  positions");
            same(part.starts, want.starts, count + 1, "  starts");
            same(part.spans, want.spans, (int)want.N + 1, "  spans");
            same(part.span_starts, want.span_starts, count + 1, "  their starts");
            same(part.masked, want.masked, (int)want.M, "  masked rows");
            same(part.labels, want.labels, (int)want.M, "  labels");
            same(part.masked_starts, want.masked_starts, count + 1, "  their starts");
            same(part.next, want.next, count, "  pairs");
            ok(memcmp(part.scores, want.scores, (size_t)want.M * sizeof(float)) == 0 &&
                   memcmp(part.origins, want.origins,
                          (size_t)count * sizeof(struct origin)) == 0,
               "  scores and origins");
        }
    batch_fini(&whole), batch_fini(&part), batch_fini(&want);
}

int main(void) {
    test_layout();
    test_take();
    test_spans();
    test_borders();
    test_hash();
    test_overflow();
    return tap_done();
}
