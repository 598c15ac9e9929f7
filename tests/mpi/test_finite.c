/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: a NaN or an infinity in any tensor, in weights or moments, on whichever rank's
 * shard it lies, is found by all ranks with the same words: the tensor, how many of its
 * elements, how many tensors.  A state that is finite passes. */
#include "src/train/finite.h"

#include <math.h>
#include <string.h>

#include "mpi/agree.h"
#include "src/base/str.h"
#include "src/model/bert.h"
#include "src/train/mover.h"
#include "src/train/program.h"
#include "src/train/step.h"
#include "tests/tap.h"

enum { V = 90, LENGTH = 24 };

struct fixture {
    struct comm *comm;
    struct config config;
    struct params_table table;
    struct stepper *stepper;
};

static void setup(struct fixture *f, const char *optimizer) {
    static const char *const settings[][2] = {{"model.layers", "1"},
                                              {"model.hidden", "16"},
                                              {"model.heads", "2"},
                                              {"model.ffn", "32"},
                                              {"train.sequence_length", "24"}};
    struct err err;
    config_init(&f->config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        config_set(&f->config, settings[i][0], settings[i][1], "test", &err);
    config_set(&f->config, "train.optimizer", optimizer, "test", &err);
    struct shape shape = config_shape(&f->config, V);
    model_layout(&f->table, &shape, OBJECTIVE_SET(MLM) | OBJECTIVE_SET(NSP));
    const struct stepper_options options = {.config = &f->config,
                                            .shape = shape,
                                            .table = &f->table,
                                            .max_sequences = 4,
                                            .max_length = LENGTH,
                                            .program = &plain_program};
    f->stepper = stepper_create(&options, f->comm);
    model_init(stepper_weights(f->stepper), 5, 0.02);
    comm_barrier(f->comm); /* the host's ranks write the same weights */
}

/* What is under test: the weights (moment -1), or one of the moments. */
static const struct params_table *table_of(struct fixture *f, int moment) {
    return moment < 0 ? &f->table
                      : &mover_moments(stepper_mover(f->stepper))->of[moment].table;
}

/* Where this rank has an element of it; NULL: another rank has it. */
static float *place(struct fixture *f, int index, size_t element) {
    struct mover *mover = stepper_mover(f->stepper);
    struct moment *moment = index < 0 ? NULL : &mover_moments(mover)->of[index];
    const struct shards *shards = moment ? &moment->shards : mover_shards(mover);
    for (int b = 0; b < shards->count; b++) {
        struct span own = shards_slice(shards, b, comm_rank(f->comm));
        size_t at = element - own.offset;
        if (element >= own.offset && at < own.count)
            return moment ? moments_at(moment, b, comm_rank(f->comm)) + at
                          : stepper_weights(f->stepper)->data + element;
    }
    return NULL;
}

/* Plants two bad elements, the tensor's first and last. */
static void test_tensor(struct fixture *f, int block, const char *name, int tensor) {
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    const struct params_table *table = table_of(f, block);
    const struct tensor *t = &table->tensors[tensor];
    float *ends[] = {place(f, block, t->offset),
                     place(f, block, t->offset + t->count - 1)};
    float was[2] = {0};
    for (int i = 0; i < 2; i++)
        if (ends[i])
            was[i] = *ends[i], *ends[i] = bad[(tensor + i) % 3];
    struct err err = {0};
    struct str want = {0};
    int rc = finite_check_state(stepper_weights(f->stepper), stepper_mover(f->stepper),
                                f->comm, &err);
    str_printf(&want,
               "%s%s: 2 of %zu elements are NaN or infinite (there are such in 1 of %d "
               "tensors)",
               name, t->name, t->count, table->count);
    is_int(rc < 0 ? err.code : 0, 70, "%s%s", name, t->name);
    is_str(err.text, want.data, "  is named");
    str_fini(&want);
    for (int i = 0; i < 2; i++)
        if (ends[i])
            *ends[i] = was[i];
}

static const struct {
    const char *optimizer;
    const char *blocks[4]; /* how each is named: the weights, then the moments */
} rows[] = {
    {"adamw", {"", "moment adam/m of ", "moment adam/v of "}},
    {"muon",
     {"", "moment muon/momentum of ", "moment adam/m of ", "moment adam/v of "}},
};

static void test_row(struct comm *comm, size_t row) {
    struct fixture f = {.comm = comm};
    struct err err = {0};
    setup(&f, rows[row].optimizer);
    for (int i = 0; i < 4 && rows[row].blocks[i]; i++)
        for (int t = 0; t < table_of(&f, i - 1)->count; t++)
            test_tensor(&f, i - 1, rows[row].blocks[i], t);
    is_int(finite_check_state(stepper_weights(f.stepper), stepper_mover(f.stepper),
                              f.comm, &err),
           0, "%s: what is finite passes", rows[row].optimizer);
    stepper_destroy(f.stepper);
    params_table_fini(&f.table);
    config_fini(&f.config);
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct comm *comm = comm_create(&argc, &argv, &err);
    tap_quiet(comm_rank(comm) > 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        test_row(comm, i);
    comm_destroy(comm);
    return tap_done();
}
