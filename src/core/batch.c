/* SPDX-License-Identifier: Apache-2.0 */
/* Unpadded batches: see batch.h. */
#include "src/core/batch.h"

#include <string.h>

#include "src/base/die.h"
#include "src/base/hash.h"
#include "src/base/mem.h"

void batch_init(struct batch *batch, int64_t max_B, int64_t length) {
    size_t B = (size_t)max_B, T = B * (size_t)length;
    *batch = (struct batch){.max_B = max_B, .max_T = (int64_t)T, .max_M = (int64_t)T};
    batch->ids = mem_alloc(T, sizeof *batch->ids);
    batch->segments = mem_alloc(T, sizeof *batch->segments);
    batch->positions = mem_alloc(T, sizeof *batch->positions);
    batch->masked = mem_alloc(T, sizeof *batch->masked);
    batch->labels = mem_alloc(T, sizeof *batch->labels);
    batch->scores = mem_alloc(T, sizeof *batch->scores);
    batch->starts = mem_alloc(B + 1, sizeof *batch->starts);
    batch->spans = mem_alloc(T + 1, sizeof *batch->spans);
    batch->span_starts = mem_alloc(B + 1, sizeof *batch->span_starts);
    batch->masked_starts = mem_alloc(B + 1, sizeof *batch->masked_starts);
    batch->next = mem_alloc(B, sizeof *batch->next);
    batch->origins = mem_alloc(B, sizeof *batch->origins);
}

size_t batch_bytes(const struct batch *batch) {
    size_t B = (size_t)batch->max_B, T = (size_t)batch->max_T;
    return (7 * T + 4 * B) * sizeof(int32_t) + B * sizeof(struct origin);
}

void batch_clear(struct batch *batch) { batch->B = batch->T = batch->M = batch->N = 0; }

/* Positions begin anew in every span, so that a document is what it would be alone. */
static void add_spans(struct batch *batch, const struct example *e) {
    int32_t row = (int32_t)batch->T;
    for (int32_t c = 0, first = 0; c <= e->cut_count; c++) {
        int32_t end = c < e->cut_count ? e->cuts[c] : e->length;
        CHECK(first < end);
        int32_t split = e->splits ? e->splits[c] : e->split;
        for (int32_t i = first; i < end; i++) {
            batch->positions[row + i] = i - first;
            batch->segments[row + i] = i >= split;
        }
        batch->spans[++batch->N] = row + end;
        first = end;
    }
    batch->span_starts[batch->B + 1] = (int32_t)batch->N;
}

void batch_add(struct batch *batch, const struct example *e, struct origin origin) {
    CHECK(batch->B < batch->max_B && batch->T + e->length <= batch->max_T);
    int64_t row = batch->T;
    for (int32_t i = 0; i < e->length; i++)
        batch->ids[row + i] = e->ids[i];
    add_spans(batch, e);
    for (int32_t i = 0; i < e->masked; i++) {
        batch->masked[batch->M + i] = (int32_t)row + e->positions[i];
        batch->labels[batch->M + i] = e->labels[i];
        batch->scores[batch->M + i] = e->scores ? e->scores[i] : 0;
    }
    batch->next[batch->B] = e->next;
    batch->origins[batch->B] = origin;
    batch->T += e->length;
    batch->M += e->masked;
    batch->B++;
    batch->starts[batch->B] = (int32_t)batch->T;
    batch->masked_starts[batch->B] = (int32_t)batch->M;
}

/* to[i] = from[i] - less for i < n. */
static void copy_places(int32_t *to, const int32_t *from, int64_t n, int32_t less) {
    for (int64_t i = 0; i < n; i++)
        to[i] = from[i] - less;
}

void batch_take(struct batch *part, const struct batch *from, int64_t first,
                int64_t count) {
    int32_t row = from->starts[first], span = from->span_starts[first];
    int32_t mark = from->masked_starts[first];
    part->B = count;
    part->T = from->starts[first + count] - row;
    part->M = from->masked_starts[first + count] - mark;
    part->N = from->span_starts[first + count] - span;
    part->counts = from->counts ? from->counts + mark : NULL;
    CHECK(part->B <= part->max_B && part->T <= part->max_T && part->M <= part->max_M);
    copy_places(part->ids, from->ids + row, part->T, 0);
    copy_places(part->segments, from->segments + row, part->T, 0);
    copy_places(part->positions, from->positions + row, part->T, 0);
    copy_places(part->starts, from->starts + first, count + 1, row);
    copy_places(part->spans, from->spans + span, part->N + 1, row);
    copy_places(part->span_starts, from->span_starts + first, count + 1, span);
    copy_places(part->masked, from->masked + mark, part->M, row);
    copy_places(part->labels, from->labels + mark, part->M, 0);
    copy_places(part->masked_starts, from->masked_starts + first, count + 1, mark);
    copy_places(part->next, from->next + first, count, 0);
    memcpy(part->scores, from->scores + mark, (size_t)part->M * sizeof *part->scores);
    memcpy(part->origins, from->origins + first, (size_t)count * sizeof *part->origins);
}

struct batch batch_unmask(const struct batch *batch, int32_t *ids) {
    struct batch plain = *batch;
    memcpy(ids, batch->ids, (size_t)batch->T * sizeof *ids);
    for (int64_t m = 0; m < batch->M; m++)
        ids[batch->masked[m]] = batch->labels[m];
    plain.ids = ids;
    return plain;
}

/* Of the masked rows m … end-1 of one sequence those side by side with m; returns how
 * many they are. */
static int64_t add_borders(const struct batch *batch, int64_t b, int64_t m, int64_t end,
                           struct border *borders) {
    const int32_t *rows = batch->masked + m;
    int32_t least = batch->starts[b], most = batch->starts[b + 1] - 1, n = 1;
    while (m + n < end && rows[n] == rows[0] + n)
        n++;
    int32_t before = rows[0] > least ? rows[0] - 1 : least;
    int32_t after = rows[0] + n <= most ? rows[0] + n : most;
    for (int32_t i = 0; i < n; i++)
        borders[i] = (struct border){before, after, i};
    return n;
}

void batch_borders(const struct batch *batch, int64_t first, int64_t count,
                   struct border *borders) {
    for (int64_t b = first; b < first + count; b++) {
        int64_t m = batch->masked_starts[b], end = batch->masked_starts[b + 1], n;
        for (; m < end; m += n, borders += n)
            n = add_borders(batch, b, m, end, borders);
    }
}

int64_t batch_count(const struct batch *batch, int32_t id) {
    int64_t count = 0;
    for (int64_t t = 0; t < batch->T; t++)
        count += batch->ids[t] == id;
    for (int64_t m = 0; m < batch->M; m++)
        count += (batch->labels[m] == id) - (batch->ids[batch->masked[m]] == id);
    return count;
}

uint64_t batch_hash_sequence(const struct batch *batch, int64_t b) {
    int32_t row = batch->starts[b], first = batch->masked_starts[b];
    size_t T = (size_t)(batch->starts[b + 1] - row) * sizeof(int32_t);
    size_t M = (size_t)(batch->masked_starts[b + 1] - first);
    uint64_t h = hash64(batch->ids + row, T, 1);
    h = hash64(batch->segments + row, T, h);
    h = hash64(batch->positions + row, T, h);
    for (size_t i = 0; i < M; i++) { /* places relative to the sequence */
        int32_t pair[2] = {batch->masked[(size_t)first + i] - row,
                           batch->labels[(size_t)first + i]};
        h = hash64(pair, sizeof pair, h);
    }
    return hash64(&batch->next[b], sizeof batch->next[b], h);
}

void batch_fini(struct batch *batch) {
    mem_free(batch->ids);
    mem_free(batch->segments);
    mem_free(batch->positions);
    mem_free(batch->masked);
    mem_free(batch->labels);
    mem_free(batch->scores);
    mem_free(batch->starts);
    mem_free(batch->spans);
    mem_free(batch->span_starts);
    mem_free(batch->masked_starts);
    mem_free(batch->next);
    mem_free(batch->origins);
    *batch = (struct batch){0};
}
