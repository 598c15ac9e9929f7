/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax cross-entropy over a vocabulary, block by block ("online softmax": Milakov
 * and Gimelshein, 2018).  The vocabulary is cut into segments, which threads share out,
 * and those into blocks, whose logits stay in the second cache.  On the way up each
 * block of logits, with a row for a word and a column for a hidden row, is made,
 * exponentiated under the largest seen so far in its segment, and multiplied by the
 * words once more, for the gradient of x; only the exponentials go to memory.  On the
 * way down they are read once, for the gradient of the words: what is missing of them
 * to probabilities is a factor for each hidden row, and goes to a copy of x.  The
 * label's own part of the gradients, -1, is added by itself.
 *
 * Segments are as many for any number of threads, and are added up in their order.
 *
 * In bf16 words and exponentials are rounded once for all their products; only the
 * block of logits is in single precision. */
#include "src/kernels/decoder.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "src/base/carve.h"
#include "src/base/die.h"
#include "src/base/dispatch.h"
#include "src/base/stage.h"
#include "src/kernels/approx.h"
#include "src/kernels/gemm.h"
#include "src/kernels/number.h"
#include "src/kernels/vec.h"

/* Words of a block; segments at most; columns that a kernel takes at once; and, in
 * bf16, a product. */
enum { BLOCK = RACE_BLOCK, SEGMENTS = 16, STRIP = 16, FILL = 32 };

/* The scratch memory.  Rows are columns here, ld of them with what fills them up. */
struct room {
    int64_t ld;
    int64_t segments, segment_words;
    float *panels;      /* x packed */
    struct matrix exps; /* (V,ld) */
    float *logits;      /* (segments,BLOCK,ld) if these are bf16 */
    uint16_t *words;    /* (segments,BLOCK,H) likewise: rounded; with gaps */
    float *partial;     /* (segments,ld,H) gradient of x; later x scaled, of either
                           kind */
    float *reference;   /* (blocks,ld) what the exponentials are relative to */
    float *factor;      /* (segments,ld) */
    float *top;         /* (segments,ld) the largest logit */
    double *sum;        /* (segments,ld) of exponentials */
    float *own;         /* (ld) the label's logit */
    uint8_t *first;     /* (ld) no word before it in its block has the same */
    float *largest;     /* (ld) of all segments */
    float *inverse;     /* (ld) scale / sum of all segments */
    double *losses;     /* (ld) */
    int32_t *correct;   /* (ld) */
    struct race *races; /* (segments,ld) */
};

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* In bf16 rows of exponentials fill tiles: what is in them beyond the rows meets zeros.
 */
static void place_exps(struct room *room, struct carve *carve, bool rounded, int64_t H,
                       int64_t V) {
    int64_t block = room->segments * BLOCK;
    if (!rounded) {
        room->exps = matrix_f32(carve_floats(carve, V * room->ld, 1), room->ld);
        return;
    }
    room->exps =
        matrix_bf16(carve_take(carve, V * room->ld, sizeof(uint16_t)), room->ld);
    room->logits = carve_floats(carve, block, room->ld);
    room->words = carve_take(carve, block * matrix_stride_bf16(H), sizeof *room->words);
}

static void room_place(struct room *room, struct carve *carve, bool rounded,
                       int64_t rows, int64_t H, int64_t V) {
    int64_t strip = rounded ? FILL : STRIP;
    int64_t blocks = (V + BLOCK - 1) / BLOCK, each = (blocks + SEGMENTS - 1) / SEGMENTS;
    int64_t segments = (blocks + each - 1) / each;
    int64_t ld = ((rows + strip - 1) / strip | 1) * strip; /* odd: see gemm_stride */
    *room =
        (struct room){.ld = ld, .segments = segments, .segment_words = each * BLOCK};
    room->panels = carve_floats(carve, gemm_packed_floats(H, rows), 1);
    place_exps(room, carve, rounded, H, V);
    room->partial = carve_floats(carve, segments * ld * H, 1);
    room->reference = carve_floats(carve, blocks * ld, 1);
    room->factor = carve_floats(carve, segments * ld, 1);
    room->top = carve_floats(carve, segments * ld, 1);
    room->sum = carve_take(carve, segments * ld, sizeof(double));
    room->own = carve_floats(carve, ld, 1);
    room->first = carve_take(carve, ld, 1);
    room->largest = carve_floats(carve, ld, 1);
    room->inverse = carve_floats(carve, ld, 1);
    room->losses = carve_take(carve, ld, sizeof(double));
    room->correct = carve_take(carve, ld, sizeof(int32_t));
    room->races = carve_take(carve, segments * ld, sizeof(struct race));
}

size_t decoder_scratch_bytes(int64_t rows, int64_t H, int64_t V) {
    struct room room;
    struct carve single = {0}, rounded = {0};
    room_place(&room, &single, false, rows, H, V);
    room_place(&room, &rounded, true, rows, H, V);
    return single.used_bytes > rounded.used_bytes ? single.used_bytes
                                                  : rounded.used_bytes;
}

/* ---- kernels ---- */

/* top = the larger of top and of a strip of logits (n,STRIP), each += its word's bias;
 * NaN is passed over here, and comes back in the sum. */
KERNEL(decoder_top,
       (int64_t n, int64_t ld, const float *restrict logits, const float *restrict bias,
        float *restrict top),
       (n, ld, logits, bias, top)) {
    float t[STRIP];
    for (int k = 0; k < STRIP; k++)
        t[k] = top[k];
    for (int64_t v = 0; v < n; v++, logits += ld) {
#pragma omp simd
        for (int k = 0; k < STRIP; k++) {
            float l = logits[k] + bias[v];
            t[k] = l > t[k] ? l : t[k];
        }
    }
    for (int k = 0; k < STRIP; k++)
        top[k] = t[k];
}

/* The strip becomes e^(logits + bias - top); *sum += those, down columns. */
KERNEL(decoder_exp,
       (int64_t n, int64_t ld, float *restrict logits, const float *restrict bias,
        const float *restrict top, double *restrict sum),
       (n, ld, logits, bias, top, sum)) {
    float part[STRIP] = {0};
    for (int64_t v = 0; v < n; v++, logits += ld) {
#pragma omp simd
        for (int k = 0; k < STRIP; k++) {
            float e = approx_exp(logits[k] + bias[v] - top[k]);
            logits[k] = e;
            part[k] += e;
        }
    }
    for (int k = 0; k < STRIP; k++)
        sum[k] += (double)part[k];
}

KERNEL(decoder_scale, (int64_t n, const float *x, float a, float *y), (n, x, a, y)) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        y[j] = a * x[j];
}

/* y += a x. */
KERNEL(decoder_axpy, (int64_t n, float a, const float *restrict x, float *restrict y),
       (n, a, x, y)) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
        y[j] += a * x[j];
}

KERNEL(decoder_factors,
       (int64_t n, const float *restrict reference, const float *restrict largest,
        const float *restrict inverse, float *restrict factor),
       (n, reference, largest, inverse, factor)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        factor[i] = approx_exp(reference[i] - largest[i]) * inverse[i];
}

/* exps (rows) · factor. */
KERNEL_INLINE float decoder_dot(int64_t rows, const float *restrict exps,
                                const float *restrict factor) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < rows; i++)
        sum += exps[i] * factor[i];
    return sum;
}

KERNEL_INLINE float decoder_dot_rounded(int64_t rows, const uint16_t *restrict exps,
                                        const float *restrict factor) {
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < rows; i++)
        sum += bf16_wide(exps[i]) * factor[i];
    return sum;
}

/* dbias (n) += exps (n,ld) · factor (rows). */
KERNEL(decoder_dbias,
       (int64_t n, int64_t rows, struct matrix exps, const float *restrict factor,
        float *restrict dbias),
       (n, rows, exps, factor, dbias)) {
    for (int64_t v = 0; v < n; v++) {
        const void *row = matrix_from(exps, v, 0).at;
        dbias[v] += exps.kind == NUMBER_F32 ? decoder_dot(rows, row, factor)
                                            : decoder_dot_rounded(rows, row, factor);
    }
}

/* ---- up ---- */

/* A block of the vocabulary, on its way. */
struct vocab_block {
    int64_t segment, word, n; /* words word … word+n-1 */
    bool first;               /* of its segment */
    float *exps;              /* (n,ld) logits, then exponentials */
    struct matrix kept;       /* these, where products read them */
};

static struct vocab_block block_at(const struct decoder *d, const struct room *room,
                                   int64_t s, int64_t word) {
    int64_t begin = s * room->segment_words;
    /* where no gradient is wanted, blocks take each other's place */
    struct matrix kept = matrix_from(room->exps, d->scale != 0 ? word : begin, 0);
    return (struct vocab_block){s,
                                word,
                                smaller(BLOCK, d->V - word),
                                word == begin,
                                room->logits ? room->logits + s * BLOCK * room->ld
                                             : kept.at,
                                kept};
}

/* Row i, if its label is in the block. */
static void note_own(const struct decoder *d, const struct room *room,
                     const struct vocab_block *block, int64_t i, float top) {
    const float *logits = block->exps + i, *bias = d->bias + block->word;
    int64_t own = d->labels[i] - block->word, v = 0;
    if (own < 0 || own >= block->n)
        return;
    room->own[i] = logits[own * room->ld] + bias[own];
    while (room->own[i] == top && logits[v * room->ld] + bias[v] != top)
        v++;
    room->first[i] = v == own;
}

/* Row i of a segment is relative to a larger logit from here on. */
static void raise_row(const struct decoder *d, const struct room *room,
                      const struct vocab_block *block, int64_t i, float was, float is) {
    float less = approx_exp(was - is);
    float *partial = room->partial + (block->segment * room->ld + i) * d->H;
    room->sum[block->segment * room->ld + i] *= (double)less;
    if (d->scale != 0)
        decoder_scale(d->H, partial, less, partial);
}

/* A strip of logits becomes exponentials: rows i … i+STRIP-1. */
static void strip_exp(const struct decoder *d, const struct room *room,
                      const struct vocab_block *block, int64_t i) {
    int64_t ld = room->ld, at = block->segment * ld + i;
    const float *bias = d->bias + block->word;
    float *top = room->top + at,
          *reference = room->reference + block->word / BLOCK * ld;
    float was[STRIP];
    for (int k = 0; k < STRIP; k++) {
        was[k] = top[k] = block->first ? -FLT_MAX : top[k];
        room->sum[at + k] = block->first ? 0 : room->sum[at + k];
    }
    decoder_top(block->n, ld, block->exps + i, bias, top);
    for (int k = 0; k < STRIP && i + k < d->rows; k++) {
        reference[i + k] = top[k];
        note_own(d, room, block, i + k, top[k]);
        if (top[k] > was[k] && !block->first)
            raise_row(d, room, block, i + k, was[k], top[k]);
    }
    decoder_exp(block->n, ld, block->exps + i, bias, top, room->sum + at);
}

/* The block's words, which are exponentials now, in the races of all rows. */
static void block_draw(const struct decoder *d, const struct room *room,
                       const struct vocab_block *block) {
    const float *reference = room->reference + block->word / BLOCK * room->ld;
    struct race *best = room->races + block->segment * room->ld;
    enum stage outer = stage_to(STAGE_DRAW);
    for (int64_t i = 0; i < d->rows; i++) {
        struct race race =
            race_block(block->n, block->word, block->exps + i, room->ld, &d->noise[i]);
        race.lead += reference[i];
        if (block->first || race.lead > best[i].lead)
            best[i] = race;
    }
    stage_to(outer);
}

/* The words of a block, as products read them. */
static struct matrix block_words(const struct decoder *d, const struct room *room,
                                 const struct vocab_block *block) {
    const float *weight = d->weight + block->word * d->H;
    int64_t ld = matrix_stride_bf16(d->H);
    const struct matrix words =
        matrix_bf16(room->words + block->segment * BLOCK * ld, ld);
    if (room->logits == NULL)
        return matrix_f32(weight, d->H);
    vec_round(block->n, d->H, matrix_f32(weight, d->H), words);
    return words;
}

static void keep_rounded(const struct decoder *d, const struct room *room,
                         const struct vocab_block *block) {
    uint16_t *kept = block->kept.at;
    int64_t beyond = room->ld - d->rows;
    vec_round(block->n, d->rows, matrix_f32(block->exps, room->ld), block->kept);
    for (int64_t v = 0; v < block->n; v++)
        memset(kept + v * room->ld + d->rows, 0, (size_t)beyond * sizeof *kept);
}

static void segment_up(const struct decoder *d, const struct room *room,
                       const struct gemm_packed *x, int64_t s) {
    int64_t begin = s * room->segment_words, end = begin + room->segment_words;
    enum stage outer = stage_to(STAGE_LOGITS);
    for (int64_t word = begin; word < smaller(end, d->V); word += BLOCK) {
        struct vocab_block block = block_at(d, room, s, word);
        stage_to(STAGE_LOGITS);
        const struct matrix words = block_words(d, room, &block);
        gemm_rows(block.n, words, x, false, matrix_f32(block.exps, room->ld));
        stage_to(STAGE_XENT);
        for (int64_t i = 0; i < room->ld; i += STRIP)
            strip_exp(d, room, &block, i);
        if (d->noise)
            block_draw(d, room, &block);
        stage_to(STAGE_DLOGITS);
        if (d->scale == 0)
            continue;
        if (room->logits)
            keep_rounded(d, room, &block);
        gemm(GEMM_T, GEMM_N, d->rows, d->H, block.n, block.kept, words, !block.first,
             matrix_f32(room->partial + s * room->ld * d->H, d->H));
    }
    stage_to(outer);
}

/* ---- at the top ---- */

/* Whether row i's label is the first of the largest: nothing before it is as large. */
static bool row_correct(const struct decoder *d, const struct room *room, int64_t i) {
    int64_t s = d->labels[i] / room->segment_words, block = d->labels[i] / BLOCK;
    float own = room->own[i];
    bool first = room->first[i] && own == room->largest[i];
    for (int64_t t = 0; t < s; t++)
        first = first && room->top[t * room->ld + i] < own;
    if (block * BLOCK > s * room->segment_words)
        first = first && room->reference[(block - 1) * room->ld + i] < own;
    return first;
}

/* The segments of row i become one. */
static void row_join(const struct decoder *d, const struct room *room, int64_t i) {
    int64_t ld = room->ld;
    float largest = room->top[i];
    double sum = 0;
    for (int64_t at = i + ld; at < room->segments * ld; at += ld)
        largest = room->top[at] > largest ? room->top[at] : largest;
    for (int64_t at = i; at < room->segments * ld; at += ld)
        sum += room->sum[at] * (double)approx_exp(room->top[at] - largest);
    room->largest[i] = largest;
    room->inverse[i] = (float)(d->scale / sum);
    room->losses[i] = log(sum) + ((double)largest - room->own[i]);
    room->correct[i] = row_correct(d, room, i);
}

/* The leader of row i in all segments. */
static int32_t row_drawn(const struct decoder *d, const struct room *room, int64_t i) {
    struct race best = room->races[i];
    for (int64_t at = i + room->ld; at < room->segments * room->ld; at += room->ld)
        if (room->races[at].lead > best.lead)
            best = room->races[at];
    CHECK(best.word >= 0 && best.word < d->V);
    return best.word;
}

/* dx of row i: the mean of words by probability, less the label. */
static void row_gradient(const struct decoder *d, const struct room *room, int64_t i) {
    float *dx = d->dx + i * d->H;
    decoder_scale(d->H, d->weight + d->labels[i] * d->H, -d->scale, dx);
    for (int64_t s = 0; s < room->segments; s++)
        decoder_axpy(d->H,
                     approx_exp(room->top[s * room->ld + i] - room->largest[i]) *
                         room->inverse[i],
                     room->partial + (s * room->ld + i) * d->H, dx);
}

/* ---- down ---- */

static void subtract_labels(const struct decoder *d, const struct vocab_block *block) {
    for (int64_t i = 0; i < d->rows; i++) {
        int64_t v = d->labels[i] - block->word;
        if (v < 0 || v >= block->n)
            continue;
        decoder_axpy(d->H, -d->scale, d->x + i * d->H,
                     d->dweight + d->labels[i] * d->H);
        d->dbias[d->labels[i]] -= d->scale;
    }
}

/* x (rows,H), each row by its factor, as products read it: rounded at once if they
 * round, and filled up to whole tiles by zeros. */
static struct matrix scale_rows(const struct decoder *d, const struct room *room,
                                const float *factor, float *scaled) {
    int64_t H = d->H, rows = d->rows;
    uint16_t *rounded = (uint16_t *)scaled;
    float *row = scaled + room->ld * H / 2;
    for (int64_t i = 0; i < rows; i++) {
        float *to = room->logits ? row : scaled + i * H;
        decoder_scale(H, d->x + i * H, factor[i], to);
        if (room->logits)
            number_narrow(H, row, rounded + i * H);
    }
    return room->logits ? matrix_bf16(rounded, H) : matrix_f32(scaled, H);
}

static void segment_down(const struct decoder *d, const struct room *room, int64_t s) {
    int64_t begin = s * room->segment_words, end = begin + room->segment_words;
    int64_t H = d->H, rows = d->rows, ld = room->ld;
    int64_t k = room->logits ? (rows + FILL - 1) / FILL * FILL : rows;
    float *factor = room->factor + s * ld, *scaled = room->partial + s * ld * H;
    enum stage outer = stage_to(STAGE_DLOGITS);
    size_t row_bytes = (size_t)H * number_bytes(room->exps.kind);
    memset((char *)scaled + (size_t)rows * row_bytes, 0,
           (size_t)(k - rows) * row_bytes);
    for (int64_t word = begin; word < smaller(end, d->V); word += BLOCK) {
        struct vocab_block block = block_at(d, room, s, word);
        decoder_factors(rows, room->reference + word / BLOCK * ld, room->largest,
                        room->inverse, factor);
        const struct matrix x = scale_rows(d, room, factor, scaled);
        gemm(GEMM_N, GEMM_N, block.n, H, k, block.kept, x, true,
             matrix_f32(d->dweight + word * H, H));
        decoder_dbias(block.n, rows, block.kept, factor, d->dbias + word);
        subtract_labels(d, &block);
    }
    stage_to(outer);
}

void decoder_loss(const struct decoder *d, double *loss, int64_t *correct) {
    struct room room;
    struct carve carve = {.base = d->scratch};
    room_place(&room, &carve, gemm_rounds(), d->rows, d->H, d->V);
    struct gemm_packed x = {GEMM_T, d->H, d->rows, matrix_f32(d->x, d->H), room.panels};
#pragma omp for schedule(static)
    for (int64_t group = 0; group < gemm_pack_groups(&x); group++)
        gemm_pack(&x, group);
#pragma omp for schedule(static)
    for (int64_t s = 0; s < room.segments; s++)
        segment_up(d, &room, &x, s);
#pragma omp for schedule(static)
    for (int64_t i = 0; i < d->rows; i++) {
        row_join(d, &room, i);
        if (d->noise)
            d->drawn[i] = row_drawn(d, &room, i);
        if (d->scale != 0)
            row_gradient(d, &room, i);
    }
    if (d->scale != 0) {
#pragma omp for schedule(static) nowait
        for (int64_t s = 0; s < room.segments; s++)
            segment_down(d, &room, s);
    }
#pragma omp single
    for (int64_t i = 0; i < d->rows; i++) {
        *loss += room.losses[i];
        *correct += room.correct[i];
    }
}
