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
#include "src/train/step.h"
#include "tests/tap.h"

enum { V = 90, LENGTH = 24 };
enum block { WEIGHTS, FIRST, SECOND };

struct fixture {
    struct comm *comm;
    struct config config;
    struct params_table table;
    struct stepper *stepper;
};

static void setup(struct fixture *f) {
    static const char *const settings[][2] = {{"model.layers", "1"},
                                              {"model.hidden", "16"},
                                              {"model.heads", "2"},
                                              {"model.ffn", "32"},
                                              {"train.sequence_length", "24"}};
    struct err err;
    config_init(&f->config);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        config_set(&f->config, settings[i][0], settings[i][1], "test", &err);
    struct shape shape = config_shape(&f->config, V);
    model_layout(&f->table, &shape, true);
    const struct stepper_options options = {&f->config, shape, &f->table, 4, LENGTH};
    f->stepper = stepper_create(&options, f->comm);
    model_init(stepper_weights(f->stepper), 5, 0.02);
}

/* Where this rank has an element of a block; NULL: another rank has it. */
static float *place(struct fixture *f, enum block block, size_t element) {
    const struct shards *shards = mover_shards(stepper_mover(f->stepper));
    float *moment = mover_moment(stepper_mover(f->stepper), block == FIRST ? 0 : 1);
    for (int b = 0; b < shards->count; b++) {
        struct span own = shards_slice(shards, b, comm_rank(f->comm));
        size_t at = element - own.offset;
        if (element >= own.offset && at < own.count)
            return block == WEIGHTS ? stepper_weights(f->stepper)->data + element
                                    : moment + at;
        moment += own.count;
    }
    return NULL;
}

/* Plants two bad elements, the tensor's first and last. */
static void test_tensor(struct fixture *f, enum block block, int tensor) {
    static const char *const names[] = {"", "first moment of ", "second moment of "};
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    const struct tensor *t = &f->table.tensors[tensor];
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
               names[block], t->name, t->count, f->table.count);
    is_int(rc < 0 ? err.code : 0, 70, "%s%s", names[block], t->name);
    is_str(err.text, want.data, "  is named");
    str_fini(&want);
    for (int i = 0; i < 2; i++)
        if (ends[i])
            *ends[i] = was[i];
}

int main(int argc, char **argv) {
    struct err err = {0};
    struct fixture f = {.comm = comm_create(&argc, &argv, &err)};
    tap_quiet(comm_rank(f.comm) > 0);
    setup(&f);
    for (int block = WEIGHTS; block <= SECOND; block++)
        for (int t = 0; t < f.table.count; t++)
            test_tensor(&f, block, t);
    is_int(finite_check_state(stepper_weights(f.stepper), stepper_mover(f.stepper),
                              f.comm, &err),
           0, "what is finite passes");
    stepper_destroy(f.stepper);
    params_table_fini(&f.table);
    config_fini(&f.config);
    comm_destroy(f.comm);
    return tap_done();
}
