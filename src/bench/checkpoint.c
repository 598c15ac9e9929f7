/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints by the clock: see checkpoint.h. */
#include "src/bench/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "src/base/fs.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/model/bert.h"
#include "src/optim/optimizers.h"
#include "src/train/moments.h"
#include "src/train/program.h"

enum { CURSOR_BYTES = 64 }; /* about a lane's */

/* A rank's state as the configuration's optimizer has it, and room to read into. */
struct state {
    struct params_table table;
    struct params weights;
    struct shards shards;
    struct moments moments;
    struct ckpt_groups blocks;
    struct ckpt_header header;
    enum ckpt_writer writer;
};

/* Moments are written out of the weights: what the numbers are is all the same. */
static void make_blocks(struct state *s, struct comm *comm, const char *optimizer) {
    const struct optimizer *rule = optimizers_find(optimizer);
    struct span_list whole = optim_whole(rule, &s->table);
    shards_init(&s->shards, s->table.total, comm_size(comm), 0, &whole);
    mem_free(whole.items);
    moments_plan(&s->moments, rule, &s->table, &s->shards, comm_rank(comm));
    s->blocks = moments_groups(&s->moments, &s->table);
    for (int i = 0; i < s->blocks.count; i++) {
        s->blocks.list[i].have = ckpt_share(comm, &s->blocks, i);
        s->blocks.list[i].data = s->weights.data;
    }
    s->blocks.list[0].have = (struct span){0, s->table.total};
}

static void state_init(struct state *s, struct comm *comm, const struct config *config,
                       int64_t vocab_size) {
    struct shape shape = config_shape(config, vocab_size);
    *s = (struct state){0};
    program_of(config)->layout(&s->table, config, &shape);
    params_init(&s->weights, &s->table);
    model_init(&s->weights, 0, config->model_init_range);
    make_blocks(s, comm, config->train_optimizer);
    s->writer =
        strcmp(config->checkpoint_writer, "posix") == 0 ? CKPT_POSIX : CKPT_MPIIO;
    config_dump(config, &s->header.config);
    memset(s->header.data_hash, '0', HASH_HEX_SIZE - 1);
    s->header.lanes = config->train_lanes;
    s->header.cursor_bytes = CURSOR_BYTES;
    s->header.cursors = mem_alloc((size_t)s->header.lanes, CURSOR_BYTES);
}

static void state_fini(struct state *s) {
    ckpt_header_fini(&s->header);
    moments_fini(&s->moments);
    shards_fini(&s->shards);
    params_fini(&s->weights);
    params_table_fini(&s->table);
}

/* Moments are handed on by tensors; what a run keeps of them is a copy. */
static void pass_over(const struct tensor *tensor, const float *data, void *context) {
    (void)tensor, (void)data, (void)context;
}

static int read_back(struct state *s, const char *path, struct err *err) {
    struct ckpt *ckpt = ckpt_open(path, err);
    if (ckpt == NULL)
        return -1;
    int rc = ckpt_read(ckpt, CKPT_WEIGHTS, &s->weights, err);
    for (int i = 1; rc == 0 && i < s->blocks.count; i++)
        rc = ckpt_each(ckpt, s->blocks.list[i].group, s->blocks.list[i].table,
                       pass_over, NULL, err);
    ckpt_close(ckpt);
    return rc;
}

/* Once: seconds of both on this rank. */
static int round_trip(struct comm *comm, struct state *s, const char *path,
                      double seconds[2], struct err *err) {
    comm_barrier(comm);
    double start = timer_now();
    if (ckpt_write(comm, path, s->writer, &s->header, &s->blocks, err) < 0)
        return -1;
    double written = timer_now();
    int rc = comm_agree(comm, read_back(s, path, err), err);
    seconds[0] = written - start;
    seconds[1] = timer_now() - written;
    comm_max_f64(comm, seconds, 2);
    if (comm_rank(comm) == 0)
        fs->unlink(path);
    return rc;
}

int bench_checkpoint(struct comm *comm, const struct config *config, int64_t vocab_size,
                     const char *folder, int times, struct bench_checkpoint *r,
                     struct err *err) {
    struct state state;
    struct str path = {0};
    double *writing = mem_alloc(2 * (size_t)times, sizeof *writing),
           *reading = writing + times;
    int rc = 0;
    state_init(&state, comm, config, vocab_size);
    str_printf(&path, "%s/bench-checkpoint.h5", folder);
    for (int i = 0; rc == 0 && i < times; i++) {
        double seconds[2] = {0, 0};
        rc = round_trip(comm, &state, path.data, seconds, err);
        writing[i] = seconds[0];
        reading[i] = seconds[1];
    }
    double elements = 0;
    for (int i = 0; i < state.blocks.count; i++)
        elements += (double)state.blocks.list[i].table->total;
    *r = (struct bench_checkpoint){sizeof(float) * elements,
                                   bench_median(writing, times),
                                   bench_median(reading, times)};
    str_fini(&path);
    state_fini(&state);
    mem_free(writing);
    return rc;
}
