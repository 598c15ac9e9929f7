/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: what a lesson tells of a sequence is what it was given of it, whatever was
 * added before and after; a lesson of a lesson is the same; and parts that do not fit
 * each other, as bytes from elsewhere may, are not believed. */
#include "src/core/lesson.h"

#include <math.h>
#include <string.h>

#include "tests/tap.h"

/* Three sequences, of 2, 3 and 4 tokens with 1, 0 and 2 of them masked. */
static int32_t ids[] = {4, 5, 6, 7, 8, 9, 10, 11, 12}, segments[9], next[3];
static int32_t positions[] = {0, 1, 0, 1, 2, 0, 1, 2, 3};
static int32_t starts[] = {0, 2, 5, 9}, masked_starts[] = {0, 1, 1, 3};
static int32_t masked[] = {1, 6, 8}, labels[] = {5, 10, 12};
static const struct batch text = {.B = 3,
                                  .T = 9,
                                  .M = 3,
                                  .ids = ids,
                                  .segments = segments,
                                  .positions = positions,
                                  .starts = starts,
                                  .masked = masked,
                                  .labels = labels,
                                  .next = next,
                                  .masked_starts = masked_starts};

enum { WIDTH = 2, TOKENS = 4, ATOMS = 9, ATTENDED = 1 };
static const float states[] = {1, 2, 3, 4, 5, 6};
static const float attention[27] = {7, [9] = 8, [13] = 9, [26] = 10};
static const int64_t twos[] = {0, 2, 4, 6}, fours[] = {0, 4, 8, 12};
static const int64_t some[] = {0, 3, 3, 4}; /* a code of nothing */
static const int32_t at[] = {0, 3, 1, 2, 0, 1};
static const float values[] = {.1F, .2F, .3F, .4F, .5F, .6F, .7F, .8F, .9F, 1, 2, 3};

static const struct lesson_shape all = {TARGET_STATES | TARGET_LOGITS | TARGET_CODES |
                                            TARGET_ATTENTION,
                                        WIDTH, TOKENS, ATOMS, ATTENDED};
static const struct targets said = {.rows = 3,
                                    .width = WIDTH,
                                    .states = states,
                                    .logits = {twos, at, values},
                                    .codes = {some, at, values},
                                    .attended = ATTENDED,
                                    .attention = attention};

static bool same_rows(const struct sparse_rows *a, int64_t first,
                      const struct sparse_rows *b, int64_t rows) {
    for (int64_t i = 0; i < rows; i++) {
        int64_t from = a->starts[first + i], to = b->starts[i];
        int64_t n = a->starts[first + i + 1] - from;
        if (b->starts[i + 1] - to != n || (a->at == NULL) != (b->at == NULL) ||
            memcmp(a->values + from, b->values + to, (size_t)n * sizeof(float)) != 0)
            return false;
        if (a->at && memcmp(a->at + from, b->at + to, (size_t)n * sizeof *at) != 0)
            return false;
    }
    return true;
}

/* What it tells of sequences first … first+count-1 is what was said of them. */
static void check(const struct lesson *l, const struct targets *want, int64_t first,
                  int64_t count, const char *what) {
    struct targets t = lesson_tell(l, first, count);
    int64_t row = masked_starts[first], rows = masked_starts[first + count] - row;
    is_int(t.rows, rows, "%s, %d from %d on: rows", what, (int)count, (int)first);
    ok(rows == 0 || memcmp(t.states, want->states + row * WIDTH,
                           (size_t)(rows * WIDTH) * sizeof(float)) == 0,
       "  states");
    ok(same_rows(&want->logits, row, &t.logits, rows), "  logits");
    ok(same_rows(&want->codes, row, &t.codes, rows), "  codes");
    int64_t token = starts[first], tokens = starts[first + count] - token;
    ok(t.tokens == tokens && memcmp(t.attention, want->attention + 3 * token,
                                    (size_t)(3 * tokens) * sizeof(float)) == 0,
       "  queries, keys and values");
}

static void check_all(const struct lesson *l, const struct targets *want,
                      const char *what) {
    static const int64_t runs[][2] = {{0, 3}, {0, 1}, {1, 1}, {2, 1}, {1, 2}};
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++)
        check(l, want, runs[i][0], runs[i][1], what);
}

static void test_telling(void) {
    struct lesson l = {.shape = all}, again = {.shape = all};
    lesson_add(&l, &text, 0, 3, &said);
    ok(lesson_index(&l) && l.sequences == 3 && l.rows == 3, "three sequences");
    check_all(&l, &said, "added at once");
    for (int64_t b = 0; b < 3; b++) {
        struct targets one = lesson_tell(&l, b, 1);
        lesson_add(&again, &text, b, 1, &one);
    }
    ok(lesson_index(&again), "one by one, out of another");
    check_all(&again, &said, "one by one");
    ok(lesson_bytes(&again) == lesson_bytes(&l), "  as many bytes");
    for (int64_t b = 0; b < 3; b++)
        ok(lesson_is_of(&l, b, &text, b) && !lesson_is_of(&l, b, &text, (b + 1) % 3),
           "sequence %d is known", (int)b);
    ok(!lesson_is_of(&l, 3, &text, 0), "one that is not there is not");
    lesson_clear(&l);
    ok(lesson_index(&l) && l.sequences == 0, "and then none");
    lesson_fini(&l);
    lesson_fini(&again);
}

/* Logits of all tokens, without saying which. */
static void test_whole(void) {
    struct lesson l = {.shape = all};
    struct targets whole = said;
    whole.logits = (struct sparse_rows){fours, NULL, values};
    lesson_add(&l, &text, 0, 3, &whole);
    ok(lesson_index(&l), "all logits");
    check_all(&l, &whole, "all logits");
    lesson_fini(&l);
}

/* Only what its shape names. */
static void test_kinds(void) {
    static const struct {
        uint32_t kinds;
        size_t bytes;
    } rows[] = {
        {0, 3 * 12},
        {TARGET_STATES, 3 * 12 + 24},
        {TARGET_LOGITS, 3 * 12 + 12 + 6 * 8},
        {TARGET_CODES, 3 * 12 + 12 + 4 * 8},
        {TARGET_ATTENTION, 3 * 16 + 9 * 12},
    };
    static const struct lesson_counts counts = {3, 3, 9, 2, 4.0 / 3};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lesson l = {.shape = all};
        l.shape.kinds = rows[i].kinds;
        l.shape.attended = rows[i].kinds & TARGET_ATTENTION ? ATTENDED : 0;
        lesson_add(&l, &text, 0, 3, &said);
        ok(lesson_index(&l), "kinds %d", (int)rows[i].kinds);
        is_int((int64_t)lesson_bytes(&l), (int64_t)rows[i].bytes, "  its bytes");
        struct targets t = lesson_tell(&l, 0, 3);
        ok(!(rows[i].kinds & TARGET_STATES) == !t.states &&
               !(rows[i].kinds & TARGET_LOGITS) == !t.logits.starts &&
               !(rows[i].kinds & TARGET_CODES) == !t.codes.starts &&
               !(rows[i].kinds & TARGET_ATTENTION) == !t.attention,
           "  no other is told");
        is_int(llround(lesson_foretell(&l.shape, &counts)), (int64_t)rows[i].bytes,
               "  as was foretold");
        lesson_fini(&l);
    }
}

static void put(struct lesson *l, enum lesson_part part, size_t place, int32_t value) {
    memcpy(l->parts[part].data + place * sizeof value, &value, sizeof value);
}

static void cut(struct lesson *l, enum lesson_part part, size_t bytes) {
    l->parts[part].size -= bytes;
}

static void test_refused(void) {
    static const struct {
        const char *name;
        enum lesson_part part;
        size_t cut;    /* bytes */
        int32_t value; /* else, of the first number */
    } rows[] = {
        {"half a hash", LESSON_HASHES, 4, 0},
        {"a hash less", LESSON_HASHES, 8, 0},
        {"a sequence less", LESSON_ROWS, 4, 0},
        {"rows below zero", LESSON_ROWS, 0, -1},
        {"more rows", LESSON_ROWS, 0, 7},
        {"a state less", LESSON_STATES, 4, 0},
        {"a count less", LESSON_LOGITS_COUNTS, 4, 0},
        {"a count below zero", LESSON_LOGITS_COUNTS, 0, -2},
        {"more logits than tokens", LESSON_LOGITS_COUNTS, 0, 5},
        {"no such token", LESSON_LOGITS_AT, 0, TOKENS},
        {"a token below zero", LESSON_LOGITS_AT, 0, -1},
        {"a logit less", LESSON_LOGITS, 4, 0},
        {"of all tokens, but too few", LESSON_LOGITS_AT, 6 * 4, 0},
        {"no such atom", LESSON_CODES_AT, 0, ATOMS},
        {"an atom less", LESSON_CODES_AT, 4, 0},
        {"a share less", LESSON_CODES, 4, 0},
        {"a length less", LESSON_TOKENS, 4, 0},
        {"a length below zero", LESSON_TOKENS, 0, -1},
        {"a query less", LESSON_ATTENTION, 4, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct lesson l = {.shape = all};
        lesson_add(&l, &text, 0, 3, &said);
        if (rows[i].cut)
            cut(&l, rows[i].part, rows[i].cut);
        else
            put(&l, rows[i].part, 0, rows[i].value);
        ok(!lesson_index(&l), "%s", rows[i].name);
        ok(l.sequences == 0 && lesson_bytes(&l) == 0, "  leaves nothing");
        lesson_fini(&l);
    }
}

/* Two that were sent, one after the other, are one. */
static void test_packed(void) {
    struct lesson one = {.shape = all}, two = {.shape = all}, got = {.shape = all};
    struct str bytes = {0};
    struct targets last;
    lesson_add(&one, &text, 0, 3, &said);
    lesson_index(&one);
    last = lesson_tell(&one, 1, 2);
    lesson_add(&two, &text, 1, 2, &last);
    lesson_clear(&one);
    lesson_add(&one, &text, 0, 1, &said);
    lesson_pack(&one, &bytes);
    ok(lesson_unpack(&got, str_slice(&bytes)), "the first is taken");
    str_clear(&bytes);
    lesson_pack(&two, &bytes);
    ok(lesson_unpack(&got, str_slice(&bytes)) && lesson_index(&got), "and the others");
    check_all(&got, &said, "in two messages");
    size_t taken = 0;
    for (size_t n = 0; n < bytes.size; n++) {
        lesson_clear(&got);
        taken += lesson_unpack(&got, (struct slice){bytes.data, n});
    }
    is_int((int64_t)taken, 0, "none that is cut is taken");
    str_append_char(&bytes, 'x');
    lesson_clear(&got);
    ok(!lesson_unpack(&got, str_slice(&bytes)), "nor one with more after it");
    lesson_fini(&one);
    lesson_fini(&two);
    lesson_fini(&got);
    str_fini(&bytes);
}

int main(void) {
    test_telling();
    test_packed();
    test_whole();
    test_kinds();
    test_refused();
    return tap_done();
}
