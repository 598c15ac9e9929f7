/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the norm is that of the whole block, not of a tensor, and too large or too
 * small for a float's square without harm; the scale brings it to the limit and never
 * enlarges. */
#include "src/optim/clip.h"

#include <math.h>
#include <stddef.h>

#include "tests/tap.h"

static const struct {
    double norm, limit, want;
} scales[] = {
    {2.0, 1.0, 0.49999975}, {4.0, 3.0, 0.74999981}, {1.0, 1.0, 0.999999},
    {0.5, 1.0, 1.0},        {0.0, 1.0, 1.0},        {7.0, 0.0, 1.0}, /* 0: never clip */
    {1e30, 1.0, 1e-30},     {INFINITY, 1.0, 0.0},
};

static const struct {
    float value;
    double want; /* of 100 + 44 such elements: 12 · |value| */
} norms[] = {
    {0.0f, 0.0}, {1.0f, 12.0}, {-0.5f, 6.0}, {1e18f, 1.2e19}, {1e-18f, 1.2e-17}};

int main(void) {
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        ok(fabs(clip_scale(scales[i].norm, scales[i].limit) - scales[i].want) <=
               1e-7 * scales[i].want,
           "norm %g, limit %g: %.8g", scales[i].norm, scales[i].limit, scales[i].want);
    ok(isnan(clip_scale(NAN, 1.0)), "what is not a number is not hidden");

    struct params_table table = {0};
    struct params grads;
    params_table_add(&table, "matrix", 10, 10, true);
    params_table_add(&table, "bias", 44, 0, false);
    params_init(&grads, &table);
    for (size_t i = 0; i < sizeof norms / sizeof *norms; i++) {
        for (size_t j = 0; j < table.total; j++)
            grads.data[j] = norms[i].value;
        ok(fabs(clip_norm(&grads) - norms[i].want) <= 1e-6 * norms[i].want,
           "144 times %g has norm %g", (double)norms[i].value, norms[i].want);
    }
    params_fini(&grads);
    params_table_fini(&table);
    return tap_done();
}
