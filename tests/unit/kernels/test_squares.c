/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: sums of squares have the same bits however the numbers are cut and ordered and
 * on any number of threads, and the value of the plain reference; a plain sum of halves
 * does not have them always (the control).  Zeros, one number, tiny and huge ones; NaN
 * and infinities are told by the largest. */
#include "src/kernels/squares.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/base/mem.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/tap.h"

enum { N = 100003 };

static double sum_in(int64_t piece, const float *x, int64_t n, double largest) {
    uint64_t parts[SQUARES_PARTS] = {0};
    for (int64_t at = (n - 1) / piece * piece; at >= 0; at -= piece)
        squares_add(n - at < piece ? n - at : piece, x + at, largest, parts);
    return squares_value(parts, largest);
}

static void test_cuts(double deviation) {
    float *x = fill_normal(N, 1, deviation);
    double *wide = fill_widen(N, x), largest = squares_largest(N, x);
    double whole = sum_in(N, x, N, largest), want = ref_vec_sum_squares(N, wide);
    ok(fabs(whole - want) <= 1e-9 * want, "deviation %g: %.17g", deviation, whole);
    for (int threads = 1; threads <= 3; threads++) {
        omp_set_num_threads(threads);
        for (int64_t piece = 1001; piece < N; piece = 3 * piece + 1)
            ok(sum_in(piece, x, N, largest) == whole, "  in pieces of %d, %d threads",
               (int)piece, threads);
    }
    mem_free(x), mem_free(wide);
}

int main(void) {
    static const float odd[][3] = {
        {0, 0, 0}, {3, 0, 0}, {1e-30f, 2e-30f, 0}, {3e38f, 1e38f, 1}};
    static const float bad[][3] = {{1, NAN, 2}, {INFINITY, 1, 1}, {1, 1, -INFINITY}};
    const double deviations[] = {1, 1e-12, 1e12};
    for (int i = 0; i < 3; i++)
        test_cuts(deviations[i]);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        double want = 0;
        for (int k = 0; k < 3; k++)
            want += (double)odd[i][k] * (double)odd[i][k];
        double got = sum_in(2, odd[i], 3, squares_largest(3, odd[i]));
        ok(fabs(got - want) <= 1e-9 * want, "of %g and others: %g", (double)odd[i][0],
           got);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ok(isinf(squares_largest(3, bad[i])), "%g, %g, %g", (double)bad[i][0],
           (double)bad[i][1], (double)bad[i][2]);
    ok(squares_largest(0, NULL) == 0, "of nothing");
    return tap_done();
}
