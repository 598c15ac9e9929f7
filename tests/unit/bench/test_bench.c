/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: medians by hand; the three products of a dense layer do the same operations
 * and have each other's sizes; every kernel is timed with every instruction set that
 * the processor has, and afterwards kernels run with the best again; what is timed has
 * a speed. */
#include <math.h>

#include "src/base/dispatch.h"
#include "src/bench/gemm.h"
#include "src/bench/kernels.h"
#include "src/bench/median.h"
#include "src/core/shape.h"
#include "src/kernels/precision.h"
#include "tests/tap.h"

static const struct shape small = {.L = 1,
                                   .H = 32,
                                   .E = 32,
                                   .A = 2,
                                   .D = 16,
                                   .F = 64,
                                   .V = 300,
                                   .P = 64,
                                   .S = 2,
                                   .norm_eps = 1e-12};

static void test_median(void) {
    ok(bench_median((double[]){3}, 1) == 3, "of one");
    ok(bench_median((double[]){9, 1, 5}, 3) == 5, "of three");
    ok(bench_median((double[]){9, 1, 5, 2}, 4) == 3.5,
       "of four: between the middle ones");
}

static void test_products(void) {
    struct bench_product p[24];
    struct err err;
    is_int(precision_start(true, &err), 0, "there are tiles of bf16, if in plain C");
    int n = bench_gemm_products(&small, 100, p);
    is_int(n, 18, "five dense layers three ways, three of attention");
    for (int i = 0; i < 15; i += 3) {
        ok(p[i].m == p[i + 1].m && p[i].n == p[i + 1].k && p[i].k == p[i + 1].n,
           "%s: Y = X Wᵀ, dX = dY W", p[i].name);
        ok(p[i].m == p[i + 2].k && p[i].n == p[i + 2].m && p[i].k == p[i + 2].n,
           "%s: dW = dYᵀ X", p[i].name);
    }
    is_int(p[12].m, 15, "15 %% of the rows meet the vocabulary");
    for (int i = 0; i < n; i++) {
        struct bench_gemm r;
        bench_gemm(&p[i], false, 0, &r);
        ok(r.gflops > 0 && r.openblas_gflops > 0 && isfinite(r.ratio), "%s is timed",
           p[i].name);
        bench_gemm(&p[i], true, 0, &r);
        ok(r.gflops > 0 && isnan(r.ratio), "  in bf16 without OpenBLAS");
    }
}

static void test_kernels(void) {
    struct bench_kernel rows[BENCH_KERNELS];
    enum isa best = dispatch_isa();
    int n = bench_kernels(&small, 24, 0, rows);
    ok(n > 10 && n <= BENCH_KERNELS, "%d kernels", n);
    for (int i = 0; i < n; i++)
        for (int isa = 0; isa < BENCH_SETS; isa++)
            ok(isa <= (int)best ? rows[i].ns[isa] > 0 : isnan(rows[i].ns[isa]),
               "%s (%d,%d), set %d", rows[i].name, (int)rows[i].rows, (int)rows[i].n,
               isa);
    is_int(dispatch_isa(), best, "the best set again");
}

int main(void) {
    test_median();
    test_products();
    test_kernels();
    return tap_done();
}
