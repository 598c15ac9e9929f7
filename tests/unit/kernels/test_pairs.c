/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: products of bf16 must have, to the bit, the sums that the manual writes down
 * for VDPBF16PS and TDPBF16PS, which plain loops here make from rounded numbers: for
 * every form, odd k, one row, gaps between rows, written and added, packed or not, in
 * blocks of rows.  What the processor has is tested beside what is in plain C.  Kernels
 * that err, in several ways, must be found out at the start and replaced; tiles of AMX
 * that were not configured must be a fault. */
#include "src/kernels/precision.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <string.h>

#include "src/base/bf16.h"
#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/gemm.h"
#include "tests/dies.h"
#include "tests/fill.h"
#include "tests/tap.h"

static const struct {
    int64_t m, n, k;
} sizes[] = {{1, 1, 1},      {1, 17, 7},    {7, 1, 15},    {15, 16, 17},  {3, 2, 64},
             {33, 31, 32},   {32, 32, 33},  {12, 32, 64},  {97, 300, 33}, {5, 33, 1030},
             {200, 48, 130}, {11, 40, 290}, {2, 35, 2100}, {100, 64, 100}};

/* What the next product adds to a sum, of k's first … first+count-1. */
typedef float sum_fn(float sum, int64_t count, const float *a, int64_t a_step,
                     const float *b, int64_t b_step);

/* Rounded numbers: owned. */
static float *rounded(int64_t n, const float *x) {
    uint16_t *half = mem_alloc((size_t)n, sizeof *half);
    float *y = mem_alloc((size_t)n, sizeof *y);
    bf16_narrow((size_t)n, x, half);
    bf16_widen((size_t)n, half, y);
    mem_free(half);
    return y;
}

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

/* k's that gemm, and gemm_rows, sum before they add to C. */
enum { DEEP = 1024, DEEP_PACKED = 2048 };

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

static bool same(const float *x, const float *y, int64_t n) {
    int64_t i = 0;
    while (i < n && x[i] == y[i])
        i++;
    return i == n;
}

static void test_product(sum_fn *sum, size_t size, enum gemm_op op_a, enum gemm_op op_b,
                         bool add) {
    int64_t m = sizes[size].m, n = sizes[size].n, k = sizes[size].k, ldc = n + 2;
    int64_t lda = (op_a == GEMM_N ? k : m) + 3, ldb = (op_b == GEMM_N ? n : k) + 1;
    int64_t a_count = (op_a == GEMM_N ? m : k) * lda;
    int64_t b_count = (op_b == GEMM_N ? k : n) * ldb;
    float *a = fill_normal(a_count, 1, 1), *b = fill_normal(b_count, 2, 1);
    float *wa = rounded(a_count, a), *wb = rounded(b_count, b);
    float *c = fill_normal(m * ldc, 3, 1), *want = fill_normal(m * ldc, 3, 1);
    gemm(op_a, op_b, m, n, k, a, lda, b, ldb, add, c, ldc);
    plain_product(sum, DEEP, size, op_a, op_b, wa, lda, wb, ldb, add, want, ldc);
    ok(same(c, want, m * ldc), "  %d×%d×%d %c%c%s", (int)m, (int)n, (int)k, "NT"[op_a],
       "NT"[op_b], add ? ", added" : "");
    mem_free(a), mem_free(b), mem_free(c), mem_free(want), mem_free(wa), mem_free(wb);
}

static void test_packed(sum_fn *sum, size_t size, enum gemm_op op_b, bool add) {
    int64_t m = sizes[size].m, n = sizes[size].n, k = sizes[size].k, ldc = n + 2;
    int64_t lda = k + 3, ldb = (op_b == GEMM_N ? n : k) + 1;
    int64_t b_count = (op_b == GEMM_N ? k : n) * ldb;
    float *a = fill_normal(m * lda, 1, 1), *b = fill_normal(b_count, 2, 1);
    float *wa = rounded(m * lda, a), *wb = rounded(b_count, b);
    float *c = fill_normal(m * ldc, 3, 1), *want = fill_normal(m * ldc, 3, 1);
    float *panels = fill_normal(gemm_packed_floats(k, n), 4, 1);
    const struct gemm_packed packed = {op_b, k, n, ldb, b, panels};
    for (int64_t g = gemm_pack_groups(&packed) - 1; g >= 0; g--)
        gemm_pack(&packed, g);
    for (int64_t first = 0; first < m; first += 37)
        gemm_rows(m - first < 37 ? m - first : 37, a + first * lda, lda, &packed, add,
                  c + first * ldc, ldc);
    plain_product(sum, DEEP_PACKED, size, GEMM_N, op_b, wa, lda, wb, ldb, add, want,
                  ldc);
    ok(same(c, want, m * ldc), "  %d×%d×%d N%c packed%s", (int)m, (int)n, (int)k,
       "NT"[op_b], add ? ", added" : "");
    mem_free(a), mem_free(b), mem_free(c), mem_free(want), mem_free(panels);
    mem_free(wa), mem_free(wb);
}

static void test_set(const struct tile_set *set, sum_fn *sum) {
    if (set == NULL)
        return;
    printf("# %s\n", set->name);
    gemm_use_pairs(set);
    enum gemm_precision outer = gemm_in(GEMM_BF16);
    ok(strcmp(gemm_describe(), set->name) == 0, "by %s", set->name);
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
        for (int row = 0; row < 8; row++) {
            enum gemm_op op_a = row & 1 ? GEMM_T : GEMM_N,
                         op_b = row & 2 ? GEMM_T : GEMM_N;
            test_product(sum, size, op_a, op_b, row & 4);
            if (op_a == GEMM_N)
                test_packed(sum, size, op_b, row & 4);
        }
    gemm_in(outer);
}

/* Infinite numbers and those that are none stay so; the largest are rounded up. */
static void test_extremes(void) {
    float a[2] = {INFINITY, 1}, b[2] = {1, 1}, n[2] = {NAN, 1}, m[2] = {3.4e38f, 0}, c;
    gemm_use_pairs(tile_pairs_plain());
    enum gemm_precision outer = gemm_in(GEMM_BF16);
    gemm(GEMM_N, GEMM_N, 1, 1, 2, a, 2, b, 1, false, &c, 1);
    ok(isinf(c), "an infinite number stays so");
    gemm(GEMM_N, GEMM_N, 1, 1, 2, n, 2, b, 1, false, &c, 1);
    ok(isnan(c), "what is no number stays so");
    gemm(GEMM_N, GEMM_N, 1, 1, 2, m, 2, b, 1, false, &c, 1);
    ok(isinf(c), "what rounds up beyond all numbers is infinite");
    gemm_in(outer);
}

/* ---- errors that are planted ---- */

static void pack_cut(int64_t k, int64_t columns, const float *b, int64_t ldb,
                     bool transposed, float *panel) {
    float cut[80 * 80];
    int64_t count = transposed ? columns * ldb : k * ldb;
    for (int64_t i = 0; i < count && i < 80 * 80; i++) {
        uint32_t bits;
        memcpy(&bits, &b[i], sizeof bits);
        bits &= 0xffff0000u;
        memcpy(&cut[i], &bits, sizeof bits);
    }
    tile_pairs_plain()->pack(k, columns, cut, ldb, transposed, panel);
}

/* The two of each pair in the other's place, of B alone. */
static void pack_turned(int64_t k, int64_t columns, const float *b, int64_t ldb,
                        bool transposed, float *panel) {
    const struct tile_set *plain = tile_pairs_plain();
    plain->pack(k, columns, b, ldb, transposed, panel);
    for (int64_t i = 0; i < (k + 1) / 2 * plain->columns; i++) {
        uint32_t bits;
        memcpy(&bits, &panel[i], sizeof bits);
        bits = bits << 16 | bits >> 16;
        memcpy(&panel[i], &bits, sizeof bits);
    }
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
        tile_pack_fn *pack;
        tile_fn *multiply;
    } errors[] = {{"rounded towards zero", pack_cut, NULL},
                  {"pairs the other way round", pack_turned, NULL},
                  {"wrong at an edge by a thousandth", NULL, multiply_edge},
                  {"no products", NULL, multiply_nothing}};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        struct tile_set bad = *plain;
        struct err err = {0};
        bad.name = errors[i].what;
        bad.pack = errors[i].pack ? errors[i].pack : bad.pack;
        bad.multiply = errors[i].multiply ? errors[i].multiply : bad.multiply;
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
    test_extremes();
    test_planted();
    test_choice();
    ok(dies(multiply_unconfigured, NULL), "AMX: no tile before it is configured");
    ok(dies(multiply_after_end, NULL), "  nor after it is released");
    ok(!dies(multiply_between, NULL), "  but between");
    return tap_done();
}
