/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: products against the reference for all four transpositions, odd sizes, gaps
 * between rows, and beta; with beta 0 what was in C must not matter; empty products do
 * what the formula says.  The program starts itself again to see which kernels it
 * chooses: those of the user, if he names them, else none older than the processor. */
#include "src/kernels/gemm.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

static const struct {
    int64_t m, n, k;
} sizes[] = {
    {1, 1, 1},  {1, 17, 7},   {7, 1, 15},     {15, 16, 17},  {17, 15, 100},
    {3, 2, 64}, {16, 16, 16}, {100, 64, 100}, {127, 128, 7}, {128, 127, 129},
};

static void test_product(size_t i, enum gemm_op op_a, enum gemm_op op_b, float beta) {
    int64_t m = sizes[i].m, n = sizes[i].n, k = sizes[i].k;
    int64_t rows_a = op_a == GEMM_N ? m : k, lda = (op_a == GEMM_N ? k : m) + 3;
    int64_t rows_b = op_b == GEMM_N ? k : n, ldb = (op_b == GEMM_N ? n : k) + 1;
    int64_t ldc = n + 2;
    float *a = fill_normal(rows_a * lda, 1, 1), *b = fill_normal(rows_b * ldb, 2, 1);
    float *c = fill_normal(m * ldc, 3, 1);
    double *wa = fill_widen(rows_a * lda, a), *wb = fill_widen(rows_b * ldb, b);
    double *wc = fill_widen(m * ldc, c);
    gemm(op_a, op_b, m, n, k, 0.5f, a, lda, b, ldb, beta, c, ldc);
    ref_gemm(op_a, op_b, m, n, k, 0.5, wa, lda, wb, ldb, (double)beta, wc, ldc);
    /* each element is a sum of k products of deviation ½ */
    struct near_limits limits = {sqrt((double)k), 1e-6, 3e-6};
    near_f32(m * ldc, c, wc, limits, "%d×%d×%d %c%c beta %g", (int)m, (int)n, (int)k,
             "NT"[op_a], "NT"[op_b], (double)beta);
    mem_free(a), mem_free(b), mem_free(c), mem_free(wa), mem_free(wb), mem_free(wc);
}

static void test_beta_zero(void) {
    float a[4] = {1, 2, 3, 4}, c[4] = {NAN, INFINITY, NAN, NAN};
    gemm(GEMM_N, GEMM_N, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2);
    ok(c[0] == 7 && c[1] == 10 && c[2] == 15 && c[3] == 22,
       "beta 0 only writes, even over NaN");
}

static void test_empty(void) {
    float a[4] = {1, 1, 1, 1}, c[4] = {1, 2, 3, 4};
    gemm(GEMM_N, GEMM_N, 0, 2, 2, 1, a, 2, a, 2, 0, c, 2);
    gemm(GEMM_N, GEMM_N, 2, 0, 2, 1, a, 2, a, 2, 0, c, 2);
    ok(c[0] == 1 && c[3] == 4, "no rows or columns: nothing is touched");
    gemm(GEMM_N, GEMM_N, 2, 2, 0, 1, a, 2, a, 2, 1, c, 2);
    ok(c[0] == 1 && c[3] == 4, "no terms, beta 1: C stays");
    gemm(GEMM_N, GEMM_N, 2, 2, 0, 1, a, 2, a, 2, 0, c, 2);
    ok(c[0] == 0 && c[3] == 0, "no terms, beta 0: zeros");
}

static void test_describe(void) {
    const char *text = gemm_describe();
    ok(strncmp(text, "OpenBLAS ", 9) == 0 && strstr(text, ", "), "described: %s",
       text);
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
        gemm_choose_core(argv);
        printf("%s\n", gemm_describe());
        return 0;
    }
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int ops = 0; ops < 4; ops++) {
            test_product(i, (enum gemm_op)(ops & 1), (enum gemm_op)(ops >> 1), 0);
            test_product(i, (enum gemm_op)(ops & 1), (enum gemm_op)(ops >> 1), 1);
        }
    test_beta_zero();
    test_empty();
    test_describe();
    test_choice(argv[0]);
    return tap_done();
}
