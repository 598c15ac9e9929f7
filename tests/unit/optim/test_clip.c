/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: the scale brings a norm to the limit and never enlarges it; 0 is no limit. */
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

int main(void) {
    for (size_t i = 0; i < sizeof scales / sizeof *scales; i++)
        ok(fabs(clip_scale(scales[i].norm, scales[i].limit) - scales[i].want) <=
               1e-7 * scales[i].want,
           "norm %g, limit %g: %.8g", scales[i].norm, scales[i].limit, scales[i].want);
    ok(isnan(clip_scale(NAN, 1.0)), "what is not a number is not hidden");
    return tap_done();
}
