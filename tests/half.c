/* SPDX-License-Identifier: Apache-2.0 */
/* Matrices of either kind: see half.h. */
#include "tests/half.h"

#include "src/base/bf16.h"
#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "tests/fill.h"

const char *const half_names[] = {[NUMBER_F32] = "floats", [NUMBER_BF16] = "bf16"};

struct matrix half_matrix(enum number kind, int64_t rows, int64_t ld, const float *x) {
    int64_t count = rows * ld;
    struct matrix y = {kind, ld, fill_copy(count, x)};
    if (kind == NUMBER_BF16)
        bf16_narrow((size_t)count, x, y.at);
    return y;
}

float *half_floats(struct matrix x, int64_t rows) {
    float *y = mem_alloc((size_t)(rows * x.ld), sizeof *y);
    if (x.kind == NUMBER_BF16)
        bf16_widen((size_t)(rows * x.ld), x.at, y);
    for (int64_t i = 0; x.kind == NUMBER_F32 && i < rows * x.ld; i++)
        y[i] = ((const float *)x.at)[i];
    return y;
}

double *half_wide(struct matrix x, int64_t rows) {
    float *floats = half_floats(x, rows);
    double *wide = fill_widen(rows * x.ld, floats);
    mem_free(floats);
    return wide;
}

struct near_limits half_limits(enum number kind, struct near_limits limits) {
    double more = kind == NUMBER_BF16 ? 0x1p-8 : 0;
    return (struct near_limits){limits.floor, limits.warn + more, limits.pass + more};
}

bool half_near(int64_t rows, int64_t n, struct matrix got, const double *want,
               struct near_limits limits, const char *what) {
    float *floats = half_floats(got, rows);
    bool near = near_f32(rows * got.ld, floats, want, half_limits(got.kind, limits),
                         "isa %d, %d x %d, ld %d, %s: %s", (int)dispatch_isa(),
                         (int)rows, (int)n, (int)got.ld, half_names[got.kind], what);
    mem_free(floats);
    return near;
}
