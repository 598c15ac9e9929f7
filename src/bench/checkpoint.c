/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints by the clock: see checkpoint.h. */
#include "src/bench/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "io/ckpt/ckpt.h"
#include "mpi/agree.h"
#include "src/base/mem.h"
#include "src/base/timer.h"
#include "src/bench/median.h"
#include "src/model/bert.h"

enum { CURSOR_BYTES = 64 }; /* about a lane's */

/* A rank's state, and room to read into. */
struct state {
    struct params_table table;
    struct params weights;
    float *m, *v;
    struct ckpt_header header;
};

static void state_init(struct state *s, struct comm *comm, const struct config *config,
                       int64_t vocab_size) {
    struct shape shape = config_shape(config, vocab_size);
    *s = (struct state){0};
    model_layout(&s->table, &shape, config_pairs(config));
    params_init(&s->weights, &s->table);
    model_init(&s->weights, 0, config->model_init_range);
    s->m = mem_alloc(ckpt_share(comm, &s->table, CKPT_M).count, sizeof *s->m);
    s->v = mem_alloc(ckpt_share(comm, &s->table, CKPT_V).count, sizeof *s->v);
    config_dump(config, &s->header.config);
    memset(s->header.data_hash, '0', HASH_HEX_SIZE - 1);
    s->header.lanes = config->train_lanes;
    s->header.cursor_bytes = CURSOR_BYTES;
    s->header.cursors = mem_alloc((size_t)s->header.lanes, CURSOR_BYTES);
}

static void state_fini(struct state *s) {
    ckpt_header_fini(&s->header);
    params_fini(&s->weights);
    params_table_fini(&s->table);
    mem_free(s->m);
    mem_free(s->v);
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
    if (rc == 0)
        rc = ckpt_each(ckpt, CKPT_M, &s->table, pass_over, NULL, err);
    if (rc == 0)
        rc = ckpt_each(ckpt, CKPT_V, &s->table, pass_over, NULL, err);
    ckpt_close(ckpt);
    return rc;
}

/* Once: seconds of both on this rank. */
static int round_trip(struct comm *comm, struct state *s, const char *path,
                      double seconds[2], struct err *err) {
    const struct ckpt_blocks blocks = {&s->weights, s->m, s->v};
    comm_barrier(comm);
    double start = timer_now();
    if (ckpt_write(comm, path, &s->header, &blocks, err) < 0)
        return -1;
    double written = timer_now();
    int rc = comm_agree(comm, read_back(s, path, err), err);
    seconds[0] = written - start;
    seconds[1] = timer_now() - written;
    comm_max_f64(comm, seconds, 2);
    if (comm_rank(comm) == 0)
        remove(path);
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
    *r = (struct bench_checkpoint){3.0 * sizeof(float) * (double)state.table.total,
                                   bench_median(writing, times),
                                   bench_median(reading, times)};
    str_fini(&path);
    state_fini(&state);
    mem_free(writing);
    return rc;
}
