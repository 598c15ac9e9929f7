/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a peak cannot be checked against a truth, but it must be possible: wider
 * vectors are not slower, and a product never beats the peak of registers alone. */
#include "src/kernels/peak.h"

#include "src/base/dispatch.h"
#include "tests/fill.h"
#include "tests/tap.h"

int main(void) {
    double gflops[3] = {0};
    for (int isa = 0; fill_isa(isa); isa++)
        gflops[isa] = peak_fma_gflops(0.05);
    ok(gflops[0] > 1, "more than 10^9 operations a second");
    for (int isa = 1; isa <= (int)dispatch_isa(); isa++)
        ok(gflops[isa] > 0.8 * gflops[isa - 1],
           "isa %d: %.1f GFLOP/s after %.1f with narrower vectors", isa, gflops[isa],
           gflops[isa - 1]);
    double gbytes = peak_triad_gbytes(24 << 20, 0.05);
    ok(gbytes > 0.1 && gbytes < 10000, "triad: %.1f GB/s", gbytes);
    return tap_done();
}
