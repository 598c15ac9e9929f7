/* SPDX-License-Identifier: Apache-2.0 */
/* Moments: see moments.h.  A moment that only some tensors have is a block of its own,
 * without the others' room; its shards are the weights' with the rest cut out. */
#include "src/train/moments.h"

#include "src/base/mem.h"
#include "src/kernels/vec.h"

/* The tensors that have a moment, and where they lie among all. */
static struct span_list pick(struct moment *moment, const struct optim_moment *row,
                             const struct params_table *table) {
    struct span_list kept = {.items =
                                 mem_alloc((size_t)table->count, sizeof *kept.items)};
    for (int i = 0; i < table->count; i++) {
        const struct tensor *t = &table->tensors[i];
        if (!optim_has(row, t))
            continue;
        params_table_add(&moment->table, t->name, t->shape[0],
                         t->rank == 2 ? t->shape[1] : 0, FIRST_ZERO, t->decay);
        kept.items[kept.count++] = (struct span){t->offset, t->count};
    }
    return kept;
}

void moments_plan(struct moments *moments, const struct optimizer *optimizer,
                  const struct params_table *table, const struct shards *shards,
                  int rank) {
    *moments = (struct moments){.count = optim_moments(optimizer)};
    for (int i = 0; i < moments->count; i++) {
        struct moment *moment = &moments->of[i];
        moment->name = optimizer->moments[i].name;
        struct span_list kept = pick(moment, &optimizer->moments[i], table);
        shards_init_part(&moment->shards, shards, &kept);
        mem_free(kept.items);
        moment->size = shards_size(&moment->shards, rank);
    }
}

void moments_make(struct moments *moments) {
    for (int i = 0; i < moments->count; i++) {
        struct moment *moment = &moments->of[i];
        moment->data = mem_map(moment->size, sizeof *moment->data);
        vec_zero((int64_t)moment->size, moment->data);
    }
}

float *moments_at(const struct moment *moment, int bucket, int rank) {
    float *at = moment->data;
    for (int b = 0; b < bucket; b++)
        at += shards_slice(&moment->shards, b, rank).count;
    return at;
}

size_t moments_bytes(const struct moments *moments) {
    size_t bytes = 0;
    for (int i = 0; i < moments->count; i++)
        bytes += moments->of[i].size * sizeof *moments->of[i].data;
    return bytes;
}

struct ckpt_groups moments_groups(const struct moments *moments,
                                  const struct params_table *weights) {
    struct ckpt_groups blocks = {0};
    ckpt_add_group(&blocks, CKPT_WEIGHTS, weights);
    for (int i = 0; i < moments->count; i++)
        ckpt_add_group(&blocks, moments->of[i].name, &moments->of[i].table);
    return blocks;
}

size_t moments_saved_bytes(const struct moments *moments,
                           const struct params_table *weights, const struct comm *comm,
                           bool weights_too) {
    const struct ckpt_groups blocks = moments_groups(moments, weights);
    size_t bytes = 0;
    for (int i = weights_too ? 0 : 1; i < blocks.count; i++)
        bytes += ckpt_share(comm, &blocks, i).count * sizeof(float);
    return bytes;
}

void moments_fini(struct moments *moments) {
    for (int i = 0; i < moments->count; i++) {
        struct moment *moment = &moments->of[i];
        if (moment->data)
            mem_unmap(moment->data, moment->size, sizeof *moment->data);
        shards_fini(&moment->shards);
        params_table_fini(&moment->table);
    }
}
