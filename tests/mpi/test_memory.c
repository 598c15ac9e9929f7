/* SPDX-License-Identifier: Apache-2.0 */
/* Logic: runs that share their data take what they would take alone, together, but for
 * the data and, where training waits for a checkpoint, for the copies of one, of which
 * one is written at a time; whatever their shapes. */
#include "src/train/memory.h"

#include <stdio.h>

#include "src/train/session.h"
#include "tests/smallrun.h"
#include "tests/tap.h"

static struct comm *comm;

/* As a session of these options plans it, on `data` or its own. */
static struct memory plan(struct smallrun *run, const struct config *config,
                          struct dataset *data) {
    struct session session;
    struct memory memory = {0};
    struct err err = {0};
    int rc = session_open(&session, comm, run->binding, config, data, &err);
    ok(rc == 0, "a run is opened %s", err.text);
    if (rc < 0)
        return memory;
    memory = session.memory;
    session_close(&session);
    return memory;
}

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

static void wait_for_checkpoints(struct smallrun *run, struct config *wide) {
    config_set(&run->config, "checkpoint.async", "false", "test", NULL);
    config_set(wide, "checkpoint.async", "false", "test", NULL);
}

/* The last rank has no weights to write where there are moments, and its part of them
 * where there are none. */
static void test_alone(void) {
    struct smallrun run;
    smallrun_init(&run, comm, "alone");
    smallrun_set(&run, "checkpoint.snapshots", "1");
    struct memory with = plan(&run, &run.config, NULL);
    smallrun_set(&run, "checkpoint.snapshot_moments", "false");
    struct memory alone = plan(&run, &run.config, NULL);
    bool first = comm_rank(comm) == 0, last = comm_rank(comm) == comm_size(comm) - 1;
    if (first || last)
        is_int(alone.checkpoint > with.checkpoint, !first,
               "weights that are saved alone");
    smallrun_fini(&run);
}

/* Of runs that learn each has its teacher. */
static void test_taught(void) {
    struct smallrun run;
    struct dataset data;
    struct err err = {0};
    char hash[1100], teacher[600];
    smallrun_init(&run, comm, "taught");
    smallrun_enter(&run, "teacher");
    smallrun_train(&run, hash);
    snprintf(teacher, sizeof teacher, "%s/teacher", run.folder);
    smallrun_set(&run, "train.objectives", "mlm,nsp,soft");
    smallrun_set(&run, "teacher.from", teacher);
    smallrun_enter(&run, "student");
    const struct config *const beside[] = {&run.config, &run.config};
    struct memory one = plan(&run, &run.config, NULL);
    is_int(dataset_open(&data, comm, &run.config, &err), 0, "data for three %s",
           err.text);
    data.beside = beside;
    data.beside_count = 2;
    struct memory all = plan(&run, &run.config, &data);
    ok(one.teacher > 0, "a teacher's weights");
    is_int((int64_t)all.teacher, 3 * (int64_t)one.teacher, "  of three runs thrice");
    dataset_close(&data);
    smallrun_fini(&run);
}

int main(int argc, char **argv) {
    struct smallrun run;
    struct dataset data;
    struct config wide;
    struct err err = {0};
    comm = comm_create(&argc, &argv, NULL);
    tap_quiet(comm_rank(comm) != 0);
    smallrun_init(&run, comm, "memory");
    config_copy(&wide, &run.config);
    config_set(&wide, "model.hidden", "48", "test", NULL);
    config_set(&wide, "model.layers", "3", "test", NULL);
    const struct config *const beside[] = {&wide, &run.config, &wide};
    struct memory a = plan(&run, &run.config, NULL), b = plan(&run, &wide, NULL);
    ok(a.runs == 1 && b.state > 2 * a.state, "a small run, and a large one");
    is_int(dataset_open(&data, comm, &run.config, &err), 0, "data for four %s",
           err.text);
    data.beside = beside;
    data.beside_count = 3;
    struct memory all = plan(&run, &run.config, &data);
    is_int(all.runs, 4, "there are four");
    is_int((int64_t)all.state, (int64_t)(2 * a.state + 2 * b.state), "their state");
    is_int((int64_t)all.activations, (int64_t)(2 * a.activations + 2 * b.activations),
           "their activations");
    is_int((int64_t)all.checkpoint, (int64_t)(2 * a.checkpoint + 2 * b.checkpoint),
           "copies that are written beside training stay");
    is_int((int64_t)all.loader, (int64_t)a.loader, "the data once");
    wait_for_checkpoints(&run, &wide);
    a = plan(&run, &run.config, NULL);
    b = plan(&run, &wide, NULL);
    all = plan(&run, &run.config, &data);
    is_int((int64_t)all.checkpoint, (int64_t)larger(a.checkpoint, b.checkpoint),
           "of others there is one at a time");
    dataset_close(&data);
    config_fini(&wide);
    smallrun_fini(&run);
    test_alone();
    test_taught();
    comm_destroy(comm);
    return tap_done();
}
