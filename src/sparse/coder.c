/* SPDX-License-Identifier: Apache-2.0 */
/* Coding by blocks of rows, which threads share out: see coder.h.  Each block has codes
 * of its own, so that rows come in their order whoever made them. */
#include "src/sparse/coder.h"

#include <math.h>
#include <omp.h>

#include "src/base/mem.h"
#include "src/kernels/gemm.h"
#include "src/sparse/fista.h"
#include "src/sparse/gram.h"
#include "src/sparse/lasso.h"

enum { BLOCK = 48 }; /* rows: so few, as a step has a few hundred for all threads */

const char *const coder_names[CODER_MODES] = {"exact", "fista100"};

void coder_unit(int64_t d, const float *state, float *unit) {
    double squares = 0;
    for (int64_t i = 0; i < d; i++)
        squares += (double)state[i] * state[i];
    double scale = squares > 0 ? 1 / sqrt(squares) : 0;
    for (int64_t i = 0; i < d; i++)
        unit[i] = (float)(scale * state[i]) + 0.0f;
}

/* A thread's memory. */
struct desk {
    float *products; /* (BLOCK,K) */
    struct lasso_desk *lasso;
    struct fista_desk *fista;
};

struct coder {
    struct coder_options options;
    struct gemm_packed down, back; /* the atoms, for y ↦ D y (fista) and x ↦ D'x */
    float *gram;                   /* owned, if none was given */
    struct lasso lasso;
    struct fista fista;
    struct desk *desks;
    int threads;
    struct codes *blocks; /* (block_count) */
    int64_t block_count;
};

static struct gemm_packed packed_of(const struct coder_options *o, enum gemm_op op) {
    int64_t k = op == GEMM_T ? o->d : o->K, n = op == GEMM_T ? o->K : o->d;
    struct gemm_packed packed = {
        .op = op, .k = k, .n = n, .b = matrix_f32(o->atoms, o->d)};
    packed.panels = mem_alloc((size_t)gemm_packed_floats(k, n), sizeof(float));
    return packed;
}

static void make_desks(struct coder *coder) {
    const struct coder_options *o = &coder->options;
    coder->threads = omp_get_max_threads();
    coder->desks = mem_alloc((size_t)coder->threads, sizeof *coder->desks);
    for (int i = 0; i < coder->threads; i++) {
        struct desk *desk = &coder->desks[i];
        if (o->mode == CODER_FISTA100) {
            desk->fista = fista_desk_create(o->K, o->d, BLOCK);
            continue;
        }
        desk->products = mem_alloc((size_t)(BLOCK * o->K), sizeof(float));
        desk->lasso = lasso_desk_create(o->K, coder->lasso.most);
    }
}

struct coder *coder_create(const struct coder_options *o) {
    struct coder *coder = mem_alloc(1, sizeof *coder);
    coder->options = *o;
    coder->back = packed_of(o, GEMM_T);
    if (o->mode == CODER_FISTA100)
        coder->down = packed_of(o, GEMM_N);
    else if (o->gram == NULL)
        coder->gram = mem_alloc((size_t)(o->K * o->K), sizeof(float));
    coder->lasso = (struct lasso){o->K, o->K < o->d ? o->K : o->d, o->lambda,
                                  o->gram ? o->gram : coder->gram};
    make_desks(coder);
    coder_renew(coder);
    return coder;
}

static void pack(const struct gemm_packed *packed) {
#pragma omp parallel for schedule(static)
    for (int64_t group = 0; group < gemm_pack_groups(packed); group++)
        gemm_pack(packed, group);
}

void coder_renew(struct coder *coder) {
    const struct coder_options *o = &coder->options;
    pack(&coder->back);
    if (coder->gram)
        gram_make(o->K, o->d, o->atoms, coder->gram);
    if (o->mode != CODER_FISTA100)
        return;
    pack(&coder->down);
    coder->fista = (struct fista){o->K,        o->d,
                                  o->lambda,   fista_step(o->K, o->d, o->atoms),
                                  coder->down, coder->back};
}

static void code_block(const struct coder *coder, const struct desk *desk, int64_t n,
                       const float *x, struct codes *codes) {
    const struct coder_options *o = &coder->options;
    codes_clear(codes);
    if (o->mode == CODER_FISTA100) {
        fista_solve(&coder->fista, desk->fista, n, x, codes);
        return;
    }
    gemm_rows(n, matrix_f32(x, o->d), &coder->back, false,
              matrix_f32(desk->products, o->K));
    for (int64_t i = 0; i < n; i++)
        lasso_solve(&coder->lasso, desk->lasso, desk->products + i * o->K, codes);
}

static void reserve_blocks(struct coder *coder, int64_t count) {
    if (count <= coder->block_count)
        return;
    coder->blocks = mem_resize(coder->blocks, (size_t)count, sizeof *coder->blocks);
    while (coder->block_count < count)
        coder->blocks[coder->block_count++] = (struct codes){0};
}

void coder_run(struct coder *coder, int64_t n, const float *x, struct codes *codes) {
    int64_t count = (n + BLOCK - 1) / BLOCK;
    reserve_blocks(coder, count);
#pragma omp parallel for schedule(dynamic) num_threads(coder->threads)
    for (int64_t i = 0; i < count; i++) {
        int64_t first = i * BLOCK, left = n - first;
        code_block(coder, &coder->desks[omp_get_thread_num()],
                   left < BLOCK ? left : BLOCK, x + first * coder->options.d,
                   &coder->blocks[i]);
    }
    codes_clear(codes);
    for (int64_t i = 0; i < count; i++)
        codes_append(codes, &coder->blocks[i]);
}

void coder_destroy(struct coder *coder) {
    if (coder == NULL)
        return;
    for (int i = 0; i < coder->threads; i++) {
        struct desk *desk = &coder->desks[i];
        mem_free(desk->products);
        if (desk->lasso)
            lasso_desk_destroy(desk->lasso);
        if (desk->fista)
            fista_desk_destroy(desk->fista);
    }
    for (int64_t i = 0; i < coder->block_count; i++)
        codes_fini(&coder->blocks[i]);
    mem_free(coder->blocks);
    mem_free(coder->desks);
    mem_free(coder->gram);
    mem_free(coder->down.panels);
    mem_free(coder->back.panels);
    mem_free(coder);
}
