/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: loss and gradient of codes worked out by hand; of many classes against the
 * definition in double precision, far from the target too; the gradient against
 * difference quotients of the loss; a target that is met has none; nor has a row
 * without a code, whose logits may be anything. */
#include "src/kernels/divergence.h"

#include <math.h>

#include "src/base/mem.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

enum { MOST = 64 };

/* Σ q (ln q - ln p) by definition; p is left in `p` (n). */
static double plain(const struct divergence_target *t, int64_t n, const double *x,
                    double *p) {
    double largest = x[0], sum = 0, loss = 0;
    for (int64_t j = 1; j < n; j++)
        largest = fmax(largest, x[j]);
    for (int64_t j = 0; j < n; j++)
        sum += p[j] = exp(x[j] - largest);
    for (int64_t j = 0; j < n; j++)
        p[j] /= sum;
    for (int64_t k = 0; k < t->count; k++)
        loss += (double)t->q[k] * (log((double)t->q[k]) - log(p[t->at[k]]));
    return loss;
}

static const struct {
    float q[2], x[2];
    double loss, gradient[2];
} hand[] = {
    {{.307229f, .692771f}, {0, 0}, .0762816, {.192771, -.192771}},
    {{.307229f, .692771f}, {1, -1}, .8956045, {.573568, -.573568}},
};

static void test_hand(void) {
    static const int32_t at[] = {0, 1};
    for (size_t i = 0; i < sizeof hand / sizeof *hand; i++) {
        const struct divergence_target target = {2, at, hand[i].q};
        float x[] = {hand[i].x[0], hand[i].x[1]};
        double loss = divergence_row(&target, 2, 1, x);
        near_f64(1, &loss, &hand[i].loss, (struct near_limits){1, 1e-6, 2e-6},
                 "by hand, logits %g and %g", (double)hand[i].x[0],
                 (double)hand[i].x[1]);
        near_f32(2, x, hand[i].gradient, (struct near_limits){1, 1e-6, 2e-6},
                 "  and the gradient");
    }
}

static const struct {
    int64_t n, count; /* classes; every (n / count)th of them */
    float scale;
    double spread; /* deviation of logits */
} rows[] = {{1, 1, 1, 1},    {2, 1, 1, 3},        {37, 5, .1f, 3}, {100, 64, 1, 9},
            {1001, 7, 2, 3}, {3000, 40, .01f, 1}, {3001, 1, 1, 20}};

static void test_row(size_t r) {
    int64_t n = rows[r].n, count = rows[r].count;
    float *x = fill_normal(n, 1, rows[r].spread), q[MOST];
    double *wide = fill_widen(n, x), *p = mem_alloc((size_t)n, sizeof *p), sum = 0;
    int32_t at[MOST];
    for (int64_t k = 0; k < count; k++) {
        at[k] = (int32_t)(k * (n / count));
        sum += 1 + (double)(k % 3);
    }
    for (int64_t k = 0; k < count; k++)
        q[k] = (float)((1 + (double)(k % 3)) / sum);
    const struct divergence_target target = {count, at, q};
    double want = plain(&target, n, wide, p);
    double loss = divergence_row(&target, n, rows[r].scale, x);
    near_f64(1, &loss, &want, (struct near_limits){1, 1e-6, 3e-6}, "%d of %d: loss",
             (int)count, (int)n);
    for (int64_t k = 0; k < count; k++)
        p[at[k]] -= (double)q[k];
    for (int64_t j = 0; j < n; j++)
        p[j] *= (double)rows[r].scale;
    near_f32(n, x, p, (struct near_limits){1e-3, 3e-6, 1e-5}, "  and gradient");
    mem_free(x), mem_free(wide), mem_free(p);
}

/* The gradient is that of the loss. */
static void test_quotient(void) {
    enum { N = 9, COUNT = 3 };
    static const int32_t at[COUNT] = {1, 2, 7};
    static const float q[COUNT] = {.5f, .2f, .3f};
    const struct divergence_target target = {COUNT, at, q};
    double x[N], p[N], h = 1e-5;
    float y[N];
    for (int j = 0; j < N; j++)
        y[j] = (float)(x[j] = sin(3.0 * j));
    divergence_row(&target, N, 1, y);
    for (int j = 0; j < N; j++) {
        double up[N], down[N];
        for (int i = 0; i < N; i++)
            up[i] = x[i] + (i == j) * h, down[i] = x[i] - (i == j) * h;
        double slope =
            (plain(&target, N, up, p) - plain(&target, N, down, p)) / (2 * h);
        ok(fabs(slope - (double)y[j]) < 1e-6, "gradient %d is the slope, %g", j, slope);
    }
}

static void test_ends(void) {
    static const int32_t at[] = {0, 1};
    static const float q[] = {.25f, .75f};
    struct divergence_target target = {2, at, q};
    float x[] = {0, (float)log(3)}, y[] = {1, 2, NAN};
    double loss = divergence_row(&target, 2, 1, x);
    ok(fabs(loss) < 1e-6 && fabs((double)x[0]) < 1e-6, "what is met loses nothing");
    target.count = 0;
    loss = divergence_row(&target, 3, 1, y);
    ok(loss == 0 && y[0] == 0 && y[1] == 0 && y[2] == 0,
       "nor does a row without a code");
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++) {
        test_hand();
        for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
            test_row(r);
    }
    test_quotient();
    test_ends();
    return tap_done();
}
