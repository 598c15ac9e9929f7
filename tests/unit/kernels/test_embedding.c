/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: gathers copy exactly and sums agree with the reference; scatters add in the
 * order of rows, so that repeated indices give the same bits for any number of threads;
 * rows that are not named stay. */
#include "src/kernels/embedding.h"

#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/ref.h"
#include "tests/fill.h"
#include "tests/near.h"
#include "tests/tap.h"

enum { V = 37, P = 20, T = 150 };

static const struct near_limits limits = {1, 5e-7, 1e-6};
static const int64_t widths[] = {1, 7, 15, 16, 17, 100, 127, 128};

static void test_forward(int64_t n) {
    int32_t *ids = fill_ids(T, 1, V), *positions = fill_ids(T, 2, P);
    int32_t *segments = fill_ids(T, 3, 2);
    float *word = fill_normal(V * n, 1, 1), *position = fill_normal(P * n, 2, 1);
    float *segment = fill_normal(2 * n, 3, 1), *y = fill_normal(T * n, 4, 1);
    double *wword = fill_widen(V * n, word), *wposition = fill_widen(P * n, position);
    double *wsegment = fill_widen(2 * n, segment), *wy = fill_widen(T * n, y);
    embedding_forward(T, n, ids, positions, segments, word, position, segment, y);
    ref_embedding_forward(T, n, ids, positions, segments, wword, wposition, wsegment,
                          wy);
    near_f32(T * n, y, wy, limits, "isa %d n %d: sum of three", (int)dispatch_isa(),
             (int)n);
    mem_free(ids), mem_free(positions), mem_free(segments), mem_free(word);
    mem_free(position), mem_free(segment), mem_free(y), mem_free(wword);
    mem_free(wposition), mem_free(wsegment), mem_free(wy);
}

static void test_scatter(int64_t n) {
    int32_t *index = fill_ids(T, 5, V);
    for (int t = 0; t < T; t++)
        index[t] = index[t] == 3 ? 4 : index[t];
    float *dy = fill_normal(T * n, 5, 1), *table = fill_normal(V * n, 6, 1);
    float *before = fill_copy(V * n, table);
    double *wdy = fill_widen(T * n, dy), *wtable = fill_widen(V * n, table);
    embedding_backward(T, n, n / 3, index, dy, table);
    embedding_backward(T, n, n - n / 3, index, dy + n / 3, table + n / 3);
    ref_embedding_backward(T, n, index, wdy, wtable);
    near_f32(V * n, table, wtable, limits, "isa %d n %d: added", (int)dispatch_isa(),
             (int)n);
    ok(memcmp(table + 3 * n, before + 3 * n, (size_t)n * sizeof *table) == 0,
       "a row not named stays");
    memcpy(table, before, (size_t)(V * n) * sizeof *table);
    rows_scatter_add(T, n, index, dy, table);
    near_f32(V * n, table, wtable, limits, "rows_scatter_add does the same");
    mem_free(index), mem_free(dy), mem_free(table), mem_free(before);
    mem_free(wdy), mem_free(wtable);
}

static void test_gather(int64_t n) {
    int32_t *rows = fill_ids(T, 7, V);
    float *x = fill_normal(V * n, 7, 1), *y = fill_normal(T * n, 8, 1);
    bool same = true;
    rows_gather(T, n, rows, matrix_f32(x, n), matrix_f32(y, n));
    for (int64_t i = 0; i < T * n; i++)
        same = same && y[i] == x[rows[i / n] * n + i % n];
    ok(same, "n %d: rows are copied", (int)n);
    mem_free(rows), mem_free(x), mem_free(y);
}

int main(void) {
    for (int isa = 0; fill_isa(isa); isa++)
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
            test_forward(widths[i]);
            test_scatter(widths[i]);
            test_gather(widths[i]);
        }
    float untouched = 1;
    embedding_backward(0, 4, 4, NULL, NULL, &untouched);
    rows_gather(0, 4, NULL, matrix_f32(NULL, 4), matrix_f32(&untouched, 4));
    ok(untouched == 1, "no rows, nothing done");
    return tap_done();
}
