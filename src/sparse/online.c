/* SPDX-License-Identifier: Apache-2.0 */
/* Online dictionary learning: see online.h.  The pass over atoms is Gauss and Seidel's:
 * each is moved with those before it where they are now,
 *     d_k ← onto the unit ball (d_k + (sums_k - Σ_j pairs_kj d_j) / pairs_kk).
 * The sum is made for a block of atoms at once, a product of matrices, and corrected
 * inside the block by what those before it have moved. */
#include "src/sparse/online.h"

#include <math.h>
#include <string.h>

#include "src/base/dispatch.h"
#include "src/base/mem.h"
#include "src/kernels/gemm.h"
#include "src/kernels/parallel.h"
#include "src/sparse/gram.h"

enum {
    BLOCK = 64,   /* atoms */
    YOUNG = 10000 /* samples before which the first atoms count and none is dead */
};

/* What the first atoms count; below which an atom is zero, and unused; cosine above
 * which two are the same. */
static const double PRIOR = 1e-5, ZERO = 1e-4, UNUSED = 1e-6, SAME = 0.999999;

KERNEL(online_axpy, (int64_t n, float a, const float *restrict x, float *restrict y),
       (n, a, x, y)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

KERNEL(online_scale, (int64_t n, float a, float *x), (n, a, x)) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        x[i] *= a;
}

static double squares_of(int64_t n, const float *x) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += (double)x[i] * x[i];
    return sum;
}

static void make_unit(int64_t n, float *x) {
    double squares = squares_of(n, x);
    if (squares > 0)
        online_scale(n, (float)(1 / sqrt(squares)), x);
}

struct online *online_create(const struct online_options *options, const float *first) {
    struct online *o = mem_alloc(1, sizeof *o);
    size_t K = (size_t)options->K, d = (size_t)options->d;
    o->options = *options;
    o->prior = PRIOR;
    o->atoms = mem_alloc(K * d, sizeof(float));
    o->first = mem_alloc(K * d, sizeof(float));
    o->gram = mem_alloc(K * K, sizeof(float));
    o->pairs = mem_alloc(K * K, sizeof(float));
    o->sums = mem_alloc(K * d, sizeof(float));
    o->products = mem_alloc(BLOCK * d, sizeof(float));
    o->panels =
        mem_alloc((size_t)gemm_packed_floats(options->K, options->d), sizeof(float));
    memcpy(o->first, first, K * d * sizeof(float));
    for (size_t k = 0; k < K; k++)
        make_unit(options->d, o->first + k * d);
    memcpy(o->atoms, o->first, K * d * sizeof(float));
    return o;
}

void online_destroy(struct online *o) {
    if (o == NULL)
        return;
    mem_free(o->atoms);
    mem_free(o->first);
    mem_free(o->gram);
    mem_free(o->pairs);
    mem_free(o->sums);
    mem_free(o->products);
    mem_free(o->panels);
    mem_free(o);
}

/* ---- before a batch ---- */

/* Adds to *count how many of n atoms have a cosine of more than SAME with one: by their
 * products with it, their squares, and its own. */
KERNEL(online_count_same,
       (int64_t n, const float *products, const float *squares, float own,
        int64_t *count),
       (n, products, squares, own, count)) {
    const float most = (float)(SAME * SAME) * own;
    int64_t sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < n; j++)
        sum += products[j] * products[j] > most * squares[j];
    *count += sum;
}

static void replace(struct online *o, int64_t k, float *squares, online_pick_fn *pick,
                    void *context) {
    int64_t K = o->options.K, d = o->options.d;
    pick(o->atoms + k * d, context);
    make_unit(d, o->atoms + k * d);
    gram_renew(K, d, o->atoms, k, o->gram);
    squares[k] = o->gram[k * K + k];
}

static bool is_same(const struct online *o, int64_t i, int64_t j) {
    const float *gram = o->gram;
    int64_t K = o->options.K;
    double product = gram[i * K + j];
    return product * product >
           SAME * SAME * (double)gram[i * K + i] * (double)gram[j * K + j];
}

/* Atoms after i that are the same give way. */
static void clean_after(struct online *o, int64_t i, float *squares,
                        online_pick_fn *pick, void *context) {
    int64_t K = o->options.K, after = i + 1, count = 0;
    online_count_same(K - after, o->gram + i * K + after, squares + after, squares[i],
                      &count);
    for (int64_t j = after; count > 0 && j < K; j++)
        if (is_same(o, i, j))
            replace(o, j, squares, pick, context);
}

void online_clean(struct online *o, online_pick_fn *pick, void *context) {
    int64_t K = o->options.K, d = o->options.d;
    float *squares = mem_alloc((size_t)K, sizeof *squares);
    gram_make(K, d, o->atoms, o->gram);
    for (int64_t k = 0; k < K; k++)
        squares[k] = o->gram[k * K + k];
    for (int64_t i = 0; i < K; i++) {
        if (squares[i] < ZERO)
            replace(o, i, squares, pick, context);
        clean_after(o, i, squares, pick, context);
    }
    mem_free(squares);
}

/* ---- a batch ---- */

/* By how much older sums count less: N samples' worth of them is kept. */
static double decay_of(const struct online *o) {
    int64_t i = o->iteration, b = o->options.batch, most = 2 * o->options.samples;
    int64_t N = i < b ? i * b : b * b + i - b;
    if (i == 0 && !o->options.parity)
        return 1; /* there are no older ones */
    N = N < most ? N : most;
    return (double)(N + 1 - b) / (double)(N + 1);
}

/* As the next iteration begins; returns by how much older sums count less. */
static double age(struct online *o) {
    double decay = decay_of(o);
    o->prior *= o->iteration * o->options.batch < YOUNG ? decay : 0;
    return decay;
}

void online_skip(struct online *o, int64_t iterations) {
    while (o->iteration < iterations) {
        age(o);
        o->iteration++;
    }
}

/* Row k of both sums: what a code with so much of atom k adds. */
static void add_row(struct online *o, int64_t k, float much, const float *x,
                    const struct codes *codes, int64_t row) {
    float *pairs = o->pairs + k * o->options.K;
    for (int64_t j = codes->starts[row]; j < codes->starts[row + 1]; j++)
        pairs[codes->atoms[j]] += much * codes->values[j];
    online_axpy(o->options.d, much, x, o->sums + k * o->options.d);
}

/* Of atoms in a range, by one thread: so each sum is made in the order of samples. */
static void add_codes(struct online *o, struct range mine, const float *x,
                      const struct codes *codes) {
    float share = 1 / (float)o->options.batch;
    for (int64_t row = 0; row < codes->rows; row++, x += o->options.d)
        for (int64_t j = codes->starts[row]; j < codes->starts[row + 1]; j++)
            if (codes->atoms[j] >= mine.begin && codes->atoms[j] < mine.end)
                add_row(o, codes->atoms[j], share * codes->values[j], x, codes, row);
}

void online_step(struct online *o, const float *x, const struct codes *codes) {
    int64_t K = o->options.K, d = o->options.d;
    double decay = age(o);
#pragma omp parallel
    {
        struct range mine = parallel_share(K, 1);
        int64_t rows = mine.end - mine.begin;
        online_scale(rows * K, (float)decay, o->pairs + mine.begin * K);
        online_scale(rows * d, (float)decay, o->sums + mine.begin * d);
        add_codes(o, mine, x, codes);
    }
    online_move(o);
    o->iteration++;
}

/* ---- the pass over atoms ---- */

/* Columns of products (n,d) = pairs (n,K) of a block · atoms (K,d).  Of the atoms those
 * are packed that moved since the block before, or all. */
static void make_columns(const struct online *o, struct range mine, int64_t first,
                         int64_t n) {
    int64_t K = o->options.K, d = o->options.d;
    bool all = first == 0;
    const struct gemm_packed atoms = {GEMM_N, K, d, matrix_f32(o->atoms, d), o->panels};
    const struct gemm_packed own = gemm_part(&atoms, mine.begin, mine.end - mine.begin);
    gemm_pack_rows(&own, all ? 0 : first - BLOCK, all ? K : BLOCK);
    gemm_rows(n, matrix_f32(o->pairs + first * K, K), &own, false,
              matrix_f32(o->products + mine.begin, d));
}

static void make_products(struct online *o, int64_t first, int64_t n) {
#pragma omp parallel
    {
        struct range mine = parallel_share(o->options.d, GEMM_GROUP);
        if (mine.begin < mine.end)
            make_columns(o, mine, first, n);
    }
}

/* The atom where it is to be, less where it is, into move (d).  False: it stays. */
static bool find_move(const struct online *o, int64_t k, const float *product,
                      float *move) {
    int64_t d = o->options.d;
    const float *atom = o->atoms + k * d, *sum = o->sums + k * d,
                *first = o->first + k * d;
    double weight = (double)o->pairs[k * o->options.K + k] + o->prior;
    bool used = weight > UNUSED;
    if (!used && o->iteration * o->options.batch <= YOUNG)
        return false;
    for (int64_t i = 0; i < d; i++)
        move[i] = used ? (float)(atom[i] + (sum[i] - product[i] +
                                            o->prior * (first[i] - atom[i])) /
                                               weight)
                       : 0;
    if (squares_of(d, move) > 1)
        make_unit(d, move);
    for (int64_t i = 0; i < d; i++)
        move[i] -= atom[i];
    return true;
}

void online_move(struct online *o) {
    int64_t K = o->options.K, d = o->options.d;
    float *move = mem_alloc((size_t)d, sizeof *move);
    for (int64_t first = 0; first < K; first += BLOCK) {
        int64_t n = K - first < BLOCK ? K - first : BLOCK;
        make_products(o, first, n);
        for (int64_t i = 0; i < n; i++) {
            if (!find_move(o, first + i, o->products + i * d, move))
                continue;
            online_axpy(d, 1, move, o->atoms + (first + i) * d);
            for (int64_t j = i + 1; j < n; j++)
                online_axpy(d, o->pairs[(first + j) * K + first + i], move,
                            o->products + j * d);
        }
    }
    mem_free(move);
}

/* ---- how good it is ---- */

double online_objective(const struct online *o, double lambda, const float *x,
                        const struct codes *codes) {
    int64_t d = o->options.d;
    float *rest = mem_alloc((size_t)d, sizeof *rest);
    double total = 0;
    for (int64_t row = 0; row < codes->rows; row++, x += d) {
        memcpy(rest, x, (size_t)d * sizeof *rest);
        for (int64_t j = codes->starts[row]; j < codes->starts[row + 1]; j++) {
            online_axpy(d, -codes->values[j], o->atoms + codes->atoms[j] * d, rest);
            total += lambda * codes->values[j];
        }
        total += squares_of(d, rest) / 2;
    }
    mem_free(rest);
    return codes->rows > 0 ? total / (double)codes->rows : 0;
}
