/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: divergence and gradient against the reference, of all classes and of a few, at
 * several temperatures, far from each other too; the gradient against difference
 * quotients of the loss; the same logits have no loss; a row of no target has no loss
 * and no gradient. */
#include "src/kernels/soft.h"

#include <math.h>

#include "src/base/mem.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

static const struct {
    int64_t n, count; /* count < n: every (n / count)th class */
    float temperature, scale;
    double spread; /* deviation of logits */
} rows[] = {
    {1, 1, 1, 1, 1},       {2, 2, 1, 1, 3},        {37, 37, 2, 0.1f, 3},
    {37, 5, 1, 0.1f, 3},   {100, 100, 1, 1, 9},    {100, 1, 2, 1, 3},
    {1001, 64, 4, 2, 3},   {999, 999, 0.5f, 1, 9}, {50, 50, 1, 0, 3},
    {3001, 3001, 2, 1, 3},
};

static void test_row(size_t r) {
    int64_t n = rows[r].n, count = rows[r].count;
    float tau = rows[r].temperature, scale = rows[r].scale;
    float *x = fill_normal(n, 1, rows[r].spread),
          *t = fill_normal(count, 2, rows[r].spread), *q = mem_alloc((size_t)count, 4);
    double *wx = fill_widen(n, x), *wt = fill_widen(count, t);
    int32_t *at = mem_alloc((size_t)count, sizeof *at);
    for (int64_t k = 0; k < count; k++)
        at[k] = (int32_t)(k * (n / count));
    const struct soft_target target = {count, count < n ? at : NULL, t, tau};
    double loss = soft_row(&target, n, scale, x, q);
    double want = ref_soft_row(count, target.at, wt, (double)tau, n, (double)scale, wx);
    near_f64(1, &loss, &want, (struct near_limits){1, 1e-6, 3e-6},
             "%d of %d at %g: loss", (int)count, (int)n, (double)tau);
    if (scale != 0)
        near_f32(n, x, wx, (struct near_limits){1e-3, 3e-6, 1e-5}, "  and gradient");
    mem_free(x), mem_free(t), mem_free(q), mem_free(wx), mem_free(wt), mem_free(at);
}

/* Of the reference, in double. */
static void test_quotient(void) {
    enum { N = 11, COUNT = 4 };
    static const int32_t at[COUNT] = {0, 3, 4, 9};
    static const double t[COUNT] = {1, -2, 0.5, 2}, h = 1e-5;
    double x[N], grad[N];
    for (int j = 0; j < N; j++)
        grad[j] = x[j] = sin(3.0 * j);
    ref_soft_row(COUNT, at, t, 2, N, 1, grad);
    for (int j = 0; j < N; j++) {
        double up[N], down[N];
        for (int i = 0; i < N; i++)
            up[i] = x[i] + (i == j) * h, down[i] = x[i] - (i == j) * h;
        double slope = (ref_soft_row(COUNT, at, t, 2, N, 0, up) -
                        ref_soft_row(COUNT, at, t, 2, N, 0, down)) /
                       (2 * h);
        ok(fabs(slope - grad[j]) < 1e-8, "the reference's gradient %d: %g", j, slope);
    }
}

static void test_ends(void) {
    float x[3] = {1, 2, -1}, t[3] = {1, 2, -1}, q[3];
    struct soft_target target = {3, NULL, t, 3};
    double loss = soft_row(&target, 3, 1, x, q);
    ok(fabs(loss) < 1e-6 && fabs((double)x[0]) + fabs((double)x[1]) < 1e-6,
       "the same logits lose nothing");
    float y[3] = {1, 2, -1};
    target.count = 0;
    loss = soft_row(&target, 3, 1, y, q);
    ok(loss == 0 && y[0] == 0 && y[1] == 0 && y[2] == 0, "nor does a row untaught");
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++)
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            test_row(r);
    test_quotient();
    test_ends();
    return tap_done();
}
