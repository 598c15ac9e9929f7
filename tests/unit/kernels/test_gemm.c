/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: products against the reference for every instruction set, all four
 * transpositions, odd sizes, gaps between rows, written and added; where nothing is
 * added what was in C must not matter; blocks of rows give the bits of all at once;
 * empty products do what the formula says.  The program starts itself again to see
 * which kernels it chooses: those of the user, if he names them, else none older than
 * the processor. */
#include "src/kernels/gemm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/openblas.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

static const struct {
    int64_t m, n, k;
} sizes[] = {
    {1, 1, 1},     {1, 17, 7},      {7, 1, 15},    {15, 16, 17},
    {17, 15, 100}, {3, 2, 64},      {16, 16, 16},  {100, 64, 100},
    {127, 128, 7}, {128, 127, 129}, {12, 32, 64},  {97, 300, 33},
    {5, 33, 1030}, {200, 48, 520},  {11, 290, 17}, {25, 200, 600},
};

/* Rows of A lie `gap` elements more than their length apart, or, if it is 0, a page. */
static void test_product(size_t i, enum gemm_op op_a, enum gemm_op op_b, bool add,
                         int64_t gap) {
    int64_t m = sizes[i].m, n = sizes[i].n, k = sizes[i].k;
    int64_t rows_a = op_a == GEMM_N ? m : k, width_a = op_a == GEMM_N ? k : m;
    int64_t lda = gap ? width_a + gap : (width_a + 1023) / 1024 * 1024;
    int64_t rows_b = op_b == GEMM_N ? k : n, ldb = (op_b == GEMM_N ? n : k) + 1;
    int64_t ldc = n + 2;
    float *a = fill_normal(rows_a * lda, 1, 1), *b = fill_normal(rows_b * ldb, 2, 1);
    float *c = fill_normal(m * ldc, 3, 1);
    double *wa = fill_widen(rows_a * lda, a), *wb = fill_widen(rows_b * ldb, b);
    double *wc = fill_widen(m * ldc, c);
    gemm(op_a, op_b, m, n, k, matrix_f32(a, lda), matrix_f32(b, ldb), add,
         matrix_f32(c, ldc));
    ref_gemm(op_a, op_b, m, n, k, 1, wa, lda, wb, ldb, add, wc, ldc);
    /* each element is a sum of k products of deviation 1 */
    struct near_limits limits = {sqrt((double)k), 1e-6, 3e-6};
    near_f32(m * ldc, c, wc, limits, "%d×%d×%d %c%c%s%s", (int)m, (int)n, (int)k,
             "NT"[op_a], "NT"[op_b], add ? ", added" : "", gap ? "" : ", pages apart");
    mem_free(a), mem_free(b), mem_free(c), mem_free(wa), mem_free(wb), mem_free(wc);
}

/* Cut into few rows and columns, which go another way, it has the same bits. */
static void test_cut(enum gemm_op op_a, enum gemm_op op_b) {
    enum { M = 50, N = 300, K = 1100, ROWS = 17, COLUMNS = 40 };
    float *a = fill_normal(M * K, 1, 1), *b = fill_normal(K * N, 2, 1);
    float *c = fill_normal(M * N, 3, 1), *d = fill_normal(M * N, 3, 1);
    struct matrix at = matrix_f32(a, op_a == GEMM_N ? K : M),
                  bt = matrix_f32(b, op_b == GEMM_N ? N : K);
    gemm(op_a, op_b, M, N, K, at, bt, true, matrix_f32(c, N));
    for (int64_t i = 0; i < M; i += ROWS)
        for (int64_t j = 0; j < N; j += COLUMNS)
            gemm(op_a, op_b, M - i < ROWS ? M - i : ROWS,
                 N - j < COLUMNS ? N - j : COLUMNS, K,
                 op_a == GEMM_N ? matrix_from(at, i, 0) : matrix_from(at, 0, i),
                 op_b == GEMM_N ? matrix_from(bt, 0, j) : matrix_from(bt, j, 0), true,
                 matrix_f32(d + i * N + j, N));
    ok(dispatch_isa() == ISA_BASELINE || memcmp(c, d, M * N * sizeof *c) == 0,
       "%c%c: the same bits in pieces", "NT"[op_a], "NT"[op_b]);
    mem_free(a), mem_free(b), mem_free(c), mem_free(d);
}

/* The same product from a packed B, in blocks of rows. */
static void test_packed(size_t i, enum gemm_op op_b, bool add) {
    int64_t m = sizes[i].m, n = sizes[i].n, k = sizes[i].k, lda = k + 3, ldc = n + 2;
    int64_t rows_b = op_b == GEMM_N ? k : n, ldb = (op_b == GEMM_N ? n : k) + 1;
    float *a = fill_normal(m * lda, 1, 1), *b = fill_normal(rows_b * ldb, 2, 1);
    float *c = fill_normal(m * ldc, 3, 1), *d = fill_normal(m * ldc, 3, 1);
    float *panels = fill_normal(gemm_packed_floats(k, n), 4, 1);
    struct gemm_packed packed = {op_b, k, n, matrix_f32(b, ldb), panels};
    for (int64_t g = gemm_pack_groups(&packed) - 1; g >= 0; g--)
        gemm_pack(&packed, g);
    for (int64_t first = 0; first < m; first += 37)
        gemm_rows(m - first < 37 ? m - first : 37, matrix_f32(a + first * lda, lda),
                  &packed, add, matrix_f32(c + first * ldc, ldc));
    for (int64_t j = 0; j < n; j += GEMM_GROUP) {
        struct gemm_packed part =
            gemm_part(&packed, j, n - j < GEMM_GROUP ? n - j : GEMM_GROUP);
        gemm_rows(m, matrix_f32(a, lda), &part, add, matrix_f32(d + j, ldc));
    }
    ok(dispatch_isa() == ISA_BASELINE ||
           memcmp(c, d, (size_t)(m * ldc) * sizeof *c) == 0,
       "%d×%d×%d N%c packed: the same bits in blocks of rows, and of columns", (int)m,
       (int)n, (int)k, "NT"[op_b]);
    double *wa = fill_widen(m * lda, a), *wb = fill_widen(rows_b * ldb, b);
    mem_free(c);
    c = fill_normal(m * ldc, 3, 1);
    double *wc = fill_widen(m * ldc, c);
    ref_gemm(GEMM_N, op_b, m, n, k, 1, wa, lda, wb, ldb, add, wc, ldc);
    near_f32(m * ldc, d, wc, (struct near_limits){sqrt((double)k), 1e-6, 3e-6},
             "%d×%d×%d N%c packed%s", (int)m, (int)n, (int)k, "NT"[op_b],
             add ? ", added" : "");
    mem_free(a), mem_free(b), mem_free(c), mem_free(d), mem_free(panels);
    mem_free(wa), mem_free(wb), mem_free(wc);
}

/* Rows of B that changed are packed anew by themselves, also of a part of it. */
static void test_changed(int64_t n) {
    enum { M = 13, K = 70, CHANGED = 20, COUNT = 31 };
    float *a = fill_normal(M * K, 1, 1), *b = fill_normal(K * n, 2, 1);
    float *other = fill_normal(COUNT * n, 3, 1), *c = fill_normal(M * n, 4, 1),
          *d = fill_normal(M * n, 5, 1);
    float *panels = fill_normal(gemm_packed_floats(K, n), 6, 1);
    const struct gemm_packed packed = {GEMM_N, K, n, matrix_f32(b, n), panels};
    gemm_pack_rows(&packed, 0, K);
    memcpy(b + CHANGED * n, other, (size_t)(COUNT * n) * sizeof *b);
    for (int64_t j = 0; j < n; j += GEMM_GROUP) {
        int64_t count = n - j < GEMM_GROUP ? n - j : GEMM_GROUP;
        const struct gemm_packed part = gemm_part(&packed, j, count);
        gemm_pack_rows(&part, CHANGED, COUNT);
        gemm_rows(M, matrix_f32(a, K), &part, false, matrix_f32(c + j, n));
    }
    for (int64_t g = 0; g < gemm_pack_groups(&packed); g++)
        gemm_pack(&packed, g);
    gemm_rows(M, matrix_f32(a, K), &packed, false, matrix_f32(d, n));
    ok(dispatch_isa() == ISA_BASELINE || memcmp(c, d, (size_t)(M * n) * sizeof *c) == 0,
       "%d columns: rows that changed are packed by themselves", (int)n);
    mem_free(a), mem_free(b), mem_free(other), mem_free(c), mem_free(d),
        mem_free(panels);
}

static void test_kernels(void) {
    printf("# %s\n", gemm_describe());
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int row = 0; row < 8; row++) {
            enum gemm_op op_a = (enum gemm_op)(row & 1),
                         op_b = (enum gemm_op)(row >> 1 & 1);
            test_product(i, op_a, op_b, row >> 2, 3);
            test_product(i, op_a, op_b, row >> 2, 0);
            if (op_a == GEMM_N)
                test_packed(i, op_b, row >> 2);
        }
    for (int row = 0; row < 4; row++)
        test_cut((enum gemm_op)(row & 1), (enum gemm_op)(row >> 1));
    test_changed(5);
    test_changed(200);
}

static void test_written(void) {
    float a[4] = {1, 2, 3, 4}, c[4] = {NAN, INFINITY, NAN, NAN};
    gemm(GEMM_N, GEMM_N, 2, 2, 2, matrix_f32(a, 2), matrix_f32(a, 2), false,
         matrix_f32(c, 2));
    ok(c[0] == 7 && c[1] == 10 && c[2] == 15 && c[3] == 22,
       "what is not added to is only written, even over NaN");
}

static void test_empty(void) {
    float a[4] = {1, 1, 1, 1}, c[4] = {1, 2, 3, 4};
    gemm(GEMM_N, GEMM_N, 0, 2, 2, matrix_f32(a, 2), matrix_f32(a, 2), false,
         matrix_f32(c, 2));
    gemm(GEMM_N, GEMM_N, 2, 0, 2, matrix_f32(a, 2), matrix_f32(a, 2), false,
         matrix_f32(c, 2));
    ok(c[0] == 1 && c[3] == 4, "no rows or columns: nothing is touched");
    gemm(GEMM_N, GEMM_N, 2, 2, 0, matrix_f32(a, 2), matrix_f32(a, 2), true,
         matrix_f32(c, 2));
    ok(c[0] == 1 && c[3] == 4, "no terms, added: C stays");
    gemm(GEMM_N, GEMM_N, 2, 2, 0, matrix_f32(a, 2), matrix_f32(a, 2), false,
         matrix_f32(c, 2));
    ok(c[0] == 0 && c[3] == 0, "no terms, written: zeros");
}

static void test_describe(void) {
    const char *text = openblas_describe();
    ok(strncmp(text, "OpenBLAS ", 9) == 0 && strstr(text, ", "), "described: %s", text);
}

/* What this program, started with that before its name, says of its kernels */
static void describe_child(const char *program, const char *before, char text[128]) {
    char command[1024];
    snprintf(command, sizeof command, "%s '%s' describe", before, program);
    FILE *pipe = popen(command, "r");
    if (!pipe || !fgets(text, 128, pipe))
        snprintf(text, 128, "nothing");
    if (pipe)
        pclose(pipe);
}

static void test_choice(const char *program) {
#if defined(__x86_64__)
    char text[128];
    describe_child(program, "OPENBLAS_CORETYPE=Nehalem", text);
    ok(strstr(text, "Nehalem") != NULL, "the user's choice stays: %s", text);
    describe_child(program, "env -u OPENBLAS_CORETYPE", text);
    static const char *const old[] = {"Prescott", "Core2", "Nehalem", "Sandybridge",
                                      "Atom"};
    bool modern = strncmp(text, "OpenBLAS ", 9) == 0;
    for (size_t i = 0; dispatch_isa() > ISA_BASELINE && i < sizeof old / sizeof *old;
         i++)
        modern = modern && !strstr(text, old[i]);
    ok(modern, "kernels as new as the processor: %s", text);
#else
    (void)program, (void)describe_child;
    skip("core types are those of x86", 2);
#endif
}

int main(int argc, char **argv) {
    if (argc > 1) {
        openblas_choose_core(argv);
        printf("%s\n", openblas_describe());
        return 0;
    }
    for (enum isa isa = ISA_BASELINE; isa <= ISA_AVX512; isa++) {
        dispatch_limit(isa);
        test_kernels();
    }
    gemm_use(GEMM_OPENBLAS);
    ok(strstr(gemm_describe(), "OpenBLAS") != NULL, "OpenBLAS when asked for");
    gemm_use(GEMM_AUTO);
    test_written();
    test_empty();
    test_describe();
    test_choice(argv[0]);
    return tap_done();
}
