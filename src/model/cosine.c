/* SPDX-License-Identifier: Apache-2.0 */
/* States of a teacher: 1 less the cosine between the encoder's output at a masked row
 * and what the teacher's layer has there, of the text that was not masked (Sanh et al.
 * 2019, "DistilBERT", who take it over all rows).  The two are as wide as each other,
 * and what the cosine is of a vector of zeros is PyTorch's choice: 0. */
#include <math.h>

#include "src/base/die.h"
#include "src/model/decode.h"
#include "src/model/objective.h"

static const double least = 1e-12; /* that a square of a length counts */

/* What the loss of a row is; d (H) += scale times its gradient. */
static double row_loss(int64_t H, const float *x, const float *target, float scale,
                       float *d) {
    double xt = 0, xx = least, tt = least;
    for (int64_t j = 0; j < H; j++) {
        xt += (double)x[j] * target[j];
        xx += (double)x[j] * x[j];
        tt += (double)target[j] * target[j];
    }
    double cosine = xt / sqrt(xx * tt);
    float towards = (float)(scale / sqrt(xx * tt)), away = (float)(scale * cosine / xx);
    for (int64_t j = 0; scale != 0 && j < H; j++)
        d[j] += away * x[j] - towards * target[j];
    return 1 - cosine;
}

static void run_rows(const struct pass *pass, const float *x, float scale,
                     struct sum *sum) {
    int64_t H = pass->model->options.shape.H;
    const struct targets *targets = pass->targets;
    CHECK(targets->states && targets->width == H && targets->rows == pass->M);
    for (int64_t i = 0; i < pass->M; i++) {
        int64_t at = H * pass->chosen_at[pass->masked[i] - pass->row];
        sum->loss +=
            row_loss(H, x + at, targets->states + i * H, scale, pass->model->dout + at);
    }
    sum->count += pass->M;
}

static void cosine_run(const struct pass *pass, void *own, const float *x, float scale,
                       struct sum *sum) {
    (void)own;
#pragma omp single
    run_rows(pass, x, scale, sum);
}

static double cosine_flops(const struct shape *shape, int64_t count) {
    (void)shape, (void)count;
    return 0;
}

const struct objective cosine_objective = {.targets = TARGET_STATES,
                                           .count = decode_count,
                                           .mark = objective_mark_masked,
                                           .run = cosine_run,
                                           .flops = cosine_flops};
