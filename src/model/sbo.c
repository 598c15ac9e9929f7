/* SPDX-License-Identifier: Apache-2.0 */
/* The span boundary objective of Joshi et al. (2020, "SpanBERT: Improving pre-training
 * by representing and predicting spans", section 3.2): which token was there, by the
 * states of the tokens beside the masked span and the place in it alone?  These three
 * go, side by side, through two times dense, gelu and LayerNorm to the decoder.  Masked
 * rows themselves are not looked at.
 *
 * Its authors' program leaves out what the paper does not: spans that begin or end a
 * text, whose border here is [CLS] or [SEP], and tokens after the first PLACES of a
 * span, which here have the last place.  So it has the targets of mlm, all of them.
 * Its places are vectors of 200 numbers there, and of H here. */
#include <string.h>

#include "src/kernels/vec.h"
#include "src/model/decode.h"
#include "src/model/objective.h"
#include "src/model/transform.h"

enum { PLACES = 20 };
#define PLACES_TEXT "20"

struct sbo {
    size_t places;                  /* (PLACES,H) */
    struct transform first, second; /* (H,3H) (E,H) */
    size_t bias;                    /* (V) of the decoder */
    struct border *borders;         /* (M) of the masked rows */
    float *rows; /* (slab,3H) state before, state after, place; later its gradient */
};

static const struct row sbo_rows[] = {
    {"cls.sbo.position_embeddings.weight", PLACES_TEXT, "H", ROW_MATRIX,
     offsetof(struct sbo, places)},
    TRANSFORM_ROWS("cls.sbo.transform.0", "H", "3H", sbo, first),
    TRANSFORM_ROWS("cls.sbo.transform.1", "E", "H", sbo, second),
    {0},
};

static const struct row sbo_last[] = {
    {"cls.sbo.bias", "V", NULL, ROW_BIAS, offsetof(struct sbo, bias)},
    {0},
};

static void sbo_place(void *own, const struct model_options *options,
                      struct carve *carve) {
    struct sbo *sbo = own;
    int64_t H = options->shape.H, n = decode_rows(options);
    sbo->borders = carve_take(carve, options->max_tokens, sizeof *sbo->borders);
    sbo->rows = carve_floats(carve, n, 3 * H);
    transform_place(&sbo->first, carve, n, 3 * H, H);
    transform_place(&sbo->second, carve, n, H, options->shape.E);
}

static void sbo_mark(const struct pass *pass, void *own, bool *marked) {
    struct sbo *sbo = own;
    batch_borders(pass->batch, pass->first, pass->B, sbo->borders);
    for (int64_t i = 0; i < pass->M; i++)
        marked[sbo->borders[i].before - pass->row] =
            marked[sbo->borders[i].after - pass->row] = true;
}

/* What a masked row is told by: elements of the encoder's output (R,H), and of the
 * places. */
struct clues {
    int64_t before, after, place;
};

static struct clues clues_of(const struct pass *pass, const struct sbo *sbo,
                             int64_t i) {
    const struct border *b = &sbo->borders[i];
    int64_t H = pass->model->options.shape.H;
    int64_t place = b->place < PLACES ? b->place : PLACES - 1;
    return (struct clues){H * pass->chosen_at[b->before - pass->row],
                          H * pass->chosen_at[b->after - pass->row], H * place};
}

/* By one thread. */
static void gather(const struct pass *pass, const struct sbo *sbo, const float *x,
                   int64_t first, int64_t n) {
    int64_t H = pass->model->options.shape.H;
    size_t bytes = (size_t)H * sizeof *x;
    const float *places = pass->weights + sbo->places;
    float *row = sbo->rows;
    for (int64_t i = 0; i < n; i++, row += 3 * H) {
        struct clues clues = clues_of(pass, sbo, first + i);
        memcpy(row, x + clues.before, bytes);
        memcpy(row + H, x + clues.after, bytes);
        memcpy(row + 2 * H, places + clues.place, bytes);
    }
}

static void sbo_forward(const struct pass *pass, void *own, const float *x,
                        int64_t first, int64_t n) {
    struct sbo *sbo = own;
#pragma omp single
    gather(pass, sbo, x, first, n);
    transform_forward(pass, &sbo->first, n, sbo->rows);
    transform_forward(pass, &sbo->second, n, sbo->first.y);
}

/* By one thread. */
static void scatter(const struct pass *pass, const struct sbo *sbo, int64_t first,
                    int64_t n) {
    int64_t H = pass->model->options.shape.H;
    float *dx = pass->model->dout, *dplaces = pass->grads + sbo->places;
    const float *row = sbo->rows;
    for (int64_t i = 0; i < n; i++, row += 3 * H) {
        struct clues clues = clues_of(pass, sbo, first + i);
        vec_add(H, row, dx + clues.before);
        vec_add(H, row + H, dx + clues.after);
        vec_add(H, row + 2 * H, dplaces + clues.place);
    }
}

static void sbo_backward(const struct pass *pass, void *own, int64_t first, int64_t n,
                         float *d) {
    struct sbo *sbo = own;
    transform_backward(pass, &sbo->second, n, sbo->first.y, d);
    transform_backward(pass, &sbo->first, n, sbo->rows, sbo->first.y);
#pragma omp single
    scatter(pass, sbo, first, n);
}

static void sbo_run(const struct pass *pass, void *own, const float *x, float scale,
                    struct sum *sum) {
    struct sbo *sbo = own;
    struct decode_head head = {.own = sbo,
                               .bias = sbo->bias,
                               .y = sbo->second.y,
                               .forward = sbo_forward,
                               .backward = sbo_backward};
    decode_run(pass, &head, x, scale, sum);
}

/* Both transforms and the decoder. */
static double sbo_flops(const struct shape *shape, int64_t count) {
    double H = (double)shape->H, E = (double)shape->E, V = (double)shape->V;
    return 6 * (double)count * (3 * H * H + E * (H + V));
}

const struct objective sbo_objective = {.rows = sbo_rows,
                                        .last = sbo_last,
                                        .decodes = true,
                                        .bytes = sizeof(struct sbo),
                                        .place = sbo_place,
                                        .count = decode_count,
                                        .mark = sbo_mark,
                                        .run = sbo_run,
                                        .flops = sbo_flops};
