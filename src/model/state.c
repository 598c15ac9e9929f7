/* SPDX-License-Identifier: Apache-2.0 */
/* What a pass asks of a chunk, row by row: see state.h. */
#include "src/model/state.h"

#include <omp.h>

#include "src/kernels/vec.h"

struct matrix state_place(enum number kind, struct carve *carve, int64_t rows,
                          int64_t n) {
    int64_t ld = kind == NUMBER_F32 ? n : matrix_stride_bf16(n);
    return (struct matrix){kind, ld, carve_take(carve, rows * ld, number_bytes(kind))};
}

struct stream state_place_stream(enum number kind, struct carve *carve, float *at,
                                 int64_t rows, int64_t n) {
    return (struct stream){at, kind == NUMBER_F32 ? matrix_f32(at, n)
                                                  : state_place(kind, carve, rows, n)};
}

void state_place_norm(struct norm_state *norm, enum number kind, struct carve *carve,
                      int64_t rows, int64_t n) {
    norm->xhat = state_place(kind, carve, rows, n);
    norm->rstd = carve_floats(carve, rows, 1);
    norm->keep = carve_take(carve, rows * ((n + 7) / 8), 1);
}

void state_round(const struct stream *stream, int64_t first, int64_t count, int64_t n) {
    if (stream->read.kind != NUMBER_F32)
        vec_round(count, n, matrix_f32(stream->at + first * n, n),
                  matrix_from(stream->read, first, 0));
}

int64_t state_score_stride(enum number kind, int64_t s) {
    int64_t line = 64 / (int64_t)number_bytes(kind);
    return (s + line - 1) / line * line;
}

struct layernorm pass_norm(const struct pass *pass, const struct norm_places *at) {
    return (struct layernorm){pass->weights + at->weight, pass->weights + at->bias,
                              pass->model->options.shape.norm_eps};
}

uint32_t pass_site(int64_t layer, enum dropout_site place) {
    return (uint32_t)(SITE_LAYERS * (layer + 1) + place);
}

struct dropout_key pass_dropout(const struct pass *pass, int64_t b, uint32_t site) {
    return (struct dropout_key){.seed = pass->model->options.dropout_seed,
                                .lane = pass->origins[b].lane,
                                .number = pass->origins[b].number,
                                .site = site};
}

void pass_draw(const struct pass *pass, uint32_t site, const int32_t *list,
               int64_t first, int64_t count, int64_t n, uint8_t *keep) {
    const struct model *model = pass->model;
    for (int64_t i = 0, run; i < count; i += run, keep += run * ((n + 7) / 8)) {
        int32_t row = list ? list[first + i] : (int32_t)(first + i);
        int32_t b = model->owners[row];
        run = 1;
        while (i + run < count && row + run < pass->starts[b + 1] &&
               (list == NULL || list[first + i + run] == row + run))
            run++;
        struct dropout_key key = pass_dropout(pass, b, site);
        dropout_draw(run, n, &key, (uint32_t)(row - pass->starts[b]),
                     pass->hidden_threshold, keep);
    }
}

void pass_poll(const struct pass *pass) {
    if (pass->step && pass->step->poll && omp_get_thread_num() == 0)
        pass->step->poll(pass->step->context);
}
