/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: with every instruction set that this processor has, and on several threads,
 * the kernels pass; a GELU of this test's own, which takes the place of the library's,
 * passes while it is right, and is named when it is wrong at one element, or NaN. */
#include "src/kernels/selftest.h"

#include <math.h>
#include <omp.h>
#include <string.h>

#include "src/kernels/gelu.h"
#include "tests/fill.h"
#include "tests/tap.h"

static float spoilt; /* added to one element */

void gelu_forward(int64_t rows, int64_t n, struct matrix x, const float *bias,
                  struct matrix slope, struct matrix y, int tanh) {
    (void)tanh, (void)slope;
    for (int64_t r = 0; r < rows; r++) {
        const float *from = matrix_from(x, r, 0).at;
        float *to = matrix_from(y, r, 0).at;
        for (int64_t i = 0; i < n; i++) {
            double v = (double)from[i] + (double)bias[i];
            to[i] = (float)(v * 0.5 * (1 + erf(v * sqrt(0.5))));
        }
    }
    *(float *)matrix_from(y, rows - 1, n - 1).at += spoilt;
}

void gelu_backward(int64_t rows, int64_t n, struct matrix dy, struct matrix slope,
                   struct matrix dx) {
    (void)rows, (void)n, (void)dy, (void)slope, (void)dx;
}

int main(void) {
    static const struct {
        float spoilt;
        int rc;
    } rows[] = {{0, 0}, {0.01f, -1}, {-1e30f, -1}, {NAN, -1}, {INFINITY, -1}, {0, 0}};
    omp_set_num_threads(2);
    for (int isa = 0; fill_isa(isa); isa++)
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            struct err err = {0};
            spoilt = rows[i].spoilt;
            is_int(selftest_run(&err), rows[i].rc, "set %d, spoilt by %g", isa,
                   (double)spoilt);
            if (rows[i].rc < 0)
                ok(err.code == 70 && strncmp(err.text, "the GELU of this", 16) == 0,
                   "  70: %s", err.text);
        }
    return tap_done();
}
