/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: products of bf16 must have, to the bit, the sums that the manual writes down
 * for VDPBF16PS and TDPBF16PS, which plain loops here make from rounded numbers: for
 * every form, odd k, one row, gaps between rows, written and added, packed or not, in
 * blocks of rows; from numbers that are rounded on the way or were before; and to sums
 * that are rounded.  What the processor has is tested beside what is in plain C.  Of
 * random shapes all tiles are as near to loops in double precision as rounding in
 * single precision explains, and AMX has the bits of its plain C.
 * Kernels that err, in several ways, must be found out at the start and replaced; tiles
 * of AMX that were not configured must be a fault. */
#include "src/kernels/precision.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/bf16.h"
#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/base/rng.h"
#include "src/kernels/gemm.h"
#include "src/kernels/ref.h"
#include "tests/dies.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

static const struct {
    int64_t m, n, k;
} sizes[] = {{1, 1, 1},    {1, 17, 7},   {7, 1, 15},   {15, 16, 17},
             {3, 2, 64},   {33, 31, 32}, {32, 32, 33}, {12, 32, 64},
             {97, 70, 33}, {5, 33, 130}, {70, 48, 70}, {11, 40, 290},
             {2, 5, 2100}, {3, 4, 4130}, {96, 64, 64}, {40, 70, 1100}};

/* What the next product adds to a sum, of k's first … first+count-1. */
typedef float sum_fn(float sum, int64_t count, const float *a, int64_t a_step,
                     const float *b, int64_t b_step);

/* A matrix of either kind, and its numbers as a product sees them: owned. */
struct operand {
    struct matrix x;
    float *rounded;
};

static struct operand operand_make(int64_t count, int64_t ld, bool half, int seed) {
    float *x = fill_normal(count, seed, 1);
    uint16_t *halves = mem_alloc((size_t)count, sizeof *halves);
    struct operand o = {half ? matrix_bf16(halves, ld) : matrix_f32(x, ld),
                        mem_alloc((size_t)count, sizeof *o.rounded)};
    bf16_narrow((size_t)count, x, halves);
    bf16_widen((size_t)count, halves, o.rounded);
    mem_free(half ? (void *)x : halves);
    return o;
}

static void operand_free(struct operand *o) {
    mem_free(o->x.at);
    mem_free(o->rounded);
}

/* What a product writes: bf16, or in single precision, and then perhaps adds to. */
enum result { WRITTEN, ADDED, ROUNDED, RESULTS };
static const char *const results[] = {"", ", added", ", rounded"};

/* Pair by pair, the later k first, from nothing; so many k at a time. */
static float sum_dot(float sum, int64_t count, const float *a, int64_t a_step,
                     const float *b, int64_t b_step) {
    float part = 0;
    for (int64_t p = 0; p < count; p += 2) {
        if (p + 1 < count)
            part += a[(p + 1) * a_step] * b[(p + 1) * b_step];
        part += a[p * a_step] * b[p * b_step];
    }
    return part + sum;
}

/* 32 k's at a time: the earlier ones of pairs and the later ones apart. */
static float sum_amx(float sum, int64_t count, const float *a, int64_t a_step,
                     const float *b, int64_t b_step) {
    for (int64_t p = 0; p < count; p += 32) {
        float part[2] = {0, 0};
        for (int64_t q = p; q < p + 32 && q < count; q++)
            part[q % 2] += a[q * a_step] * b[q * b_step];
        sum += part[0] + part[1];
    }
    return sum;
}

/* k's that gemm and gemm_columns, and gemm_rows, sum before they add to C. */
enum { DEEP = 2048, DEEP_PACKED = 4096 };

static void plain_product(sum_fn *sum, int64_t deep, size_t size, enum gemm_op op_a,
                          enum gemm_op op_b, const float *a, int64_t lda,
                          const float *b, int64_t ldb, bool add, float *c,
                          int64_t ldc) {
    int64_t a_row = op_a == GEMM_N ? lda : 1, a_step = op_a == GEMM_N ? 1 : lda;
    int64_t b_column = op_b == GEMM_N ? 1 : ldb, b_step = op_b == GEMM_N ? ldb : 1;
    for (int64_t i = 0; i < sizes[size].m; i++)
        for (int64_t j = 0; j < sizes[size].n; j++)
            for (int64_t p = 0, k = sizes[size].k; p < k; p += deep) {
                float *to = &c[i * ldc + j];
                *to = sum(add || p > 0 ? *to : 0, k - p < deep ? k - p : deep,
                          a + i * a_row + p * a_step, a_step,
                          b + j * b_column + p * b_step, b_step);
            }
}

/* C (m,ldc) against what is wanted, which is rounded as C is; both are freed. */
static bool same(struct matrix c, float *want, int64_t n) {
    uint16_t *half = mem_alloc((size_t)n, sizeof *half);
    bf16_narrow((size_t)n, want, half);
    bool is = memcmp(c.at, c.kind == NUMBER_F32 ? (void *)want : half,
                     (size_t)n * number_bytes(c.kind)) == 0;
    mem_free(half), mem_free(want), mem_free(c.at);
    return is;
}

/* A form of a product. */
struct form {
    size_t size;
    enum gemm_op a, b;
    bool a_half, b_half, packed;
    enum result result;
};

static void run_packed(const struct form *f, int64_t m, int64_t n, int64_t k,
                       struct matrix a, struct matrix b, struct matrix c) {
    float *panels = fill_normal(gemm_packed_floats(k, n), 4, 1);
    const struct gemm_packed packed = {f->b, k, n, b, panels};
    bool add = f->result == ADDED;
    for (int64_t g = gemm_pack_groups(&packed) - 1; g >= 0; g--)
        gemm_pack(&packed, g);
    for (int64_t first = 0; first < m; first += 37) {
        int64_t rows = m - first < 37 ? m - first : 37;
        for (int64_t j = 0; f->a == GEMM_N && j < n; j += GEMM_GROUP) {
            struct gemm_packed part =
                gemm_part(&packed, j, n - j < GEMM_GROUP ? n - j : GEMM_GROUP);
            gemm_rows(rows, matrix_from(a, first, 0), &part, add,
                      matrix_from(c, first, j));
        }
        if (f->a == GEMM_T)
            gemm_columns(rows, matrix_from(a, 0, first), &packed, add,
                         matrix_from(c, first, 0));
    }
    mem_free(panels);
}

static void test_product(sum_fn *sum, const struct form *f) {
    int64_t m = sizes[f->size].m, n = sizes[f->size].n, k = sizes[f->size].k;
    int64_t a_width = f->a == GEMM_N ? k : m, b_width = f->b == GEMM_N ? n : k;
    /* a gap, so that rows of words can be read where they lie, or cannot */
    int64_t lda = a_width + 2 + (f->a_half && f->result == ADDED), ldb = b_width + 1;
    int64_t ldc = n + 2, deep = f->packed && f->a == GEMM_N ? DEEP_PACKED : DEEP;
    bool add = f->result == ADDED;
    if (f->result == ROUNDED && k > deep)
        return;
    struct operand a = operand_make((m + k - a_width) * lda, lda, f->a_half, 1),
                   b = operand_make((n + k - b_width) * ldb, ldb, f->b_half, 2),
                   c = operand_make(m * ldc, ldc, f->result == ROUNDED, 3);
    float *want = f->result == ROUNDED
                      ? mem_copy(c.rounded, sizeof *want * (size_t)(m * ldc))
                      : fill_normal(m * ldc, 3, 1);
    if (f->packed)
        run_packed(f, m, n, k, a.x, b.x, c.x);
    else
        gemm(f->a, f->b, m, n, k, a.x, b.x, add, c.x);
    plain_product(sum, deep, f->size, f->a, f->b, a.rounded, lda, b.rounded, ldb, add,
                  want, ldc);
    ok(same(c.x, want, m * ldc), "  %d×%d×%d %c%c%s%s%s%s", (int)m, (int)n, (int)k,
       "NT"[f->a], "NT"[f->b], f -> a_half ? ", A of bf16" : "",
       f->b_half ? ", B of bf16" : "", f->packed ? ", packed" : "", results[f->result]);
    mem_free(c.rounded);
    operand_free(&a), operand_free(&b);
}

static void test_set(const struct tile_set *set, sum_fn *sum) {
    if (set == NULL)
        return;
    printf("# %s\n", set->name);
    gemm_use_pairs(set);
    enum gemm_precision outer = gemm_in(GEMM_BF16);
    ok(strcmp(gemm_describe(), set->name) == 0, "by %s", set->name);
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
        for (int row = 0; row < 8 * RESULTS; row++) {
            int kinds = (int)size + row / 3; /* some of all, of each other form */
            const struct form form = {size,
                                      row & 1 ? GEMM_T : GEMM_N,
                                      row & 2 ? GEMM_T : GEMM_N,
                                      kinds & 1,
                                      kinds & 2,
                                      row & 4,
                                      (enum result)(row / 8)};
            test_product(sum, &form);
        }
    gemm_in(outer);
}

/* ---- random shapes ---- */

static const int SHAPES = 40;

/* A form and sizes that follow from a number. */
static struct form random_form(int number, int64_t *m, int64_t *n, int64_t *k) {
    struct rng rng;
    rng_init(&rng, 0, RNG_TEST, 77, (uint64_t)number);
    *m = 1 + (int64_t)rng_below(&rng, 70);
    *n = 1 + (int64_t)rng_below(&rng, 70);
    *k = 1 + (int64_t)rng_below(&rng, 200);
    uint64_t bits = rng_below(&rng, 64);
    return (struct form){0,
                         bits & 1 ? GEMM_T : GEMM_N,
                         bits & 2 ? GEMM_T : GEMM_N,
                         bits & 4,
                         bits & 8,
                         bits & 16,
                         bits & 32 ? ADDED : WRITTEN};
}

/* C (m,n) of such a product, owned, and what it should be. */
static float *random_product(const struct tile_set *set, int number, double **want,
                             int64_t *count) {
    int64_t m, n, k;
    const struct form f = random_form(number, &m, &n, &k);
    int64_t lda = (f.a == GEMM_N ? k : m) + number % 5,
            ldb = (f.b == GEMM_N ? n : k) + number % 3;
    int64_t a_count = (f.a == GEMM_N ? m : k) * lda,
            b_count = (f.b == GEMM_N ? k : n) * ldb;
    struct operand a = operand_make(a_count, lda, f.a_half, 1),
                   b = operand_make(b_count, ldb, f.b_half, 2);
    double *wa = fill_widen(a_count, a.rounded), *wb = fill_widen(b_count, b.rounded);
    float *c = fill_normal(m * n, 3, 1);
    *want = fill_widen(m * n, c);
    *count = m * n;
    gemm_use_pairs(set);
    enum gemm_precision outer = gemm_in(GEMM_BF16);
    if (f.packed)
        run_packed(&f, m, n, k, a.x, b.x, matrix_f32(c, n));
    else
        gemm(f.a, f.b, m, n, k, a.x, b.x, f.result == ADDED, matrix_f32(c, n));
    gemm_in(outer);
    ref_gemm(f.a, f.b, m, n, k, 1, wa, lda, wb, ldb, f.result == ADDED, *want, n);
    operand_free(&a), operand_free(&b), mem_free(wa), mem_free(wb);
    return c;
}

static void test_random(const struct tile_set *set) {
    int64_t count;
    double *want;
    if (set == NULL)
        return;
    for (int i = 0; i < SHAPES; i++) {
        float *c = random_product(set, i, &want, &count);
        near_f32(count, c, want, (struct near_limits){14, 1e-6, 3e-6},
                 "%s: random shape %d", set->name, i);
        mem_free(c), mem_free(want);
    }
}

static void test_same_as_plain(void) {
    int64_t count;
    double *want;
    if (tile_amx() == NULL) {
        skip("THIS PROCESSOR HAS NO AMX: its plain C was compared with nothing",
             SHAPES);
        return;
    }
    for (int i = 0; i < SHAPES; i++) {
        float *real = random_product(tile_amx(), i, &want, &count);
        mem_free(want);
        float *plain = random_product(tile_amx_plain(), i, &want, &count);
        ok(memcmp(real, plain, (size_t)count * sizeof *real) == 0,
           "AMX, random shape %d: the bits of its plain C", i);
        mem_free(real), mem_free(plain), mem_free(want);
    }
}

/* Infinite numbers and those that are none stay so; the largest are rounded up. */
static void test_extremes(void) {
    float a[2] = {INFINITY, 1}, b[2] = {1, 1}, n[2] = {NAN, 1}, m[2] = {3.4e38f, 0},
          c = 0;
    gemm_use_pairs(tile_pairs_plain());
    enum gemm_precision outer = gemm_in(GEMM_BF16);
    gemm(GEMM_N, GEMM_N, 1, 1, 2, matrix_f32(a, 2), matrix_f32(b, 1), false,
         matrix_f32(&c, 1));
    ok(isinf(c), "an infinite number stays so");
    gemm(GEMM_N, GEMM_N, 1, 1, 2, matrix_f32(n, 2), matrix_f32(b, 1), false,
         matrix_f32(&c, 1));
    ok(isnan(c), "what is no number stays so");
    gemm(GEMM_N, GEMM_N, 1, 1, 2, matrix_f32(m, 2), matrix_f32(b, 1), false,
         matrix_f32(&c, 1));
    ok(isinf(c), "what rounds up beyond all numbers is infinite");
    gemm_in(outer);
}

/* ---- errors that are planted ---- */

/* The two of each pair in the other's place, of B alone. */
static void multiply_turned(int64_t rows, int64_t columns, int64_t k, const float *a,
                            int64_t lda, bool by_columns, const float *panel, bool add,
                            float *c, int64_t ldc) {
    const struct tile_set *plain = tile_pairs_plain();
    float turned[80 * TILE_COLUMNS_MAX];
    for (int64_t i = 0; i < k * plain->columns; i++) {
        uint32_t bits;
        memcpy(&bits, &panel[i], sizeof bits);
        bits = bits << 16 | bits >> 16;
        memcpy(&turned[i], &bits, sizeof bits);
    }
    plain->multiply(rows, columns, k, a, lda, by_columns, turned, add, c, ldc);
}

/* The last row of a tile that is not whole. */
static void multiply_edge(int64_t rows, int64_t columns, int64_t k, const float *a,
                          int64_t lda, bool by_columns, const float *panel, bool add,
                          float *c, int64_t ldc) {
    const struct tile_set *plain = tile_pairs_plain();
    plain->multiply(rows, columns, k, a, lda, by_columns, panel, add, c, ldc);
    if (rows < plain->rows && columns < plain->columns)
        c[(rows - 1) * ldc] *= 1.001f;
}

static void multiply_nothing(int64_t rows, int64_t columns, int64_t k, const float *a,
                             int64_t lda, bool by_columns, const float *panel, bool add,
                             float *c, int64_t ldc) {
    (void)rows, (void)columns, (void)k, (void)a, (void)lda, (void)by_columns;
    (void)panel, (void)add, (void)c, (void)ldc;
}

static void test_planted(void) {
    const struct tile_set *plain = tile_pairs_plain();
    static const struct {
        const char *what;
        tile_fn *multiply;
    } errors[] = {{"pairs the other way round", multiply_turned},
                  {"wrong at an edge by a thousandth", multiply_edge},
                  {"no products", multiply_nothing}};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct tile_set bad = *plain;
        struct err err = {0};
        bad.name = errors[i].what;
        bad.multiply = errors[i].multiply;
        const struct precision_choice both = {{&bad, plain}}, one = {{&bad}};
        is_int(precision_choose(&both, &err), 0, "%s: replaced", errors[i].what);
        ok(precision_describe() == plain->name, "  by %s", precision_describe());
        is_int(precision_choose(&one, &err), -1, "  or refused");
        is_int(err.code, 70, "  as a fault of the machine");
        ok(strstr(err.text, errors[i].what) && precision_describe() == NULL,
           "  by name: %s", err.text);
    }
}

static void test_choice(void) {
    const struct precision_choice none = {{NULL}};
    struct err err = {0};
    is_int(precision_choose(&none, &err), -1, "without tiles it is refused");
    is_int(err.code, 78, "  as a configuration");
    ok(strstr(err.text, "AVX512_BF16") != NULL, "  with the reason: %s", err.text);
    is_int(precision_start(true, &err), 0, "emulated it starts");
    ok(precision_describe() != NULL, "  by %s", precision_describe());
    ok(precision_choices(false).sets[2] == NULL, "plain C only if it is asked for");
}

/* ---- AMX in plain C ---- */

static void multiply_unconfigured(void *unused) {
    static float a[32 * 32], panel[32 * 32], c[32 * 32];
    (void)unused;
    tile_amx_plain()->multiply(32, 32, 16, a, 32, false, panel, false, c, 32);
}

static void multiply_after_end(void *unused) {
    tile_amx_plain()->begin();
    tile_amx_plain()->end();
    multiply_unconfigured(unused);
}

static void multiply_between(void *unused) {
    tile_amx_plain()->begin();
    multiply_unconfigured(unused);
}

int main(void) {
    omp_set_num_threads(1); /* see dies.h */
    for (enum isa isa = ISA_BASELINE; isa <= ISA_AVX512; isa++) {
        dispatch_limit(isa);
        if (isa < ISA_AVX512)
            test_set(tile_pairs_plain(), sum_dot);
    }
    test_set(tile_amx_plain(), sum_amx);
    test_set(tile_pairs_dot(), sum_dot);
    test_set(tile_amx(), sum_amx);
    test_random(tile_pairs_plain());
    test_random(tile_amx_plain());
    test_random(tile_pairs_dot());
    test_random(tile_amx());
    test_same_as_plain();
    test_extremes();
    test_planted();
    test_choice();
    ok(dies(multiply_unconfigured, NULL), "AMX: no tile before it is configured");
    ok(dies(multiply_after_end, NULL), "  nor after it is released");
    ok(!dies(multiply_between, NULL), "  but between");
    return tap_done();
}
